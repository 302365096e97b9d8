#include "tests/unit/storage/rocks/log_fixture.h"

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <map>
#include <system_error>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/clock.h"
#include "proto/record/commitment.h"
#include "proto/record/event_types.h"
#include "proto/record/pae.h"
#include "proto/record/proof.h"
#include "storage/rocks/rocks_event_log.h"

namespace liaison::storage {
namespace {

namespace fs = std::filesystem;
namespace pb = record::pb;

pb::EventHeader HeaderOf(const Said& said, uint64_t number) {
  pb::EventHeader header;
  header.set_author(said.author);
  header.set_event_id(absl::StrFormat("00000000-0000-4000-8000-%012x", number));
  header.set_type(pb::EVENT_TYPE_TOPIC_SIGNAL);
  header.set_audience("igf/public");
  for (const std::string& topic : said.topics) header.add_topics(topic);
  return header;
}

StoredSection SectionOf(pb::SectionKind kind, std::string data, uint64_t number) {
  return {static_cast<uint16_t>(kind), absl::StrFormat("%032d", number), std::move(data), false};
}

// As an author commits: the header binds the sections.
void Commit(pb::EventHeader* header, NewEvent* event) {
  header->clear_commitments();
  for (const StoredSection& section : event->sections) {
    auto* commitment = header->add_commitments();
    commitment->set_kind(static_cast<pb::SectionKind>(section.kind));
    commitment->set_commitment(
        std::string(record::Commitment(section.kind, section.salt, section.data).bytes()));
  }
  event->header = header->SerializeAsString();
  event->leaf.digest = record::EventDigest(event->header);
  event->terms = record::TermsOf(*header);
}

// Every file below the folder with its size.
std::map<std::string, uintmax_t> SizesOf(const std::string& folder) {
  std::map<std::string, uintmax_t> sizes;
  std::error_code gone;  // a file may go while one looks
  for (const auto& entry : fs::recursive_directory_iterator(folder, gone)) {
    if (!entry.is_regular_file(gone)) continue;
    sizes[fs::relative(entry.path(), folder, gone).string()] = entry.file_size(gone);
  }
  return sizes;
}

}  // namespace

LogTest::LogTest() {
  // In memory where that can be: what these tests sync need not survive the machine.
  std::string pattern = absl::StrCat(
      access("/dev/shm", W_OK) == 0 ? "/dev/shm" : ::testing::TempDir(), "/log.XXXXXX");
  base_ = mkdtemp(pattern.data());
  options_.data_dir = NewFolder();
  options_.block_cache_size_bytes = 1 << 20;
  options_.write_buffer_size_bytes = 1 << 20;
  options_.reserve_size_bytes = 1 << 20;  // where memory stands for a disk there is little of it
}

LogTest::~LogTest() {
  log_.reset();
  fs::remove_all(base_);
}

std::string LogTest::NewFolder() { return absl::StrCat(base_, "/", ++folders_); }

// What lies on disk at one instant. Copying takes longer than that, so a copy counts only if
// RocksDB's background work has left every file alone meanwhile.
void LogTest::Copy(const std::string& from, const std::string& to) {
  for (int attempt = 0; attempt < 200; ++attempt) {
    const auto before = SizesOf(from);
    absl::SleepFor(absl::Milliseconds(attempt == 0 ? 5 : 50));
    fs::remove_all(to);
    std::error_code changed;
    fs::copy(from, to, fs::copy_options::recursive, changed);
    if (!changed && SizesOf(from) == before && SizesOf(to) == before) return;
  }
  ADD_FAILURE() << from << " does not come to rest";
}

absl::Status LogTest::TryOpen() {
  absl::StatusOr<std::unique_ptr<LogOnDisk>> log = RocksEventLog::Open(options_, env_);
  if (log.ok()) log_ = *std::move(log);
  return log.status();
}

void LogTest::Open() {
  said_ahead_ = 0;  // what was said to a log that is gone is forgotten
  const absl::Status opened = TryOpen();
  if (opened.ok()) return;
  ADD_FAILURE() << opened;
  std::abort();  // there is nothing a test could go on with
}

void LogTest::Reopen() {
  Close();
  Open();
}

void LogTest::Crash() {
  const std::string copy = NewFolder();
  Copy(options_.data_dir, copy);
  Close();
  options_.data_dir = copy;
  Open();
}

NewEvent LogTest::Say(const Said& said) {
  const uint64_t number = ++events_said_;
  pb::EventHeader header = HeaderOf(said, number);
  NewEvent event;
  event.leaf.sequence = told_.size() + ++said_ahead_;
  event.leaf.hub_time_us = now_us_ += step_us_;
  event.sections.push_back(SectionOf(pb::SECTION_KIND_CONTENT, said.content, number));
  if (said.personal) {
    event.sections.push_back(SectionOf(pb::SECTION_KIND_PERSONAL, *said.personal, number));
  }
  event.identity = IdentityKey(header.author(), header.event_id());
  Commit(&header, &event);
  event.registry = said.registry;
  return event;
}

Group LogTest::GroupOf(std::vector<NewEvent> events) {
  Group group;
  group.events = std::move(events);
  return group;
}

Group LogTest::SayMany(int count) {
  Group group;
  for (int i = 0; i < count; ++i) group.events.push_back(Say());
  return group;
}

void LogTest::Remember(const Group& group) {
  for (const NewEvent& event : group.events) {
    Told told;
    told.event = {event.leaf.sequence, record::EncodeLeaf(event.leaf), event.header,
                  event.sections};
    told.identity = event.identity;
    told.digest = event.leaf.digest;
    told.leaf_hash = record::LeafHash(told.event.leaf);
    told.terms = event.terms;
    told_.push_back(told);
    if (!event.registry) continue;
    record::RegistryLeaf leaf{*event.registry,   registry_.size(),    event.leaf.sequence,
                              event.leaf.digest, event.leaf.key_hash, event.leaf.signature};
    registry_.push_back(record::EncodeRegistryLeaf(leaf));
  }
  for (const ErasedSection& erased : group.erased) {
    for (StoredSection& section : told_[erased.sequence - 1].event.sections) {
      if (section.kind == erased.kind) section = {erased.kind, "", "", true};
    }
  }
  said_ahead_ = 0;
}

void LogTest::Append(const Group& group) {
  const absl::StatusOr<Committed> committed = log_->Append(group);
  ASSERT_TRUE(committed.ok()) << committed.status();
  Remember(group);
  EXPECT_EQ(committed->head.sequence, told_.size());
  EXPECT_EQ(log_->head().sequence, told_.size());
  EXPECT_EQ(committed->head.registry_size, registry_.size());
  ASSERT_EQ(committed->leaf_hashes.size(), group.events.size());
  for (size_t i = 0; i < group.events.size(); ++i) {
    EXPECT_EQ(committed->leaf_hashes[i], told_[told_.size() - group.events.size() + i].leaf_hash);
  }
}

Group LogTest::Erasure(uint64_t sequence, uint16_t kind) {
  NewEvent redaction = Say();
  pb::EventHeader header;
  EXPECT_TRUE(header.ParseFromString(redaction.header));
  header.set_type(pb::EVENT_TYPE_REDACTION);
  header.mutable_redaction()->set_target_digest(std::string(told_[sequence - 1].digest.bytes()));
  header.mutable_redaction()->set_section(static_cast<pb::SectionKind>(kind));
  Commit(&header, &redaction);
  redaction.leaf.kind = record::LeafKind::kRedaction;
  redaction.leaf.redaction = record::RedactedSection{sequence, kind, 1};
  Group group = GroupOf({redaction});
  group.erased.push_back({sequence, kind});
  return group;
}

void LogTest::Erase(uint64_t sequence, uint16_t kind) { Append(Erasure(sequence, kind)); }

void LogTest::PutRow(Table table, const std::string& key, const std::string& value) {
  Group group;
  group.rows.push_back({table, key, value});
  Append(group);
}

record::Hash LogTest::ModelRoot(uint64_t size) const {
  std::vector<record::Hash> hashes;
  for (uint64_t i = 0; i < size; ++i) hashes.push_back(told_[i].leaf_hash);
  return record::RootOf(hashes);
}

std::vector<uint64_t> LogTest::Sequences(uint64_t after) const {
  std::vector<uint64_t> sequences;
  const absl::Status scanned = log_->Scan(after, [&](const EventLog::EventView& event) {
    sequences.push_back(event.sequence);
    return true;
  });
  EXPECT_TRUE(scanned.ok()) << scanned;
  return sequences;
}

namespace {

void ExpectSame(absl::Span<const StoredSection> found, const std::vector<StoredSection>& expected) {
  ASSERT_EQ(found.size(), expected.size());
  for (size_t i = 0; i < found.size(); ++i) {
    EXPECT_EQ(found[i].kind, expected[i].kind);
    EXPECT_EQ(found[i].salt, expected[i].salt);
    EXPECT_EQ(found[i].data, expected[i].data);
    EXPECT_EQ(found[i].erased, expected[i].erased);
  }
}

}  // namespace

void LogTest::ExpectAsTold() const {
  const Head head = log_->head();
  ASSERT_EQ(head.sequence, told_.size());
  EXPECT_EQ(head.root, ModelRoot(told_.size()));
  size_t next = 0;
  const absl::Status scanned = log_->Scan(0, [&](const EventLog::EventView& event) {
    const StoredEvent& expected = told_[next++].event;
    EXPECT_EQ(event.sequence, expected.sequence);
    EXPECT_EQ(event.leaf, expected.leaf);
    EXPECT_EQ(event.header, expected.header);
    ExpectSame(event.sections, expected.sections);
    return true;
  });
  EXPECT_TRUE(scanned.ok()) << scanned;
  EXPECT_EQ(next, told_.size());
  for (const Told& told : told_) {
    const absl::StatusOr<StoredEvent> event = log_->Read(told.event.sequence);
    ASSERT_TRUE(event.ok()) << event.status();
    EXPECT_EQ(event->sequence, told.event.sequence);
    EXPECT_EQ(event->leaf, told.event.leaf);
    EXPECT_EQ(event->header, told.event.header);
    ExpectSame(event->sections, told.event.sections);
    EXPECT_EQ(log_->FindByIdentity(told.identity).value(), told.event.sequence);
    EXPECT_EQ(log_->FindByDigest(told.digest).value(), told.event.sequence);
  }
  std::vector<record::Hash> registry;
  for (size_t i = 0; i < registry_.size(); ++i) {
    EXPECT_EQ(log_->ReadRegistryLeaf(i).value(), registry_[i]);
    registry.push_back(record::LeafHash(registry_[i]));
  }
  EXPECT_EQ(head.registry_size, registry_.size());
  EXPECT_EQ(head.registry_root, record::RootOf(registry));
}

}  // namespace liaison::storage
