// What comes to be decided: statements that passed admission, and what the log knows already.
#ifndef LIAISON_SERVER_DOMAIN_STATEMENT_H_
#define LIAISON_SERVER_DOMAIN_STATEMENT_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "igf/liaison/v1/event.pb.h"
#include "proto/record/hash.h"
#include "proto/record/leaf.h"

namespace liaison::domain {

namespace pb = ::igf::liaison::v1;

// Of a statement that another hub's log has: where it stands there, and what proves it.
struct Foreign {
  record::RelayedFrom from;
  std::string evidence;  // record::EncodeForeign
};

// One statement with its exact bytes. Admission has checked shape, commitments and signature; what
// depends on the order of events is still open.
struct Statement {
  std::string header_bytes;
  pb::EventHeader header;  // parsed from header_bytes
  record::Hash digest;     // SHA256(PAE(header_bytes))
  std::string signature;   // verified under header.key_hash(); empty: the hub attests
  std::vector<pb::Section> sections;
  // The draft it was made from, to compare a retry by content; null for a signed event.
  std::shared_ptr<const pb::Draft> draft;
  // Set: it comes from another hub, was proven, and is taken as it is. Admission has not seen it;
  // sections may be WITHHELD.
  std::shared_ptr<const Foreign> foreign;
};

// Holds only if the chain is still where the author saw it.
struct ChainCheck {
  record::Hash root;
  std::optional<record::Hash> latest;  // nullopt: there is no such chain
};

// An event that the log, or this group before it, holds already.
struct KnownEvent {
  record::Leaf leaf;
  record::Hash leaf_hash;  // zero while it is not yet committed
  std::string header_bytes;
  std::vector<pb::Section> sections;  // erased ones are there, marked
};

// What the rules read of an event: never a section.
struct KnownHeader {
  uint64_t sequence = 0;
  bool relayed = false;  // from another hub
  pb::EventHeader header;
};

struct KeyedRow {
  std::string key;
  std::string value;
};

// A Lookup answers from everything ordered so far. Decide asks it and nothing else.
class Lookup {
 public:
  virtual ~Lookup() = default;
  // nullopt where the log has none. An error where it cannot be read.
  virtual absl::StatusOr<std::optional<KnownEvent>> ByIdentity(
      absl::string_view author, absl::string_view event_id) const = 0;
  virtual absl::StatusOr<std::optional<KnownEvent>> ByDigest(const record::Hash& digest) const = 0;
  // The header alone, which never changes; null where the log has none. This one looks it up by
  // digest; a lookup that is asked for the same again and again may remember.
  virtual absl::StatusOr<std::shared_ptr<const KnownHeader>> Header(
      const record::Hash& digest) const;
  // Digest of the latest event that revises `root`; nullopt while none does.
  virtual absl::StatusOr<std::optional<record::Hash>> LatestRevision(
      const record::Hash& root) const = 0;
  // A row of a life cycle (rows.h); nullopt where there is none.
  virtual absl::StatusOr<std::optional<std::string>> Row(absl::string_view key) const = 0;
  // All rows whose key starts with `prefix`, in order of key.
  virtual absl::StatusOr<std::vector<KeyedRow>> Rows(absl::string_view prefix) const = 0;
};

}  // namespace liaison::domain

#endif  // LIAISON_SERVER_DOMAIN_STATEMENT_H_
