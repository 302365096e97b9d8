#include "server/rpc/erase.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "proto/record/errors.h"
#include "proto/record/macros.h"
#include "proto/record/uuid.h"
#include "server/fanout/header_view.h"
#include "server/rpc/backup.h"
#include "server/rpc/event_key.h"
#include "server/rpc/ordered.h"
#include "server/rpc/publish.h"

namespace liaison::rpc {
namespace {

// Of redactions that an operator asks for: the same erasure asked for again is the same event.
record::Uuid RedactionSpace() {
  return *record::Uuid::Parse("6c1f0a52-93a7-4a8e-8d0c-55d8b9e0f4b3");
}

pb::PublishItem RedactionOf(const storage::StoredEvent& target, const record::Leaf& leaf,
                            const std::string& author, absl::string_view hub,
                            const pb::EraseRequest& request) {
  pb::PublishItem item;
  pb::Draft& draft = *item.mutable_draft();
  draft.set_event_id(
      record::Uuid::FromName(RedactionSpace(),
                             absl::StrCat(author, " ", leaf.digest.ToHex(), " ", request.section()))
          .ToString());
  draft.set_author(author);
  const auth::Readable erased = fanout::ReadableOf(target.leaf, target.header);
  draft.set_audience(std::string(erased.audience));
  if (erased.relayed) {
    // Said here, of what nobody here reads unless it is public.
    const bool is_public = absl::EndsWith(erased.audience, "/public");
    draft.set_audience(absl::StrCat(hub, is_public ? "/public" : "/mag"));
  }
  draft.set_language("en");
  pb::Redaction& redaction = *draft.mutable_redaction();
  redaction.set_target_digest(std::string(leaf.digest.bytes()));
  redaction.set_section(request.section());
  redaction.set_reason(request.reason());
  return item;
}

}  // namespace

absl::StatusOr<pb::EraseResponse> Erase(const Hub& hub, const auth::Principal& principal,
                                        const pb::EraseRequest& request) {
  if (principal.organisation.empty()) {
    return record::FieldInvalid("liaison-as", "say as whom, such as --as org/igf-secretariat");
  }
  LIAISON_ASSIGN_OR_RETURN(const std::optional<uint64_t> sequence, SequenceOf(*hub.log, request));
  if (!sequence) return record::Error(record::Reason::kNotFound, "the log has no such event");
  LIAISON_ASSIGN_OR_RETURN(const storage::StoredEvent target, hub.log->ReadHeader(*sequence));
  LIAISON_ASSIGN_OR_RETURN(const record::Leaf leaf, record::DecodeLeaf(target.leaf));
  sequencer::Proposal proposal;
  LIAISON_ASSIGN_OR_RETURN(
      domain::Statement statement,
      hub.admission->Admit(RedactionOf(target, leaf, principal.organisation, hub.name, request),
                           "redaction"));
  proposal.size_bytes = admission::SizeBytes(statement);
  proposal.statements.push_back(std::move(statement));
  LIAISON_ASSIGN_OR_RETURN(const sequencer::Answers answers, PutInOrder(hub, std::move(proposal)));
  if (answers.empty()) return absl::InternalError("the order gave no answer");
  LIAISON_RETURN_IF_ERROR(answers.front().status());
  const sequencer::Receipt& receipt = *answers.front();

  // What follows does as much by itself, within moments; whoever asked hears when it is done.
  LIAISON_RETURN_IF_ERROR(hub.backups->ClearErased(receipt.leaf.sequence - 1));
  LIAISON_ASSIGN_OR_RETURN(const std::vector<storage::BackupInfo> holding,
                           hub.backups->Holding(*sequence, receipt.leaf.sequence));
  pb::EraseResponse response;
  *response.mutable_receipt() = ToProto(receipt, hub.log->log_id().ToString());
  for (const storage::BackupInfo& info : holding) {
    *response.add_backups() = ToProto(info, /*holds_erased=*/true);
  }
  return response;
}

}  // namespace liaison::rpc
