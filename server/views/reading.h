// One look at the ledger, by one caller.
#ifndef LIAISON_SERVER_VIEWS_READING_H_
#define LIAISON_SERVER_VIEWS_READING_H_

#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/node_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "igf/liaison/v1/liaison_service.pb.h"
#include "proto/record/limits.h"
#include "server/auth/principal.h"
#include "server/domain/registry.h"
#include "server/views/ledger.h"
#include "server/views/limits.h"

namespace liaison::views {

// Which part of a list: `size` rows whose key is greater than `after`.
struct PageArguments {
  std::string after;
  size_t size = 100;
};

// Who looks, and when.
struct Caller {
  auth::Principal principal;
  std::shared_ptr<const domain::Registry> registry;
  std::string today;  // YYYY-MM-DD
};

// A Reading sees what its caller may read of the ledger as it stands, and keeps it from growing
// meanwhile. Every function of it is about visible events only, save All(). Not thread-safe.
//
// What an entry says costs nothing; a header is read from the log when it is first asked for, and
// kept. Where the log cannot be read it is an empty one, and status() says so: whoever answers with
// what a Reading said looks at that first.
class Reading {
 public:
  // Brings the ledger up to date first.
  static absl::StatusOr<std::unique_ptr<Reading>> Begin(Ledger* ledger, Caller caller);
  ~Reading();
  Reading(const Reading&) = delete;
  Reading& operator=(const Reading&) = delete;

  const Caller& caller() const { return caller_; }
  const absl::Status& status() const { return status_; }

  const Entry& at(Index index) const;
  // Has the machine begin to fetch it, for whoever will look at many that lie anywhere.
  void Fetch(Index index) const { __builtin_prefetch(&at(index)); }
  pb::EventType TypeOf(Index index) const { return at(index).type; }
  Index RootOf(Index index) const { return at(index).root; }
  const std::string& AuthorOf(Index index) const { return VoiceOf(index).author; }
  const std::string& CycleOf(Index index) const;
  absl::Span<const uint32_t> TopicsOf(Index index) const;
  const Voice& VoiceOf(Index index) const;
  // That of the latest version of the chain, for whom all of it counts; by number, see Entry. Who
  // may read the chain is said by the voice of its root.
  uint32_t VoiceNow(Index index) const { return at(Latest(index)).voice; }
  const Voice& LatestVoiceOf(Index index) const { return VoiceAt(VoiceNow(index)); }
  // Of a position.
  pb::PositionKind PositionKindOf(Index index) const {
    return static_cast<pb::PositionKind>(at(index).position_kind);
  }
  // How many events the ledger has.
  uint64_t Head() const;
  // The first event at or after that time; Head() where there is none.
  Index FirstAtOrAfter(int64_t hub_time_us) const;
  static uint64_t SequenceOf(Index index) { return index + 1; }
  // From the log.
  const pb::EventHeader& Header(Index index) const;
  const std::string& DigestOf(Index index) const;

  // May() is false of what came later than it is held to.
  bool May(Index index) const;
  bool MayHear(uint32_t voice) const;
  // By number, see Entry.
  const Voice& VoiceAt(uint32_t voice) const;
  absl::Span<const uint32_t> TopicsAt(uint32_t topics) const;
  const std::string& NameAt(uint32_t name) const;
  std::optional<uint32_t> NumberOf(absl::string_view name) const;
  // NOT_FOUND both for what is unknown and for what is hidden.
  absl::StatusOr<Index> Find(absl::string_view digest) const;
  absl::StatusOr<Index> FindSequence(uint64_t sequence) const;
  std::optional<Index> FindQuietly(absl::string_view digest) const;
  // By sequence or by digest, whichever the request's `key` is.
  template <typename Request>
  absl::StatusOr<Index> FindKey(const Request& request) const {
    return request.key_case() == Request::kSequence ? FindSequence(request.sequence())
                                                    : Find(request.digest());
  }

  // Roots of chains, and events that revise nothing, of that type.
  std::vector<Index> Roots(pb::EventType type) const;
  std::vector<Index> OfType(pb::EventType type) const;
  // Hidden ones too: for what is public of them in sum.
  absl::Span<const Index> All(pb::EventType type) const;
  // Later versions of signals and reports, hidden ones too.
  absl::Span<const Index> ChangesOfInputs() const;
  // True while it sees the log as it was, see HeldTo.
  bool IsHeld() const { return end_ != std::numeric_limits<Index>::max(); }
  // Then: roots of signals and reports that were revised or retracted since, hidden or not,
  // ascending. Cells have them as they are now.
  std::vector<Index> InputsChangedSince() const;
  // The chain from its root on.
  std::vector<Index> Chain(Index index) const;
  // The version whose facts count: the latest of the root's own type.
  Index Latest(Index index) const;
  // Those that name any version of the chain, with that relation where one is given.
  std::vector<Index> Naming(Index root, pb::Relation relation = pb::RELATION_UNSPECIFIED) const;
  // By a Retraction: whatever else says so of somebody's words takes nothing back.
  bool Retracted(Index index) const;

  // What another hub says of a decision or a request of ours is shown, and moves nothing.
  bool MovesStateOf(Index one, Index by) const;

