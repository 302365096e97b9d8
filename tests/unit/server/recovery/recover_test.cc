// A hub loses its folder after a backup, and asks for what came behind it. Everybody in it is
// fictional.

#include "server/recovery/recover.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "proto/record/checkpoint.h"
#include "proto/record/errors.h"
#include "proto/record/foreign.h"
#include "proto/record/private_file.h"
#include "server/sequencer/first_event.h"
#include "server/sequencer/verbatim.h"
#include "server/transparency/log_key.h"
#include "server/transparency/note_file.h"
#include "storage/rocks/open.h"
#include "tests/unit/server/federation/shown_hub.h"
#include "tests/unit/server/federation/taken_event.h"

namespace liaison::recovery {
namespace {

namespace pb = ::igf::liaison::v1;

using ::testing::AllOf;
using ::testing::HasSubstr;
using testing::RedactionDraft;
using testing::Signal;

// Each peer is served what the lost hub once let go to it.
std::string PeerText(const std::string& name, const std::string& audiences,
                     const std::string& sections = R"("content", "attachments")") {
  return absl::StrCat("[peer.", name, "]\naddress = \"", name,
                      ".example:7410\"\norganisation = \"org/fictional-", name, "\"\n[[peer.", name,
                      ".send]]\nname = \"all\"\ntopics = \"*\"\ntypes = \"*\"\nauthors = \"*\"\n",
                      "audiences = [", audiences, "]\nsections = [", sections, "]\n");
}

// Whose events the lost hub had taken.
const std::string& RegionalKey() {
  static const auto* secret = new std::string(
      record::NoteSigner::Generate(testing::kRegional, record::NoteKeyType::kEd25519).ToSecret());
  return *secret;
}

// A policy of which that hub is the only peer.
std::string RegionalText(bool pins) {
  const std::string relays = absl::StrCat("relays = [\"", testing::kRegional, "\"]\n[[");
  const std::string peer = PeerText("regional", R"("igf/public", "regional/public")");
  if (!pins) return peer;
  const testing::FictionalOrigin regional(testing::kRegional, RegionalKey());
  return absl::StrCat(absl::StrReplaceAll(peer, {{"[[", relays}}), "[origin.\"", testing::kRegional,
                      "\"]\nvkey = \"", regional.log_key.verifier().ToString(), "\"\n");
}

const std::string& Policy() {
  static const auto* text = new std::string(
      PeerText("open", R"("igf/public")") + PeerText("close", R"("igf/partners")") +
      PeerText("whole", R"("igf/public", "igf/partners")", R"("content", "personal")") +
      "[peer.dials]\norganisation = \"org/fictional-dials\"\n");
  return *text;
}

class Line final : public federation::PeerLine {
 public:
  using Answer = std::function<absl::StatusOr<federation::pb::PullLaneResponse>(
      const federation::pb::PullLaneRequest&)>;
  explicit Line(Answer answer) : answer_(std::move(answer)) {}
  absl::StatusOr<federation::pb::PullLaneResponse> PullLane(
      const federation::pb::PullLaneRequest& request) override {
    return answer_(request);
  }
  void Cancel() override {}

