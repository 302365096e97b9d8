#include "tests/simulation/reader.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "google/protobuf/util/time_util.h"
#include "igf/liaison/v1/event_service.pb.h"
#include "tests/simulation/world.h"

namespace liaison::simulation {
namespace {

using Kind = fanout::Frame::Kind;

// As the contract promises them.
constexpr size_t kFrameSizeBytes = 32 << 10;
constexpr uint64_t kAdvanceEvery = 1000;
constexpr uint64_t kFellBehind = 10'000;

const char* NameOf(Kind kind) {
  switch (kind) {
    case Kind::kConfirmed:
      return "confirmed";
    case Kind::kEvents:
      return "events";
    case Kind::kAdvanced:
      return "advanced";
    case Kind::kCaughtUp:
      return "caught up";
    case Kind::kFellBehind:
      return "fell behind";
    case Kind::kAudienceChanged:
      return "audience changed";
    case Kind::kStoppedAtHead:
      return "stopped at head";
  }
  return "?";
}

// Who may read, in the words of the contract.
bool MayRead(const std::string& organisation, bool is_partner, bool is_mag, bool is_secretariat,
             const pb::EventHeader& header) {
  const std::string& audience = header.audience();
  if (audience == "igf/public") return true;
  if (organisation.empty()) return false;
  const std::string& author = header.author();
  if (author == organisation || author.rfind(organisation + "/", 0) == 0) return true;
  if (audience == "igf/partners") return is_partner;
  if (audience == "igf/mag") return is_mag || is_secretariat;
  return false;
}

bool HasTopic(const pb::EventHeader& header, const std::string& wanted) {
  for (const std::string& topic : header.topics()) {
    if (topic == wanted || topic.rfind(wanted + ".", 0) == 0) return true;
    if (wanted.back() == ':' && topic.rfind(wanted, 0) == 0) return true;
  }
  return false;
}

}  // namespace

Reader::Reader(World* world, uint64_t number)
    : world_(world), name_(absl::StrCat("reader-", number)) {
  Random& random = world_->random();
  organisation_ =
      random.OneOf<std::string>({"", "org/writer-0", "org/writer-1", "org/igf-mag/seat-3",
                                 "org/igf-secretariat", "org/igf-mag", "org/elsewhere"});
  pace_us_ = random.OneOf<int64_t>({20, 500, 20'000, 300'000});
  max_events_ = random.OneIn(3) ? random.Between(1, 20) : ~size_t{0};
  patience_ = random.OneOf<uint64_t>({5, 50, 1'000'000});
  ChooseFilter();
}

void Reader::ChooseFilter() {
  Random& random = world_->random();
  const std::string author = absl::StrCat("org/writer-", random.Below(3));
  const std::string topic = random.OneOf<std::string>(
      {"igf-call-2022:cyber", "igf-call-2022:cyber.child", "igf-call-2022:", "fictional:a.b"});
  switch (random.Below(8)) {
    case 0:
      filter_text_ = absl::StrCat("author = ", author);
      filter_ = [author](const pb::EventHeader& h) { return h.author() == author; };
      break;
    case 1:
      filter_text_ = absl::StrCat("topic = ", topic);
      filter_ = [topic](const pb::EventHeader& h) { return HasTopic(h, topic); };
      break;
    case 2:
      filter_text_ = absl::StrCat("topic = ", topic, " OR author = ", author);
      filter_ = [=](const pb::EventHeader& h) {
        return HasTopic(h, topic) || h.author() == author;
      };
      break;
    case 3:
      filter_text_ = absl::StrCat("NOT topic = ", topic, " AND type = topic-signal");
      filter_ = [=](const pb::EventHeader& h) {
        return !HasTopic(h, topic) && h.type() == pb::EVENT_TYPE_TOPIC_SIGNAL;
      };
      break;
    case 4:
      filter_text_ = "type = redaction OR type = organisation OR type = rules";
      filter_ = [](const pb::EventHeader& h) {
        return h.type() == pb::EVENT_TYPE_REDACTION || h.type() == pb::EVENT_TYPE_ORGANISATION ||
               h.type() == pb::EVENT_TYPE_RULES;
      };
      break;
    default:
      filter_text_.clear();
      filter_ = [](const pb::EventHeader&) { return true; };
  }
}

template <typename... Parts>
void Reader::Violation(const Parts&... parts) {
  world_->history().Violation(name_, " (", organisation_.empty() ? "anybody" : organisation_, ", `",
                              filter_text_, "`): ", parts...);
}

void Reader::Start() { ConnectLater(); }

void Reader::ConnectLater() {
  world_->schedule().After(world_->random().Between(1, 200) * 1000, [this] { Connect(); });
}

void Reader::AfterOnConnection(int64_t delay_us, std::function<void()> event) {
  world_->schedule().After(delay_us, [this, connection = connection_, event = std::move(event)] {
    if (connection == connection_) event();
  });
}

// Who it is taken for is settled here, so it must not fall between a commit and its being shown.
void Reader::Connect() {
  Hub* hub = world_->hub();
  if (hub == nullptr || world_->between_commit_and_wake()) return ConnectLater();
  Random& random = world_->random();
  fanout::CursorOptions options;
  const uint64_t head = hub->tail.head();
  if (!world_->calm() && random.OneIn(10)) {  // another subscription in its place
    ChooseFilter();
    position_ = random.OneIn(3) ? head : random.Below(head + 1);
  }
  auto filter = fanout::Filter::Parse(filter_text_);
  if (!filter.ok()) return Violation(InWords(filter.status()));
  options.filter = *std::move(filter);
  auto principal = auth::DevelopmentPrincipal(organisation_, *hub->sequencer.registry(),
                                              *hub->sequencer.directory());
  if (!principal.ok()) return Violation(InWords(principal.status()));
  options.principal = *std::move(principal);
  is_partner_ = !organisation_.empty() && world_->oracle().IsRegistered(organisation_);
  is_mag_ = world_->oracle().IsOfKind(organisation_, pb::ORGANISATION_KIND_MAG);
  is_secretariat_ = world_->oracle().IsOfKind(organisation_, pb::ORGANISATION_KIND_SECRETARIAT);
  // A head that was served is never taken back: a position that was reached exists.
  if (position_ > head) return Violation("was at ", position_, "; the log ends at ", head);
  options.after = position_;
  stop_at_.reset();
  if (!world_->calm() && random.OneIn(6)) stop_at_ = head;
  options.stop_at = stop_at_;
  ++connection_;
  confirmed_ = caught_up_ = false;
  served_ = position_;
  world_->history().Note(name_, " connects after ", position_);
  world_->history().Count("connections");
  cursor_.emplace(&hub->log, &hub->tail, std::move(options));
  state_ = State::kDue;
  AfterOnConnection(random.Between(0, 500), [this] { Drive(true); });
}

void Reader::Disconnect() {
  const bool was_parked = state_ == State::kParked;
  if (was_parked != world_->hub()->tail.Unpark(this)) Violation("is parked where it is not");
  ++connection_;
  cursor_.reset();
  state_ = State::kAway;
  world_->history().Note(name_, " disconnects at ", position_);
  ConnectLater();
}

void Reader::LoseHub() {
  if (state_ == State::kAway) return;
  ++connection_;
  cursor_.reset();
  state_ = State::kAway;
  ConnectLater();
}

void Reader::Wake() {
  if (state_ != State::kParked) return Violation("is woken and does not sleep");
  state_ = State::kDue;
  AfterOnConnection(world_->random().Between(0, 1000), [this] { Drive(true); });
}

// The driver of a stream, as server/rpc has it, without a wire.
void Reader::Drive(bool may_read_log) {
  if (world_->hub() == nullptr) return;
  absl::StatusOr<fanout::Step> step = cursor_->Next(may_read_log, max_events_);
  if (!step.ok()) {
    if (step.status().code() != absl::StatusCode::kUnavailable) {
      return Violation(InWords(step.status()));
    }
    return Disconnect();
  }
  if (auto* frame = std::get_if<fanout::Frame>(&*step)) {
    CheckFrame(*frame);
    state_ = State::kWriting;
    const int64_t pace_us = world_->calm() ? std::min<int64_t>(pace_us_, 100) : pace_us_;
    AfterOnConnection(world_->random().Between(pace_us / 2, pace_us),
                      [this, sent = std::move(*frame)] { Received(sent); });
    return;
  }
  if (std::holds_alternative<fanout::NotInMemory>(*step)) {
    if (may_read_log) return Violation("NotInMemory though the log may be read");
    AfterOnConnection(world_->random().Between(50, 2000), [this] { Drive(true); });
    return;
  }
  CheckNothingYet();
  // Between looking and lying down there is time for a commit.
  AfterOnConnection(world_->random().Between(0, 2000), [this] { Rest(); });
}

void Reader::Rest() {
  Hub* hub = world_->hub();
  if (hub == nullptr) return;
  if (!hub->tail.Park(this, cursor_->position())) return Drive(true);
  state_ = State::kParked;
  CheckSleep();
  if (!world_->calm() && world_->random().OneIn(patience_)) {
    AfterOnConnection(world_->random().Between(0, 100'000), [this] {
      if (state_ == State::kParked && world_->hub() != nullptr) Disconnect();
    });
  }
}

void Reader::Received(const fanout::Frame& frame) {
  if (world_->hub() == nullptr) return;
  state_ = State::kDue;
  if (frame.position < position_) Violation("goes back from ", position_, " to ", frame.position);
  position_ = frame.position;
  world_->history().Count("frames");
  if (frame.kind == Kind::kStoppedAtHead) return Disconnect();
  if (!world_->calm() && world_->random().OneIn(patience_)) return Disconnect();
  if (filter_text_.empty()) return Drive(false);
  AfterOnConnection(world_->random().Between(0, 200), [this] { Drive(true); });
}

// --- against the oracle --------------------------------------------------------------------------

bool Reader::Wants(const Said& event) const {
  return MayRead(organisation_, is_partner_, is_mag_, is_secretariat_, event.header) &&
         filter_(event.header);
}

std::optional<uint64_t> Reader::NextWanted(uint64_t after, uint64_t through) const {
  for (uint64_t sequence = after + 1; sequence <= through; ++sequence) {
    if (Wants(world_->oracle().event(sequence))) return sequence;
  }
  return std::nullopt;
}

void Reader::CheckFrame(const fanout::Frame& frame) {
  const uint64_t head = world_->oracle().head();
  world_->history().Note(
      name_, " ", NameOf(frame.kind), " to ", frame.position,
      frame.event_count > 0 ? absl::StrCat(", ", frame.event_count, " events") : "");
  world_->history().Count(absl::StrCat("frames_", NameOf(frame.kind)));
  if (frame.head != head) return Violation("is told of a head ", frame.head, "; it is ", head);
  if (frame.position < served_ || frame.position > head) {
    return Violation("a frame to ", frame.position, " after ", served_, ", head ", head);
  }
  if (confirmed_ == (frame.kind == Kind::kConfirmed)) {
    return Violation(NameOf(frame.kind), confirmed_ ? " a second time" : " before it is confirmed");
  }
  confirmed_ = true;
  if (frame.kind == Kind::kEvents) {
    CheckEvents(frame);
  } else if (auto skipped = NextWanted(served_, frame.position)) {
    return Violation(NameOf(frame.kind), " to ", frame.position, " skips ", *skipped);
  }
  const uint64_t end = stop_at_ ? std::min(*stop_at_, head) : head;
  const auto hold = [&](bool holds) {
    if (!holds) Violation(NameOf(frame.kind), " at ", frame.position, " of ", end);
  };
  if (frame.kind == Kind::kConfirmed) hold(frame.position == served_);
  if (frame.kind == Kind::kAdvanced) hold(frame.position > served_);
  if (frame.kind == Kind::kCaughtUp) hold(!caught_up_ && frame.position >= end);
  if (frame.kind == Kind::kFellBehind) hold(caught_up_ && head - frame.position > kFellBehind);
  if (frame.kind == Kind::kStoppedAtHead) hold(stop_at_ && caught_up_ && frame.position == end);
  if (frame.kind == Kind::kCaughtUp) caught_up_ = true;
  if (frame.kind == Kind::kFellBehind) caught_up_ = false;
  served_ = frame.position;
}

void Reader::CheckEvents(const fanout::Frame& frame) {
  std::string bytes;
  for (const fanout::Frame::Run& run : frame.runs) {
    bytes.append(run.chunk->bytes, run.begin, run.end - run.begin);
  }
  pb::Events events;
  if (!events.ParseFromString(bytes)) return Violation("cannot parse what it is served");
  const size_t count = static_cast<size_t>(events.events_size());
  if (count == 0 || count != frame.event_count || count > max_events_ ||
      (count > 1 && bytes.size() > kFrameSizeBytes)) {
    return Violation("a frame of ", count, " events, ", bytes.size(), " bytes");
  }
  uint64_t last = served_;
  for (const pb::Event& event : events.events()) {
    const std::optional<uint64_t> next = NextWanted(last, world_->oracle().head());
    if (next != event.sequence()) {
      return Violation("is served ", event.sequence(), " after ", last, "; expected ",
                       next ? absl::StrCat(*next) : "nothing");
    }
    if (!IsAsExpected(event)) return Violation("is served ", event.sequence(), " altered");
    last = event.sequence();
  }
  if (frame.position != last) Violation("a frame to ", frame.position, " ends with ", last);
  world_->history().Count("delivered", count);
}

bool Reader::IsAsExpected(const pb::Event& event) const {
  const Said& expected = world_->oracle().event(event.sequence());
  const auto time =
      google::protobuf::util::TimeUtil::MicrosecondsToTimestamp(expected.leaf.hub_time_us);
  bool same = event.header() == expected.header_bytes && event.leaf() == expected.leaf_bytes &&
              event.digest() == expected.digest.bytes() &&
              event.attested() == expected.signature.empty() && event.hub_time() == time &&
              event.sections_size() == static_cast<int>(expected.parts.size());
  for (int i = 0; same && i < event.sections_size(); ++i) {
    const Said::Part& part = expected.parts[i];
    const pb::Section& section = event.sections(i);
    const bool erased = world_->oracle().PartIsErased(part);
    same =
        section.kind() == part.kind && (section.status() == pb::SECTION_STATUS_ERASED) == erased &&
        section.data() == (erased ? "" : part.data) && section.salt() == (erased ? "" : part.salt);
  }
  return same;
}

void Reader::CheckNothingYet() {
  const uint64_t head = world_->oracle().head();
  if (cursor_->position() != head) {
    return Violation("has nothing to read at ", cursor_->position(), " of ", head);
  }
  if (auto missed = NextWanted(served_, head)) return Violation("was never served ", *missed);
  if (!confirmed_ || !caught_up_ || stop_at_) return Violation("rests before it has caught up");
  if (head - served_ >= kAdvanceEvery) {
    return Violation("was told of ", served_, " and not of its progress to ", head);
  }
}

void Reader::CheckSleep() {
  if (state_ != State::kParked || world_->between_commit_and_wake()) return;
  const uint64_t head = world_->hub()->tail.head();
  if (head != cursor_->position()) {
    Violation("sleeps at ", cursor_->position(), " while the head is ", head);
  }
}

void Reader::CheckEnd() {
  if (state_ == State::kDue) return CheckNothingYet();  // about to rest
  if (state_ != State::kParked) return Violation("has not come to rest in the end");
  CheckSleep();
  CheckNothingYet();
}

}  // namespace liaison::simulation
