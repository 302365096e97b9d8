#include "server/auth/audit_log.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <nlohmann/json.hpp>
#include <optional>
#include <system_error>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "proto/record/macros.h"

namespace liaison::auth {
namespace {

using Json = nlohmann::ordered_json;

// Callers write what they like: it is cut, and what is no text becomes a question mark.
std::string Cut(absl::string_view text) {
  return std::string(text.substr(0, kMaxAuditTextSizeBytes));
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

}  // namespace

absl::StatusOr<std::unique_ptr<AuditLog>> AuditLog::Open(const std::string& file) {
  const int fd = open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, S_IRUSR | S_IWUSR);
  if (fd < 0) {
    return absl::InvalidArgumentError(
        absl::StrCat(file, " cannot be written: ", std::generic_category().message(errno)));
  }
  std::unique_ptr<AuditLog> log(new AuditLog(file, fd));
  std::ifstream in(file, std::ios::binary);
  absl::MutexLock lock(&log->mu_);
  std::string line;
  while (std::getline(in, line)) {
    const bool is_cut_short = in.eof();
    std::optional<AuditRow> row = Parse(line);
    const bool follows =
        row && row->number == log->last_ + 1 && row->hash == Chained(log->last_hash_, Hashed(line));
    if (is_cut_short) break;
    if (!follows) return Broken(file, log->last_ + 1);
    if (log->last_ % kMaxAuditPage == 0) log->marks_.push_back(log->size_bytes_);
    log->size_bytes_ += line.size() + 1;
    log->last_ = row->number;
    log->last_hash_ = row->hash;
  }
  if (ftruncate(fd, static_cast<off_t>(log->size_bytes_)) != 0) {
    return absl::InvalidArgumentError(
        absl::StrCat(file, " cannot be written: ", std::generic_category().message(errno)));
  }
  return log;
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
