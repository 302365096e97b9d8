#include "proto/record/signed_note.h"

#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "testdata.h"

namespace liaison::record {
namespace {

std::vector<NoteVerifier> KeysIn(const Json& vkeys) {
  std::vector<NoteVerifier> keys;
  for (const Json& vkey : vkeys) {
    auto key = NoteVerifier::Parse(vkey.get<std::string>());
    EXPECT_TRUE(key.ok()) << vkey;
    if (key.ok()) keys.push_back(*std::move(key));
  }
  return keys;
}

std::vector<std::string> NamesOf(const std::vector<NoteSignature>& signatures) {
  std::vector<std::string> names;
  names.reserve(signatures.size());
  for (const NoteSignature& signature : signatures) names.push_back(signature.name);
  return names;
}

TEST(SignedNote, SignsTheVectors) {
  const Json vectors = ReadTestdata("notes/signed-note.json");
  for (const Json& vector : vectors["sign"]) {
    const auto signer = NoteSigner::Parse(vector["skey"].get<std::string>());
    ASSERT_TRUE(signer.ok()) << signer.status();
    const auto text = vector["text"].get<std::string>();
    EXPECT_EQ(absl::StrCat(text, "\n", signer->Sign(text)), vector["want"].get<std::string>());
  }
}

TEST(SignedNote, OpensTheVectors) {
  const Json vectors = ReadTestdata("notes/signed-note.json");
  ASSERT_EQ(vectors["open_ok"].size(), 6u);
  for (const Json& vector : vectors["open_ok"]) {
    const auto note = OpenNote(vector["msg"].get<std::string>(), KeysIn(vector["vkeys"]));
    ASSERT_TRUE(note.ok()) << note.status() << vector;
    EXPECT_EQ(NamesOf(note->verified), vector["verified"].get<std::vector<std::string>>());
    if (vector.contains("ignored")) {
      EXPECT_EQ(NamesOf(note->unknown), vector["ignored"].get<std::vector<std::string>>());
    }
  }
}

TEST(SignedNote, RefusesTheBadVectors) {
  const Json vectors = ReadTestdata("notes/signed-note.json");
  const std::vector<NoteVerifier> keys = KeysIn(vectors["open_bad_vkeys"]);
  ASSERT_EQ(vectors["open_bad"].size(), 9u);
  for (const Json& vector : vectors["open_bad"]) {
    EXPECT_FALSE(OpenNote(vector["msg"].get<std::string>(), keys).ok()) << vector["why"];
  }
  // What JSON cannot express: no UTF-8 before the text.
  const auto good = vectors["open_ok"][0]["msg"].get<std::string>();
  EXPECT_TRUE(OpenNote(good, keys).ok());
  EXPECT_FALSE(OpenNote(absl::StrCat("\xff", good), keys).ok());
}

TEST(SignedNote, KeyVectors) {
  const Json vectors = ReadTestdata("notes/signed-note.json");
  const auto vkey = vectors["open_bad_vkeys"][0].get<std::string>();
  EXPECT_EQ(NoteVerifier::Parse(vkey)->ToString(), vkey);
  for (const Json& bad : vectors["vkey_bad"]) {
    EXPECT_FALSE(NoteVerifier::Parse(bad.get<std::string>()).ok()) << bad;
  }
  for (size_t begin = 0; begin < vkey.size(); ++begin) {
    for (size_t size = 0; size <= vkey.size() - begin; ++size) {
      if (size == vkey.size()) continue;
      EXPECT_FALSE(NoteVerifier::Parse(vkey.substr(begin, size)).ok()) << begin << " " << size;
    }
  }
  for (size_t i = 0; i < vkey.size(); ++i) {
    std::string changed = vkey;
    ++changed[i];
    EXPECT_FALSE(NoteVerifier::Parse(changed).ok()) << changed;
  }
  for (const Json& cosigner : vectors["vkey_ok_cosigner"]) {
    const auto key = NoteVerifier::Parse(cosigner["vkey"].get<std::string>());
    ASSERT_TRUE(key.ok()) << key.status();
    EXPECT_EQ(key->type(), NoteKeyType::kCosignature);
  }
  for (const auto& [what, skey] : vectors["skeys"].items()) {
    const auto signer = NoteSigner::Parse(skey.get<std::string>());
    ASSERT_TRUE(signer.ok()) << what;
    EXPECT_EQ(signer->ToSecret(), skey.get<std::string>()) << what;
  }
}

TEST(SignedNote, CosignatureVectors) {
  const Json vectors = ReadTestdata("notes/cosignature-v1.json");
  ASSERT_EQ(vectors["cases"].size(), 3u);
  for (const Json& vector : vectors["cases"]) {
    const auto note = OpenNote(vector["msg"].get<std::string>(), KeysIn(vector["vkeys"]));
    ASSERT_TRUE(note.ok()) << note.status();
    EXPECT_EQ(note->verified.size(), vector["verified"].get<size_t>());
    EXPECT_GT(*CosignatureTime(note->verified[0].signature), 1'500'000'000u);
  }
  const Json& timed = vectors["timestamp_case"];
  const std::string bytes = FromBase64(timed["sig_b64"].get<std::string>());
  EXPECT_EQ(*CosignatureTime(bytes.substr(4)), timed["time"].get<uint64_t>());
  const std::string other = FromBase64(vectors["not_a_cosignature"].get<std::string>());
  EXPECT_FALSE(CosignatureTime(other.substr(4)).ok());
}

// A note signed by a key of each type, so that whatever is changed in it is noticed.
struct OwnNote {
  NoteSigner log = NoteSigner::Generate("fictional.example/log", NoteKeyType::kEd25519);
  NoteSigner witness = NoteSigner::Generate("fictional.example/wit", NoteKeyType::kCosignature);
  std::string text = "fictional.example/log\n1\nTszzRgjTG6xce+z2AG31kAXYKBgQVtCSCE40HmuwBb0=\n";
  std::string bytes = absl::StrCat(text, "\n", log.Sign(text), witness.Sign(text, 1'800'000'000));

  size_t Verified(const std::string& note) const {
    const auto opened = OpenNote(note, {log.verifier(), witness.verifier()});
    return opened.ok() ? opened->verified.size() : 0;
  }
};

TEST(SignedNote, OwnSignaturesAreVerifiedAndNoOthers) {
  const OwnNote note;
  EXPECT_EQ(note.Verified(note.bytes), 2u);
  for (size_t i = 0; i < note.bytes.size(); ++i) {
    for (int bit = 0; bit < 8; ++bit) {
      std::string changed = note.bytes;
      changed[i] = static_cast<char>(changed[i] ^ (1 << bit));
      EXPECT_LT(note.Verified(changed), 2u) << "byte " << i << " bit " << bit;
    }
  }
}

TEST(SignedNote, ARepeatedSignatureCountsOnce) {
  const OwnNote note;
  EXPECT_EQ(note.Verified(absl::StrCat(note.bytes, note.log.Sign(note.text))), 2u);
}

TEST(SignedNote, ATimeThatWasNotSignedIsRefused) {
  const OwnNote note;
  const std::string later = note.witness.Sign(note.text, 1'800'000'001);
  EXPECT_EQ(note.Verified(absl::StrCat(note.text, "\n", later)), 1u);
  const auto signature = ParseNote(absl::StrCat(note.text, "\n", later))->signatures[0].signature;
  std::string earlier = signature;
  --earlier[7];
  EXPECT_FALSE(note.witness.verifier().Verify(note.text, earlier));
}

TEST(SignedNote, ALogsSignatureIsNoCosignature) {
  // The same key under both types: neither passes for the other.
  const SigningKey key = *SigningKey::FromSeed(std::string(32, 'k'));
  const auto as_log = NoteVerifier::Of("a.example", NoteKeyType::kEd25519, key.public_key());
  const auto as_witness =
      NoteVerifier::Of("a.example", NoteKeyType::kCosignature, key.public_key());
  EXPECT_NE(as_log.id(), as_witness.id());
  EXPECT_FALSE(as_witness.Verify("a\n", key.SignMessage("a\n")));
  EXPECT_FALSE(as_witness.Verify("a\n", std::string(8, '\0') + key.SignMessage("a\n")));
}

TEST(SignedNote, NamesOfKeys) {
  EXPECT_TRUE(IsNoteKeyName("igf.example/log"));
  EXPECT_TRUE(IsNoteKeyName("\xc3\xa9.example"));
  for (const char* name : {"", "a b", "a+b", "a\tb", "a\nb",
                           "a\xc2\xa0"
                           "b",
                           "a\xe3\x80\x80"
                           "b",
                           "a\xff", "a\x01"}) {
    EXPECT_FALSE(IsNoteKeyName(name)) << name;
  }
}

}  // namespace
}  // namespace liaison::record
