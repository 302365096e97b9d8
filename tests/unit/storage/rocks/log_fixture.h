// A small language for tests of the log: say events, append them, crash, erase, reopen, and compare
// with a model kept in memory.
#ifndef LIAISON_TESTS_UNIT_STORAGE_ROCKS_LOG_FIXTURE_H_
#define LIAISON_TESTS_UNIT_STORAGE_ROCKS_LOG_FIXTURE_H_

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rocksdb/env.h>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "storage/event_log.h"
#include "storage/rocks/open.h"

namespace liaison::storage {

// What a test says of an event; the rest is made up.
struct Said {
  std::string author = "org/fictional";
  std::vector<std::string> topics = {};
  std::string content = "fictional content";
  std::optional<std::string> personal = {};
  std::optional<record::RegistryLeafKind> registry = {};
};

class LogTest : public ::testing::Test {
 protected:
  LogTest();
  ~LogTest() override;

  // --- the life of the log ---------------------------------------------------------------------

  void Open();
  absl::Status TryOpen();
  void Close() { log_.reset(); }
  void Reopen();
  // Goes on with a copy of the folder taken while the log is open: what a kill leaves.
  void Crash();
  // As `log`, and everything under it; made when first asked for.
  std::string NewFolder();
  static void Copy(const std::string& from, const std::string& to);

  // --- saying things ---------------------------------------------------------------------------

  // An event that continues the model; it is not in the model before it is appended.
  NewEvent Say(const Said& said = {});
  // As many events in one group.
  static Group GroupOf(std::vector<NewEvent> events);
  Group SayMany(int count);

  // Each appends, and checks what is said in return against the model.
  void Append(const Group& group);
  void AppendMany(int count) { Append(SayMany(count)); }
  // A redaction event and the erasure, in one group.
  Group Erasure(uint64_t sequence, uint16_t kind);
  void Erase(uint64_t sequence, uint16_t kind);
  void PutRow(Table table, const std::string& key, const std::string& value);

  // --- comparing -------------------------------------------------------------------------------

  // Everything in the log is what the model has: events, sections, lookups, trees, registry.
  void ExpectAsTold() const;
  record::Hash ModelRoot(uint64_t size) const;
  std::vector<uint64_t> Sequences(uint64_t after = 0) const;

  OpenOptions options_;
  rocksdb::Env* env_ = rocksdb::Env::Default();
  std::unique_ptr<LogOnDisk> log_;

  // The model.
  struct Told {
    StoredEvent event;
    std::string identity;
    record::Hash digest;
    record::Hash leaf_hash;
    std::vector<std::string> terms;
  };
  std::vector<Told> told_;
  std::vector<std::string> registry_;
  int64_t now_us_ = 1'790'000'000'000'000;
  int64_t step_us_ = 1000;  // between events

 private:
  void Remember(const Group& group);

  std::string base_;
  int folders_ = 0;
  uint64_t events_said_ = 0;
  uint64_t said_ahead_ = 0;  // said and not appended
};

// For matching a status by its code and a part of its message.
MATCHER_P2(Refuses, code, part, "") {
  *result_listener << arg.ToString();
  return arg.code() == code && absl::StrContains(arg.message(), part);
}

}  // namespace liaison::storage

#endif  // LIAISON_TESTS_UNIT_STORAGE_ROCKS_LOG_FIXTURE_H_
