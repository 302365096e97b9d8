// A log of true events in memory: everything in it verifies.
#ifndef LIAISON_TESTS_UNIT_CLIENT_FAKE_LOG_H_
#define LIAISON_TESTS_UNIT_CLIENT_FAKE_LOG_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "igf/liaison/v1/event_service.pb.h"
#include "proto/record/leaf.h"
#include "proto/record/signature.h"

namespace liaison::testing {

namespace v1 = ::igf::liaison::v1;

inline constexpr absl::string_view kLogId = "6f9619ff-8b86-4011-b42d-00cf4fc964ff";

// A topic signal of a fictional organisation, with a fresh event id.
v1::Draft SampleDraft(absl::string_view title = "fictional sample");

// The draft as a hub serves it at `sequence`: signed by `key`, or attested where it is null.
v1::Event Serve(const v1::Draft& draft, uint64_t sequence, const record::SigningKey* key = nullptr);

v1::Position At(uint64_t sequence, absl::string_view log_id = kLogId);

class FakeLog {
 public:
  // Adds `count` events.
  void Grow(int count);
  uint64_t head() const { return events_.size(); }
  const v1::Event& operator[](uint64_t sequence) const { return events_[sequence - 1]; }

 private:
  std::vector<v1::Event> events_;
};

// Frames of Subscribe, in short.
v1::SubscribeResponse Confirmed(uint64_t start, uint64_t head, absl::string_view log_id = kLogId);
v1::SubscribeResponse EventsFrame(const FakeLog& log, const std::vector<uint64_t>& sequences);
v1::SubscribeResponse Advanced(uint64_t sequence);
v1::SubscribeResponse CaughtUp(uint64_t sequence);
v1::SubscribeResponse FellBehind(uint64_t sequence);
v1::SubscribeResponse Heartbeat(uint64_t sequence);
v1::SubscribeResponse Closing(v1::ClosingReason reason, uint64_t sequence);

}  // namespace liaison::testing

#endif  // LIAISON_TESTS_UNIT_CLIENT_FAKE_LOG_H_
