// The log as a std::vector: what it must say, whatever the disk did.
#ifndef LIAISON_TESTS_CRASH_LOG_MODEL_H_
#define LIAISON_TESTS_CRASH_LOG_MODEL_H_

#include <cstdint>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "proto/record/hash.h"
#include "storage/event_log.h"

namespace liaison::testing {

// What a comparison found, by class. All zero: the log keeps its promises.
struct Findings {
  uint64_t lost = 0;               // an acknowledged event, or a part of one, is not there
  uint64_t duplicated = 0;         // an event stands in the log twice
  uint64_t holes = 0;              // sequences that are not dense
  uint64_t wrongly_served = 0;     // an answer that differs from what was written
  uint64_t half_written = 0;       // a part of a group that was not acknowledged
  uint64_t refused = 0;            // an error where there was nothing to refuse
  uint64_t errors = 0;             // errors where they were allowed: no fault
  std::vector<std::string> notes;  // the first few of all but the last, in words

  bool clean() const {
    return lost + duplicated + holes + wrongly_served + half_written + refused == 0;
  }
  void Note(uint64_t* count, const std::string& text);
  void Add(const Findings& other);
};

// A LogModel makes groups by lot and knows what a log that took them must answer. Not thread-safe.
class LogModel {
 public:
  struct Shape {
    int max_group_events = 12;
    size_t max_content_size_bytes = 600;
  };
  LogModel(uint64_t seed, Shape shape);

  // The next group: events of several shapes, registry events, redactions with their erasure, rows.
  // At least one event. It is not in the model before Acknowledge.
  storage::Group Next();
  void Acknowledge(const storage::Group& group);
  // It may be in the log: Settle, once the log was opened again, takes what it finds, all or
  // nothing.
  void Doubt(storage::Group group) { doubt_ = std::move(group); }
  void Settle(const storage::EventLog& log);

  // kAreAllowed: while the disk fails. kAreRefusals: on a sound disk; settles first.
  enum class Errors { kAreRefusals, kAreAllowed };
  // Asks the log for everything there is, in every way there is.
  Findings Compare(const storage::EventLog& log, Errors errors);

  uint64_t size() const { return events_.size(); }

 private:
  struct Kept {
    storage::StoredEvent event;
    std::string identity;
    record::Hash digest;
    record::Hash leaf_hash;
    std::vector<std::string> terms;
  };

  storage::NewEvent MakeEvent(uint64_t sequence);
  void MakeRows(storage::Group* group);
  bool MakeErasure(storage::Group* group);
  uint64_t Lot(uint64_t choices) { return lots_() % choices; }

  // Each counts what differs. An error is counted as `errors_` says.
  bool CompareSize(const storage::EventLog& log, Findings* findings);
  void CompareHead(const storage::EventLog& log, Findings* findings);
  void CompareScan(const storage::EventLog& log, Findings* findings);
  void CompareEvents(const storage::EventLog& log, Findings* findings);
  void CompareRows(const storage::EventLog& log, Findings* findings);
  void CompareIndex(const storage::EventLog& log, Findings* findings);
  void CompareTrees(const storage::EventLog& log, Findings* findings);
  void CompareEvent(const Kept& kept, absl::string_view leaf, absl::string_view header,
                    absl::Span<const storage::StoredSection> sections, Findings* findings) const;
  bool Failed(const absl::Status& status, absl::string_view what, Findings* findings) const;
  record::Hash Root(uint64_t size) const;

  std::mt19937_64 lots_;
  const Shape shape_;
  uint64_t events_made_ = 0;
  int64_t now_us_ = 1'790'000'000'000'000;
  std::vector<Kept> events_;
  std::vector<std::string> registry_;
  std::map<std::pair<storage::Table, std::string>, std::string> rows_;
  std::optional<storage::Group> doubt_;
  Errors errors_ = Errors::kAreRefusals;
};

}  // namespace liaison::testing

#endif  // LIAISON_TESTS_CRASH_LOG_MODEL_H_
