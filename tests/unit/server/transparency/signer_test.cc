#include "server/transparency/signer.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <random>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "proto/record/errors.h"
#include "proto/record/pae.h"
#include "proto/record/proof.h"
#include "server/transparency/log_key.h"
#include "tests/simulation/disk.h"

namespace liaison::transparency {
namespace {

constexpr char kOrigin[] = "fictional.example/igf/log";

// A record that the process may die over: the note before or the new one is there, whole.
class Record final : public NoteStore {
 public:
  enum class Fate { kSaves, kDiesBefore, kDiesAfter };

  absl::StatusOr<std::string> Load() override {
    if (note.empty()) return absl::NotFoundError("nothing was saved");
    return note;
  }
  absl::Status Save(absl::string_view text) override {
    const Fate now = std::exchange(fate, Fate::kSaves);
    if (now != Fate::kDiesBefore) note = std::string(text);
    return now == Fate::kSaves ? absl::OkStatus() : absl::UnavailableError("the process is gone");
  }

  std::string note;
  Fate fate = Fate::kSaves;
};

class SignerTest : public ::testing::Test {
 protected:
  SignerTest() : log_(&disk_, &world_) {
    disk_.log_id = record::Uuid::Random();
    log_record_.note = EmptyNote(kOrigin);
    registry_record_.note = EmptyNote(absl::StrCat(kOrigin, "/registry"));
  }

  record::NoteSigner Key(const std::string& name = kOrigin) const {
    return record::NoteSigner::Parse(skey_)->WithName(name);
  }
  std::string EmptyNote(const std::string& origin) const {
    const std::string text = record::FormatCheckpoint({origin, 0, record::EmptyRoot(), {}});
    return absl::StrCat(text, "\n", Key(origin).Sign(text));
  }
  std::unique_ptr<Signer> NewSigner() {
    return std::make_unique<Signer>(&log_, &log_, Key(),
                                    Signer::Records{&log_record_, &registry_record_});
  }
  std::unique_ptr<Signer> OpenSigner() {
    auto signer = NewSigner();
    EXPECT_TRUE(signer->Open().ok());
    return signer;
  }

  void Append(int count, bool registry = false) {
    storage::Group group;
    for (int i = 0; i < count; ++i) {
      storage::NewEvent event;
      event.leaf.sequence = log_.head().sequence + group.events.size() + 1;
      event.leaf.registry_size = log_.head().registry_size;
      event.header = absl::StrCat("header ", salt_, " ", event.leaf.sequence);
      event.leaf.digest = record::EventDigest(event.header);
      if (registry) event.registry = record::RegistryLeafKind::kOrganisation;
      group.events.push_back(std::move(event));
    }
    const auto committed = log_.Append(group);
    ASSERT_TRUE(committed.ok()) << committed.status();
  }

  // What the note says, after its signature was verified.
  record::Checkpoint Read(const std::string& note, const std::string& origin = kOrigin) const {
    const auto opened = record::OpenNote(note, {Key(origin).verifier()});
    EXPECT_TRUE(opened.ok()) << opened.status();
    return *record::ParseCheckpoint(opened->text);
  }