  // Whose words they are, as the latest version has it: the organisation recorded for, else the
  // author; empty for an individual.
  std::string ContributorOf(Index index) const;
  bool IsOfKind(absl::string_view organisation, pb::OrganisationKind kind) const;
  // Roots of signals and reports: of the cycle, as their latest version says; all where it is
  // empty.
  std::vector<Index> Inputs(absl::string_view cycle) const;
  // Of all, those that count for the organisation, or for what belongs to it.
  std::vector<Index> InputsBy(absl::string_view contributor) const;
  // The same by what counts of them, retracted ones left out: cells of the cycle (of all where it
  // is empty), and the inputs that are in none, because not everybody sees the same of them.
  CellList CellsOf(absl::string_view cycle) const;
  CellList CellsOf(absl::string_view cycle, absl::string_view topic) const;
  std::map<uint32_t, CellList> CellsByTopic(absl::string_view cycle) const;
  std::vector<Index> InputsByReader(absl::string_view cycle) const;
  // Roots of positions on inputs of the cycle, on whatever it is where it is empty; hidden ones and
  // those on inputs that were of the cycle once are among them.
  absl::Span<const Index> PositionsAbout(absl::string_view cycle) const;
  // Roots of which a version asked something of somebody.
  // With an organisation: only those by it or to it, or what it belongs to, or what belongs to it.
  std::vector<Index> Asking(absl::string_view with = "") const;

  // Reads the headers of all of these together, which is less work than reading each.
  void ReadHeaders(std::vector<Index> indexes) const;
  // The same of the words, for Body(), and of the headers where they are wanted too. Words that
  // were read so before are let go: of few at a time, see ReadStretch.
  enum class Ahead { kHeaders, kWords, kWordsAndHeaders };
  void ReadAhead(std::vector<Index> indexes, Ahead what = Ahead::kWordsAndHeaders) const;
  // The body; nullptr where it is erased.
  absl::StatusOr<std::unique_ptr<google::protobuf::Message>> Body(Index index) const;
  // Contacts and names; empty where they are erased or there are none.
  absl::StatusOr<pb::Personal> Personal(Index index) const;
  // One field of the body, `title`; empty where it is erased or there is none.
  absl::StatusOr<std::string> Words(Index index, const std::string& field) const;
  // The chain's root with its latest title.
  absl::StatusOr<pb::EventSummary> Summary(Index index) const;
  // This very version.
  absl::StatusOr<pb::EventSummary> SummaryOfVersion(Index index) const;

 private:
  struct Record {
    pb::EventHeader header;
    std::string digest;
  };

  Reading(Ledger* ledger, Caller caller);
  const Record& RecordOf(Index index) const;
  // From the log; nullopt where there is none.
  absl::StatusOr<std::optional<storage::StoredSection>> Content(Index index) const;
  absl::StatusOr<std::unique_ptr<google::protobuf::Message>> Parsed(
      Index index, const std::optional<storage::StoredSection>& content) const;
  bool IsOf(Index root, absl::string_view cycle) const;
  std::vector<const Cells::OfCycle*> OfCycle(absl::string_view cycle) const;
  void AddHeard(const CellRow& cells, CellList* heard) const;

  Ledger* const ledger_;
  const Caller caller_;
  mutable absl::Status status_;
  mutable absl::node_hash_map<Index, Record> records_;
  // Contents that were read ahead.
  mutable absl::flat_hash_map<Index, std::optional<storage::StoredSection>> ahead_;
  mutable std::vector<std::optional<bool>> may_;  // by voice
  mutable Index end_ = std::numeric_limits<Index>::max();
  friend class HeldTo;
};

// While it lives, a reading sees the log as it was once it had so many events. Cells are as they
// are now: whoever counts by them sets apart what has changed. Who is registered is as it is now.
class HeldTo {
 public:
  HeldTo(const Reading& reading, uint64_t sequence) : reading_(reading) {
    reading.end_ = static_cast<Index>(sequence);
  }
  ~HeldTo() { reading_.end_ = std::numeric_limits<Index>::max(); }
  HeldTo(const HeldTo&) = delete;
  HeldTo& operator=(const HeldTo&) = delete;

 private:
  const Reading& reading_;
};

// For whoever goes through `rows`: where a stretch of kReadAhead of them begins at `next`, all that
// `of(row)` says is read together, as it stands now.
template <typename Row, typename Of>
void ReadStretch(const Reading& reading, const std::vector<Row>& rows, size_t next, const Of& of,
                 Reading::Ahead what = Reading::Ahead::kWordsAndHeaders) {
  if (next % kReadAhead != 0) return;
  std::vector<Index> versions;
  for (size_t i = next; i < rows.size() && i < next + kReadAhead; ++i) {
    const Index index = of(rows[i]);
    for (Index version : {index, reading.RootOf(index), reading.Latest(index)}) {
      if (reading.May(version)) versions.push_back(version);
    }
  }
  reading.ReadAhead(std::move(versions), what);
}
inline Index Itself(Index index) { return index; }

// `fill(row)` for each row of the page, which adds it to `response`; a page also ends at 1 MiB.
// Returns the key after which the next page begins, empty at the end. `rows` are in order of their
// keys.
template <typename Row, typename Fill>
absl::StatusOr<std::string> TakePage(const std::vector<std::pair<std::string, Row>>& rows,
                                     const PageArguments& page,
                                     const google::protobuf::Message& response, const Fill& fill) {
  size_t taken = 0;
  const std::string* last = nullptr;
  for (const auto& [key, row] : rows) {
    if (key <= page.after && !page.after.empty()) continue;
    if (taken == page.size || response.ByteSizeLong() >= record::kMaxPageSizeBytes) return *last;
    if (absl::Status filled = fill(row); !filled.ok()) return filled;
    last = &key;
    ++taken;
  }
  return std::string();
}

// In the order of the log, and back.
std::string KeyOf(uint64_t sequence);
uint64_t SequenceOfKey(absl::string_view key);

absl::Status NotFound();

}  // namespace liaison::views

#endif  // LIAISON_SERVER_VIEWS_READING_H_
