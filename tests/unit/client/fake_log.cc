#include "tests/unit/client/fake_log.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "proto/record/commitment.h"
#include "proto/record/event_builder.h"
#include "proto/record/pae.h"
#include "proto/record/uuid.h"

namespace liaison::testing {

v1::Draft SampleDraft(absl::string_view title) {
  v1::Draft draft;
  draft.set_event_id(record::Uuid::Random().ToString());
  draft.set_author("org/example-igf");
  draft.set_audience("igf/public");
  draft.set_cycle("2027");
  draft.add_topics("igf-call-2024/25:cyber");
  draft.set_language("en");
  draft.set_channel(v1::CHANNEL_API);
  draft.mutable_personal()->add_contacts()->set_name("A Fictional Person");
  draft.add_attachments()->set_name("fictional.txt");
  draft.mutable_attachments(0)->set_data("fictional");
  draft.mutable_topic_signal()->set_title(std::string(title));
  draft.mutable_topic_signal()->set_purpose(v1::PURPOSE_ACTION);
  return draft;
}

v1::Event Serve(const v1::Draft& draft, uint64_t sequence, const record::SigningKey* key) {
  v1::SignedEvent made = record::BuildEvent(draft, key, absl::Now(),
                                            [](v1::SectionKind) { return record::RandomSalt(); });
  record::Leaf leaf;
  leaf.kind = key == nullptr ? record::LeafKind::kAttested : record::LeafKind::kSigned;
  leaf.sequence = sequence;
  leaf.hub_time_us = 1'800'000'000'000'000 + static_cast<int64_t>(sequence);
  leaf.registry_size = 3;
  leaf.digest = record::EventDigest(made.header());
  if (key != nullptr) {
    leaf.key_hash = record::KeyHash(key->public_key());
    std::copy(made.signature().begin(), made.signature().end(), leaf.signature.begin());
  }
  v1::Event event;
  event.set_sequence(sequence);
  event.mutable_hub_time()->set_seconds(leaf.hub_time_us / 1'000'000);
  event.mutable_hub_time()->set_nanos(static_cast<int>(leaf.hub_time_us % 1'000'000) * 1000);
  event.set_header(made.header());
  event.set_leaf(record::EncodeLeaf(leaf));
  event.set_digest(std::string(leaf.digest.bytes()));
  event.set_attested(leaf.attested());
  for (v1::Section& section : *made.mutable_sections()) {
    section.set_status(v1::SECTION_STATUS_PRESENT);
    *event.add_sections() = std::move(section);
  }
  return event;
}

v1::Position At(uint64_t sequence, absl::string_view log_id) {
  v1::Position position;
  position.set_log_id(std::string(log_id));
  position.set_sequence(sequence);
  return position;
}

void FakeLog::Grow(int count) {
  for (int i = 0; i < count; ++i) {
    const uint64_t sequence = head() + 1;
    events_.push_back(Serve(SampleDraft(absl::StrCat("fictional ", sequence)), sequence));
  }
}

v1::SubscribeResponse Confirmed(uint64_t start, uint64_t head, absl::string_view log_id) {
  v1::SubscribeResponse frame;
  *frame.mutable_confirmed()->mutable_start() = At(start, log_id);
  *frame.mutable_confirmed()->mutable_head() = At(head, log_id);
  frame.mutable_confirmed()->set_earliest_sequence(1);
  return frame;
}

v1::SubscribeResponse EventsFrame(const FakeLog& log, const std::vector<uint64_t>& sequences) {
  v1::SubscribeResponse frame;
  for (uint64_t sequence : sequences) *frame.mutable_events()->add_events() = log[sequence];
  *frame.mutable_events()->mutable_position() = At(sequences.back());
  return frame;
}

v1::SubscribeResponse Advanced(uint64_t sequence) {
  v1::SubscribeResponse frame;
  *frame.mutable_advanced()->mutable_position() = At(sequence);
  return frame;
}

v1::SubscribeResponse CaughtUp(uint64_t sequence) {
  v1::SubscribeResponse frame;
  *frame.mutable_caught_up()->mutable_position() = At(sequence);
  return frame;
}

v1::SubscribeResponse FellBehind(uint64_t sequence) {
  v1::SubscribeResponse frame;
  *frame.mutable_fell_behind()->mutable_position() = At(sequence);
  return frame;
}

v1::SubscribeResponse Heartbeat(uint64_t sequence) {
  v1::SubscribeResponse frame;
  *frame.mutable_heartbeat()->mutable_position() = At(sequence);
  return frame;
}

v1::SubscribeResponse Closing(v1::ClosingReason reason, uint64_t sequence) {
  v1::SubscribeResponse frame;
  frame.mutable_closing()->set_reason(reason);
  *frame.mutable_closing()->mutable_resume_after() = At(sequence);
  return frame;
}

}  // namespace liaison::testing
