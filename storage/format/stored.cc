#include "storage/format/stored.h"

#include "absl/strings/str_cat.h"
#include "proto/record/commitment.h"
#include "storage/base/coding.h"

namespace liaison::storage {
namespace {

constexpr uint8_t kPresent = 0x01;
constexpr uint8_t kErased = 0x02;
constexpr uint8_t kWithheld = 0x03;

}  // namespace

void AppendEventRow(absl::string_view leaf, absl::string_view header,
                    absl::Span<const StoredSection> sections, std::string* out) {
  out->push_back(static_cast<char>(kEventRowVersion));
  out->push_back(static_cast<char>(sections.size()));
  for (const StoredSection& section : sections) AppendU16(section.kind, out);
  AppendU16(static_cast<uint16_t>(leaf.size()), out);
  out->append(leaf.data(), leaf.size());
  out->append(header.data(), header.size());
}

absl::Status ParseEventRow(absl::string_view bytes, EventRow* row) {
  ByteReader reader(bytes);
  uint8_t version = 0;
  uint8_t sections = 0;
  if (!reader.ReadU8(&version) || !reader.ReadU8(&sections)) {
    return absl::DataLossError("event row is cut short");
  }
  if (version != kEventRowVersion) {
    return absl::DataLossError(absl::StrCat("event row has unknown version ", version));
  }
  if (sections > kMaxSections) {
    return absl::DataLossError(absl::StrCat("event row names ", sections, " sections"));
  }
  row->section_count = sections;
  for (size_t i = 0; i < sections; ++i) {
    if (!reader.ReadU16(&row->kinds[i])) return absl::DataLossError("event row is cut short");
    if (i > 0 && row->kinds[i] <= row->kinds[i - 1]) {
      return absl::DataLossError("event row names sections out of order");
    }
  }
  uint16_t leaf_size = 0;
  if (!reader.ReadU16(&leaf_size) || !reader.ReadBytes(leaf_size, &row->leaf)) {
    return absl::DataLossError("event row is cut short");
  }
  row->header = reader.rest();
  return absl::OkStatus();
}

void AppendSectionRow(const StoredSection& section, std::string* out) {
  if (section.erased || section.withheld) {
    out->push_back(static_cast<char>(section.erased ? kErased : kWithheld));
    return;
  }
  out->push_back(static_cast<char>(kPresent));
  out->append(section.salt);
  out->append(section.data);
}

absl::Status ParseSectionRow(absl::string_view bytes, StoredSection* section) {
  const uint8_t alone = bytes.size() == 1 ? static_cast<uint8_t>(bytes[0]) : 0;
  section->erased = alone == kErased;
  section->withheld = alone == kWithheld;
  if (section->erased || section->withheld) {
    section->salt.clear();
    section->data.clear();
    return absl::OkStatus();
  }
  ByteReader reader(bytes);
  uint8_t tag = 0;
  absl::string_view salt;
  if (!reader.ReadU8(&tag) || tag != kPresent || !reader.ReadBytes(record::kSaltSizeBytes, &salt)) {
    return absl::DataLossError("section row is neither a section, nor an erased or withheld one");
  }
  section->salt.assign(salt.data(), salt.size());
  section->data.assign(reader.rest().data(), reader.rest().size());
  return absl::OkStatus();
}

}  // namespace liaison::storage
