#include "server/web/public_record.h"

#include <map>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "absl/time/time.h"
#include "server/web/contract_words.h"
#include "server/web/html_text.h"
#include "server/web/http_text.h"
#include "server/web/limits.h"
#include "server/web/public_words.h"

namespace liaison::web {
namespace {

constexpr char kStyle[] = R"(:root { color-scheme: light dark; }
body { margin: 0; font: 1.0625rem/1.5 system-ui, sans-serif; overflow-wrap: anywhere; }
header, main, footer { max-width: 46rem; margin: 0 auto; padding: .5rem 1rem; }
.languages li[aria-current] { font-weight: 600; }
nav ul { display: flex; flex-wrap: wrap; gap: .25rem 1rem; padding: 0; list-style: none; }
nav a { display: inline-block; padding: .25rem 0; min-height: 24px; }
h1 { font-size: 1.5rem; line-height: 1.25; }
h2 { font-size: 1.2rem; }
li { margin: .4rem 0; }
dt { font-weight: 600; }
dd { margin: 0 0 .4rem 0; white-space: pre-line; }
dd dl { border-inline-start: 3px solid currentColor; padding-inline-start: .75rem; }
a:focus-visible { outline: 3px solid currentColor; outline-offset: 2px; }
.note { font-size: .9375rem; }
)";

constexpr PageLanguage kLanguages[] = {PageLanguage::kArabic,  PageLanguage::kChinese,
                                       PageLanguage::kEnglish, PageLanguage::kFrench,
                                       PageLanguage::kRussian, PageLanguage::kSpanish};

// What is left of a query without its language; still encoded.
std::string WithoutLanguage(absl::string_view query) {
  std::vector<absl::string_view> kept;
  for (absl::string_view part : absl::StrSplit(query, '&', absl::SkipEmpty())) {
    if (!absl::StartsWith(part, "lang=")) kept.push_back(part);
  }
  return absl::StrJoin(kept, "&");
}

std::string DayOf(const google::protobuf::Timestamp& time) {
  return absl::FormatTime("%Y-%m-%d", absl::FromUnixSeconds(time.seconds()), absl::UTCTimeZone());
}

bool IsInitiative(pb::OrganisationKind kind) {
  return kind == pb::ORGANISATION_KIND_NRI_NATIONAL || kind == pb::ORGANISATION_KIND_NRI_REGIONAL ||
         kind == pb::ORGANISATION_KIND_NRI_SUBREGIONAL || kind == pb::ORGANISATION_KIND_NRI_YOUTH;
}

}  // namespace

// A Reader is whoever asks for a page: in which language, and where.
class PublicRecord::Reader {
 public:
  explicit Reader(const HttpRequest& request)
      : request_(request),
        asked_(FieldOf(request.query, "lang")),
        language_(LanguageOf(asked_.empty() ? request.header("accept-language") : asked_)),
        words_(PublicWordsOf(language_)) {}

  const PublicWords& words() const { return words_; }
  PageLanguage language() const { return language_; }
  std::string query(absl::string_view name) const { return FieldOf(request_.query, name); }

  HttpResponse Page(int code, absl::string_view title, absl::string_view body) const;
  HttpResponse Failed(const absl::Status& status) const;

  // Of a page below /public/; keeps the language that was asked for.
  std::string Path(absl::string_view path, absl::string_view query = "") const;
  // A link whose text is somebody's, `untitled` where there is none.
  std::string Link(absl::string_view path, absl::string_view text,
                   absl::string_view language = "") const {
    return LinkTo(Path(path), text.empty() ? words_.untitled : text,
                  text.empty() ? TagOf(language_) : language);
  }
  std::string TypeName(pb::EventType type) const {
    return Escaped(ValueWord(language_, pb::EventType_descriptor(), type));
  }
  // `what` as HTML, `who` as text.
  std::string By(absl::string_view what, absl::string_view who) const {
    return absl::StrReplaceAll(words_.by, {{"{what}", what}, {"{who}", Words(who)}});
  }
  std::string Due(absl::string_view day) const {
    return absl::StrReplaceAll(words_.due, {{"{day}", Escaped(day)}});
  }
  std::string State(pb::DecisionState state) const {
    return Escaped(ValueWord(language_, pb::DecisionState_descriptor(), state));
  }
  std::string NoneYet() const { return absl::StrCat("<p>", words_.none_yet, "</p>\n"); }
  std::string NextPage(absl::string_view path, absl::string_view query) const {
    return absl::StrCat("<p><a rel=\"next\" href=\"", Escaped(Path(path, query)), "\">",
                        words_.next_page, "</a></p>\n");
  }
  std::string SummaryLine(const pb::EventSummary& event) const;
  std::string Summaries(absl::string_view title,
                        const google::protobuf::RepeatedPtrField<pb::EventSummary>& events) const;
  std::string DecisionLine(const pb::DecisionView& view) const;
  // A page of them, or that there are none.
  std::string DecisionLines(const pb::ListDecisionsResponse& page) const;
  std::string EventLine(const ReadableEvent& event) const;

