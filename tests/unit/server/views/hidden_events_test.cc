// What may not be read shows in no view, not even in a count: two hubs on which the same is said to
// everybody, and other things to those who may read more, look the same to everybody. Everybody and
// everything here is fictional.

#include <cstdlib>
#include <iostream>
#include <random>
#include <set>
#include <utility>

#include "absl/strings/numbers.h"
#include "gtest/gtest.h"
#include "server/views/limits.h"
#include "tests/unit/server/views/views_fixture.h"

namespace liaison::views {
namespace {

constexpr const char* kAuthors[] = {kNri, kPartner, kSeat1, "org/igf-mag/seat-2"};
constexpr const char* kMembers[] = {kSeat1, "org/igf-mag/seat-2"};
constexpr const char* kClosed[] = {"igf/mag", "igf/wg-fictional@1"};
constexpr const char* kTexts[] = {
    "Coastal communities want hydrophone arrays beside submarine cables.",
    "Hydrophone arrays beside submarine cables: coastal communities ask for them.",
    "Bakers would like to print menus for pupils on schooldays.",
    "Pupils could read menus which bakers print on schooldays."};
constexpr const char* kTopics[] = {"fictional:cables", "fictional:menus", "unspecified"};

// A hub on which things are said by one seed in public, and by another among the MAG and in a
// group.
class Hub : public ViewsHub {
 public:
  explicit Hub(uint64_t seed, uint64_t hidden_seed) : public_(seed), hidden_(hidden_seed) {
    PublishScheme({"cables", "menus"});
    pb::Draft group = Draft(kSecretariat);
    group.clear_cycle();
    group.mutable_audience_body()->set_group("igf/wg-fictional");
    group.mutable_audience_body()->set_version(1);
    for (const char* member : {kMembers[0], kMembers[1], kSecretariat}) {
      group.mutable_audience_body()->add_members(member);
    }
    group.mutable_audience_body()->set_title("fictional");
    Publish(group);
    for (int i = 0; i < 40; ++i) {
      drafts_ = 100 * (i + 1);  // the same event ids on both hubs
      if (public_() % 3 == 0) {
        Say(&hidden_, One(&hidden_, kClosed), &closed_);
      } else {
        Say(&public_, "igf/public", &open_);
      }
    }
  }

  // Inputs that ask something, decisions, and inputs that are taken back, among the MAG.
  void Flood(size_t of_each) {
    const auto input = [&] {
      pb::Draft draft = SignalDraft(kSeat1, One(&hidden_, kTexts));
      *draft.mutable_topics()->Mutable(0) = One(&hidden_, kTopics);
      draft.add_addressees(One(&hidden_, kMembers));  // whoever is asked reads it
      draft.mutable_topic_signal()->set_purpose(pb::PURPOSE_ACTION);
      draft.set_audience("igf/mag");
      return draft;
    };
    PublishMany(of_each, input);
    PublishMany(of_each / 10, [&] {
      pb::Draft draft = DecisionDraft({});
      draft.set_audience("igf/mag");
      return draft;
    });
    const std::vector<std::string> said = PublishMany(of_each, input);
    PublishMany(of_each, [&, next = said.begin()]() mutable {
      pb::Draft draft = Naming(kSeat1, *next++, pb::RELATION_RETRACTS);
      draft.set_audience("igf/mag");
      draft.mutable_retraction()->set_cause(pb::RETRACTION_CAUSE_ERROR);
      draft.mutable_retraction()->set_reason("fictional");
      return draft;
    });
  }

 private:
  using Inputs = std::vector<std::string>;  // digests

  template <typename T, size_t n>
  static const T& One(std::mt19937_64* random, const T (&list)[n]) {
    return list[(*random)() % n];
  }

  void Say(std::mt19937_64* random, const std::string& audience, Inputs* inputs) {
    // Whoever says something reads it.
    const std::string author =
        audience == "igf/public" ? One(random, kAuthors) : One(random, kMembers);
    const uint64_t kind = (*random)() % 8;
    // Much of what is said among the MAG is about what everybody reads.
    const Inputs& about = inputs->empty() || (*random)() % 2 == 0 ? open_ : *inputs;
    if (kind < 4 || about.empty()) {
      pb::Draft draft = SignalDraft(author, One(random, kTexts));
      draft.set_audience(audience);
      draft.mutable_topic_signal()->set_text(One(random, kTexts));
      *draft.mutable_topics()->Mutable(0) = One(random, kTopics);
      if ((*random)() % 2 == 0) {
        // Whoever is asked reads it.
        draft.add_addressees(audience == "igf/public" ? One(random, kAuthors)
                                                      : One(random, kMembers));
        draft.mutable_topic_signal()->set_purpose(pb::PURPOSE_ACTION);
      }
      inputs->push_back(Publish(draft));
      return;
    }
    const std::string digest = about[(*random)() % about.size()];
    pb::Draft draft;
    if (kind == 4) {
      draft = DecisionDraft({digest});
    } else if (kind == 5 && (audience != "igf/public" || disposed_.insert(digest).second)) {
      draft = Draft(kSecretariat);
      draft.mutable_disposition()->add_inputs()->set_input(digest);
      draft.mutable_disposition()->mutable_inputs(0)->set_kind(
          audience == "igf/public" ? pb::DISPOSITION_KIND_NOTED
                                   : pb::DISPOSITION_KIND_NOT_THIS_CYCLE);
      draft.mutable_disposition()->set_reason(One(random, kTexts));
    } else if (kind < 7 || (audience == "igf/public" &&
                            !grouped_.insert(about.front() + about.back()).second)) {
      draft = Naming(author, digest, pb::RELATION_POSITION_ON);
      draft.mutable_position()->set_kind(pb::POSITION_KIND_OBJECT);
      draft.mutable_position()->set_reason(One(random, kTexts));
    } else {
      draft = Draft(kSecretariat);
      for (const auto& member : {about.front(), about.back()}) {
        draft.add_references()->set_digest(member);
        draft.mutable_references()->rbegin()->set_relation(pb::RELATION_GROUPS);
      }
      draft.mutable_grouping()->set_action(pb::GROUPING_ACTION_GROUP);
      draft.mutable_grouping()->set_title(One(random, kTexts));
      draft.mutable_grouping()->set_reason("fictional");
    }
    draft.set_audience(audience);
    // Rules look at everything: what is refused because of something hidden makes the hubs differ.
    if (!hub_.Publish(draft).ok()) {
      EXPECT_NE(audience, "igf/public");
      Signal(kSeat1, "instead", audience);
    }
  }

