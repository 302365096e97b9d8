#include "proto/record/event_types.h"

#include <gmock/gmock.h>
#include <google/protobuf/descriptor.h>
#include <google/protobuf/unknown_field_set.h>
#include <google/protobuf/util/message_differencer.h>
#include <gtest/gtest.h>

#include <set>

#include "testdata.h"

namespace liaison::record {
namespace {

using ::google::protobuf::FieldDescriptor;
using ::google::protobuf::Message;
using ::testing::Contains;
using ::testing::UnorderedElementsAre;

// Sets every field, lists to two elements, so that nothing is left out by accident.
void Fill(Message* message, int salt = 0) {
  const auto* reflection = message->GetReflection();
  for (int i = 0; i < message->GetDescriptor()->field_count(); ++i) {
    const FieldDescriptor* field = message->GetDescriptor()->field(i);
    const std::string text = field->name() + std::to_string(salt);
    for (int element = 0; element < (field->is_repeated() ? 2 : 1); ++element) {
      switch (field->cpp_type()) {
        case FieldDescriptor::CPPTYPE_STRING:
          field->is_repeated() ? reflection->AddString(message, field, text)
                               : reflection->SetString(message, field, text);
          break;
        case FieldDescriptor::CPPTYPE_MESSAGE:
          Fill(field->is_repeated() ? reflection->AddMessage(message, field)
                                    : reflection->MutableMessage(message, field),
               salt + element);
          break;
        case FieldDescriptor::CPPTYPE_ENUM:
          reflection->SetEnumValue(message, field, 1);
          break;
        case FieldDescriptor::CPPTYPE_UINT32:
          reflection->SetUInt32(message, field, 100 + salt);
          break;
        case FieldDescriptor::CPPTYPE_BOOL:
          reflection->SetBool(message, field, true);
          break;
        default:
          FAIL() << "no rule for " << field->full_name();
      }
    }
  }
}

std::unique_ptr<Message> FilledBody(pb::EventType type) {
  std::unique_ptr<Message> body = NewBody(type);
  Fill(body.get());
  return body;
}

// Derived from the body, not copied: it has no twin there.
bool IsDerived(const FieldDescriptor* fact) {
  return fact->name() == "stated" || fact->name() == "answered" || fact->name() == "asked";
}

const FieldDescriptor* FactsField(const EventTypeInfo& info) {
  return pb::EventHeader::descriptor()->FindFieldByName(std::string(info.facts_field));
}

TEST(EventTypes, TheTableIsAppendOnly) {
  const Json golden = ReadTestdata("golden/event_types.json");
  for (const Json& line : golden) {
    const EventTypeInfo* info =
        FindEventType(static_cast<pb::EventType>(line["number"].get<int>()));
    ASSERT_NE(info, nullptr) << line << " was removed: it stands in headers";
    EXPECT_EQ(info->name, line["name"].get<std::string>()) << "filters and scripts say it";
    EXPECT_EQ(info->in_registry, line["in_registry"].get<bool>());
    EXPECT_EQ(FactsField(*info)->number(), line["facts_number"].get<int>());
  }
  EXPECT_EQ(EventTypes().size(), golden.size()) << "append the new types to event_types.json";
}

TEST(EventTypes, TheTableHasEveryTypeOfTheContract) {
  const auto* contract = pb::EventType_descriptor();
  for (int i = 0; i < contract->value_count(); ++i) {
    const auto type = static_cast<pb::EventType>(contract->value(i)->number());
    if (type == pb::EVENT_TYPE_UNSPECIFIED) continue;
    const EventTypeInfo* info = FindEventType(type);
    ASSERT_NE(info, nullptr) << contract->value(i)->name();
    std::string name = "EVENT_TYPE_";
    for (char c : info->name) name.push_back(c == '-' ? '_' : static_cast<char>(toupper(c)));
    EXPECT_EQ(name, contract->value(i)->name());
    EXPECT_EQ(FindEventTypeByName(info->name), info);
  }
  EXPECT_EQ(static_cast<int>(EventTypes().size()), contract->value_count() - 1);
  EXPECT_EQ(FindEventType(pb::EVENT_TYPE_UNSPECIFIED), nullptr);
  EXPECT_EQ(FindEventType(static_cast<pb::EventType>(999)), nullptr);
  EXPECT_EQ(FindEventTypeByName(""), nullptr);
  EXPECT_EQ(FindEventTypeByName("TOPIC_SIGNAL"), nullptr);
}

TEST(EventTypes, TheTableHasEveryBodyOfADraftAndAllFactsOfAHeader) {
  std::set<std::string> bodies, facts;
  for (const EventTypeInfo& info : EventTypes()) {
    if (!info.draft_field.empty()) bodies.emplace(info.draft_field);
    facts.emplace(info.facts_field);
  }
  const auto* body = pb::Draft::descriptor()->FindOneofByName("body");
  EXPECT_EQ(static_cast<int>(bodies.size()), body->field_count());
  for (int i = 0; i < body->field_count(); ++i) {
    EXPECT_THAT(bodies, Contains(body->field(i)->name()));
  }
  const auto* oneof = pb::EventHeader::descriptor()->FindOneofByName("facts");
  EXPECT_EQ(static_cast<int>(facts.size()), oneof->field_count());
  for (int i = 0; i < oneof->field_count(); ++i) {
    EXPECT_THAT(facts, Contains(oneof->field(i)->name()));
  }
}

TEST(EventTypes, EveryFactHasItsTwinInTheBody) {
  for (const EventTypeInfo& info : EventTypes()) {
    const auto* facts = FactsField(info)->message_type();
    const auto* body = NewBody(info.type)->GetDescriptor();
    EXPECT_EQ(facts->name(), body->name() + "Facts");
    EXPECT_GT(facts->field_count(), 0);
    for (int i = 0; i < facts->field_count(); ++i) {
      const FieldDescriptor* fact = facts->field(i);
      if (IsDerived(fact)) {
        EXPECT_EQ(body->FindFieldByNumber(fact->number()), nullptr) << fact->full_name();
        EXPECT_TRUE(body->IsReservedNumber(fact->number())) << fact->full_name();
        continue;
      }
      const FieldDescriptor* twin = body->FindFieldByName(fact->name());
      ASSERT_NE(twin, nullptr) << fact->full_name();
      EXPECT_EQ(twin->number(), fact->number()) << fact->full_name();
      EXPECT_EQ(twin->type(), fact->type()) << fact->full_name();
      EXPECT_EQ(twin->label(), fact->label()) << fact->full_name();
      EXPECT_EQ(twin->message_type(), fact->message_type()) << fact->full_name();
      EXPECT_EQ(twin->enum_type(), fact->enum_type()) << fact->full_name();
    }
  }
}

TEST(EventTypes, ADraftKnowsItsTypeAndBody) {
  EXPECT_EQ(DraftBody(pb::Draft()), nullptr);
  EXPECT_EQ(DraftType(pb::Draft()), pb::EVENT_TYPE_UNSPECIFIED);
  for (const EventTypeInfo& info : EventTypes()) {
    if (info.draft_field.empty()) continue;
    const std::unique_ptr<Message> body = FilledBody(info.type);
    pb::Draft draft;
    SetDraftBody(info.type, *body, &draft);
    EXPECT_EQ(DraftType(draft), info.type);
    ASSERT_NE(DraftBody(draft), nullptr);
    EXPECT_TRUE(google::protobuf::util::MessageDifferencer::Equals(*DraftBody(draft), *body));
  }
  EXPECT_EQ(NewBody(pb::EVENT_TYPE_UNSPECIFIED), nullptr);
  pb::Draft draft;
  EXPECT_DEATH(SetDraftBody(pb::EVENT_TYPE_RULES, pb::Rules(), &draft), "drafted");
  EXPECT_DEATH(SetDraftBody(pb::EVENT_TYPE_KEY, pb::Rules(), &draft), "another event type");
}

// Facts and body share numbers and types, so the facts are what a parser of facts sees in the body.
TEST(EventTypes, FactsAreTheBodysOwnFields) {
  for (const EventTypeInfo& info : EventTypes()) {
    const std::unique_ptr<Message> body = FilledBody(info.type);
    pb::EventHeader header;
    header.set_type(info.type);
    SetFacts(info.type, *body, &header);
    const Message& facts = header.GetReflection()->GetMessage(header, FactsField(info));
    const std::unique_ptr<Message> expected(facts.New());
    ASSERT_TRUE(expected->ParseFromString(body->SerializeAsString()));
    expected->DiscardUnknownFields();
    ClearDerivedFacts(&header);
    EXPECT_EQ(facts.SerializeAsString(), expected->SerializeAsString()) << info.name;
    EXPECT_TRUE(FactsAgree(info.type, *body, header)) << info.name;
  }
}

TEST(EventTypes, AnEmptyBodyHasEmptyFacts) {
  for (const EventTypeInfo& info : EventTypes()) {
    pb::EventHeader header;
    const std::unique_ptr<Message> body = NewBody(info.type);
    EXPECT_FALSE(FactsAgree(info.type, *body, header)) << "no facts at all, " << info.name;
    SetFacts(info.type, *body, &header);
    EXPECT_TRUE(header.GetReflection()->HasField(header, FactsField(info)));
    EXPECT_TRUE(FactsAgree(info.type, *body, header));
    EXPECT_FALSE(FactsAgree(info.type, *FilledBody(info.type), header)) << info.name;
  }
}

TEST(EventTypes, EveryFactThatDiffersIsSeen) {
  for (const EventTypeInfo& info : EventTypes()) {
    const std::unique_ptr<Message> body = FilledBody(info.type);
    pb::EventHeader header;
    SetFacts(info.type, *body, &header);
    const auto* facts = FactsField(info)->message_type();
    for (int i = 0; i < facts->field_count(); ++i) {
      if (IsDerived(facts->field(i))) continue;
      pb::EventHeader changed = header;
      Message* stored = changed.GetReflection()->MutableMessage(&changed, FactsField(info));
      stored->GetReflection()->ClearField(stored, facts->field(i));
      EXPECT_FALSE(FactsAgree(info.type, *body, changed)) << facts->field(i)->full_name();
    }
  }
}

TEST(EventTypes, EveryPartIsAFieldOfTheBody) {
  int types = 0;
  for (const EventTypeInfo& info : EventTypes()) {
    const FieldDescriptor* stated = FactsField(info)->message_type()->FindFieldByName("stated");
    if (stated == nullptr) continue;
    ++types;
    const auto* parts = stated->enum_type();
    for (int i = 0; i < parts->value_count(); ++i) {
      if (parts->value(i)->number() == 0) continue;
      const auto* part =
          NewBody(info.type)->GetDescriptor()->FindFieldByNumber(parts->value(i)->number());
      ASSERT_NE(part, nullptr) << parts->value(i)->full_name();
      std::string name = part->name();
      for (char& c : name) c = static_cast<char>(toupper(c));
      EXPECT_THAT(parts->value(i)->name(), testing::EndsWith("_PART_" + name));
    }
  }
  EXPECT_EQ(types, 2);
}

TEST(EventTypes, DerivedFactsSayWhichWordsAreThere) {
  pb::Decision body;
  body.set_state(pb::DECISION_STATE_PROPOSED);
  body.set_reasons("fictional");
  body.set_focus_question("fictional?");
  auto* answer = body.add_answers();
  answer->set_objection(std::string(32, 'o'));
  answer->set_answer("fictional");
  body.add_answers()->set_objection(std::string(32, 'p'));  // named, not answered
  pb::EventHeader header;
  header.set_type(pb::EVENT_TYPE_DECISION);
  SetFacts(pb::EVENT_TYPE_DECISION, body, &header);
  EXPECT_THAT(header.decision().stated(),
              testing::ElementsAre(pb::DECISION_PART_FOCUS_QUESTION, pb::DECISION_PART_REASONS));
  EXPECT_THAT(header.decision().answered(), testing::ElementsAre(std::string(32, 'o')));
  EXPECT_THAT(TermsOf(header), Contains("r" + std::string(32, 'o')));
  EXPECT_TRUE(FactsAgree(pb::EVENT_TYPE_DECISION, body, header));

  pb::EventHeader claims = header;
  claims.mutable_decision()->add_stated(pb::DECISION_PART_OUTCOME_TEST);
  EXPECT_FALSE(FactsAgree(pb::EVENT_TYPE_DECISION, body, claims));
  claims = header;
  claims.mutable_decision()->add_answered(std::string(32, 'p'));
  EXPECT_FALSE(FactsAgree(pb::EVENT_TYPE_DECISION, body, claims));

  EXPECT_TRUE(HasDerivedFacts(header));
  ClearDerivedFacts(&header);
  EXPECT_FALSE(HasDerivedFacts(header));
  EXPECT_TRUE(FactsAgree(pb::EVENT_TYPE_DECISION, body, header)) << "signed before there were any";
}

TEST(EventTypes, DerivedFactsSayWhomAReportAsksAndByWhen) {
  pb::LocalReport body;
  body.set_title("fictional");
  body.add_requests()->set_text("whenever you can");
  pb::ReportRequest& dated = *body.add_requests();
  dated.set_to("org/igf-mag");
  dated.set_by("2027-03-01");
  dated.set_text("words that no header has");
  pb::EventHeader header;
  header.set_type(pb::EVENT_TYPE_LOCAL_REPORT);
  SetFacts(pb::EVENT_TYPE_LOCAL_REPORT, body, &header);
  ASSERT_EQ(header.local_report().asked_size(), 2);
  EXPECT_EQ(header.local_report().asked(0).ByteSizeLong(), 0u);
  EXPECT_EQ(header.local_report().asked(1).to(), "org/igf-mag");
  EXPECT_EQ(header.local_report().asked(1).by(), "2027-03-01");
  EXPECT_TRUE(FactsAgree(pb::EVENT_TYPE_LOCAL_REPORT, body, header));

  pb::EventHeader claims = header;
  claims.mutable_local_report()->mutable_asked(1)->set_by("2027-03-02");
  EXPECT_FALSE(FactsAgree(pb::EVENT_TYPE_LOCAL_REPORT, body, claims));
  header.mutable_local_report()->clear_asked();
  EXPECT_TRUE(FactsAgree(pb::EVENT_TYPE_LOCAL_REPORT, body, header)) << "signed before it was said";
  ClearDerivedFacts(&header);
  EXPECT_TRUE(FactsAgree(pb::EVENT_TYPE_LOCAL_REPORT, body, header));
}

TEST(EventTypes, WhatIsDisposedOfIsFoundByItsDigest) {
  pb::EventHeader header;
  auto* facts = header.mutable_disposition();
  facts->add_inputs()->set_input(std::string(32, 'a'));
  facts->add_inputs()->set_input(std::string(32, 'b'));
  facts->set_into(std::string(32, 'c'));
  for (const char* digest : {"a", "b", "c"}) {
    EXPECT_THAT(TermsOf(header), Contains("r" + std::string(32, *digest)));
  }
}

TEST(EventTypes, FactsOfAnotherTypeDoNotAgree) {
  pb::EventHeader header;
  SetFacts(pb::EVENT_TYPE_RESPONSE, *FilledBody(pb::EVENT_TYPE_RESPONSE), &header);
  EXPECT_FALSE(FactsAgree(pb::EVENT_TYPE_KEY, *FilledBody(pb::EVENT_TYPE_KEY), header));
  EXPECT_FALSE(FactsAgree(static_cast<pb::EventType>(999), pb::Rules(), header));
}

TEST(EventTypes, WhatANewerVersionAddsToTheFactsDoesNotMatter) {
  const std::unique_ptr<Message> body = FilledBody(pb::EVENT_TYPE_CYCLE);
  pb::EventHeader header;
  SetFacts(pb::EVENT_TYPE_CYCLE, *body, &header);
  auto* facts = header.mutable_cycle_facts();
  facts->GetReflection()->MutableUnknownFields(facts)->AddVarint(19, 1);
  auto* phase = facts->mutable_phases(0);
  phase->GetReflection()->MutableUnknownFields(phase)->AddLengthDelimited(9, "later");
  EXPECT_TRUE(FactsAgree(pb::EVENT_TYPE_CYCLE, *body, header));
  facts->set_cycle_id("another");
  EXPECT_FALSE(FactsAgree(pb::EVENT_TYPE_CYCLE, *body, header));
}

TEST(EventTypes, TermsOfAHeader) {
  pb::EventHeader header;
  header.set_type(pb::EVENT_TYPE_TOPIC_SIGNAL);
  header.add_topics("igf-call-2022:cyber.child");
  header.add_topics("igf-call-2022:cyber");
  header.add_topics("unspecified");
  header.set_author("org/eurodig");
  header.set_audience("igf/public");
  header.set_cycle("2027");
  header.set_language("fr");
  const std::string digest(32, '\0');
  header.add_references()->set_digest(digest);
  header.add_references()->set_digest(digest);
  EXPECT_THAT(TermsOf(header), UnorderedElementsAre("ttopic-signal", "oigf-call-2022:cyber.child",
                                                    "oigf-call-2022:cyber", "oigf-call-2022:",
                                                    "ounspecified", "ocore:", "aorg/eurodig",
                                                    "uigf/public", "c2027", "lfr", "r" + digest));
  EXPECT_THAT(TermsOf(pb::EventHeader()), testing::IsEmpty());
  EXPECT_EQ(Term(TermKind::kCycle, "2027"), "c2027");
}

}  // namespace
}  // namespace liaison::record
