#include "storage/format/postings.h"

#include "storage/base/coding.h"

namespace liaison::storage {
namespace {

constexpr char kList = 0x01;
constexpr char kBitmap = 0x02;
constexpr size_t kBitmapSizeBytes = kBlockSequences / 8;
constexpr size_t kMaxListed = kBitmapSizeBytes / 2;  // from here on a list would be longer

absl::StatusOr<std::vector<uint16_t>> DecodeList(absl::string_view list) {
  if (list.empty() || list.size() % 2 != 0 || list.size() / 2 >= kMaxListed) {
    return absl::DataLossError("list of postings has a wrong size");
  }
  std::vector<uint16_t> offsets;
  offsets.reserve(list.size() / 2);
  for (; !list.empty(); list.remove_prefix(2)) {
    const uint16_t offset = LoadU16(list);
    if (offset >= kBlockSequences || (!offsets.empty() && offset <= offsets.back())) {
      return absl::DataLossError("list of postings is out of order");
    }
    offsets.push_back(offset);
  }
  return offsets;
}

absl::StatusOr<std::vector<uint16_t>> DecodeBitmap(absl::string_view bitmap) {
  if (bitmap.size() != kBitmapSizeBytes) {
    return absl::DataLossError("bitmap of postings has a wrong size");
  }
  std::vector<uint16_t> offsets;
  offsets.reserve(kBlockSequences);
  for (uint16_t offset = 0; offset < kBlockSequences; ++offset) {
    if (static_cast<uint8_t>(bitmap[offset / 8]) >> (offset % 8) & 1) offsets.push_back(offset);
  }
  if (offsets.size() < kMaxListed) return absl::DataLossError("bitmap of postings is too sparse");
  return offsets;
}

}  // namespace

std::string TermPrefix(absl::string_view term) {
  std::string prefix;
  prefix.reserve(2 + term.size() + 8);  // room for the block
  AppendU16(static_cast<uint16_t>(term.size()), &prefix);
  prefix.append(term.data(), term.size());
  return prefix;
}

std::string PostingsKey(absl::string_view term, uint64_t block) {
  std::string key = TermPrefix(term);
  AppendU64(block, &key);
  return key;
}

std::string EncodePostings(absl::Span<const uint16_t> offsets) {
  std::string bytes;
  if (offsets.size() < kMaxListed) {
    bytes.push_back(kList);
    for (uint16_t offset : offsets) AppendU16(offset, &bytes);
    return bytes;
  }
  bytes.resize(1 + kBitmapSizeBytes);
  bytes[0] = kBitmap;
  for (uint16_t offset : offsets) {
    char& byte = bytes[1 + offset / 8];
    byte = static_cast<char>(static_cast<uint8_t>(byte) | 1u << (offset % 8));
  }
  return bytes;
}

absl::StatusOr<std::vector<uint16_t>> DecodePostings(absl::string_view bytes) {
  if (!bytes.empty() && bytes[0] == kList) return DecodeList(bytes.substr(1));
  if (!bytes.empty() && bytes[0] == kBitmap) return DecodeBitmap(bytes.substr(1));
  return absl::DataLossError("postings are of an unknown kind");
}

}  // namespace liaison::storage
