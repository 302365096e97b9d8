#include "tests/simulation/world.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "proto/record/errors.h"
#include "server/sequencer/submit.h"
#include "tests/simulation/reader.h"
#include "tests/simulation/writer.h"

namespace liaison::simulation {
namespace {

using record::Reason;

constexpr int64_t kMillisecond = 1000;
constexpr int64_t kSecond = 1'000'000;
constexpr int64_t kMinute = 60 * kSecond;
constexpr int64_t kWallAtStart_us = 1'800'000'000'000'000;
constexpr int64_t kHeadFileLag_us = 100 * kMillisecond;
constexpr int64_t kCalm_us = 10 * kSecond;

// What may go wrong in a history.
enum Weather : uint64_t {
  kKills = 1,
  kPowerLoss = 2,
  kWriteFailures = 4,
  kClockJumps = 8,
  kRestarts = 16,
  kReadFailures = 32,
};

}  // namespace

absl::Status SimulatedOrder::Propose(sequencer::Proposal&& proposal) {
  absl::Status proposed = queue_.Propose(std::move(proposal));
  if (proposed.ok()) world_->oracle_.Queued(world_->submitting_);
  return proposed;
}

std::vector<sequencer::Proposal> SimulatedOrder::Take(absl::Duration wait) {
  world_->schedule_.Pass(absl::ToInt64Microseconds(wait), [this] {
    return world_->ended_ || world_->IsOver() || closed_ || world_->oracle_.waiting() > 0;
  });
  if (world_->ended_) return {};
  std::vector<sequencer::Proposal> group = queue_.Take(absl::ZeroDuration());
  if (!group.empty()) world_->oracle_.Taken(group, world_->ReadClock());
  return group;
}

void SimulatedOrder::Close() {
  closed_ = true;
  queue_.Close();
}

bool SimulatedOrder::drained() const { return world_->ended_ || queue_.drained(); }

Hub::Hub(World* world, Disk* disk, size_t tail_size_bytes)
    : log(disk, world),
      order(world),
      tail(log.head().sequence, tail_size_bytes),
      sequencer(&log, &order, world,
                {"igf", [world] { return world->ReadClock(); }, domain::kCurrentRulesVersion,
                 absl::OkStatus()}),
      admission(
          &log, "igf", [this] { return sequencer.registry(); },
          [world](pb::SectionKind) { return world->random().Bytes(32); }) {}

World::World(uint64_t seed, History* history) : history_(history), random_(seed), oracle_(history) {
  history_->set_clock([this] { return schedule_.now_us(); });
  disk_.log_id = record::Uuid::FromBytes(random_.Bytes(16));
  disk_.token_secret = random_.Bytes(32);
  disk_.block_sequences = random_.OneOf<uint64_t>({4, 32, 256, 1024});
  active_us_ = random_.Between(kSecond / 2, 5 * kSecond / 2);
  end_us_ = active_us_ + kCalm_us;
  disk_us_ = random_.OneOf<int64_t>({200, 2000, 20'000});
  tail_size_bytes_ = random_.OneOf<size_t>({0, 4096, 100'000, fanout::kTailSizeBytes});
  weather_ = random_.OneIn(4) ? 0 : random_.Below(64);
  // Some histories are large: what is reported every so many events shows only there.
  const bool large = random_.OneIn(30);
  const uint64_t writers = random_.Between(1, 4);
  const uint64_t readers = random_.Between(1, 8);
  history_->Note("seed ", seed, ": weather ", weather_, ", ", writers, " writers, ", readers,
                 " readers, disk ", disk_us_, " us, tail ", tail_size_bytes_, " bytes",
                 large ? ", large" : "");
  for (uint64_t i = 0; i < writers; ++i)
    writers_.push_back(std::make_unique<Writer>(this, i, large));
  for (uint64_t i = 0; i < readers; ++i) readers_.push_back(std::make_unique<Reader>(this, i));
}

World::~World() = default;

bool World::IsOver() const {
  return !history_->violation().empty() || schedule_.now_us() >= end_us_;
}

sequencer::ClockReading World::ReadClock() const {
  const int64_t now = schedule_.now_us();
  return {kWallAtStart_us + now + wall_offset_us_, now - boot_began_us_,
          absl::StrCat("boot-", boot_)};
}

void World::Run() {
  for (auto& writer : writers_) writer->Start();
  for (auto& reader : readers_) reader->Start();
  Weather();
  Operate();
  schedule_.After(active_us_, [this] {
    history_->Note("calm");
    calm_ = true;
    next_fate_ = Fate::kDone;
    scans_fail_ = false;
  });
  while (!IsOver()) {
    if (OpenHub()) RunHub();
    CloseHub();
    if (!IsOver()) schedule_.Pass(random_.Between(1, 100) * kMillisecond, [] { return false; });
  }
  if (history_->violation().empty() && history_->counts().count("events") == 0) {
    history_->Violation("no hub runs in the end");
  }
}

bool World::OpenHub() {
  ended_ = closing_ = false;
  hub_ = std::make_unique<Hub>(this, &disk_, tail_size_bytes_);
  auto row = hub_->log.GetRow(storage::Table::kControl, "clock");
  oracle_.HubOpens(hub_->log, ReadClock(), *row);
  const absl::Status opened = hub_->sequencer.Open();
  history_->Note("hub opens at ", hub_->log.head().sequence, ": ", InWords(opened));
  history_->Count("starts");
  between_commit_and_wake_ = false;
  serving_ = opened.ok() && !ended_;
  return serving_;
}

void World::RunHub() {
  while (!IsOver()) {
    const int64_t began_us = schedule_.now_us();
    const bool more = hub_->sequencer.RunRound();
    if (ended_) return;
    between_commit_and_wake_ = false;
    for (auto& reader : readers_) reader->CheckSleep();
    oracle_.RoundEnds(hub_->log.head(), hub_->sequencer.registry()->size());
    CheckHeadFile(began_us);
    if (oracle_.failed() !=
        (record::ReasonOf(hub_->sequencer.condition()) == Reason::kLogWriteFailed)) {
      history_->Violation("the hub's condition is ", InWords(hub_->sequencer.condition()));
    }
    if (IsOver()) CheckEnd();
    if (!more) return;
  }
}

void World::CloseHub() {
  ended_ = true;
  serving_ = false;
  between_commit_and_wake_ = false;
  unsynced_since_us_.reset();
  for (auto& reader : readers_) reader->LoseHub();
  oracle_.HubEnded();
  hub_.reset();
  std::vector<Pending> lost;
  lost.swap(pending_);
  for (const Pending& pending : lost) pending.answered(nullptr);
}

// Others go on; then whoever sleeps must have nothing to read.
void World::Pass(int64_t duration_us) {
  schedule_.Pass(duration_us, [this] { return ended_; });
}

void World::Submit(sequencer::Proposal proposal, Answered answered) {
  std::shared_ptr<Asked> asked = Oracle::Describe(proposal);
  pending_.push_back({asked, std::move(answered)});
  const auto settle = [this, asked](const sequencer::Answers& answers) {
    auto it = std::find_if(pending_.begin(), pending_.end(),
                           [&](const Pending& pending) { return pending.asked == asked; });
    if (it == pending_.end()) return history_->Violation("answered twice");
    const Answered tell = std::move(it->answered);
    pending_.erase(it);
    tell(&answers);
  };
  proposal.done = [this, asked, settle](sequencer::Answers answers) {
    if (ended_) return;  // nobody hears it
    if (asked->accept_clock) {
      asked->answered = true;
      auto row = hub_->log.GetRow(storage::Table::kControl, "clock");
      if (answers.empty()) oracle_.ClockAccepted(*row);
    } else {
      oracle_.Answered(asked.get(), answers);
    }
    for (const auto& answer : answers) {
      const bool fresh = answer.ok() && answer->leaf.sequence > disk_.head_file_sequence;
      if (fresh && !unsynced_since_us_) unsynced_since_us_ = schedule_.now_us();
    }
    settle(answers);
  };
  submitting_ = asked;
  const absl::Status status = sequencer::Submit(hub_->log, &hub_->order, std::move(proposal));
  if (status.ok()) return;
  const std::optional<Reason> reason = record::ReasonOf(status);
  const bool fenced = asked->fence != nullptr && asked->fence->closed;
  const bool full = reason == Reason::kQueueFull && oracle_.QueueIsFullFor(*asked);
  if (!full && !(reason == Reason::kShuttingDown && closing_)) {
    history_->Violation("refused without need: ", InWords(status));
  } else if (!fenced && oracle_.AllStand(*asked)) {
    history_->Violation("a retry is refused because the queue takes nothing");
  }
  history_->Count(full ? "queue_full" : "shutting_down");
  asked->answered = true;
  settle(sequencer::Answers(std::max<size_t>(asked->said.size(), 1), status));
}

// --- the disk ------------------------------------------------------------------------------------

Fate World::NextFate() { return std::exchange(next_fate_, Fate::kDone); }

bool World::WaitForDisk() {
  Pass(random_.Between(disk_us_ / 4, 2 * disk_us_));
  if (ended_) return false;
  if (unsynced_since_us_ && disk_.events.size() == disk_.head_file_sequence) {
    unsynced_since_us_.reset();
  }
  return true;
}

void World::HubDies() {
  history_->Note("hub dies");
  history_->Count("deaths");
  ended_ = true;
}

void World::WriteFailed() {
  history_->Note("a write fails");
  oracle_.WriteFailed();
}

bool World::ScanFails() {
  const bool fails = scans_fail_ && random_.OneIn(8);
  if (fails) history_->Count("failed_reads");
  return fails;
}

void World::OnCommitted(storage::Group group, const storage::Head& head) {
  oracle_.Committed(group, head);
  between_commit_and_wake_ = true;
  hub_->tail.OnCommitted(std::move(group), head);
  history_->Note("committed ", head.sequence, " root ", head.root.ToHex());
  history_->Count("groups");
  Pass(random_.Between(0, 300));
}

void World::OnAcknowledged() {
  if (ended_) return;
  hub_->tail.OnAcknowledged();
  between_commit_and_wake_ = false;
  for (auto& reader : readers_) reader->CheckSleep();
}

// The head file may lag by its limit, and by the round that was under way when it ran out.
void World::CheckHeadFile(int64_t round_began_us) {
  if (unsynced_since_us_ && disk_.head_file_sequence == disk_.events.size()) {
    unsynced_since_us_.reset();
  }
  if (!unsynced_since_us_ || oracle_.failed()) return;
  const int64_t lag_us = schedule_.now_us() - *unsynced_since_us_;
  if (lag_us > kHeadFileLag_us + (schedule_.now_us() - round_began_us)) {
    history_->Violation("the head file lags ", lag_us, " us behind an acknowledgement");
  }
}

// --- what goes wrong -----------------------------------------------------------------------------

void World::Weather() {
  schedule_.After(random_.Between(20, 400) * kMillisecond, [this] {
    if (calm_) return;
    Weather();
    const auto may = [this](uint64_t what) { return (weather_ & what) != 0; };
    switch (random_.Below(7)) {
      case 0:
      case 1:
        if (!may(kKills) || hub() == nullptr) break;
        if (random_.OneIn(2)) {
          next_fate_ = random_.OneIn(2) ? Fate::kHubDiesAndItIsThere : Fate::kHubDiesAndItIsGone;
        } else {
          disk_.limbo_is_there = random_.OneIn(2);
          HubDies();
        }
        break;
      case 2:
        if (!may(kPowerLoss) || hub() == nullptr) break;
        disk_.limbo_is_there = random_.OneIn(2);
        ++boot_;
        boot_began_us_ = schedule_.now_us() - kSecond;
        if (random_.OneIn(2)) JumpClock();
        history_->Count("power_losses");
        HubDies();
        break;
      case 3:
        if (!may(kWriteFailures)) break;
        next_fate_ = random_.OneIn(2) ? Fate::kFailsAndIsThere : Fate::kFailsAndIsGone;
        history_->Count("failed_writes");
        break;
      case 4:
        if (may(kClockJumps)) JumpClock();
        break;
      case 5:
        if (!may(kRestarts) || hub() == nullptr) break;
        history_->Note("hub is stopped");
        closing_ = true;
        hub_->order.Close();
        break;
      case 6:
        scans_fail_ = may(kReadFailures) && random_.OneIn(2);
        break;
    }
  });
}

void World::JumpClock() {
  wall_offset_us_ += random_.OneOf<int64_t>({-2 * kSecond, -4 * kMinute, 4 * kMinute, -6 * kMinute,
                                             6 * kMinute, -600 * kMinute, 600 * kMinute});
  history_->Note("the clock jumps to ", wall_us());
  history_->Count("clock_jumps");
}

// Somebody looks after the hub: sets the clock right or accepts it, and starts a failed hub again.
void World::Operate() {
  schedule_.After(random_.Between(20, 300) * kMillisecond, [this] {
    Operate();
    if (hub() == nullptr || closing_) return;
    if (oracle_.failed()) {
      history_->Note("hub is started again");
      closing_ = true;
      hub_->order.Close();
    } else if (record::ReasonOf(hub_->sequencer.condition()) == Reason::kClockJumped) {
      if (random_.OneIn(2)) {
        const sequencer::ClockReading& trusted = oracle_.trusted();
        const sequencer::ClockReading now = ReadClock();
        wall_offset_us_ += trusted.wall_us + (now.boot_us - trusted.boot_us) - now.wall_us;
        history_->Note("the clock is set right");
        return;
      }
      sequencer::Proposal proposal;
      proposal.accept_clock = true;
      history_->Note("the clock is accepted");
      Submit(std::move(proposal), [](const sequencer::Answers*) {});
    }
  });
}

void World::CheckEnd() {
  if (!history_->violation().empty()) return;
  if (oracle_.waiting() > 0) history_->Violation("the order never came to an end");
  if (oracle_.Root() != hub_->log.head().root) history_->Violation("the root is another");
  for (auto& reader : readers_) reader->CheckEnd();
  history_->Note("end at ", oracle_.head(), " root ", oracle_.Root().ToHex());
  history_->Count("events", oracle_.head());
}

}  // namespace liaison::simulation
