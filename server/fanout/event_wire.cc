#include "server/fanout/event_wire.h"

#include "igf/liaison/v1/event.pb.h"
#include "proto/record/macros.h"

namespace liaison::fanout {
namespace {

using Event = igf::liaison::v1::Event;
using Relayed = igf::liaison::v1::Relayed;
using Section = igf::liaison::v1::Section;

constexpr uint64_t kMicrosPerSecond = 1'000'000;
constexpr int kEventsField = 1;  // of Events and ListEventsResponse

uint32_t VarintTag(int field) { return static_cast<uint32_t>(field) << 3; }
uint32_t BytesTag(int field) { return static_cast<uint32_t>(field) << 3 | 2; }

size_t VarintSize(uint64_t value) {
  size_t size = 1;
  while (value >= 0x80) {
    value >>= 7;
    ++size;
  }
  return size;
}

// All field numbers here are below 16: a tag is one byte.
size_t VarintFieldSize(uint64_t value) { return value == 0 ? 0 : 1 + VarintSize(value); }
size_t BytesFieldSize(size_t size) { return size == 0 ? 0 : 1 + VarintSize(size) + size; }

void AppendVarintField(int field, uint64_t value, std::string* out) {
  if (value == 0) return;
  AppendVarint(VarintTag(field), out);
  AppendVarint(value, out);
}

void AppendBytesField(int field, absl::string_view bytes, std::string* out) {
  if (bytes.empty()) return;
  AppendVarint(BytesTag(field), out);
  AppendVarint(bytes.size(), out);
  out->append(bytes.data(), bytes.size());
}

uint64_t StatusOf(const storage::StoredSection& section) {
  if (section.withheld) return igf::liaison::v1::SECTION_STATUS_WITHHELD;
  return section.erased ? igf::liaison::v1::SECTION_STATUS_ERASED
                        : igf::liaison::v1::SECTION_STATUS_PRESENT;
}

size_t SectionSize(const storage::StoredSection& section) {
  return VarintFieldSize(section.kind) + BytesFieldSize(section.salt.size()) +
         BytesFieldSize(section.data.size()) + VarintFieldSize(StatusOf(section));
}

}  // namespace

void AppendVarint(uint64_t value, std::string* out) {
  while (value >= 0x80) {
    out->push_back(static_cast<char>(value | 0x80));
    value >>= 7;
  }
  out->push_back(static_cast<char>(value));
}

absl::Status AppendEventField(absl::string_view leaf_bytes, absl::string_view header,
                              absl::Span<const storage::StoredSection> sections, std::string* out,
                              size_t* header_offset, absl::string_view origin) {
  LIAISON_ASSIGN_OR_RETURN(record::Leaf leaf, record::DecodeLeaf(leaf_bytes));
  const uint64_t seconds = static_cast<uint64_t>(leaf.hub_time_us) / kMicrosPerSecond;
  const uint64_t nanos = static_cast<uint64_t>(leaf.hub_time_us) % kMicrosPerSecond * 1000;
  const size_t time_size = VarintFieldSize(seconds) + VarintFieldSize(nanos);

  size_t size = VarintFieldSize(leaf.sequence) + 2 + time_size + BytesFieldSize(header.size()) +
                BytesFieldSize(leaf_bytes.size()) + BytesFieldSize(record::kHashSizeBytes) +
                (leaf.attested() ? 2 : 0);
  for (const storage::StoredSection& section : sections) {
    const size_t section_size = SectionSize(section);
    size += 1 + VarintSize(section_size) + section_size;
  }
  const size_t relayed_size = leaf.relayed ? BytesFieldSize(origin.size()) +
                                                 VarintFieldSize(leaf.relayed->sequence) +
                                                 BytesFieldSize(record::kHashSizeBytes)
                                           : 0;
  size += BytesFieldSize(relayed_size);

  AppendVarint(BytesTag(kEventsField), out);
  AppendVarint(size, out);
  AppendVarintField(Event::kSequenceFieldNumber, leaf.sequence, out);
  AppendVarint(BytesTag(Event::kHubTimeFieldNumber), out);
  AppendVarint(time_size, out);
  AppendVarintField(1, seconds, out);
  AppendVarintField(2, nanos, out);
  AppendBytesField(Event::kHeaderFieldNumber, header, out);
  if (header_offset != nullptr) *header_offset = out->size() - header.size();
  AppendBytesField(Event::kLeafFieldNumber, leaf_bytes, out);
  for (const storage::StoredSection& section : sections) {
    AppendVarint(BytesTag(Event::kSectionsFieldNumber), out);
    AppendVarint(SectionSize(section), out);
    AppendVarintField(Section::kKindFieldNumber, section.kind, out);
    AppendBytesField(Section::kSaltFieldNumber, section.salt, out);
    AppendBytesField(Section::kDataFieldNumber, section.data, out);
    AppendVarintField(Section::kStatusFieldNumber, StatusOf(section), out);
  }
  AppendBytesField(Event::kDigestFieldNumber, leaf.digest.bytes(), out);
  AppendVarintField(Event::kAttestedFieldNumber, leaf.attested() ? 1 : 0, out);
  if (leaf.relayed) {
    AppendVarint(BytesTag(Event::kRelayedFieldNumber), out);
    AppendVarint(relayed_size, out);
    AppendBytesField(Relayed::kOriginFieldNumber, origin, out);
    AppendVarintField(Relayed::kSequenceFieldNumber, leaf.relayed->sequence, out);
    AppendBytesField(Relayed::kLeafHashFieldNumber, leaf.relayed->leaf_hash.bytes(), out);
  }
  return absl::OkStatus();
}

}  // namespace liaison::fanout
