#include "server/fanout/header_view.h"

#include <cstdint>

#include "igf/liaison/v1/event.pb.h"

namespace liaison::fanout {
namespace {

// Protobuf wire types (protobuf.dev/programming-guides/encoding).
enum WireType : uint32_t { kVarint = 0, kFixed64 = 1, kLengthDelimited = 2, kFixed32 = 5 };

bool ReadVarint(absl::string_view* bytes, uint64_t* value) {
  *value = 0;
  for (int shift = 0; shift < 64 && !bytes->empty(); shift += 7) {
    const auto byte = static_cast<uint8_t>(bytes->front());
    bytes->remove_prefix(1);
    *value |= static_cast<uint64_t>(byte & 0x7f) << shift;
    if ((byte & 0x80) == 0) return true;
  }
  return false;
}

bool Skip(absl::string_view* bytes, uint64_t count) {
  if (count > bytes->size()) return false;
  bytes->remove_prefix(count);
  return true;
}

}  // namespace

auth::Readable ReadableOf(absl::string_view header_bytes) {
  auth::Readable readable;
  absl::string_view rest = header_bytes;
  while (!rest.empty()) {
    uint64_t tag = 0;
    uint64_t value = 0;
    if (!ReadVarint(&rest, &tag)) return {};
    switch (tag & 7) {
      case kVarint:
        if (!ReadVarint(&rest, &value)) return {};
        break;
      case kFixed64:
        if (!Skip(&rest, 8)) return {};
        break;
      case kFixed32:
        if (!Skip(&rest, 4)) return {};
        break;
      case kLengthDelimited: {
        if (!ReadVarint(&rest, &value) || value > rest.size()) return {};
        // The last one wins, as in a full parse.
        if (tag >> 3 == igf::liaison::v1::EventHeader::kAuthorFieldNumber) {
          readable.author = rest.substr(0, value);
        } else if (tag >> 3 == igf::liaison::v1::EventHeader::kAudienceFieldNumber) {
          readable.audience = rest.substr(0, value);
        }
        rest.remove_prefix(value);
        break;
      }
      default:
        return {};
    }
  }
  return readable;
}

}  // namespace liaison::fanout
