// The words of the contract, its fields and the values of its enumerations, in the six languages
// of the United Nations: those of proto/words, which the dashboard says, too.
#ifndef LIAISON_SERVER_WEB_CONTRACT_WORDS_H_
#define LIAISON_SERVER_WEB_CONTRACT_WORDS_H_

#include <google/protobuf/descriptor.h>

#include <string>

#include "absl/strings/string_view.h"
#include "server/web/pages.h"

namespace liaison::web {

// `Adopted, incomplete` for DECISION_STATE_ADOPTED_INCOMPLETE; empty for the first of an
// enumeration; the contract's own name where there are no words. Not escaped. Thread-safe.
std::string ValueWord(PageLanguage language, const google::protobuf::EnumDescriptor* type,
                      int number);

// `Whose voice` for `standing`. Not escaped. Thread-safe.
std::string FieldWord(PageLanguage language, absl::string_view field);

}  // namespace liaison::web

#endif  // LIAISON_SERVER_WEB_CONTRACT_WORDS_H_
