// Liaison statements in the Datatracker's shape. What that system is known to lose is kept here.

#include "client/cli/datatracker.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "proto/record/uuid.h"

namespace liaison::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

DatatrackerOptions Options() {
  DatatrackerOptions options;
  options.author = "org/igf-secretariat";
  options.organisations = {{"itu-t-sg-13", "org/itu"}};
  return options;
}

std::string Sample() {
  std::ifstream file(LIAISON_SOURCE_DIR "/client/cli/sample/datatracker/statements.json");
  std::stringstream bytes;
  bytes << file.rdbuf();
  return bytes.str();
}

DatatrackerDrafts Imported(const std::string& bytes) {
  auto made = ReadDatatracker("statements.json", bytes, Options());
  EXPECT_TRUE(made.ok()) << made.status();
  return made.ok() ? *std::move(made) : DatatrackerDrafts();
}

// One statement with that field as given.
std::string Statement(const std::string& field, const std::string& value) {
  std::string json =
      R"("id": 1, "title": "t", "body": "b", "purpose": "info", "from_groups": ["w3c"])";
  return "{" + (field.empty() ? json : json + ", \"" + field + "\": " + value) + "}";
}

std::string Refusal(const std::string& bytes) {
  auto made = ReadDatatracker("f.json", bytes, Options());
  EXPECT_FALSE(made.ok());
  return std::string(made.status().message());
}

std::vector<std::string> Contacts(const v1::Draft& draft, v1::ContactRole role) {
  std::vector<std::string> contacts;
  for (const v1::Contact& contact : draft.personal().contacts()) {
    if (contact.role() != role || !contact.organisation().empty()) continue;
    contacts.push_back(contact.email().empty()  ? contact.name()
                       : contact.name().empty() ? contact.email()
                                                : contact.name() + " <" + contact.email() + ">");
  }
  return contacts;
}

TEST(DatatrackerTest, WhatIsAnsweredComesBeforeTheAnswer) {
  const DatatrackerDrafts made = Imported(Sample());
  ASSERT_EQ(made.drafts.size(), 4u);
  const ReadDraft& asked = made.drafts[0];
  EXPECT_EQ(asked.origin, "statements.json, statement 2");
  const ReadDraft& answer = made.drafts[2];
  EXPECT_EQ(answer.origin, "statements.json, statement 1");
  ASSERT_EQ(answer.named_references.size(), 1u);
  EXPECT_EQ(answer.named_references[0].author, "org/igf-secretariat");
  EXPECT_EQ(answer.named_references[0].event_id, asked.draft.event_id());
  EXPECT_EQ(answer.named_references[0].relation, v1::RELATION_REFERS_TO);
}

// Found in review: what a statement answered stayed open.
TEST(DatatrackerTest, AStatementThatAnswersClosesTheRequest) {
  const DatatrackerDrafts made = Imported(Sample());
  ASSERT_EQ(made.drafts.size(), 4u);
  const ReadDraft& response = made.drafts[3];
  EXPECT_EQ(response.origin, "statements.json, statement 1 (the response)");
  EXPECT_EQ(response.draft.author(), "org/igf-secretariat");
  EXPECT_EQ(response.draft.recorded_for().organisation(), "org/apnic");
  EXPECT_EQ(response.draft.channel(), v1::CHANNEL_IMPORT);
  EXPECT_EQ(response.draft.response().kind(), v1::RESPONSE_KIND_ANSWER);
  EXPECT_EQ(response.draft.response().text(), "We can do so. (fictional sample)");
  EXPECT_NE(response.draft.event_id(), made.drafts[2].draft.event_id());
  ASSERT_EQ(response.named_references.size(), 2u);
  EXPECT_EQ(response.named_references[0].event_id, made.drafts[0].draft.event_id());
  EXPECT_EQ(response.named_references[0].relation, v1::RELATION_RESPONDS_TO);
  EXPECT_EQ(response.named_references[1].event_id, made.drafts[2].draft.event_id());
}