 private:
  std::string Languages() const;

  const HttpRequest& request_;
  const std::string asked_;
  const PageLanguage language_;
  const PublicWords& words_;
};

std::string PublicRecord::Reader::Path(absl::string_view path, absl::string_view query) const {
  std::string whole = absl::StrCat("/public/", EncodedPath(path));
  if (!asked_.empty()) {
    absl::StrAppend(&whole, "?lang=", TagOf(language_), query.empty() ? "" : "&", query);
  } else if (!query.empty()) {
    absl::StrAppend(&whole, "?", query);
  }
  return whole;
}

// The same page in the other languages.
std::string PublicRecord::Reader::Languages() const {
  const std::string rest = WithoutLanguage(request_.query);
  std::string html =
      absl::StrCat("<footer><nav class=\"languages\" aria-label=\"", words_.languages, "\"><ul>");
  for (const PageLanguage language : kLanguages) {
    const absl::string_view tag = TagOf(language);
    absl::StrAppend(&html, "<li", language == language_ ? " aria-current=\"true\"" : "",
                    "><a rel=\"alternate\" lang=\"", tag, "\" hreflang=\"", tag, "\" href=\"",
                    Escaped(absl::StrCat(EncodedPath(request_.path), "?lang=", tag,
                                         rest.empty() ? "" : "&", rest)),
                    "\">", PublicWordsOf(language).own_name, "</a></li>");
  }
  return html + "</ul></nav></footer>";
}

HttpResponse PublicRecord::Reader::Page(int code, absl::string_view title,
                                        absl::string_view body) const {
  HttpResponse response;
  response.code = code;
  // Found by search engines, and kept by nobody for long.
  response.headers = {{"X-Robots-Tag", ""},
                      {"Cache-Control", "public, max-age=30"},
                      {"Vary", "Accept-Language"},
                      {"Content-Language", std::string(TagOf(language_))}};
  std::string menu;
  const std::pair<const char*, const char*> pages[] = {
      {"", words_.record},           {"decisions", words_.decisions}, {"topics", words_.topics},
      {"requests", words_.requests}, {"nris", words_.nris},           {"events", words_.events}};
  for (const auto& [path, name] : pages) {
    absl::StrAppend(&menu, "<li><a href=\"", Escaped(Path(path)), "\">", name, "</a></li>");
  }
  response.body = absl::StrCat(
      "<!doctype html>\n<html lang=\"", TagOf(language_), "\" dir=\"",
      language_ == PageLanguage::kArabic ? "rtl" : "ltr",
      "\"><head><meta charset=\"utf-8\"><title>", Escaped(title),
      " · IGF Liaison</title>\n<meta name=\"viewport\" content=\"width=device-width\">\n"
      "<link rel=\"stylesheet\" href=\"/public/style.css\">\n"
      "<link rel=\"alternate\" type=\"application/atom+xml\" title=\"",
      words_.decisions,
      "\" href=\"/feeds/decisions.atom\"></head>\n<body><header><nav aria-label=\"", words_.record,
      "\"><ul>", menu, "<li><a href=\"/open-data/\">", words_.open_data,
      "</a></li></ul></nav></header>\n<main>\n<h1>", Words(title), "</h1>\n", body, "</main>\n",
      Languages(), "</body></html>\n");
  return response;
}

HttpResponse PublicRecord::Reader::Failed(const absl::Status& status) const {
  if (absl::IsNotFound(status) || absl::IsInvalidArgument(status) || absl::IsOutOfRange(status)) {
    return Page(404, words_.not_there, absl::StrCat("<p>", words_.not_there_lead, "</p>\n"));
  }
  return Page(503, words_.not_now, absl::StrCat("<p>", words_.not_now_lead, "</p>\n"));
}

std::string PublicRecord::Reader::SummaryLine(const pb::EventSummary& event) const {
  return absl::StrCat(
      Link(absl::StrCat("events/", event.sequence()), event.title(), event.language()), " — ",
      By(TypeName(event.type()), event.author()), ", ", DayOf(event.hub_time()),
      event.retracted() ? absl::StrCat(" (", words_.retracted, ")") : "");
}

