// What a statement acts on, as its author may know it.
#ifndef LIAISON_SERVER_DOMAIN_TARGET_H_
#define LIAISON_SERVER_DOMAIN_TARGET_H_

#include <memory>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "igf/liaison/v1/event.pb.h"
#include "proto/record/hash.h"
#include "server/domain/rows.pb.h"
#include "server/domain/state.h"
#include "server/domain/statement.h"

namespace liaison::domain {

// The event named, and the first of its chain of versions: what a life cycle is of.
struct Target {
  record::Hash digest;
  record::Hash root;
  std::shared_ptr<const KnownHeader> known;
  std::shared_ptr<const KnownHeader> known_root;  // itself where earlier rules let it name nothing

  const pb::EventHeader& header() const { return known->header; }
  const pb::EventHeader& root_header() const { return known_root->header; }
  bool is_root() const { return digest == root; }
};

// nullopt where the log has no such event.
absl::StatusOr<std::optional<Target>> FindTarget(const Lookup& lookup, absl::string_view digest);

// The header that says what the thing is by now: that of its latest version which is more than an
// amendment of words.
absl::StatusOr<std::shared_ptr<const KnownHeader>> CurrentHeader(const Lookup& lookup,
                                                                 const Target& target);

// The root of the chain that the event continues: what its reference REVISES names, or itself.
record::Hash RootOf(const pb::EventHeader& header, const record::Hash& digest);
// Whose the position is, of which there is one on each thing: the organisation it was recorded for,
// else its author. Individuals are not told apart, so each chain of theirs is one of its own: `~`
// and its root, which is no organisation's name.
std::string HolderOf(const pb::EventHeader& position, const record::Hash& root);
bool IsIndividual(absl::string_view holder);
// Of which cycle it is by its own words, or, a decision, by where it stands now; empty where it is
// of none. An input may have been carried into others besides.
absl::StatusOr<std::string> OwnCycle(const Lookup& lookup, const Target& target);
// The digest in its one reference of that relation; empty where there is none.
absl::string_view ReferenceOf(const pb::EventHeader& header, pb::Relation relation);

// The parsed row; an empty message where there is none. DATA_LOSS where it does not parse.
template <typename Message>
absl::StatusOr<Message> ReadRow(const Lookup& lookup, const std::string& key);
template <typename Message>
absl::StatusOr<Message> ParseRow(absl::string_view key, const std::string& value);

// The decision of that root as it stands now: its row or, for one from before there were rows, what
// the header of its latest version says. The state is UNSPECIFIED where there is none.
absl::StatusOr<rows::Decision> ReadDecision(const Lookup& lookup, const record::Hash& root);

// What a decision says once `facts` come on top: whatever they leave out stays.
pb::DecisionFacts MergedFacts(const pb::DecisionFacts& before, const pb::DecisionFacts& facts);

// True iff it asks something of its addressees.
bool IsRequest(const pb::EventHeader& header);
// By when that addressee is asked; empty where any day will do.
absl::string_view DateAskedOf(const pb::EventHeader& request, absl::string_view addressee);
// Who gave a response: its author, or the organisation for which an import writes it down.
const std::string& ResponderOf(const pb::EventHeader& response);
// The addressee for whom `responder` answers: itself, or else the nearest that it belongs to; empty
// where it is none.
absl::string_view AddresseeOf(const pb::EventHeader& request, absl::string_view responder);

template <typename Message>
absl::StatusOr<Message> ParseRow(absl::string_view key, const std::string& value) {
  Message message;
  if (message.ParseFromString(value)) return message;
  return absl::DataLossError("a row of kind `" + std::string(key.substr(0, 1)) +
                             "` does not parse");
}

template <typename Message>
absl::StatusOr<Message> ReadRow(const Lookup& lookup, const std::string& key) {
  absl::StatusOr<std::optional<std::string>> value = lookup.Row(key);
  if (!value.ok()) return value.status();
  if (!*value) return Message();
  return ParseRow<Message>(key, **value);
}

}  // namespace liaison::domain

#endif  // LIAISON_SERVER_DOMAIN_TARGET_H_
