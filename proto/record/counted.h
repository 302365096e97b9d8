// How many, as a person says it.
#ifndef LIAISON_PROTO_RECORD_COUNTED_H_
#define LIAISON_PROTO_RECORD_COUNTED_H_

#include <cstdint>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace liaison::record {

// `1 event`, `2 events`; `1 entry`, `2 entries` where `many` says so. Thread-safe.
inline std::string Counted(uint64_t count, absl::string_view one, absl::string_view many = "") {
  if (count == 1) return absl::StrCat(count, " ", one);
  return many.empty() ? absl::StrCat(count, " ", one, "s") : absl::StrCat(count, " ", many);
}

}  // namespace liaison::record

#endif  // LIAISON_PROTO_RECORD_COUNTED_H_
