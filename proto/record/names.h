// The grammar of the names that stand in headers. A header holds no free text: whatever is in it
// passes one of these.
#ifndef LIAISON_PROTO_RECORD_NAMES_H_
#define LIAISON_PROTO_RECORD_NAMES_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace liaison::record {

// Thread-safe, all of them. No name is longer than kMaxIdSizeBytes.

// org ( "/" segment ){1,3}, segment = [a-z0-9] ( [a-z0-9-] )*; `org/igf-mag/seat-17`.
bool IsOrganisation(absl::string_view name);
// As whom a hub itself speaks, of its rules: nobody else has the name. `hub`: the word before the
// slash of its audiences; igf -> org/igf-hub.
std::string HubOrganisation(absl::string_view hub);
// True iff `name` is `ancestor` or lies below it: org/igf-mag/seat-17 below org/igf-mag.
bool IsWithinOrganisation(absl::string_view name, absl::string_view ancestor);
// scheme = [a-z0-9] [a-z0-9./-]*; `igf-call-2024/25`.
bool IsScheme(absl::string_view name);
// code = segment ( "." segment )*, segment = [a-z0-9] [a-z0-9-]*; `cyber.child`.
bool IsTopicCode(absl::string_view name);
// [ scheme ":" ] code; without a scheme it is a code of `core`, such as `unspecified`. One topic
// has one spelling, so `core:` is not written.
bool IsTopic(absl::string_view name);
// The topic itself, everything above it, then its scheme followed by ":":
// igf-call-2022:cyber.child -> {igf-call-2022:cyber.child, igf-call-2022:cyber, igf-call-2022:}.
std::vector<std::string> TopicAndAncestors(absl::string_view topic);
// hub "/" group [ "@" version ], hub and group = [a-z0-9] [a-z0-9-]*, version decimal from 1;
// `public`, `partners` and `mag` have no version, every other group has one.
bool IsAudience(absl::string_view name);
// [0-9a-z] [0-9a-z-]*, at most 32; `2027`.
bool IsCycle(absl::string_view name);
// Well-formed BCP 47 tag, language [ -Script ] [ -REGION ] ( -variant )*; `fr`, `zh-Hant`, `pt-BR`.
bool IsLanguage(absl::string_view tag);
// Two upper case letters.
bool IsCountry(absl::string_view code);
// YYYY-MM-DD, a day that exists, years 1900 to 2199.
bool IsDate(absl::string_view date);
// Valid UTF-8 without NUL.
bool IsText(absl::string_view text);
// True iff there is anything to be read in it: a character that is no space, no line end, no
// control and nothing that is made not to be seen, as U+200B is. Every byte that is no UTF-8 counts
// as one.
bool HasWords(absl::string_view text);

}  // namespace liaison::record

#endif  // LIAISON_PROTO_RECORD_NAMES_H_
