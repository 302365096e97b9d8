#include <google/protobuf/util/time_util.h>

#include "absl/strings/str_cat.h"
#include "client/cli/commands/commands.h"
#include "client/cli/event_json.h"
#include "liaison/directory_client.h"
#include "liaison/transparency_client.h"
#include "proto/record/macros.h"

namespace liaison::cli {
namespace {

constexpr char kDevelopmentWords[] =
    "development: no identities are configured. Only this machine can connect, and the hub attests "
    "whatever author an event names.";
constexpr char kNormalWords[] = "normal: callers are known by their credentials.";

Json HubToJson(const v1::GetHubResponse& hub, const v1::GetCheckpointResponse& checkpoint,
               const std::string& address) {
  Json json;
  json["address"] = address;
  json["hub"] = hub.hub();
  json["version"] = hub.version();
  json["mode"] = hub.development_mode() ? "development" : "normal";
  json["log_id"] = hub.head().log_id();
  json["head"] = hub.head().sequence();
  json["root"] = Base64(hub.root());
  json["registry_size"] = hub.registry_size();
  json["registry_root"] = Base64(hub.registry_root());
  if (!checkpoint.log_origin().empty()) {
    json["log_origin"] = checkpoint.log_origin();
    json["log_vkey"] = checkpoint.log_vkey();
  }
  json["rules_version"] = hub.rules_version();
  json["time"] = TimeText(ToTime(hub.time()));
  json["accepts_writes"] = hub.accepts_writes();
  if (!hub.refusal().empty()) json["refusal"] = hub.refusal();
  if (!hub.refusal_reason().empty()) json["refusal_reason"] = hub.refusal_reason();
  json["caller"] = hub.caller();
  json["limits"] = {{"max_event_bytes", hub.limits().max_event_bytes()},
                    {"max_batch_items", hub.limits().max_batch_items()},
                    {"max_batch_bytes", hub.limits().max_batch_bytes()},
                    {"max_page_size", hub.limits().max_page_size()}};
  return json;
}

absl::Status RunInfo(Session* session) {
  LIAISON_ASSIGN_OR_RETURN(const v1::GetHubResponse hub,
                           DirectoryClient(session->connection()).Hub());
  // A hub that signs nothing still says all the rest of itself.
  const v1::GetCheckpointResponse checkpoint = TransparencyClient(session->connection())
                                                   .Checkpoint(0, session->timeout())
                                                   .value_or(v1::GetCheckpointResponse());
  Json json = HubToJson(hub, checkpoint, session->options().hub);
  if (session->format() == Format::kJson) return session->console().Line(ToLine(json));
  json["mode"] = hub.development_mode() ? kDevelopmentWords : kNormalWords;
  if (hub.caller().empty()) json["caller"] = "anybody (no --as)";
  return session->console().Bytes(ToIndentedText(json));
}

}  // namespace

void AddInfo(CLI::App* app, Session* session) {
  CLI::App* command = AddCommand(app, "info", "What the hub says of itself",
                                 "  liaison info\n"
                                 "  liaison --hub 127.0.0.1:7411 info --output json\n",
                                 "Hub");
  command->callback([=] { session->Choose([=] { return RunInfo(session); }); });
}

}  // namespace liaison::cli
