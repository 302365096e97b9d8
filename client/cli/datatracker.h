// Liaison statements in the shape of the IETF Datatracker, as drafts of topic signals.
//
// A statement is a JSON object with the Datatracker's own field names; a file holds one, an array
// of them, or an object whose `objects` is that array, as its API answers. The API names by URI
// what is an object of its own, and groups by number: which organisation a number is, only
// DatatrackerOptions::organisations says. It has no `related` and no `submitted`; whoever exports
// adds them.
//
//
//   id                        makes the event's id: importing again adds nothing
//   title, body               verbatim
//   from_groups, to_groups    acronyms (`itu-t-sg-13`), objects with `acronym` and `name`, or URIs
//                             that end in one or in a number (`/api/v1/group/group/2125/`)
//   from_contact, to_contacts, response_contacts, technical_contacts, action_holder_contacts,
//   cc_contacts               text, one contact a line or between commas, or a list of texts;
//                             from_contact also a URI that ends in the address
//   purpose                   action, comment, info, response, other, or a URI that ends so; so do
//                             tags and state
//   deadline                  YYYY-MM-DD or null
//   other_identifiers         text, one a line, or a list
//   tags                      of them, `taken` means that what was asked has been done
//   attachments               {name, media_type, data (base64)}, or {title, url} or a URI, which
//                             become evidence links; `removed`
//   related                   {target (an id), relationship}
//   state                     pending, approved, posted, dead
//   submitted                 when; RFC 3339
#ifndef LIAISON_CLIENT_CLI_DATATRACKER_H_
#define LIAISON_CLIENT_CLI_DATATRACKER_H_

#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "client/cli/draft_reader.h"

namespace liaison::cli {

struct DatatrackerOptions {
  std::string author;  // who records them; speaks for nobody
  std::string audience = "igf/public";
  std::string cycle;
  std::vector<std::string> topics;  // of every statement; `unspecified` where empty
  // Acronym or number -> organisation; any other acronym is `org/` and the acronym, any other
  // number an error.
  std::map<std::string, std::string> organisations;
};

struct DatatrackerDrafts {
  std::vector<ReadDraft> drafts;
  std::vector<std::string> notes;  // what was left out, or says less than it did
};

// A signal for each statement that was posted, with the organisation of its first group as the one
// it was recorded for. `action` and `comment` ask for something and become PURPOSE_ACTION, `info`
// and `other` PURPOSE_INFORMATION. So does `response`, whose words are kept as any others; where
// the same file has what it answers, a request to the organisation of its first group, a Response
// event with its words, recorded for that organisation, closes the request besides: the first such
// statement, for an answer is final. Whatever else it answers stays open, and a note says so.
// Contacts go into the personal section by role: from_contact FROM, response_contacts FROM_LIAISON
// (replies go there), to_contacts TO, action_holder_contacts TO_LIAISON, technical_contacts
// TECHNICAL, cc_contacts CC.
//
// INVALID_ARGUMENT with the statement and its field where one cannot be read: all of them are named
// and there are no drafts. Thread-safe.
absl::StatusOr<DatatrackerDrafts> ReadDatatracker(const std::string& file_name,
                                                  absl::string_view bytes,
                                                  const DatatrackerOptions& options);

}  // namespace liaison::cli

#endif  // LIAISON_CLIENT_CLI_DATATRACKER_H_
