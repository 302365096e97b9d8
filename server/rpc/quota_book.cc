#include "server/rpc/quota_book.h"

#include <arpa/inet.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "proto/record/errors.h"

namespace liaison::rpc {
namespace {

absl::Duration SteadyTime() {
  return absl::FromChrono(std::chrono::steady_clock::now().time_since_epoch());
}

// Until `needed` is there of what fills by `rate` a second.
absl::Duration Until(double needed, double level, double rate) {
  return level >= needed ? absl::ZeroDuration() : absl::Seconds((needed - level) / rate);
}

absl::Status Exceeded(const Payer& payer, absl::string_view of_what, absl::string_view how_much,
                      absl::Duration wait) {
  return record::Error(record::Reason::kQuotaExceeded,
                       absl::StrCat(payer.name, " has had its share of ", of_what, ": ", how_much))
      .Quota(payer.name, absl::StrCat(of_what, ": ", how_much))
      .RetryAfter(std::max(wait, kLeastQuotaWait));
}

std::string Rate(double per_second, double at_once) {
  return absl::StrCat(static_cast<uint64_t>(per_second), " a second, ",
                      static_cast<uint64_t>(at_once), " at once");
}

}  // namespace

Payer PayerOf(absl::string_view organisation) {
  const size_t root = organisation.find('/');
  const size_t end = root == absl::string_view::npos ? root : organisation.find('/', root + 1);
  return {Payer::Sort::kOrganisation, std::string(organisation.substr(0, end))};
}

Payer PayerAt(absl::string_view origin) {
  absl::string_view address = origin;
  if (absl::ConsumePrefix(&address, "ipv4:") || absl::ConsumePrefix(&address, "ipv6:")) {
    address = address.substr(0, address.rfind(':'));
  } else {
    absl::ConsumePrefix(&address, "web:");
  }
  for (const char* bracket : {"[", "%5B"}) absl::ConsumePrefix(&address, bracket);
  for (const char* bracket : {"]", "%5D"}) absl::ConsumeSuffix(&address, bracket);
  in6_addr v6{};
  std::string text(address);
  if (inet_pton(AF_INET6, text.c_str(), &v6) == 1) {
    char name[INET6_ADDRSTRLEN] = "";
    if (IN6_IS_ADDR_V4MAPPED(&v6)) {
      text = inet_ntop(AF_INET, &v6.s6_addr[12], name, sizeof(name));
    } else {
      std::memset(&v6.s6_addr[8], 0, 8);
      text = absl::StrCat(inet_ntop(AF_INET6, &v6, name, sizeof(name)), "/64");
    }
  }
  return {Payer::Sort::kAddress, std::move(text)};
}

struct QuotaBook::Bucket {
  double calls = 0;
  double bytes = 0;  // below nothing after a message that is larger than what is at once
  absl::Duration filled;
  size_t streams = 0;

