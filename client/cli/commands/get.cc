#include <memory>
#include <variant>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "client/cli/commands/commands.h"
#include "client/cli/event_json.h"
#include "liaison/event_client.h"
#include "proto/record/macros.h"

namespace liaison::cli {
namespace {

struct EventName {
  std::string author;
  std::string event_id;
};
using Key = std::variant<uint64_t, record::Hash, EventName>;

absl::StatusOr<Key> ParseKey(const std::vector<std::string>& words) {
  if (words.size() == 2) return EventName{words[0], absl::AsciiStrToLower(words[1])};
  uint64_t sequence = 0;
  if (absl::SimpleAtoi(words[0], &sequence)) return sequence;
  if (const auto digest = record::Hash::FromHex(words[0]); digest.ok()) return *digest;
  std::string bytes;
  if (absl::Base64Unescape(words[0], &bytes) || absl::WebSafeBase64Unescape(words[0], &bytes)) {
    if (const auto digest = record::Hash::Parse(bytes); digest.ok()) return *digest;
  }
  return absl::InvalidArgumentError(
      absl::StrCat("`", words[0],
                   "` is neither a sequence nor a digest (64 hexadecimal digits, or "
                   "base64); by name it takes two words: AUTHOR EVENT_ID"));
}

absl::StatusOr<Event> Fetch(const EventClient& client, const Key& key) {
  if (const auto* sequence = std::get_if<uint64_t>(&key)) return client.Get(*sequence);
  if (const auto* digest = std::get_if<record::Hash>(&key)) return client.Get(*digest);
  const auto& name = std::get<EventName>(key);
  return client.Get(name.author, name.event_id);
}

absl::Status RunGet(Session* session, const Key& key) {
  LIAISON_ASSIGN_OR_RETURN(const Event event, Fetch(EventClient(session->connection()), key));
  LIAISON_ASSIGN_OR_RETURN(const Json json, EventToJson(event, ""));
  return session->format() == Format::kTable ? session->console().Bytes(ToIndentedText(json))
                                             : session->console().Line(ToLine(json));
}

}  // namespace

void AddGet(CLI::App* app, Session* session) {
  CLI::App* command = AddCommand(
      app, "get", "Show one event",
      "  liaison get 42\n"
      "  liaison get 3b1f...64 digits...                # by digest, as receipts and references "
      "have it\n"
      "  liaison get org/eurodig 0b4e7a52-7d4f-4f8e-9a53-0d7c6f1f8a11\n"
      "\n"
      "What comes is checked: header, sections and leaf belong together, or the exit code is 7.\n",
      "Reading");
  auto words = std::make_shared<std::vector<std::string>>();
  command->add_option("KEY", *words, "Sequence, digest, or AUTHOR EVENT_ID")
      ->required()
      ->expected(1, 2);
  command->callback([=] {
    const absl::StatusOr<Key> key = ParseKey(*words);
    // CLI11's own way to say that the command line is wrong.
    if (!key.ok()) throw CLI::ValidationError("KEY", std::string(key.status().message()));
    session->Choose([=] { return RunGet(session, *key); });
  });
}

}  // namespace liaison::cli
