// Why somebody may read an event, or may not, in words.
#ifndef LIAISON_SERVER_AUTH_EXPLANATION_H_
#define LIAISON_SERVER_AUTH_EXPLANATION_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "server/auth/principal.h"
#include "server/domain/directory.h"
#include "server/domain/registry.h"

namespace liaison::auth {

struct Explanation {
  bool may_read = false;             // what MayRead says
  std::vector<std::string> reasons;  // one sentence each; the last one decides
  // By what the directory table has of it: DirectoryKey of the group's version, and of the
  // registration that counts.
  std::vector<std::string> by;
};

// `reader` empty: anybody. FIELD_INVALID for a reader that is no organisation's name. Pure.
absl::StatusOr<Explanation> ExplainReading(absl::string_view reader, const Readable& event,
                                           const domain::Registry& registry,
                                           const domain::Directory& directory);

}  // namespace liaison::auth

#endif  // LIAISON_SERVER_AUTH_EXPLANATION_H_
