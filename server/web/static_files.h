// The dashboard's files.
#ifndef LIAISON_SERVER_WEB_STATIC_FILES_H_
#define LIAISON_SERVER_WEB_STATIC_FILES_H_

#include <optional>
#include <string>

#include "server/web/http.h"

namespace liaison::web {

// StaticFiles answers with what lies in a folder: `/` is its index.html. Where a browser takes it,
// FILE.br or FILE.gz beside FILE goes in its place. What lies under /assets/ has its version in its
// name and is kept for ever; everything else is asked for again. Nothing outside the folder is
// served, and nothing whose name begins with a dot. However many read a file, it is there once.
// Thread-safe; reads the disk.
class StaticFiles {
 public:
  // Empty: there are none. The budget must outlive it, and the answers.
  StaticFiles(std::string folder, AnswerBudget* budget)
      : folder_(std::move(folder)), bodies_(budget) {}

  // nullopt where there is no such file.
  std::optional<HttpResponse> Find(const HttpRequest& request);

 private:
  // NOT_FOUND where there is none that is served; its version is in `tag`.
  absl::StatusOr<Body> Read(const std::string& file, std::string* tag);

  const std::string folder_;
  SharedBodies bodies_;
};

}  // namespace liaison::web

#endif  // LIAISON_SERVER_WEB_STATIC_FILES_H_
