#include "server/sequencer/rebuild.h"

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "proto/record/leaf.h"
#include "proto/record/macros.h"
#include "server/sequencer/row.h"

namespace liaison::sequencer {
namespace {

constexpr size_t kDirectoryPage = 1000;

}  // namespace

absl::StatusOr<domain::State> RebuildState(const storage::EventLog& log) {
  domain::State state;
  std::vector<uint64_t> sequences;
  const storage::Head head = log.head();
  for (uint64_t index = 0; index < head.registry_size; ++index) {
    LIAISON_ASSIGN_OR_RETURN(std::string bytes, log.ReadRegistryLeaf(index));
    LIAISON_ASSIGN_OR_RETURN(record::RegistryLeaf leaf, record::DecodeRegistryLeaf(bytes));
    sequences.push_back(leaf.sequence);
  }
  for (const domain::DirectoryKind kind :
       {domain::DirectoryKind::kRules, domain::DirectoryKind::kTopicScheme,
        domain::DirectoryKind::kCycle, domain::DirectoryKind::kAudience}) {
    std::string after;
    while (true) {
      LIAISON_ASSIGN_OR_RETURN(const std::vector<storage::EventLog::KeyValue> page,
                               log.ListRows(storage::Table::kDirectory,
                                            domain::DirectoryKey(kind, ""), after, kDirectoryPage));
      for (const auto& row : page) sequences.push_back(DecodeSequence(row.value));
      if (page.size() < kDirectoryPage) break;
      after = page.back().key;
    }
  }
  std::sort(sequences.begin(), sequences.end());
  for (uint64_t sequence : sequences) {
    LIAISON_ASSIGN_OR_RETURN(storage::StoredEvent event, log.Read(sequence));
    LIAISON_ASSIGN_OR_RETURN(record::Leaf leaf, record::DecodeLeaf(event.leaf));
    domain::pb::EventHeader header;
    if (!header.ParseFromString(event.header)) {
      return absl::DataLossError(absl::StrCat("the header of event ", sequence, " does not parse"));
    }
    domain::Apply(header, leaf, &state);
  }
  state.sequence = head.sequence;
  state.hub_time_us = head.hub_time_us;
  LIAISON_ASSIGN_OR_RETURN(const std::vector<storage::EventLog::KeyValue> relayed,
                           log.ListRows(storage::Table::kForeign, "", "", 1));
  state.has_relayed = !relayed.empty();
  return state;
}

}  // namespace liaison::sequencer
