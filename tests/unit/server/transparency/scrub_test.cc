#include "server/transparency/scrub.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <random>
#include <sstream>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "server/transparency/log_key.h"
#include "server/transparency/note_file.h"
#include "server/transparency/signer.h"
#include "storage/trees.h"
#include "tests/unit/storage/rocks/log_fixture.h"

namespace liaison::transparency {
namespace {

namespace fs = std::filesystem;

// Of each kind of file; LIAISON_FLIPS says how many. 500 are tried before a release.
int Flips() {
  const char* said = std::getenv("LIAISON_FLIPS");
  return said == nullptr ? 12 : std::atoi(said);
}

std::string KindOf(const fs::path& path) {
  const std::string name = path.filename().string();
  if (absl::EndsWith(name, ".sst")) return "sst";
  if (name != "db.log" && absl::EndsWith(name, ".log")) return "wal";  // that one is for people
  if (absl::StartsWith(name, "MANIFEST")) return "manifest";
  for (const char* kind : {"CURRENT", "head"}) {
    if (name == kind) return kind;
  }
  return path.parent_path().filename() == "keys" ? path.extension().string() : "";  // never read
}

class ScrubTest : public storage::LogTest {
 protected:
  std::string folder() const { return options_.data_dir; }
  LogKeyOptions Key() const { return {folder() + "/keys", "igf", "fictional.example", log_id_}; }

  // Signs what there is; what it signed last.
  absl::StatusOr<std::string> Sign() {
    auto key = FindOrMakeLogKey(Key());
    if (!key.ok()) return key.status();
    NoteFile log(CheckpointFile(Key()));
    NoteFile registry(RegistryCheckpointFile(Key()));
    Signer signer(log_.get(), &storage::TreesOf(*log_), *std::move(key), {&log, &registry});
    if (absl::Status opened = signer.Open(); !opened.ok()) return opened;
    return signer.published()->log.note;
  }

  // A log in files of every kind, signed and closed.
  void Make() {
    Open();
    log_id_ = log_->log_id();
    AppendMany(300);
    Erase(7, 1);
    Append(GroupOf({Say({.registry = record::RegistryLeafKind::kOrganisation})}));
    ASSERT_TRUE(log_->CompactErased(0).ok());
    AppendMany(5);
    const auto note = Sign();
    ASSERT_TRUE(note.ok()) << note.status();
    note_ = *note;
    Close();
  }

  absl::Status Scrub() {
    return ScrubSignedLog(folder(), folder() + "/keys", [](const storage::BackupProgress&) {})
        .status();
  }

  fs::path FileOf(const std::string& kind) const {
    for (const auto& entry : fs::recursive_directory_iterator(folder())) {
      if (entry.is_regular_file() && KindOf(entry.path()) == kind) return entry.path();
    }
    return "";
  }

  // Of every event, what is read is what was written, or an error.
  void ExpectNothingWrongIsServed() const {
    for (const Told& told : told_) {
      const auto read = log_->Read(told.event.sequence);
      if (!read.ok()) continue;
      EXPECT_EQ(read->leaf, told.event.leaf);
      EXPECT_EQ(read->header, told.event.header);
      ASSERT_EQ(read->sections.size(), told.event.sections.size());
      for (size_t i = 0; i < read->sections.size(); ++i) {
        EXPECT_EQ(read->sections[i].erased, told.event.sections[i].erased);
        EXPECT_EQ(read->sections[i].data, told.event.sections[i].data);
        EXPECT_EQ(read->sections[i].salt, told.event.sections[i].salt);
      }
    }
  }

  record::Uuid log_id_;
  std::string note_;
};

void FlipBit(const fs::path& path, uint64_t bit) {
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  file.seekg(static_cast<std::streamoff>(bit / 8));
  const int byte = file.get();
  file.seekp(static_cast<std::streamoff>(bit / 8));
  file.put(static_cast<char>(byte ^ (1 << (bit % 8))));
}

std::string ReadAll(const fs::path& path) {
  std::ostringstream bytes;
  bytes << std::ifstream(path, std::ios::binary).rdbuf();
  return bytes.str();
}

// Where the last entry of a file in RocksDB's log format begins; the file is of one block.
size_t LastEntryOf(const std::string& bytes) {
  size_t last = 0;
  for (size_t at = 0; at < bytes.size();) {
    last = at;
    at += 7 + static_cast<uint8_t>(bytes[at + 4]) + 256 * static_cast<uint8_t>(bytes[at + 5]);
  }
  return last;
}

TEST_F(ScrubTest, FindsNothingWhereNothingIsWrong) {
  Make();
  EXPECT_TRUE(Scrub().ok()) << Scrub();
}

// RocksDB takes a last entry that seems to reach beyond the file for one that a crash cut short.
TEST_F(ScrubTest, FindsAManifestWhoseLastEntrySeemsLonger) {
  Make();
  const fs::path manifest = FileOf("manifest");
  const std::string bytes = ReadAll(manifest);
  int tried = 0;
  for (size_t length_at = LastEntryOf(bytes) + 4; tried < 16; ++tried) {
    FlipBit(manifest, length_at * 8 + tried);
    EXPECT_FALSE(Scrub().ok()) << "bit " << tried << " of the length";
    FlipBit(manifest, length_at * 8 + tried);
  }
  EXPECT_TRUE(Scrub().ok()) << Scrub();
}

// Nothing wrong is served or signed, and a scrub finds each.
TEST_F(ScrubTest, FindsEveryBitThatFlipped) {
  Make();
  const uint32_t seed = std::random_device()();
  SCOPED_TRACE(absl::StrCat("seed ", seed));
  std::mt19937_64 random(seed);
  std::map<std::string, std::vector<fs::path>> files;
  for (const auto& entry : fs::recursive_directory_iterator(folder())) {
    if (!entry.is_regular_file() || entry.file_size() == 0) continue;
    if (const std::string kind = KindOf(entry.path()); !kind.empty()) {
      files[kind].push_back(fs::relative(entry.path(), folder()));
    }
  }
  ASSERT_GE(files.size(), 7u) << "files of every kind";
  const std::string whole = folder();
  for (const auto& [kind, names] : files) {
    int found = 0;
    for (int i = 0; i < Flips(); ++i) {
      options_.data_dir = NewFolder();
      Copy(whole, folder());
      const fs::path path = folder() / names[random() % names.size()];
      const uint64_t bit = random() % (fs::file_size(path) * 8);
      FlipBit(path, bit);
      const absl::Status scrubbed = Scrub();
      EXPECT_FALSE(scrubbed.ok()) << path << " bit " << bit;
      found += scrubbed.ok() ? 0 : 1;
      if (TryOpen().ok()) {
        SCOPED_TRACE(absl::StrCat(path.string(), " bit ", bit));
        ExpectNothingWrongIsServed();
        const auto note = Sign();
        EXPECT_TRUE(!note.ok() || *note == note_) << path << " bit " << bit << ": signed\n"
                                                  << *note;
      }
      Close();
      fs::remove_all(folder());
    }
    std::cout << kind << ": " << found << " of " << Flips() << " found" << std::endl;
  }
  options_.data_dir = whole;
}

}  // namespace
}  // namespace liaison::transparency
