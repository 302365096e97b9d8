// A text as a QR code that a terminal shows.
#ifndef LIAISON_CLIENT_CLI_QR_CODE_H_
#define LIAISON_CLIENT_CLI_QR_CODE_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace liaison::cli {

// Lines of half blocks, dark on light whatever the terminal's colours, with the quiet zone that
// readers need (ISO/IEC 18004). INVALID_ARGUMENT for a text that is too long.
absl::StatusOr<std::string> QrCodeText(absl::string_view text);

}  // namespace liaison::cli

#endif  // LIAISON_CLIENT_CLI_QR_CODE_H_
