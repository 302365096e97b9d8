#include "server/web/report_form.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace liaison::web {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

ReportPage PageWith(std::map<std::string, std::string> fields) {
  ReportPage page;
  page.language = PageLanguage::kFrench;
  page.organisation = "org/fictional-igf";
  page.event_id = "00000000-0000-4000-8000-000000000000";
  page.topics = {{"fictional:a", "Access (fictional)"}};
  page.fields = std::move(fields);
  return page;
}

pb::CycleEntry CycleOf(const std::string& id, const std::string& begin, const std::string& end,
                       pb::CycleState state = pb::CYCLE_STATE_OPEN) {
  pb::CycleEntry entry;
  entry.mutable_cycle()->set_cycle_id(id);
  entry.mutable_cycle()->set_state(state);
  pb::Phase* phase = entry.mutable_cycle()->add_phases();
  phase->set_starts_on(begin);
  phase->set_ends_on(end);
  return entry;
}

TEST(ReportFormTest, WhatIsLeftOutStaysUnsaid) {
  const pb::Draft draft = ReportDraftOf(PageWith({{"title", "A fictional report"}}), "igf", "2027");
  EXPECT_EQ(draft.author(), "org/fictional-igf");
  EXPECT_EQ(draft.audience(), "igf/public");
  EXPECT_EQ(draft.language(), "fr");
  EXPECT_TRUE(draft.topics().empty());
  EXPECT_TRUE(draft.addressees().empty());
  pb::LocalReport only;
  only.set_title("A fictional report");
  EXPECT_EQ(draft.local_report().SerializeAsString(), only.SerializeAsString());
}

TEST(ReportFormTest, MessagesBringTheirTopicsOnceAndARequestItsAddressee) {
  const pb::Draft draft = ReportDraftOf(PageWith({{"title", "A fictional report"},
                                                  {"message1", "One."},
                                                  {"topic1", "fictional:a"},
                                                  {"message3", "Three."},
                                                  {"topic3", "fictional:a"},
                                                  {"topic2", "fictional:b"},
                                                  {"asks", "Interpreters."},
                                                  {"asks_by", "2027-05-01"},
                                                  {"mode", "3"}}),
                                        "igf", "2027");
  EXPECT_THAT(draft.topics(), ElementsAre("fictional:a"));
  EXPECT_EQ(draft.local_report().key_messages_size(), 2);
  EXPECT_EQ(draft.local_report().mode(), pb::MEETING_MODE_HYBRID);
  EXPECT_THAT(draft.addressees(), ElementsAre("org/igf-mag"));
  ASSERT_EQ(draft.local_report().requests_size(), 1);
  EXPECT_EQ(draft.local_report().requests(0).to(), "org/igf-mag");
  EXPECT_EQ(draft.local_report().requests(0).by(), "2027-05-01");
}

TEST(ReportFormTest, HostileWordsInEveryFieldAreText) {
  ReportPage page = PageWith({});
  const std::string evil = "\"'><script>alert(1)</script></textarea></option>";
  for (const std::string& name : ReportFieldNames()) page.fields[name] = evil;
  page.organisation = page.event_id = page.proof = evil;
  page.topics = {{evil, evil}};
  page.notice = "Ours";
  page.by_hub = {{evil, evil}};
  for (const std::string& html : {ReportFormPage(page), ReportPreviewPage(page)}) {
    EXPECT_THAT(html, Not(HasSubstr("<script")));
    EXPECT_THAT(html, HasSubstr("&quot;&#39;&gt;&lt;script&gt;"));
  }
}

// As the dashboard has it, and the hub for a window that names none.
TEST(ReportFormTest, TheUsualCycleIsTheOneThatTodayIsInElseTheOneThatBeganLast) {
  const std::vector<pb::CycleEntry> cycles = {
      CycleOf("2026", "2026-01-10", "2026-06-30"), CycleOf("2027", "2026-12-07", "2027-06-25"),
      CycleOf("2025", "2025-01-01", "2026-12-31", pb::CYCLE_STATE_CLOSED)};
  EXPECT_EQ(UsualCycle(cycles, "2026-05-01"), "2026");
  EXPECT_EQ(UsualCycle(cycles, "2026-11-29"), "2026");
  EXPECT_EQ(UsualCycle(cycles, "2027-01-01"), "2027");
  EXPECT_EQ(UsualCycle(cycles, "2020-01-01"), "2027");
  EXPECT_EQ(UsualCycle({}, "2027-01-01"), "");
}

}  // namespace
}  // namespace liaison::web
