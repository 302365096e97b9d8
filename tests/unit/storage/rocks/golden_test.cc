// A small log, byte by byte. The file compared with has no update switch: what differs from it
// cannot read the logs that exist.
#include <gtest/gtest.h>
#include <rocksdb/db.h>

#include <fstream>
#include <memory>
#include <sstream>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "storage/format/keys.h"
#include "tests/unit/storage/rocks/log_fixture.h"

namespace liaison::storage {
namespace {

NewEvent Frozen(uint64_t sequence) {
  NewEvent event;
  event.leaf.sequence = sequence;
  event.leaf.hub_time_us = 1'795'478'400'000'000 + static_cast<int64_t>(sequence);
  event.leaf.registry_size = sequence > 1 ? 1 : 0;
  event.header = absl::StrCat("\x0a\x0dorg/fictional\x1a\x01", sequence);  // author, event_id
  event.leaf.digest = record::Sha256Of(event.header);
  event.sections.push_back({1, std::string(32, 's'), absl::StrCat("fictional ", sequence), false});
  event.identity = IdentityKey("org/fictional", absl::StrCat(sequence));
  return event;
}

// "family key value", in hexadecimal, in the families' order. What is random is left out.
std::string Dump(const std::string& path) {
  std::vector<rocksdb::ColumnFamilyDescriptor> families;
  for (absl::string_view name : kFamilyNames) {
    families.emplace_back(std::string(name), rocksdb::ColumnFamilyOptions());
  }
  std::vector<rocksdb::ColumnFamilyHandle*> handles;
  rocksdb::DB* raw = nullptr;
  const rocksdb::Status opened =
      rocksdb::DB::OpenForReadOnly(rocksdb::DBOptions(), path, families, &handles, &raw);
  EXPECT_TRUE(opened.ok()) << opened.ToString();
  if (!opened.ok()) return "";
  const std::unique_ptr<rocksdb::DB> db(raw);
  std::string dump;
  for (size_t i = 0; i < handles.size(); ++i) {
    const std::unique_ptr<rocksdb::Iterator> row(db->NewIterator({}, handles[i]));
    for (row->SeekToFirst(); row->Valid(); row->Next()) {
      const std::string key = row->key().ToString();
      const bool random = key == kMetaLogId || key == kMetaTokenSecret;
      absl::StrAppend(&dump, kFamilyNames[i], " ", absl::BytesToHexString(key), " ",
                      random ? absl::StrCat(row->value().size(), " random bytes")
                             : absl::BytesToHexString(row->value().ToString()),
                      "\n");
    }
    EXPECT_TRUE(db->DestroyColumnFamilyHandle(handles[i]).ok());
  }
  return dump;
}

class GoldenTest : public LogTest {};

TEST_F(GoldenTest, ASmallLogIsTheSameToTheByte) {
  Open();
  Group first = GroupOf({Frozen(1), Frozen(2), Frozen(3)});
  first.events[0].registry = record::RegistryLeafKind::kOrganisation;
  first.events[1].sections.push_back({2, std::string(32, 'p'), "somebody fictional", false});
  first.rows.push_back({Table::kDirectory, "oorg/fictional", NumberKey(1)});
  ASSERT_TRUE(log_->Append(first).ok());
  Group second = GroupOf({Frozen(4)});
  second.events[0].leaf.kind = record::LeafKind::kRedaction;
  second.events[0].leaf.redaction = record::RedactedSection{2, 2, 1};
  second.erased.push_back({2, 2});
  ASSERT_TRUE(log_->Append(second).ok());
  Close();

  std::ifstream file(LIAISON_SOURCE_DIR "/tests/unit/storage/testdata/log_v1.txt");
  ASSERT_TRUE(file.good());
  std::stringstream expected;
  expected << file.rdbuf();
  EXPECT_EQ(Dump(options_.data_dir + "/db"), expected.str());
}

}  // namespace
}  // namespace liaison::storage
