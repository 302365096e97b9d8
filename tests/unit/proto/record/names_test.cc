#include "proto/record/names.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/escaping.h"
#include "proto/record/limits.h"

namespace liaison::record {
namespace {

using testing::ElementsAre;

// A grammar takes all of the first list and none of the second.
void Grammar(bool (*accepts)(absl::string_view), std::vector<std::string> taken,
             std::vector<std::string> refused) {
  for (const std::string& name : taken) EXPECT_TRUE(accepts(name)) << '"' << name << '"';
  for (const std::string& name : refused) EXPECT_FALSE(accepts(name)) << '"' << name << '"';
  // No grammar but text takes these.
  for (const std::string& name : {std::string(), std::string(1, '\0'), std::string("org/a\0", 6),
                                  std::string("\xc3\xa9"), std::string(" "), std::string("a b")}) {
    EXPECT_FALSE(accepts(name)) << '"' << name << '"';
  }
}

std::string LongestWith(const std::string& start) {
  return start + std::string(kMaxIdSizeBytes - start.size(), 'a');
}

TEST(Names, Organisation) {
  Grammar(
      IsOrganisation,
      {"org/eurodig", "org/igf-mag/seat-17", "org/a/b/c", "org/0", "org/a-", LongestWith("org/")},
      {"org", "org/", "eurodig", "org/a/", "org//a", "org/a/b/c/d", "org/-a", "org/Eurodig",
       "org/a_b", "org/a.b", "/org/a", "orga/b", "ORG/a", "org/a\n", LongestWith("org/") + "a"});
}

TEST(Names, HubOrganisation) {
  EXPECT_EQ(HubOrganisation("igf"), "org/igf-hub");
  EXPECT_TRUE(IsOrganisation(HubOrganisation("igf-2")));
}

TEST(Names, WithinOrganisation) {
  EXPECT_TRUE(IsWithinOrganisation("org/igf-mag", "org/igf-mag"));
  EXPECT_TRUE(IsWithinOrganisation("org/igf-mag/seat-17", "org/igf-mag"));
  EXPECT_FALSE(IsWithinOrganisation("org/igf-magazine", "org/igf-mag"));
  EXPECT_FALSE(IsWithinOrganisation("org/igf", "org/igf-mag"));
  EXPECT_FALSE(IsWithinOrganisation("org/igf-mag", "org/igf-mag/seat-17"));
  EXPECT_FALSE(IsWithinOrganisation("org/igf-mag", ""));
}

TEST(Names, Scheme) {
  Grammar(IsScheme, {"igf-call-2024/25", "core", "0.a/-", LongestWith("")},
          {"-a", "/a", ".a", "A", "a:b", "a_b", LongestWith("") + "a"});
}

TEST(Names, TopicCode) {
  Grammar(IsTopicCode, {"cyber", "cyber.child", "a.b.c", "2-a", LongestWith("")},
          {".", "a.", ".a", "a..b", "a.-b", "A", "a/b", "a:b", LongestWith("") + "a"});
}

TEST(Names, Topic) {
  Grammar(IsTopic, {"igf-call-2024/25:cyber", "igf-call-2022:cyber.child", "unspecified", "a.b"},
          {":", "a:", ":a", "a:b:c", "a/b", "a:B", "-a:b", "igf:cyber.", LongestWith("a:") + "a"});
}

TEST(Names, OneTopicHasOneSpelling) {
  EXPECT_TRUE(IsTopic("unspecified"));
  EXPECT_FALSE(IsTopic("core:unspecified"));
}

TEST(Names, TopicAndAncestors) {
  EXPECT_THAT(TopicAndAncestors("igf-call-2022:cyber.child"),
              ElementsAre("igf-call-2022:cyber.child", "igf-call-2022:cyber", "igf-call-2022:"));
  EXPECT_THAT(TopicAndAncestors("a:b.c.d"), ElementsAre("a:b.c.d", "a:b.c", "a:b", "a:"));
  EXPECT_THAT(TopicAndAncestors("v1.0:b"), ElementsAre("v1.0:b", "v1.0:"));
  EXPECT_THAT(TopicAndAncestors("v1.0:b.c"), ElementsAre("v1.0:b.c", "v1.0:b", "v1.0:"));
  EXPECT_THAT(TopicAndAncestors("unspecified"), ElementsAre("unspecified", "core:"));
  EXPECT_THAT(TopicAndAncestors("a.b"), ElementsAre("a.b", "a", "core:"));
}

TEST(Names, Audience) {
  Grammar(
      IsAudience,
      {"igf/public", "igf/partners", "igf/mag", "igf/wg-strategy@3", "eurodig/public", "a/b@10"},
      {"public", "igf/", "/public", "igf/wg-strategy", "igf/public@1", "igf/mag@2", "igf/a@0",
       "igf/a@01", "igf/a@", "igf/a@-1", "igf/a@1@2", "igf/a/b@1", "IGF/public", "igf/a@1234567890",
       "igf/Public"});
}

TEST(Names, Cycle) {
  Grammar(IsCycle, {"2027", "a", "2027-interim", std::string(32, '9')},
          {"-2027", "2027/28", "2027.1", "Y2027", std::string(33, '9')});
}

TEST(Names, Language) {
  Grammar(IsLanguage,
          {"fr", "zh-Hant", "pt-BR", "zh-Hant-TW", "es-419", "arq", "sl-rozaj-biske", "de-1996",
           "sr-Latn-RS-ekavsk"},
          {"f", "FR", "fr-", "-fr", "fr--BR", "fr_BR", "fr-br", "french", "zh-hant", "zh-HANT",
           "pt-BR-BR", "pt-BR-Latn", "de-1996-DE", "fr-x-private", "en-a", "en-12", "en-abcdefghi",
           "i-klingon"});
}

TEST(Names, Country) { Grammar(IsCountry, {"FR", "CH", "ZZ"}, {"fr", "F", "FRA", "F1", "Fr"}); }

TEST(Names, Date) {
  Grammar(IsDate,
          {"2027-01-31", "2024-02-29", "2000-02-29", "1900-01-01", "2199-12-31", "2027-04-30"},
          {"2027-02-29", "1900-02-29", "2100-02-29", "2027-04-31", "2027-13-01", "2027-00-10",
           "2027-01-00", "2027-01-32", "1899-12-31", "2200-01-01", "2027-1-1", "20270101",
           "2027/01/01", "2027-01-01T00", "-027-01-01", "+027-01-01", "2027-01--1"});
}

TEST(Names, Text) {
  for (const char* text :
       {"", "plain", "\n\t", "\x7f", "é", "\xe0\xa0\x80", "\xed\x9f\xbf", "\xee\x80\x80",
        "\xef\xbf\xbf", "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf", "日本語", "👍"}) {
    EXPECT_TRUE(IsText(text)) << testing::PrintToString(std::string(text));
  }
  for (const char* text :
       {"\x80", "a\xbf", "\xc0\x80", "\xc1\xbf", "\xc3", "\xc3(", "\xe0\x9f\xbf", "\xe2\x82",
        "\xed\xa0\x80", "\xed\xbf\xbf", "\xf0\x8f\xbf\xbf", "\xf0\x9f\x91", "\xf4\x90\x80\x80",
        "\xf5\x80\x80\x80", "\xff", "caf\xe9"}) {
    EXPECT_FALSE(IsText(text)) << testing::PrintToString(std::string(text));
  }
  EXPECT_FALSE(IsText(absl::string_view("a\0b", 3)));
}

TEST(Names, WordsAreWhatCanBeRead) {
  for (const char* words : {"a", " . ", "\u200ba", "\u0623", "\u4e2d", "\U0001f310", "\xff", "-"}) {
    EXPECT_TRUE(HasWords(words)) << absl::CHexEscape(words);
  }
  for (const char* blank :
       {"",       " ",      "\t\r\n", "\u0085", "\u00a0",     "\u00ad",   "\u034f",
        "\u061c", "\u115f", "\u1680", "\u180e", "\u200b",     "\u200f",   "\u2028",
        "\u202e", "\u202f", "\u205f", "\u2060", "\u2066",     "\u2800",   "\u3000",
        "\u3164", "\ufe0f", "\ufeff", "\uffa0", "\U000e0020", " \u200b\n"}) {
    EXPECT_FALSE(HasWords(blank)) << absl::CHexEscape(blank);
  }
}

// Against a decoder that shares nothing with the scanner: every sequence of one to three bytes.
TEST(Names, TextAgreesWithADecoderOnEveryShortSequence) {
  const auto decodes = [](const unsigned char* s, size_t size) {
    for (size_t i = 0; i < size;) {
      const int more = s[i] < 0x80    ? 0
                       : s[i] >= 0xf0 ? 3
                       : s[i] >= 0xe0 ? 2
                       : s[i] >= 0xc0 ? 1
                                      : -1;
      if (more < 0 || i + more >= size) return false;
      uint32_t point = more == 0 ? s[i] : s[i] & (0x3f >> more);
      for (int j = 1; j <= more; ++j) {
        if ((s[i + j] & 0xc0) != 0x80) return false;
        point = point << 6 | (s[i + j] & 0x3f);
      }
      static constexpr uint32_t kLeast[] = {1, 0x80, 0x800, 0x10000};
      if (point < kLeast[more] || point > 0x10ffff || (point >= 0xd800 && point < 0xe000)) {
        return false;
      }
      i += more + 1;
    }
    return true;
  };
  int64_t disagreements = 0;
  for (uint32_t bits = 0; bits < 1u << 24; ++bits) {
    const unsigned char bytes[3] = {static_cast<unsigned char>(bits >> 16),
                                    static_cast<unsigned char>(bits >> 8),
                                    static_cast<unsigned char>(bits)};
    const absl::string_view text(reinterpret_cast<const char*>(bytes), 3);
    if (IsText(text) != decodes(bytes, 3)) ++disagreements;
  }
  EXPECT_EQ(disagreements, 0);
}

}  // namespace
}  // namespace liaison::record
