// How much of the hub each caller has had.
#ifndef LIAISON_SERVER_RPC_QUOTA_BOOK_H_
#define LIAISON_SERVER_RPC_QUOTA_BOOK_H_

#include <cstddef>
#include <functional>
#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "server/rpc/limits.h"

namespace liaison::rpc {

// What one caller may have. 0 of anything: as much as they like.
struct Quota {
  double calls_per_second = 0;
  double calls_at_once = 0;  // that may come together, after a rest
  double bytes_per_second = 0;
  double bytes_at_once = 0;
  size_t open_streams = 0;
};

// Who is charged: an organisation, or for callers without a name the address they come from.
struct Payer {
  enum class Sort { kOrganisation, kAddress };
  Sort sort = Sort::kAddress;
  std::string name;
};

// The organisation that `name` belongs to: of org/eurodig/desk it is org/eurodig, so that nobody
// has more for using more names.
Payer PayerOf(absl::string_view organisation);
// Of `ipv4:192.0.2.1:4711`, `ipv6:[2001:db8::1]:4711`, or what a gateway forwards,
// `web:192.0.2.1`; of IPv6 it is the /64. What is none of these is taken as it is.
Payer PayerAt(absl::string_view origin);

struct QuotaOptions {
  Quota organisation;
  Quota address;
  size_t max_buckets = kMaxQuotaBuckets;  // of each sort
  // Of a clock that is never set; the steady one where null.
  std::function<absl::Duration()> elapsed = nullptr;
};

// A QuotaBook keeps a bucket of calls and one of bytes for each payer, which fill by the second,
// and counts their open streams. Its memory is bounded: who has all that is theirs is forgotten,
// and those for whom there is no room share one. Thread-safe; no call out but to the clock.
class QuotaBook {
  struct Bucket;

 public:
  explicit QuotaBook(QuotaOptions options);
  ~QuotaBook();
  QuotaBook(const QuotaBook&) = delete;
  QuotaBook& operator=(const QuotaBook&) = delete;

  // One call, or one message of a stream. QUOTA_EXCEEDED, with the time until there is enough and
  // whose quota it is; then nothing is charged.
  absl::Status Charge(const Payer& payer, size_t size_bytes);

  // An open stream; given back with the object, which must not outlive the book.
  class Seat {
   public:
    Seat() = default;
    Seat(Seat&& other) noexcept;
    Seat& operator=(Seat&& other) noexcept;
    ~Seat();

   private:
    friend class QuotaBook;
    Seat(QuotaBook* book, Bucket* bucket) : book_(book), bucket_(bucket) {}
    QuotaBook* book_ = nullptr;  // null: nothing is counted
    Bucket* bucket_ = nullptr;
  };
  // QUOTA_EXCEEDED where the payer has as many as it may.
  absl::StatusOr<Seat> OpenStream(const Payer& payer);

  // Payers that are remembered, of both sorts.
  size_t buckets() const;

 private:
  // Those of one sort.
  struct Table {
    Quota quota;
    absl::flat_hash_map<std::string, std::unique_ptr<Bucket>> buckets;
    std::unique_ptr<Bucket> shared;  // of those for whom there is no room
    absl::Duration swept;
  };

  Table& TableOf(const Payer& payer) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  // Filled up to now; not to be forgotten before the lock is let go, or while a stream is open.
  Bucket* Find(const Payer& payer, Table* table) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void Sweep(Table* table, absl::Duration now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void GiveBack(Bucket* bucket);

  const size_t max_buckets_;
  const std::function<absl::Duration()> elapsed_;
  mutable absl::Mutex mu_;
  Table organisations_ ABSL_GUARDED_BY(mu_);
  Table addresses_ ABSL_GUARDED_BY(mu_);
};

}  // namespace liaison::rpc

#endif  // LIAISON_SERVER_RPC_QUOTA_BOOK_H_
