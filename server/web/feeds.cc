#include "server/web/feeds.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/strip.h"
#include "proto/record/calendar_line.h"
#include "proto/record/macros.h"
#include "proto/record/names.h"
#include "server/web/html_text.h"
#include "server/web/http_text.h"
#include "server/web/limits.h"
#include "server/web/plain_answers.h"

namespace liaison::web {
namespace {

constexpr absl::string_view kTopicFeeds = "/feeds/topics/";
constexpr char kTimeFormat[] = "%Y-%m-%dT%H:%M:%SZ";

std::string BaseOf(const HttpRequest& request) {
  const absl::string_view host = request.header("host");
  const bool is_host = std::all_of(host.begin(), host.end(), [](unsigned char c) {
    return absl::ascii_isalnum(c) ||
           absl::StrContains(".:-[]", absl::string_view(reinterpret_cast<char*>(&c), 1));
  });
  return absl::StrCat(request.secure ? "https://" : "http://", is_host ? host : "localhost");
}

std::string TimeOf(absl::Time time) {
  return absl::FormatTime(kTimeFormat, time, absl::UTCTimeZone());
}

HttpResponse Served(const char* type, std::string body) {
  return {
      200, type, std::move(body), {{"Cache-Control", "public, max-age=60"}, {"X-Robots-Tag", ""}}};
}

HttpResponse Away(const absl::Status& status) {
  const bool is_there = !absl::IsNotFound(status) && !absl::IsInvalidArgument(status);
  return is_there ? HubIsAway() : NotThere("there is no such feed");
}

// Of the feed itself: it is the hub's, under whatever name and address that is read.
std::string IdOfFeed(const pb::GetHubResponse& hub, absl::string_view about) {
  return absl::StrCat("urn:igf-liaison:feed:", hub.hub(), ":", EncodedPath(about));
}

std::string IdOf(absl::string_view digest) {
  return absl::StrCat("urn:igf-liaison:event:", absl::BytesToHexString(digest));
}

absl::Time TimeOfEvent(const google::protobuf::Timestamp& time) {
  return absl::FromUnixSeconds(time.seconds());
}

// The digest that an event has this relation to; empty where there is none.
std::string ReferenceOf(const ReadableEvent& event, pb::Relation relation) {
  for (const pb::Reference& reference : event.header.references()) {
    if (reference.relation() == relation) return reference.digest();
  }
  return "";
}

// Chains says which events are versions of the same thing.
class Chains {
 public:
  // Newest first, as the hub is asked for them; must outlive it.
  explicit Chains(const std::vector<ReadableEvent>& events) {
    for (const ReadableEvent& event : events) by_digest_[event.digest] = &event;
    for (const ReadableEvent& event : events) latest_.emplace(FirstOf(event).digest, &event);
  }

  // Of which it is a version: whoever revises names the first of all.
  const ReadableEvent& FirstOf(const ReadableEvent& event) const {
    const auto it = by_digest_.find(ReferenceOf(event, pb::RELATION_REVISES));
    return it == by_digest_.end() ? event : *it->second;
  }
  // Null for what is no first version here.
  const ReadableEvent* LatestOf(const std::string& first_digest) const {
    const auto it = latest_.find(first_digest);
    return it == latest_.end() ? nullptr : it->second;
  }

 private:
  std::map<std::string, const ReadableEvent*> by_digest_;
  std::map<std::string, const ReadableEvent*> latest_;
};

// --- calendars ---------------------------------------------------------------------------------

// A value of type TEXT; control characters have no place in one.
std::string CalendarText(absl::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\n') {
      out += "\\n";
    } else if (absl::ascii_iscntrl(static_cast<unsigned char>(c))) {
      out += ' ';
    } else {
      if (c == '\\' || c == ';' || c == ',') out += '\\';
      out += c;
    }
  }
  return out;
}

CalendarDays PhaseOf(const pb::CycleEntry& entry, const pb::Phase& phase, absl::Time changed,
                     absl::string_view hub) {
  const std::string& cycle = entry.cycle().cycle_id();
  return {absl::StrCat("phase-", cycle, "-", phase.phase(), "@", hub),
          phase.starts_on(),
          phase.ends_on().empty() ? phase.starts_on() : phase.ends_on(),
          absl::StrCat("IGF ", cycle, ": ", phase.phase()),
          entry.cycle().title(),
          "PHASE",
          entry.sequence(),
          changed};
}

CalendarDays DateOf(const pb::LiaisonRequest& request, absl::string_view hub) {
  const pb::EventSummary& latest = request.has_response() ? request.response() : request.request();
  return {absl::StrCat("request-", request.request().event_id(), "-",
                       absl::StrReplaceAll(request.to(), {{"/", "-"}}), "@", hub),
          request.due_date(),
          request.due_date(),
          request.request().title(),
          absl::StrCat("From ", request.from(), " to ", request.to()),
          "REQUEST",
          latest.sequence(),
          TimeOfEvent(latest.hub_time())};
}

