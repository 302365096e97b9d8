#include "server/rpc/publish.h"

#include <map>
#include <memory>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"
#include "google/protobuf/util/time_util.h"
#include "proto/record/commitment.h"
#include "proto/record/errors.h"
#include "proto/record/limits.h"
#include "proto/record/macros.h"
#include "proto/record/names.h"
#include "server/fanout/header_view.h"
#include "server/rpc/counted_answer.h"
#include "server/rpc/raw_message.h"
#include "server/rpc/status.h"
#include "server/sequencer/submit.h"

namespace liaison::rpc {
namespace {

using record::Error;
using record::Reason;

absl::StatusOr<record::Hash> ParseDigest(const std::string& bytes, absl::string_view field) {
  absl::StatusOr<record::Hash> hash = record::Hash::Parse(bytes);
  if (!hash.ok()) return record::FieldInvalid(field, "a digest has 32 bytes");
  return hash;
}

// A PublishCall is one Publish: admitted on a thread that may wait, answered by the sequencer's. It
// deletes itself when gRPC is done with it.
class PublishCall final : public grpc::ServerUnaryReactor {
 public:
  PublishCall(const Hub& hub, grpc::CallbackServerContext* context, const grpc::ByteBuffer* request,
              grpc::ByteBuffer* response)
      : hub_(hub), context_(context), request_(request), answer_(hub, context, response) {
    CountMessage(hub, *context, request->Length());
    hub.pool->Post([this] {
      const absl::Status proposed = Propose();
      if (proposed.ok()) return;
      EndCall(hub_, proposed, [this, proposed] { Finish(ToGrpcStatus(proposed)); });
    });
  }

  void OnDone() override {
    answer_.Done();
    delete this;
  }

 private:
  absl::Status Propose() {
    LIAISON_ASSIGN_OR_RETURN(const auth::Principal principal,
                             Enter<pb::PublishRequest>(*context_, hub_, request_->Length()));
    answer_.PaidBy(principal);
    pb::PublishRequest request;
    LIAISON_RETURN_IF_ERROR(ParseMessage(*request_, &request));
    LIAISON_RETURN_IF_ERROR(CheckBatch(request.items(), request_->Length()));
    sequencer::Proposal proposal;
    proposal.dry_run = request.dry_run();
    LIAISON_ASSIGN_OR_RETURN(proposal.checks, ParseChecks(request.checks()));
    proposal.statements.reserve(request.items_size());
    for (int i = 0; i < request.items_size(); ++i) {
      LIAISON_ASSIGN_OR_RETURN(
          domain::Statement statement,
          AdmitFrom(hub_, principal, *pb::PublishRequest::descriptor(), *context_,
                    std::move(*request.mutable_items(i)), absl::StrCat("items[", i, "]")));
      proposal.size_bytes += admission::SizeBytes(statement);
      proposal.statements.push_back(std::move(statement));
    }
    if (std::optional<RefusedItem> repeat = FindRepeat(proposal.statements)) return repeat->second;
    LIAISON_RETURN_IF_ERROR(HideChains(hub_, principal, &proposal));
    HoldForSecond(hub_, principal, *pb::PublishRequest::descriptor(), *context_, &proposal);
    proposal.done = [this](sequencer::Answers answers) { Answer(std::move(answers)); };
    return sequencer::Submit(*hub_.log, hub_.proposals, std::move(proposal));
  }

  // All or nothing: one refusal is the answer of the whole call.
  void Answer(sequencer::Answers answers) {
    const std::string log_id = hub_.log->log_id().ToString();
    pb::PublishResponse response;
    absl::Status refusal;
    size_t refused = 0;
    for (size_t i = 0; i < answers.size(); ++i) {
      if (answers[i].ok()) {
        *response.add_receipts() = ToProto(*answers[i], log_id);
      } else if (refusal.ok() || record::ReasonOf(refusal) == Reason::kPredecessorFailed) {
        refusal = answers[i].status();
        refused = i;
      }
    }
    if (!refusal.ok() && answers.size() > 1 && record::ReasonOf(refusal) != Reason::kChainMoved) {
      refusal = record::WithMetadata(std::move(refusal), "item", refused);
    }
    if (refusal.ok()) answer_.Set(SerializeMessage(response));
    Finish(ToGrpcStatus(refusal));
  }

