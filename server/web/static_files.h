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
// served, and nothing whose name begins with a dot. Thread-safe; reads the disk.
class StaticFiles {
 public:
  // Empty: there are none.
  explicit StaticFiles(std::string folder) : folder_(std::move(folder)) {}

  // nullopt where there is no such file.
  std::optional<HttpResponse> Find(const HttpRequest& request) const;

 private:
  const std::string folder_;
};

}  // namespace liaison::web

#endif  // LIAISON_SERVER_WEB_STATIC_FILES_H_
