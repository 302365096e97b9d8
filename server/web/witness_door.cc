#include "server/web/witness_door.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "proto/record/hash.h"
#include "server/web/hub_call.h"
#include "server/web/plain_answers.h"

namespace liaison::web {
namespace {

constexpr absl::string_view kPrefix = "/witness/";
constexpr absl::string_view kNothing = "nothing is here";

int CodeOf(pb::WitnessOutcome outcome) {
  switch (outcome) {
    case pb::WITNESS_OUTCOME_COSIGNED:
      return 200;
    case pb::WITNESS_OUTCOME_MALFORMED:
      return 400;
    case pb::WITNESS_OUTCOME_NOT_SIGNED:
      return 403;
    case pb::WITNESS_OUTCOME_UNKNOWN_LOG:
      return 404;
    case pb::WITNESS_OUTCOME_OTHER_SIZE:
    case pb::WITNESS_OUTCOME_OTHER_ROOT:
      return 409;
    case pb::WITNESS_OUTCOME_NO_CONTINUATION:
      return 422;
    default:
      return 503;
  }
}

}  // namespace

bool WitnessDoor::IsWitness(absl::string_view path) { return absl::StartsWith(path, kPrefix); }

HttpResponse WitnessDoor::Handle(const HttpRequest& request) {
  absl::string_view path = absl::StripPrefix(request.path, kPrefix);
  if (path == "add-checkpoint") {
    return request.method == "POST" ? AddCheckpoint(request) : NotSo("POST");
  }
  if (request.method == "POST") return NotThere(kNothing);
  if (request.method != "GET" && request.method != "HEAD") return NotSo("GET, HEAD");
  if (!absl::ConsumeSuffix(&path, "/checkpoint")) return NotThere(kNothing);
  return Latest(request, path);
}

HttpResponse WitnessDoor::AddCheckpoint(const HttpRequest& request) {
  pb::AddCheckpointRequest asked;
  asked.set_request(request.body);
  pb::AddCheckpointResponse answer;
  const grpc::Status status = hub_->AddCheckpoint(ContextOf(request).get(), asked, &answer);
  if (!status.ok()) return HubIsAway();
  const int code = CodeOf(answer.outcome());
  if (code == 200) return {code, kPlainText, answer.cosignatures(), {}};
  if (code == 409) return {code, "text/x.tlog.size", absl::StrCat(answer.size(), "\n"), {}};
  return Plain(code, answer.message());
}

HttpResponse WitnessDoor::Latest(const HttpRequest& request, absl::string_view hash) {
  const auto origin_hash = record::Hash::FromHex(hash);
  if (!origin_hash.ok()) return NotThere(kNothing);
  pb::GetCosignedCheckpointRequest asked;
  asked.set_origin_hash(std::string(origin_hash->bytes()));
  pb::GetCosignedCheckpointResponse answer;
  const grpc::Status status = hub_->GetCosignedCheckpoint(ContextOf(request).get(), asked, &answer);
  if (status.error_code() == grpc::StatusCode::NOT_FOUND) {
    return NotThere("nothing of that log was cosigned here");
  }
  if (!status.ok()) return HubIsAway();
  return {200, kPlainText, answer.note(), {{"Cache-Control", "no-cache"}}};
}

}  // namespace liaison::web
