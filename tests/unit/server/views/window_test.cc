// What is counted by cells is what a naive count over the same reading finds, and nothing hidden
// shows. Everybody and everything here is fictional.

#include "server/views/window.h"

#include <cstdlib>
#include <functional>
#include <random>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "proto/record/uuid.h"
#include "server/views/triage.h"
#include "server/views/views.h"
#include "tests/support/test_hub.h"

namespace liaison::views {
namespace {

using testing::TestHub;

constexpr char kSecretariat[] = "org/igf-secretariat";
const char* const kReaders[] = {"", kSecretariat, "org/igf-mag/seat-1", "org/nri-1", "org/ngo-1"};
const char* const kAuthors[] = {"org/nri-1", "org/nri-2", "org/ngo-1",
                                "org/ngo-2", "org/firm",  "org/igf-mag/seat-1"};
const char* const kCycles[] = {"2026", "2027"};
// Of the group some are members in both versions, some in one.
const char* const kAudiences[] = {"igf/public", "igf/partners", "igf/mag", "igf/wg-fictional@1",
                                  "igf/wg-fictional@2"};
// Whom these readers are none of.
const char* const kClosed[] = {"igf/mag", "igf/wg-fictional@1"};

// A hub in which things happen by a seed.
class History {
 public:
  explicit History(uint64_t seed) : ledger_(&hub_.log()), random_(seed) {
    Register(kSecretariat, pb::ORGANISATION_KIND_SECRETARIAT, pb::REGION_UNSPECIFIED);
    Register("org/igf-mag", pb::ORGANISATION_KIND_MAG, pb::REGION_UNSPECIFIED);
    Register("org/nri-1", pb::ORGANISATION_KIND_NRI_NATIONAL, pb::REGION_AFRICAN);
    Register("org/nri-2", pb::ORGANISATION_KIND_NRI_YOUTH, pb::REGION_GRULAC);
    Register("org/ngo-1", pb::ORGANISATION_KIND_CIVIL_SOCIETY, pb::REGION_WEOG);
    Register("org/ngo-2", pb::ORGANISATION_KIND_CIVIL_SOCIETY, pb::REGION_AFRICAN);
    Register("org/firm", pb::ORGANISATION_KIND_PRIVATE_SECTOR, pb::REGION_WEOG);
    for (const char* cycle : kCycles) {
      pb::Draft draft = Draft(kSecretariat, "igf/public");
      draft.mutable_cycle_body()->set_cycle_id(cycle);
      EXPECT_FALSE(Publish(draft).empty());
    }
    Admit(1, {kSecretariat, "org/igf-mag/seat-1", "org/ngo-1"});
    Admit(2, {"org/igf-mag/seat-1", "org/nri-1", "org/ngo-2"});
  }

  void Admit(uint32_t version, const std::vector<std::string>& members) {
    pb::Draft draft = Draft(kSecretariat, "igf/public");
    pb::Audience& group = *draft.mutable_audience_body();
    group.set_group("igf/wg-fictional");
    group.set_version(version);
    *group.mutable_members() = {members.begin(), members.end()};
    group.set_title("fictional");
    EXPECT_FALSE(Publish(draft).empty());
  }

  size_t Below(size_t bound) {
    return std::uniform_int_distribution<size_t>(0, bound - 1)(random_);
  }
  template <typename T, size_t n>
  const T& One(const T (&list)[n]) {
    return list[Below(n)];
  }

  pb::Draft Draft(const std::string& author, const std::string& audience) {
    pb::Draft draft;
    draft.set_event_id(
        record::Uuid::FromName(*record::Uuid::Parse("08189113-ac3b-49f8-879a-9801aa3f0fac"),
                               absl::StrCat(++drafts_))
            .ToString());
    draft.set_author(author);
    draft.set_audience(audience);
    draft.set_language("en");
    return draft;
  }
  pb::Draft Naming(const std::string& author, const std::string& audience,
                   const std::string& digest, pb::Relation relation) {
    pb::Draft draft = Draft(author, audience);
    draft.add_references()->set_digest(digest);
    draft.mutable_references(0)->set_relation(relation);
    return draft;
  }

