// `liaison federation block`, `release` and `evidence`: what a person decides about another hub,
// and what it rests on.
#include <functional>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "client/cli/commands/commands.h"
#include "client/cli/commands/federation.h"
#include "client/cli/commands/federation_text.h"
#include "client/cli/conviction.h"
#include "client/cli/event_json.h"
#include "client/cli/view_output.h"
#include "proto/record/macros.h"
#include "proto/record/private_file.h"

namespace liaison::cli {
namespace {

struct Arguments {
  std::string id;
  std::string reason;
  std::string vkey;
  std::string file;
};

absl::Status Show(Session* session, const std::string& id, const v1::PeerStanding& standing) {
  if (session->format() == Format::kJson) return PrintMessage(session, standing);
  return session->console().Bytes(Sentences(
      absl::StrCat(id, " is ", ShortValue(v1::PeerCondition_descriptor(), standing.condition()),
                   ", by ", standing.set_by(), ": ", standing.why())));
}

absl::Status RunBlock(Session* session, const FederationConnector& connector,
                      const Arguments& arguments) {
  v1::BlockRequest request;
  request.set_id(arguments.id);
  request.set_reason(arguments.reason);
  LIAISON_ASSIGN_OR_RETURN(
      const v1::BlockResponse response,
      connector(session->options().hub, session->connection_options())->Block(request));
  return Show(session, arguments.id, response.standing());
}

absl::Status RunRelease(Session* session, const FederationConnector& connector,
                        const Arguments& arguments) {
  v1::ReleaseRequest request;
  request.set_id(arguments.id);
  request.set_reason(arguments.reason);
  LIAISON_ASSIGN_OR_RETURN(
      const v1::ReleaseResponse response,
      connector(session->options().hub, session->connection_options())->Release(request));
  return Show(session, arguments.id, response.standing());
}

// In the form that `verify.py --evidence` reads.
absl::Status WriteTwoHeads(const std::string& file, const v1::ListEvidenceResponse& response,
                           const record::NoteVerifier& log) {
  for (const v1::OriginEvidence& evidence : response.evidence()) {
    const absl::StatusOr<std::string> text = FormatTwoHeads(evidence, log);
    if (text.ok()) return record::WriteNewPrivateFile(file, *text);
  }
  return absl::NotFoundError("there are no two heads of the log among it");
}

absl::Status ShowOne(Session* session, const v1::OriginEvidence& evidence,
                     const absl::StatusOr<std::string>& proves) {
  if (session->format() == Format::kJson) {
    LIAISON_ASSIGN_OR_RETURN(Json json, MessageToJson(evidence));
    json["holds"] = proves.ok();
    json["proves"] = proves.ok() ? *proves : std::string(proves.status().message());
    return session->console().Line(ToLine(json));
  }
  const std::string shown = evidence.has_show_time()
                                ? absl::StrCat(" on ", SecondText(ToTime(evidence.show_time())))
                                : "";
  return session->console().Bytes(absl::StrCat(
      Sentences(absl::StrCat("Shown by ", evidence.shown_by(), shown, ": ", evidence.why())),
      Sentences(proves.ok() ? absl::StrCat("It holds, and proves that ", *proves, ".")
                            : absl::StrCat("It does not hold: ", proves.status().message(), "."),
                2)));
}

absl::Status RunEvidence(Session* session, const FederationConnector& connector,
                         const Arguments& arguments) {
  v1::ListEvidenceRequest request;
  request.set_origin(arguments.id);
  LIAISON_ASSIGN_OR_RETURN(
      const v1::ListEvidenceResponse response,
      connector(session->options().hub, session->connection_options())->ListEvidence(request));
  const std::string& vkey = arguments.vkey.empty() ? response.vkey() : arguments.vkey;
  LIAISON_ASSIGN_OR_RETURN(const record::NoteVerifier log, record::NoteVerifier::Parse(vkey));
  if (response.evidence().empty()) {
    if (session->format() == Format::kJson) return absl::OkStatus();
    return session->console().Bytes(
        Sentences(absl::StrCat("Nothing convicts ", arguments.id, ".")));
  }
  absl::Status worst;
  for (const v1::OriginEvidence& evidence : response.evidence()) {
    const absl::StatusOr<std::string> proves = CheckConviction(evidence, log);
    if (worst.ok()) worst = proves.status();
    LIAISON_RETURN_IF_ERROR(ShowOne(session, evidence, proves));
  }
  LIAISON_RETURN_IF_ERROR(worst);
  if (!arguments.file.empty()) {
    LIAISON_RETURN_IF_ERROR(WriteTwoHeads(arguments.file, response, log));
  }
  if (session->format() == Format::kJson) return absl::OkStatus();
  return session->console().Bytes(Sentences(absl::StrCat(
      "Checked here, with the key that ",
      arguments.vkey.empty() ? "this hub's policy pins" : "you gave", ": ", log.ToString())));
}

void AddHand(CLI::App* command, Session* session, const std::shared_ptr<Arguments>& arguments,
             const std::function<absl::Status()>& run) {
  command
      ->add_option("PEER-or-ORIGIN", arguments->id,
                   "A peer by the policy's name of it, or an origin, HOST/HUB/LOG_ID")
      ->required();
  command->add_option("--reason", arguments->reason, "Why, for whoever comes after")->required();
  command->callback([=] { session->Choose(run); });
}

}  // namespace

void AddFederationActs(CLI::App* federation, Session* session,
                       const FederationConnector& connector) {
  CLI::App* block =
      AddCommand(federation, "block",
                 "Take nothing more from a peer or of an origin, and serve the peer nothing",
                 "  liaison federation block regional --reason 'left the federation'\n"
                 "  liaison federation block hub.example.org/regional/0190... --reason 'their key "
                 "was stolen'\n"
                 "\n"
                 "What is here stays. Your credential is written down beside the reason.\n");
  auto blocked = std::make_shared<Arguments>();
  AddHand(block, session, blocked, [=] { return RunBlock(session, connector, *blocked); });

  CLI::App* release = AddCommand(
      federation, "release", "Ask a peer or an origin again that was blocked, or left alone",
      "  liaison federation release regional --reason 'they mended their clock'\n"
      "  liaison federation release hub.example.org/regional/0190... --reason 'a restored disk'\n"
      "\n"
      "After a forgery nothing but this ends it: look at `liaison federation evidence` first.\n");
  auto released = std::make_shared<Arguments>();
  AddHand(release, session, released, [=] { return RunRelease(session, connector, *released); });

  CLI::App* evidence = AddCommand(
      federation, "evidence", "Show what convicts an origin, check it here, and say what it proves",
      "  liaison federation evidence hub.example.org/regional/0190...\n"
      "  liaison federation evidence hub.example.org/regional/0190... --output json\n"
      "  liaison federation evidence hub.example.org/regional/0190... --file two-heads.evidence\n"
      "\n"
      "Anybody checks that file: client/verify/verify.py --evidence two-heads.evidence.\n");
  auto shown = std::make_shared<Arguments>();
  evidence->add_option("ORIGIN", shown->id, "HOST/HUB/LOG_ID")->required();
  evidence->add_option("--vkey", shown->vkey,
                       "The key of its log, from elsewhere; the policy's if left out");
  evidence->add_option("--file", shown->file, "Write two heads of its log to this new file");
  evidence->callback(
      [=] { session->Choose([=] { return RunEvidence(session, connector, *shown); }); });
}

}  // namespace liaison::cli
