// A filter over events, in the grammar of AIP-160.
#ifndef LIAISON_SERVER_FANOUT_FILTER_H_
#define LIAISON_SERVER_FANOUT_FILTER_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "igf/liaison/v1/event.pb.h"

namespace liaison::fanout {

// A Filter says of a header whether it is wanted. It sees headers only, which are kept for ever, so
// that the same range of the log always gives the same answer. Immutable, thread-safe.
//
//   filter      = [ expression ] .
//   expression  = sequence { "OR" sequence } .
//   sequence    = factor { [ "AND" ] factor } .
//   factor      = [ "NOT" | "-" ] ( restriction | "(" expression ")" ) .
//   restriction = field ( "=" | "!=" | ":" ) value .
//   field       = "type" | "topic" | "author" | "audience" | "cycle" | "language" | "reference" .
//   value       = quoted | bare .     bare: letters, digits and . / : @ _ + -
//
// `topic` is true of the topic and of everything below it; a value that ends in ":" is a whole
// scheme. `reference` takes a digest in hexadecimal. ":" means the same as "=". AND binds tighter
// than OR, as in most languages and unlike AIP-160, where nobody expects it: use parentheses.
class Filter {
 public:
  // FILTER_INVALID with the place and what was expected. Empty text matches everything.
  static absl::StatusOr<Filter> Parse(absl::string_view text);

  bool matches_everything() const { return root_ == nullptr; }
  bool Matches(const igf::liaison::v1::EventHeader& header) const;

  // Terms of which every matching event carries at least one (record::Term); empty where nothing of
  // the kind can be said, and the log has to be scanned.
  const std::vector<std::string>& driving_terms() const { return driving_terms_; }

 private:
  struct Node;
  friend class FilterParser;

  std::shared_ptr<const Node> root_;
  std::vector<std::string> driving_terms_;
};

}  // namespace liaison::fanout

#endif  // LIAISON_SERVER_FANOUT_FILTER_H_