std::string PublicRecord::Reader::Summaries(
    absl::string_view title,
    const google::protobuf::RepeatedPtrField<pb::EventSummary>& events) const {
  if (events.empty()) return "";
  std::string html = absl::StrCat("<h2>", title, "</h2>\n<ul>\n");
  for (const auto& event : events) absl::StrAppend(&html, "<li>", SummaryLine(event), "</li>\n");
  return html + "</ul>\n";
}

std::string PublicRecord::Reader::DecisionLine(const pb::DecisionView& view) const {
  const pb::EventSummary& decision = view.decision();
  std::string line = absl::StrCat(
      Link(absl::StrCat("decisions/", decision.sequence()), decision.title(), decision.language()),
      " — ", State(view.state()));
  if (!view.missing().empty()) {
    absl::StrAppend(
        &line, ", ",
        absl::StrReplaceAll(words_.missing, {{"{n}", absl::StrCat(view.missing_size())}}));
  }
  if (!view.facts().outcome_due_on().empty()) {
    absl::StrAppend(&line, ", ", Due(view.facts().outcome_due_on()));
  }
  return absl::StrCat("<li>", line, "</li>\n");
}

std::string PublicRecord::Reader::DecisionLines(const pb::ListDecisionsResponse& page) const {
  if (page.decisions().empty()) return NoneYet();
  std::string html = "<ul>\n";
  for (const auto& view : page.decisions()) html.append(DecisionLine(view));
  html.append("</ul>\n");
  if (!page.next_page_token().empty()) {
    html.append(NextPage("decisions", "page=" + page.next_page_token()));
  }
  return html;
}

std::string PublicRecord::Reader::EventLine(const ReadableEvent& event) const {
  const std::string title = TitleOf(event);
  const std::string type = TypeName(event.header.type());
  const std::string path = absl::StrCat("events/", event.sequence);
  return absl::StrCat(title.empty()
                          ? absl::StrCat("<a href=\"", Escaped(Path(path)), "\">", type, "</a>")
                          : Link(path, title, event.header.language()),
                      " — ", By(type, event.header.author()), "</li>\n");
}

HttpResponse PublicRecord::Handle(const HttpRequest& request) {
  const Reader reader(request);
  absl::string_view path = request.path;
  absl::ConsumePrefix(&path, "/public/");
  uint64_t sequence = 0;
  if (path == "style.css") {
    return {200, "text/css; charset=utf-8", kStyle, {{"Cache-Control", "public, max-age=3600"}}};
  }
  if (path.empty()) return Overview(reader);
  if (path == "decisions") return Decisions(reader);
  if (path == "topics") return Topics(reader);
  if (path == "requests") return Requests(reader);
  if (path == "nris") return Initiatives(reader);
  if (path == "events") return Events(reader);
  if (absl::ConsumePrefix(&path, "topics/")) return Topic(reader, std::string(path));
  if (absl::ConsumePrefix(&path, "decisions/") && absl::SimpleAtoi(path, &sequence)) {
    return Decision(reader, sequence);
  }
  if (absl::ConsumePrefix(&path, "events/") && absl::SimpleAtoi(path, &sequence)) {
    return Event(reader, sequence);
  }
  return reader.Failed(absl::NotFoundError(""));
}

HttpResponse PublicRecord::Overview(const Reader& reader) {
  const PublicWords& words = reader.words();
  const auto hub = hub_.Hub();
  if (!hub.ok()) return reader.Failed(hub.status());
  const auto decisions = hub_.Decisions("");
  if (!decisions.ok()) return reader.Failed(decisions.status());
  std::string html =
      absl::StrCat("<p>",
                   absl::StrReplaceAll(words.lead, {{"{hub}", Words(hub->hub())},
                                                    {"{n}", absl::StrCat(hub->head().sequence())}}),
                   " ", words.no_script, "</p>\n<ul><li><a href=\"/feeds/decisions.atom\">",
                   words.feed, "</a></li><li><a href=\"/calendar.ics\">", words.calendar,
                   "</a></li><li><a href=\"/open-data/\">", words.everything,
                   "</a></li></ul>\n<h2>", words.decisions, "</h2>\n");
  return reader.Page(200, words.title, html + reader.DecisionLines(*decisions));
}

HttpResponse PublicRecord::Decisions(const Reader& reader) {
  const auto page = hub_.Decisions(reader.query("page"));
  if (!page.ok()) return reader.Failed(page.status());
  return reader.Page(200, reader.words().decisions, reader.DecisionLines(*page));
}

