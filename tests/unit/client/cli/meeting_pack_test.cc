// The pack, read by a strict parser: what strangers wrote stays text, and every text says what it
// is.
#include "client/cli/meeting_pack.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/strip.h"
#include "client/cli/html_text.h"

namespace liaison::cli {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

struct Node {
  std::string name;
  std::vector<std::pair<std::string, std::string>> attributes;
  std::string text;  // of itself and what is in it

  std::string attribute(absl::string_view wanted) const {
    for (const auto& [name_, value] : attributes) {
      if (name_ == wanted) return value;
    }
    return "";
  }
};

// Reads a document as strictly as XML is read: every element closed, every attribute quoted, no
// other entities than these. Whatever is wrong is in `error`.
class StrictParser {
 public:
  explicit StrictParser(absl::string_view document) : rest_(document) {
    while (!rest_.empty() && error.empty()) Step();
    if (error.empty() && !open_.empty()) error = "not closed: " + nodes[open_.back()].name;
  }

  std::vector<const Node*> All(absl::string_view name) const {
    std::vector<const Node*> found;
    for (const Node& node : nodes) {
      if (node.name == name) found.push_back(&node);
    }
    return found;
  }

  std::vector<Node> nodes;
  std::string error;

 private:
  void Step() {
    if (absl::ConsumePrefix(&rest_, "<!DOCTYPE html>")) return;
    if (absl::ConsumePrefix(&rest_, "</")) return Close();
    if (absl::ConsumePrefix(&rest_, "<")) return Open();
    const std::string text = Unescaped(Until("<"));
    for (const size_t node : open_) nodes[node].text += text;
  }

  void Close() {
    const std::string name = Until(">");
    absl::ConsumePrefix(&rest_, ">");
    if (open_.empty() || nodes[open_.back()].name != name) {
      error = absl::StrCat("</", name, "> closes nothing");
      return;
    }
    open_.pop_back();
  }

  void Open() {
    Node node;
    node.name = Until(" />");
    while (absl::ConsumePrefix(&rest_, " ")) {
      const std::string name = Until("=");
      if (!absl::ConsumePrefix(&rest_, "=\"")) {
        error = absl::StrCat("attribute without quotes: ", name);
        return;
      }
      node.attributes.emplace_back(name, Unescaped(Until("\"")));
      absl::ConsumePrefix(&rest_, "\"");
    }
    const bool empty = absl::ConsumePrefix(&rest_, "/");
    if (!absl::ConsumePrefix(&rest_, ">")) error = absl::StrCat("a broken tag <", node.name);
    if (!empty) open_.push_back(nodes.size());
    nodes.push_back(std::move(node));
  }

  std::string Until(absl::string_view any_of) {
    const size_t end = std::min(rest_.find_first_of(any_of), rest_.size());
    std::string taken(rest_.substr(0, end));
    rest_.remove_prefix(end);
    return taken;
  }

  std::string Unescaped(absl::string_view text) {
    static const std::pair<absl::string_view, char> entities[] = {
        {"&amp;", '&'}, {"&lt;", '<'}, {"&gt;", '>'}, {"&quot;", '"'}, {"&#39;", '\''}};
    std::string result;
    while (!text.empty()) {
      bool found = false;
      for (const auto& [name, character] : entities) {
        if (!absl::ConsumePrefix(&text, name)) continue;
        result += character;
        found = true;
        break;
      }
      if (found) continue;
      if (text[0] == '&') error = absl::StrCat("an unknown entity: ", text.substr(0, 12));
      result += text[0];
      text.remove_prefix(1);
    }
    return result;
  }

