// Checks a bundle in one pass, offline. The faults have the names of proto/record/BUNDLE.md's
// table.
#ifndef LIAISON_CLIENT_CLI_BUNDLE_CHECK_H_
#define LIAISON_CLIENT_CLI_BUNDLE_CHECK_H_

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "client/cli/bundle_file.h"
#include "client/cli/bundle_registry.h"
#include "client/cli/draft_json.h"
#include "client/cli/signature_crew.h"
#include "proto/record/checkpoint.h"
#include "proto/record/compact_range.h"
#include "proto/record/leaf.h"
#include "proto/record/signed_note.h"
#include "proto/record/witness_policy.h"

namespace liaison::cli {

// Whom whoever asks trusts, by other means than the file.
struct BundleTrust {
  record::NoteVerifier log;
  std::vector<record::NoteVerifier> witnesses;
  size_t quorum = 0;                  // so many of them must have seen the checkpoint
  std::string kept;                   // a checkpoint of the log that was kept; empty: none
  record::WitnessPolicy policy = {};  // whose witnesses must have seen it
  std::vector<record::NoteVerifier> origins = {};  // logs of other hubs
};

struct BundleFault {
  std::string name;
  std::string where;
  std::string what;
};

// What a check found. Value type.
struct BundleReport {
  struct Signer {
    std::string name;
    std::optional<uint64_t> time_s;  // of a cosignature
  };

  bool valid() const { return fault_count == 0; }
  Json ToJson() const;
  // For people, with the verdict last.
  std::string ToText() const;

  std::string origin;
  std::optional<record::Checkpoint> checkpoint;
  std::vector<Signer> signers;
  std::vector<Signer> registry_signers;
  uint64_t registry_size = 0;
  uint64_t organisations = 0;
  uint64_t keys = 0;
  uint64_t first = 0;
  uint64_t last = 0;
  uint64_t events = 0;
  uint64_t hidden = 0;
  uint64_t signatures_verified = 0;
  uint64_t attested = 0;
  uint64_t of_another_hub = 0;
  uint64_t opened = 0;
  uint64_t erased_with_authority = 0;
  uint64_t missing = 0;
  uint64_t not_included = 0;
  std::vector<std::pair<uint64_t, std::string>> still_here;
  uint64_t foreign_shown = 0;        // to stand in their own hub's log
  uint64_t foreign_not_checked = 0;  // no key of that hub was given
  std::vector<uint64_t> older;
  std::vector<BundleFault> faults;  // the first of them
  uint64_t fault_count = 0;
};

// A BundleCheck takes a bundle's records, in the order that ReadBundle gives. Not thread-safe.
class BundleCheck final : public BundleSink {
 public:
  explicit BundleCheck(BundleTrust trust) : trust_(std::move(trust)) {}

  // INVALID_ARGUMENT where the grammar is broken: whoever reads tells Broken. ABORTED where the
  // report says already why there is no sense in going on.
  absl::Status Take(char type, absl::string_view payload) override;
  // The end record: what stands before it.
  absl::Status End(const BundleRecord& record, const BundleEnd& before);
  // What was found, once there is no more. Call it once.
  BundleReport Finish();

  // The tree up to the last event that was taken.
  const record::CompactRange& tree() const { return tree_; }
  // True while sections are erased of which no redaction has come.
  bool awaits_redactions() const { return !erased_.empty(); }
  // There is no sense in going on: the grammar is broken.
  void Broken(absl::string_view where, absl::string_view what);

 private:
  using SectionOf = std::pair<record::Hash, uint16_t>;  // digest of the event, kind
  struct Erased {
    uint64_t sequence;
    std::string author;
    record::Hash key_hash;
    std::optional<record::Hash> origin;  // of a relayed event: SHA256 of its origin's name
  };

  // A section of an event's record.
  struct GivenSection {
    uint16_t kind;
    BundledSection status;
    absl::string_view salt;
    absl::string_view data;
  };

