#include "server/web/open_data.h"

#include <google/protobuf/util/json_util.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <nlohmann/json.hpp>
#include <optional>
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
#include "server/web/plain_answers.h"

namespace liaison::web {
namespace {

constexpr char kCsv[] = "text/csv; charset=utf-8";
constexpr char kLines[] = "application/jsonl; charset=utf-8";
constexpr absl::Duration kListingAge = absl::Minutes(10);
constexpr absl::string_view kRoot = "/open-data/";
constexpr const char* kCsvs[] = {"decisions.csv", "organisations.csv", "requests.csv"};

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
  if (event.withheld) line["withheld"] = true;
  if (!event.origin.empty()) line["origin"] = event.origin;
  line["licence"] = licence;
  return line.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

constexpr absl::string_view kNoSuchFile = "there is no such file";

HttpResponse Away(const absl::Status& status) {
  return absl::IsResourceExhausted(status) ? Busy() : HubIsAway();
}

HttpResponse Served(std::string type, std::string body) {
  return {200,
          std::move(type),
          std::move(body),
          {{"Cache-Control", "public, max-age=60"}, {"X-Robots-Tag", ""}}};
}

absl::string_view StatedLicence(absl::string_view licence) {
  return licence.empty() ? "not stated by the operator of this hub" : licence;
}

// The first sequence of a file of events; nullopt where it is none by its name.
std::optional<uint64_t> FirstOf(absl::string_view name) {
  absl::string_view rest = name;
  uint64_t first = 0;
  if (!absl::ConsumePrefix(&rest, "events-") ||
      !absl::SimpleAtoi(rest.substr(0, rest.find('-')), &first) || first % kEventsPerFile != 1 ||
      name != EventsName(first)) {
    return std::nullopt;
  }
  return first;
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

// A Download sends one file of events to one reader, and makes the next piece when the last was
// taken. Shared by whoever makes it, the exchange and the OpenData, until its end.
class OpenData::Download : public std::enable_shared_from_this<OpenData::Download> {
 public:
  Download(OpenData* data, std::shared_ptr<Exchange> exchange, uint64_t first, bool head_alone)
      : data_(*data), head_alone_(head_alone), first_(first), exchange_(std::move(exchange)) {}

  void Start() {
    data_.Enter(shared_from_this());
    if (const auto exchange = exchange_if_any()) {
      exchange->WhenGone([weak = weak_from_this()] {
        if (const auto self = weak.lock()) self->End();
      });
    }
    Post();
  }

  // Hangs up, where the answer has not ended.
  void End() {
    std::shared_ptr<Exchange> last;
    {
      absl::MutexLock lock(&mu_);
      last = std::move(exchange_);
      exchange_ = nullptr;
    }
    if (last != nullptr) data_.Leave(shared_from_this());
  }

 private:
  void Post() {
    boost::asio::post(data_.exports_, [self = shared_from_this()] { self->Step(); });
  }

  // On a thread that may wait.
  void Step() {
    const std::shared_ptr<Exchange> exchange = exchange_if_any();
    if (exchange == nullptr) return;
    if (next_ == 0 && !Begin(exchange.get())) return End();
    if (next_ > last_) {
      exchange->End("");
      return End();
    }
    const uint64_t last = std::min(next_ + kEventsPerPiece - 1, last_);
    const auto piece = data_.pieces_.Get(absl::StrCat(next_, "-", last),
                                         [&] { return data_.EventLines(next_, last); });
    if (!piece.ok()) return End();
    next_ = last + 1;
    if ((*piece)->empty()) return Post();  // nothing that anybody may read
    exchange->Send(*piece, [self = shared_from_this()] { self->Post(); });
  }

  // False: it was answered.
  bool Begin(Exchange* exchange) {
    const auto hub = data_.hub_.Hub();
    if (!hub.ok() || hub->head().sequence() < first_) {
      exchange->Answer(hub.ok() ? NotThere(kNoSuchFile) : Away(hub.status()));
      return false;
    }
    next_ = first_;
    last_ = std::min(first_ + kEventsPerFile - 1, hub->head().sequence());
    exchange->Begin(Served(kLines, ""));
    if (head_alone_) exchange->End("");
    return !head_alone_;
  }

  std::shared_ptr<Exchange> exchange_if_any() {
    absl::MutexLock lock(&mu_);
    return exchange_;
  }

  OpenData& data_;
  const bool head_alone_;
  const uint64_t first_;
  // Of the step under way; 0: it has not begun.
  uint64_t next_ = 0;
  uint64_t last_ = 0;
  absl::Mutex mu_;
  std::shared_ptr<Exchange> exchange_ ABSL_GUARDED_BY(mu_);
};

OpenData::OpenData(HubReader* hub, AnswerBudget* budget, std::string licence)
    : hub_(*hub),
      licence_(std::move(licence)),
      files_(budget),
      pieces_(budget),
      exports_(kExportThreads),
      lists_(1) {}
OpenData::~OpenData() = default;

bool OpenData::is_ending() {
  absl::MutexLock lock(&mu_);
  return stopped_;
}

void OpenData::Enter(std::shared_ptr<Download> download) {
  bool stopped = false;
  {
    absl::MutexLock lock(&mu_);
    stopped = stopped_;
    if (!stopped) downloads_.insert(download);
  }
  if (stopped) download->End();
}

void OpenData::Leave(const std::shared_ptr<Download>& download) {
  absl::MutexLock lock(&mu_);
  downloads_.erase(download);
}

void OpenData::Stop() {
  std::set<std::shared_ptr<Download>> downloads;
  {
    absl::MutexLock lock(&mu_);
    stopped_ = true;
    downloads = downloads_;
  }
  for (const auto& download : downloads) download->End();
  exports_.join();
  lists_.join();
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

absl::StatusOr<std::string> OpenData::EventLines(uint64_t first, uint64_t last) {
  std::string lines;
  uint64_t after = first - 1;
  while (true) {
    const uint64_t rest = std::min<uint64_t>(last - after, record::kMaxPageSize);
    LIAISON_ASSIGN_OR_RETURN(HubReader::EventPage page,
                             hub_.Events("", after, static_cast<int>(rest)));
    for (const ReadableEvent& event : page.events) {
      if (event.sequence <= last) lines.append(EventLine(event, licence_));
    }
    after = page.position;
    if (page.at_end || after >= last) return lines;
  }
}

HttpResponse OpenData::Csv(const std::string& name) {
  const auto hub = hub_.Hub();
  if (!hub.ok()) return Away(hub.status());
  const auto make = [&] {
    if (name == "decisions.csv") return DecisionsCsv();
    return name == "requests.csv" ? RequestsCsv() : OrganisationsCsv();
  };
  const auto body = files_.Get(absl::StrCat(name, "@", hub->head().sequence()), make);
  if (!body.ok()) return Away(body.status());
  HttpResponse response = Served(kCsv, "");
  response.shared_body = *body;
  return response;
}

absl::StatusOr<OpenData::File> OpenData::FileOfEvents(uint64_t first, uint64_t head) {
  const uint64_t last = std::min(first + kEventsPerFile - 1, head);
  record::Sha256 hash;
  size_t size = 0;
  for (uint64_t next = first; next <= last; next += kEventsPerPiece) {
    LIAISON_ASSIGN_OR_RETURN(const std::string piece,
                             EventLines(next, std::min(next + kEventsPerPiece - 1, last)));
    hash.Update(piece);
    size += piece.size();
  }
  return File{EventsName(first), kLines, hash.Finish().ToHex(), size, absl::Now()};
}

absl::Status OpenData::RefreshListing() {
  LIAISON_ASSIGN_OR_RETURN(const pb::GetHubResponse hub, hub_.Hub());
  const uint64_t head = hub.head().sequence();
  const absl::Time now = absl::Now();
  // What is erased changes a file without another event of its own to come first.
  if (listed_head_ == head && now - listed_at_ < kListingAge) return absl::OkStatus();
  std::vector<File> listing;
  for (const char* name : kCsvs) {
    const HttpResponse file = Csv(name);
    if (file.shared_body == nullptr) return absl::UnavailableError("");
    const std::string& body = *file.shared_body;
    listing.push_back({name, file.type, record::Sha256Of(body).ToHex(), body.size(), now});
  }
  for (uint64_t first = 1; first <= head; first += kEventsPerFile) {
    const auto full = full_files_.find(first);
    if (full != full_files_.end() && now - full->second.listed_at < kListingAge) {
      listing.push_back(full->second);
      continue;
    }
    LIAISON_ASSIGN_OR_RETURN(File file, FileOfEvents(first, head));
    if (first + kEventsPerFile - 1 <= head) full_files_[first] = file;
    listing.push_back(std::move(file));
  }
  listing_ = std::move(listing);
  listed_head_ = head;
  listed_at_ = now;
  return absl::OkStatus();
}

void OpenData::Handle(const HttpRequest& request, std::shared_ptr<Exchange> exchange) {
  const std::string name(absl::StripPrefix(request.path, kRoot));
  if (const std::optional<uint64_t> first = FirstOf(name)) {
    return std::make_shared<Download>(this, std::move(exchange), *first, request.method == "HEAD")
        ->Start();
  }
  const bool is_csv = std::find(std::begin(kCsvs), std::end(kCsvs), name) != std::end(kCsvs);
  if (is_csv) {
    boost::asio::post(exports_, [this, name, exchange] {
      if (!is_ending()) exchange->Answer(Csv(name));
    });
  } else if (name.empty() || name == "SHA256SUMS" || name == "datapackage.json") {
    boost::asio::post(lists_, [this, name, exchange] {
      if (!is_ending()) exchange->Answer(List(name));
    });
  } else {
    exchange->Answer(NotThere(kNoSuchFile));
  }
}

HttpResponse OpenData::List(const std::string& name) {
  const absl::Status status = RefreshListing();
  if (!status.ok()) return Away(status);
  if (name.empty()) return Index();
  if (name == "datapackage.json") return DataPackage();
  std::string sums;
  for (const File& file : listing_) absl::StrAppend(&sums, file.sha256, "  ", file.name, "\n");
  return Served(kPlainText, sums);
}

HttpResponse OpenData::DataPackage() const {
  nlohmann::ordered_json package = {{"name", "igf-liaison-public-record"},
                                    {"licenses", {{{"name", StatedLicence(licence_)}}}},
                                    {"resources", nlohmann::ordered_json::array()}};
  for (const File& file : listing_) {
    package["resources"].push_back({{"name", file.name},
                                    {"path", file.name},
                                    {"mediatype", file.type.substr(0, file.type.find(';'))},
                                    {"bytes", file.size},
                                    {"hash", "sha256:" + file.sha256}});
  }
  return Served("application/json", package.dump(1) + "\n");
}

HttpResponse OpenData::Index() const {
  std::string html = absl::StrCat(
      "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>Open data · IGF "
      "Liaison</title>\n<meta name=\"viewport\" content=\"width=device-width\">\n<link "
      "rel=\"stylesheet\" href=\"/public/style.css\"></head>\n<body><main>\n<h1>Open data</h1>\n"
      "<p>What is public on this hub, and nothing else; without the personal parts. Licence: ",
      Escaped(StatedLicence(licence_)),
      ". Some reports state their own, in their field <code>licence</code>.</p>\n"
      "<ul>\n");
  for (const File& file : listing_) {
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
