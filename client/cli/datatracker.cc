#include "client/cli/datatracker.h"

#include <google/protobuf/util/time_util.h>

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "client/cli/draft_json.h"
#include "client/cli/import_id.h"
#include "client/cli/known_tables.h"
#include "proto/record/macros.h"
#include "proto/record/names.h"

namespace liaison::cli {
namespace {

constexpr absl::string_view kSource = "ietf-datatracker/liaison-statement";
constexpr size_t kShownFaults = 20;
// What the API's URIs are below.
constexpr absl::string_view kHome = "https://datatracker.ietf.org";

// What the fields are called. Any other is left out, and told.
const std::set<std::string>& KnownFields() {
  static const auto& fields = *new std::set<std::string>{"id",
                                                         "title",
                                                         "body",
                                                         "from_groups",
                                                         "to_groups",
                                                         "from_contact",
                                                         "to_contacts",
                                                         "response_contacts",
                                                         "technical_contacts",
                                                         "cc_contacts",
                                                         "purpose",
                                                         "action_holder_contacts",
                                                         "deadline",
                                                         "other_identifiers",
                                                         "tags",
                                                         "attachments",
                                                         "related",
                                                         "state",
                                                         "submitted"};
  return fields;
}

absl::Status Bad(absl::string_view field, absl::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat("field `", field, "`: ", what));
}

// A text or a number as text; empty for null and for what is not there.
absl::StatusOr<std::string> Text(const Json& statement, const std::string& field) {
  auto it = statement.find(field);
  if (it == statement.end() || it->is_null()) return std::string();
  if (it->is_number_integer()) return it->dump();
  if (!it->is_string()) return Bad(field, "a text is expected");
  return it->get<std::string>();
}

// A slug, or the last step of a URI of the Datatracker's API: `/api/v1/name/.../action/`.
std::string LastStep(absl::string_view text) {
  text = absl::StripSuffix(text, "/");
  return std::string(text.substr(text.rfind('/') + 1));
}

bool IsNumber(absl::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), absl::ascii_isdigit);
}

struct Group {
  std::string acronym;  // or a number, as the API has it
  std::string name;
};

absl::StatusOr<std::vector<Group>> Groups(const Json& statement, const std::string& field) {
  auto it = statement.find(field);
  if (it == statement.end() || it->is_null()) return std::vector<Group>();
  if (!it->is_array()) return Bad(field, "a list of groups is expected");
  std::vector<Group> groups;
  for (const Json& entry : *it) {
    Group group;
    if (entry.is_string()) {
      group.acronym = LastStep(entry.get<std::string>());
    } else if (entry.is_number_integer()) {
      group.acronym = entry.dump();
    } else if (entry.is_object()) {
      LIAISON_ASSIGN_OR_RETURN(group.acronym, Text(entry, "acronym"));
      LIAISON_ASSIGN_OR_RETURN(group.name, Text(entry, "name"));
    }
    if (group.acronym.empty()) return Bad(field, "a group is an acronym, or has one");
    groups.push_back(std::move(group));
  }
  return groups;
}

absl::StatusOr<std::string> OrganisationOf(const Group& group, const std::string& field,
                                           const DatatrackerOptions& options) {
  auto it = options.organisations.find(group.acronym);
  const std::string organisation =
      it == options.organisations.end() ? absl::StrCat("org/", SlugOf(group.acronym)) : it->second;
  if (record::IsOrganisation(organisation)) return organisation;
  return Bad(field, absl::StrCat("say which organisation `", group.acronym,
                                 "` is: --organisation '", group.acronym, "=org/...'"));
}

// The lines of a text, or the entries of a list. Lines of a text may also stand between commas.
absl::StatusOr<std::vector<std::string>> Lines(const Json& statement, const std::string& field) {
  auto it = statement.find(field);
  std::vector<std::string> lines;
  if (it == statement.end() || it->is_null()) return lines;
  const auto add = [&](absl::string_view text) {
    for (absl::string_view line : absl::StrSplit(text, '\n')) {
      line = absl::StripSuffix(line, "\r");
      if (!absl::StripAsciiWhitespace(line).empty()) lines.emplace_back(line);
    }
  };
  if (it->is_string()) {
    add(it->get<std::string>());
    return lines;
  }
  if (!it->is_array()) return Bad(field, "a text or a list of texts is expected");
  for (const Json& entry : *it) {
    if (!entry.is_string()) return Bad(field, "a list of texts is expected");
    add(entry.get<std::string>());
  }
  return lines;
}

