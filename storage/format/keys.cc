#include "storage/format/keys.h"

#include "absl/status/status.h"
#include "storage/base/coding.h"

namespace liaison::storage {

std::string IdentityKey(absl::string_view author, absl::string_view event_id) {
  std::string key;
  key.reserve(author.size() + 1 + event_id.size());
  key.append(author.data(), author.size());
  key.push_back('\0');
  key.append(event_id.data(), event_id.size());
  return key;
}

std::string ForeignKey(uint64_t sequence) { return NumberKey(sequence); }

absl::StatusOr<uint64_t> SequenceInForeignKey(absl::string_view key) {
  if (key.size() != sizeof(uint64_t)) return absl::DataLossError("a key that is no sequence");
  return LoadU64(key);
}

std::string NumberKey(uint64_t number) {
  std::string key;
  AppendU64(number, &key);
  return key;
}

std::string SectionKey(uint64_t sequence, uint16_t kind) {
  std::string key;
  AppendU64(sequence, &key);
  AppendU16(kind, &key);
  return key;
}

std::string TableKey(Table table, absl::string_view key) {
  std::string full(1, static_cast<char>(table));
  full.append(key.data(), key.size());
  return full;
}

std::string PrefixEnd(absl::string_view prefix) {
  std::string end(prefix);
  while (!end.empty() && static_cast<uint8_t>(end.back()) == 0xff) end.pop_back();
  if (!end.empty()) ++end.back();
  return end;
}

}  // namespace liaison::storage
