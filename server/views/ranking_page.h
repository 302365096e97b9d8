// Pages of a ranking. A place in it says nothing lasting, one more input moves every row: so pages
// after the first are made of the log as it was for the first, and of so many rows before them.
#ifndef LIAISON_SERVER_VIEWS_RANKING_PAGE_H_
#define LIAISON_SERVER_VIEWS_RANKING_PAGE_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "server/views/reading.h"

namespace liaison::views {

// A RankingPage is what the key of a page says. While it lives the reading is held to that.
class RankingPage {
 public:
  // REQUIRES: `after` is empty, or the Next() of another page.
  RankingPage(const Reading& reading, const std::string& after);

  size_t first() const { return first_; }
  // The key of the page that begins with that row.
  std::string Next(size_t row) const;

 private:
  uint64_t as_of_ = 0;
  size_t first_ = 0;
  std::optional<HeldTo> held_;
};

// RankedRows finds those of a page among the rows as they come by, all of them. Without a page they
// are the first ones.
class RankedRows {
 public:
  RankedRows(const RankingPage* page, size_t most) : page_(page), most_(most) {}

  // True iff the next row is on the page.
  bool Take();
  // How large that was. A page also ends at 1 MiB.
  void Took(size_t size_bytes) { size_bytes_ += size_bytes; }
  // Where the next page begins; empty at the end.
  std::string Next() const;

 private:
  const RankingPage* const page_;
  const size_t most_;
  size_t seen_ = 0;
  size_t taken_ = 0;
  size_t size_bytes_ = 0;
};

}  // namespace liaison::views

#endif  // LIAISON_SERVER_VIEWS_RANKING_PAGE_H_