bool IsMail(absl::string_view text) {
  return absl::StrContains(text, '@') && text.find_first_of(" ,;<>\"\t") == absl::string_view::npos;
}

// `Name <mail>` or `mail`, exactly; nullopt for anything else.
std::optional<v1::Contact> AsContact(absl::string_view text) {
  v1::Contact contact;
  if (IsMail(text)) {
    contact.set_email(std::string(text));
    return contact;
  }
  const size_t open = text.rfind(" <");
  if (open == absl::string_view::npos || open == 0 || !absl::EndsWith(text, ">")) {
    return std::nullopt;
  }
  const absl::string_view mail = text.substr(open + 2, text.size() - open - 3);
  const absl::string_view name = text.substr(0, open);
  const bool quoted = name.size() > 1 && name.front() == '"' && name.back() == '"';
  if (!IsMail(mail) || (!quoted && name.find_first_of("<>,") != absl::string_view::npos)) {
    return std::nullopt;
  }
  contact.set_name(std::string(name));
  contact.set_email(std::string(mail));
  return contact;
}

// What is not plainly one address, or several between commas, stays as it is in the name: nobody
// is lost.
void AddContacts(v1::ContactRole role, const std::vector<std::string>& lines,
                 v1::Personal* personal) {
  for (const std::string& line : lines) {
    std::vector<v1::Contact> contacts;
    if (auto whole = AsContact(line)) {
      contacts.push_back(*std::move(whole));
    } else {
      for (absl::string_view part : absl::StrSplit(line, ',')) {
        part = absl::StripAsciiWhitespace(part);
        if (part.empty()) continue;
        auto contact = AsContact(part);
        if (!contact) {
          contacts.clear();
          break;
        }
        contacts.push_back(*std::move(contact));
      }
    }
    if (contacts.empty()) contacts.emplace_back().set_name(line);
    for (v1::Contact& contact : contacts) {
      contact.set_role(role);
      *personal->add_contacts() = std::move(contact);
    }
  }
}

// The statements of a file, whichever of the three forms it has.
absl::StatusOr<std::vector<Json>> Statements(absl::string_view bytes) {
  absl::ConsumePrefix(&bytes, "\xEF\xBB\xBF");
  const size_t first = bytes.find_first_not_of(" \t\r\n");
  if (first == absl::string_view::npos) return absl::InvalidArgumentError("there is nothing in it");
  std::string wrapped;
  if (bytes[first] == '[') bytes = wrapped = absl::StrCat("{\"objects\":", bytes, "}");
  LIAISON_ASSIGN_OR_RETURN(Json json, ParseJson(bytes, 1));
  auto objects = json.find("objects");
  if (objects == json.end()) return std::vector<Json>{std::move(json)};
  if (!objects->is_array()) return Bad("objects", "a list of statements is expected");
  std::vector<Json> statements;
  for (Json& statement : *objects) {
    if (!statement.is_object()) return Bad("objects", "each statement is an object");
    statements.push_back(std::move(statement));
  }
  return statements;
}

// A Converter makes the draft of one statement.
class Converter {
 public:
  Converter(const Json& statement, const DatatrackerOptions& options)
      : statement_(statement), options_(options) {}

  absl::StatusOr<ReadDraft> Convert() {
    LIAISON_RETURN_IF_ERROR(TakeIdentity());
    LIAISON_RETURN_IF_ERROR(TakeGroups());
    LIAISON_RETURN_IF_ERROR(TakeRequest());
    LIAISON_RETURN_IF_ERROR(TakeWords());
    LIAISON_RETURN_IF_ERROR(TakeContacts());
    LIAISON_RETURN_IF_ERROR(TakeAttachments());
    LIAISON_RETURN_IF_ERROR(TakeRelated());
    return std::move(read_);
  }

  const std::vector<std::string>& notes() const { return notes_; }
  // Whether its purpose is to answer another statement.
  bool answers() const { return answers_; }

 private:
  v1::TopicSignal& signal() { return *read_.draft.mutable_topic_signal(); }

