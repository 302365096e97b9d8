#include "client/cli/evidence.h"

#include <algorithm>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "proto/record/base64.h"
#include "proto/record/checkpoint.h"
#include "proto/record/macros.h"
#include "proto/record/proof.h"

namespace liaison::cli {
namespace {

absl::Status NoEvidence(absl::string_view why) {
  return absl::InvalidArgumentError(absl::StrCat("this is no evidence: ", why));
}

absl::StatusOr<absl::string_view> TakeLine(absl::string_view* text) {
  const size_t end = text->find('\n');
  if (end == absl::string_view::npos) return NoEvidence("it is cut off");
  const absl::string_view line = text->substr(0, end);
  text->remove_prefix(end + 1);
  return line;
}

std::string FormatNote(const std::string& note) {
  return absl::StrCat("checkpoint ", std::count(note.begin(), note.end(), '\n'), "\n", note);
}

absl::StatusOr<std::string> TakeNote(absl::string_view* text) {
  LIAISON_ASSIGN_OR_RETURN(absl::string_view head, TakeLine(text));
  uint32_t lines = 0;
  if (!absl::ConsumePrefix(&head, "checkpoint ") || !absl::SimpleAtoi(head, &lines) ||
      absl::StrCat(lines) != head) {
    return NoEvidence("it has two checkpoints");
  }
  std::string note;
  for (; lines > 0; --lines) {
    LIAISON_ASSIGN_OR_RETURN(const absl::string_view line, TakeLine(text));
    absl::StrAppend(&note, line, "\n");
  }
  return note;
}

absl::StatusOr<record::Checkpoint> ReadSigned(absl::string_view note,
                                              const record::NoteVerifier& log) {
  LIAISON_ASSIGN_OR_RETURN(const record::VerifiedNote opened, record::OpenNote(note, {log}));
  LIAISON_ASSIGN_OR_RETURN(record::Checkpoint checkpoint, record::ParseCheckpoint(opened.text));
  if (checkpoint.origin == log.name()) return checkpoint;
  return absl::InvalidArgumentError(absl::StrCat("a checkpoint of ", checkpoint.origin));
}

absl::Status AsDataLoss(const absl::Status& status) {
  return absl::DataLossError(absl::StrCat("the evidence does not hold: ", status.message()));
}

}  // namespace

std::string FormatEvidence(const Evidence& evidence) {
  std::string text =
      absl::StrCat(kEvidenceMagic, FormatNote(evidence.older), FormatNote(evidence.newer), "root ",
                   record::ToBase64(evidence.root), "\n");
  for (const record::Hash& hash : evidence.proof) {
    absl::StrAppend(&text, record::ToBase64(hash), "\n");
  }
  return text;
}

absl::StatusOr<Evidence> ParseEvidence(absl::string_view text) {
  Evidence evidence;
  if (!absl::ConsumePrefix(&text, kEvidenceMagic)) return NoEvidence("its first line is another");
  LIAISON_ASSIGN_OR_RETURN(evidence.older, TakeNote(&text));
  LIAISON_ASSIGN_OR_RETURN(evidence.newer, TakeNote(&text));
  LIAISON_ASSIGN_OR_RETURN(absl::string_view root, TakeLine(&text));
  if (!absl::ConsumePrefix(&root, "root ")) return NoEvidence("there is no root");
  LIAISON_ASSIGN_OR_RETURN(evidence.root, record::ParseBase64Hash(root));
  while (!text.empty()) {
    LIAISON_ASSIGN_OR_RETURN(const absl::string_view line, TakeLine(&text));
    LIAISON_ASSIGN_OR_RETURN(const record::Hash hash, record::ParseBase64Hash(line));
    evidence.proof.push_back(hash);
  }
  return evidence;
}

absl::Status CheckEvidence(const Evidence& evidence, const record::NoteVerifier& log) {
  const auto older = ReadSigned(evidence.older, log);
  if (!older.ok()) return AsDataLoss(older.status());
  const auto newer = ReadSigned(evidence.newer, log);
  if (!newer.ok()) return AsDataLoss(newer.status());
  if (older->size > newer->size) {
    return absl::DataLossError("the evidence does not hold: the older checkpoint is the larger");
  }
  const absl::Status led = record::VerifyConsistency(older->size, newer->size, evidence.root,
                                                     newer->root, evidence.proof);
  if (!led.ok()) return AsDataLoss(led);
  if (evidence.root == older->root) {
    return absl::DataLossError(
        "the two checkpoints are of one history: nothing is wrong with that log");
  }
  return absl::OkStatus();
}

}  // namespace liaison::cli
