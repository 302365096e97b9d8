#include "server/federation/enter.h"

#include <gtest/gtest.h>

#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "fictional_origin.h"
#include "proto/record/errors.h"
#include "proto/record/foreign.h"
#include "server/backup/reapply.h"
#include "server/domain/rows.h"
#include "server/federation/entry.h"
#include "tests/support/test_hub.h"

namespace liaison::federation {
namespace {

using record::Reason;
using record::ReasonOf;
using testing::Call;
using testing::Failure;
using testing::FaultDisk;
using testing::FictionalOrigin;
using testing::kAuthor;
using testing::kOtherAuthor;
using testing::TestHub;

constexpr char kPeer[] = "regional";
constexpr char kElsewhere[] = "other.example/regional/6f1c1f7e-9a86-4c0b-8a53-1d9d2b1f0a02";
constexpr char kPolicy[] = R"(
[origin."$origin"]
vkey = "$vkey"
[[origin."$origin".receive]]
name = "all of it"
audiences = ["$hub/public"]
topics = "*"
types = "*"
authors = "*"
)";

pb::Draft Blank(const std::string& author = kAuthor) {
  pb::Draft draft;
  draft.set_event_id(record::Uuid::Random().ToString());
  draft.set_author(author);
  draft.set_audience("regional/public");
  return draft;
}

record::Hash DigestOf(const Item& item) { return record::EventDigest(item.header); }

pb::Draft AmendmentOf(const Item& item, const std::string& author = kAuthor) {
  pb::Draft draft = Blank(author);
  pb::Reference* reference = draft.add_references();
  reference->set_relation(pb::RELATION_REVISES);
  reference->set_digest(std::string(DigestOf(item).bytes()));
  draft.mutable_amendment()->set_reason("In other words.");
  return draft;
}

pb::Draft RedactionOf(const record::Hash& target, pb::SectionKind section,
                      const std::string& author = kAuthor) {
  pb::Draft draft = Blank(author);
  draft.mutable_redaction()->set_target_digest(std::string(target.bytes()));
  draft.mutable_redaction()->set_section(section);
  draft.mutable_redaction()->set_reason(pb::REDACTION_REASON_PERSONAL_DATA);
  return draft;
}

// A hub that takes from others all that is public there.
class EnterTest : public ::testing::Test {
 protected:
  EnterTest() { regional_.AddKey(kAuthor); }