  absl::Status TakeIdentity() {
    LIAISON_ASSIGN_OR_RETURN(const std::string id, Text(statement_, "id"));
    if (id.empty()) return Bad("id", "without it, importing again would add the statement again");
    v1::Draft& draft = read_.draft;
    draft.set_event_id(ImportedEventId(kSource, id));
    draft.set_author(options_.author);
    draft.set_recorded_by(options_.author);
    draft.set_audience(options_.audience);
    draft.set_cycle(options_.cycle);
    draft.set_channel(v1::CHANNEL_IMPORT);
    for (const std::string& topic : options_.topics) draft.add_topics(topic);
    if (options_.topics.empty()) draft.add_topics("unspecified");
    v1::ExternalId& external = *signal().add_external_ids();
    external.set_scheme(std::string(kSource));
    external.set_id(id);
    LIAISON_ASSIGN_OR_RETURN(const auto others, Lines(statement_, "other_identifiers"));
    for (const std::string& other : others) {
      v1::ExternalId& more = *signal().add_external_ids();
      more.set_scheme("ietf-datatracker/other-identifier");
      more.set_id(other);
    }
    LIAISON_ASSIGN_OR_RETURN(const std::string submitted, Text(statement_, "submitted"));
    if (submitted.empty()) return absl::OkStatus();
    if (!google::protobuf::util::TimeUtil::FromString(submitted, draft.mutable_authored_time())) {
      return Bad("submitted", "a time such as 2027-01-31T12:00:00Z is expected");
    }
    return absl::OkStatus();
  }

  absl::Status TakeGroups() {
    LIAISON_ASSIGN_OR_RETURN(const auto from, Groups(statement_, "from_groups"));
    LIAISON_ASSIGN_OR_RETURN(const auto to, Groups(statement_, "to_groups"));
    if (from.empty()) return Bad("from_groups", "who speaks? One group at least");
    std::vector<std::string> faults;
    AddNumbers("from_groups", from, &faults);
    AddNumbers("to_groups", to, &faults);
    if (!faults.empty()) return absl::InvalidArgumentError(absl::StrJoin(faults, "; "));
    std::set<std::string> addressees;
    for (const Group& group : to) {
      LIAISON_ASSIGN_OR_RETURN(const std::string organisation,
                               OrganisationOf(group, "to_groups", options_));
      if (addressees.insert(organisation).second) read_.draft.add_addressees(organisation);
    }
    for (size_t i = 0; i < from.size(); ++i) {
      LIAISON_ASSIGN_OR_RETURN(const std::string organisation,
                               OrganisationOf(from[i], "from_groups", options_));
      if (i == 0 && organisation != options_.author) {
        read_.draft.mutable_recorded_for()->set_organisation(organisation);
      }
      // A statement may be of several groups; a header names one. All of them stand here.
      if (from.size() > 1) {
        v1::Contact& contact = *read_.draft.mutable_personal()->add_contacts();
        contact.set_role(v1::CONTACT_ROLE_FROM);
        contact.set_name(from[i].name.empty() ? from[i].acronym : from[i].name);
        contact.set_organisation(organisation);
      }
    }
    return absl::OkStatus();
  }

  // Groups that nobody can tell the organisation of.
  void AddNumbers(absl::string_view field, const std::vector<Group>& groups,
                  std::vector<std::string>* faults) const {
    for (const Group& group : groups) {
      if (!IsNumber(group.acronym) || options_.organisations.count(group.acronym) > 0) continue;
      const absl::Status bad =
          Bad(field, absl::StrCat("the group is a number of the Datatracker's; say which "
                                  "organisation it is: --organisation ",
                                  group.acronym, "=org/..., or export with acronyms"));
      faults->emplace_back(bad.message());
    }
  }

