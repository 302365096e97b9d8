// What the hub remembers.
#ifndef LIAISON_STORAGE_EVENT_LOG_H_
#define LIAISON_STORAGE_EVENT_LOG_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "proto/record/hash.h"
#include "proto/record/leaf.h"
#include "proto/record/uuid.h"

namespace liaison::storage {

// One section as it came: data verbatim.
struct StoredSection {
  uint16_t kind = 0;  // number of the SectionKind
  std::string salt;   // 32 bytes; empty where erased or withheld
  std::string data;
  bool erased = false;
  bool withheld = false;  // of a relayed event: it did not come with it
};

// One event as it came and was ordered.
struct StoredEvent {
  uint64_t sequence = 0;
  std::string leaf;                     // EncodeLeaf
  std::string header;                   // verbatim
  std::vector<StoredSection> sections;  // ascending kind; erased ones are there, marked
};

// An event on its way in.
struct NewEvent {
  record::Leaf leaf;  // leaf.sequence continues the log
  std::string header;
  std::vector<StoredSection> sections;
  std::string identity;                              // see IdentityKey; empty: not found by name
  std::vector<std::string> terms;                    // record::TermsOf
  std::optional<record::RegistryLeafKind> registry;  // stands in the registry tree as well
  std::string evidence;  // iff relayed: record::EncodeForeign, kept in Table::kForeign
};

// Small derived tables. DO NOT CHANGE THESE VALUES: they prefix keys on disk.
enum class Table : char {
  kChain = 'c',      // chain root digest -> digest of its latest event
  kDirectory = 'd',  // what and name -> sequence of its latest version
  kLifeCycle = 'l',  // what became of a thing (server/domain/rows.h)
  kControl = 'k',    // small ordered state that is no record
  kForeign = 'f',    // sequence of a relayed event -> what proves it: ForeignKey
};

struct Row {
  Table table;
  std::string key;
  std::optional<std::string> value;  // nullopt deletes
};

struct ErasedSection {
  uint64_t sequence = 0;
  uint16_t kind = 0;
};

// Everything that enters the log together.
struct Group {
  std::vector<NewEvent> events;  // contiguous, from head().sequence + 1
  std::vector<Row> rows;
  std::vector<ErasedSection> erased;
};

// Where the log ends.
struct Head {
  uint64_t sequence = 0;
  record::Hash root;  // over leaves 1..sequence
  uint64_t registry_size = 0;
  record::Hash registry_root;
  int64_t hub_time_us = 0;  // of the last event; 0 for an empty log
};

struct Committed {
  Head head;
  std::vector<record::Hash> leaf_hashes;  // one for each event of the group
};

// Where the evidence of the relayed event at `sequence` stands in Table::kForeign.
std::string ForeignKey(uint64_t sequence);
// The sequence in such a key. DATA_LOSS for what is none.
absl::StatusOr<uint64_t> SequenceInForeignKey(absl::string_view key);

// (author, event id) as one key. REQUIRES: neither is empty, neither has a NUL.
std::string IdentityKey(absl::string_view author, absl::string_view event_id);

// An EventLog is an append-only sequence of events, dense from 1, with everything derived from
// them.
//
// Append, SyncHeadFile and Heal have one caller at a time, the log's one writer; everything else
// is thread-safe and may run beside it. What a reader sees is durable.
//
// Errors: DATA_LOSS where stored bytes contradict themselves; UNAVAILABLE with reason
// LOG_WRITE_FAILED after a failed write or sync, for this and every later Append: whether the
// group is in the log is not known until the log is opened again, by Heal or another process.
class EventLog {
 public:
  virtual ~EventLog() = default;

  // --- writing -----------------------------------------------------------------------------------

