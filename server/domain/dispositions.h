// What is said to become of inputs.
#ifndef LIAISON_SERVER_DOMAIN_DISPOSITIONS_H_
#define LIAISON_SERVER_DOMAIN_DISPOSITIONS_H_

#include <map>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/domain/rows.pb.h"
#include "server/domain/trial.h"

namespace liaison::domain {

// What the version before said, where a disposition says it again with other reasons, of other
// kinds or of more inputs; nothing where it is the first of its chain.
class Restated {
 public:
  static absl::StatusOr<Restated> By(const Lookup& lookup, const pb::EventHeader& header);

  // By root. UNSPECIFIED where it did not name the input.
  pb::DispositionKind KindOf(const record::Hash& input) const;
  const std::map<record::Hash, pb::DispositionKind>& kinds() const { return kinds_; }
  // What those that are merged or taken up went into.
  const std::string& into() const { return into_; }
  const std::string& passed_to() const { return passed_to_; }
  // True iff what stands of the input was said in this chain: nothing was said of it since.
  absl::StatusOr<bool> Stands(const Lookup& lookup, const rows::Input& input) const;

 private:
  std::optional<record::Hash> root_;
  std::map<record::Hash, pb::DispositionKind> kinds_;
  std::string into_, passed_to_;
};

// May it be said of all its inputs, to those who read it.
absl::Status DecideDisposition(const Trial& trial);

}  // namespace liaison::domain

#endif  // LIAISON_SERVER_DOMAIN_DISPOSITIONS_H_
