#include "server/witness/scrub.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <random>
#include <sstream>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "server/transparency/note_file.h"
#include "server/witness/witness_key.h"
#include "server/witness/witnessing.h"
#include "tests/unit/server/witness/fictional_log.h"

namespace liaison::witness {
namespace {

namespace fs = std::filesystem;

constexpr int kFlips = 500;

// The folder of keys of a hub that has cosigned two logs and was cosigned itself.
class ScrubNotesTest : public ::testing::Test {
 protected:
  ScrubNotesTest() {
    keys_ = {::testing::TempDir() + "/scrub-notes-" + record::Uuid::Random().ToString(), "igf",
             "hub.example.org", record::Uuid::Random()};
    for (const char* name : {"one.example", "two.example"}) {
      const FictionalLog log(record::NoteSigner::Generate(name, record::NoteKeyType::kEd25519), 9);
      auto own = FindOrMakeWitnessKey({keys_.folder, keys_.hub, keys_.host});
      auto witness = Witness::Open(
          *std::move(own), [&log] { return std::vector{log.vkey()}; }, StoresIn(keys_.folder),
          [] { return uint64_t{7}; });
      EXPECT_EQ((*witness)->AddCheckpoint(log.Body(0, 5)).outcome, Outcome::kCosigned);
    }
    auto key = transparency::FindOrMakeLogKey(keys_);
    const FictionalLog mine(*std::move(key), 9);
    EXPECT_TRUE(transparency::NoteFile(WitnessedFile(keys_)).Save(mine.Note(7)).ok());
    EXPECT_TRUE(transparency::NoteFile(ConflictFile(keys_)).Save(mine.Note(9)).ok());
  }
  ~ScrubNotesTest() override { fs::remove_all(keys_.folder); }

  absl::StatusOr<size_t> Scrub() const { return ScrubNotes(keys_.folder, keys_.log_id); }

  // All that is read of this room.
  std::vector<fs::path> Files() const {
    std::vector<fs::path> files = {WitnessKeyFile(keys_.folder), WitnessedFile(keys_),
                                   ConflictFile(keys_)};
    for (const auto& entry : fs::directory_iterator(CosignedFolder(keys_.folder))) {
      files.push_back(entry.path());
    }
    return files;
  }

  transparency::LogKeyOptions keys_;
};

std::string Read(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

void Write(const fs::path& path, const std::string& text) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << text;
}

// Where the line of somebody else's key stands, which is not here: nobody believes it without.
std::pair<size_t, size_t> ForeignLine(const fs::path& path, const std::string& text) {
  if (path.parent_path().filename() != "witness" || path.extension().string() == kBegunSuffix)
    return {0, 0};
  const size_t begin = text.find("\n\n") + 2;
  return {begin, text.find('\n', begin) + 1};
}

TEST_F(ScrubNotesTest, FindsNothingWhereNothingIsWrong) {
  const auto found = Scrub();
  ASSERT_TRUE(found.ok()) << found.status();
  EXPECT_EQ(*found, 4u);
}

TEST_F(ScrubNotesTest, FindsEveryBitThatFlipped) {
  const uint32_t seed = std::random_device()();
  SCOPED_TRACE(absl::StrCat("seed ", seed));
  std::mt19937 random(seed);
  const std::vector<fs::path> files = Files();
  ASSERT_EQ(files.size(), 7u);
  for (const fs::path& path : files) {
    const std::string good = Read(path);
    const auto foreign = ForeignLine(path, good);
    for (int i = 0; i < kFlips; ++i) {
      const size_t byte = random() % good.size();
      if (byte >= foreign.first && byte < foreign.second) continue;
      const int bit = static_cast<int>(random() % 8);
      std::string bad = good;
      bad[byte] = static_cast<char>(bad[byte] ^ (1 << bit));
      Write(path, bad);
      EXPECT_TRUE(absl::IsDataLoss(Scrub().status())) << path << " byte " << byte << " bit " << bit;
    }
    Write(path, good);
    EXPECT_TRUE(Scrub().ok());
  }
}

TEST_F(ScrubNotesTest, FindsWhatIsGoneAndWhatIsAnothers) {
  std::vector<fs::path> cosigned;
  for (const auto& entry : fs::directory_iterator(CosignedFolder(keys_.folder))) {
    if (entry.path().extension().string() != kBegunSuffix) cosigned.push_back(entry.path());
  }
  ASSERT_EQ(cosigned.size(), 2u);
  const std::string one = Read(cosigned[0]);
  fs::copy_file(cosigned[1], cosigned[0], fs::copy_options::overwrite_existing);
  EXPECT_TRUE(absl::IsDataLoss(Scrub().status())) << "one log's in the place of the other's";
  Write(cosigned[0], one);
  ASSERT_TRUE(Scrub().ok());
  Write(absl::StrCat(cosigned[0].string(), ".new"), "half of it");
  EXPECT_TRUE(Scrub().ok()) << "of a process that died over it";
  fs::remove(cosigned[0]);
  EXPECT_TRUE(absl::IsDataLoss(Scrub().status())) << "one log's is gone";
  Write(cosigned[0], one);
  ASSERT_TRUE(Scrub().ok());
  fs::remove(WitnessKeyFile(keys_.folder));
  EXPECT_TRUE(absl::IsDataLoss(Scrub().status())) << "its key is gone";
}

TEST(ScrubNotes, AHubThatHasNeitherKeyIsClean) {
  const std::string folder =
      ::testing::TempDir() + "/scrub-none-" + record::Uuid::Random().ToString();
  const auto found = ScrubNotes(folder, record::Uuid::Random());
  ASSERT_TRUE(found.ok()) << found.status();
  EXPECT_EQ(*found, 0u);
  EXPECT_FALSE(fs::exists(folder)) << "it makes nothing";
}

}  // namespace
}  // namespace liaison::witness
