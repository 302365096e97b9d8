#include "storage/base/coding.h"

#include <gtest/gtest.h>

namespace liaison::storage {
namespace {

TEST(Coding, IntegersAreBigEndian) {
  std::string bytes;
  AppendU16(0x0102, &bytes);
  AppendU32(0x03040506, &bytes);
  AppendU64(0x0708090a0b0c0d0e, &bytes);
  EXPECT_EQ(bytes, "\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e");
  EXPECT_EQ(LoadU16(bytes), 0x0102);
  EXPECT_EQ(LoadU32(absl::string_view(bytes).substr(2)), 0x03040506u);
  EXPECT_EQ(LoadU64(absl::string_view(bytes).substr(6)), 0x0708090a0b0c0d0eu);
}

TEST(Coding, HighBitsSurvive) {
  std::string bytes;
  AppendU64(0xfffefdfcfbfaf9f8, &bytes);
  EXPECT_EQ(LoadU64(bytes), 0xfffefdfcfbfaf9f8u);
  EXPECT_EQ(LoadU16(bytes), 0xfffe);
}

TEST(ByteReader, TakesNothingWhereTooLittleIsLeft) {
  ByteReader reader("\x01\x02\x03");
  uint64_t u64 = 7;
  EXPECT_FALSE(reader.ReadU64(&u64));
  EXPECT_EQ(u64, 7u);
  uint16_t u16 = 0;
  EXPECT_TRUE(reader.ReadU16(&u16));
  EXPECT_EQ(u16, 0x0102);
  absl::string_view bytes;
  EXPECT_FALSE(reader.ReadBytes(2, &bytes));
  EXPECT_EQ(reader.rest(), "\x03");
}

}  // namespace
}  // namespace liaison::storage