  // At the next place, in the order of the file.
  void Fault(absl::string_view name, absl::string_view where, absl::string_view what);
  void FaultAt(uint64_t place, BundleFault fault);
  // What the signatures came to: a fault stands where its event does.
  void TakeVerdict();
  absl::Status TakeBegin(Fields* fields);
  absl::Status TakeCheckpoint(absl::string_view note);
  absl::Status TakeOlder(Fields* fields);
  absl::Status TakeRegistryCheckpoint(absl::string_view note);
  absl::Status TakeRegistryEntry(Fields* fields);
  absl::Status TakePlace(Fields* fields);
  absl::Status TakeEvent(Fields* fields);
  absl::Status TakeForeign(Fields* fields);
  // That the leaf is the one that the relayed event speaks of, and stands in its own hub's log.
  absl::Status CheckForeign(const record::Leaf& relayed, absl::string_view leaf,
                            absl::string_view proof);
  absl::Status TakeHidden(Fields* fields);
  absl::Status TakeMark(Fields* fields);
  absl::Status TakeLater(Fields* fields);

  // A note of that origin by one of the keys.
  absl::StatusOr<record::Checkpoint> ReadNote(absl::string_view note, const std::string& origin,
                                              const record::NoteVerifier& key) const;
  void CompareWithKept();
  // Those of the witnesses that have seen the note, which `log` has signed.
  std::vector<BundleReport::Signer> ReadWitnesses(absl::string_view note,
                                                  const record::NoteVerifier& log,
                                                  absl::string_view where);
  // The same for those of the policy: whether they are enough.
  bool ReadPolicyWitnesses(absl::string_view note, absl::string_view where,
                           std::vector<BundleReport::Signer>* signers);
  // Takes in the next leaf's hash.
  absl::Status Grow(const record::Hash& leaf_hash);
  void CompareRoots();
  // What can be told only at the end.
  void CheckWhole();
  // Nothing where there is no sense in going on with it.
  std::optional<igf::liaison::v1::EventHeader> HeaderOf(const record::Leaf& leaf,
                                                        absl::string_view bytes,
                                                        const std::string& where);
  static absl::StatusOr<std::vector<GivenSection>> ReadSections(Fields* fields);
  void CheckRegistry(const record::Leaf& leaf, const igf::liaison::v1::EventHeader& header,
                     uint64_t sequence, const std::string& where);
  void CheckAuthor(const record::Leaf& leaf, const igf::liaison::v1::EventHeader& header,
                   absl::string_view bytes, const std::string& where);
  void CheckSections(const record::Leaf& leaf, const igf::liaison::v1::EventHeader& header,
                     const std::vector<GivenSection>& sections, uint64_t sequence);
  // Why whoever redacts has no say in it; empty where they have.
  std::string WhyNoSay(const record::Leaf& leaf, const std::string& author,
                       const Erased& erased) const;
  // What comes from another hub may come on another way than its redaction, and later.
  void TakeErased(const SectionOf& key, const Erased& erased);
  // True iff it erased something here.
  bool TakeRedaction(const record::Leaf& leaf, const igf::liaison::v1::EventHeader& header,
                     const std::string& where);

  const BundleTrust trust_;
  BundleReport report_;
  uint64_t place_ = 0;                      // of the next fault, or signature that may be one
  std::map<uint64_t, BundleFault> faults_;  // the first of them
  SignatureCrew crew_;
  BundleRegistry registry_;
  std::optional<record::Checkpoint> registry_checkpoint_;
  record::CompactRange tree_;
  std::vector<record::Hash> right_;
  std::map<uint64_t, std::pair<record::Hash, std::string>> roots_;  // that a checkpoint says
  int64_t last_time_us_ = 0;
  std::optional<record::Leaf> relayed_;  // of the event before, where it is relayed
  bool mark_due_ = false;
  bool stopped_ = false;  // there was no sense in going on
  uint64_t last_later_ = 0;
  std::map<SectionOf, Erased> erased_;
  std::set<SectionOf> redacted_;
  // Leaf and author of what another hub erased before it came here.
  std::map<SectionOf, std::vector<std::pair<record::Leaf, std::string>>> ahead_;
  std::string opened_;  // a byte for each event of the range: bit k for section k
};

}  // namespace liaison::cli

#endif  // LIAISON_CLIENT_CLI_BUNDLE_CHECK_H_