  Bucket(const Quota& quota, absl::Duration now)
      : calls(quota.calls_at_once), bytes(quota.bytes_at_once), filled(now) {}
  // A clock that went back gives nothing.
  void Fill(const Quota& quota, absl::Duration now) {
    const double seconds = std::max(0.0, absl::ToDoubleSeconds(now - filled));
    calls = std::min(quota.calls_at_once, calls + seconds * quota.calls_per_second);
    bytes = std::min(quota.bytes_at_once, bytes + seconds * quota.bytes_per_second);
    filled = now;
  }
  bool IsAsNew(const Quota& quota) const {
    return streams == 0 && calls >= quota.calls_at_once && bytes >= quota.bytes_at_once;
  }
};

QuotaBook::QuotaBook(QuotaOptions options)
    : max_buckets_(options.max_buckets),
      elapsed_(options.elapsed ? std::move(options.elapsed) : SteadyTime) {
  const absl::Duration now = elapsed_();
  absl::MutexLock lock(&mu_);
  organisations_.quota = options.organisation;
  addresses_.quota = options.address;
  for (Table* table : {&organisations_, &addresses_}) {
    table->shared = std::make_unique<Bucket>(table->quota, now);
    table->swept = now;
  }
}

QuotaBook::~QuotaBook() = default;

absl::Status QuotaBook::Charge(const Payer& payer, size_t size_bytes) {
  absl::MutexLock lock(&mu_);
  Table& table = TableOf(payer);
  const Quota& quota = table.quota;
  Bucket* const bucket = Find(payer, &table);
  const auto size = static_cast<double>(size_bytes);
  if (quota.calls_per_second > 0) {
    const absl::Duration wait = Until(1, bucket->calls, quota.calls_per_second);
    if (wait > absl::ZeroDuration()) {
      return Exceeded(payer, "calls", Rate(quota.calls_per_second, quota.calls_at_once), wait);
    }
  }
  if (quota.bytes_per_second > 0) {
    const double needed = std::min(size, quota.bytes_at_once);
    const absl::Duration wait = Until(needed, bucket->bytes, quota.bytes_per_second);
    if (wait > absl::ZeroDuration()) {
      return Exceeded(payer, "bytes", Rate(quota.bytes_per_second, quota.bytes_at_once), wait);
    }
  }
  if (quota.calls_per_second > 0) bucket->calls -= 1;
  if (quota.bytes_per_second > 0) bucket->bytes -= size;
  return absl::OkStatus();
}

absl::StatusOr<QuotaBook::Seat> QuotaBook::OpenStream(const Payer& payer) {
  absl::MutexLock lock(&mu_);
  Table& table = TableOf(payer);
  Bucket* const bucket = Find(payer, &table);
  const size_t limit = table.quota.open_streams;
  if (limit > 0 && bucket->streams >= limit) {
    return Exceeded(payer, "open streams", absl::StrCat(limit), kStreamQuotaWait);
  }
  ++bucket->streams;
  return Seat(this, bucket);
}

size_t QuotaBook::buckets() const {
  absl::MutexLock lock(&mu_);
  return organisations_.buckets.size() + addresses_.buckets.size();
}

QuotaBook::Table& QuotaBook::TableOf(const Payer& payer) {
  return payer.sort == Payer::Sort::kOrganisation ? organisations_ : addresses_;
}

QuotaBook::Bucket* QuotaBook::Find(const Payer& payer, Table* table) {
  const absl::Duration now = elapsed_();
  const absl::Duration since = now - table->swept;
  const bool is_full = table->buckets.size() >= max_buckets_;
  if (since < absl::ZeroDuration() ||
      since >= (is_full ? kFullQuotaSweepInterval : kQuotaSweepInterval)) {
    Sweep(table, now);
  }
  auto found = table->buckets.find(payer.name);
  if (found == table->buckets.end() && table->buckets.size() < max_buckets_) {
    found = table->buckets.emplace(payer.name, std::make_unique<Bucket>(table->quota, now)).first;
  }
  Bucket* const bucket = found == table->buckets.end() ? table->shared.get() : found->second.get();
  bucket->Fill(table->quota, now);
  return bucket;
}

void QuotaBook::Sweep(Table* table, absl::Duration now) {
  table->swept = now;
  for (auto it = table->buckets.begin(); it != table->buckets.end();) {
    it->second->Fill(table->quota, now);
    const auto next = std::next(it);
    if (it->second->IsAsNew(table->quota)) table->buckets.erase(it);
    it = next;
  }
}

void QuotaBook::GiveBack(Bucket* bucket) {
  absl::MutexLock lock(&mu_);
  --bucket->streams;
}

QuotaBook::Seat::Seat(Seat&& other) noexcept
    : book_(std::exchange(other.book_, nullptr)), bucket_(other.bucket_) {}

QuotaBook::Seat& QuotaBook::Seat::operator=(Seat&& other) noexcept {
  std::swap(book_, other.book_);
  std::swap(bucket_, other.bucket_);
  return *this;
}

QuotaBook::Seat::~Seat() {
  if (book_ != nullptr) book_->GiveBack(bucket_);
}

}  // namespace liaison::rpc
