// Sentences for a person at a terminal.
#ifndef LIAISON_CLIENT_CLI_PARAGRAPH_H_
#define LIAISON_CLIENT_CLI_PARAGRAPH_H_

#include <cstddef>
#include <string>

#include "absl/strings/string_view.h"

namespace liaison::cli {

// The text made printable and broken at spaces into lines of at most `width` columns, every line
// after `indent` spaces and ended with a newline. A word that is wider stands by itself. Empty text
// is no line. Thread-safe.
std::string Paragraph(absl::string_view text, size_t width, size_t indent);

}  // namespace liaison::cli

#endif  // LIAISON_CLIENT_CLI_PARAGRAPH_H_
