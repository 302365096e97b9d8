// A search for inputs that seem to say the same.
#ifndef LIAISON_SERVER_VIEWS_DUPLICATES_H_
#define LIAISON_SERVER_VIEWS_DUPLICATES_H_

#include <cstddef>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "igf/liaison/v1/radar_service.pb.h"
#include "server/domain/exact_topics.h"
#include "server/domain/similarity.h"
#include "server/views/reading.h"
#include "server/views/shortlist.h"

namespace liaison::views {

// A DuplicateSearch goes by steps, each with a reading of its own or with none, so that the ledger
// is not held while much is read and compared. Not thread-safe.
class DuplicateSearch {
 public:
  // Finds the inputs that may be compared: of the log as it stands, or as it stood for the first
  // page. Scores move with all that is compared; so would the pages of a list, and lose pairs.
  static absl::StatusOr<DuplicateSearch> Begin(const Reading& reading,
                                               const pb::ListDuplicatesRequest& request,
                                               const PageArguments& page);
  // Reads the words of some of them; false: of all. What a later reading of the same caller has
  // beyond the first changes nothing, save that what was taken back since is not shown.
  absl::StatusOr<bool> Read(const Reading& reading);
  // Once, after all are read.
  absl::Status Compare();
  absl::StatusOr<pb::ListDuplicatesResponse> Show(const Reading& reading,
                                                  const PageArguments& page) const;

 private:
  explicit DuplicateSearch(domain::ExactTopics exact) : exact_(std::move(exact)) {}

  absl::Status Scan(const Reading& reading);
  size_t LeftOut() const;  // inputs

  const domain::ExactTopics exact_;
  uint64_t as_of_ = 0;  // sequence
  domain::SimilarityArguments arguments_;
  size_t total_ = 0;  // inputs of the window
  std::vector<Index> inputs_;
  size_t read_ = 0;  // of these
  std::vector<domain::SimilarityText> texts_;
  // Where the search is for what is like one: what that one has, and, of too many, those among
  // which the likeliest are looked for first.
  bool like_is_of_window_ = false;
  std::set<std::string> languages_;
  std::set<std::string> topics_;
  std::optional<Shortlist> shortlist_;
  std::vector<Index> to_scan_;
  size_t scanned_ = 0;  // of these
  domain::SimilarTexts similar_;
};

}  // namespace liaison::views

#endif  // LIAISON_SERVER_VIEWS_DUPLICATES_H_
