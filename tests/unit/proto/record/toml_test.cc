#include "proto/record/toml.h"

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace liaison::record {
namespace {

using ::testing::HasSubstr;

// More than a stack of 8 MiB holds.
constexpr size_t kDeep = 500'000;

std::string Repeated(absl::string_view text, size_t count) {
  std::string all;
  for (size_t i = 0; i < count; ++i) absl::StrAppend(&all, text);
  return all;
}

// `a.a.a`, of so many parts.
std::string Key(size_t parts, absl::string_view dot = ".", absl::string_view part = "a") {
  return absl::StrCat(Repeated(absl::StrCat(part, dot), parts - 1), part);
}

std::string Refusal(absl::string_view text) {
  const toml::parse_result parsed = ParseToml(text);
  EXPECT_FALSE(parsed) << text.substr(0, 200);
  if (parsed) return "";
  return absl::StrCat("line ", parsed.error().source().begin.line, ": ",
                      std::string(parsed.error().description()));
}

size_t DepthOf(const toml::node& node) {
  size_t below = 0;
  if (const toml::table* table = node.as_table()) {
    for (const auto& [key, entry] : *table) below = std::max(below, 1 + DepthOf(entry));
  } else if (const toml::array* array = node.as_array()) {
    for (const toml::node& entry : *array) below = std::max(below, DepthOf(entry));
  }
  return below;
}

TEST(TomlTest, NoTextIsSoDeepThatItTakesTheStack) {
  const std::string deep = Key(kDeep);
  for (const std::string& text : {
           absl::StrCat(deep, " = 1"),
           absl::StrCat("[", deep, "]"),
           absl::StrCat("[[", deep, "]]"),
           absl::StrCat("[ ", deep, " ]"),
           absl::StrCat("a = {", deep, " = 1}"),
           absl::StrCat("a = [1, {b = 1, ", deep, " = 1}]"),
           absl::StrCat(Key(kDeep, " \t. "), " = 1"),
           absl::StrCat(Key(kDeep, ".", "\"a\""), " = 1"),
           absl::StrCat(Key(kDeep, ".", "'='"), " = 1"),
           absl::StrCat(Key(kDeep, ".", R"("\"")"), " = 1"),
           absl::StrCat(deep, ".\"=\" = 1"),
           deep,
       }) {
    EXPECT_THAT(Refusal(text), HasSubstr("line 1: a key has more than 32 parts"));
  }
}

TEST(TomlTest, WhatStandsBeforeHidesNoKey) {
  const std::string deep = absl::StrCat(Key(kDeep), " = 1");
  for (const char* before :
       {"", "\xEF\xBB\xBF", "# it's \"", "x = 'a\"'", "x = \"a'\\\"\"", "x = \"a\\\\\"", "x = ''",
        "x = \"\"", "x = '''a'''", "x = '''''a'''''", "x = \"\"\"a\"\"\"\"\"", "x = \"\"\"\"\"\"",
        "x = \"\"\"\\\"\"\"\"", "x = 1.5 # '''", "'\"' = 1", "\"'\" = 1", "[x] # \"\"\"",
        "x = [\"'\", '\"', 1.0]"}) {
    EXPECT_TRUE(ParseToml(before)) << before;
    for (const char* newline : {"\n", "\r\n"}) {
      EXPECT_THAT(Refusal(absl::StrCat(before, newline, deep)),
                  HasSubstr("line 2: a key has more than 32 parts"))
          << before;
    }
  }
  EXPECT_THAT(Refusal(absl::StrCat("x = '''\n\n'''\n", deep)), HasSubstr("line 4: a key has"));
}

TEST(TomlTest, AKeyMayHaveSoManyParts) {
  for (const char* form : {"$0 = 1", "[$0]", "[[$0]]", "a = {$0 = 1, b = 2}"}) {
    const auto text = [form](size_t parts) {
      return absl::StrCat(std::string(form).substr(0, std::string(form).find("$0")), Key(parts),
                          std::string(form).substr(std::string(form).find("$0") + 2));
    };
    EXPECT_TRUE(ParseToml(text(kMaxTomlKeyParts))) << form;
    EXPECT_THAT(Refusal(text(kMaxTomlKeyParts + 1)), HasSubstr("more than 32 parts")) << form;
  }
}

TEST(TomlTest, DotsThatDivideNoKeyAreAllowed) {
  const std::string dots(1000, '.');
  for (const std::string& text : {
           absl::StrCat("# ", dots, "\na = 1 # ", dots, "\n[b] # ", dots, " \"\n"),
           absl::StrCat("a = \"", dots, "\\\"", dots, "\""),
           absl::StrCat("a = '", dots, "\"#", dots, "'"),
           absl::StrCat("a = '", dots, "\\'\nb = '", dots, "'"),
           absl::StrCat("a = \"\"\"\n", dots, "\n\"\" ' # ", dots, "\\\"\"\"", dots, "\"\"\"\"\""),
           absl::StrCat("a = '''", dots, "\n'' \\ ", dots, "''''"),
           absl::StrCat("\"", dots, "\".'", dots, "' = 1\n['b", dots, "']"),
           absl::StrCat("a = [", Repeated("1.5, ", 1000), "2.5]"),
           absl::StrCat("a = [\n", Repeated("1.5,\n", 1000), "]"),
           absl::StrCat("a = [", Repeated("{x.y = 1.5, z = 2027-01-01T00:00:00.5Z}, ", 1000), "]"),
           Repeated("[[peer.regional.send]]\n", 1000),
       }) {
    const toml::parse_result parsed = ParseToml(text);
    EXPECT_TRUE(parsed) << parsed.error().description() << "\n" << text.substr(0, 200);
  }
}

TEST(TomlTest, SoDeepMayListsAndTablesBe) {
  for (const bool lists : {true, false}) {
    const auto text = [lists](size_t levels) {
      return absl::StrCat("a = ", Repeated(lists ? "[" : "{a = ", levels - 1), "1",
                          Repeated(lists ? "]" : "}", levels - 1));
    };
    EXPECT_TRUE(ParseToml(text(kMaxTomlNesting)));
    for (const size_t levels : {kMaxTomlNesting + 1, kDeep}) {
      EXPECT_THAT(Refusal(text(levels)), HasSubstr("maximum nested value depth of 32"));
    }
  }
}

// A text that somebody might have written, the longest of whose keys has `parts`.
class Writer {
 public:
  explicit Writer(uint64_t seed) : random_(seed) {}

  std::string Text(size_t* parts) {
    std::string text;
    *parts = 1;
    for (int line = 0; line < 12; ++line) {
      switch (Below(5)) {
        case 0:
          absl::StrAppend(&text, "[", NewKey(parts), "]", Comment());
          break;
        case 1:
          absl::StrAppend(&text, "[[", NewKey(parts), "]]", Comment());
          break;
        case 2:
          absl::StrAppend(&text, NewKey(parts), " = {", NewKey(parts), " = ", Value(), ", ",
                          NewKey(parts), "=1.5}", Comment());
          break;
        case 3:
          absl::StrAppend(&text, NewKey(parts), "= [", Value(), ", ", Comment(), Value(), "]",
                          Comment());
          break;
        default:
          absl::StrAppend(&text, NewKey(parts), " = ", Value(), Comment());
      }
    }
    return text;
  }
  // With a letter or two that nobody meant.
  std::string Mangled(std::string text) {
    for (size_t i = 0; i <= Below(2); ++i) {
      text[Below(text.size())] = "\"'#\\\n=.,[]{} a"[Below(14)];
    }
    return text;
  }

 private:
  size_t Below(size_t end) { return random_() % end; }
  template <size_t count>
  std::string OneOf(const char* const (&texts)[count]) {
    return texts[Below(count)];
  }
  std::string Value() {
    return OneOf({"1", "1.5", "true", "''", "\"\"", "'a.b\\'", "\"a.\\\"#\"", "\"\\\\\"",
                  "'''.\n'.''.'''''", "\"\"\"\n.\\\"\"\"\\\n  .\"\"\"\"", "[[1.5,2.5],[]]",
                  "2027-01-01 00:00:00.125", "\"\"\"\"\"\"", "''''''", "{}"});
  }
  std::string Comment() {
    return OneOf({"\n", "\r\n", " # .'\n", "#\"\"\"..\n", " # '''\r\n", "\n\n"});
  }
  std::string NewKey(size_t* most) {
    const size_t parts = Below(8) > 0 ? 1 + Below(3) : 20 + Below(180);
    *most = std::max(*most, parts);
    std::string key = absl::StrCat("k", ++keys_);
    for (size_t i = 1; i < parts; ++i) {
      absl::StrAppend(&key, OneOf({".", " .", ". ", "\t.\t"}),
                      OneOf({"a", "1", "-", "\"a.b\"", "'\"'", "\"\\\"\"", "'#'", "\"=\"", "''"}));
    }
    return key;
  }

  std::mt19937_64 random_;
  int keys_ = 0;
};

TEST(TomlTest, WhoeverReadsWithoutItReadsTheSame) {
  const uint64_t seed = std::random_device()();
  SCOPED_TRACE(::testing::Message() << "seed " << seed);
  Writer writer(seed);
  size_t refused = 0, read = 0, mangled_read = 0;
  for (int turn = 0; turn < 5000; ++turn) {
    size_t parts = 0;
    const std::string text = writer.Text(&parts);
    ASSERT_TRUE(toml::parse(text)) << toml::parse(text).error().description() << "\n" << text;
    const toml::parse_result parsed = ParseToml(text);
    ASSERT_EQ(static_cast<bool>(parsed), parts <= kMaxTomlKeyParts) << parts << "\n" << text;
    ++(parsed ? read : refused);
    if (parsed) {
      ASSERT_TRUE(parsed.table() == toml::parse(text).table()) << text;
    }
    // What was not meant is read, or refused, as toml++ does, but for its depth.
    const std::string mangled = writer.Mangled(text);
    const toml::parse_result without = toml::parse(mangled), with = ParseToml(mangled);
    if (with) {
      ASSERT_LE(DepthOf(with.table()), 3 * kMaxTomlKeyParts) << mangled;
    }
    if (without && DepthOf(without.table()) <= kMaxTomlKeyParts) {
      ASSERT_TRUE(with) << mangled;
    }
    if (without) ++mangled_read;
  }
  EXPECT_GT(refused, 100u);
  EXPECT_GT(read, 100u);
  EXPECT_GT(mangled_read, 100u);
}

}  // namespace
}  // namespace liaison::record