  // Items of that origin, judged in the log as it is by now.
  std::vector<domain::Statement> Verified(const FictionalOrigin& from,
                                          const std::vector<Item>& items) {
    const Policy policy = *Policy::Parse(
        absl::StrReplaceAll(kPolicy, {{"$origin", from.origin.name},
                                      {"$hub", "regional"},
                                      {"$vkey", from.log_key.verifier().ToString()}}));
    const Head head = from.head();
    const OriginRegistry theirs = from.Replicated();
    // As that hub calls itself: all that these say is of the audience regional/public.
    Origin origin = from.origin;
    origin.hub = "regional";
    const auto ours = hub_.sequencer().registry();
    const Bench bench{&origin,
                      &head,
                      &theirs,
                      ours.get(),
                      &policy,
                      [](const record::Hash&) -> absl::StatusOr<bool> { return false; },
                      [](const pb::EventHeader&) -> absl::StatusOr<Behind> {
                        return Behind{true, true, true};
                      }};
    std::vector<domain::Statement> statements;
    for (const Item& item : items) {
      const Item proven = from.Proven(item);
      const auto judgement = VerifyItem(proven, bench);
      EXPECT_EQ(judgement->verdict, Verdict::kAccepted)
          << NameOf(judgement->why) << ": " << judgement->detail;
      statements.push_back(ToStatement(proven, *judgement, origin, head));
    }
    return statements;
  }
  sequencer::Answers Ask(sequencer::Proposal proposal) { return AskOf(&hub_, std::move(proposal)); }
  static sequencer::Answers AskOf(TestHub* hub, sequencer::Proposal proposal) {
    absl::Notification answered;
    sequencer::Answers answers;
    proposal.done = [&](sequencer::Answers given) {
      answers = std::move(given);
      answered.Notify();
    };
    EXPECT_TRUE(hub->proposals().Propose(std::move(proposal)).ok());
    answered.WaitForNotification();
    return answers;
  }
  // One batch, behind whatever the cursor says.
  sequencer::Answers Enter(const FictionalOrigin& from, const std::vector<Item>& items,
                           const std::string& settled = "settled") {
    return Ask(EntryOf(Verified(from, items), {Key(from), CursorOf(from), settled}));
  }
  // It alone; its sequence here.
  uint64_t Enter(const FictionalOrigin& from, const Item& item) {
    const sequencer::Answers answers = Enter(from, std::vector<Item>{item});
    EXPECT_TRUE(answers[0].ok()) << answers[0].status();
    EXPECT_FALSE(answers[0]->duplicate);
    return answers[0]->leaf.sequence;
  }
  static std::string Key(const FictionalOrigin& from) {
    return LaneRowKey(kPeer, from.origin.name);
  }
  std::optional<std::string> CursorOf(const FictionalOrigin& from) {
    return *hub_.log().GetRow(storage::Table::kControl, Key(from));
  }
  record::Leaf LeafOf(uint64_t sequence) {
    return *record::DecodeLeaf(hub_.log().Read(sequence)->leaf);
  }
  storage::StoredSection SectionOf(uint64_t sequence, pb::SectionKind kind) {
    storage::StoredEvent event = *hub_.log().Read(sequence);
    for (storage::StoredSection& section : event.sections) {
      if (section.kind == kind) return section;
    }
    ADD_FAILURE() << "no such section";
    return {};
  }
  std::optional<std::string> LatestOf(const Item& item) {
    return *hub_.log().GetRow(storage::Table::kChain, DigestOf(item).bytes());
  }
  bool Retracted(const Item& item) {
    const auto row =
        hub_.log().GetRow(storage::Table::kLifeCycle, domain::RevisionKey(DigestOf(item)));
    domain::rows::Revision chain;
    return row->has_value() && chain.ParseFromString(**row) && chain.has_retraction();
  }
  storage::BackupOptions Backup() const {
    storage::BackupOptions options;
    options.folder = dir_.path() + "/backups";
    options.reserve_size_bytes = 1 << 20;
    return options;
  }
  // Every row of the log, as somebody who believes nothing reads it.
  void ExpectSound() {
    const auto made = hub_.log().BackUp(Backup());
    ASSERT_TRUE(made.ok()) << made.status();
    const auto verified =
        storage::VerifyBackup(Backup().folder, made->made.number, [](const auto&) {});
    EXPECT_TRUE(verified.ok()) << verified.status();
  }

