// Which policy is in force, and who has put it there.
#ifndef LIAISON_SERVER_FEDERATION_POLICY_BOOK_H_
#define LIAISON_SERVER_FEDERATION_POLICY_BOOK_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "server/federation/policy.h"
#include "server/federation/rows.pb.h"

namespace liaison::federation {

// A PolicyBook has every policy that two people have adopted by call, whole, with their names; the
// last one is in force. As long as there is none, it is the one of the file that the hub was set up
// with. Who asks for the policy has a snapshot, which stays what it is. Thread-safe.
class PolicyBook {
 public:
  using Find = std::function<absl::StatusOr<std::optional<std::string>>(const std::string& key)>;
  // `find` reads a row of the hub's control state, now and later. `read_file` gives the text of the
  // file, and is asked only where none was adopted. INVALID_ARGUMENT where that is no policy.
  static absl::StatusOr<std::unique_ptr<PolicyBook>> Open(
      Find find, const std::function<absl::StatusOr<std::string>()>& read_file);

  struct InForce {
    std::shared_ptr<const Policy> policy;
    rows::AdoptedPolicy row;  // version 0: of the file, and nobody's name
  };
  InForce in_force() const;
  std::shared_ptr<const Policy> policy() const;
  // NOT_FOUND unless it was adopted.
  absl::StatusOr<rows::AdoptedPolicy> Version(uint64_t version) const;

  // The text, to be looked at by a second person, beside what it would replace. FIELD_INVALID.
  absl::StatusOr<rows::ProposedPolicy> Propose(absl::string_view text) const;

  using Rows = std::vector<std::pair<std::string, std::string>>;
  // What puts the text in force in a log that was restored, as a version of its own: whoever
  // restores it has the newest, and what was adopted before the backup may have let more go. Empty
  // where none was adopted, or that very text was.
  static absl::StatusOr<Rows> AfterRestore(const Find& find, const std::string& text,
                                           int64_t now_us);
  // Puts it in force: `write` keeps the rows, or nothing has changed, and `use` is told after that;
  // one after the other, however many call. `row` says who. TRANSITION_NOT_ALLOWED where another
  // than it was proposed to replace is in force by now.
  absl::StatusOr<rows::AdoptedPolicy> Adopt(
      const rows::ProposedPolicy& proposed, rows::AdoptedPolicy row,
      const std::function<absl::Status(Rows rows)>& write,
      const std::function<void(std::shared_ptr<const Policy> policy)>& use);

 private:
  explicit PolicyBook(Find find) : find_(std::move(find)) {}

  const Find find_;
  absl::Mutex adopt_mu_;  // who holds it may change what is in force
  mutable absl::Mutex mu_ ABSL_ACQUIRED_AFTER(adopt_mu_);
  InForce in_force_ ABSL_GUARDED_BY(mu_);
};

}  // namespace liaison::federation

#endif  // LIAISON_SERVER_FEDERATION_POLICY_BOOK_H_
