#include "server/federation/receipts.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "proto/record/errors.h"
#include "server/federation/limits.h"

namespace liaison::federation {

namespace {

// What was dealt with by other rules is remembered beside.
void BeginBy(const std::string& rules, rows::Receipt* receipt) {
  if (receipt->rules() == rules) return;
  const uint64_t settled = receipt->settled();
  const std::string before = receipt->rules();
  receipt->set_rules(rules);
  if (before.empty() || settled == 0) return;
  for (rows::Receipt::Before& known : *receipt->mutable_before()) {
    if (known.rules() != before) continue;
    known.set_settled(std::max(known.settled(), settled));
    return;
  }
  if (receipt->before_size() == kMaxReceiptsBefore) receipt->mutable_before()->DeleteSubrange(0, 1);
  rows::Receipt::Before& next = *receipt->add_before();
  next.set_rules(before);
  next.set_settled(settled);
}

}  // namespace

void Receipts::Note(const std::string& peer, const pb::PullLaneRequest& request,
                    const std::string& rules, absl::Time now) {
  const int64_t now_us = absl::ToUnixMicros(now);
  std::string row;
  {
    absl::MutexLock lock(&mu_);
    Told& told = Find({peer, request.origin()});
    rows::Receipt& receipt = told.row;
    // By other rules it has dealt with nothing before it begins anew.
    if (receipt.rules().empty() || request.settled() == 0 ||
        request.settled() < receipt.settled()) {
      BeginBy(rules, &receipt);
    }
    if (receipt.asked_us() == 0 || receipt.settled() != request.settled()) {
      receipt.set_settled(request.settled());
      receipt.set_settled_us(now_us);
      receipt.set_furthest(std::max(receipt.furthest(), request.settled()));
    }
    // After each start it fetches the registry anew: having had it is what counts.
    if (request.registry_size() > receipt.registry_size()) {
      receipt.set_registry_size(request.registry_size());
      receipt.set_registry_us(now_us);
    }
    receipt.set_late_after(request.late_after());
    receipt.set_asked_us(now_us);
    if (!IsDue(told, now)) return;
    told.kept = receipt;
    told.kept_at = now;
    row = receipt.SerializeAsString();
  }
  const absl::Status kept = entry_.Keep(ReceiptRowKey(peer, request.origin()), row);
  absl::MutexLock lock(&mu_);
  if (!kept.ok()) told_[{peer, request.origin()}].kept.Clear();
  const bool goes = record::ReasonOf(kept) == record::Reason::kShuttingDown;
  if (!kept.ok() && !failing_ && !goes) {
    report_(absl::StrCat("what ", peer, " has dealt with is not kept: ", kept.message()));
  }
  failing_ = !kept.ok();
}

std::optional<rows::Receipt> Receipts::Of(const std::string& peer,
                                          const std::string& origin) const {
  absl::MutexLock lock(&mu_);
  const rows::Receipt& row = Find({peer, origin}).row;
  return row.asked_us() == 0 ? std::nullopt : std::make_optional(row);
}

std::optional<absl::Time> Receipts::AskedLast(const std::string& peer,
                                              const std::vector<std::string>& origins) const {
  int64_t last_us = 0;
  absl::MutexLock lock(&mu_);
  for (const std::string& origin : origins) {
    last_us = std::max(last_us, Find({peer, origin}).row.asked_us());
  }
  return last_us == 0 ? std::nullopt : std::make_optional(absl::FromUnixMicros(last_us));
}

Receipts::Told& Receipts::Find(const Key& key) const {
  const auto known = told_.find(key);
  if (known != told_.end()) return known->second;
  Told& told = told_[key];
  told.row.set_origin(key.second);
  const auto row = entry_.Find(ReceiptRowKey(key.first, key.second));
  rows::Receipt kept;
  if (!row.ok() || !*row || !kept.ParseFromString(**row) || kept.origin() != key.second) {
    return told;
  }
  told.row = told.kept = std::move(kept);
  return told;
}

bool Receipts::IsDue(const Told& told, absl::Time now) {
  const absl::Duration since = now - told.kept_at;
  // A clock that was set back does not hold it up for longer than a pause.
  if (since >= absl::ZeroDuration() && since < kReceiptPause) return false;
  if (told.row.settled() != told.kept.settled() || told.kept.asked_us() == 0 ||
      told.row.registry_size() != told.kept.registry_size() ||
      told.row.late_after() != told.kept.late_after() || told.row.rules() != told.kept.rules()) {
    return true;
  }
  return told.row.asked_us() - told.kept.asked_us() >= absl::ToInt64Microseconds(kAskedPause);
}

}  // namespace liaison::federation
