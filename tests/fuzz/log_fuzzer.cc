// Operations on the log in RocksDB, each held against the log in memory, with the log opened anew
// in between. One byte is an operation, the next ones its arguments.
#include <stdlib.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "proto/record/event_types.h"
#include "storage/rocks/open.h"
#include "tests/fuzz/fuzz.h"
#include "tests/simulation/disk.h"

namespace liaison {
namespace {

using storage::EventLog;
using storage::Group;
using storage::NewEvent;

constexpr int kMaxOperations = 60;
constexpr size_t kMaxEvents = 3000;
constexpr char kCycle[] = "2027";

class LogFuzzer {
 public:
  explicit LogFuzzer(fuzz::Input input) : input_(input), model_(&disk_, &fair_) {
    std::string pattern = (std::filesystem::temp_directory_path() / "liaison-fuzz-XXXXXX").string();
    FUZZ_CHECK(mkdtemp(pattern.data()) != nullptr);
    folder_ = pattern;
    Open();
  }
  ~LogFuzzer() {
    log_.reset();
    std::filesystem::remove_all(folder_);
  }

  void Run() {
    for (int i = 0; i < kMaxOperations && !input_.empty(); ++i) {
      const uint8_t operation = input_.Byte();
      switch (operation % 8) {
        case 0:
        case 1:
          Append(1 + input_.Byte() % 4);
          break;
        case 2:
          Append(1 + 4 * input_.Byte());  // so that blocks of the index come to their end
          break;
        case 3:
          Open();
          break;
        case 4:
          FUZZ_CHECK(log_->SyncHeadFile().ok());
          break;
        case 5:
          CompareEvents(input_.Byte());
          break;
        case 6:
          CompareLookups(input_.Byte());
          break;
        case 7:
          RefuseAppend();
          break;
      }
      CompareHeads();
    }
    Open();
    CompareHeads();
    CompareEvents(0);
    // So that each author, key and block has its turn.
    for (int name = 0; name < 256; name += 17) CompareLookups(static_cast<uint8_t>(name));
  }

 private:
  void Open() {
    log_.reset();
    storage::OpenOptions options;
    options.data_dir = folder_;
    options.block_cache_size_bytes = 1 << 20;
    auto log = storage::OpenEventLog(options);
    if (!log.ok()) std::fprintf(stderr, "%s\n", log.status().ToString().c_str());
    FUZZ_CHECK(log.ok());
    log_ = *std::move(log);
    if (opened_) FUZZ_CHECK(log_->log_id() == disk_.log_id);
    disk_.log_id = log_->log_id();
    opened_ = true;
  }

  // Few, so that they meet.
  static std::string Author(uint8_t name) { return absl::StrCat("org/", name % 16); }

  NewEvent Event(uint64_t sequence) {
    const uint8_t shape = input_.Byte();
    NewEvent event;
    event.leaf.sequence = sequence;
    event.leaf.hub_time_us = static_cast<int64_t>(sequence) * 1000;
    event.leaf.digest = record::Sha256Of(absl::StrCat("event ", sequence));
    record::pb::EventHeader header;
    header.set_author(Author(shape));
    header.set_event_id(absl::StrCat(sequence));
    if (shape % 3 == 0) header.set_cycle(kCycle);
    header.add_addressees(std::string(shape, 'h'));
    event.header = header.SerializeAsString();
    for (uint16_t kind = 1; kind <= shape % 4; ++kind) {
      event.sections.push_back(
          {kind, std::string(32, 's'), std::string(input_.Take(shape)), false});
    }
    event.identity = storage::IdentityKey(header.author(), header.event_id());
    event.terms = record::TermsOf(header);
    if (shape % 16 == 7) event.registry = record::RegistryLeafKind::kKey;
    return event;
  }

  void Append(size_t count) {
    uint64_t sequence = disk_.events.size();
    if (sequence + count > kMaxEvents) return;
    Group group;
    for (size_t i = 0; i < count; ++i) group.events.push_back(Event(++sequence));
    const uint8_t more = input_.Byte();
    if (more & 1) {
      group.rows.push_back(
          {storage::Table::kChain, std::string(1, 'a' + more % 8), std::string(input_.Take(3))});
    }
    if (more & 2) {
      group.rows.push_back({storage::Table::kChain, std::string(1, 'a' + more % 5), std::nullopt});
    }
    if (more & 4) {
      const uint64_t target = 1 + input_.Number() % sequence;
      const bool own = target > disk_.events.size();
      const size_t parts = own ? group.events[target - disk_.events.size() - 1].sections.size()
                               : disk_.events[target - 1].sections.size();
      if (parts > 0) group.erased.push_back({target, 1});
    }
    auto here = log_->Append(group);
    auto there = model_.Append(group);
    FUZZ_CHECK(here.ok() && there.ok());
    FUZZ_CHECK(here->leaf_hashes == there->leaf_hashes);
  }

