// `liaison admin keys|revoke-key`: with what is signed.
#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "client/cli/commands/commands.h"
#include "client/cli/event_json.h"
#include "client/cli/table.h"
#include "client/cli/view_output.h"
#include "liaison/directory_client.h"
#include "liaison/event_client.h"
#include "liaison/publish_client.h"
#include "proto/record/macros.h"
#include "proto/record/names.h"
#include "proto/record/signature.h"

namespace liaison::cli {
namespace {

constexpr size_t kShownDigits = 16;

struct Key {
  std::string id;  // hexadecimal, of its hash
  v1::KeyFacts facts;
  absl::Time added;
  absl::Time revoked = absl::InfiniteFuture();  // never
};

// All that the registry has had, in order. It is public, whoever asks.
absl::StatusOr<std::vector<Key>> ListKeys(Session* session) {
  std::vector<Key> keys;
  const EventClient client(session->connection());
  ListParams params;
  params.filter = "type = key";
  std::string token;
  do {
    LIAISON_ASSIGN_OR_RETURN(const EventPage page, client.List(params, token));
    for (const Event& event : page.events) {
      const v1::KeyFacts& facts = event.header().key();
      const std::string id = record::KeyHash(facts.public_key()).ToHex();
      if (facts.action() == v1::KEY_ACTION_ADD) {
        keys.push_back({id, facts, event.hub_time()});
        continue;
      }
      for (Key& key : keys) {
        if (key.id == id) key.revoked = std::min(key.revoked, event.hub_time());
      }
    }
    token = page.next_page_token;
  } while (!token.empty());
  return keys;
}

std::string StateOf(const Key& key) {
  if (key.revoked == absl::InfiniteFuture()) return "in force";
  return absl::StrCat("revoked ", DayText(key.revoked));
}

Json ToJson(const Key& key) {
  Json json = {
      {"id", key.id}, {"organisation", key.facts.organisation()}, {"added", TimeText(key.added)}};
  if (key.revoked != absl::InfiniteFuture()) json["revoked"] = TimeText(key.revoked);
  return json;
}

absl::Status RunKeys(Session* session, const std::string& organisation) {
  LIAISON_ASSIGN_OR_RETURN(const std::vector<Key> keys, ListKeys(session));
  Console& console = session->console();
  Table table({"ID", "ORGANISATION", "ADDED", "STATE"});
  for (const Key& key : keys) {
    const std::string& whose = key.facts.organisation();
    if (!organisation.empty() && !record::IsWithinOrganisation(whose, organisation)) continue;
    if (session->format() == Format::kJson) {
      LIAISON_RETURN_IF_ERROR(console.Line(ToLine(ToJson(key))));
    }
    table.Add({key.id.substr(0, kShownDigits), whose, DayText(key.added), StateOf(key)});
  }
  if (session->format() == Format::kJson) return absl::OkStatus();
  if (table.size() == 0) return console.Line("There are no signing keys.");
  return console.Bytes(table.Render(console.width()));
}

// The one key whose id begins like this.
absl::StatusOr<Key> FindKey(Session* session, const std::string& id) {
  LIAISON_ASSIGN_OR_RETURN(std::vector<Key> keys, ListKeys(session));
  const Key* found = nullptr;
  for (const Key& key : keys) {
    if (id.size() < kShownDigits || !absl::StartsWith(key.id, absl::AsciiStrToLower(id))) continue;
    if (found != nullptr) {
      return absl::InvalidArgumentError(absl::StrCat("more than one key begins with ", id));
    }
    found = &key;
  }
  if (found == nullptr) {
    return absl::NotFoundError(
        absl::StrCat("the registry has no key ", id, "; `liaison admin keys` lists them"));
  }
  return *found;
}

absl::Status RunRevokeKey(Session* session, const std::string& id) {
  LIAISON_ASSIGN_OR_RETURN(Key key, FindKey(session, id));
  if (key.revoked == absl::InfiniteFuture()) {
    LIAISON_ASSIGN_OR_RETURN(const v1::GetHubResponse hub,
                             DirectoryClient(session->connection()).Hub());
    v1::Draft draft;
    draft.set_author(hub.caller());
    draft.set_audience(absl::StrCat(hub.hub(), "/public"));
    draft.mutable_key()->set_organisation(key.facts.organisation());
    draft.mutable_key()->set_action(v1::KEY_ACTION_REVOKE);
    draft.mutable_key()->set_public_key(key.facts.public_key());
    LIAISON_ASSIGN_OR_RETURN(const v1::Receipt receipt,
                             PublishClient(session->connection()).Publish(std::move(draft)));
    key.revoked = ToTime(receipt.hub_time());
  }
  if (session->format() == Format::kJson) return session->console().Line(ToLine(ToJson(key)));
  return session->console().Line(
      absl::StrCat("The key ", key.id.substr(0, kShownDigits), " of ", key.facts.organisation(),
                   " signs nothing any more, here and at every hub that has its registry from this "
                   "one. What it signed before stays signed."));
}

}  // namespace

void AddKeys(CLI::App* admin, Session* session) {
  CLI::App* list = AddCommand(admin, "keys", "List the keys that organisations sign with",
                              "  liaison admin keys\n"
                              "  liaison admin keys org/eurodig --output json\n");
  auto organisation = std::make_shared<std::string>();
  list->add_option("organisation", *organisation, "Those of this one and what belongs to it");
  list->callback([=] { session->Choose([=] { return RunKeys(session, *organisation); }); });

  CLI::App* revoke = AddCommand(
      admin, "revoke-key", "Let nothing more be signed with a key",
      "  liaison admin revoke-key 3f0c2a9d71e5b864\n"
      "\n"
      "For the organisation's administrators and the secretariat. Where a machine is lost, its\n"
      "certificate is revoked as well: `liaison admin revoke`. A new key comes with a new\n"
      "invitation; until the old one is revoked both are good.\n");
  auto id = std::make_shared<std::string>();
  revoke->add_option("id", *id, "As `liaison admin keys` shows it")->required();
  revoke->callback([=] { session->Choose([=] { return RunRevokeKey(session, *id); }); });
}

}  // namespace liaison::cli