TEST(DatatrackerTest, WhatIsNotAskedOfItOrNotInTheFileAStatementDoesNotClose) {
  const auto made = [](const char* asked, const char* target, const char* more = "") {
    return Imported(absl::StrCat(
        R"([{"id": 1, "title": "t", "purpose": "action", "from_groups": ["w3c"], "to_groups": [")",
        asked, R"("]}, {"id": 2, "title": "t", "purpose": "response", "from_groups": ["apnic"],
           "related": [{"target": )",
        target, "}]}", more, "]"));
  };
  EXPECT_EQ(made("apnic", "1").drafts.size(), 3u);
  for (const DatatrackerDrafts& none : {made("ripe", "1"), made("apnic", "77")}) {
    EXPECT_EQ(none.drafts.size(), 2u);
    EXPECT_THAT(absl::StrJoin(none.notes, "\n"), HasSubstr("closes none"));
  }
  EXPECT_EQ(made("apnic", "1", R"(, {"id": 3, "title": "t", "purpose": "response",
                                     "from_groups": ["apnic"], "related": [{"target": 1}]})")
                .drafts.size(),
            4u)
      << "an answer is final";
}

TEST(DatatrackerTest, AStatementIsASignalWithARequest) {
  const v1::Draft draft = Imported(Sample()).drafts[0].draft;
  EXPECT_TRUE(record::Uuid::Parse(draft.event_id()).ok());
  EXPECT_EQ(draft.author(), "org/igf-secretariat");
  EXPECT_EQ(draft.recorded_by(), "org/igf-secretariat");
  EXPECT_EQ(draft.recorded_for().organisation(), "org/itu");
  EXPECT_EQ(draft.channel(), v1::CHANNEL_IMPORT);
  EXPECT_THAT(draft.addressees(), ElementsAre("org/igf-mag", "org/apnic"));
  EXPECT_THAT(draft.topics(), ElementsAre("unspecified"));
  EXPECT_EQ(draft.authored_time().seconds(), 1800462600);
  const v1::TopicSignal& signal = draft.topic_signal();
  EXPECT_EQ(signal.purpose(), v1::PURPOSE_ACTION);
  EXPECT_EQ(signal.standing(), v1::STANDING_UNSPECIFIED) << "silence is not agreement";
  EXPECT_EQ(signal.requested_date(), "2027-04-30");
  ASSERT_EQ(signal.external_ids_size(), 3);
  EXPECT_EQ(signal.external_ids(0).scheme(), "ietf-datatracker/liaison-statement");
  EXPECT_EQ(signal.external_ids(0).id(), "2101");
  EXPECT_EQ(signal.external_ids(2).id(), "TD 45 (fictional)");
  ASSERT_EQ(draft.attachments_size(), 1);
  EXPECT_EQ(draft.attachments(0).data(), "fictional sample\n");
  ASSERT_EQ(signal.evidence_size(), 1);
  EXPECT_EQ(signal.evidence(0).uri(), "https://example.org/draft");
}

// ietf-tools/datatracker #10129: bodies were rewrapped over 80 columns.
TEST(DatatrackerTest, TheBodyIsKeptVerbatim) {
  EXPECT_EQ(Imported(Sample()).drafts[0].draft.topic_signal().text(),
            "Dear colleagues,\n\nthis line is longer than eighty columns and it is kept just as "
            "long as it was written, blanks  and all.   \n\n\tIndented by a tab.\r\nEnded as "
            "Windows ends lines. (fictional sample)\n");
}

// ietf-tools/datatracker #5340: the CC was lost.
TEST(DatatrackerTest, EveryContactIsKeptInItsRoleAndTheCcVerbatim) {
  const v1::Draft draft = Imported(Sample()).drafts[0].draft;
  EXPECT_THAT(Contacts(draft, v1::CONTACT_ROLE_CC),
              ElementsAre("Fictional One <one@cc.example.org>", "two@cc.example.org",
                          "\"Three, Fictional\" <three@cc.example.org>",
                          "Everybody on the list of the group (by hand)"));
  EXPECT_THAT(Contacts(draft, v1::CONTACT_ROLE_FROM),
              ElementsAre("Fictional Chair <chair@study.example.org>"));
  EXPECT_THAT(Contacts(draft, v1::CONTACT_ROLE_FROM_LIAISON),
              ElementsAre("Fictional Liaison <liaison@study.example.org>"));
  EXPECT_THAT(
      Contacts(draft, v1::CONTACT_ROLE_TO),
      ElementsAre("mag@forum.example.org", "Fictional Secretary <secretary@forum.example.org>"));
  EXPECT_THAT(Contacts(draft, v1::CONTACT_ROLE_TO_LIAISON),
              ElementsAre("holder@forum.example.org"));
  EXPECT_THAT(Contacts(draft, v1::CONTACT_ROLE_TECHNICAL), ElementsAre("editor@study.example.org"));
}

