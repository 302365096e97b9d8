#include "server/views/ranking_page.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "proto/record/limits.h"

namespace liaison::views {

RankingPage::RankingPage(const Reading& reading, const std::string& after)
    : as_of_(reading.Head()) {
  if (after.empty()) return;
  const absl::string_view key = after;
  const size_t digits = std::min(KeyOf(0).size(), key.size());
  as_of_ = std::min(as_of_, SequenceOfKey(key.substr(0, digits)));
  first_ = SequenceOfKey(key.substr(digits));
  if (as_of_ < reading.Head()) held_.emplace(reading, as_of_);
}

std::string RankingPage::Next(size_t row) const { return absl::StrCat(KeyOf(as_of_), KeyOf(row)); }

bool RankedRows::Take() {
  const size_t row = seen_++;
  if (page_ != nullptr && (row < page_->first() || size_bytes_ >= record::kMaxPageSizeBytes)) {
    return false;
  }
  if (taken_ == most_) return false;
  ++taken_;
  return true;
}

std::string RankedRows::Next() const {
  if (page_ == nullptr || page_->first() + taken_ >= seen_) return "";
  return page_->Next(page_->first() + taken_);
}

}  // namespace liaison::views