  absl::Status TakeRequest() {
    LIAISON_ASSIGN_OR_RETURN(std::string purpose, Text(statement_, "purpose"));
    purpose = LastStep(purpose);
    if (purpose == "action" || purpose == "comment") {
      signal().set_purpose(v1::PURPOSE_ACTION);
    } else if (purpose == "info" || purpose == "other" || purpose == "response") {
      // `In response` answers; PURPOSE_RESPONSE asks for an answer.
      signal().set_purpose(v1::PURPOSE_INFORMATION);
      answers_ = purpose == "response";
    } else {
      return Bad("purpose", "action, comment, info, response or other is expected");
    }
    if (purpose == "comment" || purpose == "other") {
      notes_.push_back(absl::StrCat("its purpose `", purpose, "` becomes ",
                                    v1::Purpose_Name(signal().purpose())));
    }
    // A liaison statement has no special standing; what its sender claims, nobody can tell.
    LIAISON_ASSIGN_OR_RETURN(const std::string deadline, Text(statement_, "deadline"));
    if (!deadline.empty() && !record::IsDate(deadline)) {
      return Bad("deadline", "a date such as 2027-01-31 is expected, or null");
    }
    signal().set_requested_date(deadline);
    LIAISON_ASSIGN_OR_RETURN(const auto tags, Lines(statement_, "tags"));
    for (const std::string& tag : tags) {
      if (LastStep(tag) != "taken" && tag != "Action Taken") continue;
      notes_.push_back(
          "it is tagged as done; here a request is closed by a response, and by nothing else");
    }
    return absl::OkStatus();
  }

  absl::Status TakeWords() {
    LIAISON_ASSIGN_OR_RETURN(std::string title, Text(statement_, "title"));
    LIAISON_ASSIGN_OR_RETURN(std::string body, Text(statement_, "body"));
    if (title.empty()) return Bad("title", "it has none");
    signal().set_title(std::move(title));
    signal().set_text(std::move(body));
    read_.draft.set_language("en");
    return absl::OkStatus();
  }

  absl::Status TakeContacts() {
    struct Field {
      const char* name;
      v1::ContactRole role;
    };
    constexpr Field kFields[] = {
        {"from_contact", v1::CONTACT_ROLE_FROM},
        {"response_contacts", v1::CONTACT_ROLE_FROM_LIAISON},
        {"to_contacts", v1::CONTACT_ROLE_TO},
        {"action_holder_contacts", v1::CONTACT_ROLE_TO_LIAISON},
        {"technical_contacts", v1::CONTACT_ROLE_TECHNICAL},
        {"cc_contacts", v1::CONTACT_ROLE_CC},
    };
    for (const Field& field : kFields) {
      LIAISON_ASSIGN_OR_RETURN(auto lines, Lines(statement_, field.name));
      for (std::string& line : lines) {
        // `/api/v1/person/email/somebody@example.org/`
        if (absl::StartsWith(line, "/api/")) {
          line = absl::StrReplaceAll(LastStep(line), {{"%40", "@"}});
        }
      }
      if (!lines.empty()) AddContacts(field.role, lines, read_.draft.mutable_personal());
    }
    return absl::OkStatus();
  }

  absl::Status TakeAttachments() {
    auto it = statement_.find("attachments");
    if (it == statement_.end() || it->is_null()) return absl::OkStatus();
    if (!it->is_array()) return Bad("attachments", "a list is expected");
    size_t number = 0;
    for (const Json& entry : *it) {
      const std::string field = absl::StrCat("attachments[", number++, "]");
      if (entry.is_string()) {
        LIAISON_RETURN_IF_ERROR(TakeLink(entry.get<std::string>(), field));
        continue;
      }
      if (!entry.is_object()) return Bad(field, "an object is expected");
      auto removed = entry.find("removed");
      if (removed != entry.end() && !removed->is_boolean() && !removed->is_null()) {
        return Bad(absl::StrCat(field, ".removed"), "true or false is expected");
      }
      if (removed != entry.end() && removed->is_boolean() && removed->get<bool>()) {
        notes_.push_back(absl::StrCat(field, " had been removed and is left out"));
        continue;
      }
      LIAISON_RETURN_IF_ERROR(TakeAttachment(entry, field));
    }
    return absl::OkStatus();
  }

  // What the API names by its URI is there to be fetched, and not here.
  absl::Status TakeLink(const std::string& uri, const std::string& field) {
    const bool below_home = absl::StartsWith(uri, "/");
    if (!below_home && !absl::StartsWith(uri, "https://") && !absl::StartsWith(uri, "http://")) {
      return Bad(field, "an object or a URI is expected");
    }
    v1::Link& link = *signal().add_evidence();
    link.set_uri(below_home ? absl::StrCat(kHome, uri) : uri);
    link.set_title(LastStep(uri));
    notes_.push_back(absl::StrCat(field, " is a link; what it leads to was not fetched"));
    return absl::OkStatus();
  }

