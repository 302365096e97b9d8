// Reading: one event, pages, or all of the log as it grows.
#ifndef LIAISON_EVENT_CLIENT_H_
#define LIAISON_EVENT_CLIENT_H_

#include <cstdint>
#include <functional>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "liaison/connection.h"
#include "liaison/event.h"
#include "liaison/options.h"
#include "proto/record/hash.h"

namespace liaison {

// Where a subscription begins. There is no default: forgetting it would lose history in silence.
struct FromBeginning {};
struct FromNow {};
struct After {
  std::string log_id;  // of the cursor; empty accepts whatever log is there
  uint64_t sequence = 0;
};
struct Since {
  absl::Time time;
};
using Start = std::variant<FromBeginning, FromNow, After, Since>;

struct SubscribeParams {
  Start start;
  std::string filter;         // AIP-160; empty is everything
  bool stop_at_head = false;  // end once the head, as it was at the start, is reached
  // Told when what the caller may read has changed. What was passed by before, while it was not for
  // the caller, does not come by itself: list or subscribe after `read_after` with `filter`. Called
  // within Next, where all before it has been yielded.
  std::function<void(const v1::AudienceChanged&)> on_audience_changed;
  SubscribeOptions options;
};

// A Subscription is a cursor that keeps itself connected: it yields every event the caller may see,
// in order, each once, and takes itself up again after any disconnect.
//
//   for (absl::StatusOr<liaison::Event>& event : subscription) {
//     if (!event.ok()) return event.status();   // final: nothing comes after it
//     ...
//   }
//
// Reconnecting is not an error. These end it: a filter the hub refuses, LOG_INCARNATION_CHANGED,
// POSITION_EXPIRED, POSITION_AHEAD_OF_LOG, a gap the hub reports, an event that does not verify.
//
// Not thread-safe, save Cancel() and position().
class Subscription {
 public:
  class Impl;
  explicit Subscription(std::shared_ptr<Impl> impl);
  Subscription(Subscription&&) noexcept = default;
  Subscription& operator=(Subscription&&) noexcept = default;
  ~Subscription();

  // The next event; nullopt when the subscription has ended as asked (stop_at_head, Cancel). Waits.
  // After an error, the same error again.
  absl::StatusOr<std::optional<Event>> Next();
  // As Next; also returns nullopt, with ended() false, when nothing came within `timeout`.
  absl::StatusOr<std::optional<Event>> Next(absl::Duration timeout);
  bool ended() const;

  // Everything up to here has been yielded, or was not for this caller. Store it with what you
  // derived; After{...} it resumes without loss or repetition. Thread-safe.
  v1::Position position() const;
  // True while the subscriber has all there is.
  bool caught_up() const;
  // How often it has resumed after a disconnect.
  int resumptions() const;
  // OK while there is a stream; otherwise why the last one ended or could not begin.
  absl::Status connection_status() const;

  // Makes Next return soon. Thread-safe.
  void Cancel();

  class iterator {
   public:
    using iterator_category = std::input_iterator_tag;
    using value_type = absl::StatusOr<Event>;
    using difference_type = std::ptrdiff_t;
    using pointer = value_type*;
    using reference = value_type&;

    reference operator*() { return *current_; }
    iterator& operator++();
    bool operator!=(const iterator& other) const { return subscription_ != other.subscription_; }

   private:
    friend class Subscription;
    explicit iterator(Subscription* subscription) : subscription_(subscription) {}
    Subscription* subscription_;  // nullptr at the end
    std::optional<value_type> current_;
  };
  iterator begin();
  iterator end() { return iterator(nullptr); }

 private:
  std::shared_ptr<Impl> impl_;
};

struct ListParams {
  std::string filter;
  int page_size = 0;  // 0: the hub's default
  std::optional<After> after;
};

struct EventPage {
  std::vector<Event> events;
  std::string next_page_token;  // empty at the end
  v1::Position position;
};

// An EventClient reads a hub's log. Copies share one connection. Thread-safe.
class EventClient {
 public:
  explicit EventClient(std::shared_ptr<Connection> connection);

  // NOT_FOUND also for what the caller may not read.
  absl::StatusOr<Event> Get(uint64_t sequence) const;
  absl::StatusOr<Event> Get(const record::Hash& digest) const;
  absl::StatusOr<Event> Get(absl::string_view author, absl::string_view event_id) const;

  // Of another hub's event: its leaf there and the proof that it stands there, as `F` in
  // proto/record/BUNDLE.md has them, compared with the event's own leaf. Empty for the hub's own.
  // DATA_LOSS where they do not belong together.
  absl::StatusOr<std::string> Evidence(uint64_t sequence) const;

  // The first page, and the pages after it by their token. Arguments must not change between.
  absl::StatusOr<EventPage> List(const ListParams& params, absl::string_view page_token = "") const;

  Subscription Subscribe(SubscribeParams params) const;

 private:
  std::shared_ptr<Connection> connection_;
};

}  // namespace liaison

#endif  // LIAISON_EVENT_CLIENT_H_