// The version that says what holds now.
const pb::EventSummary& LatestOf(const pb::DecisionView& view) {
  const pb::EventSummary* latest = &view.decision();
  for (const pb::EventSummary& version : view.versions()) {
    if (version.type() == pb::EVENT_TYPE_DECISION && version.sequence() > latest->sequence()) {
      latest = &version;
    }
  }
  return *latest;
}

CalendarDays DateOf(const pb::DecisionView& view, absl::string_view hub) {
  const pb::EventSummary& first = view.decision();
  const pb::EventSummary& latest = LatestOf(view);
  const std::string& due = view.facts().outcome_due_on();
  return {absl::StrCat("decision-", first.event_id(), "@", hub),
          due,
          due,
          first.title(),
          NameOf(pb::DecisionState_descriptor(), view.state()),
          "DECISION",
          latest.sequence(),
          TimeOfEvent(latest.hub_time())};
}

// The first version names it, the latest says when it is.
CalendarDays MeetingOf(const ReadableEvent& first, const ReadableEvent& event,
                       absl::string_view hub) {
  const pb::LocalReportFacts& facts = event.header.local_report();
  const std::string title = TitleOf(event);
  return {absl::StrCat("meeting-", first.header.event_id(), "@", hub),
          facts.starts_on(),
          facts.ends_on().empty() ? facts.starts_on() : facts.ends_on(),
          title.empty() ? event.header.author() : title,
          event.header.author(),
          "MEETING",
          event.sequence,
          event.hub_time};
}

}  // namespace

std::string WriteAtom(absl::string_view id, absl::string_view base, absl::string_view path,
                      absl::string_view title, const std::vector<FeedEntry>& entries) {
  absl::Time updated = absl::UnixEpoch();
  for (const FeedEntry& entry : entries) updated = std::max(updated, entry.updated);
  const std::string self = absl::StrCat(Escaped(base), Escaped(EncodedPath(path)));
  std::string xml = absl::StrCat(
      "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<feed xmlns=\"http://www.w3.org/2005/Atom\">\n"
      "<id>",
      Escaped(id), "</id>\n<title>", Escaped(title), "</title>\n<updated>", TimeOf(updated),
      "</updated>\n<link rel=\"self\" href=\"", self, "\"/>\n<link rel=\"alternate\" href=\"",
      Escaped(base), "/public/\"/>\n");
  for (const FeedEntry& entry : entries) {
    absl::StrAppend(&xml, "<entry xml:lang=\"",
                    Escaped(entry.language.empty() ? "und" : entry.language), "\">\n<id>",
                    Escaped(entry.id), "</id>\n<title>",
                    Escaped(entry.title.empty() ? "untitled" : entry.title), "</title>\n<updated>",
                    TimeOf(entry.updated), "</updated>\n<author><name>", Escaped(entry.author),
                    "</name></author>\n<link href=\"", Escaped(base), Escaped(entry.path),
                    "\"/>\n<summary>", Escaped(entry.summary), "</summary>\n</entry>\n");
  }
  return xml + "</feed>\n";
}

std::string WriteDays(absl::string_view name, const std::vector<CalendarDays>& entries) {
  std::string out;
  const auto add = [&out](absl::string_view property, absl::string_view value) {
    record::AppendCalendarLine(absl::StrCat(property, ":", value), &out);
  };
  add("BEGIN", "VCALENDAR");
  add("VERSION", "2.0");
  add("PRODID", "-//IGF Liaison//liaison-web//EN");
  add("CALSCALE", "GREGORIAN");
  add("METHOD", "PUBLISH");
  add("X-WR-CALNAME", CalendarText(name));
  for (const CalendarDays& entry : entries) {
    if (!record::IsDate(entry.first) || !record::IsDate(entry.last)) continue;
    add("BEGIN", "VEVENT");
    add("UID", CalendarText(entry.uid));
    add("DTSTAMP", absl::FormatTime("%Y%m%dT%H%M%SZ", entry.changed, absl::UTCTimeZone()));
    add("SEQUENCE", absl::StrCat(entry.sequence));
    add("DTSTART;VALUE=DATE", record::CalendarDay(entry.first));
    add("DTEND;VALUE=DATE", record::CalendarDayAfter(entry.last));
    add("SUMMARY", CalendarText(entry.summary));
    if (!entry.description.empty()) add("DESCRIPTION", CalendarText(entry.description));
    add("CATEGORIES", CalendarText(entry.category));
    add("TRANSP", "TRANSPARENT");
    add("END", "VEVENT");
  }
  add("END", "VCALENDAR");
  return out;
}

bool Feeds::IsFeed(absl::string_view path) {
  return path == "/calendar.ics" || path == "/feeds/decisions.atom" ||
         (absl::StartsWith(path, kTopicFeeds) && absl::EndsWith(path, ".atom"));
}

HttpResponse Feeds::Handle(const HttpRequest& request) {
  if (request.path == "/calendar.ics") return Calendar();
  const std::string base = BaseOf(request);
  if (request.path == "/feeds/decisions.atom") return Decisions(base);
  absl::string_view topic = request.path;
  absl::ConsumePrefix(&topic, kTopicFeeds);
  absl::ConsumeSuffix(&topic, ".atom");
  return Topic(base, request.path, std::string(topic));
}

