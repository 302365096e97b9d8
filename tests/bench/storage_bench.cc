// How fast the log takes and gives events: one JSON object per measurement on standard output.
//
//   storage_bench [FOLDER [EVENTS]]
//
// Appends EVENTS events of 1 KiB in groups of 64, each group fsynced, then scans them. `cpu`
// figures count the calling thread's own time and leave the waiting for the disk out; the folder is
// made anew and removed.
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "igf/liaison/v1/event.pb.h"
#include "proto/record/event_types.h"
#include "proto/record/pae.h"
#include "storage/rocks/open.h"

namespace liaison::storage {
namespace {

namespace pb = record::pb;

constexpr size_t kEventSizeBytes = 1024;  // header and content
constexpr int kGroupSize = 64;

double Seconds(clockid_t clock) {
  timespec now;
  clock_gettime(clock, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

// Wall time, and CPU time of this thread and of all.
class Stopwatch {
 public:
  double wall() const { return Seconds(CLOCK_MONOTONIC) - wall_; }
  double thread_cpu() const { return Seconds(CLOCK_THREAD_CPUTIME_ID) - thread_; }
  double process_cpu() const { return Seconds(CLOCK_PROCESS_CPUTIME_ID) - process_; }

 private:
  double wall_ = Seconds(CLOCK_MONOTONIC);
  double thread_ = Seconds(CLOCK_THREAD_CPUTIME_ID);
  double process_ = Seconds(CLOCK_PROCESS_CPUTIME_ID);
};

void Print(absl::string_view what, uint64_t events, const Stopwatch& watch) {
  const double count = static_cast<double>(events);
  absl::PrintF(
      "{\"bench\":\"%s\",\"events\":%d,\"per_second\":%.0f,\"per_second_of_cpu\":%.0f,"
      "\"per_second_of_cpu_all_threads\":%.0f}\n",
      what, events, count / watch.wall(), count / watch.thread_cpu(), count / watch.process_cpu());
  std::fflush(stdout);
}

// Text that compresses as text does.
std::string Words(std::mt19937_64* random, size_t size_bytes) {
  static const std::vector<std::string>* const dictionary = [] {
    auto* words = new std::vector<std::string>;
    std::mt19937 letters(7);
    for (int i = 0; i < 5000; ++i) {
      std::string word;
      for (size_t length = 2 + letters() % 9; word.size() < length;) {
        word.push_back(static_cast<char>('a' + letters() % 26));
      }
      words->push_back(word);
    }
    return words;
  }();
  std::string text;
  while (text.size() < size_bytes) {
    absl::StrAppend(&text, (*dictionary)[(*random)() % dictionary->size()], " ");
  }
  text.resize(size_bytes);
  return text;
}

// Events made before the clock runs: building headers and terms is admission's work.
std::vector<Group> MakeGroups(uint64_t first, uint64_t events, std::mt19937_64* random) {
  std::vector<Group> groups;
  for (uint64_t sequence = first; sequence < first + events; ++sequence) {
    if (groups.empty() || groups.back().events.size() == kGroupSize) groups.emplace_back();
    pb::EventHeader header;
    header.set_author(absl::StrCat("org/fictional-", (*random)() % 200));
    header.set_event_id(
        absl::StrFormat("%08x-0000-4000-8000-%012x", static_cast<uint32_t>((*random)()), sequence));
    header.set_type(pb::EVENT_TYPE_TOPIC_SIGNAL);
    header.add_topics(absl::StrCat("igf-2027:t", (*random)() % 20, ".s", (*random)() % 5));
    header.set_audience("igf/public");
    header.set_cycle("2027");
    header.set_language("en");
    auto* commitment = header.add_commitments();
    commitment->set_kind(pb::SECTION_KIND_CONTENT);
    commitment->set_commitment(std::string(32, 'c'));
    NewEvent& event = groups.back().events.emplace_back();
    event.header = header.SerializeAsString();
    event.leaf.sequence = sequence;
    event.leaf.hub_time_us = static_cast<int64_t>(sequence);
    event.leaf.digest = record::EventDigest(event.header);
    std::string salt;
    while (salt.size() < 32) salt.push_back(static_cast<char>((*random)()));
    event.sections.push_back(
        {1, salt, Words(random, kEventSizeBytes - event.header.size()), false});
    event.identity = IdentityKey(header.author(), header.event_id());
    event.terms = record::TermsOf(header);
  }
  return groups;
}

void Fail(const absl::Status& status) {
  absl::FPrintF(stderr, "storage_bench: %s\n", status.ToString());
  std::exit(1);
}

void BenchAppend(EventLog* log, uint64_t events) {
  std::mt19937_64 random(1);
  // In slices, so that the events waiting do not fill the memory; the clocks' sums are of the
  // appends alone.
  constexpr uint64_t kSlice = 64 * 500;
  double wall = 0, thread_cpu = 0, process_cpu = 0;
  for (uint64_t first = 1; first <= events; first += kSlice) {
    const std::vector<Group> groups =
        MakeGroups(first, std::min(kSlice, events + 1 - first), &random);
    const Stopwatch watch;
    for (const Group& group : groups) {
      if (auto committed = log->Append(group); !committed.ok()) Fail(committed.status());
    }
    wall += watch.wall();
    thread_cpu += watch.thread_cpu();
    process_cpu += watch.process_cpu();
  }
  const double count = static_cast<double>(events);
  absl::PrintF(
      "{\"bench\":\"append, groups of %d, fsync each\",\"events\":%d,\"per_second\":%.0f,"
      "\"per_second_of_cpu\":%.0f,\"per_second_of_cpu_all_threads\":%.0f}\n",
      kGroupSize, events, count / wall, count / thread_cpu, count / process_cpu);
  std::fflush(stdout);
}

void BenchScan(const EventLog& log, absl::string_view what) {
  for (int round = 0; round < 3; ++round) {  // the first warms
    const Stopwatch watch;
    uint64_t events = 0;
    uint64_t size_bytes = 0;
    const absl::Status status = log.Scan(0, [&](const EventLog::EventView& event) {
      ++events;
      size_bytes += event.leaf.size() + event.header.size() + event.sections[0].data.size();
      return true;
    });
    if (!status.ok()) Fail(status);
    if (round > 0) Print(what, events, watch);
  }
}

// As a subscriber that catches up does: 32 events at a time.
void BenchShortScans(const EventLog& log) {
  const Stopwatch watch;
  const uint64_t head = log.head().sequence;
  for (uint64_t after = 0; after < head;) {
    const uint64_t until = after + 32;
    const absl::Status status = log.Scan(after, [&](const EventLog::EventView& event) {
      after = event.sequence;
      return after < until;
    });
    if (!status.ok()) Fail(status);
  }
  Print("scan, 32 at a time", head, watch);
}

void BenchReads(const EventLog& log) {
  std::mt19937_64 random(3);
  constexpr uint64_t kReads = 100'000;
  const uint64_t head = log.head().sequence;
  {
    const Stopwatch watch;
    for (uint64_t i = 0; i < kReads; ++i) {
      if (auto event = log.Read(1 + random() % head); !event.ok()) Fail(event.status());
    }
    Print("read at random", kReads, watch);
  }
  const Stopwatch watch;
  for (uint64_t i = 0; i < kReads; ++i) {
    const std::string identity = IdentityKey("org/fictional", absl::StrCat("unknown-", random()));
    if (auto found = log.FindByIdentity(identity); !found.ok()) Fail(found.status());
  }
  Print("find an identity that is not there", kReads, watch);
}

int Main(int argc, char** argv) {
  OpenOptions options;
  options.data_dir = argc > 1 ? argv[1] : absl::StrCat("/tmp/storage_bench.", getpid());
  const uint64_t events = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 500'000;
  if (std::filesystem::exists(options.data_dir)) {
    absl::FPrintF(stderr, "storage_bench: %s is there already\n", options.data_dir);
    return 2;
  }
  auto log = OpenEventLog(options);
  if (!log.ok()) Fail(log.status());
  BenchAppend(log->get(), events);
  BenchScan(**log, "scan");
  log->reset();
  const Stopwatch watch;
  log = OpenEventLog(options);
  if (!log.ok()) Fail(log.status());
  absl::PrintF("{\"bench\":\"open\",\"ms\":%.1f}\n", watch.wall() * 1000);
  BenchScan(**log, "scan after reopening");
  BenchShortScans(**log);
  BenchReads(**log);
  log->reset();
  std::filesystem::remove_all(options.data_dir);
  return 0;
}

}  // namespace
}  // namespace liaison::storage

int main(int argc, char** argv) { return liaison::storage::Main(argc, argv); }
