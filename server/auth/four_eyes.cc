#include "server/auth/four_eyes.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "proto/record/errors.h"
#include "proto/record/event_builder.h"
#include "proto/record/macros.h"
#include "proto/record/names.h"
#include "proto/record/pae.h"
#include "proto/record/way_out.h"

namespace liaison::auth {
namespace {

using record::Error;
using record::Reason;

constexpr absl::string_view kPrefix = "approval/";
constexpr size_t kIdDigits = 16;

// What a hub may ask a second person for, and who that may be. Without `is` it is about words that
// are no statement, and whoever may agree to it reads them.
struct Action {
  absl::string_view name;
  absl::string_view in_words;
  absl::string_view second;
  bool (*is)(const pb::EventHeader& header);
  bool (*may_agree)(const Principal& principal);
};

bool AdoptsDecision(const pb::EventHeader& header) {
  const pb::DecisionState state = header.decision().state();
  return header.type() == pb::EVENT_TYPE_DECISION &&
         (state == pb::DECISION_STATE_ADOPTED || state == pb::DECISION_STATE_ADOPTED_INCOMPLETE);
}

bool IsOfMagOrSecretariat(const Principal& principal) {
  return principal.is_mag || principal.is_secretariat;
}

bool MayOperate(const Principal& principal) {
  return principal.permissions.Has(pb::PERMISSION_OPERATE);
}

constexpr Action kActions[] = {
    {"adopt-decision", "adopting a decision", "a member of the MAG or of the secretariat",
     AdoptsDecision, IsOfMagOrSecretariat},
    {kFederationPolicy, "another policy between hubs", "an operator", nullptr, MayOperate},
};

const Action* FindAction(absl::string_view name) {
  for (const Action& action : kActions) {
    if (action.name == name) return &action;
  }
  return nullptr;
}

bool MayAgree(const Principal& principal, const rows::Approval& approval) {
  const Action* action = FindAction(approval.action());
  return action != nullptr && action->may_agree(principal);
}

bool IsStatement(const rows::Approval& approval) {
  const Action* action = FindAction(approval.action());
  return action == nullptr || action->is != nullptr;
}

bool MayRead(const Principal& principal, const rows::Approval& approval) {
  if (!IsStatement(approval)) return MayAgree(principal, approval);
  pb::EventHeader header;
  return header.ParseFromString(approval.event().header()) &&
         auth::MayRead(principal, {header.author(), header.audience()});
}

// Whoever could agree to it, and the organisation that proposed it.
bool MaySee(const Principal& principal, const rows::Approval& approval) {
  const bool own = IsStatement(approval) && !principal.organisation.empty() &&
                   record::IsWithinOrganisation(approval.proposed_by(), principal.organisation);
  return own || (MayAgree(principal, approval) && MayRead(principal, approval));
}

absl::Status Unknown() {
  return Error(Reason::kNotFound, "nothing of that number waits for you")
      .Field("id", "one that `liaison admin approvals` shows");
}

absl::Status Needed(const rows::Approval& approval) {
  const Action* action = FindAction(approval.action());
  return Error(Reason::kApprovalNeeded,
               absl::StrCat(action->in_words, " takes two people at this hub: it is kept as ",
                            approval.id(), " until ", action->second,
                            " agrees, other than whoever proposed it"))
      .With("approval_id", approval.id())
      .With("action", approval.action());
}

// True iff the statement says what is kept.
bool SaysTheSame(const domain::Statement& statement, const rows::Approval& approval) {
  const pb::SignedEvent& kept = approval.event();
  if (statement.header_bytes == kept.header()) return true;
  return statement.draft != nullptr &&
         record::SameAsStored(*statement.draft, kept.header(),
                              {kept.sections().begin(), kept.sections().end()});
}

absl::Status Refused(const rows::Approval& kept, absl::string_view instead) {
  return Error(
      Reason::kNotPermitted,
      absl::StrCat(kept.refused_by(), " has refused it: ", kept.refusal(), ". Propose ", instead));
}

absl::Status AnswerOf(const domain::Statement& statement, const rows::Approval& kept) {
  if (!SaysTheSame(statement, kept)) {
    return Error(Reason::kEventIdReused,
                 absl::StrCat("something else waits under this event id, as ", kept.id(),
                              "; use a new id for what is new"));
  }
  if (kept.refused_us() == 0) return Needed(kept);
  return Refused(kept, "another, under a new event id");
}

// Under `name`, of the principal's.
rows::Approval Draft(const Principal& principal, absl::string_view action, absl::string_view name,
                     absl::Time now) {
  rows::Approval approval;
  approval.set_action(std::string(action));
  approval.set_id(record::Sha256Of(name).ToHex().substr(0, kIdDigits));
  approval.set_proposed_by(principal.organisation);
  approval.set_credential_id(principal.credential_id);
  approval.set_certificate_id(principal.certificate_id);
  approval.set_proposed_us(absl::ToUnixMicros(now));
  approval.set_expires_us(absl::ToUnixMicros(now + kApprovalLifetime));
  return approval;
}

void SetStatement(const domain::Statement& statement, const std::vector<domain::ChainCheck>& checks,
                  rows::Approval* approval) {
  pb::SignedEvent& event = *approval->mutable_event();
  event.set_header(statement.header_bytes);
  event.set_signature(statement.signature);
  for (const pb::Section& section : statement.sections) *event.add_sections() = section;
  for (const domain::ChainCheck& check : checks) {
    rows::ChainCheck& kept = *approval->add_checks();
    kept.set_root(std::string(check.root.bytes()));
    if (check.latest) kept.set_latest(std::string(check.latest->bytes()));
  }
}

}  // namespace

absl::Status FourEyes::CheckActions(const std::vector<std::string>& actions) {
  for (const std::string& name : actions) {
    if (FindAction(name) != nullptr) continue;
    return absl::InvalidArgumentError(absl::StrCat(
        "four_eyes: no such action as `", name, "`; there is ",
        absl::StrJoin(kActions, ", ",
                      [](std::string* out, const Action& a) { absl::StrAppend(out, a.name); })));
  }
  return absl::OkStatus();
}

absl::string_view FourEyes::ActionOf(const pb::EventHeader& header) const {
  if (store_ == nullptr) return "";
  for (const std::string& name : actions_) {
    const Action* action = FindAction(name);
    if (action->is != nullptr && action->is(header)) return action->name;
  }
  return "";
}

absl::StatusOr<FourEyes::Held> FourEyes::Hold(const Principal& principal,
                                              const domain::Statement& statement,
                                              const std::vector<domain::ChainCheck>& checks,
                                              absl::string_view action, absl::Time now) const {
  rows::Approval approval =
      Draft(principal, action,
            absl::StrCat(statement.header.author(), " ", statement.header.event_id()), now);
  SetStatement(statement, checks, &approval);
  return Keep(std::move(approval), now,
              [&](const rows::Approval& kept) { return AnswerOf(statement, kept); });
}

absl::StatusOr<FourEyes::Held> FourEyes::HoldWords(const Principal& principal,
                                                   absl::string_view action, std::string words,
                                                   absl::Time now) const {
  rows::Approval approval = Draft(principal, action, absl::StrCat(action, " ", words), now);
  approval.mutable_event()->add_sections()->set_data(std::move(words));
  return Keep(std::move(approval), now, [](const rows::Approval& kept) {
    return kept.refused_us() == 0 ? Needed(kept) : Refused(kept, "another");
  });
}

absl::StatusOr<FourEyes::Held> FourEyes::Keep(
    rows::Approval approval, absl::Time now,
    const std::function<absl::Status(const rows::Approval&)>& answer) const {
  LIAISON_ASSIGN_OR_RETURN(const std::vector<rows::Approval> waiting, Waiting(now));
  size_t own = 0;
  for (const rows::Approval& other : waiting) {
    if (other.id() == approval.id()) return answer(other);
    if (other.proposed_by() == approval.proposed_by()) ++own;
  }
  if (waiting.size() >= kMaxApprovals || own >= kMaxApprovalsOfOne) {
    return Error(Reason::kQueueFull,
                 "too much waits for a second person already: have some of it "
                 "agreed to or refused (`liaison admin approvals`)")
        .RetryAfter(absl::Hours(1));
  }
  // What stands there has expired, or there would have been an answer.
  LIAISON_ASSIGN_OR_RETURN(const std::optional<rows::Approval> expired, Find(approval.id()));
  Held held{RowOf(approval), std::nullopt, Needed(approval)};
  if (expired) held.expected = RowOf(*expired).value;
  return held;
}

absl::StatusOr<std::vector<rows::Approval>> FourEyes::Waiting(absl::Time now) const {
  std::vector<rows::Approval> waiting;
  if (store_ == nullptr) return waiting;
  LIAISON_ASSIGN_OR_RETURN(const std::vector<ControlRow> rows, store_->List(kPrefix));
  for (const ControlRow& row : rows) {
    rows::Approval approval;
    if (!approval.ParseFromString(row.value)) {
      return absl::DataLossError(absl::StrCat("the row ", row.key, " does not parse"));
    }
    if (approval.expires_us() > absl::ToUnixMicros(now)) {
      waiting.push_back(std::move(approval));
    } else if (absl::Status gone = store_->Remove(row); !gone.ok() && !absl::IsAborted(gone)) {
      return gone;
    }
  }
  std::sort(waiting.begin(), waiting.end(), [](const auto& a, const auto& b) {
    return std::make_pair(a.proposed_us(), a.id()) < std::make_pair(b.proposed_us(), b.id());
  });
  return waiting;
}

absl::StatusOr<std::optional<rows::Approval>> FourEyes::Find(absl::string_view id) const {
  if (store_ == nullptr || id.size() != kIdDigits) return std::optional<rows::Approval>();
  LIAISON_ASSIGN_OR_RETURN(const std::vector<ControlRow> rows,
                           store_->List(absl::StrCat(kPrefix, id)));
  if (rows.empty()) return std::optional<rows::Approval>();
  rows::Approval approval;
  if (!approval.ParseFromString(rows.front().value)) {
    return absl::DataLossError(absl::StrCat("the row ", rows.front().key, " does not parse"));
  }
  return std::make_optional(std::move(approval));
}

absl::StatusOr<std::vector<rows::Approval>> FourEyes::List(const Principal& principal,
                                                           absl::Time now) const {
  LIAISON_ASSIGN_OR_RETURN(std::vector<rows::Approval> seen, Waiting(now));
  seen.erase(
      std::remove_if(seen.begin(), seen.end(),
                     [&](const rows::Approval& approval) { return !MaySee(principal, approval); }),
      seen.end());
  return seen;
}

absl::Status FourEyes::CheckSecond(const Principal& principal,
                                   const rows::Approval& approval) const {
  const Action* action = FindAction(approval.action());
  if (!MayAgree(principal, approval)) {
    return Error(Reason::kNotPermitted,
                 absl::StrCat("this takes ", action->second, ", other than whoever proposed it"));
  }
  // Where callers are believed, they are who they say.
  const bool shown = !principal.credential_id.empty() && !approval.credential_id().empty();
  const auto same = [this](const std::string& a, const std::string& b) {
    return !a.empty() && !b.empty() && book_->AreOfOneHand(a, b);
  };
  // A certificate that two people's tokens come in by is neither's own.
  const bool one_person = shown ? same(principal.credential_id, approval.credential_id()) ||
                                      same(principal.credential_id, approval.certificate_id()) ||
                                      same(principal.certificate_id, approval.credential_id())
                                : principal.organisation == approval.proposed_by();
  if (!one_person) return absl::OkStatus();
  if (!shown) {
    return Error(Reason::kNotPermitted, absl::StrCat("this takes two people, and ",
                                                     approval.proposed_by(), " proposed it"))
        .With(record::kWayOut,
              "Agree as another organisation: this hub takes callers at their word.");
  }
  return Error(Reason::kNotPermitted,
               "this takes two people: you proposed it yourself, or one of you let the other in, "
               "or one person has made the tokens of both")
      .With(record::kWayOut, absl::StrCat("Have ", action->second,
                                          " agree who came in by an invitation of their own."));
}

absl::StatusOr<rows::Approval> FourEyes::FindToApprove(const Principal& principal,
                                                       absl::string_view id, absl::Time now) const {
  LIAISON_ASSIGN_OR_RETURN(std::optional<rows::Approval> found, Find(id));
  if (!found || found->expires_us() <= absl::ToUnixMicros(now) || !MayRead(principal, *found)) {
    return Unknown();
  }
  LIAISON_RETURN_IF_ERROR(CheckSecond(principal, *found));
  if (found->refused_us() > 0) {
    return Error(Reason::kTransitionNotAllowed,
                 absl::StrCat(found->refused_by(), " has refused it: ", found->refusal()));
  }
  const std::optional<rows::Credential> shown = book_->FindById(found->credential_id());
  if (shown && shown->revoked_us() > 0) {
    return Error(Reason::kTransitionNotAllowed,
                 "whoever proposed it has been shut out since: propose it anew");
  }
  return *std::move(found);
}

absl::StatusOr<rows::Approval> FourEyes::FindToRefuse(const Principal& principal,
                                                      absl::string_view id, absl::Time now) const {
  LIAISON_ASSIGN_OR_RETURN(std::optional<rows::Approval> found, Find(id));
  if (!found || found->expires_us() <= absl::ToUnixMicros(now)) return Unknown();
  if (!MaySee(principal, *found)) return Unknown();
  if (found->refused_us() > 0) {
    return Error(Reason::kTransitionNotAllowed,
                 absl::StrCat(found->refused_by(), " has refused it before: ", found->refusal()));
  }
  return *std::move(found);
}

ControlRow FourEyes::RowOf(const rows::Approval& approval) {
  return {absl::StrCat(kPrefix, approval.id()), approval.SerializeAsString()};
}

absl::StatusOr<domain::Statement> FourEyes::StatementOf(const rows::Approval& approval) {
  domain::Statement statement;
  statement.header_bytes = approval.event().header();
  if (!statement.header.ParseFromString(statement.header_bytes)) {
    return absl::DataLossError(absl::StrCat("the event of ", approval.id(), " does not parse"));
  }
  statement.digest = record::EventDigest(statement.header_bytes);
  statement.signature = approval.event().signature();
  statement.sections = {approval.event().sections().begin(), approval.event().sections().end()};
  return statement;
}

absl::StatusOr<std::string> FourEyes::WordsOf(const rows::Approval& approval) {
  if (IsStatement(approval) || approval.event().sections().empty()) return Unknown();
  return approval.event().sections(0).data();
}

std::vector<domain::ChainCheck> FourEyes::ChecksOf(const rows::Approval& approval) {
  std::vector<domain::ChainCheck> checks;
  checks.reserve(approval.checks_size());
  for (const rows::ChainCheck& kept : approval.checks()) {
    domain::ChainCheck& check = checks.emplace_back();
    check.root = record::Hash::FromBytes(kept.root());
    if (!kept.latest().empty()) check.latest = record::Hash::FromBytes(kept.latest());
  }
  return checks;
}

}  // namespace liaison::auth
