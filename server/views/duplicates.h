// A search for inputs that seem to say the same.
#ifndef LIAISON_SERVER_VIEWS_DUPLICATES_H_
#define LIAISON_SERVER_VIEWS_DUPLICATES_H_

#include <cstddef>
#include <optional>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "igf/liaison/v1/radar_service.pb.h"
#include "server/domain/similarity.h"
#include "server/views/reading.h"

namespace liaison::views {

// A DuplicateSearch has three steps, for the one in the middle takes long: it needs no reading, so
// that the ledger is not held meanwhile. Not thread-safe.
class DuplicateSearch {
 public:
  // Takes the words that are to be compared.
  static absl::StatusOr<DuplicateSearch> Begin(const Reading& reading,
                                               const pb::ListDuplicatesRequest& request);
  // Once.
  absl::Status Compare();
  // What a later reading has beyond the first changes nothing, save that what was taken back since
  // is left out.
  absl::StatusOr<pb::ListDuplicatesResponse> Show(const Reading& reading,
                                                  const PageArguments& page) const;

 private:
  std::vector<domain::SimilarityText> texts_;
  size_t left_out_ = 0;  // inputs
  domain::SimilarityArguments arguments_;
  domain::SimilarTexts similar_;
};

}  // namespace liaison::views

#endif  // LIAISON_SERVER_VIEWS_DUPLICATES_H_
