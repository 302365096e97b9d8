#include "storage/event_log.h"

namespace liaison::storage {

std::string IdentityKey(absl::string_view author, absl::string_view event_id) {
  std::string key(author);
  key.push_back('\0');
  key.append(event_id.data(), event_id.size());
  return key;
}

}  // namespace liaison::storage
