#include "client/cli/bundle_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <system_error>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "proto/record/macros.h"

namespace liaison::cli {
namespace {

constexpr size_t kBufferSizeBytes = 1 << 20;
constexpr size_t kHeadSizeBytes = 5;

struct Followers {
  char before;
  absl::string_view next;
};
constexpr Followers kFollowers[] = {
    {'\0', "B"},   {'B', "C"},      {'C', "OG"},    {'O', "OG"},   {'G', "KP"},   {'K', "KP"},
    {'P', "EHLZ"}, {'E', "EFHMLZ"}, {'F', "EHMLZ"}, {'H', "EMLZ"}, {'M', "EHLZ"}, {'L', "LZ"},
};

std::string NumberBytes(int size, uint64_t value) {
  std::string bytes(size, '\0');
  for (int i = size - 1; i >= 0; --i, value >>= 8) bytes[i] = static_cast<char>(value & 0xff);
  return bytes;
}

std::string HeadOf(char type, size_t size) {
  return absl::StrCat(std::string(1, type), NumberBytes(4, size));
}

absl::Status NoBundle(absl::string_view why) {
  return absl::InvalidArgumentError(absl::StrCat("this is no bundle: ", why));
}

absl::Status CannotWrite(const std::string& name) {
  return absl::InvalidArgumentError(
      absl::StrCat(name, " cannot be written: ", std::generic_category().message(errno)));
}

}  // namespace

bool MayFollow(char before, char next) {
  for (const Followers& row : kFollowers) {
    if (row.before == before) return absl::StrContains(row.next, next);
  }
  return false;
}

Payload& Payload::Number(int size, uint64_t value) {
  bytes_.append(NumberBytes(size, value));
  return *this;
}

Payload& Payload::Bytes(absl::string_view bytes) {
  bytes_.append(bytes.data(), bytes.size());
  return *this;
}

Payload& Payload::Sized(int size_of_size, absl::string_view bytes) {
  return Number(size_of_size, bytes.size()).Bytes(bytes);
}

Payload& Payload::Hashes(absl::Span<const record::Hash> hashes) {
  for (const record::Hash& hash : hashes) Bytes(hash.bytes());
  return *this;
}

uint64_t Fields::Number(int size) {
  uint64_t value = 0;
  for (char c : Bytes(size)) value = value << 8 | static_cast<uint8_t>(c);
  return value;
}

absl::string_view Fields::Bytes(size_t size) {
  if (!ok_ || size > rest_.size()) {
    ok_ = false;
    return {};
  }
  const absl::string_view taken = rest_.substr(0, size);
  rest_.remove_prefix(size);
  return taken;
}

std::vector<record::Hash> Fields::Hashes(size_t count) {
  std::vector<record::Hash> hashes;
  for (size_t i = 0; i < count; ++i) {
    const absl::string_view bytes = Bytes(record::kHashSizeBytes);
    if (!ok_) return {};
    hashes.push_back(record::Hash::FromBytes(bytes));
  }
  return hashes;
}

BundleWriter::~BundleWriter() {
  if (fd_ < 0) return;
  close(fd_);
  unlink(absl::StrCat(name_, ".part").c_str());
}

absl::Status BundleWriter::Open() {
  const std::string part = absl::StrCat(name_, ".part");
  fd_ = open(part.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, S_IRUSR | S_IWUSR);
  if (fd_ < 0) return CannotWrite(part);
  return Write(kBundleMagic);
}

absl::Status BundleWriter::Take(char type, absl::string_view payload) {
  ++records_;
  LIAISON_RETURN_IF_ERROR(Write(HeadOf(type, payload.size())));
  return Write(payload);
}

absl::Status BundleWriter::Write(absl::string_view bytes) {
  hash_.Update(bytes);
  buffer_.append(bytes.data(), bytes.size());
  return buffer_.size() < kBufferSizeBytes ? absl::OkStatus() : Flush();
}

absl::Status BundleWriter::Flush() {
  absl::string_view rest = buffer_;
  while (!rest.empty()) {
    const ssize_t put = write(fd_, rest.data(), rest.size());
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return CannotWrite(name_);
    rest.remove_prefix(static_cast<size_t>(put));
  }
  buffer_.clear();
  return absl::OkStatus();
}

absl::Status BundleWriter::Finish(uint64_t events, uint64_t hidden) {
  const record::Hash digest = hash_.Finish();
  const uint64_t records = records_;
  Payload end;
  end.Number(8, records).Number(8, events).Number(8, hidden).Bytes(digest.bytes());
  LIAISON_RETURN_IF_ERROR(Take('Z', end.bytes()));
  LIAISON_RETURN_IF_ERROR(Flush());
  if (fsync(fd_) != 0) return CannotWrite(name_);
  const int fd = std::exchange(fd_, -1);
  const std::string part = absl::StrCat(name_, ".part");
  if (close(fd) != 0 || std::rename(part.c_str(), name_.c_str()) != 0) return CannotWrite(name_);
  return absl::OkStatus();
}

absl::Status ReadBundle(
    const std::function<absl::StatusOr<std::string>(size_t size)>& read,
    const std::function<absl::Status(const BundleRecord& record, const BundleEnd& before)>& take) {
  record::Sha256 hash;
  const auto read_all = [&](size_t size) -> absl::StatusOr<std::string> {
    std::string bytes;
    while (bytes.size() < size) {
      LIAISON_ASSIGN_OR_RETURN(const std::string more, read(size - bytes.size()));
      if (more.empty()) return NoBundle("it is cut off");
      bytes.append(more);
    }
    return bytes;
  };
  LIAISON_ASSIGN_OR_RETURN(const std::string magic, read_all(kBundleMagic.size()));
  if (magic != kBundleMagic) return NoBundle("its first line is another");
  hash.Update(magic);
  BundleRecord record;
  BundleEnd end;
  while (record.type != 'Z') {
    LIAISON_ASSIGN_OR_RETURN(const std::string head, read_all(kHeadSizeBytes));
    const char before = record.type;
    Fields fields(head);
    record.type = static_cast<char>(fields.Number(1));
    const uint64_t size = fields.Number(4);
    if (!MayFollow(before, record.type)) {
      return NoBundle(
          absl::StrCat("record ", end.records, " is of a type that may not stand there"));
    }
    if (size > kMaxBundleRecordSizeBytes) {
      return NoBundle(absl::StrCat("record ", end.records, " has ", size, " bytes"));
    }
    LIAISON_ASSIGN_OR_RETURN(record.payload, read_all(size));
    if (record.type == 'Z') {
      end.digest = hash.Finish();
    } else {
      hash.Update(head).Update(record.payload);
    }
    LIAISON_RETURN_IF_ERROR(take(record, end));
    ++end.records;
  }
  LIAISON_ASSIGN_OR_RETURN(const std::string behind, read(1));
  return behind.empty() ? absl::OkStatus() : NoBundle("it goes on behind its end");
}

}  // namespace liaison::cli