HttpResponse PublicRecord::Decision(const Reader& reader, uint64_t sequence) {
  const PublicWords& words = reader.words();
  const auto found = hub_.Decision(sequence);
  if (!found.ok()) return reader.Failed(found.status());
  const pb::DecisionView& view = found->decision();
  std::string html =
      absl::StrCat("<p>", reader.By(reader.State(view.state()), view.decision().author()), ", ",
                   DayOf(view.decision().hub_time()), "</p>\n");
  if (!view.missing().empty()) {
    absl::StrAppend(&html, "<h2>", words.still_asked, "</h2>\n<ul>\n");
    for (absl::string_view part : view.missing()) {
      absl::StrAppend(&html, "<li>",
                      Escaped(FieldWord(reader.language(), part.substr(part.rfind('.') + 1))),
                      "</li>\n");
    }
    html.append("</ul>\n");
  }
  if (const auto event = hub_.Event(sequence); event.ok() && event->body != nullptr) {
    absl::StrAppend(&html, "<h2>", words.decided, "</h2>\n",
                    Described(*event->body, event->header.language(), reader.language()));
  }
  for (const auto& reasons : view.reasons()) {
    absl::StrAppend(&html, "<h2>",
                    absl::StrReplaceAll(words.why, {{"{state}", reader.State(reasons.state())}}),
                    "</h2>\n<p>", Words(reasons.reasons(), reasons.language()), "</p>\n");
  }
  html.append(reader.Summaries(words.considered, view.considered()));
  html.append(reader.Summaries(words.versions, view.versions()));
  const std::string& title = view.decision().title();
  return reader.Page(200, title.empty() ? words.untitled : title, html);
}

HttpResponse PublicRecord::Topics(const Reader& reader) {
  const auto schemes = hub_.AllSchemes();
  if (!schemes.ok()) return reader.Failed(schemes.status());
  std::string html;
  for (const pb::TopicScheme& scheme : *schemes) {
    absl::StrAppend(&html, "<h2>", Words(scheme.title().empty() ? scheme.scheme() : scheme.title()),
                    "</h2>\n<ul>\n");
    for (const pb::TopicCode& code : scheme.entries()) {
      const std::string topic =
          scheme.scheme() == "core" ? code.code() : absl::StrCat(scheme.scheme(), ":", code.code());
      absl::StrAppend(&html, "<li>",
                      reader.Link(absl::StrCat("topics/", topic),
                                  code.label().empty() ? code.code() : code.label()),
                      "</li>\n");
    }
    html.append("</ul>\n");
  }
  return reader.Page(200, reader.words().topics, html.empty() ? reader.NoneYet() : html);
}

HttpResponse PublicRecord::Topic(const Reader& reader, const std::string& topic) {
  const std::string quoted = absl::StrReplaceAll(topic, {{"\\", "\\\\"}, {"\"", "\\\""}});
  const auto latest = hub_.Latest(absl::StrCat("topic = \"", quoted, "\""), kPageItems);
  if (!latest.ok()) return reader.Failed(latest.status());
  std::string html = absl::StrCat("<p><a href=\"/feeds/topics/", Escaped(EncodedPath(topic)),
                                  ".atom\">", reader.words().topic_feed, "</a></p>\n<ul>\n");
  for (const ReadableEvent& event : *latest) {
    absl::StrAppend(&html, "<li>", reader.EventLine(event));
  }
  return reader.Page(200, topic, html + "</ul>\n");
}

HttpResponse PublicRecord::Requests(const Reader& reader) {
  const PublicWords& words = reader.words();
  const auto page = hub_.Requests(reader.query("page"));
  if (!page.ok()) return reader.Failed(page.status());
  std::string html = page->requests().empty() ? reader.NoneYet() : "<ul>\n";
  for (const pb::LiaisonRequest& asked : page->requests()) {
    absl::StrAppend(
        &html, "<li>",
        reader.Link(absl::StrCat("events/", asked.request().sequence()), asked.request().title(),
                    asked.request().language()),
        " — ",
        absl::StrReplaceAll(words.asked,
                            {{"{from}", Words(asked.from())}, {"{to}", Words(asked.to())}}),
        ", ", Escaped(ValueWord(reader.language(), pb::RequestState_descriptor(), asked.state())),
        asked.due_date().empty() ? "" : absl::StrCat(", ", reader.Due(asked.due_date())),
        asked.overdue() ? absl::StrCat(" (", words.overdue, ")") : "",
        asked.reason().empty() ? "" : absl::StrCat(": ", Words(asked.reason())), "</li>\n");
  }
  if (!page->requests().empty()) html.append("</ul>\n");
  if (!page->next_page_token().empty()) {
    html.append(reader.NextPage("requests", "page=" + page->next_page_token()));
  }
  return reader.Page(200, words.requests, html);
}

