#include "client/cli/qr_code.h"

#include <qrencode.h>

#include <memory>

#include "absl/strings/str_cat.h"

namespace liaison::cli {
namespace {

constexpr int kQuietZone = 2;  // modules; four are asked for, two are read everywhere

struct FreeCode {
  void operator()(QRcode* code) const { QRcode_free(code); }
};

bool IsDark(const QRcode& code, int row, int column) {
  if (row < 0 || column < 0 || row >= code.width || column >= code.width) return false;
  return (code.data[row * code.width + column] & 1) != 0;
}

}  // namespace

absl::StatusOr<std::string> QrCodeText(absl::string_view text) {
  const std::unique_ptr<QRcode, FreeCode> code(
      QRcode_encodeString8bit(std::string(text).c_str(), 0, QR_ECLEVEL_M));
  if (code == nullptr) return absl::InvalidArgumentError("the text is too long for a QR code");
  std::string drawn;
  for (int row = -kQuietZone; row < code->width + kQuietZone; row += 2) {
    // Black on white by number, so that a dark terminal does not turn it round.
    absl::StrAppend(&drawn, "\033[38;5;16;48;5;231m");
    for (int column = -kQuietZone; column < code->width + kQuietZone; ++column) {
      const bool above = IsDark(*code, row, column);
      const bool below = IsDark(*code, row + 1, column);
      absl::StrAppend(&drawn, above && below ? "\u2588"
                              : above        ? "\u2580"
                              : below        ? "\u2584"
                                             : " ");
    }
    absl::StrAppend(&drawn, "\033[0m\n");
  }
  return drawn;
}

}  // namespace liaison::cli