  testing::TempDir dir_;
  FictionalOrigin regional_;
  FictionalOrigin elsewhere_{kElsewhere};
  TestHub hub_;
};

TEST_F(EnterTest, ItsLeafSaysWhereItComesFromAndItsEvidenceProvesIt) {
  const Item signed_one = regional_.Signed(FictionalOrigin::Signal());
  const Item attested = regional_.Attested(FictionalOrigin::Signal());
  const auto answers = Enter(regional_, std::vector<Item>{signed_one, attested}, "behind both");
  ASSERT_EQ(answers.size(), 2u);
  EXPECT_EQ(CursorOf(regional_), "behind both");
  for (size_t i = 0; i < 2; ++i) {
    const Item& item = i == 0 ? signed_one : attested;
    ASSERT_TRUE(answers[i].ok()) << answers[i].status();
    const uint64_t sequence = answers[i]->leaf.sequence;
    const record::Leaf leaf = LeafOf(sequence);
    const record::Leaf there = *record::DecodeLeaf(item.leaf);
    EXPECT_EQ(leaf.kind, record::LeafKind::kRelayed);
    EXPECT_EQ(leaf.sequence, sequence);
    EXPECT_EQ(leaf.digest, there.digest);
    EXPECT_EQ(leaf.key_hash, there.key_hash);
    EXPECT_EQ(leaf.signature, there.signature);
    EXPECT_EQ(leaf.attested(), i == 1);
    EXPECT_EQ(leaf.relayed->origin_name_hash, record::Sha256Of(regional_.origin.name));
    EXPECT_EQ(leaf.relayed->log_id, regional_.origin.log_id);
    EXPECT_EQ(leaf.relayed->sequence, item.sequence);
    EXPECT_EQ(leaf.relayed->leaf_hash, record::LeafHash(item.leaf));
    EXPECT_EQ(hub_.log().Read(sequence)->header, item.header);
    const auto row =
        hub_.log().GetRow(storage::Table::kForeign, storage::ForeignKey(sequence)).value();
    ASSERT_TRUE(row.has_value());
    const auto evidence = record::DecodeForeign(*row);
    ASSERT_TRUE(evidence.ok()) << evidence.status();
    EXPECT_EQ(evidence->leaf, item.leaf);
    EXPECT_EQ(evidence->proof.checkpoint, regional_.head().note);
    EXPECT_TRUE(record::CheckForeign(leaf, *evidence).ok());
    EXPECT_EQ(*record::OriginIn(*row), regional_.origin.name);
    EXPECT_EQ(*hub_.log().FindByDigest(leaf.digest), sequence);
  }
  EXPECT_EQ(hub_.Read({}).back(), hub_.log().head().sequence);
  ExpectSound();
  hub_.Restart();
  ExpectSound();
}

TEST_F(EnterTest, TheSameAgainLeavesNothing) {
  const Item item = regional_.Signed(FictionalOrigin::Signal());
  const uint64_t sequence = Enter(regional_, item);
  const std::vector<std::string> before = hub_.Everything();
  // From another peer, after a restart, twice in one batch.
  for (int i = 0; i < 2; ++i) {
    const auto answers = Ask(EntryOf(Verified(regional_, {item, item}),
                                     {Key(regional_), CursorOf(regional_), "settled"}));
    for (const auto& answer : answers) {
      ASSERT_TRUE(answer.ok()) << answer.status();
      EXPECT_TRUE(answer->duplicate);
      EXPECT_EQ(answer->leaf.sequence, sequence);
    }
    EXPECT_EQ(hub_.Everything(), before);
    hub_.Restart();
  }
  const Item twice = regional_.Signed(FictionalOrigin::Signal());
  const auto answers = Enter(regional_, std::vector<Item>{twice, twice});
  EXPECT_FALSE(answers[0]->duplicate);
  EXPECT_TRUE(answers[1]->duplicate);
}

TEST_F(EnterTest, ACursorThatSomebodyElseMovedTakesNothing) {
  Enter(regional_, regional_.Signed(FictionalOrigin::Signal()));
  const std::vector<std::string> before = hub_.Everything();
  const auto answers =
      Ask(EntryOf(Verified(regional_, {regional_.Signed(FictionalOrigin::Signal())}),
                  {Key(regional_), "another", "settled"}));
  EXPECT_EQ(answers[0].status().code(), absl::StatusCode::kAborted);
  EXPECT_EQ(hub_.Everything(), before);
  // The cursor alone moves without an event.
  EXPECT_TRUE(Ask(EntryOf({}, {Key(regional_), "settled", "further"})).empty());
  EXPECT_EQ(CursorOf(regional_), "further");
  EXPECT_EQ(hub_.log().head().sequence, 2u);
}

TEST_F(EnterTest, OnePublishedAtTwoHubsIsOneEvent) {
  pb::Draft draft = FictionalOrigin::Signal("org/apnic");
  draft.set_audience("igf/public");
  draft.clear_topics();
  draft.add_topics("unspecified");
  const auto here = hub_.Publish(draft);
  ASSERT_TRUE(here.ok()) << here.status();
  // What it said here it says there, byte for byte.
  const storage::StoredEvent stored = *hub_.log().Read(here->leaf.sequence);
  domain::Statement same;
  same.header_bytes = stored.header;
  ASSERT_TRUE(same.header.ParseFromString(stored.header));
  same.digest = here->leaf.digest;
  auto foreign = std::make_shared<domain::Foreign>();
  foreign->evidence = "not looked at";
  same.foreign = foreign;
  const auto known = hub_.PublishStatements({same}, true);
  ASSERT_TRUE(known[0].ok()) << known[0].status();
  EXPECT_TRUE(known[0]->duplicate);
  EXPECT_EQ(known[0]->leaf.kind, record::LeafKind::kAttested);

  // The other way round: from there first, and then said here.
  const Item item = regional_.Signed(FictionalOrigin::Signal());
  const uint64_t sequence = Enter(regional_, item);
  for (const bool restarted : {false, true}) {
    if (restarted) hub_.Restart();
    domain::Statement again = Verified(regional_, {item})[0];
    again.foreign = nullptr;
    const auto answer = hub_.PublishStatements({again}, true);
    ASSERT_TRUE(answer[0].ok()) << answer[0].status();
    EXPECT_TRUE(answer[0]->duplicate);
    EXPECT_EQ(answer[0]->leaf.sequence, sequence);
  }
}

TEST_F(EnterTest, ItTakesNobodysName) {
  const pb::Draft theirs = FictionalOrigin::Signal("org/apnic");
  Enter(regional_, regional_.Attested(theirs));
  pb::Draft ours = testing::Signal("fictional sample");
  ours.set_event_id(theirs.event_id());
  const auto receipt = hub_.Publish(ours);
  ASSERT_TRUE(receipt.ok()) << receipt.status();
  EXPECT_FALSE(receipt->duplicate);
  EXPECT_EQ(*hub_.log().FindByIdentity(storage::IdentityKey("org/apnic", ours.event_id())),
            receipt->leaf.sequence);
  ExpectSound();
}

TEST_F(EnterTest, WhatAnotherHubIsMadeOfIsReadAndNotObeyed) {
  const storage::Head before = hub_.log().head();
  const auto directory = *hub_.log().ListRows(storage::Table::kDirectory, "", "", 100);
  std::vector<Item> items = {regional_.items[0]};  // a key
  pb::Draft organisation = Blank();
  organisation.mutable_organisation()->set_organisation("org/fictional-secretariat");
  organisation.mutable_organisation()->set_kind(pb::ORGANISATION_KIND_SECRETARIAT);
  items.push_back(regional_.Attested(organisation));
  pb::Draft cycle = Blank();
  cycle.mutable_cycle_body()->set_cycle_id("2027");
  cycle.mutable_cycle_body()->set_state(pb::CYCLE_STATE_OPEN);
  items.push_back(regional_.Attested(cycle));
  pb::Draft audience = Blank();
  audience.mutable_audience_body()->set_group("igf/wg-strategy");
  audience.mutable_audience_body()->set_version(1);
  items.push_back(regional_.Attested(audience));
  pb::Draft evaluation = Blank();
  evaluation.add_references()->set_relation(pb::RELATION_EVALUATES);
  evaluation.mutable_references(0)->set_digest(std::string(DigestOf(items[1]).bytes()));
  evaluation.set_cycle("2027");
  evaluation.mutable_evaluation();
  items.push_back(regional_.Attested(evaluation));
  Enter(regional_, items);
  EXPECT_EQ(hub_.log().head().sequence, before.sequence + items.size());
  for (int i = 0; i < 2; ++i, hub_.Restart()) {
    EXPECT_EQ(hub_.sequencer().registry()->size(), 0u);
    EXPECT_EQ(hub_.log().head().registry_size, 0u);
    const auto rows = *hub_.log().ListRows(storage::Table::kDirectory, "", "", 100);
    EXPECT_EQ(rows.size(), directory.size());
    EXPECT_TRUE(hub_.log().ListRows(storage::Table::kLifeCycle, "", "", 100)->empty());
  }
}

TEST_F(EnterTest, AChainMovesWithinOneOrganisationOfOneOrigin) {
  const Item signal = regional_.Signed(FictionalOrigin::Signal());
  Enter(regional_, signal);
  Enter(regional_, regional_.Attested(AmendmentOf(signal, kOtherAuthor)));
  EXPECT_EQ(LatestOf(signal), std::nullopt) << "somebody else's";
  // The same name at another hub is another organisation.
  Enter(elsewhere_, elsewhere_.Attested(AmendmentOf(signal)));
  EXPECT_EQ(LatestOf(signal), std::nullopt);
  pb::Draft retraction = Blank();
  retraction.add_references()->set_relation(pb::RELATION_RETRACTS);
  retraction.mutable_references(0)->set_digest(std::string(DigestOf(signal).bytes()));
  retraction.mutable_retraction()->set_reason("It was wrong.");
  Enter(elsewhere_, elsewhere_.Attested(retraction));
  EXPECT_FALSE(Retracted(signal));
  EXPECT_TRUE(hub_.log().ListRows(storage::Table::kLifeCycle, "", "", 100)->empty());

  const Item amendment = regional_.Signed(AmendmentOf(signal));
  Enter(regional_, amendment);
  EXPECT_EQ(LatestOf(signal), DigestOf(amendment).bytes());
  retraction.set_event_id(record::Uuid::Random().ToString());
  Enter(regional_, regional_.Signed(retraction));
  EXPECT_TRUE(Retracted(signal));
}

TEST_F(EnterTest, OneKeyIsOneHandWhereverItWrites) {
  const Item signal = regional_.Signed(FictionalOrigin::Signal());
  Enter(regional_, signal);
  elsewhere_.keys.emplace(kAuthor, *record::SigningKey::FromSeed(regional_.key(kAuthor).seed()));
  elsewhere_.AddKey(kAuthor);
  const Item amendment = elsewhere_.Signed(AmendmentOf(signal));
  Enter(elsewhere_, amendment);
  EXPECT_EQ(LatestOf(signal), DigestOf(amendment).bytes());
}

TEST_F(EnterTest, WhatStayedBehindIsNoFault) {
  Item item = regional_.Signed(FictionalOrigin::Signal());
  for (ItemSection& section : item.sections) {
    if (section.kind != pb::SECTION_KIND_PERSONAL) continue;
    section = {section.kind, Presence::kStays, "", ""};
  }
  const uint64_t sequence = Enter(regional_, item);
  EXPECT_TRUE(SectionOf(sequence, pb::SECTION_KIND_PERSONAL).withheld);
  EXPECT_FALSE(SectionOf(sequence, pb::SECTION_KIND_CONTENT).withheld);
  ExpectSound();
  // What is erased there, seen here or not, is erased here.
  Enter(regional_, regional_.Signed(RedactionOf(DigestOf(item), pb::SECTION_KIND_PERSONAL)));
  EXPECT_TRUE(SectionOf(sequence, pb::SECTION_KIND_PERSONAL).erased);
  EXPECT_FALSE(SectionOf(sequence, pb::SECTION_KIND_PERSONAL).withheld);
  ExpectSound();
}

TEST_F(EnterTest, WhatIsErasedThereIsErasedHere) {
  const Item item = regional_.Signed(FictionalOrigin::Signal());
  const uint64_t sequence = Enter(regional_, item);
  // By whom that hub lets erase; nobody else has a say in it.
  const Item by_other = elsewhere_.Attested(RedactionOf(DigestOf(item), pb::SECTION_KIND_CONTENT));
  Enter(elsewhere_, by_other);
  EXPECT_FALSE(SectionOf(sequence, pb::SECTION_KIND_CONTENT).erased);
  Enter(regional_,
        regional_.Attested(RedactionOf(DigestOf(item), pb::SECTION_KIND_CONTENT, kOtherAuthor)));
  EXPECT_TRUE(SectionOf(sequence, pb::SECTION_KIND_CONTENT).erased);
  EXPECT_TRUE(SectionOf(sequence, pb::SECTION_KIND_CONTENT).data.empty());
  ExpectSound();
  // In one batch with it, and of something that did not come.
  const Item other = regional_.Signed(FictionalOrigin::Signal());
  const Item missing = regional_.Signed(FictionalOrigin::Signal());
  const auto answers =
      Enter(regional_,
            std::vector<Item>{
                other, regional_.Signed(RedactionOf(DigestOf(other), pb::SECTION_KIND_PERSONAL)),
                regional_.Signed(RedactionOf(DigestOf(missing), pb::SECTION_KIND_PERSONAL))});
  ASSERT_TRUE(answers[2].ok()) << answers[2].status();
  EXPECT_TRUE(SectionOf(answers[0]->leaf.sequence, pb::SECTION_KIND_PERSONAL).erased);
  ExpectSound();
}

// On another way the redaction may be first: then the words never come in.
TEST_F(EnterTest, WhatWasErasedBeforeItCameIsNotWritten) {
  const Item item = regional_.Signed(FictionalOrigin::Signal());
  const Item other = regional_.Signed(FictionalOrigin::Signal());
  Enter(regional_, regional_.Signed(RedactionOf(DigestOf(item), pb::SECTION_KIND_PERSONAL)));
  Enter(elsewhere_, elsewhere_.Attested(RedactionOf(DigestOf(other), pb::SECTION_KIND_CONTENT)));
  const auto erased = hub_.log().Read(Enter(regional_, item));
  ASSERT_TRUE(erased.ok()) << erased.status();
  ASSERT_EQ(erased->sections.size(), 2u);
  EXPECT_FALSE(erased->sections[0].erased);
  EXPECT_TRUE(erased->sections[1].erased);
  EXPECT_TRUE(erased->sections[1].data.empty());
  const auto kept = hub_.log().Read(Enter(regional_, other));
  ASSERT_TRUE(kept.ok()) << kept.status();
  for (const storage::StoredSection& section : kept->sections) {
    EXPECT_FALSE(section.erased) << "by another hub, which has no say in it";
  }
}

TEST_F(EnterTest, AnEventOfOursIsNotErasedByAnotherHub) {
  const auto ours = hub_.Publish(testing::Signal("fictional sample", kAuthor));
  ASSERT_TRUE(ours.ok()) << ours.status();
  Enter(regional_, regional_.Attested(RedactionOf(ours->leaf.digest, pb::SECTION_KIND_CONTENT)));
  EXPECT_FALSE(SectionOf(ours->leaf.sequence, pb::SECTION_KIND_CONTENT).erased);
  ExpectSound();
}

TEST_F(EnterTest, ARestoreDoesNotBringBackWhatWasErasedThere) {
  const Item item = regional_.Signed(FictionalOrigin::Signal());
  const uint64_t sequence = Enter(regional_, item);
  ASSERT_TRUE(hub_.log().BackUp(Backup()).ok());
  const Item redaction = regional_.Signed(RedactionOf(DigestOf(item), pb::SECTION_KIND_PERSONAL));
  Enter(regional_, redaction);
  ASSERT_TRUE(hub_.log().KeepRedactions(Backup().folder, 0).ok());

  storage::RestoreOptions options;
  options.folder = Backup().folder;
  options.data_dir = dir_.path() + "/data";
  auto restore = storage::Restore::Begin(options);
  ASSERT_TRUE(restore.ok()) << restore.status();
  ASSERT_EQ((*restore)->redactions().size(), 1u);
  const auto reapplied = backup::Reapply((*restore)->redactions(), &(*restore)->log());
  ASSERT_TRUE(reapplied.ok()) << reapplied.status();
  EXPECT_EQ(reapplied->appended, 1u);
  const storage::StoredEvent erased = *(*restore)->log().Read(sequence);
  EXPECT_TRUE(erased.sections.back().erased);
  // It came with its evidence, and is the same when the lane brings it again.
  const auto again = (*restore)->log().FindByDigest(DigestOf(redaction));
  ASSERT_TRUE(again.ok() && again->has_value());
  storage::BackupOptions after = Backup();
  after.folder = dir_.path() + "/after";
  ASSERT_TRUE((*restore)->log().CompactErased(0).ok());
  const auto made = (*restore)->log().BackUp(after);
  ASSERT_TRUE(made.ok()) << made.status();
  const auto verified = storage::VerifyBackup(after.folder, 0, [](const auto&) {});
  EXPECT_TRUE(verified.ok()) << verified.status();
}

TEST_F(EnterTest, AForgedRowOfEvidenceIsFound) {
  const Item one = regional_.Signed(FictionalOrigin::Signal());
  const Item two = regional_.Signed(FictionalOrigin::Signal());
  const auto answers = Enter(regional_, std::vector<Item>{one, two});
  const std::string of_two =
      **hub_.log().GetRow(storage::Table::kForeign, storage::ForeignKey(answers[1]->leaf.sequence));
  hub_.Stop();
  const auto is_sound = [this] {
    const auto made = hub_.log().BackUp(Backup());
    return made.ok() &&
           storage::VerifyBackup(Backup().folder, made->made.number, [](const auto&) {}).ok();
  };
  const auto put = [this](uint64_t sequence, const std::optional<std::string>& row) {
    storage::Group group;
    group.rows.push_back({storage::Table::kForeign, storage::ForeignKey(sequence), row});
    ASSERT_TRUE(hub_.log().Append(group).ok());
  };
  const uint64_t first = answers[0]->leaf.sequence;
  const std::string of_one =
      **hub_.log().GetRow(storage::Table::kForeign, storage::ForeignKey(first));
  EXPECT_TRUE(is_sound());
  for (const std::optional<std::string>& row :
       {std::optional<std::string>(of_two), std::optional<std::string>("\x7f"),
        std::optional<std::string>()}) {
    put(first, row);
    EXPECT_FALSE(is_sound());
  }
  put(first, of_one);
  EXPECT_TRUE(is_sound());
  // Evidence of what is this log's own, and of what is not there.
  for (const uint64_t sequence : {uint64_t{1}, uint64_t{1000}}) {
    put(sequence, of_one);
    EXPECT_FALSE(is_sound()) << sequence;
    put(sequence, std::nullopt);
  }
  EXPECT_TRUE(is_sound());
}

// Another hub may say that anything was erased. Only where it had a say is that a reason why words
// are missing.
TEST_F(EnterTest, WordsThatAreMissingForAnothersSayAreFound) {
  const Item item = regional_.Signed(FictionalOrigin::Signal());
  const uint64_t sequence = Enter(regional_, item);
  Enter(elsewhere_, elsewhere_.Attested(RedactionOf(DigestOf(item), pb::SECTION_KIND_CONTENT)));
  ExpectSound();
  hub_.Stop();
  storage::Group group;
  group.erased.push_back({sequence, pb::SECTION_KIND_CONTENT});
  ASSERT_TRUE(hub_.log().Append(group).ok());
  ASSERT_TRUE(hub_.log().CompactErased(0).ok());
  const auto made = hub_.log().BackUp(Backup());
  EXPECT_FALSE(made.ok() &&
               storage::VerifyBackup(Backup().folder, made->made.number, [](const auto&) {}).ok());
}

// --- a crash in between --------------------------------------------------------------------------

class EnterCrashTest : public EnterTest {
 protected:
  EnterCrashTest() : failing_(&disk_) {}
  FaultDisk disk_;
  TestHub failing_;
};

// The write fails before, in the middle of, or after it is in the log: the batch comes again, and
// its cursor says whether it has to.
TEST_F(EnterCrashTest, ABatchThatComesAgainHasOneEffect) {
  std::vector<Item> items;
  for (int i = 0; i < 3; ++i) items.push_back(regional_.Signed(FictionalOrigin::Signal()));
  const auto ask = [this](sequencer::Proposal proposal) {
    return AskOf(&failing_, std::move(proposal));
  };
  const auto cursor = [this] {
    return *failing_.log().GetRow(storage::Table::kControl, Key(regional_));
  };
  for (int i = 0; i < 2; ++i) ASSERT_TRUE(failing_.Publish(testing::Signal("fictional")).ok());
  const uint64_t before = failing_.log().head().sequence;
  for (const Call call : {Call::kWrite, Call::kSync}) {
    disk_.Fail({1, false, call, Failure::Error::kIo});
    const auto failed =
        ask(EntryOf(Verified(regional_, items), {Key(regional_), cursor(), "behind"}));
    ASSERT_FALSE(failed[0].ok());
    disk_.StopFailing();
    failing_.Restart();
    // Both or neither.
    EXPECT_EQ(cursor().has_value(), failing_.log().head().sequence >= before + items.size());
    const auto again =
        ask(EntryOf(Verified(regional_, items), {Key(regional_), cursor(), "behind"}));
    for (const auto& answer : again) ASSERT_TRUE(answer.ok()) << answer.status();
    EXPECT_EQ(failing_.log().head().sequence, before + items.size());
    EXPECT_EQ(cursor(), "behind");
    EXPECT_EQ(failing_.log().ListRows(storage::Table::kForeign, "", "", 100)->size(), items.size());
  }
}

// At every call of the disk that the write makes, the power goes: events, evidence and cursor are
// there together or not at all, and the same batch once more makes them whole.
TEST_F(EnterTest, WhereverThePowerGoesABatchIsThereWholeOrNotAtAll) {
  const uint64_t seed = std::random_device{}();
  SCOPED_TRACE(::testing::Message() << "seed " << seed);
  std::vector<Item> items;
  for (int i = 0; i < 3; ++i) items.push_back(regional_.Signed(FictionalOrigin::Signal()));
  uint64_t whole = 0, nothing = 0;
  for (const testing::Survival survival :
       {testing::Survival::kNothing, testing::Survival::kPrefix, testing::Survival::kEverything}) {
    for (uint64_t call = 1;; ++call) {
      SCOPED_TRACE(::testing::Message()
                   << testing::kSurvivalNames[static_cast<size_t>(survival)] << ", call " << call);
      FaultDisk disk;
      TestHub hub(&disk);
      ASSERT_TRUE(hub.Publish(testing::Signal("fictional")).ok());
      const uint64_t before = hub.log().head().sequence;
      const auto ask = [&](const std::optional<std::string>& expected) {
        return AskOf(&hub,
                     EntryOf(Verified(regional_, items), {Key(regional_), expected, "behind"}));
      };
      disk.LosePowerAtCall(call, seed + call);
      const auto answers = ask(std::nullopt);
      if (disk.power()) {  // so many calls it does not make: it was written
        ASSERT_TRUE(answers[0].ok()) << answers[0].status();
        ++whole;
        break;
      }
      hub.Restart([&] { disk.RestorePower(survival, seed + call); });
      const auto cursor = *hub.log().GetRow(storage::Table::kControl, Key(regional_));
      const uint64_t events = hub.log().head().sequence - before;
      const size_t evidence = hub.log().ListRows(storage::Table::kForeign, "", "", 100)->size();
      ASSERT_EQ(events, cursor ? items.size() : 0u);
      ASSERT_EQ(evidence, events);
      ASSERT_TRUE(cursor || !answers[0].ok()) << "it was acknowledged";
      ++(cursor ? whole : nothing);
      for (const auto& answer : ask(cursor)) ASSERT_TRUE(answer.ok()) << answer.status();
      ASSERT_EQ(hub.log().head().sequence, before + items.size());
      ASSERT_EQ(hub.log().ListRows(storage::Table::kForeign, "", "", 100)->size(), items.size());
    }
  }
  EXPECT_GT(whole, 0u);
  EXPECT_GT(nothing, 0u);
}

}  // namespace
}  // namespace liaison::federation