HttpResponse Feeds::Decisions(const std::string& base) {
  const auto hub = hub_.Hub();
  if (!hub.ok()) return Away(hub.status());
  // Each version is an entry of its own, so that readers see what has changed.
  const auto latest = hub_.Latest("type = decision", kFeedItems);
  if (!latest.ok()) return Away(latest.status());
  std::vector<FeedEntry> entries;
  for (const ReadableEvent& event : *latest) {
    const pb::DecisionState state = event.header.decision().state();
    std::string title = TitleOf(event);
    if (title.empty()) {
      // A step that leaves the words as they were.
      const auto whole = hub_.Decision(event.sequence);
      if (whole.ok()) title = whole->decision().decision().title();
    }
    entries.push_back({IdOf(event.digest), absl::StrCat("/public/decisions/", event.sequence),
                       std::move(title), event.header.author(),
                       NameOf(pb::DecisionState_descriptor(), state), event.header.language(),
                       event.hub_time});
  }
  return Served("application/atom+xml; charset=utf-8",
                WriteAtom(IdOfFeed(*hub, "decisions"), base, "/feeds/decisions.atom",
                          "IGF Liaison: decisions", entries));
}

HttpResponse Feeds::Topic(const std::string& base, const std::string& path,
                          const std::string& topic) {
  const auto hub = hub_.Hub();
  if (!hub.ok()) return Away(hub.status());
  const std::string quoted = absl::StrReplaceAll(topic, {{"\\", "\\\\"}, {"\"", "\\\""}});
  const auto latest = hub_.Latest(absl::StrCat("topic = \"", quoted, "\""), kFeedItems);
  if (!latest.ok()) return Away(latest.status());
  std::vector<FeedEntry> entries;
  for (const ReadableEvent& event : *latest) {
    entries.push_back({IdOf(event.digest), absl::StrCat("/public/events/", event.sequence),
                       TitleOf(event), event.header.author(),
                       NameOf(pb::EventType_descriptor(), event.header.type()),
                       event.header.language(), event.hub_time});
  }
  return Served("application/atom+xml; charset=utf-8",
                WriteAtom(IdOfFeed(*hub, absl::StrCat("topics/", topic)), base, path,
                          absl::StrCat("IGF Liaison: ", topic), entries));
}

absl::Status Feeds::AddMeetings(const std::string& hub, std::vector<CalendarDays>* days) {
  const auto meetings = hub_.Latest("type = local-report", kMaxListed);
  if (!meetings.ok()) return meetings.status();
  const auto retractions = hub_.Latest("type = retraction", kMaxListed);
  if (!retractions.ok()) return retractions.status();
  std::set<std::string> retracted;
  for (const ReadableEvent& event : *retractions) {
    retracted.insert(ReferenceOf(event, pb::RELATION_RETRACTS));
  }
  const Chains chains(*meetings);
  std::set<std::string> gone;  // whole, whichever of their versions was retracted
  for (const ReadableEvent& event : *meetings) {
    if (retracted.count(event.digest) > 0) gone.insert(chains.FirstOf(event).digest);
  }
  for (const ReadableEvent& event : *meetings) {
    const ReadableEvent& first = chains.FirstOf(event);
    if (chains.LatestOf(first.digest) != &event || gone.count(first.digest) > 0) continue;
    days->push_back(MeetingOf(first, event, hub));
  }
  return absl::OkStatus();
}

HttpResponse Feeds::Calendar() {
  const auto hub = hub_.Hub();
  if (!hub.ok()) return Away(hub.status());
  const std::string& name = hub->hub();
  std::vector<CalendarDays> days;
  const auto cycles = hub_.AllCycles();
  if (!cycles.ok()) return Away(cycles.status());
  for (const pb::CycleEntry& entry : *cycles) {
    const auto said = hub_.Event(entry.sequence());
    for (const pb::Phase& phase : entry.cycle().phases()) {
      days.push_back(PhaseOf(entry, phase, said.ok() ? said->hub_time : absl::UnixEpoch(), name));
    }
  }
  const auto requests = hub_.AllRequests();
  if (!requests.ok()) return Away(requests.status());
  for (const pb::LiaisonRequest& request : *requests) {
    const bool is_done = request.state() == pb::REQUEST_STATE_RETRACTED ||
                         request.state() == pb::REQUEST_STATE_ANSWERED;
    if (!request.due_date().empty() && !is_done) days.push_back(DateOf(request, name));
  }
  const auto decisions = hub_.AllDecisions();
  if (!decisions.ok()) return Away(decisions.status());
  for (const pb::DecisionView& view : *decisions) {
    if (!view.facts().outcome_due_on().empty()) days.push_back(DateOf(view, name));
  }
  const absl::Status status = AddMeetings(name, &days);
  if (!status.ok()) return Away(status);
  return Served("text/calendar; charset=utf-8",
                WriteDays(absl::StrCat("IGF Liaison: ", name), days));
}

}  // namespace liaison::web
