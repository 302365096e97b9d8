// A hub without its wire, in a folder of its own: what the tests of the core speak to.
#ifndef LIAISON_TESTS_SUPPORT_TEST_HUB_H_
#define LIAISON_TESTS_SUPPORT_TEST_HUB_H_

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "igf/liaison/v1/event.pb.h"
#include "proto/record/signature.h"
#include "server/admission/admission.h"
#include "server/fanout/cursor.h"
#include "server/fanout/tail.h"
#include "server/sequencer/proposal_log.h"
#include "server/sequencer/sequencer.h"
#include "server/sequencer/sequencer_thread.h"
#include "storage/backup.h"
#include "tests/support/fault_disk.h"

namespace liaison::testing {

namespace pb = ::igf::liaison::v1;

// A folder that is gone with the object.
class TempDir {
 public:
  TempDir();
  ~TempDir();
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

// Drafts as the tests say them; each with a fresh event id.
pb::Draft Signal(const std::string& title, const std::string& author = "org/apnic");
pb::Draft OrganisationDraft(const std::string& organisation, pb::OrganisationKind kind);
pb::Draft RedactionDraft(const std::string& author, const record::Hash& target,
                         pb::SectionKind section);
pb::Draft KeyDraft(const std::string& organisation, pb::KeyAction action,
                   const record::SigningKey& key);
pb::PublishItem Item(pb::Draft draft);
pb::PublishItem Signed(const pb::Draft& draft, const record::SigningKey& key);

// A TestHub orders, decides and commits as a hub does. The clock stands where it is put.
class TestHub {
 public:
  // `disk`: where the log lies; a real folder where null. It must outlive the hub.
  // A new log begins under rules of that version.
  explicit TestHub(FaultDisk* disk = nullptr,
                   uint32_t rules_version = domain::kCurrentRulesVersion);
  ~TestHub();

  // Nothing is ordered any more, and nobody is woken, until Restart; the log can be read.
  void Stop();
  // Stops and opens the same folder again; in between nobody has its files open.
  void Restart(const std::function<void()>& while_closed = nullptr);
  // The same, with a hub that knows the rules of today.
  void Upgrade();

  absl::StatusOr<sequencer::Receipt> Publish(pb::Draft draft);
  absl::StatusOr<sequencer::Receipt> Publish(pb::PublishItem item);
  // One proposal of several statements; all must pass admission.
  sequencer::Answers PublishBatch(std::vector<pb::Draft> drafts, bool atomic,
                                  std::vector<domain::ChainCheck> checks = {}, bool dry_run = false,
                                  std::shared_ptr<sequencer::Fence> fence = nullptr);
  // The same of statements that were admitted before, and whose digests are known.
  sequencer::Answers PublishStatements(std::vector<domain::Statement> statements, bool atomic,
                                       bool dry_run = false);
  absl::Status AcceptClock();

  // Head, roots and every row there is, in words: what a refusal must not change.
  std::vector<std::string> Everything() const;

  // Walks a cursor until it has nothing more, and returns the sequences it delivered.
  std::vector<uint64_t> Read(fanout::CursorOptions options);
  std::vector<uint64_t> ReadFiltered(const std::string& filter, uint64_t after = 0);

  storage::LogOnDisk& log() { return *log_; }
  fanout::Tail& tail() { return *tail_; }
  sequencer::Sequencer& sequencer() { return *sequencer_; }
  admission::Admission& admission() { return *admission_; }
  sequencer::ProposalLog& proposals() { return *proposals_; }

  // The wall clock is set; the boot clock is not.
  void JumpClock(int64_t us);
  // Both are.
  void PassTime(int64_t us);
  int64_t wall_us() const { return Clock().wall_us; }
  int64_t boot_us() const { return Clock().boot_us; }

 private:
  sequencer::ClockReading Clock() const;
  void Open();
  void Close();
  sequencer::Answers Propose(sequencer::Proposal proposal);

  mutable absl::Mutex mu_;
  sequencer::ClockReading clock_ ABSL_GUARDED_BY(mu_){1'800'000'000'000'000, 1'000'000'000,
                                                      "boot-1"};
  FaultDisk* const disk_;
  uint32_t rules_version_;
  TempDir dir_;
  std::unique_ptr<storage::LogOnDisk> log_;
  std::unique_ptr<sequencer::LocalProposalLog> proposals_;
  std::unique_ptr<fanout::Tail> tail_;
  std::unique_ptr<sequencer::Sequencer> sequencer_;
  std::unique_ptr<sequencer::SequencerThread> thread_;
  std::unique_ptr<admission::Admission> admission_;
};

}  // namespace liaison::testing

#endif  // LIAISON_TESTS_SUPPORT_TEST_HUB_H_
