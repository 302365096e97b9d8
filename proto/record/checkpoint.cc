#include "proto/record/checkpoint.h"

#include <limits>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "proto/record/base64.h"
#include "proto/record/macros.h"

namespace liaison::record {
namespace {

constexpr uint64_t kMaxSize = std::numeric_limits<int64_t>::max();

absl::StatusOr<uint64_t> ReadNumber(absl::string_view text) {
  uint64_t number = 0;
  if (!absl::SimpleAtoi(text, &number) || number > kMaxSize || absl::StrCat(number) != text) {
    return absl::InvalidArgumentError("a size is a decimal number below 2^63");
  }
  return number;
}

// Takes the first line off the text. INVALID_ARGUMENT where none ends.
absl::StatusOr<absl::string_view> TakeLine(absl::string_view* text) {
  const size_t end = text->find('\n');
  if (end == absl::string_view::npos) return absl::InvalidArgumentError("a line does not end");
  const absl::string_view line = text->substr(0, end);
  text->remove_prefix(end + 1);
  return line;
}

// `index 5`: what follows the word.
absl::StatusOr<uint64_t> TakeNumberAfter(absl::string_view word, absl::string_view* text) {
  LIAISON_ASSIGN_OR_RETURN(absl::string_view line, TakeLine(text));
  if (!absl::ConsumePrefix(&line, word)) {
    return absl::InvalidArgumentError(absl::StrCat("there is no line `", word, "...`"));
  }
  return ReadNumber(line);
}

// Up to the empty line, which is taken too.
absl::StatusOr<std::vector<Hash>> TakeHashes(absl::string_view* text) {
  std::vector<Hash> hashes;
  while (true) {
    LIAISON_ASSIGN_OR_RETURN(const absl::string_view line, TakeLine(text));
    if (line.empty()) return hashes;
    if (hashes.size() == kMaxProofHashes) {
      return absl::InvalidArgumentError("a proof has at most 63 hashes");
    }
    LIAISON_ASSIGN_OR_RETURN(const Hash hash, ParseBase64Hash(line));
    hashes.push_back(hash);
  }
}

std::string HashLines(const std::vector<Hash>& hashes) {
  std::string lines;
  for (const Hash& hash : hashes) absl::StrAppend(&lines, ToBase64(hash), "\n");
  return lines;
}

absl::StatusOr<std::string> TakeCheckpoint(absl::string_view text) {
  if (text.empty()) return absl::InvalidArgumentError("there is no checkpoint");
  return std::string(text);
}

}  // namespace

std::string FormatCheckpoint(const Checkpoint& checkpoint) {
  std::string text =
      absl::StrCat(checkpoint.origin, "\n", checkpoint.size, "\n", ToBase64(checkpoint.root), "\n");
  for (const std::string& extension : checkpoint.extensions) {
    absl::StrAppend(&text, extension, "\n");
  }
  return text;
}

absl::StatusOr<Checkpoint> ParseCheckpoint(absl::string_view text) {
  Checkpoint checkpoint;
  LIAISON_ASSIGN_OR_RETURN(const absl::string_view origin, TakeLine(&text));
  if (origin.empty()) return absl::InvalidArgumentError("a checkpoint names its origin");
  checkpoint.origin = std::string(origin);
  LIAISON_ASSIGN_OR_RETURN(const absl::string_view size, TakeLine(&text));
  LIAISON_ASSIGN_OR_RETURN(checkpoint.size, ReadNumber(size));
  LIAISON_ASSIGN_OR_RETURN(const absl::string_view root, TakeLine(&text));
  LIAISON_ASSIGN_OR_RETURN(checkpoint.root, ParseBase64Hash(root));
  while (!text.empty()) {
    LIAISON_ASSIGN_OR_RETURN(const absl::string_view extension, TakeLine(&text));
    if (extension.empty()) return absl::InvalidArgumentError("an extension line is empty");
    checkpoint.extensions.emplace_back(extension);
  }
  return checkpoint;
}

std::string FormatTlogProof(const TlogProof& proof) {
  std::string text = absl::StrCat(kTlogProofHeader, "\n");
  if (proof.extra) absl::StrAppend(&text, "extra ", ToBase64(*proof.extra), "\n");
  absl::StrAppend(&text, "index ", proof.index, "\n", HashLines(proof.hashes), "\n",
                  proof.checkpoint);
  return text;
}

absl::StatusOr<TlogProof> ParseTlogProof(absl::string_view text) {
  TlogProof proof;
  LIAISON_ASSIGN_OR_RETURN(const absl::string_view header, TakeLine(&text));
  if (header != kTlogProofHeader) {
    return absl::InvalidArgumentError(absl::StrCat("a proof begins with ", kTlogProofHeader));
  }
  if (absl::ConsumePrefix(&text, "extra ")) {
    LIAISON_ASSIGN_OR_RETURN(const absl::string_view extra, TakeLine(&text));
    LIAISON_ASSIGN_OR_RETURN(proof.extra, ParseBase64(extra));
  }
  LIAISON_ASSIGN_OR_RETURN(proof.index, TakeNumberAfter("index ", &text));
  LIAISON_ASSIGN_OR_RETURN(proof.hashes, TakeHashes(&text));
  LIAISON_ASSIGN_OR_RETURN(proof.checkpoint, TakeCheckpoint(text));
  return proof;
}

std::string FormatAddCheckpoint(const AddCheckpoint& request) {
  return absl::StrCat("old ", request.old_size, "\n", HashLines(request.hashes), "\n",
                      request.checkpoint);
}

absl::StatusOr<AddCheckpoint> ParseAddCheckpoint(absl::string_view text) {
  AddCheckpoint request;
  LIAISON_ASSIGN_OR_RETURN(request.old_size, TakeNumberAfter("old ", &text));
  LIAISON_ASSIGN_OR_RETURN(request.hashes, TakeHashes(&text));
  LIAISON_ASSIGN_OR_RETURN(request.checkpoint, TakeCheckpoint(text));
  return request;
}

}  // namespace liaison::record
