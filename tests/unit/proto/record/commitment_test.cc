#include "proto/record/commitment.h"

#include <gtest/gtest.h>

#include <set>

namespace liaison::record {
namespace {

const std::string kSalt(kSaltSizeBytes, 's');

TEST(Commitment, IsTheHashOfDomainSectionSaltAndBytes) {
  const std::string domain = "igf.liaison/section/v1";
  const std::string section("\x01\x02", 2);
  EXPECT_EQ(Commitment(0x0102, kSalt, "bytes"),
            Sha256Of(domain + std::string(1, '\0') + section + kSalt + "bytes"));
}

TEST(Commitment, EveryPartCounts) {
  const Hash commitment = Commitment(1, kSalt, "bytes");
  EXPECT_EQ(Commitment(1, kSalt, "bytes"), commitment);
  EXPECT_NE(Commitment(2, kSalt, "bytes"), commitment);
  EXPECT_NE(Commitment(1, std::string(kSaltSizeBytes, 't'), "bytes"), commitment);
  EXPECT_NE(Commitment(1, kSalt, "byte"), commitment);
}

TEST(Commitment, AShortSaltIsABug) { EXPECT_DEATH(Commitment(1, "short", "bytes"), "salt"); }

TEST(Commitment, SaltsAreFresh) {
  std::set<std::string> seen;
  for (int i = 0; i < 1000; ++i) {
    const std::string salt = RandomSalt();
    EXPECT_EQ(salt.size(), kSaltSizeBytes);
    EXPECT_TRUE(seen.insert(salt).second);
  }
}

}  // namespace
}  // namespace liaison::record