  // What does not continue the log is refused, and nothing of it is seen.
  void RefuseAppend() {
    Group group;
    group.events.push_back(Event(disk_.events.size() + 2));
    FUZZ_CHECK(log_->Append(group).status().code() == absl::StatusCode::kFailedPrecondition);
  }

  void CompareHeads() {
    const storage::Head here = log_->head();
    const storage::Head there = disk_.head();
    FUZZ_CHECK(here.sequence == there.sequence && here.root == there.root);
    FUZZ_CHECK(here.registry_size == there.registry_size);
    FUZZ_CHECK(here.registry_root == there.registry_root && here.hub_time_us == there.hub_time_us);
    const uint64_t size = there.sequence / 2;
    FUZZ_CHECK(*log_->RootAt(size) == *model_.RootAt(size));
  }

  static bool Same(const storage::StoredSection& a, const storage::StoredSection& b) {
    return a.kind == b.kind && a.salt == b.salt && a.data == b.data && a.erased == b.erased;
  }

  void CompareEvents(uint64_t after) {
    uint64_t next = after;
    FUZZ_CHECK(log_->Scan(after,
                          [&](const EventLog::EventView& view) {
                            FUZZ_CHECK(view.sequence == ++next);
                            const storage::StoredEvent& event = disk_.events[next - 1];
                            FUZZ_CHECK(view.leaf == event.leaf && view.header == event.header);
                            FUZZ_CHECK(view.sections.size() == event.sections.size());
                            for (size_t i = 0; i < view.sections.size(); ++i) {
                              FUZZ_CHECK(Same(view.sections[i], event.sections[i]));
                            }
                            return true;
                          })
                   .ok());
    FUZZ_CHECK(next == std::max<uint64_t>(after, disk_.events.size()));
    auto read = log_->Read(after);
    FUZZ_CHECK(read.ok() == (after > 0 && after <= disk_.events.size()));
    if (read.ok()) FUZZ_CHECK(read->leaf == disk_.events[after - 1].leaf);
  }

  void CompareLookups(uint8_t name) {
    const uint64_t sequence = 1 + uint64_t{name} * (kMaxEvents / 256);
    // The author that the event has, and one that it may not have.
    std::vector<std::string> authors = {Author(name)};
    if (sequence <= disk_.events.size()) {
      record::pb::EventHeader header;
      FUZZ_CHECK(header.ParseFromString(disk_.events[sequence - 1].header));
      authors.push_back(header.author());
    }
    for (const std::string& author : authors) {
      const std::string identity = storage::IdentityKey(author, absl::StrCat(sequence));
      FUZZ_CHECK(*log_->FindByIdentity(identity) == *model_.FindByIdentity(identity));
    }
    const record::Hash digest = record::Sha256Of(absl::StrCat("event ", sequence));
    FUZZ_CHECK(*log_->FindByDigest(digest) == *model_.FindByDigest(digest));
    const int64_t time_us = static_cast<int64_t>(sequence) * 1000 - name % 2;
    FUZZ_CHECK(*log_->FirstAtOrAfter(time_us) == *model_.FirstAtOrAfter(time_us));
    FUZZ_CHECK(log_->indexed_through() == model_.indexed_through());
    for (const std::string& term : {record::Term(record::TermKind::kCycle, kCycle),
                                    record::Term(record::TermKind::kAuthor, Author(name))}) {
      FUZZ_CHECK(*log_->NextWithTerm(term, sequence - 1) ==
                 *model_.NextWithTerm(term, sequence - 1));
    }
    const std::string key(1, static_cast<char>('a' + name % 8));
    FUZZ_CHECK(*log_->GetRow(storage::Table::kChain, key) ==
               *model_.GetRow(storage::Table::kChain, key));
    auto here = log_->ListRows(storage::Table::kChain, "", key, 3);
    auto there = model_.ListRows(storage::Table::kChain, "", key, 3);
    FUZZ_CHECK(here->size() == there->size());
    for (size_t i = 0; i < here->size(); ++i) {
      FUZZ_CHECK((*here)[i].key == (*there)[i].key && (*here)[i].value == (*there)[i].value);
    }
    if (name < disk_.registry.size()) {
      FUZZ_CHECK(*log_->ReadRegistryLeaf(name) == disk_.registry[name]);
    }
  }

  fuzz::Input input_;
  simulation::QuietWorld fair_;
  simulation::Disk disk_;
  simulation::SimulatedLog model_;
  std::string folder_;
  std::unique_ptr<EventLog> log_;
  bool opened_ = false;
};

}  // namespace
}  // namespace liaison

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  liaison::LogFuzzer(liaison::fuzz::Input(data, size)).Run();
  return 0;
}
