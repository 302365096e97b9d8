#include "server/fanout/header_view.h"

#include <cstdint>

#include "igf/liaison/v1/event.pb.h"
#include "server/fanout/origin_of.h"

namespace liaison::fanout {
namespace {

// Protobuf wire types (protobuf.dev/programming-guides/encoding).
enum WireType : uint32_t {
  kVarint = 0,
  kFixed64 = 1,
  kLengthDelimited = 2,
  kStartGroup = 3,
  kEndGroup = 4,
  kFixed32 = 5,
};

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

// All but whether it is relayed.
auth::Readable InHeader(absl::string_view header_bytes) {
  auth::Readable readable;
  absl::string_view rest = header_bytes;
  int open_groups = 0;
  while (!rest.empty()) {
    uint64_t number = 0;
    uint64_t value = 0;
    if (!ReadVarint(&rest, &number)) return {};
    // A full parse drops what is above 32 bits.
    const auto tag = static_cast<uint32_t>(number);
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
        // The last one wins, as in a full parse. What is in a group is of no field that is known.
        if (open_groups > 0) {
          // passed over
        } else if (tag >> 3 == igf::liaison::v1::EventHeader::kAuthorFieldNumber) {
          readable.author = rest.substr(0, value);
        } else if (tag >> 3 == igf::liaison::v1::EventHeader::kAudienceFieldNumber) {
          readable.audience = rest.substr(0, value);
        }
        rest.remove_prefix(value);
        break;
      }
      case kStartGroup:
        ++open_groups;
        break;
      case kEndGroup:
        if (open_groups-- == 0) return {};
        break;
      default:
        return {};
    }
  }
  return open_groups == 0 ? readable : auth::Readable{};
}

}  // namespace

auth::Readable ReadableOf(absl::string_view leaf, absl::string_view header_bytes) {
  auth::Readable readable = InHeader(header_bytes);
  readable.relayed = IsRelayed(leaf);
  return readable;
}

auth::Readable ReadableOf(const Chunk& chunk, const Chunk::Entry& entry) {
  auth::Readable readable = InHeader(chunk.header(entry));
  readable.relayed = entry.relayed;
  return readable;
}

}  // namespace liaison::fanout
