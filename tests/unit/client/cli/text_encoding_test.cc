#include "client/cli/text_encoding.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace liaison::cli {
namespace {

using ::testing::HasSubstr;

TEST(TextEncodingTest, EveryByteOfWindows1252ComesBack) {
  std::string bytes;
  for (int i = 0; i < 256; ++i) bytes += static_cast<char>(i);
  const absl::StatusOr<std::string> text = Decode(bytes, Encoding::kWindows1252);
  ASSERT_TRUE(text.ok()) << text.status();
  EXPECT_EQ(*Encode(*text, Encoding::kWindows1252), bytes);
}

TEST(TextEncodingTest, ReadsFrenchAsExcelWritesIt) {
  EXPECT_EQ(*Decode("l\x92\xE9t\xE9 \x80 \x9Cuvre", Encoding::kWindows1252), "l’été € œuvre");
}

TEST(TextEncodingTest, Detects) {
  EXPECT_EQ(*DetectEncoding("abc"), Encoding::kUtf8);
  EXPECT_EQ(*DetectEncoding("été"), Encoding::kUtf8);
  EXPECT_EQ(*DetectEncoding("\xEF\xBB\xBF"
                            "abc"),
            Encoding::kUtf8WithMark);
  EXPECT_EQ(*DetectEncoding("\xE9t\xE9"), Encoding::kWindows1252);
  EXPECT_THAT(std::string(DetectEncoding("\xFF\xFE"
                                         "a")
                              .status()
                              .message()),
              HasSubstr("UTF-16"));
}

TEST(TextEncodingTest, BytesThatAreNotUtf8AreNamedByLine) {
  EXPECT_THAT(std::string(Decode("a\nb\xE9\n", Encoding::kUtf8).status().message()),
              HasSubstr("line 2: byte 0xE9 is not UTF-8"));
}

TEST(TextEncodingTest, WhatHasNoByteIsRefusedAndNotReplacedByALookAlike) {
  for (const char* text : {"中", "\u2212", "\uFF41"}) {
    EXPECT_FALSE(Encode(text, Encoding::kWindows1252).ok()) << text;
  }
}

TEST(TextEncodingTest, NamesGoBothWays) {
  for (Encoding encoding : {Encoding::kUtf8, Encoding::kUtf8WithMark, Encoding::kWindows1252}) {
    EXPECT_EQ(*EncodingFromName(EncodingName(encoding)), encoding);
  }
  EXPECT_FALSE(EncodingFromName("latin-9").ok());
}

}  // namespace
}  // namespace liaison::cli
