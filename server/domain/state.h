// The state that decides, kept by its one owner.
#ifndef LIAISON_SERVER_DOMAIN_STATE_H_
#define LIAISON_SERVER_DOMAIN_STATE_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "igf/liaison/v1/event.pb.h"
#include "proto/record/hash.h"
#include "proto/record/leaf.h"
#include "server/domain/directory.h"
#include "server/domain/registry.h"

namespace liaison::domain {

// 1: who may revise and erase, keys. 2: life cycles, roles, topics, dates, references. What entered
// under earlier rules is not judged again and has no rows.
inline constexpr uint32_t kLifeCycleRulesVersion = 2;
inline constexpr uint32_t kCurrentRulesVersion = 2;

// A State is what the log so far amounts to, as far as it fits in memory. Not thread-safe: its one
// owner decides and applies; the registry in it is shared with readers as an immutable snapshot.
struct State {
  uint64_t sequence = 0;       // of the last event
  int64_t hub_time_us = 0;     // of the last event
  uint32_t rules_version = 0;  // 0 before the first Rules event
  bool has_relayed = false;    // some event is from another hub
  std::shared_ptr<const Registry> registry = std::make_shared<Registry>();
  std::shared_ptr<const Directory> directory = std::make_shared<Directory>();
};

// A row of a derived table: the names that storage gives them are not the domain's business.
struct ChainRow {
  record::Hash root;
  record::Hash latest;
};
struct DirectoryRow {
  std::string name;  // DirectoryKey
  uint64_t sequence = 0;
};
struct Erasure {
  uint64_t sequence = 0;
  pb::SectionKind section = pb::SECTION_KIND_UNSPECIFIED;
};

// What an event changes beside the state.
struct Effects {
  std::optional<record::RegistryLeafKind> registry;
  std::vector<ChainRow> chains;
  std::vector<DirectoryRow> directory;
  std::vector<Erasure> erasures;
};

// Where the directory keeps the latest version of a thing: one letter of kind, then its name.
enum class DirectoryKind : char {
  kOrganisation = 'o',
  kTopicScheme = 's',
  kCycle = 'c',
  kAudience = 'a',   // `igf/wg-strategy@3`
  kCrosswalk = 'x',  // from scheme, space, to scheme
  kKeyEvent = 'k',   // every one of them, by sequence: the history decides
  kRules = 'r',
};
std::string DirectoryKey(DirectoryKind kind, absl::string_view name);

// Takes an accepted event into the state and says what else it changes. Pure but for `state`: no
// clock, no I/O, no map order. Never fails: whatever could be refused, Decide has refused.
// A relayed one changes nothing of the state but its end: what else it does, EffectsOfRelayed says.
Effects Apply(const pb::EventHeader& header, const record::Leaf& leaf, State* state);

}  // namespace liaison::domain

#endif  // LIAISON_SERVER_DOMAIN_STATE_H_
