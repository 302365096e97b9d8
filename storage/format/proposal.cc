#include "storage/format/proposal.h"

#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "proto/record/commitment.h"
#include "proto/record/macros.h"
#include "proto/record/signature.h"
#include "storage/base/coding.h"
#include "storage/format/stored.h"

namespace liaison::storage {
namespace {

constexpr uint8_t kAtomic = 0x01;

// Bytes around the headers and sections themselves, at most.
constexpr size_t kFixedSizeBytes = 1 + 16 + 8 + 8 + 8 + 1 + 2 + 2;
constexpr size_t kCheckSizeBytes = record::kHashSizeBytes + 1 + record::kHashSizeBytes;
constexpr size_t kSectionOverheadBytes = 2 + record::kSaltSizeBytes + 4;
constexpr size_t kItemOverheadBytes =
    4 + 1 + record::kSignatureSizeBytes + 1 + kMaxSections * kSectionOverheadBytes;
static_assert(kFixedSizeBytes + record::kMaxChecks * kCheckSizeBytes +
                      record::kMaxBatchItems * kItemOverheadBytes + record::kMaxBatchSizeBytes <=
                  kMaxProposalSizeBytes,
              "a batch of full size fits a proposal");

// What is wrong with the proposal; empty where nothing is. Who encodes and who decodes judge by the
// same rules, so that nothing enters a stream that the others refuse.
std::string WrongWithItem(const ProposedItem& item) {
  if (item.header.empty()) return "an item has no header";
  if (item.header.size() > record::kMaxHeaderSizeBytes) return "a header is too large";
  if (!item.signature.empty() && item.signature.size() != record::kSignatureSizeBytes) {
    return "a signature has a wrong size";
  }
  if (item.sections.size() > kMaxSections) return "an item has too many sections";
  size_t size_bytes = item.header.size();
  for (size_t i = 0; i < item.sections.size(); ++i) {
    const ProposedSection& section = item.sections[i];
    if (section.salt.size() != record::kSaltSizeBytes) return "a salt has a wrong size";
    if (i > 0 && section.kind <= item.sections[i - 1].kind) return "sections are out of order";
    size_bytes += section.data.size();
  }
  if (size_bytes > record::kMaxEventSizeBytes) return "an item is too large";
  return "";
}

std::string WrongWith(const Proposal& proposal) {
  if (proposal.hub_time_us < 0) return "the hub time is negative";
  if (proposal.checks.size() > record::kMaxChecks) return "there are too many checks";
  if (proposal.items.empty()) return "there are no items";
  if (proposal.items.size() > record::kMaxBatchItems) return "there are too many items";
  size_t size_bytes = 0;
  for (const ProposedItem& item : proposal.items) {
    if (std::string wrong = WrongWithItem(item); !wrong.empty()) return wrong;
    size_bytes += item.header.size();
    for (const ProposedSection& section : item.sections) size_bytes += section.data.size();
  }
  if (size_bytes > record::kMaxBatchSizeBytes) return "the batch is too large";
  return "";
}

void AppendItem(const ProposedItem& item, std::string* out) {
  AppendU32(static_cast<uint32_t>(item.header.size()), out);
  out->append(item.header);
  out->push_back(static_cast<char>(item.signature.size()));
  out->append(item.signature);
  out->push_back(static_cast<char>(item.sections.size()));
  for (const ProposedSection& section : item.sections) {
    AppendU16(section.kind, out);
    out->append(section.salt);
    AppendU32(static_cast<uint32_t>(section.data.size()), out);
    out->append(section.data);
  }
}

// The readers below return false where the bytes end too early or are out of bounds.

bool ReadString(ByteReader* reader, size_t size, std::string* value) {
  absl::string_view bytes;
  if (!reader->ReadBytes(size, &bytes)) return false;
  value->assign(bytes.data(), bytes.size());
  return true;
}

bool ReadHash(ByteReader* reader, record::Hash* hash) {
  absl::string_view bytes;
  if (!reader->ReadBytes(record::kHashSizeBytes, &bytes)) return false;
  *hash = record::Hash::FromBytes(bytes);
  return true;
}

bool ReadCheck(ByteReader* reader, ProposedCheck* check) {
  uint8_t has_latest = 0;
  if (!ReadHash(reader, &check->root) || !reader->ReadU8(&has_latest)) return false;
  if (has_latest == 0) return true;
  return has_latest == 1 && ReadHash(reader, &check->latest.emplace());
}

bool ReadSection(ByteReader* reader, ProposedSection* section) {
  uint32_t size = 0;
  return reader->ReadU16(&section->kind) &&
         ReadString(reader, record::kSaltSizeBytes, &section->salt) && reader->ReadU32(&size) &&
         ReadString(reader, size, &section->data);
}

bool ReadItem(ByteReader* reader, ProposedItem* item) {
  uint32_t header_size = 0;
  uint8_t signature_size = 0;
  uint8_t sections = 0;
  if (!reader->ReadU32(&header_size) || !ReadString(reader, header_size, &item->header) ||
      !reader->ReadU8(&signature_size) || !ReadString(reader, signature_size, &item->signature) ||
      !reader->ReadU8(&sections) || sections > kMaxSections) {
    return false;
  }
  item->sections.resize(sections);
  for (ProposedSection& section : item->sections) {
    if (!ReadSection(reader, &section)) return false;
  }
  return true;
}

bool ReadFixed(ByteReader* reader, Proposal* proposal) {
  absl::string_view node;
  uint64_t hub_time_us = 0;
  uint8_t flags = 0;
  if (!reader->ReadBytes(16, &node) || !reader->ReadU64(&proposal->id.boot) ||
      !reader->ReadU64(&proposal->id.counter) || !reader->ReadU64(&hub_time_us) ||
      !reader->ReadU8(&flags) || (flags & ~kAtomic) != 0) {
    return false;
  }
  proposal->id.node = record::Uuid::FromBytes(node);
  proposal->hub_time_us = static_cast<int64_t>(hub_time_us);
  proposal->atomic = (flags & kAtomic) != 0;
  return true;
}

// Counts are checked against their limits before anything is sized by them.
bool ReadLists(ByteReader* reader, Proposal* proposal) {
  uint16_t checks = 0;
  if (!reader->ReadU16(&checks) || checks > record::kMaxChecks) return false;
  proposal->checks.resize(checks);
  for (ProposedCheck& check : proposal->checks) {
    if (!ReadCheck(reader, &check)) return false;
  }
  uint16_t items = 0;
  if (!reader->ReadU16(&items) || items > record::kMaxBatchItems) return false;
  proposal->items.resize(items);
  for (ProposedItem& item : proposal->items) {
    if (!ReadItem(reader, &item)) return false;
  }
  return true;
}

}  // namespace

absl::StatusOr<std::string> EncodeProposal(const Proposal& proposal) {
  if (std::string wrong = WrongWith(proposal); !wrong.empty()) {
    return absl::InvalidArgumentError(absl::StrCat("cannot encode the proposal: ", wrong));
  }
  std::string bytes;
  bytes.push_back(static_cast<char>(kProposalVersion));
  bytes.append(proposal.id.node.bytes().data(), proposal.id.node.bytes().size());
  AppendU64(proposal.id.boot, &bytes);
  AppendU64(proposal.id.counter, &bytes);
  AppendU64(static_cast<uint64_t>(proposal.hub_time_us), &bytes);
  bytes.push_back(static_cast<char>(proposal.atomic ? kAtomic : 0));
  AppendU16(static_cast<uint16_t>(proposal.checks.size()), &bytes);
  for (const ProposedCheck& check : proposal.checks) {
    bytes.append(check.root.bytes().data(), record::kHashSizeBytes);
    bytes.push_back(check.latest.has_value() ? 1 : 0);
    if (check.latest) bytes.append(check.latest->bytes().data(), record::kHashSizeBytes);
  }
  AppendU16(static_cast<uint16_t>(proposal.items.size()), &bytes);
  for (const ProposedItem& item : proposal.items) AppendItem(item, &bytes);
  return bytes;
}

absl::StatusOr<Proposal> DecodeProposal(absl::string_view bytes) {
  if (bytes.size() > kMaxProposalSizeBytes) {
    return absl::DataLossError(absl::StrCat("a proposal of ", bytes.size(), " bytes is too large"));
  }
  ByteReader reader(bytes);
  uint8_t version = 0;
  if (!reader.ReadU8(&version)) return absl::DataLossError("the proposal is empty");
  if (version != kProposalVersion) {
    return absl::DataLossError(absl::StrCat("the proposal has unknown version ", version));
  }
  Proposal proposal;
  if (!ReadFixed(&reader, &proposal) || !ReadLists(&reader, &proposal)) {
    return absl::DataLossError("the proposal is cut short, or a field of it is out of bounds");
  }
  if (!reader.rest().empty()) return absl::DataLossError("bytes follow the proposal");
  if (std::string wrong = WrongWith(proposal); !wrong.empty()) {
    return absl::DataLossError(absl::StrCat("the proposal is damaged: ", wrong));
  }
  return proposal;
}

}  // namespace liaison::storage