  const Hub& hub_;
  grpc::CallbackServerContext* const context_;
  const grpc::ByteBuffer* const request_;
  CountedAnswer answer_;
};

}  // namespace

pb::Receipt ToProto(const sequencer::Receipt& receipt, const std::string& log_id) {
  pb::Receipt proto;
  proto.set_event_id(receipt.event_id);
  proto.set_duplicate(receipt.duplicate);
  proto.set_digest(std::string(receipt.leaf.digest.bytes()));
  proto.set_attested(receipt.leaf.attested());
  proto.set_header(receipt.header_bytes);
  if (receipt.leaf.sequence == 0) return proto;  // a dry run
  proto.mutable_position()->set_log_id(log_id);
  proto.mutable_position()->set_sequence(receipt.leaf.sequence);
  proto.set_leaf_hash(std::string(receipt.leaf_hash.bytes()));
  *proto.mutable_hub_time() =
      google::protobuf::util::TimeUtil::MicrosecondsToTimestamp(receipt.leaf.hub_time_us);
  proto.set_durability(pb::DURABILITY_FSYNC);
  return proto;
}

absl::Status CheckBatch(const google::protobuf::RepeatedPtrField<pb::PublishItem>& items,
                        size_t size_bytes) {
  if (items.empty()) return record::FieldInvalid("items", "publish at least one event");
  if (items.size() > record::kMaxBatchItems) {
    return Error(Reason::kBatchTooLarge,
                 absl::StrCat(items.size(), " items; at most ", record::kMaxBatchItems,
                              " together: send several batches"))
        .Field("items", absl::StrCat("at most ", record::kMaxBatchItems))
        .With("items", static_cast<uint64_t>(items.size()));
  }
  // One event that is too large by itself says so; here it is the sum.
  if (items.size() > 1 && size_bytes > record::kMaxBatchSizeBytes) {
    return Error(Reason::kBatchTooLarge,
                 absl::StrCat(size_bytes, " bytes; at most ", record::kMaxBatchSizeBytes,
                              " together: send several batches"))
        .Field("items", absl::StrCat("at most ", record::kMaxBatchSizeBytes, " bytes together"))
        .With("size_bytes", size_bytes);
  }
  return absl::OkStatus();
}

absl::StatusOr<domain::Statement> AdmitFrom(const Hub& hub, const auth::Principal& principal,
                                            const google::protobuf::Descriptor& request,
                                            const grpc::CallbackServerContext& context,
                                            pb::PublishItem item, const std::string& field) {
  LIAISON_ASSIGN_OR_RETURN(domain::Statement statement,
                           hub.admission->Admit(std::move(item), field));
  const pb::EventHeader& header = statement.header;
  absl::Status may = auth::CheckMaySay(principal, header.author(), header.type(), field);
  if (may.ok()) return statement;
  WriteRefusal(
      request,
      absl::StrCat("author ", header.author(), ", type ", pb::EventType_Name(header.type())),
      principal, may, context, hub);
  return may;
}

std::optional<RefusedItem> FindRepeat(const std::vector<domain::Statement>& statements) {
  std::map<std::pair<absl::string_view, absl::string_view>, size_t> seen;
  for (size_t i = 0; i < statements.size(); ++i) {
    const pb::EventHeader& header = statements[i].header;
    auto [first, is_new] = seen.try_emplace({header.author(), header.event_id()}, i);
    if (is_new) continue;
    absl::Status repeat =
        Error(Reason::kBatchRepeatsEvent, absl::StrCat("items ", first->second, " and ", i,
                                                       " are the same event; send it once"))
            .Field(absl::StrCat("items[", i, "]"),
                   absl::StrCat("repeats items[", first->second, "]; send it once"))
            .With("event_id", header.event_id());
    return RefusedItem{i, std::move(repeat)};
  }
  return std::nullopt;
}

absl::Status HideChains(const Hub& hub, const auth::Principal& principal,
                        sequencer::Proposal* proposal) {
  for (domain::ChainCheck& check : proposal->checks) {
    LIAISON_ASSIGN_OR_RETURN(std::optional<uint64_t> sequence, hub.log->FindByDigest(check.root));
    if (!sequence) continue;
    LIAISON_ASSIGN_OR_RETURN(storage::StoredEvent root, hub.log->Read(*sequence));
    const auth::Readable readable = fanout::ReadableOf(root.leaf, root.header);
    const bool open = auth::MayRead(principal, readable) ||
                      absl::c_any_of(proposal->statements, [&](const domain::Statement& statement) {
                        return !readable.relayed && record::IsWithinOrganisation(
                                                        readable.author, statement.header.author());
                      });
    if (!open) check.root = record::Sha256Of(record::RandomSalt());
  }
  return absl::OkStatus();
}

void HoldForSecond(const Hub& hub, const auth::Principal& principal,
                   const google::protobuf::Descriptor& request,
                   const grpc::CallbackServerContext& context, sequencer::Proposal* proposal) {
  if (hub.four_eyes == nullptr || proposal->dry_run) return;
  const bool alone = !proposal->atomic || proposal->statements.size() == 1;
  for (size_t i = 0; i < proposal->statements.size(); ++i) {
    const domain::Statement& statement = proposal->statements[i];
    const absl::string_view action = hub.four_eyes->ActionOf(statement.header);
    if (action.empty()) continue;
    absl::StatusOr<auth::FourEyes::Held> held =
        alone ? hub.four_eyes->Hold(principal, statement, proposal->checks, action, absl::Now())
              : record::FieldInvalid(absl::StrCat("items[", i, "]"),
                                     "takes a second person at this hub: publish it by itself, "
                                     "not in a batch that is all or nothing");
    const absl::Status written = WriteAbout(
        request,
        absl::StrCat(action, " ", statement.header.author(), " ", statement.header.event_id()),
        principal, held.ok() ? held->answer : held.status(), context, hub);
    sequencer::Hold& hold = proposal->holds[i];
    hold.answer = held.ok() ? held->answer : held.status();
    if (!written.ok()) hold.answer = written;
    if (!held.ok() || !written.ok()) continue;
    hold.row = sequencer::ControlChange{std::move(held->row.key), std::move(held->expected),
                                        std::move(held->row.value)};
  }
}

absl::StatusOr<std::vector<domain::ChainCheck>> ParseChecks(
    const google::protobuf::RepeatedPtrField<pb::Check>& checks) {
  if (checks.size() > record::kMaxChecks) {
    return record::FieldInvalid("checks", absl::StrCat("at most ", record::kMaxChecks));
  }
  std::vector<domain::ChainCheck> parsed;
  for (int i = 0; i < checks.size(); ++i) {
    const std::string field = absl::StrCat("checks[", i, "]");
    domain::ChainCheck check;
    LIAISON_ASSIGN_OR_RETURN(
        check.root, ParseDigest(checks[i].chain_root(), absl::StrCat(field, ".chain_root")));
    if (checks[i].has_latest()) {
      LIAISON_ASSIGN_OR_RETURN(check.latest,
                               ParseDigest(checks[i].latest(), absl::StrCat(field, ".latest")));
    } else if (!checks[i].none()) {
      return record::FieldInvalid(field, "say what is expected: a latest digest, or none");
    }
    parsed.push_back(check);
  }
  return parsed;
}

grpc::ServerUnaryReactor* StartPublish(const Hub& hub, grpc::CallbackServerContext* context,
                                       const grpc::ByteBuffer* request,
                                       grpc::ByteBuffer* response) {
  return new PublishCall(hub, context, request, response);
}

}  // namespace liaison::rpc
