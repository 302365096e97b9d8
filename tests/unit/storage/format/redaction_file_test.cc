#include "storage/format/redaction_file.h"

#include <gtest/gtest.h>

namespace liaison::storage {
namespace {

KeptRedaction Example() {
  return {record::Uuid::Parse("6f1c2a34-0000-4000-8000-00000000abcd").value(),
          "leaf",
          "header",
          {{1, std::string(32, 's'), "data", false}, {2, "", "", true}}};
}

// On disks. It is not to be adapted to the code.
std::string Frozen() {
  std::string bytes =
      "igf.liaison/redaction/v1\n"
      "\x6f\x1c\x2a\x34";
  bytes += std::string("\x00\x00\x40\x00\x80\x00\x00\x00\x00\x00\xab\xcd", 12);
  bytes += std::string("\x00\x04", 2) + "leaf";
  bytes += std::string("\x00\x00\x00\x06", 4) + "header";
  bytes += "\x02";
  bytes += std::string("\x00\x01\x00\x00\x00\x25\x01", 7) + std::string(32, 's') + "data";
  bytes += std::string("\x00\x02\x00\x00\x00\x01\x02", 7);
  return bytes + std::string(record::Sha256Of(bytes).bytes());
}

TEST(RedactionFile, IsFrozen) { EXPECT_EQ(EncodeRedactionFile(Example()), Frozen()); }

TEST(RedactionFile, ComesBackAsItWas) {
  const absl::StatusOr<KeptRedaction> redaction = DecodeRedactionFile(Frozen());
  ASSERT_TRUE(redaction.ok()) << redaction.status();
  EXPECT_EQ(redaction->leaf, "leaf");
  EXPECT_EQ(redaction->header, "header");
  ASSERT_EQ(redaction->sections.size(), 2u);
  EXPECT_EQ(redaction->sections[0].data, "data");
  EXPECT_TRUE(redaction->sections[1].erased);
}

// What another hub erased comes with what proves where it is from.
TEST(RedactionFile, OfAnotherHubComesBackWithItsEvidence) {
  KeptRedaction relayed = Example();
  relayed.evidence = "evidence";
  const std::string bytes = EncodeRedactionFile(relayed);
  EXPECT_EQ(bytes.substr(0, 25), "igf.liaison/redaction/v2\n");
  const absl::StatusOr<KeptRedaction> redaction = DecodeRedactionFile(bytes);
  ASSERT_TRUE(redaction.ok()) << redaction.status();
  EXPECT_EQ(redaction->evidence, "evidence");
  EXPECT_EQ(redaction->sections.size(), 2u);
  for (size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_TRUE(absl::IsDataLoss(DecodeRedactionFile(bytes.substr(0, size)).status())) << size;
  }
}

TEST(RedactionFile, CutShortIsRefused) {
  for (size_t size = 0; size < Frozen().size(); ++size) {
    EXPECT_TRUE(absl::IsDataLoss(DecodeRedactionFile(Frozen().substr(0, size)).status())) << size;
  }
}

TEST(RedactionFile, EveryFlippedBitIsSeen) {
  for (size_t i = 0; i < Frozen().size() * 8; ++i) {
    std::string damaged = Frozen();
    damaged[i / 8] = static_cast<char>(damaged[i / 8] ^ 1 << (i % 8));
    EXPECT_TRUE(absl::IsDataLoss(DecodeRedactionFile(damaged).status())) << "bit " << i;
  }
}

}  // namespace
}  // namespace liaison::storage
