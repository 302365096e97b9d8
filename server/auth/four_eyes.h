// What takes a second person.
#ifndef LIAISON_SERVER_AUTH_FOUR_EYES_H_
#define LIAISON_SERVER_AUTH_FOUR_EYES_H_

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "server/auth/credential_book.h"
#include "server/auth/principal.h"
#include "server/domain/statement.h"

namespace liaison::auth {

inline constexpr size_t kMaxApprovals = 100;
inline constexpr size_t kMaxApprovalsOfOne = 20;  // proposed by one organisation
inline constexpr absl::Duration kApprovalLifetime = absl::Hours(24 * 14);
inline constexpr size_t kMaxRefusalSizeBytes = 500;
// Takes two at every hub, whatever it is set to.
inline constexpr absl::string_view kFederationPolicy = "federation-policy";

// A FourEyes knows which actions this hub asks a second person for, keeps what one person said
// until another has looked at it, and knows who that may be. What is kept is a row of control state
// with the exact bytes, so that digest and signature are those of the proposal. It writes nothing
// itself but what has expired: its rows go into the order with what they decide about.
//
// Thread-safe; Hold may wait for the disk.
class FourEyes {
 public:
  // `actions` by name, `adopt-decision`. INVALID_ARGUMENT for one that there is not.
  static absl::Status CheckActions(const std::vector<std::string>& actions);
  // Both must outlive it; `store` null keeps nothing. REQUIRES: CheckActions.
  FourEyes(std::vector<std::string> actions, ControlStore* store, const CredentialBook* book)
      : actions_(std::move(actions)), store_(store), book_(book) {}

  // The name of what the statement does, where this hub asks for a second person; empty otherwise.
  absl::string_view ActionOf(const pb::EventHeader& header) const;

  struct Held {
    ControlRow row;                       // to be written
    std::optional<std::string> expected;  // where this stands
    absl::Status answer;                  // APPROVAL_NEEDED, naming the approval
  };
  // The statement as a row that waits. An error is the answer instead: APPROVAL_NEEDED where the
  // very same waits already; NOT_PERMITTED where it was refused; EVENT_ID_REUSED where something
  // else waits under its name; RESOURCE_EXHAUSTED where too much does.
  absl::StatusOr<Held> Hold(const Principal& principal, const domain::Statement& statement,
                            const std::vector<domain::ChainCheck>& checks, absl::string_view action,
                            absl::Time now) const;

  // The same for what is no statement but words that only the hub reads; their name is made of
  // them. REQUIRES: an action that there is.
  absl::StatusOr<Held> HoldWords(const Principal& principal, absl::string_view action,
                                 std::string words, absl::Time now) const;

  // What the principal may see of what waits or was refused, oldest first.
  absl::StatusOr<std::vector<rows::Approval>> List(const Principal& principal,
                                                   absl::Time now) const;
  // What the principal may agree to. NOT_FOUND; NOT_PERMITTED, saying why not.
  absl::StatusOr<rows::Approval> FindToApprove(const Principal& principal, absl::string_view id,
                                               absl::Time now) const;
  // What the principal may refuse: as above, or its own organisation's.
  absl::StatusOr<rows::Approval> FindToRefuse(const Principal& principal, absl::string_view id,
                                              absl::Time now) const;

  static ControlRow RowOf(const rows::Approval& approval);
  // The statement that waits, to the byte.
  static absl::StatusOr<domain::Statement> StatementOf(const rows::Approval& approval);
  static std::vector<domain::ChainCheck> ChecksOf(const rows::Approval& approval);
  // Of HoldWords. NOT_FOUND where it is a statement.
  static absl::StatusOr<std::string> WordsOf(const rows::Approval& approval);

 private:
  // Where it waits already, `answer` says what that comes to.
  absl::StatusOr<Held> Keep(rows::Approval approval, absl::Time now,
                            const std::function<absl::Status(const rows::Approval&)>& answer) const;
  // All rows that have not expired; those that have go.
  absl::StatusOr<std::vector<rows::Approval>> Waiting(absl::Time now) const;
  absl::StatusOr<std::optional<rows::Approval>> Find(absl::string_view id) const;
  // OK, or who else it takes.
  absl::Status CheckSecond(const Principal& principal, const rows::Approval& approval) const;

  const std::vector<std::string> actions_;
  ControlStore* const store_;
  const CredentialBook* const book_;
};

}  // namespace liaison::auth

#endif  // LIAISON_SERVER_AUTH_FOUR_EYES_H_
