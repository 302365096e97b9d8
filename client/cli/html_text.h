// Strangers' text inside a page of ours.
#ifndef LIAISON_CLIENT_CLI_HTML_TEXT_H_
#define LIAISON_CLIENT_CLI_HTML_TEXT_H_

#include <string>

#include "absl/strings/string_view.h"

namespace liaison::cli {

// Thread-safe, all of them.

// For text and for quoted attributes, of HTML and XML alike. Control characters and the marks that
// reorder text are left out, and what is no UTF-8 stands as U+FFFD: nothing reaches beyond its
// element.
std::string Escaped(absl::string_view text);

// ` lang="ar" dir="rtl"`: the language where it looks like one, and the direction of the first
// letter that has any, else `auto`.
std::string LangAndDir(absl::string_view language, absl::string_view text);

// `<span lang="ar" dir="rtl">text</span>`; any element.
std::string TextElement(absl::string_view element, absl::string_view language,
                        absl::string_view text);

}  // namespace liaison::cli

#endif  // LIAISON_CLIENT_CLI_HTML_TEXT_H_
