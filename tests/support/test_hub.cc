#include "tests/support/test_hub.h"

#include <stdlib.h>

#include <filesystem>
#include <limits>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "gtest/gtest.h"
#include "proto/record/commitment.h"
#include "proto/record/event_builder.h"
#include "proto/record/pae.h"
#include "proto/record/uuid.h"
#include "storage/rocks/open.h"
#include "storage/rocks/rocks_event_log.h"

namespace liaison::testing {

TempDir::TempDir() {
  std::string pattern = (std::filesystem::temp_directory_path() / "liaison-test-XXXXXX").string();
  path_ = mkdtemp(pattern.data());
}
TempDir::~TempDir() { std::filesystem::remove_all(path_); }

namespace {

pb::Draft Blank(const std::string& author) {
  pb::Draft draft;
  draft.set_event_id(record::Uuid::Random().ToString());
  draft.set_author(author);
  draft.set_audience("igf/public");
  return draft;
}

}  // namespace

pb::Draft Signal(const std::string& title, const std::string& author) {
  pb::Draft draft = Blank(author);
  draft.add_topics("igf-call-2022:cyber.child");
  draft.set_cycle("2027");
  draft.set_language("en");
  draft.mutable_topic_signal()->set_title(title);
  return draft;
}

pb::Draft OrganisationDraft(const std::string& organisation, pb::OrganisationKind kind) {
  pb::Draft draft = Blank("org/igf-secretariat");
  draft.mutable_organisation()->set_organisation(organisation);
  draft.mutable_organisation()->set_name("fictional sample");
  draft.mutable_organisation()->set_kind(kind);
  return draft;
}

pb::Draft RedactionDraft(const std::string& author, const record::Hash& target,
                         pb::SectionKind section) {
  pb::Draft draft = Blank(author);
  draft.mutable_redaction()->set_target_digest(std::string(target.bytes()));
  draft.mutable_redaction()->set_section(section);
  draft.mutable_redaction()->set_reason(pb::REDACTION_REASON_AUTHOR_REQUEST);
  return draft;
}

pb::Draft KeyDraft(const std::string& organisation, pb::KeyAction action,
                   const record::SigningKey& key) {
  pb::Draft draft = Blank(organisation);
  draft.mutable_key()->set_organisation(organisation);
  draft.mutable_key()->set_action(action);
  draft.mutable_key()->set_public_key(key.public_key());
  draft.mutable_key()->set_possession(key.Sign(record::kKeyPossessionType, organisation));
  return draft;
}

pb::PublishItem Item(pb::Draft draft) {
  pb::PublishItem item;
  *item.mutable_draft() = std::move(draft);
  return item;
}

pb::PublishItem Signed(const pb::Draft& draft, const record::SigningKey& key) {
  pb::PublishItem item;
  *item.mutable_signed_() =
      record::BuildEvent(draft, &key, absl::FromUnixSeconds(1'800'000'000),
                         [](pb::SectionKind) { return record::RandomSalt(); });
  return item;
}

TestHub::TestHub(FaultDisk* disk, uint32_t rules_version)
    : disk_(disk), rules_version_(rules_version) {
  Open();
}
TestHub::~TestHub() { Close(); }

void TestHub::Open() {
  storage::OpenOptions options;
  options.data_dir = dir_.path();
  auto log = disk_ == nullptr ? storage::OpenEventLog(options)
                              : storage::RocksEventLog::Open(options, disk_->env());
  if (!log.ok()) GTEST_FAIL() << log.status();
  log_ = *std::move(log);
  proposals_ = std::make_unique<sequencer::LocalProposalLog>();
  tail_ = std::make_unique<fanout::Tail>(log_->head().sequence);
  sequencer::SequencerOptions sequencer_options;
  sequencer_options.clock_source = [this] { return Clock(); };
  sequencer_options.rules_version = rules_version_;
  sequencer_ = std::make_unique<sequencer::Sequencer>(log_.get(), proposals_.get(), tail_.get(),
                                                      sequencer_options);
  absl::Status opened = sequencer_->Open();
  if (!opened.ok()) GTEST_FAIL() << opened;
  thread_ = std::make_unique<sequencer::SequencerThread>(sequencer_.get());
  admission_ = std::make_unique<admission::Admission>(log_.get(), "igf",
                                                      [this] { return sequencer_->registry(); });
}

void TestHub::PassTime(int64_t us) {
  absl::MutexLock lock(&mu_);
  clock_.wall_us += us;
  clock_.boot_us += us;
}

void TestHub::JumpClock(int64_t us) {
  absl::MutexLock lock(&mu_);
  clock_.wall_us += us;
}

sequencer::ClockReading TestHub::Clock() const {
  absl::MutexLock lock(&mu_);
  return clock_;
}

void TestHub::Stop() {
  proposals_->Close();
  thread_.reset();
}

void TestHub::Close() {
  Stop();
  admission_.reset();
  sequencer_.reset();
  tail_.reset();
  log_.reset();
}

void TestHub::Restart(const std::function<void()>& while_closed) {
  Close();
  if (while_closed) while_closed();
  Open();
}

void TestHub::Upgrade() {
  rules_version_ = domain::kCurrentRulesVersion;
  Restart();
}

sequencer::Answers TestHub::Propose(sequencer::Proposal proposal) {
  absl::Notification answered;
  sequencer::Answers answers;
  proposal.done = [&](sequencer::Answers given) {
    answers = std::move(given);
    answered.Notify();
  };
  absl::Status proposed = proposals_->Propose(std::move(proposal));
  if (!proposed.ok()) return {proposed};
  answered.WaitForNotification();
  return answers;
}

absl::StatusOr<sequencer::Receipt> TestHub::Publish(pb::Draft draft) {
  return Publish(Item(std::move(draft)));
}

absl::StatusOr<sequencer::Receipt> TestHub::Publish(pb::PublishItem item) {
  auto statement = admission_->Admit(std::move(item), "items[0]");
  if (!statement.ok()) return statement.status();
  sequencer::Proposal proposal;
  proposal.statements.push_back(*std::move(statement));
  return Propose(std::move(proposal)).front();
}

sequencer::Answers TestHub::PublishBatch(std::vector<pb::Draft> drafts, bool atomic,
                                         std::vector<domain::ChainCheck> checks, bool dry_run,
                                         std::shared_ptr<sequencer::Fence> fence) {
  sequencer::Proposal proposal;
  proposal.atomic = atomic;
  proposal.dry_run = dry_run;
  proposal.checks = std::move(checks);
  proposal.fence = std::move(fence);
  for (pb::Draft& draft : drafts) {
    auto statement = admission_->Admit(Item(std::move(draft)), "items[0]");
    if (!statement.ok()) return {statement.status()};
    proposal.statements.push_back(*std::move(statement));
  }
  return Propose(std::move(proposal));
}

sequencer::Answers TestHub::PublishStatements(std::vector<domain::Statement> statements,
                                              bool atomic, bool dry_run) {
  sequencer::Proposal proposal;
  proposal.atomic = atomic;
  proposal.dry_run = dry_run;
  proposal.statements = std::move(statements);
  return Propose(std::move(proposal));
}

absl::Status TestHub::AcceptClock() {
  sequencer::Proposal proposal;
  proposal.accept_clock = true;
  sequencer::Answers answers = Propose(std::move(proposal));
  return answers.empty() ? absl::OkStatus() : answers.front().status();
}

std::vector<std::string> TestHub::Everything() const {
  const storage::Head head = log_->head();
  std::vector<std::string> everything = {
      absl::StrCat("head ", head.sequence, " at ", head.hub_time_us, " us"),
      absl::StrCat("root ", head.root.ToHex()),
      absl::StrCat("registry ", head.registry_size, " ", head.registry_root.ToHex())};
  for (const storage::Table table :
       {storage::Table::kChain, storage::Table::kDirectory, storage::Table::kLifeCycle,
        storage::Table::kControl, storage::Table::kForeign}) {
    auto rows = log_->ListRows(table, "", "", std::numeric_limits<size_t>::max());
    if (!rows.ok()) {
      ADD_FAILURE() << rows.status();
      continue;
    }
    for (const auto& row : *rows) {
      everything.push_back(absl::StrCat(std::string(1, static_cast<char>(table)), " ",
                                        absl::CHexEscape(row.key), " = ",
                                        absl::CHexEscape(row.value)));
    }
  }
  return everything;
}

std::vector<uint64_t> TestHub::Read(fanout::CursorOptions options) {
  fanout::Cursor cursor(log_.get(), tail_.get(), std::move(options));
  std::vector<uint64_t> sequences;
  while (true) {
    absl::StatusOr<fanout::Step> step = cursor.Next(true);
    if (!step.ok()) {
      ADD_FAILURE() << step.status();
      return sequences;
    }
    const auto* frame = std::get_if<fanout::Frame>(&*step);
    if (frame == nullptr || frame->kind == fanout::Frame::Kind::kStoppedAtHead) return sequences;
    for (const fanout::Frame::Run& run : frame->runs) {
      for (const fanout::Chunk::Entry& entry : run.chunk->entries) {
        if (entry.begin >= run.begin && entry.end <= run.end) sequences.push_back(entry.sequence);
      }
    }
  }
}

std::vector<uint64_t> TestHub::ReadFiltered(const std::string& filter, uint64_t after) {
  fanout::CursorOptions options;
  auto parsed = fanout::Filter::Parse(filter);
  if (!parsed.ok()) {
    ADD_FAILURE() << parsed.status();
    return {};
  }
  options.filter = *parsed;
  options.after = after;
  return Read(std::move(options));
}

}  // namespace liaison::testing
