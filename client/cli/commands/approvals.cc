// `liaison admin approvals`, `approve` and `refuse`: what takes a second person.
#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "client/cli/commands/commands.h"
#include "client/cli/event_json.h"
#include "client/cli/table.h"
#include "client/cli/view_output.h"
#include "proto/record/event_builder.h"
#include "proto/record/macros.h"

namespace liaison::cli {
namespace {

// What would be published, in words; what cannot be read is not there.
Json BodyOf(const v1::Approval& approval, v1::EventHeader* header) {
  if (!header->ParseFromString(approval.event().header())) return Json();
  for (const v1::Section& section : approval.event().sections()) {
    if (section.kind() != v1::SECTION_KIND_CONTENT) continue;
    const auto body = record::ParseBody(header->type(), section.data());
    if (!body.ok()) break;
    return MessageToJson(**body).value_or(Json());
  }
  return Json();
}

absl::StatusOr<Json> ApprovalToJson(const v1::Approval& approval) {
  v1::Approval rest = approval;
  rest.clear_event();
  LIAISON_ASSIGN_OR_RETURN(Json json, MessageToJson(rest));
  v1::EventHeader header;
  Json body = BodyOf(approval, &header);
  json["author"] = header.author();
  json["event_id"] = header.event_id();
  json["audience"] = header.audience();
  json["signed"] = !approval.event().signature().empty();
  json["content"] = std::move(body);
  return json;
}

std::string TitleOf(const Json& json) {
  const auto content = json.find("content");
  return content == json.end() || !content->is_object() ? "" : content->value("title", "");
}

absl::Status RunApprovals(Session* session, const std::string& id) {
  Console& console = session->console();
  LIAISON_ASSIGN_OR_RETURN(const v1::ListApprovalsResponse waiting,
                           session->connection()->ListApprovals(v1::ListApprovalsRequest()));
  Table table({"ID", "WHAT", "PROPOSED BY", "TITLE", "UNTIL", "STATE"});
  size_t shown = 0;
  for (const v1::Approval& approval : waiting.approvals()) {
    if (!id.empty() && approval.id() != id) continue;
    ++shown;
    LIAISON_ASSIGN_OR_RETURN(const Json json, ApprovalToJson(approval));
    if (session->format() == Format::kJson) {
      LIAISON_RETURN_IF_ERROR(console.Line(ToLine(json)));
    } else if (!id.empty()) {
      LIAISON_RETURN_IF_ERROR(console.Bytes(ToIndentedText(json)));
    } else {
      table.Add({approval.id(), approval.action(),
                 absl::StrCat(approval.proposed_by(), " ", approval.credential_id()), TitleOf(json),
                 DayText(ToTime(approval.expire_time())),
                 approval.has_refuse_time()
                     ? absl::StrCat("refused by ", approval.refused_by(), ": ", approval.refusal())
                     : "waits"});
    }
  }
  if (shown == 0 && !id.empty()) {
    return absl::NotFoundError(absl::StrCat("nothing waits for you as ", id));
  }
  if (session->format() == Format::kJson || !id.empty()) return absl::OkStatus();
  if (shown == 0) return console.Line("Nothing waits for a second person that you could be.");
  return console.Bytes(table.Render(console.width()));
}

absl::Status RunApprove(Session* session, const std::string& id) {
  v1::ApproveRequest request;
  request.set_id(id);
  LIAISON_ASSIGN_OR_RETURN(const v1::ApproveResponse approved,
                           session->connection()->Approve(request));
  return session->console().Line(ToLine(ReceiptToJson(approved.receipt())));
}

absl::Status RunRefuse(Session* session, const std::string& id, const std::string& reason) {
  v1::RefuseRequest request;
  request.set_id(id);
  request.set_refusal(reason);
  LIAISON_ASSIGN_OR_RETURN(const v1::RefuseResponse refused,
                           session->connection()->Refuse(request));
  if (session->format() == Format::kJson) {
    LIAISON_ASSIGN_OR_RETURN(const Json json, ApprovalToJson(refused.approval()));
    return session->console().Line(ToLine(json));
  }
  return session->console().Line(absl::StrCat(id, " is refused; ", refused.approval().proposed_by(),
                                              " is told when it asks again."));
}

}  // namespace

void AddApprovals(CLI::App* admin, Session* session) {
  CLI::App* list =
      AddCommand(admin, "approvals", "List what waits for a second person, or show one of it whole",
                 "  liaison admin approvals\n"
                 "  liaison admin approvals 0011223344556677\n"
                 "\n"
                 "A hub may ask for two people where one adopts a decision (its setting "
                 "four_eyes). What the\n"
                 "first one publishes waits here until a second one agrees.\n");
  auto shown = std::make_shared<std::string>();
  list->add_option("id", *shown, "The one to show");
  list->callback([=] { session->Choose([=] { return RunApprovals(session, *shown); }); });

  CLI::App* approve =
      AddCommand(admin, "approve", "Agree, as the second person, to what another one proposed",
                 "  liaison admin approve 0011223344556677\n"
                 "\n"
                 "It is published byte for byte as it was proposed; look at it first.\n");
  auto approved = std::make_shared<std::string>();
  approve->add_option("id", *approved, "Its number, as `liaison admin approvals` shows it")
      ->required();
  approve->callback([=] { session->Choose([=] { return RunApprove(session, *approved); }); });

  CLI::App* refuse = AddCommand(
      admin, "refuse", "Do not agree, and say why; or take back what you proposed",
      "  liaison admin refuse 0011223344556677 --reason 'the steward has not been asked'\n");
  auto refused = std::make_shared<std::string>();
  auto reason = std::make_shared<std::string>();
  refuse->add_option("id", *refused, "Its number, as `liaison admin approvals` shows it")
      ->required();
  refuse->add_option("--reason", *reason, "Why not, for whoever proposed it")->required();
  refuse->callback([=] { session->Choose([=] { return RunRefuse(session, *refused, *reason); }); });
}

}  // namespace liaison::cli
