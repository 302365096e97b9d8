#include "proto/record/pae.h"

#include "absl/strings/str_cat.h"

namespace liaison::record {
namespace {

std::string PaePrefix(absl::string_view type, absl::string_view body) {
  return absl::StrCat("DSSEv1 ", type.size(), " ", type, " ", body.size(), " ");
}

}  // namespace

std::string Pae(absl::string_view type, absl::string_view body) {
  return absl::StrCat(PaePrefix(type, body), body);
}

Hash EventDigest(absl::string_view header) { return Sha256Of(Pae(kEventHeaderType, header)); }

}  // namespace liaison::record
