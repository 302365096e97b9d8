// Files of the command line; `-` is standard input.
#ifndef LIAISON_CLIENT_CLI_FILE_H_
#define LIAISON_CLIENT_CLI_FILE_H_

#include <functional>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "client/cli/record_reader.h"

namespace liaison::cli {

// An InputFile is open for reading. Not thread-safe.
class InputFile {
 public:
  // INVALID_ARGUMENT, naming the file, where it cannot be opened.
  static absl::StatusOr<std::unique_ptr<InputFile>> Open(const std::string& name);
  ~InputFile();
  InputFile(const InputFile&) = delete;
  InputFile& operator=(const InputFile&) = delete;

  // How messages call it.
  const std::string& name() const { return name_; }

  // What is there, as soon as something is. While nothing comes, `stop` is asked ten times a
  // second whether to go on waiting; CANCELLED once it says no. The file must outlive it.
  RecordReader::Read Reader(std::function<bool()> stop);

  // All of it. INVALID_ARGUMENT for more than 64 MiB.
  absl::StatusOr<std::string> ReadAll();

 private:
  InputFile(int fd, std::string name) : fd_(fd), name_(std::move(name)) {}
  absl::StatusOr<size_t> ReadSome(char* buffer, size_t size);

  const int fd_;
  const std::string name_;
};

}  // namespace liaison::cli

#endif  // LIAISON_CLIENT_CLI_FILE_H_
