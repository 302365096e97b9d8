#include "storage/format/head_file.h"

#include <gtest/gtest.h>

#include "absl/strings/str_replace.h"

namespace liaison::storage {
namespace {

HeadFile Example() {
  HeadFile head;
  head.log_id = record::Uuid::Parse("6f1c2a34-0000-4000-8000-00000000abcd").value();
  head.sequence = 1234;
  head.root = record::Sha256Of("fictional root");
  return head;
}

// The text below is on disks. It is not to be adapted to the code. The last line is what
// `head -n 4 FILE | sha256sum` prints.
constexpr absl::string_view kExample =
    "igf.liaison/head/v1\n"
    "log_id 6f1c2a34-0000-4000-8000-00000000abcd\n"
    "sequence 1234\n"
    "root e8bcf880fcfec32ce825b59309f1df2f811f45d99d7a84701ebadffd5ee959f1\n"
    "check f17e803147a994cebfb19940b4f77bfd25fcc1088036ea650b05f0e338e3d2a6\n";

TEST(HeadFile, IsFrozen) { EXPECT_EQ(EncodeHeadFile(Example()), kExample); }

TEST(HeadFile, ComesBackAsItWas) {
  const absl::StatusOr<HeadFile> head = DecodeHeadFile(kExample);
  ASSERT_TRUE(head.ok()) << head.status();
  EXPECT_EQ(head->log_id, Example().log_id);
  EXPECT_EQ(head->sequence, 1234u);
  EXPECT_EQ(head->root, Example().root);
}

TEST(HeadFile, CutShortIsRefused) {
  for (size_t size = 0; size < kExample.size(); ++size) {
    EXPECT_TRUE(absl::IsDataLoss(DecodeHeadFile(kExample.substr(0, size)).status())) << size;
  }
}

TEST(HeadFile, EveryFlippedBitIsSeen) {
  for (size_t i = 0; i < kExample.size() * 8; ++i) {
    std::string damaged(kExample);
    damaged[i / 8] = static_cast<char>(damaged[i / 8] ^ 1 << (i % 8));
    EXPECT_TRUE(absl::IsDataLoss(DecodeHeadFile(damaged).status())) << "bit " << i;
  }
}

TEST(HeadFile, OtherSpellingsAreRefused) {
  const auto refused = [](const std::string& text) {
    return absl::IsDataLoss(DecodeHeadFile(text).status());
  };
  EXPECT_TRUE(refused(std::string(kExample) + "\n"));
  EXPECT_TRUE(refused(absl::StrReplaceAll(kExample, {{"1234", "01234"}})));
  EXPECT_TRUE(refused(absl::StrReplaceAll(kExample, {{"1234", "-1"}})));
  EXPECT_TRUE(refused(absl::StrReplaceAll(kExample, {{"\n", "\r\n"}})));
}

}  // namespace
}  // namespace liaison::storage
