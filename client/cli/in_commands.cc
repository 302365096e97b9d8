#include "client/cli/in_commands.h"

#include <cctype>

#include "absl/strings/str_cat.h"

namespace liaison::cli {
namespace {

struct Named {
  absl::string_view method;
  absl::string_view command;
};

// Without `Publish`, `Subscribe` and the like, which are words of every day too.
constexpr Named kCommands[] = {
    {"AcceptClock", "admin accept-clock"},
    {"Backup", "admin backup"},
    {"CreateInvitation", "admin invite"},
    {"CreateToken", "admin token create"},
    {"ExplainArrival", "federation why"},
    {"ExplainReading", "admin why"},
    {"GetBoard", "board"},
    {"GetCheckpoint", "checkpoint"},
    {"GetCycleOpening", "cycle"},
    {"GetDecision", "decisions"},
    {"GetDigest", "digest"},
    {"GetEvent", "get"},
    {"GetHub", "info"},
    {"GetMeetingPack", "pack"},
    {"GetRadar", "radar"},
    {"GetReadingPlan", "reading-plan"},
    {"GetRepresentation", "representation"},
    {"GetTrail", "trail"},
    {"ListApprovals", "admin approvals"},
    {"ListAuditEntries", "admin audit"},
    {"ListContributions", "contributions"},
    {"ListCredentials", "admin credentials"},
    {"ListCycles", "cycles"},
    {"ListDecisions", "decisions"},
    {"ListDeliveries", "federation confirmed"},
    {"ListDuplicates", "duplicates"},
    {"ListEvents", "list"},
    {"ListGaps", "gaps"},
    {"ListOrganisations", "organisations"},
    {"ListPeers", "federation peers"},
    {"ListRequests", "requests"},
    {"ListSharing", "federation what-would-leave"},
    {"ListSubscriptions", "durable list"},
    {"ListTopicEvents", "topic-events"},
    {"ListTopicLinks", "topic-links"},
    {"ListTopicSchemes", "schemes"},
    {"ListUndisposed", "triage"},
    {"RenewCertificate", "renew"},
    {"SuggestFormats", "formats"},
};

bool IsOfWord(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

absl::string_view CommandOf(absl::string_view method) {
  for (const Named& named : kCommands) {
    if (named.method == method) return named.command;
  }
  return "";
}

}  // namespace

std::string InCommands(absl::string_view text) {
  std::string said;
  while (!text.empty()) {
    size_t size = 0;
    while (size < text.size() && IsOfWord(text[size])) ++size;
    const absl::string_view command = CommandOf(text.substr(0, size));
    if (size == 0) size = 1;
    if (command.empty()) {
      absl::StrAppend(&said, text.substr(0, size));
    } else {
      absl::StrAppend(&said, "`liaison ", command, "`");
    }
    text.remove_prefix(size);
  }
  return said;
}

}  // namespace liaison::cli