TEST(DatatrackerTest, AStatementOfTwoGroupsNamesBoth) {
  std::vector<std::string> groups;
  const v1::Draft draft = Imported(Sample()).drafts[0].draft;
  for (const v1::Contact& contact : draft.personal().contacts()) {
    if (!contact.organisation().empty()) groups.push_back(contact.organisation());
  }
  EXPECT_THAT(groups, ElementsAre("org/itu", "org/etsi"));
}

TEST(DatatrackerTest, PurposesAreMapped) {
  const auto purpose = [](const char* name) {
    const std::string json = R"({"id": 1, "title": "t", "from_groups": ["w3c"], "purpose": ")" +
                             std::string(name) + "\"}";
    return Imported(json).drafts[0].draft.topic_signal().purpose();
  };
  EXPECT_EQ(purpose("action"), v1::PURPOSE_ACTION);
  EXPECT_EQ(purpose("comment"), v1::PURPOSE_ACTION);
  EXPECT_EQ(purpose("info"), v1::PURPOSE_INFORMATION);
  EXPECT_EQ(purpose("response"), v1::PURPOSE_INFORMATION) << "it answers, and asks for nothing";
  EXPECT_EQ(purpose("other"), v1::PURPOSE_INFORMATION);
  EXPECT_EQ(purpose("/api/v1/name/liaisonstatementpurposename/action/"), v1::PURPOSE_ACTION);
}

TEST(DatatrackerTest, ImportingAgainGivesTheSameEvents) {
  const DatatrackerDrafts first = Imported(Sample()), again = Imported(Sample());
  ASSERT_EQ(first.drafts.size(), again.drafts.size());
  for (size_t i = 0; i < first.drafts.size(); ++i) {
    EXPECT_EQ(first.drafts[i].draft.SerializeAsString(), again.drafts[i].draft.SerializeAsString());
  }
}

TEST(DatatrackerTest, WhatWasNotSentOrSaysLessIsTold) {
  const std::string notes = absl::StrJoin(Imported(Sample()).notes, "\n");
  EXPECT_THAT(notes, HasSubstr("statement 4: pending, so never sent; it is left out"));
  EXPECT_THAT(notes, HasSubstr("attachments[2] had been removed and is left out"));
  EXPECT_THAT(notes, HasSubstr("statement 3: its purpose `comment` becomes PURPOSE_ACTION"));
  EXPECT_THAT(notes, HasSubstr("closed by a response"));
  EXPECT_THAT(absl::StrJoin(Imported(Statement("mood", "1")).notes, "\n"),
              HasSubstr("fields that are left out: mood"));
}

TEST(DatatrackerTest, OneStatementAListOrAnAnswerOfTheApi) {
  EXPECT_EQ(Imported(Statement("", "")).drafts.size(), 1u);
  EXPECT_EQ(Imported("[" + Statement("", "") + "]").drafts.size(), 1u);
  EXPECT_EQ(Imported("{\"objects\": [" + Statement("", "") + "]}").drafts.size(), 1u);
  EXPECT_EQ(Imported("[]").drafts.size(), 0u);
}

// As the API answers: URIs for whatever is an object of its own.
std::string OfTheApi(const std::string& attachment = "/api/v1/doc/document/liaison-x-1/") {
  return absl::StrCat(R"({"meta": {"limit": 20}, "objects": [{"id": 1884, "title": "t",
      "body": "b", "purpose": "/api/v1/name/liaisonstatementpurposename/action/",
      "state": "/api/v1/name/liaisonstatementstate/posted/",
      "from_contact": "/api/v1/person/email/x@example.org/",
      "from_groups": ["/api/v1/group/group/2125/"], "to_groups": ["/api/v1/group/group/2/"],
      "attachments": [")",
                      attachment, R"("]}]})");
}

