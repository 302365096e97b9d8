#include "server/auth/audit_log.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>
#include <system_error>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "proto/record/macros.h"

namespace liaison::auth {
namespace {

using Json = nlohmann::ordered_json;

// Somebody has written a token where its number was asked for: nobody reads it here.
std::string WithoutTokens(absl::string_view text) {
  constexpr absl::string_view kPrefix = "igfl_";
  std::string shown;
  while (true) {
    const size_t begin = text.find(kPrefix);
    if (begin == absl::string_view::npos) return absl::StrCat(shown, text);
    size_t end = begin + kPrefix.size();
    while (end < text.size() && (absl::ascii_isalnum(text[end]) || text[end] == '_')) ++end;
    absl::StrAppend(&shown, text.substr(0, begin), kPrefix, "...");
    text.remove_prefix(end);
  }
}

// Callers write what they like: it is cut, and what is no text becomes a question mark.
std::string Cut(absl::string_view text) {
  return WithoutTokens(text).substr(0, kMaxAuditTextSizeBytes);
}

std::string Line(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

record::Hash Chained(const record::Hash& before, absl::string_view text) {
  return record::Sha256Of(absl::StrCat(before.bytes(), text));
}

std::string Text(const Json& json, const char* field) {
  const auto found = json.find(field);
  return found != json.end() && found->is_string() ? found->get<std::string>() : "";
}

constexpr absl::string_view kHashField = ",\"hash\":\"";
constexpr size_t kTailSizeBytes = kHashField.size() + 2 * record::kHashSizeBytes + 2;

// What was hashed of a line: all but the hash, as it was written.
std::string Hashed(absl::string_view line) {
  if (line.size() < kTailSizeBytes) return "";
  return absl::StrCat(line.substr(0, line.size() - kTailSizeBytes), "}");
}

// nullopt where it is no line of ours.
std::optional<AuditRow> Parse(absl::string_view line) {
  const Json json = Json::parse(line, nullptr, false);
  if (!json.is_object() || !json.contains("number") || !json["number"].is_number_unsigned()) {
    return std::nullopt;
  }
  AuditRow row;
  row.number = json["number"].get<uint64_t>();
  if (json.contains("untold") && json["untold"].is_number_unsigned()) {
    row.untold = json["untold"].get<uint64_t>();
  }
  std::string ignored;
  if (!absl::ParseTime(absl::RFC3339_full, Text(json, "time"), &row.time, &ignored)) {
    return std::nullopt;
  }
  row.entry = {Text(json, "organisation"), Text(json, "credential"), Text(json, "method"),
               Text(json, "about"),        Text(json, "from"),       Text(json, "request"),
               Text(json, "reason")};
  absl::StatusOr<record::Hash> hash = record::Hash::FromHex(Text(json, "hash"));
  if (!hash.ok()) return std::nullopt;
  row.hash = *hash;
  return row;
}

absl::Status Broken(const std::string& file, uint64_t number) {
  return absl::DataLossError(
      absl::StrCat(file, ", line ", number,
                   ": does not follow from the line before: somebody changed this file. Keep it, "
                   "find out who, and move it away for the hub to begin another"));
}

// The line without its hash, which is what is hashed.
std::string AuditText(const AuditRow& row) {
  Json json = {{"number", row.number},
               {"time", absl::FormatTime(absl::RFC3339_full, row.time, absl::UTCTimeZone())},
               {"organisation", Cut(row.entry.organisation)},
               {"credential", Cut(row.entry.credential_id)},
               {"method", Cut(row.entry.method)},
               {"about", Cut(row.entry.about)},
               {"from", Cut(row.entry.from)},
               {"request", Cut(row.entry.request_id)},
               {"reason", Cut(row.entry.reason)}};
  if (row.untold > 0) json["untold"] = row.untold;
  return Line(json);
}

absl::Status CannotWrite(const std::string& file) {
  return absl::InvalidArgumentError(
      absl::StrCat(file, " cannot be written: ", std::generic_category().message(errno)));
}

struct Chain {
  AuditEnd end;
  std::vector<uint64_t> marks;  // where every kMaxAuditPage-th entry begins
  bool is_cut_short = false;    // there is the beginning of a line behind it
};

// DATA_LOSS where a whole line does not follow from the one before.
absl::StatusOr<Chain> ReadChain(const std::string& file) {
  Chain chain;
  AuditEnd& end = chain.end;
  std::ifstream in(file, std::ios::binary);
  std::string line;
  while (std::getline(in, line)) {
    chain.is_cut_short = in.eof();
    if (chain.is_cut_short) break;
    const std::optional<AuditRow> row = Parse(line);
    const bool follows =
        row && row->number == end.entries + 1 && row->hash == Chained(end.hash, Hashed(line));
    if (!follows) return Broken(file, end.entries + 1);
    if (end.entries % kMaxAuditPage == 0) chain.marks.push_back(end.size_bytes);
    end.size_bytes += line.size() + 1;
    end.entries = row->number;
    end.hash = row->hash;
  }
  return chain;
}

constexpr size_t kCopySizeBytes = 1 << 20;  // at once

// Whether `beginning` is what `file` begins with; true where there is none.
bool LeadsTo(const std::string& beginning, const std::string& file, uint64_t size_bytes) {
  std::ifstream before(beginning, std::ios::binary), after(file, std::ios::binary);
  std::string had(kCopySizeBytes, '\0'), has(kCopySizeBytes, '\0');
  uint64_t compared = 0;
  while (before.is_open()) {
    before.read(had.data(), static_cast<std::streamsize>(had.size()));
    const std::streamsize count = before.gcount();
    compared += static_cast<uint64_t>(count);
    after.read(has.data(), count);
    if (compared > size_bytes || after.gcount() != count ||
        had.compare(0, static_cast<size_t>(count), has, 0, static_cast<size_t>(count)) != 0) {
      return false;
    }
    if (before.eof()) break;
  }
  return true;
}

absl::Status SyncFolderOf(const std::string& file) {
  const std::string folder = std::filesystem::absolute(file).parent_path();
  const int fd = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const absl::Cleanup closed = [fd] { close(fd); };
  return fd >= 0 && fsync(fd) == 0 ? absl::OkStatus() : CannotWrite(folder);
}

// The first bytes of `from`, in a new file, on disk.
absl::Status WriteCopy(const std::string& from, uint64_t size_bytes, const std::string& to) {
  const int fd = open(to.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, S_IRUSR | S_IWUSR);
  if (fd < 0) return CannotWrite(to);
  const absl::Cleanup closed = [fd] { close(fd); };
  std::ifstream in(from, std::ios::binary);
  std::string bytes(kCopySizeBytes, '\0');
  while (size_bytes > 0) {
    in.read(bytes.data(),
            static_cast<std::streamsize>(std::min<uint64_t>(size_bytes, bytes.size())));
    const std::streamsize count = in.gcount();
    if (count == 0) return absl::DataLossError(absl::StrCat(from, " has become shorter"));
    if (write(fd, bytes.data(), static_cast<size_t>(count)) != count) return CannotWrite(to);
    size_bytes -= static_cast<uint64_t>(count);
  }
  return fsync(fd) == 0 ? absl::OkStatus() : CannotWrite(to);
}

absl::Status CopySynced(const std::string& from, uint64_t size_bytes, const std::string& to) {
  if (!LeadsTo(to, from, size_bytes)) {
    // Of a hub that has begun another, or whose log was tampered with: not to be lost.
    const std::string aside = absl::StrCat(
        to, ".", absl::FormatTime("%Y%m%dT%H%M%E6S", absl::Now(), absl::UTCTimeZone()));
    if (rename(to.c_str(), aside.c_str()) != 0) return CannotWrite(aside);
  }
  const std::string beside = absl::StrCat(to, ".new");
  LIAISON_RETURN_IF_ERROR(WriteCopy(from, size_bytes, beside));
  if (rename(beside.c_str(), to.c_str()) != 0) return CannotWrite(to);
  return SyncFolderOf(to);
}

}  // namespace

absl::StatusOr<std::unique_ptr<AuditLog>> AuditLog::Open(const std::string& file) {
  const int fd = open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, S_IRUSR | S_IWUSR);
  if (fd < 0) return CannotWrite(file);
  std::unique_ptr<AuditLog> log(new AuditLog(file, fd));
  LIAISON_ASSIGN_OR_RETURN(Chain chain, ReadChain(file));
  absl::MutexLock lock(&log->mu_);
  log->size_bytes_ = chain.end.size_bytes;
  log->last_ = chain.end.entries;
  log->last_hash_ = chain.end.hash;
  log->marks_ = std::move(chain.marks);
  if (ftruncate(fd, static_cast<off_t>(log->size_bytes_)) != 0) return CannotWrite(file);
  return log;
}

absl::StatusOr<AuditEnd> VerifyAuditFile(const std::string& file) {
  if (access(file.c_str(), F_OK) != 0 && errno == ENOENT) {
    return absl::NotFoundError(absl::StrCat(file, " is not there"));
  }
  LIAISON_ASSIGN_OR_RETURN(const Chain chain, ReadChain(file));
  if (chain.is_cut_short) {
    return absl::DataLossError(
        absl::StrCat(file, ", line ", chain.end.entries + 1, ": is not whole"));
  }
  return chain.end;
}

absl::Status CopyAuditFile(const std::string& from, const std::string& to) {
  LIAISON_ASSIGN_OR_RETURN(const AuditEnd end, VerifyAuditFile(from));
  return CopySynced(from, end.size_bytes, to);
}

absl::Status AuditLog::CopyTo(const std::string& to) const {
  uint64_t size_bytes = 0;
  {
    absl::MutexLock lock(&mu_);
    size_bytes = size_bytes_;
  }
  // It is only appended to: so much of it never changes.
  return CopySynced(file_, size_bytes, to);
}

AuditLog::~AuditLog() { close(fd_); }

absl::Status AuditLog::Write(const AuditEntry& entry, absl::Time now) {
  AuditRow row;
  row.number = last_ + 1;
  row.time = now;
  row.entry = entry;
  row.untold = untold_;
  const std::string text = AuditText(row);
  const record::Hash hash = Chained(last_hash_, text);
  // What was hashed, with the hash behind it.
  const std::string line =
      absl::StrCat(text.substr(0, text.size() - 1), kHashField, hash.ToHex(), "\"}\n");
  const auto size = static_cast<ssize_t>(line.size());
  const ssize_t put = pwrite(fd_, line.data(), line.size(), static_cast<off_t>(size_bytes_));
  if (put != size || fdatasync(fd_) != 0) {
    // A part of a line is written over by the next.
    return absl::UnavailableError(
        absl::StrCat("the audit log cannot be written: ", std::generic_category().message(errno)));
  }
  if (last_ % kMaxAuditPage == 0) marks_.push_back(size_bytes_);
  size_bytes_ += line.size();
  last_ = row.number;
  last_hash_ = hash;
  untold_ = 0;
  return absl::OkStatus();
}

absl::Status AuditLog::Append(const AuditEntry& entry, absl::Time now) {
  absl::MutexLock lock(&mu_);
  return Write(entry, now);
}

void AuditLog::AppendRefusal(const AuditEntry& entry, absl::Time now) {
  absl::MutexLock lock(&mu_);
  if (refilled_ > absl::InfinitePast() && now > refilled_) {
    tokens_ = std::min(kRefusalBurst,
                       tokens_ + absl::ToDoubleSeconds(now - refilled_) * kRefusalsPerSecond);
  }
  refilled_ = now;
  if (tokens_ < 1) {
    ++untold_;
    return;
  }
  tokens_ -= 1;
  if (!Write(entry, now).ok()) ++untold_;
}

absl::StatusOr<std::vector<AuditRow>> AuditLog::List(uint64_t after, size_t most) const {
  uint64_t begin = 0, end = 0;
  {
    absl::MutexLock lock(&mu_);
    if (after >= last_) return std::vector<AuditRow>();
    begin = marks_[after / kMaxAuditPage];
    end = size_bytes_;
  }
  std::ifstream in(file_, std::ios::binary);
  in.seekg(static_cast<std::streamoff>(begin));
  std::vector<AuditRow> rows;
  std::string line;
  while (rows.size() < most && begin < end && std::getline(in, line)) {
    begin += line.size() + 1;
    std::optional<AuditRow> row = Parse(line);
    if (!row) return absl::DataLossError(absl::StrCat(file_, " was changed while it was open"));
    if (row->number > after) rows.push_back(*std::move(row));
  }
  return rows;
}

}  // namespace liaison::auth
