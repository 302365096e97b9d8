#include "client/cli/token_file.h"

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "proto/record/private_file.h"
#include "proto/record/token.h"

namespace liaison::cli {

absl::StatusOr<std::string> ReadTokenFile(const std::string& name) {
  const absl::StatusOr<std::string> text = record::ReadPrivateFile(name);
  if (!text.ok()) {
    return absl::InvalidArgumentError(absl::StrCat("the token file ", text.status().message()));
  }
  const absl::string_view token = absl::StripAsciiWhitespace(*text);
  if (record::KindOfToken(token) != record::TokenKind::kAccess) {
    return absl::InvalidArgumentError(absl::StrCat(
        "the token file ", name,
        " holds no token, or one that was not copied whole; it begins with igfl_pat_"));
  }
  return std::string(token);
}

absl::Status WriteTokenFile(const std::string& name, absl::string_view token) {
  return record::WriteNewPrivateFile(name, absl::StrCat(token, "\n"));
}

}  // namespace liaison::cli