// Found in review: a group of the API's became org/2125.
TEST(DatatrackerTest, AGroupThatIsANumberWantsAnOrganisation) {
  const std::string refusal = Refusal(OfTheApi());
  EXPECT_THAT(refusal, HasSubstr("f.json, statement 1: field `from_groups`"));
  EXPECT_THAT(refusal, HasSubstr("--organisation 2125=org/..., or export with acronyms"));
  EXPECT_THAT(refusal, HasSubstr("field `to_groups`")) << "both at once";
  DatatrackerOptions options = Options();
  options.organisations["2125"] = "org/itu";
  EXPECT_THAT(std::string(ReadDatatracker("f", OfTheApi(), options).status().message()),
              HasSubstr("field `to_groups`"));
  EXPECT_THAT(Refusal(Statement("to_groups", "[7]")), HasSubstr("--organisation 7=org/"));
}

TEST(DatatrackerTest, WhatTheApiAnswersIsTakenAsItIsMeant) {
  DatatrackerOptions options = Options();
  options.organisations = {{"2125", "org/itu"}, {"2", "org/ietf"}};
  const auto made = ReadDatatracker("f", OfTheApi(), options);
  ASSERT_TRUE(made.ok()) << made.status();
  const v1::Draft& draft = made->drafts[0].draft;
  EXPECT_EQ(draft.recorded_for().organisation(), "org/itu");
  EXPECT_THAT(draft.addressees(), ElementsAre("org/ietf"));
  EXPECT_THAT(Contacts(draft, v1::CONTACT_ROLE_FROM), ElementsAre("x@example.org"));
  ASSERT_EQ(draft.topic_signal().evidence_size(), 1);
  EXPECT_EQ(draft.topic_signal().evidence(0).uri(),
            "https://datatracker.ietf.org/api/v1/doc/document/liaison-x-1/");
  EXPECT_EQ(draft.topic_signal().evidence(0).title(), "liaison-x-1");
  EXPECT_THAT(absl::StrJoin(made->notes, "\n"), HasSubstr("attachments[0] is a link"));
  EXPECT_THAT(std::string(ReadDatatracker("f", OfTheApi("x"), options).status().message()),
              HasSubstr("field `attachments[0]`: an object or a URI"));
}

TEST(DatatrackerTest, WhatCannotBeReadIsNamedAllAtOnce) {
  EXPECT_THAT(Refusal(Statement("deadline", "\"soon\"")), HasSubstr("field `deadline`"));
  EXPECT_THAT(Refusal(Statement("cc_contacts", "[1]")), HasSubstr("field `cc_contacts`"));
  EXPECT_THAT(Refusal(Statement("to_groups", "[\"...\"]")), HasSubstr("--organisation '...=org/"));
  EXPECT_THAT(Refusal(Statement("submitted", "\"yesterday\"")), HasSubstr("field `submitted`"));
  EXPECT_THAT(Refusal(Statement("attachments", R"([{"name": "a", "data": "%"}])")),
              HasSubstr("attachments[0].data"));
  EXPECT_THAT(Refusal(Statement("attachments", R"([{"name": "a", "removed": "no"}])")),
              HasSubstr("field `attachments[0].removed`: true or false"));
  EXPECT_THAT(Refusal("{\"title\": \"t\"}"), HasSubstr("field `id`"));
  EXPECT_THAT(Refusal(""), HasSubstr("nothing in it"));
  EXPECT_THAT(Refusal("[1]"), HasSubstr("each statement is an object"));
  const std::string both = Refusal("[{\"id\": 1}, {\"id\": 2, \"from_groups\": [\"w3c\"]}]");
  EXPECT_THAT(both, HasSubstr("2 of 2 statements"));
  EXPECT_THAT(both, HasSubstr("statement 1: field `from_groups`"));
  EXPECT_THAT(both, HasSubstr("statement 2: field `purpose`"));
}

}  // namespace
}  // namespace liaison::cli
