#include "proto/record/checkpoint.h"

#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "proto/record/base64.h"
#include "testdata.h"

namespace liaison::record {
namespace {

TEST(Checkpoint, Vectors) {
  const Json vectors = ReadTestdata("notes/checkpoint-parse.json");
  ASSERT_EQ(vectors["cases"].size(), 13u);
  for (const Json& vector : vectors["cases"]) {
    const auto body = vector["body"].get<std::string>();
    const auto checkpoint = ParseCheckpoint(body);
    ASSERT_EQ(checkpoint.ok(), vector["ok"].get<bool>()) << vector;
    if (!checkpoint.ok()) continue;
    EXPECT_EQ(FormatCheckpoint(*checkpoint), body);
    if (vector.contains("origin")) {
      EXPECT_EQ(checkpoint->origin, vector["origin"].get<std::string>());
    }
    if (vector.contains("size")) {
      EXPECT_EQ(checkpoint->size, vector["size"].get<uint64_t>());
    }
    if (vector.contains("root_is_leaf_hash_of")) {
      EXPECT_EQ(checkpoint->root, LeafHash(vector["root_is_leaf_hash_of"].get<std::string>()));
    }
    if (vector.contains("ext")) {
      EXPECT_EQ(checkpoint->extensions, vector["ext"].get<std::vector<std::string>>());
    }
  }
}

TEST(Checkpoint, NoneIsLargerThanACount) {
  const std::string root = ToBase64(Sha256Of("root"));
  EXPECT_TRUE(ParseCheckpoint(absl::StrCat("a\n9223372036854775807\n", root, "\n")).ok());
  EXPECT_FALSE(ParseCheckpoint(absl::StrCat("a\n9223372036854775808\n", root, "\n")).ok());
  EXPECT_FALSE(ParseCheckpoint(absl::StrCat("a\n+1\n", root, "\n")).ok());
  EXPECT_FALSE(ParseCheckpoint(absl::StrCat("a\n 1\n", root, "\n")).ok());
}

TEST(TlogProof, Vectors) {
  const Json vectors = ReadTestdata("notes/tlog-proof-text.json");
  ASSERT_EQ(vectors["marshal"].size(), 3u);
  for (const Json& vector : vectors["marshal"]) {
    TlogProof proof;
    proof.index = vector["index"].get<uint64_t>();
    proof.checkpoint = vector["checkpoint"].get<std::string>();
    std::string want = vector["want_template"].get<std::string>();
    for (const Json& input : vector["hash_inputs"]) {
      const std::string name = absl::StrCat("{h", proof.hashes.size(), "}");
      proof.hashes.push_back(Sha256Of(input.get<std::string>()));
      want = absl::StrReplaceAll(want, {{name, ToBase64(proof.hashes.back())}});
    }
    if (vector.contains("extra")) {
      proof.extra = vector["extra"].get<std::string>();
      want = absl::StrReplaceAll(want, {{"{e}", ToBase64(absl::string_view(*proof.extra))}});
    }
    EXPECT_EQ(FormatTlogProof(proof), want);
    const auto read = ParseTlogProof(want);
    ASSERT_TRUE(read.ok()) << read.status();
    EXPECT_EQ(FormatTlogProof(*read), want);
  }
  ASSERT_EQ(vectors["bad"].size(), 6u);
  for (const Json& bad : vectors["bad"]) {
    EXPECT_FALSE(ParseTlogProof(bad.get<std::string>()).ok()) << bad;
  }
}

TEST(AddCheckpointRequest, IsReadAsItIsWritten) {
  AddCheckpoint request;
  request.old_size = 7;
  request.hashes = {Sha256Of("a"), Sha256Of("b")};
  request.checkpoint = "a.example\n9\n...\n";
  const std::string text = FormatAddCheckpoint(request);
  const auto read = ParseAddCheckpoint(text);
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->old_size, 7u);
  EXPECT_EQ(read->hashes, request.hashes);
  EXPECT_EQ(read->checkpoint, request.checkpoint);
  for (const char* bad : {"", "old 7", "old 7\n", "old 07\n\nx", "old -1\n\nx", "old 7\n\n",
                          "old 7\nYQ==\n\nx", "7\n\nx"}) {
    EXPECT_FALSE(ParseAddCheckpoint(bad).ok()) << bad;
  }
}

TEST(AddCheckpointRequest, HasAtMost63Hashes) {
  AddCheckpoint request{1, std::vector<Hash>(63, Sha256Of("a")), "x"};
  EXPECT_TRUE(ParseAddCheckpoint(FormatAddCheckpoint(request)).ok());
  request.hashes.push_back(Sha256Of("b"));
  EXPECT_FALSE(ParseAddCheckpoint(FormatAddCheckpoint(request)).ok());
}

TEST(Base64, HasOneForm) {
  EXPECT_EQ(*ParseBase64("YQ=="), "a");
  EXPECT_EQ(*ParseBase64(""), "");
  for (const char* bad : {"YQ", "YR==", " YQ==", "YQ==\n", "Y Q==", "YQ==YQ==", "-w==", "Y"}) {
    EXPECT_FALSE(ParseBase64(bad).ok()) << bad;
  }
}

}  // namespace
}  // namespace liaison::record