  const std::string skey_ =
      record::NoteSigner::Generate(kOrigin, record::NoteKeyType::kEd25519).ToSecret();
  simulation::QuietWorld world_;
  simulation::Disk disk_;
  simulation::SimulatedLog log_;
  Record log_record_;
  Record registry_record_;
  std::string salt_ = "a";
};

TEST_F(SignerTest, CoversTheHeadOfBothTrees) {
  auto signer = OpenSigner();
  EXPECT_EQ(Read(signer->published()->log.note).size, 0u);
  Append(3);
  Append(2, /*registry=*/true);
  ASSERT_TRUE(signer->SignHead().ok());
  const auto published = signer->published();
  const record::Checkpoint log = Read(published->log.note);
  EXPECT_EQ(log.size, 5u);
  EXPECT_EQ(log.root, log_.head().root);
  const record::Checkpoint registry =
      Read(published->registry.note, absl::StrCat(kOrigin, "/registry"));
  EXPECT_EQ(registry.size, 2u);
  EXPECT_EQ(registry.root, log_.head().registry_root);
  EXPECT_EQ(log_record_.note, published->log.note) << "what is published was persisted";
}

TEST_F(SignerTest, GoesOnFromItsRecord) {
  OpenSigner();
  Append(7);
  ASSERT_TRUE(OpenSigner()->SignHead().ok());
  Append(1);
  auto signer = OpenSigner();
  EXPECT_EQ(Read(signer->published()->log.note).size, 8u);
}

TEST_F(SignerTest, NothingIsPublishedThatWasNotPersisted) {
  auto signer = OpenSigner();
  Append(2);
  for (const Record::Fate fate : {Record::Fate::kDiesBefore, Record::Fate::kDiesAfter}) {
    log_record_.fate = fate;
    EXPECT_FALSE(signer->SignHead().ok());
    EXPECT_EQ(signer->published()->log.head.size, 0u);
  }
  ASSERT_TRUE(signer->SignHead().ok()) << "a record that failed once is tried again";
  EXPECT_EQ(signer->published()->log.head.size, 2u);
}

// Killed before, in and after each step, over and over, while the log grows: all that was ever
// published or persisted is of one history.
TEST_F(SignerTest, KilledAtEveryStepItNeverSignsTwoRootsOfOneSize) {
  const uint32_t seed = std::random_device()();
  SCOPED_TRACE(absl::StrCat("seed ", seed));
  std::mt19937 random(seed);
  std::map<std::pair<std::string, uint64_t>, record::Hash> roots;
  const auto see = [&](const std::string& note, const std::string& origin) {
    const record::Checkpoint checkpoint = Read(note, origin);
    const auto [known, is_new] = roots.try_emplace({origin, checkpoint.size}, checkpoint.root);
    EXPECT_EQ(known->second, checkpoint.root) << "two roots at size " << checkpoint.size;
  };
  const std::string registry_origin = absl::StrCat(kOrigin, "/registry");
  auto signer = OpenSigner();
  for (int round = 0; round < 300; ++round) {
    Append(static_cast<int>(random() % 4), random() % 3 == 0);
    auto& record = random() % 2 == 0 ? log_record_ : registry_record_;
    record.fate = static_cast<Record::Fate>(random() % 3);
    const bool died = !signer->SignHead().ok();
    see(log_record_.note, kOrigin);
    see(registry_record_.note, registry_origin);
    see(signer->published()->log.note, kOrigin);
    see(signer->published()->registry.note, registry_origin);
    if (died || random() % 4 == 0) signer = OpenSigner();
    record.fate = Record::Fate::kSaves;
  }
  for (const auto& [name, root] : roots) {
    if (name.first != kOrigin) continue;
    EXPECT_EQ(*log_.RootAt(name.second), root) << "the log has another root than was signed";
  }
}

TEST_F(SignerTest, ALogThatLostWhatWasSignedIsNotSigned) {
  Append(5);
  OpenSigner();
  simulation::Disk shorter;
  shorter.log_id = disk_.log_id;
  disk_ = shorter;
  Append(4);
  auto signer = NewSigner();
  EXPECT_TRUE(absl::IsDataLoss(signer->Open()));
  EXPECT_EQ(signer->published(), nullptr);
  EXPECT_EQ(Read(log_record_.note).size, 5u) << "the record stays";
}

TEST_F(SignerTest, ALogWithAnotherHistoryIsNotSigned) {
  Append(5);
  OpenSigner();
  simulation::Disk other;
  other.log_id = disk_.log_id;
  disk_ = other;
  salt_ = "b";
  Append(9);
  EXPECT_TRUE(absl::IsDataLoss(NewSigner()->Open()));
}

TEST_F(SignerTest, ARecordThatIsLostOrDamagedIsNoFreshStart) {
  Append(5);
  OpenSigner();
  const std::string good = log_record_.note;
  log_record_.note = "";
  EXPECT_TRUE(absl::IsFailedPrecondition(NewSigner()->Open()));
  for (size_t i = 0; i < good.size(); i += 7) {
    log_record_.note = good;
    log_record_.note[i] = static_cast<char>(log_record_.note[i] ^ 1);
    EXPECT_FALSE(NewSigner()->Open().ok()) << "byte " << i;
  }
  log_record_.note = good;
  EXPECT_TRUE(NewSigner()->Open().ok());
}

// Yeti, 2022: one bit between what was stored and what was hashed.
TEST_F(SignerTest, WhatIsStoredIsHashedAgainBeforeItIsSigned) {
  auto signer = OpenSigner();
  Append(4);
  disk_.events[2].header[0] = 'H';
  const absl::Status header = signer->SignHead();
  EXPECT_EQ(record::ReasonOf(header), record::Reason::kInternal) << header;
  EXPECT_EQ(Read(log_record_.note).size, 0u);
  disk_.events[2].header[0] = 'h';
  EXPECT_FALSE(signer->SignHead().ok()) << "not before a person has looked";
  ASSERT_TRUE(OpenSigner()->SignHead().ok());
  Append(1);
  disk_.events[4].leaf[20] = static_cast<char>(disk_.events[4].leaf[20] ^ 1);
  EXPECT_EQ(record::ReasonOf(NewSigner()->Open()), record::Reason::kInternal);
}

class LogKeyTest : public ::testing::Test {
 protected:
  LogKeyTest() {
    options_.folder = ::testing::TempDir() + "/log-key-" + record::Uuid::Random().ToString();
    options_.hub = "igf";
    options_.host = "hub.example.org";
    options_.log_id = record::Uuid::Random();
  }
  ~LogKeyTest() override { std::filesystem::remove_all(options_.folder); }