HttpResponse PublicRecord::Initiatives(const Reader& reader) {
  const auto organisations = hub_.AllOrganisations();
  if (!organisations.ok()) return reader.Failed(organisations.status());
  // By region and name: never a ranking.
  std::map<pb::Region, std::map<std::string, const pb::Organisation*>> by_region;
  for (const pb::Organisation& organisation : *organisations) {
    if (!IsInitiative(organisation.kind()) || organisation.retired()) continue;
    const std::string name =
        organisation.name().empty() ? organisation.organisation() : organisation.name();
    by_region[organisation.region()].emplace(name, &organisation);
  }
  std::string html = absl::StrCat("<p>", reader.words().nris_lead, "</p>\n");
  for (const auto& [region, initiatives] : by_region) {
    const std::string name =
        region == pb::REGION_UNSPECIFIED
            ? ValueWord(reader.language(), pb::Region_descriptor(), pb::REGION_OTHER)
            : ValueWord(reader.language(), pb::Region_descriptor(), region);
    absl::StrAppend(&html, "<h2>", Escaped(name), "</h2>\n<ul>\n");
    for (const auto& [initiative, organisation] : initiatives) {
      absl::StrAppend(&html, "<li>", Words(initiative), " — ",
                      Escaped(ValueWord(reader.language(), pb::OrganisationKind_descriptor(),
                                        organisation->kind())),
                      ", ", Words(organisation->organisation()), "</li>\n");
    }
    html.append("</ul>\n");
  }
  return reader.Page(200, reader.words().nris_title, html);
}

HttpResponse PublicRecord::Events(const Reader& reader) {
  uint64_t after = 0;
  const std::string asked = reader.query("after");
  if (!asked.empty() && !absl::SimpleAtoi(asked, &after)) {
    return reader.Failed(absl::NotFoundError(""));
  }
  const auto page = hub_.Events("", after, kPageItems);
  if (!page.ok()) return reader.Failed(page.status());
  std::string html = absl::StrCat("<p>", reader.words().in_order, "</p>\n<ul>\n");
  for (const ReadableEvent& event : page->events) {
    absl::StrAppend(&html, "<li>", event.sequence, ": ", reader.EventLine(event));
  }
  html.append("</ul>\n");
  if (!page->at_end) {
    html.append(reader.NextPage("events", absl::StrCat("after=", page->position)));
  }
  return reader.Page(200, reader.words().events, html);
}

HttpResponse PublicRecord::Event(const Reader& reader, uint64_t sequence) {
  const PublicWords& words = reader.words();
  const auto event = hub_.Event(sequence);
  if (!event.ok()) return reader.Failed(event.status());
  const std::string time =
      absl::FormatTime("%Y-%m-%d %H:%M UTC", event->hub_time, absl::UTCTimeZone());
  std::string html =
      absl::StrCat("<p>", reader.By(reader.TypeName(event->header.type()), event->header.author()),
                   ", ", time, ", ", event->attested ? words.attested : words.signed_by_author,
                   event->origin.empty() ? "" : ", ",
                   event->origin.empty()
                       ? ""
                       : absl::StrReplaceAll(words.from_hub, {{"{hub}", Escaped(event->origin)}}),
                   "</p>\n");
  for (const std::string& topic : event->header.topics()) {
    absl::StrAppend(&html, "<p>", Escaped(FieldWord(reader.language(), "topic")), ": ",
                    reader.Link(absl::StrCat("topics/", topic), topic), "</p>\n");
  }
  if (event->erased) absl::StrAppend(&html, "<p>", words.erased, "</p>\n");
  if (event->withheld) absl::StrAppend(&html, "<p>", words.withheld, "</p>\n");
  if (event->body != nullptr) {
    html.append(Described(*event->body, event->header.language(), reader.language()));
  }
  if (const auto trail = hub_.Trail(sequence); trail.ok() && trail->entries_size() > 1) {
    absl::StrAppend(&html, "<h2>", words.trail, "</h2>\n<ul>\n");
    for (const pb::TrailEntry& entry : trail->entries()) {
      if (entry.event().sequence() == sequence) continue;
      absl::StrAppend(
          &html, "<li>",
          entry.direction() == pb::TRAIL_DIRECTION_LED_TO ? words.led_to : words.came_from, ": ",
          reader.SummaryLine(entry.event()), "</li>\n");
    }
    html.append("</ul>\n");
  }
  const std::string title = TitleOf(*event);
  return reader.Page(
      200,
      title.empty() ? absl::StrReplaceAll(words.event_n, {{"{n}", absl::StrCat(sequence)}}) : title,
      html);
}

}  // namespace liaison::web
