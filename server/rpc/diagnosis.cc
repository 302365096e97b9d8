#include "server/rpc/diagnosis.h"

#include <cstdint>
#include <map>
#include <string>

#include "absl/strings/str_cat.h"
#include "proto/record/errors.h"
#include "proto/record/limits.h"
#include "proto/record/macros.h"
#include "proto/record/names.h"

namespace liaison::rpc {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using record::Error;
using record::Reason;

enum WireType : uint32_t {
  kVarint = 0,
  kFixed64 = 1,
  kLengthDelimited = 2,
  kStartGroup = 3,
  kEndGroup = 4,
  kFixed32 = 5,
};

absl::Status Unreadable(const std::string& path) {
  return Error(Reason::kRequestUnreadable,
               absl::StrCat("the request is not readable", path.empty() ? "" : " in ", path));
}

absl::Status TooDeep(const std::string& path) {
  return Error(Reason::kNestingTooDeep,
               absl::StrCat("nested deeper than ", record::kMaxNestingDepth, " levels"))
      .Field(path.empty() ? "request" : path,
             absl::StrCat("at most ", record::kMaxNestingDepth, " levels"));
}

// A Walk goes through the bytes of one message and those within it.
class Walk {
 public:
  explicit Walk(absl::string_view bytes) : rest_(bytes) {}

  absl::Status Message(const Descriptor* descriptor, const std::string& path, int depth) {
    if (depth > record::kMaxNestingDepth) return TooDeep(path);
    std::map<int, int> seen;
    while (!rest_.empty()) {
      uint64_t tag = 0;
      if (!Varint(&tag)) return Unreadable(path);
      const int number = static_cast<int>(tag >> 3);
      const FieldDescriptor* field =
          descriptor == nullptr ? nullptr : descriptor->FindFieldByNumber(number);
      std::string field_path = path;
      if (field != nullptr) {
        absl::StrAppend(&field_path, path.empty() ? "" : ".", field->name());
        if (field->is_repeated()) absl::StrAppend(&field_path, "[", seen[number]++, "]");
      }
      LIAISON_RETURN_IF_ERROR(Value(static_cast<uint32_t>(tag & 7), field, field_path, depth));
    }
    return absl::OkStatus();
  }

 private:
  absl::Status Value(uint32_t wire_type, const FieldDescriptor* field, const std::string& path,
                     int depth) {
    uint64_t value = 0;
    switch (wire_type) {
      case kVarint:
        return Varint(&value) ? absl::OkStatus() : Unreadable(path);
      case kFixed64:
        return Skip(8) ? absl::OkStatus() : Unreadable(path);
      case kFixed32:
        return Skip(4) ? absl::OkStatus() : Unreadable(path);
      case kStartGroup:
        return Group(path, depth + 1);
      case kLengthDelimited:
        break;
      default:
        return Unreadable(path);
    }
    if (!Varint(&value) || value > rest_.size()) return Unreadable(path);
    const absl::string_view inner = rest_.substr(0, value);
    rest_.remove_prefix(value);
    if (field == nullptr) return absl::OkStatus();
    if (field->type() == FieldDescriptor::TYPE_MESSAGE) {
      return Walk(inner).Message(field->message_type(), path, depth + 1);
    }
    if (field->type() == FieldDescriptor::TYPE_STRING && !record::IsText(inner) &&
        inner.find('\0') == absl::string_view::npos) {
      return Error(Reason::kTextNotUtf8, absl::StrCat(path, " is not valid UTF-8"))
          .Field(path, "is not valid UTF-8; save the text as UTF-8 and send it again");
    }
    return absl::OkStatus();
  }

  // Groups are no part of proto3; a parser walks into them all the same.
  absl::Status Group(const std::string& path, int depth) {
    int open = 1;
    while (open > 0) {
      if (depth + open > record::kMaxNestingDepth) return TooDeep(path);
      uint64_t tag = 0;
      if (!Varint(&tag)) return Unreadable(path);
      if ((tag & 7) == kStartGroup) {
        ++open;
      } else if ((tag & 7) == kEndGroup) {
        --open;
      } else {
        LIAISON_RETURN_IF_ERROR(Value(static_cast<uint32_t>(tag & 7), nullptr, path, depth));
      }
    }
    return absl::OkStatus();
  }

  bool Varint(uint64_t* value) {
    *value = 0;
    for (int shift = 0; shift < 64 && !rest_.empty(); shift += 7) {
      const auto byte = static_cast<uint8_t>(rest_.front());
      rest_.remove_prefix(1);
      *value |= static_cast<uint64_t>(byte & 0x7f) << shift;
      if ((byte & 0x80) == 0) return true;
    }
    return false;
  }

  bool Skip(size_t count) {
    if (count > rest_.size()) return false;
    rest_.remove_prefix(count);
    return true;
  }

  absl::string_view rest_;
};

}  // namespace

absl::Status Diagnose(absl::string_view bytes, const Descriptor* descriptor) {
  LIAISON_RETURN_IF_ERROR(Walk(bytes).Message(descriptor, "", 1));
  return Unreadable("");
}

}  // namespace liaison::rpc
