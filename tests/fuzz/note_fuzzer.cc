// Signed notes, keys, checkpoints, proofs, requests to witnesses and paths of tiles: none crashes,
// what is read is what would be written, and nothing is verified that nobody signed.
#include "absl/strings/str_cat.h"
#include "proto/record/checkpoint.h"
#include "proto/record/signed_note.h"
#include "proto/record/tile.h"
#include "tests/fuzz/fuzz.h"

using namespace liaison;

namespace {

// Its private half is in no input.
const record::NoteVerifier& Key() {
  static const record::NoteSigner signer =
      record::NoteSigner::Generate("fictional.example/log", record::NoteKeyType::kEd25519);
  return signer.verifier();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view bytes(reinterpret_cast<const char*>(data), size);
  if (auto note = record::ParseNote(bytes); note.ok()) {
    std::string written = absl::StrCat(note->text, "\n");
    for (const auto& signature : note->signatures) absl::StrAppend(&written, signature.line);
    FUZZ_CHECK(written == bytes);
    FUZZ_CHECK(!record::OpenNote(bytes, {Key()}).ok());
  }
  if (auto key = record::NoteVerifier::Parse(bytes); key.ok()) {
    FUZZ_CHECK(key->ToString() == bytes);
  }
  if (auto key = record::NoteSigner::Parse(bytes); key.ok()) FUZZ_CHECK(key->ToSecret() == bytes);
  if (auto checkpoint = record::ParseCheckpoint(bytes); checkpoint.ok()) {
    FUZZ_CHECK(record::FormatCheckpoint(*checkpoint) == bytes);
  }
  if (auto proof = record::ParseTlogProof(bytes); proof.ok()) {
    FUZZ_CHECK(record::FormatTlogProof(*proof) == bytes);
  }
  if (auto request = record::ParseAddCheckpoint(bytes); request.ok()) {
    FUZZ_CHECK(record::FormatAddCheckpoint(*request) == bytes);
  }
  if (auto tile = record::ParseTilePath(bytes); tile.ok()) {
    FUZZ_CHECK(record::TilePath(*tile) == bytes);
  }
  return 0;
}