  // The digest; empty where it was refused.
  std::string Publish(const pb::Draft& draft) {
    auto receipt = hub_.Publish(draft);
    (receipt.ok() ? accepted_ : refused_) += 1;
    return receipt.ok() ? std::string(receipt->leaf.digest.bytes()) : "";
  }

  void Register(const std::string& name, pb::OrganisationKind kind, pb::Region region) {
    pb::Draft draft = testing::OrganisationDraft(name, kind);
    draft.set_author(kSecretariat);
    draft.mutable_organisation()->set_region(region);
    if (kind == pb::ORGANISATION_KIND_CIVIL_SOCIETY) {
      draft.mutable_organisation()->set_stakeholder_group(pb::STAKEHOLDER_GROUP_CIVIL_SOCIETY);
    }
    EXPECT_FALSE(Publish(draft).empty());
  }

  void FillSignal(pb::Draft* draft) {
    draft->set_cycle(absl::StrCat(2026 + Below(2)));
    for (size_t i = 0, count = 1 + Below(3); i < count; ++i) {
      draft->add_topics(absl::StrCat("t:", i * 2 + Below(2)));
    }
    draft->mutable_topic_signal()->set_purpose(Below(3) == 0 ? pb::PURPOSE_ACTION
                                                             : pb::PURPOSE_INFORMATION);
    if (draft->topic_signal().purpose() == pb::PURPOSE_ACTION) draft->add_addressees("org/igf-mag");
    draft->mutable_topic_signal()->set_title("fictional");
    draft->mutable_topic_signal()->set_text("fictional words");
  }

  void RecordForSomeone(pb::Draft* draft) {
    pb::Individual& individual = *draft->mutable_recorded_for()->mutable_individual();
    individual.set_id(draft->event_id());
    individual.set_stakeholder_group(pb::STAKEHOLDER_GROUP_GOVERNMENT);
    individual.set_region(Below(2) == 0 ? pb::REGION_AFRICAN : pb::REGION_WEOG);
    draft->set_recorded_by(draft->author());
  }

  struct Said {
    std::string digest, author, audience;
  };

