// What many say independently of each other, who is heard, what nobody works on, and what there is
// to decide, to answer and to know: once, or as it stays current.
#ifndef LIAISON_RADAR_CLIENT_H_
#define LIAISON_RADAR_CLIENT_H_

#include <cstdint>
#include <functional>
#include <iterator>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "liaison/connection.h"
#include "liaison/options.h"

namespace liaison {

// A ViewWatch keeps a view current: it yields the view as it is, then whole again whenever it has
// changed, and takes itself up again after any disconnect. What comes back unchanged after one is
// not yielded twice.
//
//   for (absl::StatusOr<liaison::v1::WatchViewResponse>& view : watch) {
//     if (!view.ok()) return view.status();   // final: nothing comes after it
//     Draw(view->radar());
//   }
//
// Reconnecting is not an error; a request that the hub refuses is one, and ends it.
//
// Not thread-safe, save Cancel() and as_of_sequence().
class ViewWatch {
 public:
  class Impl;
  explicit ViewWatch(std::shared_ptr<Impl> impl);
  ViewWatch(ViewWatch&&) noexcept = default;
  ViewWatch& operator=(ViewWatch&&) noexcept = default;
  ~ViewWatch();

  // The view, once it is another than the last that was yielded; nullopt when the watch has been
  // cancelled. Waits. After an error, the same error again.
  absl::StatusOr<std::optional<v1::WatchViewResponse>> Next();
  // As Next; also returns nullopt, with ended() false, when nothing came within `timeout`.
  absl::StatusOr<std::optional<v1::WatchViewResponse>> Next(absl::Duration timeout);
  bool ended() const;

  // The log up to which the last view yielded is known to be current. Thread-safe.
  uint64_t as_of_sequence() const;
  // How often it has resumed after a disconnect.
  int resumptions() const;
  // OK while there is a stream; otherwise why the last one ended or could not begin.
  absl::Status connection_status() const;

  // Makes Next return soon. Thread-safe.
  void Cancel();

  class iterator {
   public:
    using iterator_category = std::input_iterator_tag;
    using value_type = absl::StatusOr<v1::WatchViewResponse>;
    using difference_type = std::ptrdiff_t;
    using pointer = value_type*;
    using reference = value_type&;

    reference operator*() { return *current_; }
    iterator& operator++();
    bool operator!=(const iterator& other) const { return watch_ != other.watch_; }

   private:
    friend class ViewWatch;
    explicit iterator(ViewWatch* watch) : watch_(watch) {}
    ViewWatch* watch_;  // nullptr at the end
    std::optional<value_type> current_;
  };
  iterator begin();
  iterator end() { return iterator(nullptr); }

 private:
  std::shared_ptr<Impl> impl_;
};

// A RadarClient asks a hub for its radar and what is beside it. Copies share one connection.
// Thread-safe. Everything shown is derived from events that the caller may read, and every number
// names events behind it.
class RadarClient {
 public:
  explicit RadarClient(std::shared_ptr<Connection> connection);

  // One page of a ranking; the first where the request names none.
  absl::StatusOr<v1::GetRadarResponse> Radar(const v1::GetRadarRequest& request = {}) const;
  // All pages, oldest first.
  absl::StatusOr<std::vector<v1::EventSummary>> TopicEvents(
      v1::ListTopicEventsRequest request) const;
  absl::StatusOr<v1::ListTopicLinksResponse> TopicLinks(
      const v1::ListTopicLinksRequest& request = {}) const;
  absl::StatusOr<v1::GetRepresentationResponse> Representation(
      const v1::GetRepresentationRequest& request = {}) const;
  absl::StatusOr<v1::ListGapsResponse> Gaps(const v1::ListGapsRequest& request = {}) const;
  // All pages in one response.
  absl::StatusOr<v1::ListDuplicatesResponse> Duplicates(
      v1::ListDuplicatesRequest request = {}) const;
  absl::StatusOr<v1::GetDigestResponse> Digest(const v1::GetDigestRequest& request = {}) const;
  absl::StatusOr<v1::GetMeetingPackResponse> MeetingPack(
      const v1::GetMeetingPackRequest& request = {}) const;

  // All pages of a ranking in one response, of the log as it was for the first: as many rows are
  // asked for at a time as the request says.
  absl::StatusOr<v1::GetRadarResponse> WholeRadar(v1::GetRadarRequest request = {}) const;
  absl::StatusOr<v1::ListTopicLinksResponse> AllTopicLinks(
      v1::ListTopicLinksRequest request = {}) const;
  absl::StatusOr<v1::ListGapsResponse> AllGaps(v1::ListGapsRequest request = {}) const;

  ViewWatch Watch(v1::WatchViewRequest request, WatchOptions options = {}) const;
  // The same in this thread: `show` gets each view, and returns false when it has seen enough.
  // Then the status is OK; otherwise the error that ended the watch.
  absl::Status Watch(v1::WatchViewRequest request,
                     const std::function<bool(const v1::WatchViewResponse&)>& show,
                     WatchOptions options = {}) const;

 private:
  std::shared_ptr<Connection> connection_;
};

}  // namespace liaison

#endif  // LIAISON_RADAR_CLIENT_H_
