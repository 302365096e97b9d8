// A hub in memory on a line that can be cut anywhere.
#ifndef LIAISON_TESTS_UNIT_CLIENT_OUTBOX_PAPER_HUB_H_
#define LIAISON_TESTS_UNIT_CLIENT_OUTBOX_PAPER_HUB_H_

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "liaison/mocks/mock_connection.h"

namespace liaison::testing {

// A PaperHub takes events, each (author, event id) once, and keeps the bytes of every try. It knows
// no other calls than those of an outbox. Thread-safe.
class PaperHub : public ::testing::NiceMock<mocks::MockConnection>,
                 public std::enable_shared_from_this<PaperHub> {
 public:
  explicit PaperHub(std::string log_id) : log_id_(std::move(log_id)) {}

  // Nobody answers any more, until it is OK again.
  void Fail(absl::Status status) ABSL_LOCKS_EXCLUDED(mutex_);
  // Who comes with an event is not let in.
  void LetNobodyIn(absl::Status status) ABSL_LOCKS_EXCLUDED(mutex_);
  // The line breaks for good after so many more events: the hub has taken the last one, and its
  // answer is lost.
  void CutAfter(int events) ABSL_LOCKS_EXCLUDED(mutex_);
  // It takes an event iff this says OK; without one it takes all.
  void JudgeBy(std::function<absl::Status(const std::string& event_id)> judge)
      ABSL_LOCKS_EXCLUDED(mutex_);
  // Of receipts, while GetHub tells the old one: another hub has taken the place meanwhile.
  void GiveReceiptsOf(std::string log_id) ABSL_LOCKS_EXCLUDED(mutex_);
  // Called before results are handed over: the hub has taken the events, nobody knows yet.
  void BeforeAnswer(std::function<void()> what) ABSL_LOCKS_EXCLUDED(mutex_);

  // Event ids in the order of its log.
  std::vector<std::string> log() const ABSL_LOCKS_EXCLUDED(mutex_);
  // Every try of an event, as it came.
  std::vector<std::string> tries(const std::string& event_id) const ABSL_LOCKS_EXCLUDED(mutex_);
  int calls() const ABSL_LOCKS_EXCLUDED(mutex_);

  absl::StatusOr<v1::GetHubResponse> GetHub(const v1::GetHubRequest& request) override;
  std::unique_ptr<PublishFrameStream> PublishStream() override;

 private:
  class Stream;
  v1::PublishResult Take(const v1::PublishItem& item) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  mutable absl::Mutex mutex_;
  const std::string log_id_;
  std::string receipts_of_ ABSL_GUARDED_BY(mutex_) = log_id_;
  absl::Status failure_ ABSL_GUARDED_BY(mutex_);
  absl::Status not_let_in_ ABSL_GUARDED_BY(mutex_);
  std::optional<int> cut_after_ ABSL_GUARDED_BY(mutex_);
  std::function<absl::Status(const std::string&)> judge_ ABSL_GUARDED_BY(mutex_);
  std::function<void()> before_answer_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::string> log_ ABSL_GUARDED_BY(mutex_);
  std::map<std::pair<std::string, std::string>, uint64_t> known_ ABSL_GUARDED_BY(mutex_);
  std::map<std::string, std::vector<std::string>> tries_ ABSL_GUARDED_BY(mutex_);
  int calls_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace liaison::testing

#endif  // LIAISON_TESTS_UNIT_CLIENT_OUTBOX_PAPER_HUB_H_
