// `liaison admin erase`: words that must go.
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/cli/commands/commands.h"
#include "client/cli/commands/federation_text.h"
#include "client/cli/event_json.h"
#include "client/cli/event_key.h"
#include "client/cli/view_output.h"
#include "proto/record/macros.h"

namespace liaison::cli {
namespace {

const std::map<std::string, v1::SectionKind> kSections = {
    {"content", v1::SECTION_KIND_CONTENT},
    {"personal", v1::SECTION_KIND_PERSONAL},
    {"attachments", v1::SECTION_KIND_ATTACHMENTS}};
const std::map<std::string, v1::RedactionReason> kReasons = {
    {"personal-data", v1::REDACTION_REASON_PERSONAL_DATA},
    {"court-order", v1::REDACTION_REASON_COURT_ORDER},
    {"author-request", v1::REDACTION_REASON_AUTHOR_REQUEST},
    {"unlawful-content", v1::REDACTION_REASON_UNLAWFUL_CONTENT}};

struct EraseArguments {
  std::vector<std::string> words;
  std::string section;
  std::string reason;
};

// Where the words may be as well, as the redaction's deliveries say.
absl::StatusOr<v1::ListDeliveriesResponse> AskPeers(Session* session,
                                                    const FederationConnector& connector,
                                                    uint64_t redaction) {
  if (connector == nullptr) return v1::ListDeliveriesResponse();
  v1::ListDeliveriesRequest request;
  request.set_sequence(redaction);
  return connector(session->options().hub, session->connection_options())->ListDeliveries(request);
}

absl::Status RunErase(Session* session, const FederationConnector& connector,
                      const EventKeyWords& key, const EraseArguments& arguments) {
  v1::EraseRequest request;
  SetKey(key, &request);
  request.set_section(kSections.at(arguments.section));
  request.set_reason(kReasons.at(arguments.reason));
  LIAISON_ASSIGN_OR_RETURN(const v1::EraseResponse erased, session->connection()->Erase(request));
  const uint64_t redaction = erased.receipt().position().sequence();
  // They are erased by now, whatever becomes of this question.
  const absl::StatusOr<v1::ListDeliveriesResponse> peers = AskPeers(session, connector, redaction);
  Console& console = session->console();
  if (session->format() == Format::kJson) {
    Json json = ReceiptToJson(erased.receipt());
    json["backups"] = Json::array();
    for (const v1::BackupEntry& backup : erased.backups()) {
      LIAISON_ASSIGN_OR_RETURN(Json entry, MessageToJson(backup));
      json["backups"].push_back(std::move(entry));
    }
    if (peers.ok()) json["peers"] = PeersToErase(*peers);
    return console.Line(ToLine(json));
  }
  LIAISON_RETURN_IF_ERROR(console.Line(
      absl::StrCat("Erased: the words are in no file of the log. The record says so in event ",
                   redaction, ".")));
  LIAISON_RETURN_IF_ERROR(console.Bytes(ErasedElsewhereText(peers, redaction)));
  if (erased.backups().empty()) return console.Line("No backup of this hub holds them.");
  return console.Line(absl::StrCat(
      "Backups that hold them still: ",
      absl::StrJoin(erased.backups(), ", ",
                    [](std::string* out, const v1::BackupEntry& backup) {
                      absl::StrAppend(out, backup.number(), " of ",
                                      DayText(ToTime(backup.begin_time())));
                    }),
      ". They go as new ones are made, or at once: liaison admin backup --purge-erased"));
}

}  // namespace

void AddErase(CLI::App* admin, Session* session, const FederationConnector& connector) {
  CLI::App* command = AddCommand(
      admin, "erase", "Erase a section of an event, openly",
      "  liaison admin erase 42 --section personal --reason personal-data\n"
      "  liaison admin erase org/eurodig 0b4e7a52-7d4f-4f8e-9a53-0d7c6f1f8a11 \\\n"
      "    --section content --reason court-order\n"
      "\n"
      "The words and their salt go for ever; that they were there, who had them erased and why, "
      "stays.\n"
      "Backups that are older hold them still, and are named. Other hubs that have the words are\n"
      "told to erase them, and named as well.\n");
  auto arguments = std::make_shared<EraseArguments>();
  command->add_option("KEY", arguments->words, "Sequence, digest, or AUTHOR EVENT_ID")
      ->required()
      ->expected(1, 2);
  command->add_option("--section", arguments->section, "Which part of it")
      ->required()
      ->check(CLI::IsMember(kSections));
  command->add_option("--reason", arguments->reason, "Why, for the record")
      ->required()
      ->check(CLI::IsMember(kReasons));
  command->callback([=] {
    const absl::StatusOr<EventKeyWords> key = ParseEventKeyWords(arguments->words);
    if (!key.ok()) throw CLI::ValidationError("KEY", std::string(key.status().message()));
    session->Choose([=] { return RunErase(session, connector, *key, *arguments); });
  });
}

}  // namespace liaison::cli