  LogKeyOptions options_;
};

TEST_F(LogKeyTest, IsMadeOnceAndNamesTheLog) {
  const auto made = FindOrMakeLogKey(options_);
  ASSERT_TRUE(made.ok()) << made.status();
  EXPECT_EQ(made->verifier().name(),
            absl::StrCat("hub.example.org/igf/", options_.log_id.ToString()));
  options_.host = "another.example.org";
  const auto found = FindOrMakeLogKey(options_);
  ASSERT_TRUE(found.ok());
  EXPECT_EQ(found->ToSecret(), made->ToSecret()) << "the origin stays, whatever the hub is called";
  EXPECT_EQ(std::filesystem::status(LogKeyFile(options_)).permissions(),
            std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  options_.log_id = record::Uuid::Random();
  EXPECT_NE(FindOrMakeLogKey(options_)->ToSecret(), made->ToSecret())
      << "another incarnation of the log is another log";
}

TEST_F(LogKeyTest, AKeyThatIsGoneIsNotMadeAnewBesideWhatItSigned) {
  const auto key = FindOrMakeLogKey(options_);
  ASSERT_TRUE(key.ok());
  std::filesystem::remove(LogKeyFile(options_));
  EXPECT_TRUE(FindOrMakeLogKey(options_).ok()) << "it had signed nothing yet";
  const std::string text =
      record::FormatCheckpoint({key->verifier().name(), 3, record::EmptyRoot(), {}});
  ASSERT_TRUE(
      NoteFile(CheckpointFile(options_)).Save(absl::StrCat(text, "\n", key->Sign(text))).ok());
  std::filesystem::remove(LogKeyFile(options_));
  EXPECT_TRUE(absl::IsFailedPrecondition(FindOrMakeLogKey(options_).status()));
}

TEST_F(LogKeyTest, NoMessageHoldsAWordOfTheKey) {
  const auto key = FindOrMakeLogKey(options_);
  ASSERT_TRUE(key.ok());
  std::string damaged = key->ToSecret();
  damaged[damaged.size() - 10] = damaged[damaged.size() - 10] == 'A' ? 'B' : 'A';
  std::ofstream(LogKeyFile(options_)) << damaged;
  const absl::Status status = FindOrMakeLogKey(options_).status();
  EXPECT_FALSE(status.ok());
  EXPECT_EQ(status.message().find(damaged.substr(damaged.size() - 20)), std::string::npos);
}

}  // namespace
}  // namespace liaison::transparency
