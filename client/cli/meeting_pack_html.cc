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

namespace liaison::cli {
namespace {

// Readable without it; black on white on paper, a topic to a page.
constexpr char kStyle[] =
    "body{font:1rem/1.5 system-ui,sans-serif;color:#111;background:#fff;max-width:60rem;"
    "margin:0 auto;padding:1rem;overflow-wrap:anywhere}"
    "a{color:#0645ad}a:focus{outline:3px solid #f60}"
    ".skip{position:absolute;left:-99rem}.skip:focus{left:1rem}"
    "h1,h2,h3{line-height:1.2}h2{border-top:2px solid #111;padding-top:1rem}"
    "table{border-collapse:collapse;width:100%;margin:.5rem 0 1rem}"
    "caption{text-align:start;font-weight:bold}"
    "th,td{border:1px solid #767676;padding:.25rem .5rem;text-align:start;vertical-align:top}"
    "td.n{text-align:end}blockquote{margin:.25rem 0 .5rem;padding-inline-start:1rem;"
    "border-inline-start:4px solid #767676;white-space:pre-line}"
    ".by{color:#444}"
    "@media "
    "print{@page{size:A4;margin:12mm}body{max-width:none;padding:0;font-size:9pt;line-height:1.25}"
    ".skip,nav{display:none}a{color:inherit;text-decoration:none}"
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
std::string Section(const std::string& heading, const std::string& items) {
  if (items.empty()) return "";
  return absl::StrCat("<h3>", Escaped(heading), "</h3>\n<ul>\n", items, "</ul>\n");
}

// The first few of these; see FirstOf.
std::string FewItems(const std::vector<std::string>& items, const v1::RadarTopic& topic) {
  std::string few;
  for (size_t i = 0; i < items.size() && i < kPackRows; ++i) absl::StrAppend(&few, items[i]);
  // Of texts that are empty: all that comes is how many more there are.
  for (const std::string& text :
       FirstOf(std::vector<std::string>(items.size()), kPackRows, topic)) {
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
    absl::StrAppend(&rows, "<tr><th scope=\"row\">", Escaped(part.part()), "</th><td class=\"n\">",
                    absl::StrFormat("%.4g", part.count()), "</td><td class=\"n\">",
                    absl::StrFormat("%.1f", part.points()), "</td></tr>\n");
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

std::string WorkSection(const v1::RadarTopic& topic, const v1::TopicGap& gap) {
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
  return absl::StrCat(Section("Who works on it", FewItems(items, topic)),
                      Section("Who could", FewItems(could, topic)));
}

std::string PageSection(const v1::PackPage& page, int number) {
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
  std::vector<std::string> missing(topic.missing_stakeholder_groups().begin(),
                                   topic.missing_stakeholder_groups().end());
  missing.insert(missing.end(), topic.missing_regions().begin(), topic.missing_regions().end());
  return absl::StrCat(
      "<section class=\"topic\" aria-labelledby=\"", id, "\">\n<h2 id=\"", id, "\">",
      TextElement("span", "", NameOf(topic)), "</h2>\n<p>", Escaped(HeadlineText(topic)),
      missing.empty() ? ""
                      : Escaped(absl::StrCat(" Not heard: ", absl::StrJoin(missing, ", "), ".")),
      "</p>\n", PartsTable(topic), Section("Raised by", FewItems(contributors, topic)),
      Section("Why it stands above the next",
              Items(FirstOf({topic.why_above_next().begin(), topic.why_above_next().end()},
                            kPackRows, topic))),
      WorkSection(topic, page.gap()), Section(SaidHeading(page), inputs),
      Section("Decisions", FewItems(decisions, topic)),
      Section("Raised together with", FewItems(links, topic)), "</section>\n");
}

template <typename Rows>
std::string RowsTable(const std::string& caption, const Rows& rows) {
  std::string body;
  for (const v1::RepresentationRow& row : rows) {
    absl::StrAppend(&body, "<tr><th scope=\"row\">", Escaped(row.column()), "</th><td class=\"n\">",
                    row.inputs(), "</td><td class=\"n\">", row.participants(),
                    "</td><td class=\"n\">", row.nris(), "</td></tr>\n");
  }
  return absl::StrCat("<table>\n<caption>", Escaped(caption),
                      "</caption>\n<thead><tr><th scope=\"col\">Column</th>",
                      "<th scope=\"col\">Inputs</th><th scope=\"col\">Participants</th>",
                      "<th scope=\"col\">Initiatives</th></tr></thead>\n<tbody>\n", body,
                      "</tbody>\n</table>\n");
}

std::string RepresentationSection(const v1::GetRepresentationResponse& who) {
  return absl::StrCat(
      "<section class=\"topic\" aria-labelledby=\"heard\">\n"
      "<h2 id=\"heard\">Who is heard</h2>\n<p>",
      who.inputs(), " inputs, ", who.participants(), " participants, ", who.nris(),
      " initiatives. Nothing is weighted.</p>\n",
      RowsTable("By stakeholder group", who.by_stakeholder_group()),
      RowsTable("By region", who.by_region()), Section("Silent", Items(who.silences())),
      "</section>\n");
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
  for (int i = 0; i < pack.pages_size(); ++i) absl::StrAppend(&body, PageSection(pack.pages(i), i));
  absl::StrAppend(&body, RepresentationSection(pack.representation()), "</main>\n");
  return Document(pack.title(), body);
}

std::string OverviewToHtml(const v1::GetMeetingPackResponse& pack,
                           const std::vector<std::string>& files) {
  return Document(pack.title(),
                  absl::StrCat(Header(pack), Contents(pack, files), "<main id=\"main\">\n",
                               RepresentationSection(pack.representation()), "</main>\n"));
}

std::string PageToHtml(const v1::GetMeetingPackResponse& pack, int page) {
  return Document(absl::StrCat(NameOf(pack.pages(page).topic()), " - ", pack.title()),
                  absl::StrCat(Header(pack), "<main id=\"main\">\n",
                               PageSection(pack.pages(page), page), "</main>\n"));
}

}  // namespace liaison::cli