  std::mt19937_64 public_;
  std::mt19937_64 hidden_;
  Inputs open_;  // public
  Inputs closed_;
  std::set<std::string> disposed_;  // in public, each once
  std::set<std::string> grouped_;   // the same of pairs
};

// How long the log is everybody may know.
bool IsHead(const std::string& field) {
  return field == "through_sequence" || field == "as_of_sequence";
}

// Salts differ from hub to hub, and digests with them; a refusal takes a microsecond.
void ClearWhatDiffers(google::protobuf::Message* message) {
  const auto* reflection = message->GetReflection();
  std::vector<const google::protobuf::FieldDescriptor*> fields;
  reflection->ListFields(*message, &fields);
  for (const auto* field : fields) {
    if (field->type() == google::protobuf::FieldDescriptor::TYPE_BYTES ||
        field->name() == "hub_time" || IsHead(field->name())) {
      reflection->ClearField(message, field);
    } else if (field->cpp_type() != google::protobuf::FieldDescriptor::CPPTYPE_MESSAGE) {
      continue;
    } else if (field->is_repeated()) {
      for (int i = 0; i < reflection->FieldSize(*message, field); ++i) {
        ClearWhatDiffers(reflection->MutableRepeatedMessage(message, field, i));
      }
    } else {
      ClearWhatDiffers(reflection->MutableMessage(message, field));
    }
  }
}

template <typename Response>
std::string Shown(absl::StatusOr<Response> response) {
  if (!response.ok()) return response.status().ToString();
  ClearWhatDiffers(&*response);
  return response->DebugString();
}

// Without where the next page begins, which holds the position of the log; that is public.
std::string Duplicates(Hub* hub, const std::string& as) {
  auto listed = ListDuplicates(*hub->As(as), {}, {});
  if (listed.ok()) listed->clear_next_page_token();
  return Shown(std::move(listed));
}

std::string Digest(Hub* hub, const std::string& as) {
  std::string shown;
  for (const uint64_t after : {0, 30}) {
    for (const pb::DigestRole role : {pb::DIGEST_ROLE_UNSPECIFIED, pb::DIGEST_ROLE_MAG}) {
      pb::GetDigestRequest request;
      request.set_after_sequence(after);
      request.set_role(role);
      shown += Shown(GetDigest(*hub->As(as), request));
    }
  }
  return shown;
}

std::string Pack(Hub* hub, const std::string& as) {
  return Shown(GetMeetingPack(*hub->As(as), {}));
}

TEST(HiddenEventsTest, WhatIsSaidAmongTheMagShowsToNobodyElse) {
  uint64_t base = std::random_device()();
  const char* const set = std::getenv("LIAISON_SEED");
  ASSERT_TRUE(set == nullptr || absl::SimpleAtoi(set, &base));
  std::cout << "LIAISON_SEED=" << base << "\n";
  size_t differ_for_the_mag = 0;
  for (uint64_t seed = base; seed < base + 4; ++seed) {
    Hub hub(seed, 2 * seed);
    Hub other(seed, 2 * seed + 1);
    for (const char* reader : {"", kNri, kPartner}) {
      EXPECT_EQ(Duplicates(&hub, reader), Duplicates(&other, reader)) << reader << " " << seed;
      EXPECT_EQ(Digest(&hub, reader), Digest(&other, reader)) << reader << " " << seed;
      EXPECT_EQ(Pack(&hub, reader), Pack(&other, reader)) << reader << " " << seed;
    }
    differ_for_the_mag += Duplicates(&hub, kSeat1) != Duplicates(&other, kSeat1);
    differ_for_the_mag += Digest(&hub, kSeat1) != Digest(&other, kSeat1);
    differ_for_the_mag += Pack(&hub, kSeat1) != Pack(&other, kSeat1);
  }
  EXPECT_GT(differ_for_the_mag, 6u) << "or there is nothing to hide";
}

// More than any view looks at.
TEST(HiddenEventsTest, HoweverManyTheyAre) {
  const uint64_t seed = std::random_device()();
  std::cout << "seed " << seed << "\n";
  Hub hub(seed, 0);
  Hub flooded(seed, 0);
  flooded.Flood(kMaxNews + 1);
  for (const char* reader : {"", kNri, kPartner}) {
    EXPECT_EQ(Duplicates(&hub, reader), Duplicates(&flooded, reader)) << reader;
    EXPECT_EQ(Digest(&hub, reader), Digest(&flooded, reader)) << reader;
    EXPECT_EQ(Pack(&hub, reader), Pack(&flooded, reader)) << reader;
  }
  EXPECT_NE(Digest(&hub, kSeat1), Digest(&flooded, kSeat1)) << "or there is nothing to hide";
}

}  // namespace
}  // namespace liaison::views
