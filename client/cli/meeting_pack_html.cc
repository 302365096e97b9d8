#include "client/cli/meeting_pack_html.h"

#include <map>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "client/cli/event_json.h"
#include "client/cli/html_text.h"
#include "client/cli/table.h"
#include "client/cli/view_arguments.h"
#include "client/cli/view_output.h"
#include "proto/record/counted.h"

namespace liaison::cli {
namespace {

using record::Counted;

// Readable without it; black on white on paper, a topic to a page.
constexpr char kStyle[] =
    "body{font:1rem/1.5 system-ui,sans-serif;color:#111;background:#fff;max-width:60rem;"
    "margin:0 auto;padding:1rem;overflow-wrap:anywhere}"
    "a{color:#0645ad}a:focus{outline:3px solid #f60}"
    ".skip{position:absolute;left:-99rem}.skip:focus{left:1rem}"
    "h1,h2,h3{line-height:1.2}h2{border-top:2px solid #111;padding-top:1rem}"
    "table{border-collapse:collapse;width:100%;margin:.5rem 0 1rem}"
    "caption{text-align:start;font-weight:bold}"
    "th{overflow-wrap:break-word}th,td{border:1px solid #767676;padding:.25rem "
    ".5rem;text-align:start;vertical-align:top}"
    "td.n{text-align:end}blockquote{margin:.25rem 0 .5rem;padding-inline-start:1rem;"
    "border-inline-start:4px solid #767676;white-space:pre-line}"
    ".by{color:#444}h3{margin:.75rem 0 .25rem;font-size:1.05rem}ul,ol{margin:0 0 .5rem;"
    "padding-inline-start:1.25rem}"
    "@media (min-width:48rem){.beside{display:grid;grid-template-columns:1fr 1fr;gap:0 1.5rem}"
    ".said{columns:2;column-gap:2rem}.said li{break-inside:avoid}}"
    "@media "
    "print{@page{size:A4;margin:12mm}body{max-width:none;padding:0;font-size:9pt;line-height:1.25}"
    "h1{font-size:14pt;margin:0}h2{font-size:13pt;margin:0 0 1mm;padding-top:2mm}"
    "h3{font-size:9.5pt;margin:2mm 0 .5mm}p,ul,ol,table{margin:1mm 0}"
    "th,td{padding:.3mm 1.5mm}blockquote{margin:.3mm 0 1mm;padding-inline-start:2mm;"
    "border-inline-start-width:2px}"
    ".beside{display:grid;grid-template-columns:1fr 1fr;gap:0 6mm}.said{columns:2;column-gap:6mm}"
    ".skip{display:none}a{color:inherit;text-decoration:none}"
    ".topic{break-before:page}table,blockquote,li{break-inside:avoid}h2,h3{break-after:avoid}"
    "thead{display:table-header-group}}";

std::string Document(const std::string& title, const std::string& body) {
  return absl::StrCat(
      "<!DOCTYPE html>\n<html lang=\"en\" dir=\"ltr\">\n<head>\n<meta charset=\"utf-8\"/>\n",
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n",
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src &#39;none&#39;; ",
      "style-src &#39;unsafe-inline&#39;\"/>\n<title>", Escaped(title), "</title>\n<style>", kStyle,
      "</style>\n</head>\n<body>\n<a class=\"skip\" href=\"#main\">Skip to the content</a>\n", body,
      "</body>\n</html>\n");
}

std::string Item(const std::string& content) { return absl::StrCat("<li>", content, "</li>\n"); }

// Nothing where the list is empty.
std::string Section(const std::string& heading, const std::string& items,
                    const std::string& of = "") {
  if (items.empty()) return "";
  return absl::StrCat("<h3>", Escaped(heading), "</h3>\n<ul",
                      of.empty() ? "" : absl::StrCat(" class=\"", of, "\""), ">\n", items,
                      "</ul>\n");
}

// Where there is room, one beside the other.
std::string Beside(const std::string& one, const std::string& other) {
  if (one.empty() || other.empty()) return absl::StrCat(one, other);
  return absl::StrCat("<div class=\"beside\">\n<div>\n", one, "</div>\n<div>\n", other,
                      "</div>\n</div>\n");
}

// The first few of these; see FirstOf.
std::string FewItems(const std::vector<std::string>& items, const std::string& command) {
  std::string few;
  for (size_t i = 0; i < items.size() && i < kPackRows; ++i) absl::StrAppend(&few, items[i]);
  // Of texts that are empty: all that comes is how many more there are.
  for (const std::string& text :
       FirstOf(std::vector<std::string>(items.size()), kPackRows, command)) {
    if (!text.empty()) absl::StrAppend(&few, Item(Escaped(text)));
  }
  return few;
}

template <typename Texts>
std::string Items(const Texts& texts) {
  std::string items;
  for (const std::string& text : texts) absl::StrAppend(&items, Item(Escaped(text)));
  return items;
}

std::string EventText(const v1::EventSummary& event) {
  return absl::StrCat(TextElement("cite", event.language(), event.title()),
                      " <span class=\"by\">(event ", event.sequence(), ")</span>");
}

std::string NameOf(const v1::RadarTopic& topic) {
  return topic.label().empty() ? topic.topic() : topic.label();
}

std::string IdOf(int page) { return absl::StrCat("topic-", page + 1); }

std::string PartsTable(const v1::RadarTopic& topic) {
  std::string rows;
  for (const v1::RadarPart& part : topic.parts()) {
    absl::StrAppend(&rows, "<tr><th scope=\"row\">", Escaped(InWords(part.part())),
                    "</th><td class=\"n\">", absl::StrFormat("%.4g", part.count()),
                    "</td><td class=\"n\">", absl::StrFormat("%.1f", part.points()),
                    "</td></tr>\n");
  }
  return absl::StrCat(
      "<table>\n<caption>How the score comes about</caption>\n<thead><tr><th scope=\"col\">Part"
      "</th><th scope=\"col\">Count</th><th scope=\"col\">Points</th></tr></thead>\n<tbody>\n",
      rows, "</tbody>\n</table>\n");
}

std::string InputItem(const v1::PackInput& input) {
  std::string by = Escaped(AuthorText(input));
  for (const std::string& author : input.also_by()) absl::StrAppend(&by, ", ", Escaped(author));
  std::string item =
      absl::StrCat(EventText(input.event()), "<br/>\n<span class=\"by\">by ", by, "</span>");
  if (!input.excerpt().empty()) {
    absl::StrAppend(&item, "\n",
                    TextElement("blockquote", input.event().language(),
                                Shortened(input.excerpt(), kPackExcerpt)));
  }
  return Item(item);
}

std::string DecisionItem(const v1::DecisionView& view) {
  std::string item = absl::StrCat(EventText(view.decision()), ": ",
                                  Escaped(Short(v1::DecisionState_descriptor(), view.state())));
  if (view.missing_size() > 0) {
    absl::StrAppend(&item, "; missing: ", Escaped(absl::StrJoin(view.missing(), ", ")));
  }
  return Item(item);
}

std::string WorkSection(const v1::TopicGap& gap, const v1::Window& window) {
  std::vector<std::string> items;
  for (const v1::GapWork& work : gap.work()) {
    items.push_back(Item(absl::StrCat(
        EventText(work.decision()), ": ",
        Escaped(Short(v1::DecisionState_descriptor(), work.state())),
        work.owner().empty() ? "" : absl::StrCat(", owner ", Escaped(work.owner())),
        work.steward().empty() ? "" : absl::StrCat(", steward ", Escaped(work.steward())))));
  }
  if (items.empty()) items.push_back(Item("Nobody yet."));
  std::vector<std::string> could;
  for (const v1::GapCandidate& candidate : gap.could()) {
    could.push_back(Item(Escaped(absl::StrCat(candidate.organisation(), ": ", candidate.why()))));
  }
  return absl::StrCat(Section("Who works on it", FewItems(items, CommandFor("gaps", window))),
                      Section("Who could", FewItems(could, CommandFor("gaps", window))));
}

std::string PageSection(const v1::GetMeetingPackResponse& pack, int number) {
  const v1::PackPage& page = pack.pages(number);
  const v1::Window& window = pack.representation().window();
  const v1::RadarTopic& topic = page.topic();
  const std::string id = IdOf(number);
  std::string inputs;
  for (const v1::PackInput& input : page.inputs()) absl::StrAppend(&inputs, InputItem(input));
  std::vector<std::string> decisions;
  for (const v1::DecisionView& one : page.decisions()) decisions.push_back(DecisionItem(one));
  std::vector<std::string> links;
  for (const v1::TopicLink& link : page.links()) {
    links.push_back(
        Item(Escaped(absl::StrCat(link.first(), " + ", link.second(), ": ", link.why()))));
  }
  std::vector<std::string> contributors;
  for (const v1::RadarContributor& one : topic.contributors()) {
    contributors.push_back(Item(Escaped(ContributorText(one))));
  }
  const std::string not_heard = NotHeardText(topic);
  return absl::StrCat(
      "<section class=\"topic\" aria-labelledby=\"", id, "\">\n<h2 id=\"", id, "\">",
      TextElement("span", "", NameOf(topic)), "</h2>\n<p>", Escaped(HeadlineText(topic)),
      not_heard.empty() ? "" : " ", Escaped(not_heard), "</p>\n",
      Beside(PartsTable(topic),
             absl::StrCat(
                 Section("Raised by",
                         FewItems(contributors,
                                  CommandFor(absl::StrCat("topic-events --topic ", topic.topic()),
                                             window))),
                 WorkSection(page.gap(), window))),
      Section("Why it stands above the next",
              Items(FirstOf({topic.why_above_next().begin(), topic.why_above_next().end()},
                            kPackRows, CommandFor("radar --explain", window)))),
      Section(SaidHeading(page), inputs, "said"),
      Beside(Section("Decisions", FewItems(decisions, CommandFor("decisions", CycleOf(window)))),
             Section("Raised together with", FewItems(links, CommandFor("topic-links", window)))),
      "</section>\n");
}

template <typename Rows>
std::string RowsTable(const std::string& caption, const Rows& rows) {
  std::string body;
  for (const v1::RepresentationRow& row : rows) {
    absl::StrAppend(&body, "<tr><th scope=\"row\">", Escaped(InWords(row.column())),
                    "</th><td class=\"n\">", row.inputs(), "</td><td class=\"n\">",
                    row.participants(), "</td><td class=\"n\">", row.nris(), "</td></tr>\n");
  }
  return absl::StrCat("<table>\n<caption>", Escaped(caption),
                      "</caption>\n<thead><tr><th scope=\"col\">Column</th>",
                      "<th scope=\"col\">Inputs</th><th scope=\"col\">Participants</th>",
                      "<th scope=\"col\">Initiatives</th></tr></thead>\n<tbody>\n", body,
                      "</tbody>\n</table>\n");
}

std::string RepresentationSection(const v1::GetRepresentationResponse& who) {
  return absl::StrCat(
      "<section aria-labelledby=\"heard\">\n"
      "<h2 id=\"heard\">Who is heard</h2>\n<p>",
      Counted(who.inputs(), "input"), ", ", Counted(who.participants(), "participant"), ", ",
      Counted(who.nris(), "initiative"), ". Nothing is weighted.</p>\n",
      Beside(RowsTable("By stakeholder group", who.by_stakeholder_group()),
             RowsTable("By region", who.by_region())),
      Section("Silent", Items(who.silences())), "</section>\n");
}

std::string Header(const v1::GetMeetingPackResponse& pack) {
  return absl::StrCat("<header>\n<h1>", Escaped(pack.title()), "</h1>\n<p>Made ",
                      Escaped(DayText(ToTime(pack.made_at()))), ", of the log up to event ",
                      pack.as_of_sequence(), ".</p>\n</header>\n");
}

// Links to the topics: in `files`, or further down where there are none.
std::string Contents(const v1::GetMeetingPackResponse& pack,
                     const std::vector<std::string>& files) {
  std::string items;
  for (int i = 0; i < pack.pages_size(); ++i) {
    const v1::RadarTopic& topic = pack.pages(i).topic();
    absl::StrAppend(&items,
                    Item(absl::StrCat("<a href=\"", files.empty() ? "#" + IdOf(i) : files[i], "\">",
                                      TextElement("span", "", NameOf(topic)), "</a>, ",
                                      absl::StrFormat("%.1f", topic.score()))));
  }
  if (items.empty()) return "<p>No topic was raised.</p>\n";
  return absl::StrCat("<nav aria-label=\"Topics\">\n<ol>\n", items, "</ol>\n</nav>\n");
}

}  // namespace

std::string PackToHtml(const v1::GetMeetingPackResponse& pack) {
  std::string body = absl::StrCat(Header(pack), Contents(pack, {}), "<main id=\"main\">\n");
  absl::StrAppend(&body, RepresentationSection(pack.representation()));
  for (int i = 0; i < pack.pages_size(); ++i) absl::StrAppend(&body, PageSection(pack, i));
  absl::StrAppend(&body, "</main>\n");
  return Document(pack.title(), body);
}

std::string OverviewToHtml(const v1::GetMeetingPackResponse& pack,
                           const std::vector<std::string>& files) {
  return Document(pack.title(),
                  absl::StrCat(Header(pack), Contents(pack, files), "<main id=\"main\">\n",
                               RepresentationSection(pack.representation()), "</main>\n"));
}

std::string PageToHtml(const v1::GetMeetingPackResponse& pack, int page) {
  return Document(
      absl::StrCat(NameOf(pack.pages(page).topic()), " - ", pack.title()),
      absl::StrCat(Header(pack), "<main id=\"main\">\n", PageSection(pack, page), "</main>\n"));
}

}  // namespace liaison::cli