  absl::string_view rest_;
  std::vector<size_t> open_;
};

constexpr char kAttack[] = "</title></cite><script>alert(1)</script>\" onclick='x' & <b>";

v1::GetMeetingPackResponse Pack() {
  v1::GetMeetingPackResponse pack;
  pack.set_title("Meeting pack, 2027 (fictional)");
  for (const char* topic : {"core:access", "igf-call-2024/25:cyber"}) {
    v1::PackPage& page = *pack.add_pages();
    page.mutable_topic()->set_topic(topic);
    page.mutable_topic()->set_label(absl::StrCat(topic, " & more"));
    page.mutable_topic()->set_score(12.5);
    page.mutable_topic()->add_missing_regions("weog");
    v1::RadarPart& part = *page.mutable_topic()->add_parts();
    part.set_part("organisations");
    part.set_meaning("Organisations < messages");
    part.add_evidence()->add_organisations("org/fictional");
    v1::RadarContributor& contributor = *page.mutable_topic()->add_contributors();
    contributor.set_organisation("org/fictional");
    contributor.set_events(2);
    contributor.add_sequences(7);
    v1::PackInput& input = *page.add_inputs();
    input.mutable_event()->set_sequence(7);
    input.mutable_event()->set_language("ar");
    input.mutable_event()->set_title("النفاذ للجميع");
    input.set_contributor("org/fictional");
    input.set_excerpt("نص خيالي");
    input.add_also_by("org/fictional-2");
  }
  v1::RepresentationRow& row = *pack.mutable_representation()->add_by_region();
  row.set_column("african");
  row.set_inputs(132);
  pack.mutable_representation()->add_silences("grulac: no inputs.");
  return pack;
}

TEST(MeetingPackTest, TheDocumentIsWellFormedAndWhole) {
  const std::string html = WholePack(Pack(), PackFormat::kHtml);
  const StrictParser document(html);
  EXPECT_EQ(document.error, "");
  EXPECT_EQ(document.All("script").size(), 0u);
  EXPECT_EQ(document.All("link").size() + document.All("img").size(), 0u) << "self-contained";
  EXPECT_EQ(document.All("html")[0]->attribute("lang"), "en");
  EXPECT_EQ(document.All("h1").size(), 1u);
  EXPECT_EQ(document.All("h2").size(), 3u) << "two topics, and who is heard";
  EXPECT_EQ(document.All("main").size(), 1u);
  EXPECT_THAT(document.All("style")[0]->text, HasSubstr("@media print"));
  EXPECT_EQ(document.All("h2")[0]->text, "Who is heard");
  EXPECT_EQ(document.All("h2")[1]->text, "core:access & more");
}

TEST(MeetingPackTest, EveryLinkAndLabelLeadsSomewhere) {
  const StrictParser document(WholePack(Pack(), PackFormat::kHtml));
  std::set<std::string> ids;
  for (const Node& node : document.nodes) {
    if (node.attribute("id").empty()) continue;
    EXPECT_TRUE(ids.insert(node.attribute("id")).second) << "twice: " << node.attribute("id");
  }
  int links = 0;
  for (const Node& node : document.nodes) {
    for (const char* name : {"href", "aria-labelledby"}) {
      std::string target = node.attribute(name);
      if (target.empty()) continue;
      if (target[0] == '#') target.erase(0, 1);
      EXPECT_TRUE(ids.count(target)) << target;
      ++links;
    }
  }
  EXPECT_EQ(links, 1 + 2 + 3) << "to the content, to each topic, of each section";
  for (const Node* header : document.All("th")) EXPECT_NE(header->attribute("scope"), "");
  EXPECT_EQ(document.All("table").size(), document.All("caption").size());
}

TEST(MeetingPackTest, EveryTextSaysItsLanguageAndDirection) {
  const StrictParser document(WholePack(Pack(), PackFormat::kHtml));
  for (const char* element : {"cite", "blockquote"}) {
    const Node* text = document.All(element).at(0);
    EXPECT_EQ(text->attribute("lang"), "ar") << element;
    EXPECT_EQ(text->attribute("dir"), "rtl") << element;
  }
  EXPECT_EQ(document.All("cite")[0]->text, "النفاذ للجميع");
}

// Every field that a stranger can write, one after the other.
TEST(MeetingPackTest, WhatStrangersWriteStaysText) {
  v1::GetMeetingPackResponse pack = Pack();
  pack.set_title(kAttack);
  v1::PackPage& page = *pack.mutable_pages(0);
  page.mutable_topic()->set_topic(kAttack);
  page.mutable_topic()->set_label(kAttack);
  page.mutable_topic()->mutable_parts(0)->mutable_evidence(0)->set_organisations(0, kAttack);
  page.mutable_topic()->mutable_contributors(0)->set_organisation(kAttack);
  page.mutable_topic()->add_why_above_next(kAttack);
  page.mutable_topic()->add_missing_stakeholder_groups(kAttack);
  v1::PackInput& input = *page.mutable_inputs(0);
  input.mutable_event()->set_title(kAttack);
  input.mutable_event()->set_language(kAttack);
  input.set_contributor(kAttack);
  input.set_excerpt(kAttack);
  input.set_also_by(0, kAttack);
  v1::GapWork& work = *page.mutable_gap()->add_work();
  work.mutable_decision()->set_title(kAttack);
  work.set_owner(kAttack);
  work.set_steward(kAttack);
  page.mutable_gap()->add_could()->set_why(kAttack);
  v1::DecisionView& decision = *page.add_decisions();
  decision.mutable_decision()->set_title(kAttack);
  decision.add_missing(kAttack);
  page.add_links()->set_why(kAttack);
  pack.mutable_representation()->add_silences(kAttack);
  pack.mutable_representation()->mutable_by_region(0)->set_column(kAttack);

  std::vector<PackFile> files = PackFiles(pack, PackFormat::kHtml);
  files.push_back({"whole", WholePack(pack, PackFormat::kHtml)});
  for (const PackFile& file : files) {
    const StrictParser document(file.content);
    EXPECT_EQ(document.error, "") << file.name;
    EXPECT_EQ(document.All("script").size(), 0u) << file.name;
    EXPECT_EQ(document.All("b").size(), 0u) << file.name;
    for (const Node& node : document.nodes) {
      EXPECT_EQ(node.attribute("onclick"), "") << file.name;
      EXPECT_THAT(node.attribute("lang"), Not(HasSubstr("script"))) << file.name;
    }
  }
  const StrictParser whole(files.back().content);
  EXPECT_EQ(whole.All("cite")[0]->text, kAttack) << "the whole text, unchanged";
}

TEST(MeetingPackTest, AFileForEachTopicAndOneThatLeadsToThem) {
  const std::vector<PackFile> files = PackFiles(Pack(), PackFormat::kHtml);
  std::vector<std::string> names;
  for (const PackFile& file : files) names.push_back(file.name);
  EXPECT_THAT(names, ElementsAre("00-overview.html", "01-core-access.html",
                                 "02-igf-call-2024-25-cyber.html"));
  const StrictParser overview(files[0].content);
  EXPECT_EQ(overview.error, "");
  EXPECT_EQ(overview.All("a")[1]->attribute("href"), "01-core-access.html");
  EXPECT_EQ(StrictParser(files[1].content).All("h2").size(), 1u);
}

TEST(MeetingPackTest, ATopicCannotNameAFileElsewhere) {
  v1::GetMeetingPackResponse pack = Pack();
  pack.mutable_pages(0)->mutable_topic()->set_topic("../../etc/x:" + std::string(500, 'y'));
  for (const PackFile& file : PackFiles(pack, PackFormat::kText)) {
    EXPECT_THAT(file.name, AllOf(Not(HasSubstr("/")), Not(HasSubstr(".."))));
    EXPECT_LE(file.name.size(), 80u);
  }
}

TEST(MeetingPackTest, TextHasTheSameInEightyColumns) {
  v1::GetMeetingPackResponse pack = Pack();
  pack.mutable_pages(0)->mutable_inputs(0)->set_excerpt("many words \u202E and \x1b[31m more " +
                                                        std::string(500, 'w'));
  const std::string text = WholePack(pack, PackFormat::kText);
  EXPECT_THAT(text, AllOf(HasSubstr("1. core:access & more\n---------------------\n"),
                          HasSubstr("النفاذ للجميع (event 7), by org/fictional, org/fictional-2"),
                          HasSubstr("Nobody yet."), HasSubstr("african"), HasSubstr("<U+202E>"),
                          Not(HasSubstr("\x1b"))));
}

// A page ran over six sheets, and did not say who wrote down what another one said.
TEST(MeetingPackTest, ATopicWithMuchOnItHasOneSheet) {
  v1::GetMeetingPackResponse pack = Pack();
  pack.mutable_pages()->DeleteSubrange(1, 1);
  v1::PackPage& page = *pack.mutable_pages(0);
  page.mutable_topic()->set_stakeholder_groups(1);
  const std::string sentence(250, 'w');
  for (int i = 0; i < 60; ++i) {
    *page.mutable_topic()->add_contributors() = page.topic().contributors(0);
    page.mutable_topic()->add_why_above_next(absl::StrCat("why ", sentence.substr(0, 70)));
    page.add_links()->set_why("they go together");
    page.add_decisions()->mutable_decision()->set_title("a fictional decision");
    page.mutable_gap()->add_could()->set_organisation("org/fictional");
    page.mutable_gap()->add_work()->mutable_decision()->set_title("fictional work");
  }
  for (int i = 0; i < 9; ++i) {
    v1::RadarPart part = page.topic().parts(0);
    *page.mutable_topic()->add_parts() = part;
  }
  page.mutable_inputs(0)->set_excerpt(sentence + sentence);
  page.mutable_inputs(0)->mutable_event()->set_author("org/fictional-recorder");
  v1::Window& window = *pack.mutable_representation()->mutable_window();
  window.set_cycle("2027");
  window.mutable_days()->set_starts_on("2027-01-10");
  for (int i = 0; i < 4; ++i) {
    v1::PackInput input = page.inputs(0);
    *page.add_inputs() = input;
  }
  for (const PackFormat format : {PackFormat::kHtml, PackFormat::kText}) {
    const std::string text = PackFiles(pack, format)[1].content;
    // A command without the pack's time told of another cycle.
    EXPECT_THAT(
        absl::StrReplaceAll(text, {{"\n  ", " "}}),
        AllOf(HasSubstr("and 58 more: liaison topic-events --topic core:access --cycle 2027 --from "
                        "2027-01-10"),
              HasSubstr("more: liaison gaps --cycle 2027 --from 2027-01-10"),
              HasSubstr("more: liaison topic-links --cycle 2027 --from 2027-01-10"),
              HasSubstr("more: liaison radar --explain --cycle 2027 --from 2027-01-10")));
    EXPECT_THAT(text, AllOf(HasSubstr("more: liaison decisions --cycle 2027"),
                            Not(HasSubstr("more: liaison decisions --cycle 2027 --from")),
                            HasSubstr("stakeholder group,"), HasSubstr("org/fictional-recorder)"),
                            Not(HasSubstr("Organisations < messages")),
                            Not(HasSubstr("Organisations &lt; messages"))));
    if (format == PackFormat::kText) {
      EXPECT_LE(std::count(text.begin(), text.end(), '\n'), 80) << text;
    }
  }
}

TEST(HtmlText, DirectionIsThatOfTheFirstLetterThatHasOne) {
  EXPECT_EQ(LangAndDir("en", "IGF"), " lang=\"en\" dir=\"ltr\"");
  EXPECT_EQ(LangAndDir("", "2027: עברית"), " dir=\"rtl\"");
  EXPECT_EQ(LangAndDir("zh-Hans", "2027"), " lang=\"zh-Hans\" dir=\"auto\"");
  EXPECT_EQ(LangAndDir("\"><x", "a"), " dir=\"ltr\"");
}

TEST(HtmlText, LeavesOutWhatHidesOrReorders) {
  EXPECT_EQ(Escaped("a\u202E\u2066b\x07\x1b[1m\u200Dc\xff"), "ab[1m\u200Dc\uFFFD");
  EXPECT_EQ(Escaped("<&>\"'"), "&lt;&amp;&gt;&quot;&#39;");
}

}  // namespace
}  // namespace liaison::cli
