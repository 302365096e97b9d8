// Words of others in pages of ours.
#ifndef LIAISON_SERVER_WEB_HTML_TEXT_H_
#define LIAISON_SERVER_WEB_HTML_TEXT_H_

#include <google/protobuf/message.h>

#include <string>

#include "absl/strings/string_view.h"
#include "server/web/pages.h"

namespace liaison::web {

// As text of HTML or XML, also within quotes. Control characters, which neither has a place for,
// become blanks; line ends stay.
std::string Escaped(absl::string_view text);

// Somebody's words, whose direction does not reach what stands around them. `language` may be empty
// or no language at all.
std::string Words(absl::string_view text, absl::string_view language = "");

// A link to a page of this site; `path` is ours, `text` theirs and not empty.
std::string LinkTo(absl::string_view path, absl::string_view text, absl::string_view language = "");

// `adopted, incomplete` for DECISION_STATE_ADOPTED_INCOMPLETE; empty for the first of an enum.
std::string NameOf(const google::protobuf::EnumDescriptor* type, int number);

// Everything a message says, field by field, whatever its type, with the contract's words in the
// reader's language; a web address as a link. `language`: of the message's own words.
std::string Described(const google::protobuf::Message& message, absl::string_view language,
                      PageLanguage reader);

}  // namespace liaison::web

#endif  // LIAISON_SERVER_WEB_HTML_TEXT_H_
