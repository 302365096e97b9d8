// What a translation says that it translates.
#ifndef LIAISON_SERVER_DOMAIN_TRANSLATED_FIELDS_H_
#define LIAISON_SERVER_DOMAIN_TRANSLATED_FIELDS_H_

#include <google/protobuf/message.h>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "server/domain/target.h"
#include "server/domain/trial.h"

namespace liaison::domain {

// True iff the path, as `reasons[2].reason`, leads to words in the body.
bool LeadsToWords(const google::protobuf::Message& body, absl::string_view path);

// Each path of the translation on trial leads to words of the original. The one rule that reads
// sections: where they have been erased there is nothing to compare with, and it lets pass.
absl::Status CheckTranslatedFields(const Trial& trial, const Target& original);

}  // namespace liaison::domain

#endif  // LIAISON_SERVER_DOMAIN_TRANSLATED_FIELDS_H_
