#include "server/web/open_data.h"

#include <google/protobuf/util/json_util.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/strip.h"
#include "absl/time/clock.h"
#include "proto/record/event_types.h"
#include "proto/record/hash.h"
#include "proto/record/macros.h"
#include "server/web/html_text.h"
#include "server/web/limits.h"

namespace liaison::web {
namespace {

constexpr char kCsv[] = "text/csv; charset=utf-8";
constexpr char kLines[] = "application/jsonl; charset=utf-8";
constexpr absl::Duration kListingAge = absl::Minutes(10);

std::string Time(absl::Time time) {
  return absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", time, absl::UTCTimeZone());
}
std::string Time(const google::protobuf::Timestamp& time) {
  return Time(absl::FromUnixSeconds(time.seconds()));
}

std::string EventsName(uint64_t first) {
  return absl::StrCat("events-", first, "-", first + kEventsPerFile - 1, ".jsonl");
}

nlohmann::ordered_json Json(const google::protobuf::Message& message) {
  std::string text;
  google::protobuf::util::JsonPrintOptions options;
  options.preserve_proto_field_names = true;
  if (!google::protobuf::util::MessageToJsonString(message, &text, options).ok()) return {};
  return nlohmann::ordered_json::parse(text, nullptr, false);
}

std::string EventLine(const ReadableEvent& event, const std::string& licence) {
  const record::EventTypeInfo* type = record::FindEventType(event.header.type());
  nlohmann::ordered_json line = {{"sequence", event.sequence},
                                 {"hub_time", Time(event.hub_time)},
                                 {"digest", absl::BytesToHexString(event.digest)},
                                 {"type", type == nullptr ? "" : std::string(type->name)},
                                 {"attested", event.attested},
                                 {"header", Json(event.header)}};
  if (event.body != nullptr) line["content"] = Json(*event.body);
  if (event.erased) line["erased"] = true;
  line["licence"] = licence;
  return line.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

HttpResponse Away(const absl::Status& status) {
  return {absl::IsNotFound(status) ? 404 : 503,
          "text/plain; charset=utf-8",
          "the hub does not answer just now\n",
          {}};
}

HttpResponse Served(std::string type, std::string body) {
  return {200,
          std::move(type),
          std::move(body),
          {{"Cache-Control", "public, max-age=60"}, {"X-Robots-Tag", ""}}};
}

}  // namespace

std::string CsvRow(const std::vector<std::string>& cells) {
  std::string row;
  for (const std::string& cell : cells) {
    const bool is_formula = !cell.empty() && absl::StrContains("=+-@\t\r\n", cell.substr(0, 1));
    const std::string guarded = is_formula ? "'" + cell : cell;
    const bool quoted = guarded.find_first_of(",\"\r\n") != std::string::npos;
    absl::StrAppend(&row, row.empty() && &cell == &cells.front() ? "" : ",");
    absl::StrAppend(
        &row, quoted ? absl::StrCat("\"", absl::StrReplaceAll(guarded, {{"\"", "\"\""}}), "\"")
                     : guarded);
  }
  return row + "\r\n";
}

absl::StatusOr<std::string> OpenData::DecisionsCsv() {
  LIAISON_ASSIGN_OR_RETURN(auto decisions, hub_.AllDecisions());
  std::string csv =
      CsvRow({"sequence", "digest", "author", "cycle", "language", "title", "state", "priority",
              "outcome_owner", "outcome_due_on", "steward", "missing", "hub_time", "licence"});
  for (const pb::DecisionView& view : decisions) {
    const pb::EventSummary& decision = view.decision();
    csv.append(CsvRow({absl::StrCat(decision.sequence()), absl::BytesToHexString(decision.digest()),
                       decision.author(), decision.cycle(), decision.language(), decision.title(),
                       NameOf(pb::DecisionState_descriptor(), view.state()),
                       absl::StrCat(view.facts().priority()), view.facts().outcome_owner(),
                       view.facts().outcome_due_on(), view.facts().steward(),
                       absl::StrJoin(view.missing(), " "), Time(decision.hub_time()), licence_}));
  }
  return csv;
}

absl::StatusOr<std::string> OpenData::RequestsCsv() {
  LIAISON_ASSIGN_OR_RETURN(auto requests, hub_.AllRequests());
  std::string csv =
      CsvRow({"sequence", "digest", "from", "to", "language", "title", "state", "requested_date",
              "due_date", "overdue", "reason", "hub_time", "licence"});
  for (const pb::LiaisonRequest& request : requests) {
    const pb::EventSummary& event = request.request();
    csv.append(
        CsvRow({absl::StrCat(event.sequence()), absl::BytesToHexString(event.digest()),
                request.from(), request.to(), event.language(), event.title(),
                NameOf(pb::RequestState_descriptor(), request.state()), request.requested_date(),
                request.due_date(), request.overdue() ? "true" : "false", request.reason(),
                Time(event.hub_time()), licence_}));
  }
  return csv;
}

absl::StatusOr<std::string> OpenData::OrganisationsCsv() {
  LIAISON_ASSIGN_OR_RETURN(auto organisations, hub_.AllOrganisations());
  std::string csv = CsvRow({"organisation", "name", "acronym", "kind", "stakeholder_group",
                            "region", "countries", "languages", "founded", "retired", "licence"});
  for (const pb::Organisation& one : organisations) {
    csv.append(CsvRow({one.organisation(), one.name(), one.acronym(),
                       NameOf(pb::OrganisationKind_descriptor(), one.kind()),
                       NameOf(pb::StakeholderGroup_descriptor(), one.stakeholder_group()),
                       NameOf(pb::Region_descriptor(), one.region()),
                       absl::StrJoin(one.countries(), " "), absl::StrJoin(one.languages(), " "),
                       one.founded() == 0 ? "" : absl::StrCat(one.founded()),
                       one.retired() ? "true" : "false", licence_}));
  }
  return csv;
}

absl::StatusOr<std::string> OpenData::EventLines(uint64_t first) {
  std::string lines;
  const uint64_t end = first + kEventsPerFile;
  uint64_t after = first - 1;
  while (true) {
    LIAISON_ASSIGN_OR_RETURN(HubReader::EventPage page,
                             hub_.Events("", after, record::kMaxPageSize));
    for (const ReadableEvent& event : page.events) {
      if (event.sequence < end) lines.append(EventLine(event, licence_));
    }
    after = page.position;
    if (page.at_end || after + 1 >= end) return lines;
  }
}

absl::StatusOr<std::vector<std::string>> OpenData::Names() {
  LIAISON_ASSIGN_OR_RETURN(pb::GetHubResponse hub, hub_.Hub());
  std::vector<std::string> names = {"decisions.csv", "organisations.csv", "requests.csv"};
  for (uint64_t first = 1; first <= hub.head().sequence(); first += kEventsPerFile) {
    names.push_back(EventsName(first));
  }
  return names;
}

absl::StatusOr<std::optional<HttpResponse>> OpenData::FileNamed(const std::string& name) {
  absl::StatusOr<std::string> body = absl::NotFoundError("");
  std::string type = kCsv;
  absl::string_view rest = name;
  uint64_t first = 0;
  if (name == "decisions.csv") {
    body = DecisionsCsv();
  } else if (name == "requests.csv") {
    body = RequestsCsv();
  } else if (name == "organisations.csv") {
    body = OrganisationsCsv();
  } else if (absl::ConsumePrefix(&rest, "events-") &&
             absl::SimpleAtoi(rest.substr(0, rest.find('-')), &first) && first > 0 &&
             first % kEventsPerFile == 1 && name == EventsName(first)) {
    body = EventLines(first);
    type = kLines;
  } else {
    return std::optional<HttpResponse>();
  }
  if (!body.ok()) return body.status();
  return std::optional<HttpResponse>(Served(type, *std::move(body)));
}

absl::StatusOr<std::vector<OpenData::File>> OpenData::Listing() {
  LIAISON_ASSIGN_OR_RETURN(pb::GetHubResponse hub, hub_.Hub());
  absl::MutexLock lock(&mu_);
  // What is erased changes a file without another event of its own to come first.
  if (listed_head_ == hub.head().sequence() && absl::Now() - listed_at_ < kListingAge) {
    return listing_;
  }
  LIAISON_ASSIGN_OR_RETURN(std::vector<std::string> names, Names());
  listing_.clear();
  for (const std::string& name : names) {
    LIAISON_ASSIGN_OR_RETURN(std::optional<HttpResponse> file, FileNamed(name));
    if (!file) continue;
    listing_.push_back({name, file->type, record::Sha256Of(file->body).ToHex(), file->body.size()});
  }
  listed_head_ = hub.head().sequence();
  listed_at_ = absl::Now();
  return listing_;
}

HttpResponse OpenData::Handle(const HttpRequest& request) {
  absl::string_view name = request.path;
  absl::ConsumePrefix(&name, "/open-data/");
  const bool lists = name.empty() || name == "SHA256SUMS" || name == "datapackage.json";
  if (!lists) {
    auto file = FileNamed(std::string(name));
    if (!file.ok()) return Away(file.status());
    if (*file) return **std::move(file);
    return {404, "text/plain; charset=utf-8", "there is no such file\n", {}};
  }
  const auto listing = Listing();
  if (!listing.ok()) return Away(listing.status());
  const std::string licence =
      licence_.empty() ? "not stated by the operator of this hub" : licence_;
  if (name == "SHA256SUMS") {
    std::string sums;
    for (const File& file : *listing) absl::StrAppend(&sums, file.sha256, "  ", file.name, "\n");
    return Served("text/plain; charset=utf-8", sums);
  }
  if (name == "datapackage.json") {
    nlohmann::ordered_json package = {{"name", "igf-liaison-public-record"},
                                      {"licenses", {{{"name", licence}}}},
                                      {"resources", nlohmann::ordered_json::array()}};
    for (const File& file : *listing) {
      package["resources"].push_back({{"name", file.name},
                                      {"path", file.name},
                                      {"mediatype", file.type.substr(0, file.type.find(';'))},
                                      {"bytes", file.size},
                                      {"hash", "sha256:" + file.sha256}});
    }
    return Served("application/json", package.dump(1) + "\n");
  }
  std::string html = absl::StrCat(
      "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>Open data · IGF "
      "Liaison</title>\n<meta name=\"viewport\" content=\"width=device-width\">\n<link "
      "rel=\"stylesheet\" href=\"/public/style.css\"></head>\n<body><main>\n<h1>Open data</h1>\n"
      "<p>What is public on this hub, and nothing else; without the personal parts. Licence: ",
      Escaped(licence),
      ". Some reports state their own, in their field <code>licence</code>.</p>\n"
      "<ul>\n");
  for (const File& file : *listing) {
    absl::StrAppend(&html, "<li><a href=\"/open-data/", file.name, "\">", file.name, "</a>, ",
                    file.size, " bytes</li>\n");
  }
  absl::StrAppend(&html,
                  "<li><a href=\"/open-data/SHA256SUMS\">SHA256SUMS</a></li>\n<li><a "
                  "href=\"/open-data/datapackage.json\">datapackage.json</a></li>\n</ul>\n<p><a "
                  "href=\"/public/\">The public record</a></p></main></body></html>\n");
  return Served("text/html; charset=utf-8", html);
}

}  // namespace liaison::web
