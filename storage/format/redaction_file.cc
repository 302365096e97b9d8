#include "storage/format/redaction_file.h"

#include "absl/strings/str_cat.h"
#include "proto/record/hash.h"
#include "proto/record/macros.h"
#include "storage/base/coding.h"
#include "storage/format/stored.h"

namespace liaison::storage {
namespace {

constexpr absl::string_view kTitle = "igf.liaison/redaction/v1\n";
constexpr absl::string_view kRelayedTitle = "igf.liaison/redaction/v2\n";
static_assert(kTitle.size() == kRelayedTitle.size());
constexpr size_t kUuidSizeBytes = 16;

absl::Status Damaged() { return absl::DataLossError("the redaction is damaged"); }

}  // namespace

std::string EncodeRedactionFile(const KeptRedaction& redaction) {
  std::string bytes(redaction.evidence.empty() ? kTitle : kRelayedTitle);
  absl::StrAppend(&bytes, redaction.log_id.bytes());
  AppendU16(static_cast<uint16_t>(redaction.leaf.size()), &bytes);
  bytes.append(redaction.leaf);
  AppendU32(static_cast<uint32_t>(redaction.header.size()), &bytes);
  bytes.append(redaction.header);
  bytes.push_back(static_cast<char>(redaction.sections.size()));
  std::string row;
  for (const StoredSection& section : redaction.sections) {
    row.clear();
    AppendSectionRow(section, &row);
    AppendU16(section.kind, &bytes);
    AppendU32(static_cast<uint32_t>(row.size()), &bytes);
    bytes.append(row);
  }
  if (!redaction.evidence.empty()) {
    AppendU32(static_cast<uint32_t>(redaction.evidence.size()), &bytes);
    bytes.append(redaction.evidence);
  }
  const record::Hash check = record::Sha256Of(bytes);
  absl::StrAppend(&bytes, check.bytes());
  return bytes;
}

absl::StatusOr<KeptRedaction> DecodeRedactionFile(absl::string_view bytes) {
  if (bytes.size() < record::kHashSizeBytes) return Damaged();
  const absl::string_view content = bytes.substr(0, bytes.size() - record::kHashSizeBytes);
  if (record::Sha256Of(content).bytes() != bytes.substr(content.size())) return Damaged();
  ByteReader reader(content);
  KeptRedaction redaction;
  absl::string_view title;
  absl::string_view log_id;
  absl::string_view leaf;
  absl::string_view header;
  uint16_t leaf_size = 0;
  uint32_t header_size = 0;
  uint8_t sections = 0;
  if (!reader.ReadBytes(kTitle.size(), &title) || (title != kTitle && title != kRelayedTitle) ||
      !reader.ReadBytes(kUuidSizeBytes, &log_id) || !reader.ReadU16(&leaf_size) ||
      !reader.ReadBytes(leaf_size, &leaf) || !reader.ReadU32(&header_size) ||
      !reader.ReadBytes(header_size, &header) || !reader.ReadU8(&sections) ||
      sections > kMaxSections) {
    return Damaged();
  }
  redaction.log_id = record::Uuid::FromBytes(log_id);
  redaction.leaf = std::string(leaf);
  redaction.header = std::string(header);
  for (uint8_t i = 0; i < sections; ++i) {
    StoredSection& section = redaction.sections.emplace_back();
    uint32_t row_size = 0;
    absl::string_view row;
    if (!reader.ReadU16(&section.kind) || !reader.ReadU32(&row_size) ||
        !reader.ReadBytes(row_size, &row)) {
      return Damaged();
    }
    LIAISON_RETURN_IF_ERROR(ParseSectionRow(row, &section));
  }
  if (title == kRelayedTitle) {
    uint32_t evidence_size = 0;
    absl::string_view evidence;
    if (!reader.ReadU32(&evidence_size) || evidence_size == 0 ||
        !reader.ReadBytes(evidence_size, &evidence)) {
      return Damaged();
    }
    redaction.evidence = std::string(evidence);
  }
  if (!reader.rest().empty()) return Damaged();
  return redaction;
}

}  // namespace liaison::storage
