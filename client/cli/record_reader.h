// Cuts a stream of JSON into its values: one draft over several lines, JSON Lines, or drafts one
// after the other.
#ifndef LIAISON_CLIENT_CLI_RECORD_READER_H_
#define LIAISON_CLIENT_CLI_RECORD_READER_H_

#include <cstddef>
#include <functional>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace liaison::cli {

// The text of one JSON object, not yet parsed.
struct Record {
  std::string text;
  int number = 0;  // from 1
  int line = 0;    // where it begins, from 1
};

// A RecordReader yields the objects of a stream as soon as their last brace has come, so that what
// is typed or piped in slowly is published at once.
//
// Only braces, brackets and strings are looked at. INVALID_ARGUMENT, with the line, where something
// else than an object begins, and where the stream ends inside one; nothing comes after an error.
// Not thread-safe.
class RecordReader {
 public:
  // Fills at most `size` bytes and returns how many; 0 at the end. May block.
  using Read = std::function<absl::StatusOr<size_t>(char* buffer, size_t size)>;
  explicit RecordReader(Read read);

  // nullopt at the end of the stream.
  absl::StatusOr<std::optional<Record>> Next();

 private:
  // Looks at the next byte; true when it completes a record.
  absl::StatusOr<bool> Take(char c);
  absl::StatusOr<bool> TakeBetween(char c);
  absl::StatusOr<bool> TakeInString(char c);
  absl::Status Refill();
  absl::Status Unfinished() const;

  const Read read_;
  std::string buffer_;
  size_t position_ = 0;  // in buffer_
  bool at_end_ = false;
  bool at_start_ = true;

  Record current_;
  int line_ = 1;
  int records_ = 0;
  int depth_ = 0;
  bool in_string_ = false;
  bool escaped_ = false;
};

// From memory, for what is already there. The text must outlive the reader.
RecordReader::Read ReadFrom(absl::string_view text);

}  // namespace liaison::cli

#endif  // LIAISON_CLIENT_CLI_RECORD_READER_H_