  absl::Status TakeAttachment(const Json& entry, const std::string& field) {
    LIAISON_ASSIGN_OR_RETURN(std::string name, Text(entry, "name"));
    LIAISON_ASSIGN_OR_RETURN(const std::string title, Text(entry, "title"));
    LIAISON_ASSIGN_OR_RETURN(const std::string url, Text(entry, "url"));
    if (name.empty()) name = title;
    if (!entry.contains("data")) {
      if (url.empty()) return Bad(field, "it has neither `data` nor `url`");
      v1::Link& link = *signal().add_evidence();
      link.set_uri(url);
      link.set_title(title.empty() ? name : title);
      return absl::OkStatus();
    }
    LIAISON_ASSIGN_OR_RETURN(const std::string data, Text(entry, "data"));
    LIAISON_ASSIGN_OR_RETURN(const std::string media_type, Text(entry, "media_type"));
    v1::Attachment& attachment = *read_.draft.add_attachments();
    attachment.set_name(name);
    attachment.set_media_type(media_type);
    if (!absl::Base64Unescape(data, attachment.mutable_data())) {
      return Bad(absl::StrCat(field, ".data"), "base64 is expected");
    }
    return absl::OkStatus();
  }

  absl::Status TakeRelated() {
    auto it = statement_.find("related");
    if (it == statement_.end() || it->is_null()) return absl::OkStatus();
    if (!it->is_array()) return Bad("related", "a list is expected");
    for (const Json& entry : *it) {
      if (!entry.is_object()) return Bad("related", "a list of objects is expected");
      LIAISON_ASSIGN_OR_RETURN(const std::string target, Text(entry, "target"));
      if (target.empty()) return Bad("related", "`target` is the id of another statement");
      read_.named_references.push_back(
          {options_.author, ImportedEventId(kSource, LastStep(target)), v1::RELATION_REFERS_TO});
    }
    return absl::OkStatus();
  }

  const Json& statement_;
  const DatatrackerOptions& options_;
  ReadDraft read_;
  bool answers_ = false;
  std::vector<std::string> notes_;
};

// Whose words a draft is.
const std::string& SpeakerOf(const v1::Draft& draft) {
  return draft.has_recorded_for() ? draft.recorded_for().organisation() : draft.author();
}

bool Asks(const v1::Draft& draft, const std::string& organisation) {
  if (draft.topic_signal().purpose() != v1::PURPOSE_ACTION) return false;
  return std::any_of(draft.addressees().begin(), draft.addressees().end(),
                     [&](const std::string& addressee) {
                       return record::IsWithinOrganisation(organisation, addressee);
                     });
}

// The Response that a statement is besides, to that request.
ReadDraft ResponseOf(const ReadDraft& statement, const std::string& request_id) {
  const v1::Draft& said = statement.draft;
  ReadDraft response;
  response.origin = absl::StrCat(statement.origin, " (the response)");
  v1::Draft& draft = response.draft;
  draft.set_event_id(ImportedEventId(absl::StrCat(kSource, "/response"),
                                     said.topic_signal().external_ids(0).id()));
  draft.set_author(said.author());
  draft.set_recorded_by(said.recorded_by());
  draft.set_audience(said.audience());
  draft.set_cycle(said.cycle());
  draft.set_channel(said.channel());
  draft.set_language(said.language());
  if (said.has_recorded_for()) *draft.mutable_recorded_for() = said.recorded_for();
  if (said.has_authored_time()) *draft.mutable_authored_time() = said.authored_time();
  draft.mutable_response()->set_kind(v1::RESPONSE_KIND_ANSWER);
  draft.mutable_response()->set_title(said.topic_signal().title());
  draft.mutable_response()->set_text(said.topic_signal().text());
  response.named_references = {{said.author(), request_id, v1::RELATION_RESPONDS_TO},
                               {said.author(), said.event_id(), v1::RELATION_REFERS_TO}};
  return response;
}

