// Is this event what its origin has, and its author said? The one place where that is decided.
#ifndef LIAISON_SERVER_FEDERATION_VERIFY_ITEM_H_
#define LIAISON_SERVER_FEDERATION_VERIFY_ITEM_H_

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "igf/liaison/v1/event.pb.h"
#include "proto/record/hash.h"
#include "proto/record/leaf.h"
#include "server/domain/registry.h"
#include "server/federation/origin.h"
#include "server/federation/origin_registry.h"
#include "server/federation/policy.h"

namespace liaison::federation {

enum class Presence { kHere, kErased, kStays };

struct ItemSection {
  pb::SectionKind kind = pb::SECTION_KIND_UNSPECIFIED;
  Presence presence = Presence::kHere;
  std::string salt;  // these two only where it is here
  std::string data;
};

// One event of an origin's, as a peer sent it. Whatever is said in it, none is believed.
struct Item {
  uint64_t sequence = 0;  // in the origin's log
  std::string leaf;
  std::string header;
  std::vector<ItemSection> sections;  // ascending kind, one for each commitment
  std::vector<record::Hash> proof;    // of inclusion, in the head
  std::string evidence = {};          // beside a leaf that is given back: record::EncodeForeign
};

enum class Verdict {
  kAccepted,
  kDuplicate,
  kWithheld,  // proven, and not for this log
  kRejected,
  kElsewhere,  // a leaf alone, of an event that its log has from another one
};

enum class Why {
  kFine,
  kTooLarge,
  kUnreadable,
  kSequenceDisagrees,
  kUnproven,
  kHeaderDisagrees,
  kKnown,
  kOtherLane,       // an event of another origin's, or the hub's own rules
  kShapeWrong,      // leaf and header are of different kinds
  kRegistryBehind,  // it needs entries that were not sent
  kKeyNotInForce,
  kAuthorIsOurs,  // our registry has the author, and no such key
  kSignatureWrong,
  kSectionDisagrees,
  kAudienceForged,  // of another hub than its log's
  kNotTaken,        // by our policy
  kLeftToItsHub,    // the hub whose log it is is asked for its words
};

enum class Blame { kNobody, kPeer, kOrigin };

absl::string_view NameOf(Verdict verdict);
absl::string_view NameOf(Why why);

struct Judgement {
  Verdict verdict = Verdict::kRejected;
  Why why = Why::kFine;
  Blame blame = Blame::kNobody;
  std::string detail;  // the policy's rule, or what is wrong

  // As far as it could be read: whole where accepted.
  record::Leaf leaf;
  record::Hash leaf_hash;
  pb::EventHeader header;
  Ruling ruling;

  // No better bytes can come: the lane goes on behind it.
  bool final() const { return verdict != Verdict::kRejected || blame != Blame::kPeer; }
};

// What an item is judged by. All must outlive the call.
struct Bench {
  const Origin* origin;
  const Head* head;              // opened under the pinned key
  const OriginRegistry* theirs;  // the origin's
  const domain::Registry* ours;
  const Policy* policy;
  // True iff this log has an event of that digest.
  std::function<absl::StatusOr<bool>(const record::Hash& digest)> knows;
  // True iff something that it amends, retracts or erases came here.
  std::function<absl::StatusOr<Behind>(const pb::EventHeader& header)> behind;
};

// Judges one item: cheap before dear, the peer's faults before the origin's. An error only where
// this hub cannot read its own log: then nothing is decided. Thread-safe.
absl::StatusOr<Judgement> VerifyItem(const Item& item, const Bench& bench);

}  // namespace liaison::federation

#endif  // LIAISON_SERVER_FEDERATION_VERIFY_ITEM_H_
