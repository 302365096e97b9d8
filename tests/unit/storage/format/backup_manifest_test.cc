#include "storage/format/backup_manifest.h"

#include <gtest/gtest.h>

namespace liaison::storage {
namespace {

BackupManifest Example() {
  BackupManifest manifest;
  BackupInfo& info = manifest.info;
  info.number = 3;
  info.log_id = record::Uuid::Parse("6f1c2a34-0000-4000-8000-00000000abcd").value();
  info.head = {1234, record::Sha256Of("fictional root"), 5,
               record::Sha256Of("fictional registry root"), 1'790'000'000'000'001};
  info.begun_us = 1'790'000'000'000'002;
  info.size_bytes = 4096;
  manifest.engine_meta = record::Sha256Of("fictional meta");
  return manifest;
}

// The text below is on disks. It is not to be adapted to the code. The last line is what
// `head -n 11 FILE | sha256sum` prints.
constexpr absl::string_view kExample =
    "igf.liaison/backup/v1\n"
    "number 3\n"
    "log_id 6f1c2a34-0000-4000-8000-00000000abcd\n"
    "sequence 1234\n"
    "root e8bcf880fcfec32ce825b59309f1df2f811f45d99d7a84701ebadffd5ee959f1\n"
    "registry_size 5\n"
    "registry_root 28b34cd56ff24ad3a13c1f32479ff587db54c0df9484d0b62bb380e4b44d3db1\n"
    "hub_time_us 1790000000000001\n"
    "begun_us 1790000000000002\n"
    "size_bytes 4096\n"
    "engine_meta 42a63010fb407776b5916e79874a1220d4ded2a20df7a290cf47524b367ab935\n"
    "check b5a99af0594534c3a98affa0e9d3f3c3e34bb3113b2022e5c8da7a583fc571a2\n";

TEST(BackupManifest, IsFrozen) { EXPECT_EQ(EncodeManifest(Example()), kExample); }

TEST(BackupManifest, ComesBackAsItWas) {
  const absl::StatusOr<BackupManifest> manifest = DecodeManifest(kExample);
  ASSERT_TRUE(manifest.ok()) << manifest.status();
  EXPECT_EQ(EncodeManifest(*manifest), kExample);
  EXPECT_EQ(manifest->info.head.sequence, 1234u);
  EXPECT_EQ(manifest->engine_meta, Example().engine_meta);
}

TEST(BackupManifest, CutShortIsRefused) {
  for (size_t size = 0; size < kExample.size(); ++size) {
    EXPECT_TRUE(absl::IsDataLoss(DecodeManifest(kExample.substr(0, size)).status())) << size;
  }
}

TEST(BackupManifest, EveryFlippedBitIsSeen) {
  for (size_t i = 0; i < kExample.size() * 8; ++i) {
    std::string damaged(kExample);
    damaged[i / 8] = static_cast<char>(damaged[i / 8] ^ 1 << (i % 8));
    EXPECT_TRUE(absl::IsDataLoss(DecodeManifest(damaged).status())) << "bit " << i;
  }
}

}  // namespace
}  // namespace liaison::storage
