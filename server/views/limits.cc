#include "server/views/limits.h"

#include "absl/strings/str_cat.h"
#include "proto/record/errors.h"

namespace liaison::views {

absl::StatusOr<size_t> AtMost(uint32_t asked, uint32_t usual, uint32_t most,
                              absl::string_view field) {
  if (asked > most) {
    return record::FieldInvalid(field, absl::StrCat("at most ", most, "; 0 is ", usual));
  }
  return asked == 0 ? usual : asked;
}

}  // namespace liaison::views