  void Signal() {
    Said said{"", One(kAuthors), One(kAudiences)};
    pb::Draft draft = Draft(said.author, said.audience);
    FillSignal(&draft);
    if (Below(4) == 0) {
      RecordForSomeone(&draft);
    } else if (Below(5) == 0) {
      draft.mutable_recorded_for()->set_organisation("org/invented");
      draft.set_recorded_by(draft.author());
    }
    said.digest = Publish(draft);
    if (!said.digest.empty()) said_.push_back(said);
  }
  void Revise() {
    const Said said = said_[Below(said_.size())];
    pb::Draft draft = Naming(said.author, Below(3) == 0 ? One(kAudiences) : said.audience,
                             said.digest, pb::RELATION_REVISES);
    FillSignal(&draft);
    if (Below(4) == 0) RecordForSomeone(&draft);
    Publish(draft);
  }
  void Retract() {
    const Said said = said_[Below(said_.size())];
    pb::Draft draft =
        Naming(Below(3) == 0 ? kSecretariat : said.author,
               Below(3) == 0 ? One(kAudiences) : said.audience, said.digest, pb::RELATION_RETRACTS);
    draft.mutable_retraction()->set_cause(pb::RETRACTION_CAUSE_ERROR);
    draft.mutable_retraction()->set_reason("fictional");
    Publish(draft);
  }
  void Stand() {
    const Said said = said_[Below(said_.size())];
    Said stands{"", One(kAuthors), Below(2) == 0 ? "igf/public" : One(kAudiences)};
    pb::Draft draft = Naming(stands.author, stands.audience, said.digest, pb::RELATION_POSITION_ON);
    draft.mutable_position()->set_kind(Below(2) == 0 ? pb::POSITION_KIND_SUPPORT
                                                     : pb::POSITION_KIND_OBJECT);
    draft.mutable_position()->set_reason("fictional");
    stands.digest = Publish(draft);
    if (!stands.digest.empty()) stands_.push_back(stands);
  }
  void TakePositionBack() {
    if (stands_.empty()) return;
    const Said& said = stands_[Below(stands_.size())];
    pb::Draft draft = Naming(said.author, said.audience, said.digest, pb::RELATION_RETRACTS);
    draft.mutable_retraction()->set_cause(pb::RETRACTION_CAUSE_ERROR);
    draft.mutable_retraction()->set_reason("fictional");
    Publish(draft);
  }
  void Dispose() {
    pb::Draft draft = Draft(kSecretariat, Below(2) == 0 ? "igf/public" : One(kAudiences));
    for (size_t i = 0, count = 1 + Below(3); i < count; ++i) {
      pb::DisposedInput& input = *draft.mutable_disposition()->add_inputs();
      input.set_input(said_[Below(said_.size())].digest);
      input.set_kind(pb::DISPOSITION_KIND_NOTED);
    }
    draft.mutable_disposition()->set_reason("fictional");
    const std::string digest = Publish(draft);
    if (digest.empty() || Below(3) > 0) return;
    pb::Draft revised = Naming(kSecretariat, One(kAudiences), digest, pb::RELATION_REVISES);
    *revised.mutable_disposition() = draft.disposition();
    revised.mutable_disposition()->mutable_inputs(0)->set_input(said_[Below(said_.size())].digest);
    Publish(revised);
  }
  void CarryOver() {
    pb::Draft draft = Naming(kSecretariat, Below(2) == 0 ? "igf/public" : One(kAudiences),
                             said_[Below(said_.size())].digest, pb::RELATION_CARRIES_OVER);
    const size_t from = Below(2);
    draft.mutable_carry_over()->set_from_cycle(kCycles[from]);
    draft.mutable_carry_over()->set_to_cycle(kCycles[1 - from]);
    draft.mutable_carry_over()->set_reason("fictional");
    Publish(draft);
  }
  // Work on some topics, of which more is said or which is carried over.
  void Decide() {
    pb::Draft draft = Draft("org/igf-mag/seat-1", Below(2) == 0 ? "igf/public" : One(kAudiences));
    draft.set_cycle(One(kCycles));
    draft.add_topics(absl::StrCat("t:", Below(6)));
    draft.mutable_decision()->set_state(pb::DECISION_STATE_PROPOSED);
    draft.mutable_decision()->set_title("fictional");
    if (!decisions_.empty() && Below(2) == 0) {
      const Said& said = decisions_[Below(decisions_.size())];
      draft.set_audience(said.audience);
      draft.mutable_decision()->set_state(pb::DECISION_STATE_IN_CONSULTATION);
      draft.add_references()->set_digest(said.digest);
      draft.mutable_references(0)->set_relation(pb::RELATION_REVISES);
    }
    const std::string digest = Publish(draft);
    if (digest.empty() || draft.references_size() > 0) return;
    decisions_.push_back({digest, draft.author(), draft.audience()});
  }
  void Happen() {
    const size_t what = said_.empty() ? 0 : Below(14);
    if (what == 13) return TakePositionBack();
    if (what == 12) return CarryOver();
    if (what >= 10) return Dispose();
    if (what < 5) return Signal();
    if (what < 7) return Revise();
    if (what < 8) return Retract();
    Stand();
  }

  std::unique_ptr<Reading> As(const std::string& organisation) {
    const auto registry = hub_.sequencer().registry();
    auto principal =
        auth::DevelopmentPrincipal(organisation, *registry, *hub_.sequencer().directory());
    auto reading = Reading::Begin(&ledger_, {*principal, registry, "2027-01-15"});
    EXPECT_TRUE(reading.ok()) << reading.status();
    return *std::move(reading);
  }

  size_t accepted() const { return accepted_; }
  size_t refused() const { return refused_; }