// One for each request of the file that the statements of these numbers answer. A request has one
// answer from each organisation.
void AddResponses(const std::vector<size_t>& answering, DatatrackerDrafts* made) {
  std::map<std::string, const v1::Draft*> by_id;
  for (const ReadDraft& read : made->drafts) by_id[read.draft.event_id()] = &read.draft;
  std::vector<ReadDraft> responses;
  std::set<std::pair<std::string, std::string>> answered;
  for (const size_t number : answering) {
    const ReadDraft& statement = made->drafts[number];
    const std::string& speaker = SpeakerOf(statement.draft);
    bool closes = false;
    for (const NamedReference& named : statement.named_references) {
      const auto request = by_id.find(named.event_id);
      if (closes || request == by_id.end() || !Asks(*request->second, speaker)) continue;
      closes = answered.emplace(named.event_id, speaker).second;
      if (closes) responses.push_back(ResponseOf(statement, named.event_id));
    }
    if (closes) continue;
    made->notes.push_back(
        absl::StrCat(statement.origin, ": it answers no request to ", speaker,
                     " that is open in this file, and closes none; its purpose `response` becomes ",
                     v1::Purpose_Name(statement.draft.topic_signal().purpose())));
  }
  for (ReadDraft& response : responses) made->drafts.push_back(std::move(response));
}

// What a statement points at comes before it, where the file has it.
void OrderByReference(std::vector<ReadDraft>* drafts) {
  std::vector<ReadDraft> ordered;
  std::set<std::string> placed;
  std::set<std::string> there;
  for (const ReadDraft& read : *drafts) there.insert(read.draft.event_id());
  std::vector<bool> taken(drafts->size(), false);
  for (bool moved = true; moved;) {
    moved = false;
    for (size_t i = 0; i < drafts->size(); ++i) {
      const auto& references = (*drafts)[i].named_references;
      const bool waits = std::any_of(references.begin(), references.end(), [&](const auto& named) {
        return there.count(named.event_id) > 0 && placed.count(named.event_id) == 0;
      });
      if (taken[i] || waits) continue;
      taken[i] = moved = true;
      placed.insert((*drafts)[i].draft.event_id());
      ordered.push_back(std::move((*drafts)[i]));
    }
  }
  // Circles stay as they came: the hub says what it does not know.
  for (size_t i = 0; i < drafts->size(); ++i) {
    if (!taken[i]) ordered.push_back(std::move((*drafts)[i]));
  }
  *drafts = std::move(ordered);
}

}  // namespace

absl::StatusOr<DatatrackerDrafts> ReadDatatracker(const std::string& file_name,
                                                  absl::string_view bytes,
                                                  const DatatrackerOptions& options) {
  const absl::StatusOr<std::vector<Json>> statements = Statements(bytes);
  if (!statements.ok()) {
    return absl::InvalidArgumentError(absl::StrCat(file_name, ": ", statements.status().message()));
  }
  DatatrackerDrafts made;
  std::vector<std::string> faults;
  std::set<std::string> ignored;
  std::vector<size_t> answering;
  for (size_t i = 0; i < statements->size(); ++i) {
    const Json& statement = (*statements)[i];
    const std::string origin = absl::StrCat(file_name, ", statement ", i + 1);
    for (const auto& [field, value] : statement.items()) {
      if (KnownFields().count(field) == 0) ignored.insert(field);
    }
    const absl::StatusOr<std::string> state = Text(statement, "state");
    const std::string slug = state.ok() ? LastStep(*state) : "";
    if (slug == "pending" || slug == "dead") {
      made.notes.push_back(absl::StrCat(origin, ": ", slug, ", so never sent; it is left out"));
      continue;
    }
    Converter converter(statement, options);
    absl::StatusOr<ReadDraft> read = converter.Convert();
    if (!read.ok()) {
      faults.push_back(absl::StrCat(origin, ": ", read.status().message()));
      continue;
    }
    for (const std::string& note : converter.notes()) {
      made.notes.push_back(absl::StrCat(origin, ": ", note));
    }
    read->origin = origin;
    if (converter.answers()) answering.push_back(made.drafts.size());
    made.drafts.push_back(*std::move(read));
  }
  if (!faults.empty()) {
    const size_t count = faults.size();
    if (faults.size() > kShownFaults) faults.resize(kShownFaults);
    return absl::InvalidArgumentError(absl::StrCat(count, " of ", statements->size(),
                                                   " statements cannot be imported\n",
                                                   absl::StrJoin(faults, "\n")));
  }
  if (!ignored.empty()) {
    made.notes.push_back(
        absl::StrCat(file_name, ": fields that are left out: ", absl::StrJoin(ignored, ", ")));
  }
  AddResponses(answering, &made);
  OrderByReference(&made.drafts);
  return made;
}

}  // namespace liaison::cli
