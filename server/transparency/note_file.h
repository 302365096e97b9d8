// What a signer has signed, kept where a crash does not reach it.
#ifndef LIAISON_SERVER_TRANSPARENCY_NOTE_FILE_H_
#define LIAISON_SERVER_TRANSPARENCY_NOTE_FILE_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace liaison::transparency {

// A NoteStore keeps one signed note. One caller at a time.
class NoteStore {
 public:
  virtual ~NoteStore() = default;
  // NOT_FOUND where nothing was ever saved.
  virtual absl::StatusOr<std::string> Load() = 0;
  // Returns once the note is on disk in the place of the one before. After an error, or a crash
  // meanwhile, either of the two is there, whole.
  virtual absl::Status Save(absl::string_view note) = 0;
};

// A NoteFile is a file that holds the note as it is: a copy of a published checkpoint is one too.
class NoteFile final : public NoteStore {
 public:
  explicit NoteFile(std::string name) : name_(std::move(name)) {}

  absl::StatusOr<std::string> Load() override;
  absl::Status Save(absl::string_view note) override;

 private:
  const std::string name_;
};

}  // namespace liaison::transparency

#endif  // LIAISON_SERVER_TRANSPARENCY_NOTE_FILE_H_