 private:
  TestHub hub_;
  Ledger ledger_;
  std::mt19937_64 random_;
  uint64_t drafts_ = 0;
  size_t accepted_ = 0, refused_ = 0;
  std::vector<Said> said_;
  std::vector<Said> stands_;  // positions
  std::vector<Said> decisions_;
};

// `t:1 org/ngo-1: 3 7 asked 7`, a line for each topic and voice.
std::string AsText(const domain::Tallies& tallies) {
  std::string text;
  const auto add = [&](absl::string_view topic, absl::string_view whose,
                       const domain::Voice& voice) {
    absl::StrAppend(&text, topic, " ", whose, ": ", absl::StrJoin(voice.raised.First(), " "),
                    " asked ", absl::StrJoin(voice.asked_action.First(), " "), " for ",
                    absl::StrJoin(voice.supports.First(), " "), " against ",
                    absl::StrJoin(voice.objects.First(), " "), "\n");
  };
  for (const auto& [topic, tally] : tallies) {
    for (const domain::Voice& voice : tally.organisations()) {
      add(topic, voice.contributor->organisation, voice);
    }
    for (const auto& [key, voice] : tally.individuals()) {
      add(topic, absl::StrCat("individuals ", key.first, " ", key.second), voice);
    }
  }
  return text;
}

// Looks at each input by itself, knowing nothing of cells.
domain::Tallies Naive(const Reading& reading, const std::string& cycle,
                      const domain::ExactTopics& exact) {
  domain::Tallies tallies;
  for (Index root : reading.Inputs(cycle)) {
    if (reading.Retracted(root)) continue;
    const Index latest = reading.Latest(root);
    const pb::EventHeader& header = reading.Header(latest);
    for (const std::string& topic : header.topics()) {
      tallies[exact.NameOf(topic)].Add({Reading::SequenceOf(root),
                                        ContributorOf(reading, reading.VoiceOf(latest)),
                                        header.topic_signal().purpose() == pb::PURPOSE_ACTION});
    }
  }
  for (Index root : reading.Roots(pb::EVENT_TYPE_POSITION)) {
    if (reading.Retracted(root)) continue;
    const auto target = reading.FindQuietly(reading.Header(root).references(0).digest());
    if (!target) continue;
    const Index on = reading.RootOf(*target);
    // A later one of the same organisation on the same thing counts instead, taken back or not.
    const auto later = [&] {
      for (Index other : reading.Roots(pb::EVENT_TYPE_POSITION)) {
        if (reading.Latest(other) <= reading.Latest(root)) continue;
        const auto of = reading.FindQuietly(reading.Header(other).references(0).digest());
        if (of && reading.RootOf(*of) == on &&
            reading.ContributorOf(other) == reading.ContributorOf(root)) {
          return true;
        }
      }
      return false;
    };
    const std::vector<Index> inputs = reading.Inputs(cycle);
    if (reading.Retracted(on) || std::find(inputs.begin(), inputs.end(), on) == inputs.end() ||
        later()) {
      continue;
    }
    const Index latest = reading.Latest(root);
    for (const std::string& topic : reading.Header(reading.Latest(on)).topics()) {
      tallies[exact.NameOf(topic)].Add(domain::PositionOnTopic{
          Reading::SequenceOf(latest), ContributorOf(reading, reading.VoiceOf(latest)),
          reading.Header(latest).position().kind(), reading.VoiceOf(reading.Latest(on)).contributor,
          CountsFor(reading, reading.VoiceOf(reading.Latest(on)))});
    }
  }
  return tallies;
}

// Those that wait in the cycle, and how many have been disposed of there.
std::pair<std::vector<Index>, size_t> NaivelyDisposed(const Reading& reading,
                                                      const std::string& cycle) {
  std::pair<std::vector<Index>, size_t> found;
  for (Index root : reading.Inputs("")) {
    if (reading.Retracted(root)) continue;
    bool here = cycle.empty() || reading.CycleOf(reading.Latest(root)) == cycle;
    bool gone = false;
    Index since = 0;
    for (Index index : reading.OfType(pb::EVENT_TYPE_CARRY_OVER)) {
      const pb::EventHeader& header = reading.Header(index);
      if (header.references(0).digest() != reading.DigestOf(root)) continue;
      if (header.carry_over().from_cycle() == cycle) gone = true;
      if (header.carry_over().to_cycle() != cycle) continue;
      gone = false;
      here = true;
      if (since == 0) since = index;
    }
    if (!here) continue;
    size_t disposed = 0;
    for (const DispositionOfInput& one : DispositionsOf(reading, root)) {
      if (one.event >= since) ++disposed;
    }
    if (disposed > 0) {
      ++found.second;
    } else if (!gone) {
      found.first.push_back(root);
    }
  }
  return found;
}

std::vector<uint64_t> Seeds() {
  std::vector<uint64_t> seeds = {1, 2, 3, 4, 5, 6};
  uint64_t given = 0;
  const char* const environment = std::getenv("LIAISON_SEED");
  if (environment != nullptr && absl::SimpleAtoi(environment, &given)) return {given};
  seeds.push_back(std::random_device()());
  return seeds;
}

TEST(WindowTest, CellsAreWhatANaiveCountFinds) {
  const domain::ExactTopics apart({});
  const std::vector<domain::CodeMapping> crosswalk = {{"t:0", "t:3", pb::CODE_MATCH_EXACT},
                                                      {"t:1", "t:3", pb::CODE_MATCH_EXACT}};
  const domain::ExactTopics together(crosswalk);
  for (uint64_t seed : Seeds()) {
    SCOPED_TRACE(absl::StrCat("seed ", seed));
    History history(seed);
    for (int i = 0; i < 350; ++i) {
      history.Happen();
      // Read now and then, so that what comes later meets a ledger that is there.
      if (i % 50 == 0) history.As("");
    }
    ASSERT_GT(history.accepted(), 150u);
    size_t by_reader = 0;
    for (const char* reader : kReaders) {
      SCOPED_TRACE(absl::StrCat("as '", reader, "'"));
      const auto reading = history.As(reader);
      by_reader += reading->InputsByReader("").size();
      for (const char* cycle : {"2026", "2027", ""}) {
        const Scope scope = ScopeOfCycle(*reading, cycle);
        for (const domain::ExactTopics& exact : {apart, together}) {
          EXPECT_EQ(AsText(TalliesOf(*reading, scope, exact)),
                    AsText(Naive(*reading, cycle, exact)));
        }
        const auto [undisposed, disposed] = NaivelyDisposed(*reading, cycle);
        EXPECT_EQ(Undisposed(*reading, cycle, undisposed.size() + 1), undisposed);
        // What there is no room for are the last.
        const std::vector<Index> first(undisposed.begin(),
                                       undisposed.begin() + undisposed.size() / 2);
        EXPECT_EQ(Undisposed(*reading, cycle, first.size()), first);
        if (*cycle == '\0') continue;
        pb::ListUndisposedRequest request;
        request.set_cycle(cycle);
        const auto list = ListUndisposed(*reading, request, {"", 1000});
        ASSERT_TRUE(list.ok()) << list.status();
        EXPECT_EQ(list->undisposed(), undisposed.size());
        EXPECT_EQ(list->inputs_size(), static_cast<int>(undisposed.size()));
        EXPECT_EQ(list->disposed(), disposed);
      }
      EXPECT_TRUE(reading->status().ok());
    }
    EXPECT_GT(by_reader, 0u) << "no chain that readers see differently: the history is too tame";
  }
}

// All that counts, as the reader is shown it.
std::string Shown(History* history, const std::string& reader) {
  const auto reading = history->As(reader);
  pb::GetRadarRequest radar;
  radar.mutable_window()->set_cycle("2027");
  pb::GetRepresentationRequest representation;
  *representation.mutable_window() = radar.window();
  pb::ListTopicLinksRequest links;
  links.set_fewest_organisations(1);
  return absl::StrCat(GetRadar(*reading, radar)->DebugString(),
                      GetRepresentation(*reading, representation)->DebugString(),
                      ListGaps(*reading, {})->DebugString(),
                      ListTopicLinks(*reading, links, {})->DebugString());
}

// Two hubs in which the same is said in public, and something else behind closed doors.
TEST(WindowTest, WhatIsHiddenChangesNothingThatIsShown) {
  for (uint64_t seed : Seeds()) {
    SCOPED_TRACE(absl::StrCat("seed ", seed));
    History one(seed);
    History other(seed);
    std::mt19937_64 random(seed);
    const auto below = [&](size_t bound) {
      return std::uniform_int_distribution<size_t>(0, bound - 1)(random);
    };
    const auto signal = [](History& hub, const std::string& author, const std::string& audience,
                           const std::string& topic, pb::Purpose purpose) {
      pb::Draft draft = hub.Draft(author, audience);
      draft.set_cycle("2027");
      draft.add_topics(topic);
      if (purpose == pb::PURPOSE_ACTION) draft.add_addressees("org/igf-mag");
      draft.mutable_topic_signal()->set_purpose(purpose);
      draft.mutable_topic_signal()->set_title("fictional");
      draft.mutable_topic_signal()->set_text("fictional words");
      return hub.Publish(draft);
    };
    std::vector<std::pair<std::string, std::string>> open;  // in the one hub, in the other
    for (int i = 0; i < 60; ++i) {
      if (open.empty() || below(2) == 0) {
        const std::string author = kAuthors[below(5)];
        const std::string topic = absl::StrCat("t:", below(4));
        const pb::Purpose purpose = below(2) == 0 ? pb::PURPOSE_ACTION : pb::PURPOSE_INFORMATION;
        open.emplace_back(signal(one, author, "igf/public", topic, purpose),
                          signal(other, author, "igf/public", topic, purpose));
        continue;
      }
      // Hidden, and not the same in the two.
      const auto& about = open[below(open.size())];
      const std::string closed = kClosed[below(2)];
      ASSERT_FALSE(
          signal(one, "org/igf-mag/seat-1", closed, "t:hidden", pb::PURPOSE_INFORMATION).empty());
      pb::Draft stand =
          other.Naming("org/igf-mag/seat-1", closed, about.second, pb::RELATION_POSITION_ON);
      stand.mutable_position()->set_kind(pb::POSITION_KIND_SUPPORT);
      stand.mutable_position()->set_reason("fictional");
      ASSERT_FALSE(other.Publish(stand).empty());
    }
    for (const char* reader : {"", "org/nri-1", "org/firm"}) {
      EXPECT_EQ(Shown(&one, reader), Shown(&other, reader)) << "as '" << reader << "'";
    }
    EXPECT_NE(Shown(&one, kSecretariat), Shown(&other, kSecretariat)) << "it may see what differs";
  }
}

// A page of so many rows, each as text; `token` is that of the page and then of the next one.
using Ranking =
    std::function<std::vector<std::string>(const Reading& reading, uint32_t most, std::string*)>;

template <typename Response, typename Row>
std::vector<std::string> Told(const absl::StatusOr<Response>& response,
                              const google::protobuf::RepeatedPtrField<Row>& (Response::*rows)()
                                  const,
                              std::string* token) {
  EXPECT_TRUE(response.ok()) << response.status();
  std::vector<std::string> texts;
  for (const Row& row : ((*response).*rows)()) texts.push_back(row.DebugString());
  *token = response->next_page_token();
  return texts;
}

std::vector<Ranking> Rankings(const std::string& cycle) {
  const auto radar = [cycle](const Reading& reading, uint32_t most, std::string* token) {
    pb::GetRadarRequest request;
    request.mutable_window()->set_cycle(cycle);
    request.set_max_topics(most);
    return Told(GetRadar(reading, request, {*token, 0}), &pb::GetRadarResponse::topics, token);
  };
  const auto gaps = [cycle](const Reading& reading, uint32_t most, std::string* token) {
    pb::ListGapsRequest request;
    request.mutable_window()->set_cycle(cycle);
    request.set_max_topics(most);
    return Told(ListGaps(reading, request, {*token, 0}), &pb::ListGapsResponse::gaps, token);
  };
  const auto links = [cycle](const Reading& reading, uint32_t most, std::string* token) {
    pb::ListTopicLinksRequest request;
    request.mutable_window()->set_cycle(cycle);
    request.set_fewest_organisations(1);
    request.set_most_chance(1);
    request.set_max_links(most);
    return Told(ListTopicLinks(reading, request, {*token, 0}), &pb::ListTopicLinksResponse::links,
                token);
  };
  return {radar, gaps, links};
}

// Whatever is said meanwhile, revised, taken back or decided.
TEST(RankingPageTest, PagesAfterTheFirstAreOfTheLogAsItWas) {
  size_t moved = 0;
  for (uint64_t seed : Seeds()) {
    SCOPED_TRACE(absl::StrCat("seed ", seed));
    History history(seed);
    const auto live = [&history](int events) {
      for (int i = 0; i < events; ++i) {
        history.Happen();
        if (i % 10 == 0) history.Decide();
      }
    };
    live(150);
    for (const char* reader : kReaders) {
      for (const char* cycle : {"2026", "2027"}) {
        SCOPED_TRACE(absl::StrCat("as '", reader, "' in ", cycle));
        for (const Ranking& ranking : Rankings(cycle)) {
          std::string token;
          const std::vector<std::string> whole = ranking(*history.As(reader), 500, &token);
          std::vector<std::string> pages = ranking(*history.As(reader), 1, &token);
          while (!token.empty()) {
            live(5);
            const auto reading = history.As(reader);
            for (std::string& row : ranking(*reading, 1 + history.Below(3), &token)) {
              pages.push_back(std::move(row));
            }
            EXPECT_TRUE(reading->status().ok()) << reading->status();
          }
          EXPECT_EQ(pages, whole);
          moved += ranking(*history.As(reader), 500, &token) != whole;
        }
      }
    }
  }
  EXPECT_GT(moved, 0u) << "or nothing that was said meanwhile mattered";
}

TEST(WindowTest, WindowsAreDaysAndCycles) {
  History history(1);
  for (int i = 0; i < 40; ++i) history.Signal();
  const auto reading = history.As(kSecretariat);
  pb::Window window;
  window.mutable_days()->set_starts_on("1999-01-01");
  ASSERT_TRUE(ScopeOf(*reading, window).ok());
  EXPECT_EQ(ScopeOf(*reading, window)->begin, 0u);
  window.mutable_days()->set_ends_on("1999-12-31");
  EXPECT_TRUE(TalliesOf(*reading, *ScopeOf(*reading, window), domain::ExactTopics({})).empty());
  // Where nothing happened too.
  window.mutable_days()->set_ends_on("1998-12-31");
  EXPECT_THAT(ScopeOf(*reading, window).status().ToString(),
              ::testing::HasSubstr("window.days.ends_on"));
  window.mutable_days()->set_ends_on("1999-12-31");
  window.mutable_days()->set_starts_on("2999-01-01");
  window.mutable_days()->clear_ends_on();
  EXPECT_TRUE(TalliesOf(*reading, *ScopeOf(*reading, window), domain::ExactTopics({})).empty());

  window.mutable_days()->set_starts_on("yesterday");
  EXPECT_THAT(ScopeOf(*reading, window).status().ToString(),
              ::testing::HasSubstr("window.days.starts_on"));
  pb::Window backwards;
  backwards.mutable_days()->set_starts_on("2999-01-01");
  backwards.mutable_days()->set_ends_on("1999-01-01");
  EXPECT_THAT(ScopeOf(*reading, backwards).status().ToString(),
              ::testing::HasSubstr("window.days.ends_on"));
  pb::Window none;
  none.set_cycle("1066");
  EXPECT_THAT(ScopeOf(*reading, none).status().ToString(), ::testing::HasSubstr("window.cycle"));
}

}  // namespace
}  // namespace liaison::views
