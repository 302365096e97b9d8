#include "client/cli/meeting_pack_text.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "client/cli/event_json.h"
#include "client/cli/paragraph.h"
#include "client/cli/table.h"
#include "client/cli/view_arguments.h"
#include "client/cli/view_output.h"
#include "proto/record/counted.h"

namespace liaison::cli {
namespace {

using record::Counted;

constexpr size_t kWidth = 80;

std::string Heading(const std::string& text, char line) {
  const std::string shown = Shortened(Printable(text), kWidth);
  return absl::StrCat("\n", shown, "\n", std::string(DisplayWidth(shown), line), "\n");
}

// Nothing where the text is empty.
std::string Part(const std::string& heading, const std::string& text) {
  return text.empty() ? "" : absl::StrCat("\n", heading, "\n", text);
}

template <typename Texts>
std::string Items(const Texts& texts) {
  std::string items;
  for (const std::string& text : texts) {
    absl::StrAppend(&items, Paragraph(absl::StrCat("- ", text), kWidth, 2));
  }
  return items;
}

std::string EventText(const v1::EventSummary& event) {
  return absl::StrCat(event.title(), " (event ", event.sequence(), ")");
}

std::string NameOf(const v1::RadarTopic& topic) {
  return topic.label().empty() ? topic.topic() : topic.label();
}

std::string PartsText(const v1::RadarTopic& topic, const v1::Window& window) {
  Table table({"PART", "COUNT", "POINTS"});
  for (const v1::RadarPart& part : topic.parts()) {
    table.Add({InWords(part.part()), absl::StrFormat("%.4g", part.count()),
               absl::StrFormat("%.1f", part.points())});
  }
  std::vector<std::string> contributors;
  for (const v1::RadarContributor& one : topic.contributors()) {
    contributors.push_back(ContributorText(one));
  }
  return absl::StrCat(
      table.Render(kWidth),
      Items(FirstOf(contributors, kPackRows,
                    CommandFor(absl::StrCat("topic-events --topic ", topic.topic()), window))));
}

std::string InputText(const v1::PackInput& input) {
  std::string by = AuthorText(input);
  for (const std::string& author : input.also_by()) absl::StrAppend(&by, ", ", author);
  return absl::StrCat(
      Paragraph(absl::StrCat("- ", EventText(input.event()), ", by ", by), kWidth, 2),
      Paragraph(Shortened(input.excerpt(), kPackExcerpt), kWidth, 6));
}

std::string WorkText(const v1::TopicGap& gap, const v1::Window& window) {
  std::vector<std::string> work;
  for (const v1::GapWork& one : gap.work()) {
    work.push_back(absl::StrCat(EventText(one.decision()), ": ",
                                Short(v1::DecisionState_descriptor(), one.state()),
                                one.owner().empty() ? "" : ", owner ", one.owner(),
                                one.steward().empty() ? "" : ", steward ", one.steward()));
  }
  if (work.empty()) work.emplace_back("Nobody yet.");
  std::vector<std::string> could;
  for (const v1::GapCandidate& one : gap.could()) {
    could.push_back(absl::StrCat(one.organisation(), ": ", one.why()));
  }
  return absl::StrCat(
      Part("Who works on it", Items(FirstOf(work, kPackRows, CommandFor("gaps", window)))),
      Part("Who could", Items(FirstOf(could, kPackRows, CommandFor("gaps", window)))));
}

std::string PageText(const v1::GetMeetingPackResponse& pack, int number) {
  const v1::PackPage& page = pack.pages(number);
  const v1::Window& window = pack.representation().window();
  const v1::RadarTopic& topic = page.topic();
  std::string inputs;
  for (const v1::PackInput& input : page.inputs()) absl::StrAppend(&inputs, InputText(input));
  std::vector<std::string> decisions;
  for (const v1::DecisionView& one : page.decisions()) {
    decisions.push_back(absl::StrCat(
        EventText(one.decision()), ": ", Short(v1::DecisionState_descriptor(), one.state()),
        one.missing_size() == 0 ? "" : "; missing: ", absl::StrJoin(one.missing(), ", ")));
  }
  std::vector<std::string> links;
  for (const v1::TopicLink& link : page.links()) {
    links.push_back(absl::StrCat(link.first(), " + ", link.second(), ": ", link.why()));
  }
  const std::string not_heard = NotHeardText(topic);
  return absl::StrCat(
      Heading(absl::StrCat(number + 1, ". ", NameOf(topic)), '-'),
      Paragraph(HeadlineText(topic), kWidth, 0),
      Part("How the score comes about", PartsText(topic, window)),
      not_heard.empty() ? "" : Paragraph(not_heard, kWidth, 2),
      Part("Why it stands above the next",
           Items(FirstOf({topic.why_above_next().begin(), topic.why_above_next().end()}, kPackRows,
                         CommandFor("radar --explain", window)))),
      WorkText(page.gap(), window), Part(SaidHeading(page), inputs),
      Part("Decisions",
           Items(FirstOf(decisions, kPackRows, CommandFor("decisions", CycleOf(window))))),
      Part("Raised together with",
           Items(FirstOf(links, kPackRows, CommandFor("topic-links", window)))));
}

template <typename Rows>
std::string RowsText(const char* what, const Rows& rows) {
  Table table({what, "INPUTS", "PARTICIPANTS", "INITIATIVES"});
  for (const v1::RepresentationRow& row : rows) {
    table.Add({InWords(row.column()), absl::StrCat(row.inputs()), absl::StrCat(row.participants()),
               absl::StrCat(row.nris())});
  }
  return absl::StrCat("\n", table.Render(kWidth));
}

std::string RepresentationText(const v1::GetRepresentationResponse& who) {
  return absl::StrCat(
      Heading("Who is heard", '-'),
      Paragraph(absl::StrCat(Counted(who.inputs(), "input"), ", ",
                             Counted(who.participants(), "participant"), ", ",
                             Counted(who.nris(), "initiative"), ". Nothing is weighted."),
                kWidth, 0),
      RowsText("STAKEHOLDER GROUP", who.by_stakeholder_group()),
      RowsText("REGION", who.by_region()), Part("Silent", Items(who.silences())));
}

std::string Header(const v1::GetMeetingPackResponse& pack) {
  return absl::StrCat(Heading(pack.title(), '=').substr(1), "Made ",
                      DayText(ToTime(pack.made_at())), ", of the log up to event ",
                      pack.as_of_sequence(), ".\n");
}

}  // namespace

std::string PackToText(const v1::GetMeetingPackResponse& pack) {
  std::string text = Header(pack);
  for (int i = 0; i < pack.pages_size(); ++i) absl::StrAppend(&text, PageText(pack, i));
  return absl::StrCat(text, RepresentationText(pack.representation()));
}

std::string OverviewToText(const v1::GetMeetingPackResponse& pack,
                           const std::vector<std::string>& files) {
  std::string text = absl::StrCat(Header(pack), "\n");
  for (int i = 0; i < pack.pages_size(); ++i) {
    const v1::RadarTopic& topic = pack.pages(i).topic();
    absl::StrAppend(&text, Paragraph(absl::StrFormat("%d. %s, %.1f: %s", i + 1, NameOf(topic),
                                                     topic.score(), files[i]),
                                     kWidth, 0));
  }
  return absl::StrCat(text, RepresentationText(pack.representation()));
}

std::string PageToText(const v1::GetMeetingPackResponse& pack, int page) {
  return absl::StrCat(Header(pack), PageText(pack, page));
}

}  // namespace liaison::cli
