#include "server/federation/policy.h"

#include <algorithm>
#include <functional>
#include <initializer_list>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "proto/record/errors.h"
#include "proto/record/event_types.h"
#include "proto/record/hash.h"
#include "proto/record/limits.h"
#include "proto/record/macros.h"
#include "proto/record/names.h"
#include "proto/record/private_file.h"
#include "proto/record/toml.h"
#include "server/federation/origin.h"

namespace liaison::federation {
namespace {

using record::FieldInvalid;

absl::string_view View(std::string_view text) { return {text.data(), text.size()}; }

constexpr std::pair<absl::string_view, pb::SectionKind> kSections[] = {
    {"content", pb::SECTION_KIND_CONTENT},
    {"personal", pb::SECTION_KIND_PERSONAL},
    {"attachments", pb::SECTION_KIND_ATTACHMENTS},
};

// --- reading -------------------------------------------------------------------------------------

absl::Status CheckKeys(const toml::table& table, const std::string& path,
                       std::initializer_list<absl::string_view> known) {
  for (const auto& [key, node] : table) {
    const std::string name(key.str());
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    return FieldInvalid(absl::StrCat(path, path.empty() ? "" : ".", name),
                        absl::StrCat("is no key here; there are ", absl::StrJoin(known, ", ")));
  }
  return absl::OkStatus();
}

const toml::node* Find(const toml::table& table, absl::string_view key) {
  return table.get(std::string_view(key.data(), key.size()));
}

absl::StatusOr<std::string> Text(const toml::node* node, const std::string& path) {
  const auto* text = node == nullptr ? nullptr : node->as_string();
  if (text == nullptr || text->get().empty()) {
    return FieldInvalid(path, "a text in quotes, not an empty one");
  }
  return text->get();
}

using Check = std::function<bool(absl::string_view)>;

absl::StatusOr<std::vector<std::string>> List(const toml::node* node, const std::string& path,
                                              const Check& is_one, absl::string_view what) {
  const toml::array* array = node == nullptr ? nullptr : node->as_array();
  if (array == nullptr) return FieldInvalid(path, absl::StrCat("a list, of ", what));
  std::vector<std::string> texts;
  for (const toml::node& item : *array) {
    const std::string at = absl::StrCat(path, "[", texts.size(), "]");
    LIAISON_ASSIGN_OR_RETURN(std::string text, Text(&item, at));
    if (!is_one(text)) return FieldInvalid(at, absl::StrCat("`", text, "` is not ", what));
    texts.push_back(std::move(text));
  }
  if (texts.size() > record::kMaxListItems) return FieldInvalid(path, "too many");
  return texts;
}

// "*" or a list. Left out is neither: a rule says what it lets through.
absl::StatusOr<Names> AnyOr(const toml::node* node, const std::string& path, const Check& is_one,
                            absl::string_view what) {
  const auto* text = node == nullptr ? nullptr : node->as_string();
  if (text != nullptr && text->get() == "*") return Names();
  LIAISON_ASSIGN_OR_RETURN(
      std::vector<std::string> list,
      List(node, path, is_one, absl::StrCat(what, "; or \"*\" instead of a list")));
  return Names(std::move(list));
}

bool IsTopicOrScheme(absl::string_view text) {
  return record::IsTopic(text) ||
         (absl::EndsWith(text, ":") && record::IsScheme(text.substr(0, text.size() - 1)));
}

absl::StatusOr<std::set<pb::SectionKind>> ReadSections(const toml::node* node,
                                                       const std::string& path) {
  if (node == nullptr) {
    return std::set<pb::SectionKind>{pb::SECTION_KIND_CONTENT, pb::SECTION_KIND_ATTACHMENTS};
  }
  const auto find = [](absl::string_view name) {
    return std::find_if(std::begin(kSections), std::end(kSections),
                        [name](const auto& section) { return section.first == name; });
  };
  LIAISON_ASSIGN_OR_RETURN(
      const std::vector<std::string> names,
      List(
          node, path, [&](absl::string_view name) { return find(name) != std::end(kSections); },
          "content, personal or attachments"));
  std::set<pb::SectionKind> sections;
  for (const std::string& name : names) sections.insert(find(name)->second);
  return sections;
}

absl::StatusOr<PolicyRule> ReadRule(const toml::table& table, const std::string& path) {
  LIAISON_RETURN_IF_ERROR(CheckKeys(
      table, path, {"name", "withhold", "audiences", "topics", "types", "authors", "sections"}));
  PolicyRule rule;
  const auto at = [&path](absl::string_view key) { return absl::StrCat(path, ".", key); };
  LIAISON_ASSIGN_OR_RETURN(rule.name, Text(Find(table, "name"), at("name")));
  if (const toml::node* withhold = Find(table, "withhold"); withhold != nullptr) {
    if (!withhold->is_boolean()) return FieldInvalid(at("withhold"), "true or false");
    rule.withhold = withhold->as_boolean()->get();
  }
  LIAISON_ASSIGN_OR_RETURN(rule.audiences,
                           List(Find(table, "audiences"), at("audiences"), record::IsAudience,
                                "an audience, `igf/public`; they are named one by one"));
  if (rule.audiences.empty()) return FieldInvalid(at("audiences"), "name one at least");
  LIAISON_ASSIGN_OR_RETURN(rule.topics, AnyOr(Find(table, "topics"), at("topics"), IsTopicOrScheme,
                                              "a topic, `scheme:code` or `scheme:`"));
  LIAISON_ASSIGN_OR_RETURN(rule.types, AnyOr(
                                           Find(table, "types"), at("types"),
                                           [](absl::string_view name) {
                                             return record::FindEventTypeByName(name) != nullptr;
                                           },
                                           "a type of event, `topic-signal`"));
  LIAISON_ASSIGN_OR_RETURN(rule.authors, AnyOr(Find(table, "authors"), at("authors"),
                                               record::IsOrganisation, "an organisation, `org/a`"));
  LIAISON_ASSIGN_OR_RETURN(rule.sections, ReadSections(Find(table, "sections"), at("sections")));
  return rule;
}

absl::StatusOr<std::vector<PolicyRule>> ReadRules(const toml::node* node, const std::string& path) {
  std::vector<PolicyRule> rules;
  if (node == nullptr) return rules;
  if (!node->is_array()) return FieldInvalid(path, "write each rule below [[...]]");
  std::set<std::string> names;
  for (const toml::node& item : *node->as_array()) {
    const std::string at = absl::StrCat(path, "[", rules.size(), "]");
    if (rules.size() == kMaxPolicyRules) return FieldInvalid(at, "too many rules");
    if (!item.is_table()) return FieldInvalid(at, "write each rule below [[...]]");
    LIAISON_ASSIGN_OR_RETURN(PolicyRule rule, ReadRule(*item.as_table(), at));
    if (!names.insert(rule.name).second) {
      return FieldInvalid(absl::StrCat(at, ".name"),
                          "another rule has it; it is what people are told");
    }
    rules.push_back(std::move(rule));
  }
  return rules;
}

// Left out: `caller` stays empty.
absl::Status ReadCaller(const toml::table& table, absl::string_view key, const std::string& path,
                        std::string* caller) {
  const toml::node* node = Find(table, key);
  if (node == nullptr) return absl::OkStatus();
  const std::string at = absl::StrCat(path, ".", key);
  LIAISON_ASSIGN_OR_RETURN(*caller, Text(node, at));
  if (record::IsOrganisation(*caller)) return absl::OkStatus();
  return FieldInvalid(at, absl::StrCat("`", *caller, "` is no organisation"));
}

// Left out: none.
absl::StatusOr<std::vector<std::string>> ReadOriginNames(const toml::table& table,
                                                         absl::string_view key,
                                                         const std::string& path) {
  const toml::node* names = Find(table, key);
  if (names == nullptr) return std::vector<std::string>();
  const std::string at = absl::StrCat(path, ".", key);
  LIAISON_ASSIGN_OR_RETURN(
      std::vector<std::string> origins,
      List(
          names, at, [](absl::string_view name) { return ParseOrigin(name).ok(); },
          "an origin, HOST/HUB/LOG_ID"));
  for (size_t i = 1; i < origins.size(); ++i) {
    if (std::find(origins.begin(), origins.begin() + i, origins[i]) == origins.begin() + i)
      continue;
    return FieldInvalid(absl::StrCat(at, "[", i, "]"), "stands there already");
  }
  return origins;
}

absl::StatusOr<PeerPolicy> ReadPeer(const toml::node& node, const std::string& path) {
  if (!node.is_table()) return FieldInvalid(path, "a table");
  const toml::table& table = *node.as_table();
  LIAISON_RETURN_IF_ERROR(
      CheckKeys(table, path,
                {"address", "calls_as", "organisation", "origins", "profile", "relays", "send"}));
  PeerPolicy peer;
  if (const toml::node* address = Find(table, "address"); address != nullptr) {
    const std::string at = absl::StrCat(path, ".address");
    LIAISON_ASSIGN_OR_RETURN(peer.address, Text(address, at));
    if (!absl::StrContains(peer.address, ":")) return FieldInvalid(at, "HOST:PORT");
  }
  LIAISON_RETURN_IF_ERROR(ReadCaller(table, "organisation", path, &peer.organisation));
  LIAISON_RETURN_IF_ERROR(ReadCaller(table, "calls_as", path, &peer.calls_as));
  if (const toml::node* profile = Find(table, "profile"); profile != nullptr) {
    LIAISON_ASSIGN_OR_RETURN(peer.profile, Text(profile, absl::StrCat(path, ".profile")));
  }
  LIAISON_ASSIGN_OR_RETURN(peer.origins, ReadOriginNames(table, "origins", path));
  LIAISON_ASSIGN_OR_RETURN(peer.relays, ReadOriginNames(table, "relays", path));
  if (!peer.origins.empty() && peer.address.empty() && peer.organisation.empty()) {
    return FieldInvalid(absl::StrCat(path, ".origins"),
                        "nobody can be asked: it has no address to dial, and no organisation that "
                        "it calls as");
  }
  LIAISON_ASSIGN_OR_RETURN(peer.send, ReadRules(Find(table, "send"), absl::StrCat(path, ".send")));
  return peer;
}

absl::StatusOr<OriginPolicy> ReadOrigin(const toml::node& node, const std::string& name,
                                        const std::string& path) {
  if (!node.is_table()) return FieldInvalid(path, "a table");
  const toml::table& table = *node.as_table();
  LIAISON_RETURN_IF_ERROR(CheckKeys(table, path, {"vkey", "receive"}));
  const std::string key_path = absl::StrCat(path, ".vkey");
  const auto no_key = [&key_path](absl::string_view what) {
    return FieldInvalid(key_path,
                        absl::StrCat(what,
                                     ". The operator of that hub has it, as `log_vkey` of "
                                     "`liaison info --output json` there: ask for it by "
                                     "another way than from the hub"));
  };
  const absl::StatusOr<std::string> vkey = Text(Find(table, "vkey"), key_path);
  if (!vkey.ok()) return no_key("the key that signs the log's checkpoints is missing");
  absl::StatusOr<record::NoteVerifier> key = record::NoteVerifier::Parse(*vkey);
  if (!key.ok()) return no_key(key.status().message());
  if (key->name() != name || key->type() != record::NoteKeyType::kEd25519) {
    return no_key(absl::StrCat("is the key of ", key->name(), ", not of the log ", name));
  }
  LIAISON_ASSIGN_OR_RETURN(std::vector<PolicyRule> receive,
                           ReadRules(Find(table, "receive"), absl::StrCat(path, ".receive")));
  // Nobody else's audience can come out of a log.
  LIAISON_ASSIGN_OR_RETURN(const Origin origin, ParseOrigin(name));
  for (size_t i = 0; i < receive.size(); ++i) {
    for (size_t j = 0; j < receive[i].audiences.size(); ++j) {
      if (absl::StartsWith(receive[i].audiences[j], absl::StrCat(origin.hub, "/"))) continue;
      return FieldInvalid(absl::StrCat(path, ".receive[", i, "].audiences[", j, "]"),
                          absl::StrCat("is no audience of the hub ", origin.hub));
    }
  }
  return OriginPolicy{*std::move(key), std::move(receive)};
}

// Calls `read` for each entry of the table at `key`, which may be missing.
absl::Status ForEach(
    const toml::table& root, const std::string& key,
    const std::function<absl::Status(const std::string& name, const toml::node&)>& read) {
  const toml::node* node = Find(root, key);
  if (node == nullptr) return absl::OkStatus();
  if (!node->is_table()) return FieldInvalid(key, absl::StrCat("write [", key, ".NAME]"));
  for (const auto& [name, entry] : *node->as_table()) {
    LIAISON_RETURN_IF_ERROR(read(std::string(name.str()), entry));
  }
  return absl::OkStatus();
}

// --- ruling --------------------------------------------------------------------------------------

bool HasAudience(const PolicyRule& rule, const Described& event) {
  return std::find(rule.audiences.begin(), rule.audiences.end(), event.audience) !=
         rule.audiences.end();
}

bool HasTopic(const PolicyRule& rule, const Described& event) {
  if (!rule.topics) return true;
  for (const std::string& topic : event.topics) {
    for (const std::string& above : record::TopicAndAncestors(topic)) {
      if (std::find(rule.topics->begin(), rule.topics->end(), above) != rule.topics->end()) {
        return true;
      }
    }
  }
  return false;
}

bool HasType(const PolicyRule& rule, const Described& event) {
  if (!rule.types) return true;
  const record::EventTypeInfo* type = record::FindEventType(event.type);
  return type != nullptr &&
         std::find(rule.types->begin(), rule.types->end(), type->name) != rule.types->end();
}

bool NamesAuthor(const PolicyRule& rule, const Described& event) {
  return rule.authors &&
         std::any_of(rule.authors->begin(), rule.authors->end(), [&](const std::string& author) {
           return record::IsWithinOrganisation(event.author, author);
         });
}

Ruling ByRules(const std::vector<PolicyRule>& rules, absl::string_view what,
               const Described& event) {
  // What a reader was told stays true only if they hear what became of it.
  if (event.follows) {
    for (const PolicyRule& rule : rules) {
      if (rule.withhold || !HasAudience(rule, event)) continue;
      return {true, absl::StrCat(what, " \"", rule.name, "\", after what it is about"),
              rule.sections, NamesAuthor(rule, event)};
    }
  }
  for (const PolicyRule& rule : rules) {
    if (!HasAudience(rule, event) || !HasTopic(rule, event) || !HasType(rule, event)) continue;
    const bool names_author = NamesAuthor(rule, event);
    if (rule.authors && !names_author) continue;
    const std::string name = absl::StrCat(what, " \"", rule.name, "\"");
    if (rule.withhold) return {false, name, {}, false};
    return {true, name, rule.sections, names_author};
  }
  return {false, absl::StrCat("no rule of `", what, "` fits"), {}, false};
}

Ruling Judge(const std::vector<PolicyRule>& rules, absl::string_view what, const Described& event) {
  Ruling ruling = ByRules(rules, what, event);
  if (ruling.passes || !event.went) return ruling;
  // Rules that let it go may stand no more, and the words are there.
  return {true, "no rule, but after what it is about", {}, event.of_author};
}

void AppendNames(absl::string_view what, const Names& names, std::string* text) {
  absl::StrAppend(text, what, names ? absl::StrJoin(*names, ",") : "*", "\n");
}

// All of them that decides, in order.
std::string HashOf(const std::vector<PolicyRule>& rules) {
  std::string text;
  for (const PolicyRule& rule : rules) {
    absl::StrAppend(&text, rule.withhold ? "withhold" : "pass", "\n");
    AppendNames("audiences ", rule.audiences, &text);
    AppendNames("topics ", rule.topics, &text);
    AppendNames("types ", rule.types, &text);
    AppendNames("authors ", rule.authors, &text);
    for (const pb::SectionKind kind : rule.sections) absl::StrAppend(&text, "section ", kind, "\n");
  }
  return std::string(record::Sha256Of(text).bytes());
}

bool CanFollow(const pb::EventHeader& header) {
  return header.type() == pb::EVENT_TYPE_AMENDMENT || header.type() == pb::EVENT_TYPE_RETRACTION ||
         header.type() == pb::EVENT_TYPE_REDACTION;
}

}  // namespace

Described Describe(const pb::EventHeader& header, const Behind& behind) {
  const bool can = CanFollow(header);
  return {header.type(),          header.author(),
          header.audience(),      {header.topics().begin(), header.topics().end()},
          can && behind.goes,     can && behind.went,
          can && behind.of_author};
}

std::vector<record::Hash> FollowedBy(const pb::EventHeader& header) {
  std::vector<record::Hash> followed;
  const auto add = [&followed](const std::string& digest) {
    const absl::StatusOr<record::Hash> hash = record::Hash::Parse(digest);
    if (hash.ok()) followed.push_back(*hash);
  };
  if (!CanFollow(header)) return followed;
  if (header.type() == pb::EVENT_TYPE_REDACTION) {
    add(header.redaction().target_digest());
    return followed;
  }
  const pb::Relation relation =
      header.type() == pb::EVENT_TYPE_RETRACTION ? pb::RELATION_RETRACTS : pb::RELATION_REVISES;
  for (const pb::Reference& reference : header.references()) {
    if (reference.relation() != relation) continue;
    add(reference.digest());
    break;
  }
  return followed;
}

absl::StatusOr<Policy> Policy::Parse(absl::string_view text) {
  if (text.size() > record::kMaxFederationPolicySizeBytes) {
    return FieldInvalid("policy", record::TooLarge(record::kFederationPolicyFile));
  }
  if (!record::IsText(text)) return FieldInvalid("policy", "is no UTF-8");
  const toml::parse_result parsed = record::ParseToml(text);
  if (!parsed) {
    return FieldInvalid(absl::StrCat("line ", parsed.error().source().begin.line),
                        View(parsed.error().description()));
  }
  const toml::table& root = parsed.table();
  LIAISON_RETURN_IF_ERROR(CheckKeys(root, "", {"peer", "origin"}));
  Policy policy;
  LIAISON_RETURN_IF_ERROR(
      ForEach(root, "origin", [&](const std::string& name, const auto& node) -> absl::Status {
        const std::string path = absl::StrCat("origin.\"", name, "\"");
        if (absl::Status valid = ParseOrigin(name).status(); !valid.ok()) {
          return FieldInvalid(path, valid.message());
        }
        LIAISON_ASSIGN_OR_RETURN(OriginPolicy origin, ReadOrigin(node, name, path));
        policy.origins_.emplace(name, std::move(origin));
        return absl::OkStatus();
      }));
  LIAISON_RETURN_IF_ERROR(
      ForEach(root, "peer", [&](const std::string& name, const auto& node) -> absl::Status {
        const std::string path = absl::StrCat("peer.", name);
        if (!record::IsAudience(absl::StrCat(name, "/public"))) {
          return FieldInvalid(path, "a hub's name: lower case letters, digits and dashes");
        }
        LIAISON_ASSIGN_OR_RETURN(PeerPolicy peer, ReadPeer(node, path));
        const std::string* other = policy.PeerCallingAs(peer.organisation);
        if (other != nullptr) {
          return FieldInvalid(absl::StrCat(path, ".organisation"),
                              absl::StrCat("the peer ", *other, " calls as it already"));
        }
        absl::Status known = policy.CheckKnown(peer.origins, absl::StrCat(path, ".origins"));
        known.Update(policy.CheckKnown(peer.relays, absl::StrCat(path, ".relays")));
        policy.peers_.emplace(name, std::move(peer));
        return known;
      }));
  return policy;
}

absl::Status Policy::CheckKnown(const std::vector<std::string>& origins,
                                const std::string& path) const {
  for (size_t i = 0; i < origins.size(); ++i) {
    if (origins_.count(origins[i]) > 0) continue;
    return FieldInvalid(absl::StrCat(path, "[", i, "]"),
                        "stands nowhere below [origin]: nobody knows its key");
  }
  return absl::OkStatus();
}

const std::string* Policy::PeerCallingAs(absl::string_view organisation) const {
  if (organisation.empty()) return nullptr;
  for (const auto& [name, peer] : peers_) {
    if (peer.organisation == organisation) return &name;
  }
  return nullptr;
}

bool Policy::MayRelay(absl::string_view peer, absl::string_view origin) const {
  const auto found = peers_.find(peer);
  if (found == peers_.end()) return false;
  const std::vector<std::string>& relays = found->second.relays;
  return std::find(relays.begin(), relays.end(), origin) != relays.end();
}

std::string Policy::WhoIs(absl::string_view peer) const {
  const auto found = peers_.find(peer);
  if (found == peers_.end()) return "";
  const PeerPolicy& is = found->second;
  return is.organisation.empty() ? is.address : is.organisation;
}

std::string Policy::SendRules(absl::string_view peer) const {
  const auto found = peers_.find(peer);
  return found == peers_.end() ? "" : HashOf(found->second.send);
}

std::string Policy::ReceiveRules(absl::string_view origin) const {
  const auto found = origins_.find(origin);
  return found == origins_.end() ? "" : HashOf(found->second.receive);
}

Ruling RuleOfSend(const std::vector<PolicyRule>& send, const Described& event) {
  return Judge(send, "send", event);
}

Ruling RuleOfRegistry(absl::string_view origin) {
  if (origin.empty()) {
    return {true, "the registry, which goes to every peer whatever the rules say", {}, false};
  }
  return {
      true,
      absl::StrCat("the registry of ", origin, ", which goes with its log whatever the rules say"),
      {},
      false};
}

Ruling Policy::MayLeave(absl::string_view peer, const Described& event) const {
  const auto found = peers_.find(peer);
  if (found == peers_.end()) return {false, absl::StrCat(peer, " is no peer"), {}, false};
  return RuleOfSend(found->second.send, event);
}

Ruling Policy::MayEnter(absl::string_view origin, const Described& event) const {
  const auto found = origins_.find(origin);
  if (found == origins_.end()) return {false, absl::StrCat(origin, " is no origin"), {}, false};
  return Judge(found->second.receive, "receive", event);
}

}  // namespace liaison::federation