  // Appends the group as one atomic write and returns once it is on disk (fsync).
  // FAILED_PRECONDITION where the events do not continue the log, RESOURCE_EXHAUSTED with reason
  // DISK_FULL where the disk has not room enough: nothing is written, and a later one may be.
  virtual absl::StatusOr<Committed> Append(const Group& group) = 0;
  // Brings the head file, which start-up compares with what was recovered, up to now.
  virtual absl::Status SyncHeadFile() = 0;
  // OK where Append would find room. After a write that failed for want of room this opens the log
  // again in place, and then head() tells whether the group of that write is in it; readers wait
  // meanwhile. RESOURCE_EXHAUSTED, DISK_FULL while there is not room enough: ask again later.
  // After any other failed write LOG_WRITE_FAILED as before: only a new start helps.
  virtual absl::Status Heal() = 0;

  // --- reading -----------------------------------------------------------------------------------

  // Incarnation: made when the log is created, never changes.
  virtual record::Uuid log_id() const = 0;
  // 32 random bytes made with the log: keys page tokens.
  virtual std::string token_secret() const = 0;
  virtual Head head() const = 0;
  // The first sequence that can be read; 1 while nothing has been trimmed.
  virtual uint64_t earliest() const = 0;

  // NOT_FOUND (no ErrorInfo) beyond the head.
  virtual absl::StatusOr<StoredEvent> Read(uint64_t sequence) const = 0;
  // Of each of these events, ascending, the section of that kind; nullopt where it has none. Many
  // together cost less than each by itself. NOT_FOUND as for Read.
  virtual absl::StatusOr<std::vector<std::optional<StoredSection>>> ReadSections(
      absl::Span<const uint64_t> sequences, uint16_t kind) const = 0;
  // Calls `visit` for the events after `after`, in order, until it returns false or the head is
  // reached. The views given to it live as long as the call.
  struct EventView {
    uint64_t sequence;
    absl::string_view leaf;
    absl::string_view header;
    absl::Span<const StoredSection> sections;
  };
  virtual absl::Status Scan(uint64_t after,
                            const std::function<bool(const EventView&)>& visit) const = 0;

  // The same without sections, which are not read.
  virtual absl::StatusOr<StoredEvent> ReadHeader(uint64_t sequence) const = 0;
  // Those of many, ascending.
  virtual absl::StatusOr<std::vector<StoredEvent>> ReadHeaders(
      absl::Span<const uint64_t> sequences) const = 0;
  virtual absl::Status ScanHeaders(uint64_t after,
                                   const std::function<bool(const EventView&)>& visit) const = 0;

  virtual absl::StatusOr<std::optional<uint64_t>> FindByIdentity(
      absl::string_view identity) const = 0;
  virtual absl::StatusOr<std::optional<uint64_t>> FindByDigest(
      const record::Hash& digest) const = 0;
  // The first sequence whose hub time is at or after `hub_time_us`; head + 1 where there is none.
  virtual absl::StatusOr<uint64_t> FirstAtOrAfter(int64_t hub_time_us) const = 0;

  // The index of terms. It covers whole blocks of sequences; what comes after `indexed_through` is
  // to be scanned.
  virtual uint64_t indexed_through() const = 0;
  // The sequences that carry `term` in the first block that has any after `after`; empty when no
  // block up to indexed_through() has one. All of them are greater than `after`, ascending.
  virtual absl::StatusOr<std::vector<uint64_t>> NextWithTerm(absl::string_view term,
                                                             uint64_t after) const = 0;

  virtual absl::StatusOr<std::optional<std::string>> GetRow(Table table,
                                                            absl::string_view key) const = 0;
  struct KeyValue {
    std::string key;
    std::string value;
  };
  // At most `limit` rows of the table whose key starts with `prefix` and is greater than `after`,
  // in order of key.
  virtual absl::StatusOr<std::vector<KeyValue>> ListRows(Table table, absl::string_view prefix,
                                                         absl::string_view after,
                                                         size_t limit) const = 0;

  // --- the trees ---------------------------------------------------------------------------------

  // Root of the log's tree at an earlier size. OUT_OF_RANGE beyond the head.
  virtual absl::StatusOr<record::Hash> RootAt(uint64_t size) const = 0;
  // The leaf at `index` of the registry tree, from 0.
  virtual absl::StatusOr<std::string> ReadRegistryLeaf(uint64_t index) const = 0;
};

}  // namespace liaison::storage

#endif  // LIAISON_STORAGE_EVENT_LOG_H_