 private:
  const Answer answer_;
};

class RecoverTest : public ::testing::Test {
 protected:
  RecoverTest() {
    options_.policy = &shown_.policy;
    options_.keys_dir = shown_.dir.path() + "/keys";
    options_.evidence_file = dir_.path() + "/evidence";
    options_.dial = [this](const federation::PeerPolicy& peer)
        -> absl::StatusOr<std::unique_ptr<federation::PeerLine>> {
      const std::string name = peer.address.substr(0, peer.address.find('.'));
      return std::unique_ptr<federation::PeerLine>(
          std::make_unique<Line>([this, name](const federation::pb::PullLaneRequest& request) {
            return Serve(name, request);
          }));
    };
    options_.note = [this](const std::string& what) { notes_.push_back(what); };
    options_.pause = [this] {
      ++pauses_;
      if (on_pause_) on_pause_();
    };
    options_.now_us = [] { return int64_t{1'900'000'000'000'000}; };
    Say("before the backup");
  }

  absl::StatusOr<federation::pb::PullLaneResponse> Serve(
      const std::string& name, const federation::pb::PullLaneRequest& request) {
    if (away_.count(name) > 0) return absl::UnavailableError("nobody is there");
    if (trouble_.count(name) > 0) return trouble_.at(name);
    auto response = shown_.source->Serve(name, request);
    if (name == "regional" || name == "also") response = GivesBack(request);
    const auto spoil = spoil_.find(name);
    if (response.ok() && spoil != spoil_.end()) spoil->second(&*response);
    return response;
  }
  // As a hub answers that has kept the leaves alone, and has their events.
  absl::StatusOr<federation::pb::PullLaneResponse> GivesBack(
      federation::pb::PullLaneRequest request) {
    request.set_bare_leaves(request.give_back());
    auto response = shown_.source->Serve("regional", request);
    if (!response.ok()) return response;
    for (auto& piece : *response->mutable_pieces()) {
      for (auto& item : *piece.mutable_items()) {
        if (!item.header().empty()) continue;
        const auto given = shown_.source->GiveBack("regional", item.leaf());
        EXPECT_TRUE(given.ok() && *given) << given.status();
        if (given.ok() && *given) item = **given;
      }
    }
    return response;
  }
  uint64_t TakeOfRegional(const std::string& title) {
    pb::Draft draft = testing::FictionalOrigin::Signal();
    draft.mutable_topic_signal()->set_title(title);
    return testing::Take(&shown_, &regional_, draft, "regional");
  }
  void AskRegionalAlone(bool pins = true) {
    auto policy = federation::Policy::Parse(RegionalText(pins));
    ASSERT_TRUE(policy.ok()) << policy.status();
    shown_.policy = *std::move(policy);
  }
  void ExpectLost(uint64_t sequence, const std::string& because) {
    const auto continuation = Recover();
    ASSERT_TRUE(continuation.ok()) << continuation.status();
    EXPECT_FALSE(continuation->same_log);
    EXPECT_THAT(continuation->why, HasSubstr(absl::StrCat("nobody has event ", sequence)));
    EXPECT_THAT(notes_, ::testing::Contains(HasSubstr(because)));
    notes_.clear();
    std::filesystem::remove_all(data_dir());
  }
  uint64_t Say(const std::string& title, const std::string& audience = "igf/public") {
    pb::Draft draft = Signal(title, "org/fictional-a");
    draft.set_audience(audience);
    return shown_.Publish(draft);
  }
  uint64_t SayWithPerson() {
    pb::Draft draft = Signal("with a name", "org/fictional-a");
    draft.mutable_personal()->add_contacts()->set_name("A fictional person");
    return shown_.Publish(draft);
  }
  uint64_t Erase(uint64_t sequence, pb::SectionKind section = pb::SECTION_KIND_CONTENT) {
    return shown_.Publish(RedactionDraft("org/fictional-a", shown_.DigestOf(sequence), section));
  }
  storage::LogOnDisk& old() { return shown_.hub.log(); }
  std::string folder() const { return dir_.path() + "/backups"; }
  std::string data_dir() const { return dir_.path() + "/data"; }

  void BackUp() {
    storage::BackupOptions options;
    options.folder = folder();
    options.reserve_size_bytes = 1 << 20;
    const auto made = old().BackUp(options);
    ASSERT_TRUE(made.ok()) << made.status();
  }
  // What the folder of backups gives, and what is behind it.
  absl::StatusOr<backup::Continuation> Recover() {
    storage::RestoreOptions options;
    options.folder = folder();
    options.data_dir = data_dir();
    options.same_log = true;
    auto restore = storage::Restore::Begin(options);
    EXPECT_TRUE(restore.ok()) << restore.status();
    if (!restore.ok()) return restore.status();
    auto continuation = GoOn(options_, restore->get());
    if (continuation.ok()) {
      EXPECT_TRUE((*restore)->Finish().ok());
    }
    return continuation;
  }
  void OpenLog() {
    storage::OpenOptions options;
    options.data_dir = data_dir();
    auto log = storage::OpenEventLog(options);
    ASSERT_TRUE(log.ok()) << log.status();
    log_ = *std::move(log);
  }
  // The log is what it was, to the last row, and its signer finds what it had signed.
  void ExpectSameLog() {
    OpenLog();
    ASSERT_NE(log_, nullptr);
    EXPECT_EQ(log_->log_id(), old().log_id());
    EXPECT_EQ(log_->token_secret(), old().token_secret());
    ASSERT_EQ(log_->head().sequence, old().head().sequence);
    EXPECT_EQ(log_->head().root, old().head().root);
    EXPECT_EQ(log_->head().registry_root, old().head().registry_root);
    for (uint64_t sequence = 1; sequence <= log_->head().sequence; ++sequence) {
      const auto here = log_->Read(sequence);
      const auto there = old().Read(sequence);
      ASSERT_TRUE(here.ok() && there.ok());
      EXPECT_EQ(here->leaf, there->leaf);
      EXPECT_EQ(here->header, there->header);
      ASSERT_EQ(here->sections.size(), there->sections.size());
      for (size_t i = 0; i < here->sections.size(); ++i) {
        EXPECT_EQ(here->sections[i].data, there->sections[i].data) << sequence;
        EXPECT_EQ(here->sections[i].salt, there->sections[i].salt) << sequence;
        EXPECT_EQ(here->sections[i].erased, there->sections[i].erased) << sequence;
      }
    }
    for (const storage::Table table :
         {storage::Table::kChain, storage::Table::kDirectory, storage::Table::kLifeCycle}) {
      EXPECT_EQ(Rows(*log_, table), Rows(old(), table)) << static_cast<char>(table);
    }
    ExpectSound();
    ExpectSignerGoesOn();
  }
  // Reads every byte of it once more: nothing can be found that should not, and the other way.
  void ExpectSound() {
    storage::BackupOptions options;
    options.folder = dir_.path() + "/again";
    options.reserve_size_bytes = 1 << 20;
    ASSERT_TRUE(log_->BackUp(options).ok());
    const auto verified =
        storage::VerifyBackup(options.folder, 0, [](const storage::BackupProgress&) {});
    EXPECT_TRUE(verified.ok()) << verified.status();
  }
  void ExpectSignerGoesOn() {
    const transparency::LogKeyOptions keys{options_.keys_dir, "igf", "hub.example", log_->log_id()};
    auto key = transparency::FindOrMakeLogKey(keys);
    ASSERT_TRUE(key.ok()) << key.status();
    transparency::NoteFile log_record(transparency::CheckpointFile(keys));
    transparency::NoteFile registry_record(transparency::RegistryCheckpointFile(keys));
    transparency::Signer signer(log_.get(), &storage::TreesOf(*log_), *std::move(key),
                                {&log_record, &registry_record});
    EXPECT_TRUE(signer.Open().ok());
  }
  // The log is another one, which says from where it goes on.
  void ExpectNewLog(const backup::Continuation& continuation, uint64_t backup_head,
                    const std::string& note) {
    EXPECT_FALSE(continuation.same_log);
    OpenLog();
    ASSERT_NE(log_, nullptr);
    EXPECT_NE(log_->log_id(), old().log_id());
    EXPECT_NE(log_->token_secret(), old().token_secret());
    EXPECT_EQ(*log_->RootAt(backup_head), *old().RootAt(backup_head));
    EXPECT_EQ(continuation.checkpoint, note);
    if (note.empty()) {
      EXPECT_EQ(log_->head().sequence, backup_head);
      return;
    }
    ASSERT_EQ(log_->head().sequence, backup_head + 1);
    const auto quote = log_->Read(backup_head + 1);
    ASSERT_TRUE(quote.ok());
    pb::Attachments attachments;
    ASSERT_TRUE(attachments.ParseFromString(quote->sections.back().data));
    ASSERT_EQ(attachments.attachments_size(), 1);
    EXPECT_EQ(attachments.attachments(0).name(), sequencer::kQuoteName);
    EXPECT_EQ(attachments.attachments(0).data(), note);
  }
  static std::vector<std::string> Rows(const storage::EventLog& log, storage::Table table) {
    std::vector<std::string> rows;
    const auto listed = log.ListRows(table, "", "", 100'000);
    EXPECT_TRUE(listed.ok());
    for (const auto& row : *listed) rows.push_back(absl::StrCat(row.key, "=", row.value));
    return rows;
  }
  std::string Note() const { return shown_.signer->published()->log.note; }
  // The same key signs another tree of that size.
  std::string OtherNote(uint64_t size) const {
    const auto key =
        transparency::FindOrMakeLogKey({options_.keys_dir, "igf", "hub.example", shown_.hub_id});
    const std::string text = record::FormatCheckpoint(
        {key->verifier().name(), size, record::LeafHash("another history"), {}});
    return absl::StrCat(text, "\n", key->Sign(text));
  }

  testing::TempDir dir_;
  struct Shown : testing::ShownHub {
    Shown() : ShownHub(Policy()), hub_id(hub.log().log_id()) {}
    const record::Uuid hub_id;
  } shown_;
  testing::FictionalOrigin regional_{testing::kRegional, RegionalKey()};
  Options options_;
  std::set<std::string> away_;
  std::map<std::string, absl::Status> trouble_;
  std::map<std::string, std::function<void(federation::pb::PullLaneResponse*)>> spoil_;
  std::vector<std::string> notes_;
  int pauses_ = 0;
  std::function<void()> on_pause_;
  std::unique_ptr<storage::LogOnDisk> log_;
};

TEST_F(RecoverTest, AllOfItComesBackToTheByteAndTheLogIsTheOneThatItWas) {
  const uint64_t early = Say("erased when the backup is made already");
  BackUp();
  const record::SigningKey key = record::SigningKey::Generate();
  shown_.Publish(
      testing::OrganisationDraft("org/fictional-b", pb::ORGANISATION_KIND_CIVIL_SOCIETY));
  shown_.Publish(testing::KeyDraft("org/fictional-b", pb::KEY_ACTION_ADD, key));
  const auto signed_signal = Signal("signed", "org/fictional-b");
  shown_.Publish(testing::Signed(signed_signal, key));
  const uint64_t late = Say("erased before anybody had it");
  Erase(early);
  Erase(late);
  pb::Draft amended = Signal("said better", "org/fictional-a");
  amended.add_references()->set_digest(std::string(shown_.DigestOf(2).bytes()));
  amended.mutable_references(0)->set_relation(pb::RELATION_REVISES);
  shown_.Publish(amended);
  pb::Draft position = Signal("", "org/fictional-c");
  position.mutable_position()->set_kind(pb::POSITION_KIND_SUPPORT);
  position.mutable_position()->set_reason("fictional");
  position.add_references()->set_digest(std::string(shown_.DigestOf(2).bytes()));
  position.mutable_references(0)->set_relation(pb::RELATION_POSITION_ON);
  shown_.Publish(position);
  Say("the last one");
  shown_.Sign();
  const auto continuation = Recover();
  ASSERT_TRUE(continuation.ok()) << continuation.status();
  EXPECT_TRUE(continuation->same_log) << continuation->why;
  EXPECT_EQ(continuation->recovered, 9u);
  EXPECT_EQ(pauses_, 0);
  EXPECT_FALSE(Rows(old(), storage::Table::kChain).empty());
  EXPECT_FALSE(Rows(old(), storage::Table::kLifeCycle).empty());
  ExpectSameLog();
}

TEST_F(RecoverTest, WhatCameFromElsewhereComesBackFromWhoHasIt) {
  const uint64_t in_it = TakeOfRegional("in the backup");
  BackUp();
  Say("for all");
  const uint64_t named = TakeOfRegional("with a name");
  const uint64_t erased = TakeOfRegional("erased here");
  pb::Draft secretariat =
      testing::OrganisationDraft("org/igf-secretariat", pb::ORGANISATION_KIND_SECRETARIAT);
  secretariat.set_author("org/igf-secretariat");
  shown_.Publish(secretariat);
  for (const uint64_t target : {in_it, erased}) {
    shown_.Publish(
        RedactionDraft("org/igf-secretariat", shown_.DigestOf(target), pb::SECTION_KIND_CONTENT));
  }
  Say("the last one");
  shown_.Sign();
  AskRegionalAlone();
  const auto continuation = Recover();
  ASSERT_TRUE(continuation.ok()) << continuation.status();
  EXPECT_TRUE(continuation->same_log) << continuation->why;
  EXPECT_EQ(continuation->recovered, 7u);
  OpenLog();
  ASSERT_NE(log_, nullptr);
  ASSERT_EQ(log_->head().sequence, old().head().sequence);
  EXPECT_EQ(log_->head().root, old().head().root);
  EXPECT_EQ(log_->head().registry_root, old().head().registry_root);
  const auto rows = Rows(*log_, storage::Table::kForeign);
  EXPECT_EQ(rows, Rows(old(), storage::Table::kForeign));
  EXPECT_EQ(rows.size(), 3u);
  const storage::StoredEvent event = *log_->Read(named);
  EXPECT_EQ(event.header, old().Read(named)->header);
  EXPECT_EQ(event.sections[0].data, old().Read(named)->sections[0].data);
  EXPECT_TRUE(event.sections.back().withheld) << "names stay where they are";
  EXPECT_TRUE(log_->Read(erased)->sections[0].erased);
  EXPECT_EQ(log_->Read(erased)->sections[0].data, "");
  EXPECT_TRUE(log_->Read(in_it)->sections[0].erased);
  ExpectSound();
  ExpectSignerGoesOn();
}

TEST_F(RecoverTest, WhatIsGivenBackIsTakenForNothingElseThanItsLeafSays) {
  BackUp();
  const uint64_t other = TakeOfRegional("another one");
  const uint64_t taken = TakeOfRegional("of regional");
  shown_.Sign();
  AskRegionalAlone();
  const auto spoil = [&](const std::function<void(federation::pb::LaneItem*)>& change) {
    spoil_["regional"] = [=](federation::pb::PullLaneResponse* response) {
      for (auto& piece : *response->mutable_pieces()) {
        for (auto& item : *piece.mutable_items()) {
          if (item.sequence() == taken) change(&item);
        }
      }
    };
  };
  const std::string elsewhere =
      *old().GetRow(storage::Table::kForeign, storage::ForeignKey(other)).value();
  spoil([](auto* item) { item->clear_evidence(); });
  ExpectLost(taken, "of another hub");
  spoil([&](auto* item) { item->set_evidence(elsewhere); });
  ExpectLost(taken, "not what the relayed leaf speaks of");
  spoil([](auto* item) { item->mutable_evidence()->replace(item->evidence().size() - 9, 1, "x"); });
  ExpectLost(taken, "of another hub");
  spoil([&](auto* item) { item->set_header(old().ReadHeader(other)->header); });
  ExpectLost(taken, "not what its leaf says");
  spoil([](auto* item) { item->mutable_sections(0)->set_data("other words"); });
  ExpectLost(taken, "not what its leaf says");
  spoil([](auto* item) { item->clear_header(), item->clear_sections(), item->clear_evidence(); });
  ExpectLost(taken, "not what its leaf says");
  spoil_.clear();
  const auto answered = GivesBack([&] {
    federation::pb::PullLaneRequest request;
    request.set_origin(shown_.signer->origin());
    request.set_settled(taken - 2);
    request.set_give_back(true);
    return request;
  }());
  ASSERT_TRUE(answered.ok()) << answered.status();
  spoil_["regional"] = [&](auto* response) { *response = *answered; };
  AskRegionalAlone(/*pins=*/false);
  const auto lost = Recover();
  ASSERT_TRUE(lost.ok()) << lost.status();
  EXPECT_FALSE(lost->same_log);
  EXPECT_THAT(notes_, ::testing::Contains(HasSubstr("the policy has no origin")));
}

TEST_F(RecoverTest, WordsOfOthersThatOnePeerKeepsComeFromTheNext) {
  BackUp();
  const uint64_t taken = TakeOfRegional("of regional");
  shown_.Sign();
  auto policy = federation::Policy::Parse(PeerText("also", "\"igf/public\"") + RegionalText(true));
  ASSERT_TRUE(policy.ok()) << policy.status();
  shown_.policy = *std::move(policy);
  spoil_["also"] = [](federation::pb::PullLaneResponse* response) {
    for (auto& piece : *response->mutable_pieces()) {
      for (auto& item : *piece.mutable_items()) {
        for (auto& section : *item.mutable_sections()) {
          section.set_presence(federation::pb::LANE_PRESENCE_STAYS);
          section.clear_salt();
          section.clear_data();
        }
      }
    }
  };
  const auto continuation = Recover();
  ASSERT_TRUE(continuation.ok()) << continuation.status();
  EXPECT_TRUE(continuation->same_log) << continuation->why;
  EXPECT_THAT(notes_, ::testing::Contains(HasSubstr("1 event from elsewhere came back without")))
      << "its names";
  OpenLog();
  ASSERT_NE(log_, nullptr);
  EXPECT_EQ(log_->Read(taken)->sections[0].data, old().Read(taken)->sections[0].data);
  EXPECT_FALSE(log_->Read(taken)->sections[0].withheld);
}

TEST_F(RecoverTest, WhatNothingCoversIsNotKept) {
  BackUp();
  const uint64_t taken = TakeOfRegional("of regional");
  shown_.Sign();
  AskRegionalAlone();
  spoil_["regional"] = [&](federation::pb::PullLaneResponse* response) {
    for (auto& piece : *response->mutable_pieces()) {
      for (auto& item : *piece.mutable_items()) {
        if (item.sequence() != taken) continue;
        auto evidence = *record::DecodeForeign(item.evidence());
        evidence.proof.extra = std::string(100'000, 'x');
        item.set_evidence(record::EncodeForeign(evidence));
      }
    }
  };
  const auto continuation = Recover();
  ASSERT_TRUE(continuation.ok()) << continuation.status();
  EXPECT_TRUE(continuation->same_log) << continuation->why;
  OpenLog();
  ASSERT_NE(log_, nullptr);
  EXPECT_EQ(Rows(*log_, storage::Table::kForeign), Rows(old(), storage::Table::kForeign));
}

// It comes again from there, and is nobody's here to publish once more.
TEST_F(RecoverTest, WhereALogBeginsAnewTheTailIsItsOwnEventsAlone) {
  BackUp();
  TakeOfRegional("of regional");
  const uint64_t known = Say("known");
  Say("for the MAG alone", "igf/mag");
  shown_.Sign();
  AskRegionalAlone();
  const auto continuation = Recover();
  ASSERT_TRUE(continuation.ok()) << continuation.status();
  EXPECT_FALSE(continuation->same_log);
  EXPECT_EQ(continuation->known, 1u);
  const std::string file = absl::StrCat(data_dir(), "/", continuation->tail_file);
  ASSERT_TRUE(continuation->keep_tail(file).ok());
  const auto text = record::ReadPrivateFile(file);
  ASSERT_TRUE(text.ok()) << text.status();
  EXPECT_EQ(nlohmann::json::parse(*text)["sequence"], known);
}

TEST_F(RecoverTest, MoreThanOneAnswerHolds) {
  BackUp();
  for (int i = 0; i < 1200; ++i) Say(absl::StrCat("number ", i));
  shown_.Sign();
  const auto continuation = Recover();
  ASSERT_TRUE(continuation.ok()) << continuation.status();
  EXPECT_EQ(continuation->recovered, 1200u) << continuation->why;
  ExpectSameLog();
}

TEST_F(RecoverTest, WhatOnePeerWasNotLetHaveAnotherMayHave) {
  BackUp();
  Say("for all");
  Say("for partners", "igf/partners");
  SayWithPerson();
  shown_.Sign();
  away_ = {"whole"};
  options_.without = {"whole"};
  const auto parts = Recover();
  ASSERT_TRUE(parts.ok()) << parts.status();
  EXPECT_FALSE(parts->same_log) << "nobody has the name";
  std::filesystem::remove_all(data_dir());
  away_.clear();
  options_.without.clear();
  const auto continuation = Recover();
  ASSERT_TRUE(continuation.ok()) << continuation.status();
  EXPECT_TRUE(continuation->same_log) << continuation->why;
  ExpectSameLog();
}

TEST_F(RecoverTest, TwoPeersHaveTogetherWhatNeitherHasAlone) {
  BackUp();
  Say("for all");
  Say("for partners", "igf/partners");
  Say("for all again");
  shown_.Sign();
  options_.without = {"whole"};
  const auto continuation = Recover();
  ASSERT_TRUE(continuation.ok()) << continuation.status();
  EXPECT_TRUE(continuation->same_log) << continuation->why;
  ExpectSameLog();
}

TEST_F(RecoverTest, ANameThatWasErasedIsMissedByNobody) {
  BackUp();
  const uint64_t named = SayWithPerson();
  Erase(named, pb::SECTION_KIND_PERSONAL);
  shown_.Sign();
  options_.without = {"whole", "close"};
  const auto continuation = Recover();
  ASSERT_TRUE(continuation.ok()) << continuation.status();
  EXPECT_TRUE(continuation->same_log) << continuation->why;
  ExpectSameLog();
}

TEST_F(RecoverTest, NothingBehindTheBackupIsAllOfItToo) {
  shown_.Sign();
  BackUp();
  const auto continuation = Recover();
  ASSERT_TRUE(continuation.ok()) << continuation.status();
  EXPECT_TRUE(continuation->same_log) << continuation->why;
  EXPECT_EQ(continuation->recovered, 0u);
  ExpectSameLog();
}

TEST_F(RecoverTest, WhereSomethingIsMissingTheLogBeginsAnewAndQuotesTheLastCheckpoint) {
  BackUp();
  const uint64_t head = old().head().sequence;
  const uint64_t known = Say("known");
  const uint64_t kept = Say("for the MAG alone", "igf/mag");
  shown_.Sign();
  const auto continuation = Recover();
  ASSERT_TRUE(continuation.ok()) << continuation.status();
  ExpectNewLog(*continuation, head, Note());
  EXPECT_THAT(continuation->why, HasSubstr(absl::StrCat("nobody has event ", kept)));
  EXPECT_EQ(continuation->behind, 2u);
  EXPECT_EQ(continuation->known, 1u);
  const std::string file = absl::StrCat(data_dir(), "/", continuation->tail_file);
  ASSERT_TRUE(continuation->keep_tail(file).ok());
  const auto text = record::ReadPrivateFile(file);
  ASSERT_TRUE(text.ok()) << text.status();
  const auto line = nlohmann::json::parse(*text);
  EXPECT_EQ(line["sequence"], known);
  EXPECT_EQ(line["author"], "org/fictional-a");
  EXPECT_EQ(line["digest"], shown_.DigestOf(known).ToHex());
  EXPECT_EQ(line["sections"].size(), 1u);
}

TEST_F(RecoverTest, WithoutTheRecordOfWhatWasSignedLastNobodyKnowsWhetherItIsAll) {
  BackUp();
  const uint64_t head = old().head().sequence;
  Say("and more");
  shown_.Sign();
  const std::string record =
      transparency::CheckpointFile({options_.keys_dir, "igf", "hub.example", shown_.hub_id});
  std::filesystem::rename(record, record + ".lost");
  const auto continuation = Recover();
  ASSERT_TRUE(continuation.ok()) << continuation.status();
  EXPECT_THAT(continuation->why, HasSubstr("record"));
  ExpectNewLog(*continuation, head, Note());
}

TEST_F(RecoverTest, NorWithAnOlderCopyOfIt) {
  BackUp();
  const uint64_t head = old().head().sequence;
  shown_.Sign();
  const std::string record =
      transparency::CheckpointFile({options_.keys_dir, "igf", "hub.example", shown_.hub_id});
  std::filesystem::copy_file(record, record + ".copy");
  Say("and more");
  shown_.Sign();
  std::filesystem::rename(record + ".copy", record);
  const auto continuation = Recover();
  ASSERT_TRUE(continuation.ok()) << continuation.status();
  EXPECT_THAT(continuation->why, HasSubstr("older copy"));
  ExpectNewLog(*continuation, head, Note());
}

// Which the one that is asked first does not know.
TEST_F(RecoverTest, WhoHasSeenMoreThanTheRecordSaysIsAskedAsWell) {
  BackUp();
  Say("known to all");
  shown_.Sign();
  federation::pb::PullLaneRequest all;
  all.set_origin(shown_.signer->origin());
  const auto early = Serve("open", all);
  ASSERT_TRUE(early.ok()) << early.status();
  spoil_["open"] = [&](federation::pb::PullLaneResponse* response) { *response = *early; };
  options_.without = {"close"};
  const std::string record =
      transparency::CheckpointFile({options_.keys_dir, "igf", "hub.example", shown_.hub_id});
  std::filesystem::copy_file(record, record + ".copy");
  Say("known to one");
  shown_.Sign();
  std::filesystem::rename(record + ".copy", record);
  const auto continuation = Recover();
  ASSERT_TRUE(continuation.ok()) << continuation.status();
  EXPECT_FALSE(continuation->same_log);
  EXPECT_THAT(continuation->why, HasSubstr("older copy"));
}

TEST_F(RecoverTest, WhoDoesNotAnswerIsNamedWhereAllOfItIsHere) {
  BackUp();
  Say("for all");
  shown_.Sign();
  away_ = {"open"};
  const auto continuation = Recover();
  ASSERT_TRUE(continuation.ok()) << continuation.status();
  EXPECT_TRUE(continuation->same_log) << continuation->why;
  EXPECT_THAT(notes_, ::testing::Contains(HasSubstr("open did not answer, and is waited for no")));
}

TEST_F(RecoverTest, WhatWasSignedAndReachedNobodyIsMissing) {
  BackUp();
  const uint64_t head = old().head().sequence;
  Say("it reached them");
  shown_.Sign();
  const auto served = shown_.source->Serve("open", [this] {
    federation::pb::PullLaneRequest request;
    request.set_origin(shown_.signer->origin());
    request.set_settled(2);
    return request;
  }());
  ASSERT_TRUE(served.ok());
  Say("it did not");
  shown_.Sign();
  for (const char* name : {"open", "close", "whole"}) {
    spoil_[name] = [&](federation::pb::PullLaneResponse* response) { *response = *served; };
  }
  const auto continuation = Recover();
  ASSERT_TRUE(continuation.ok()) << continuation.status();
  ExpectNewLog(*continuation, head, Note());
  EXPECT_THAT(continuation->why, HasSubstr("nobody has event 4"));
  EXPECT_EQ(continuation->known, 1u);
}

TEST_F(RecoverTest, AnErasureThatNoCheckpointCoversSaysThatMoreIsLost) {
  BackUp();
  shown_.Sign();
  Erase(2);
  ASSERT_TRUE(old().KeepRedactions(folder(), 0).ok());
  const auto continuation = Recover();
  ASSERT_TRUE(continuation.ok()) << continuation.status();
  EXPECT_FALSE(continuation->same_log);
  EXPECT_THAT(continuation->why, HasSubstr("erased"));
}

TEST_F(RecoverTest, AnErasureThatWasKeptBesideTheBackupsFillsItsPlace) {
  const uint64_t kept = Say("for the MAG alone", "igf/mag");
  BackUp();
  Say("for all");
  pb::Draft erases =
      RedactionDraft("org/fictional-a", shown_.DigestOf(kept), pb::SECTION_KIND_CONTENT);
  erases.set_audience("igf/mag");
  shown_.Publish(erases);
  shown_.Sign();
  const auto without = Recover();
  ASSERT_TRUE(without.ok()) << without.status();
  EXPECT_FALSE(without->same_log) << "no peer was let have it";
  std::filesystem::remove_all(data_dir());
  ASSERT_TRUE(old().KeepRedactions(folder(), 0).ok());
  const auto continuation = Recover();
  ASSERT_TRUE(continuation.ok()) << continuation.status();
  EXPECT_TRUE(continuation->same_log) << continuation->why;
  ExpectSameLog();
}

TEST_F(RecoverTest, WaitsForWhoMayHaveWhatIsMissing) {
  BackUp();
  Say("for partners", "igf/partners");
  shown_.Sign();
  away_ = {"close", "whole"};
  on_pause_ = [this] {
    if (pauses_ == 3) away_ = {"whole"};
  };
  const auto continuation = Recover();
  ASSERT_TRUE(continuation.ok()) << continuation.status();
  EXPECT_TRUE(continuation->same_log) << continuation->why;
  EXPECT_EQ(pauses_, 3);
  ASSERT_EQ(notes_.size(), 4u) << "each is said once";
  EXPECT_THAT(notes_[0], HasSubstr("dials cannot be asked"));
  EXPECT_THAT(notes_[1], AllOf(HasSubstr("close"), HasSubstr("nobody is there"),
                               HasSubstr("--without-peer close")));
  EXPECT_THAT(notes_[3], HasSubstr("whole did not answer, and is waited for no more"));
  ExpectSameLog();
}

// A damaged row of its own, or a lie: neither is found in this log.
TEST_F(RecoverTest, TheTroubleOfOneThatIsAskedStopsNobody) {
  BackUp();
  Say("for all");
  shown_.Sign();
  for (const absl::Status& trouble :
       {absl::DataLossError("something of mine is broken"), absl::OutOfRangeError("or beyond")}) {
    trouble_["close"] = trouble;
    const auto continuation = Recover();
    ASSERT_TRUE(continuation.ok()) << continuation.status();
    EXPECT_TRUE(continuation->same_log) << continuation->why;
    EXPECT_THAT(notes_, ::testing::Contains(AllOf(HasSubstr("waiting for close"),
                                                  HasSubstr(std::string(trouble.message())))));
    std::filesystem::remove_all(data_dir());
  }
}

TEST_F(RecoverTest, OneThatHasNotDealtWithAnythingToTheEndIsWaitedForToo) {
  BackUp();
  Say("for all");
  shown_.Sign();
  options_.without = {"close", "whole"};
  spoil_["open"] = [this](federation::pb::PullLaneResponse* response) {
    if (pauses_ < 2) response->Clear();
  };
  const auto continuation = Recover();
  ASSERT_TRUE(continuation.ok()) << continuation.status();
  EXPECT_TRUE(continuation->same_log) << continuation->why;
  EXPECT_EQ(pauses_, 2);
}

TEST_F(RecoverTest, WhoNeverHadThisLogHasAnsweredWithThat) {
  BackUp();
  Say("for all");
  shown_.Sign();
  options_.without = {"close", "whole"};
  options_.dial =
      [](const federation::PeerPolicy&) -> absl::StatusOr<std::unique_ptr<federation::PeerLine>> {
    return std::unique_ptr<federation::PeerLine>(
        std::make_unique<Line>([](const federation::pb::PullLaneRequest&) {
          return record::Error(record::Reason::kNotFound, "not relayed here");
        }));
  };
  const auto continuation = Recover();
  ASSERT_TRUE(continuation.ok()) << continuation.status();
  EXPECT_FALSE(continuation->same_log);
  EXPECT_EQ(pauses_, 0);
}

TEST_F(RecoverTest, TwoHistoriesStopItAndAreKept) {
  BackUp();
  Say("for all");
  shown_.Sign();
  const std::string other = OtherNote(old().head().sequence);
  spoil_["close"] = [&](federation::pb::PullLaneResponse* response) { response->set_head(other); };
  options_.without = {"open", "whole"};
  const absl::Status refused = Recover().status();
  EXPECT_TRUE(absl::IsDataLoss(refused)) << refused;
  EXPECT_THAT(std::string(refused.message()), HasSubstr("two histories"));
  const auto kept = record::ReadPrivateFile(options_.evidence_file);
  ASSERT_TRUE(kept.ok()) << kept.status();
  EXPECT_THAT(*kept, AllOf(HasSubstr(other), HasSubstr(Note())));
  EXPECT_FALSE(std::filesystem::exists(data_dir() + "/db")) << "no hub opens what is not settled";
}

TEST_F(RecoverTest, ARecordThatTheBackupContradictsStopsItToo) {
  Say("in the backup");
  BackUp();
  const std::string record =
      transparency::CheckpointFile({options_.keys_dir, "igf", "hub.example", shown_.hub_id});
  ASSERT_TRUE(transparency::NoteFile(record).Save(OtherNote(2)).ok());
  const absl::Status refused = Recover().status();
  EXPECT_TRUE(absl::IsDataLoss(refused)) << refused;
  EXPECT_EQ(record::ReadPrivateFile(options_.evidence_file).value_or(""), OtherNote(2));
}

TEST_F(RecoverTest, SoDoesACheckpointThatTheBackupContradicts) {
  Say("in the backup");
  BackUp();
  shown_.Sign();
  const std::string other = OtherNote(2);
  spoil_["open"] = [&](federation::pb::PullLaneResponse* response) { response->set_head(other); };
  Say("so that somebody has to be asked", "igf/mag");
  shown_.Sign();
  const absl::Status refused = Recover().status();
  EXPECT_TRUE(absl::IsDataLoss(refused)) << refused;
  EXPECT_EQ(record::ReadPrivateFile(options_.evidence_file).value_or(""), other);
}

TEST_F(RecoverTest, AnAnswerThatDoesNotLeadFromTheBackupStopsItUnlessSomebodyElseHasIt) {
  BackUp();
  Say("for all");
  Say("and again");
  shown_.Sign();
  spoil_["open"] = [](federation::pb::PullLaneResponse* response) {
    for (auto& piece : *response->mutable_pieces()) {
      for (auto& item : *piece.mutable_items()) item.mutable_leaf()->back() ^= 1;
    }
  };
  options_.without = {"close", "whole"};
  const absl::Status refused = Recover().status();
  EXPECT_TRUE(absl::IsDataLoss(refused)) << refused;
  EXPECT_THAT(std::string(refused.message()),
              AllOf(HasSubstr("open"), HasSubstr("--without-peer")));
  options_.without = {};
  const auto continuation = Recover();
  ASSERT_TRUE(continuation.ok()) << continuation.status();
  EXPECT_TRUE(continuation->same_log) << continuation->why;
  ExpectSameLog();
}

TEST_F(RecoverTest, WordsThatDoNotOpenTheirCommitmentAreNotTaken) {
  BackUp();
  const uint64_t said = Say("for all");
  shown_.Sign();
  options_.without = {"close", "whole"};
  spoil_["open"] = [](federation::pb::PullLaneResponse* response) {
    response->mutable_pieces(0)->mutable_items(0)->mutable_sections(0)->set_data("other words");
  };
  const auto continuation = Recover();
  ASSERT_TRUE(continuation.ok()) << continuation.status();
  EXPECT_FALSE(continuation->same_log);
  EXPECT_EQ(continuation->known, 0u);
  EXPECT_THAT(continuation->why, HasSubstr(absl::StrCat("nobody has event ", said)));
}

TEST_F(RecoverTest, WithoutPeersTheLastCheckpointIsThatOfTheRecord) {
  BackUp();
  const uint64_t head = old().head().sequence;
  Say("for all");
  shown_.Sign();
  options_.policy = nullptr;
  const auto continuation = Recover();
  ASSERT_TRUE(continuation.ok()) << continuation.status();
  ExpectNewLog(*continuation, head, Note());
  EXPECT_EQ(continuation->behind, 1u);
  EXPECT_EQ(continuation->known, 0u);
}

TEST_F(RecoverTest, AndWithoutAKeyThereIsNone) {
  BackUp();
  const uint64_t head = old().head().sequence;
  options_.keys_dir = dir_.path() + "/none";
  const absl::Status refused = Recover().status();
  EXPECT_TRUE(absl::IsFailedPrecondition(refused)) << refused;
  EXPECT_THAT(std::string(refused.message()), HasSubstr(".key"));
  EXPECT_FALSE(
      std::filesystem::exists(options_.keys_dir + "/log-" + shown_.hub_id.ToString() + ".key"))
      << "none is made";
  options_.policy = nullptr;
  const auto continuation = Recover();
  ASSERT_TRUE(continuation.ok()) << continuation.status();
  ExpectNewLog(*continuation, head, "");
}

TEST_F(RecoverTest, WhoIsNoPeerCannotBeLeftOut) {
  BackUp();
  options_.without = {"nobody"};
  EXPECT_THAT(std::string(Recover().status().message()), HasSubstr("no peer nobody"));
  options_.without = {"open", "close", "whole"};
  EXPECT_THAT(std::string(Recover().status().message()), HasSubstr("--without-peers"));
}

TEST_F(RecoverTest, ARestoreThatAskedNobodyIsKnownUntilSomethingIsWritten) {
  BackUp();
  std::ostringstream out;
  backup::OfflineOptions options;
  options.folder = folder();
  options.data_dir = data_dir();
  ASSERT_EQ(backup::RestoreOffline(options, &out), 0) << out.str();
  OpenLog();
  EXPECT_TRUE(*backup::IsUnasked(*log_));
  EXPECT_FALSE(*backup::IsUnasked(old()));
  ASSERT_TRUE(sequencer::AppendQuote("igf", "anything", 1, log_.get()).ok());
  EXPECT_FALSE(*backup::IsUnasked(*log_));
}

TEST_F(RecoverTest, TheCommandSaysWhatBecameOfIt) {
  BackUp();
  Say("for all");
  shown_.Sign();
  backup::OfflineOptions options;
  options.folder = folder();
  options.data_dir = data_dir();
  options.go_on = [this](storage::Restore* restore) { return GoOn(options_, restore); };
  std::ostringstream out;
  ASSERT_EQ(backup::RestoreOffline(options, &out), 0) << out.str();
  const auto said = nlohmann::json::parse(out.str());
  EXPECT_EQ(said["same_log"], true);
  EXPECT_EQ(said["recovered"], 1);
  EXPECT_EQ(said["log_id"], said["old_log_id"]);
  EXPECT_EQ(said["head"], old().head().sequence);
  OpenLog();
  EXPECT_FALSE(*backup::IsUnasked(*log_));
}

}  // namespace
}  // namespace liaison::recovery
