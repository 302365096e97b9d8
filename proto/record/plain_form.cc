#include "proto/record/plain_form.h"

#include <cstdint>
#include <limits>

namespace liaison::record {
namespace {

using google::protobuf::FieldDescriptor;

enum WireType : uint32_t { kVarint = 0, kFixed64 = 1, kLengthDelimited = 2, kFixed32 = 5 };

constexpr int kMaxVarintBits = 64;

// False where there is none, or one that is longer than it need be.
bool TakeShortest(absl::string_view* bytes, uint64_t* value) {
  *value = 0;
  for (int shift = 0; shift < kMaxVarintBits && !bytes->empty(); shift += 7) {
    const auto byte = static_cast<uint8_t>(bytes->front());
    bytes->remove_prefix(1);
    const auto digit = static_cast<uint64_t>(byte & 0x7f);
    *value |= digit << shift;
    if ((byte & 0x80) != 0) continue;
    return *value >> shift == digit && (digit != 0 || shift == 0);
  }
  return false;
}

bool Skip(absl::string_view* bytes, uint64_t count) {
  if (count > bytes->size()) return false;
  bytes->remove_prefix(count);
  return true;
}

bool IsInRange(const FieldDescriptor* field, uint64_t value) {
  if (field == nullptr) return true;
  switch (field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_ENUM:
    case FieldDescriptor::CPPTYPE_INT32:
      return static_cast<int64_t>(value) == static_cast<int32_t>(value);
    case FieldDescriptor::CPPTYPE_UINT32:
      return value <= std::numeric_limits<uint32_t>::max();
    case FieldDescriptor::CPPTYPE_BOOL:
      return value <= 1;
    default:
      return true;
  }
}

}  // namespace

bool IsPlain(absl::string_view bytes, const google::protobuf::Descriptor& type) {
  while (!bytes.empty()) {
    uint64_t tag = 0;
    uint64_t value = 0;
    if (!TakeShortest(&bytes, &tag) || tag > std::numeric_limits<uint32_t>::max()) return false;
    const FieldDescriptor* field = type.FindFieldByNumber(static_cast<int>(tag >> 3));
    switch (tag & 7) {
      case kVarint:
        if (!TakeShortest(&bytes, &value) || !IsInRange(field, value)) return false;
        break;
      case kFixed64:
        if (!Skip(&bytes, 8)) return false;
        break;
      case kFixed32:
        if (!Skip(&bytes, 4)) return false;
        break;
      case kLengthDelimited: {
        if (!TakeShortest(&bytes, &value) || value > bytes.size()) return false;
        const absl::string_view inner = bytes.substr(0, value);
        bytes.remove_prefix(value);
        const bool is_message =
            field != nullptr && field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE;
        if (is_message && !IsPlain(inner, *field->message_type())) return false;
        break;
      }
      default:  // a group
        return false;
    }
  }
  return true;
}

}  // namespace liaison::record
