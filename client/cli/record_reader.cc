#include "client/cli/record_reader.h"

#include <algorithm>
#include <cstring>
#include <memory>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "proto/record/macros.h"

namespace liaison::cli {
namespace {

constexpr size_t kReadSizeBytes = 64 << 10;
// An event is at most 1 MiB; JSON escapes and base64 make it longer.
constexpr size_t kMaxRecordSizeBytes = 8 << 20;
constexpr absl::string_view kByteOrderMark = "\xEF\xBB\xBF";

bool IsSpace(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

absl::Status Unusable(int line, absl::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat("line ", line, ": ", what));
}

}  // namespace

RecordReader::RecordReader(Read read) : read_(std::move(read)) {}

absl::Status RecordReader::Refill() {
  buffer_.resize(kReadSizeBytes);
  position_ = 0;
  absl::StatusOr<size_t> n = read_(buffer_.data(), buffer_.size());
  buffer_.resize(n.ok() ? *n : 0);
  LIAISON_RETURN_IF_ERROR(n.status());
  at_end_ = *n == 0;
  if (std::exchange(at_start_, false) && absl::StartsWith(buffer_, kByteOrderMark)) {
    position_ = kByteOrderMark.size();
  }
  return absl::OkStatus();
}

absl::StatusOr<std::optional<Record>> RecordReader::Next() {
  while (!at_end_) {
    while (position_ < buffer_.size()) {
      LIAISON_ASSIGN_OR_RETURN(const bool complete, Take(buffer_[position_++]));
      if (complete) return std::exchange(current_, Record{});
    }
    LIAISON_RETURN_IF_ERROR(Refill());
  }
  if (depth_ > 0) return Unfinished();
  return std::nullopt;
}

absl::StatusOr<bool> RecordReader::Take(char c) {
  if (c == '\n') ++line_;
  if (depth_ == 0) return TakeBetween(c);
  if (current_.text.size() >= kMaxRecordSizeBytes) {
    return Unusable(current_.line,
                    absl::StrCat("the draft that begins here is longer than ",
                                 kMaxRecordSizeBytes >> 20, " MiB; is a closing brace missing?"));
  }
  current_.text += c;
  if (in_string_) return TakeInString(c);
  if (c == '"') {
    in_string_ = true;
  } else if (c == '{' || c == '[') {
    ++depth_;
  } else if (c == '}' || c == ']') {
    --depth_;
  }
  return depth_ == 0;
}

absl::StatusOr<bool> RecordReader::TakeBetween(char c) {
  if (IsSpace(c)) return false;
  if (c == '[') {
    return Unusable(line_,
                    "expected a draft, `{...}`, and found a list; write one draft after the "
                    "other, without brackets and commas (`jq -c '.[]'` does it)");
  }
  if (c != '{') {
    return Unusable(line_, "expected a draft as a JSON object, `{...}`");
  }
  current_ = Record{"{", ++records_, line_};
  depth_ = 1;
  return false;
}

absl::StatusOr<bool> RecordReader::TakeInString(char c) {
  if (c == '\n') {
    return Unusable(line_ - 1,
                    "a text ends nowhere on this line: a closing quote is missing, or a "
                    "line break inside a text that must be written \\n");
  }
  if (escaped_) {
    escaped_ = false;
  } else if (c == '\\') {
    escaped_ = true;
  } else if (c == '"') {
    in_string_ = false;
  }
  return false;
}

absl::Status RecordReader::Unfinished() const {
  return Unusable(current_.line,
                  "the draft that begins here does not end: a closing brace, "
                  "bracket or quote is missing");
}

RecordReader::Read ReadFrom(absl::string_view text) {
  auto rest = std::make_shared<absl::string_view>(text);
  return [rest](char* buffer, size_t size) -> absl::StatusOr<size_t> {
    const size_t n = std::min(size, rest->size());
    std::memcpy(buffer, rest->data(), n);
    rest->remove_prefix(n);
    return n;
  };
}

}  // namespace liaison::cli
