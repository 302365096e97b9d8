// Who did what.
#ifndef LIAISON_SERVER_AUTH_AUDIT_LOG_H_
#define LIAISON_SERVER_AUTH_AUDIT_LOG_H_

#include <cstdint>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "proto/record/hash.h"

namespace liaison::auth {

// Refusals beyond this are counted and not told one by one: whoever knocks a million times fills no
// disk. The next entry says how many there were.
inline constexpr double kRefusalsPerSecond = 20;
inline constexpr double kRefusalBurst = 200;
// Of each text in an entry.
inline constexpr size_t kMaxAuditTextSizeBytes = 200;
inline constexpr size_t kMaxAuditPage = 1000;

// One thing that somebody did, or wanted to. Nothing of what was said, and no secret.
struct AuditEntry {
  std::string organisation;   // whom they came in as; empty: anybody
  std::string credential_id;  // what they showed; empty: nothing that is good
  std::string method;         // `AdminService.CreateToken`
  std::string about;          // `organisation org/eurodig`; empty: nothing in particular
  std::string from;           // `ipv4:192.0.2.1:4711`
  std::string request_id;
  std::string reason;  // `OK`, or that of the refusal
};

struct AuditRow {
  uint64_t number = 0;  // dense from 1
  absl::Time time;
  AuditEntry entry;
  uint64_t untold = 0;  // refusals before it that were only counted
  record::Hash hash;    // over the one before and this
};

// What a whole file amounts to.
struct AuditEnd {
  uint64_t entries = 0;
  uint64_t size_bytes = 0;
  record::Hash hash;  // of the last entry
};
// Reads the whole file and changes nothing. NOT_FOUND where there is none; DATA_LOSS, naming the
// line, where the chain is broken or the last line is not whole.
absl::StatusOr<AuditEnd> VerifyAuditFile(const std::string& file);
// Verifies the file and puts a copy at `to`, which is on disk when it is OK. What is there and does
// not lead up to the copy stays beside it, under another name.
absl::Status CopyAuditFile(const std::string& from, const std::string& to);

// An AuditLog is a file of JSON lines, each of which holds the hash of the one before: what is
// changed, taken out or put in later does not fit. What is cut off at the end is known to whoever
// wrote the last hash down. Thread-safe.
class AuditLog {
 public:
  // Reads the whole file. DATA_LOSS, naming the line, where the chain is broken; a last line that
  // was cut short by a crash is taken off. INVALID_ARGUMENT where it cannot be written.
  static absl::StatusOr<std::unique_ptr<AuditLog>> Open(const std::string& file);
  ~AuditLog();

  // On disk when it is OK.
  absl::Status Append(const AuditEntry& entry, absl::Time now);
  // The same for a refusal, within kRefusalsPerSecond; what fails is counted as untold.
  void AppendRefusal(const AuditEntry& entry, absl::Time now);

  // The same as CopyAuditFile, of all entries so far, while others are written.
  absl::Status CopyTo(const std::string& to) const;

  // Those after `after`, at most `most`.
  absl::StatusOr<std::vector<AuditRow>> List(uint64_t after, size_t most) const;

 private:
  AuditLog(std::string file, int fd) : file_(std::move(file)), fd_(fd) {}
  absl::Status Write(const AuditEntry& entry, absl::Time now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  const std::string file_;
  const int fd_;
  mutable absl::Mutex mu_;
  uint64_t size_bytes_ ABSL_GUARDED_BY(mu_) = 0;
  uint64_t last_ ABSL_GUARDED_BY(mu_) = 0;
  record::Hash last_hash_ ABSL_GUARDED_BY(mu_);
  uint64_t untold_ ABSL_GUARDED_BY(mu_) = 0;
  double tokens_ ABSL_GUARDED_BY(mu_) = kRefusalBurst;
  absl::Time refilled_ ABSL_GUARDED_BY(mu_) = absl::InfinitePast();
  // Where every kMaxAuditPage-th entry begins, so that a page is not read from the beginning.
  std::vector<uint64_t> marks_ ABSL_GUARDED_BY(mu_);
};

}  // namespace liaison::auth

#endif  // LIAISON_SERVER_AUTH_AUDIT_LOG_H_
