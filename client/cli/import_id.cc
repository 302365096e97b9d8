#include "client/cli/import_id.h"

#include "absl/strings/str_cat.h"
#include "proto/record/uuid.h"

namespace liaison::cli {
namespace {

// Drawn once at random.
constexpr absl::string_view kNamespace = "08189113-ac3b-49f8-879a-9801aa3f0fac";
constexpr absl::string_view kNul("\0", 1);

std::string Named(absl::string_view name) {
  static const record::Uuid name_space = *record::Uuid::Parse(kNamespace);
  return record::Uuid::FromName(name_space, name).ToString();
}

}  // namespace

std::string ImportedEventId(absl::string_view source, absl::string_view row_id) {
  return Named(absl::StrCat(source, kNul, row_id));
}

std::string ImportedIndividualId(absl::string_view source, absl::string_view row_id) {
  return Named(absl::StrCat(source, kNul, row_id, kNul, "individual"));
}

}  // namespace liaison::cli
