// What adoption asks for.
#ifndef LIAISON_SERVER_DOMAIN_ADOPTION_H_
#define LIAISON_SERVER_DOMAIN_ADOPTION_H_

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "proto/record/errors.h"
#include "server/domain/rows.pb.h"
#include "server/domain/state.h"
#include "server/domain/statement.h"

namespace liaison::domain {

// An objection to a decision that nobody has answered.
struct OpenObjection {
  std::string digest;
  std::string holder;  // HolderOf
  std::string audience;
  std::string author;
};
// In order of holder, individuals last. `answered` are digests that are being answered now.
absl::StatusOr<std::vector<OpenObjection>> OpenObjections(const Lookup& lookup,
                                                          const record::Hash& decision,
                                                          const std::set<std::string>& answered);

// Every field that adoption asks for and the decision does not have, or has wrong, but for
// objections: focus question, priority, time frame; outcome with product, an owner whom the hub
// knows, a date within the time frame and a test; work format; a seat of the MAG as steward;
// reasons; the inputs considered. `field` is that of the Decision in a draft.
std::vector<record::FieldViolation> MissingForAdoption(const Registry& registry,
                                                       const pb::DecisionFacts& facts,
                                                       bool considered);
// What was to be by a day that is over. Asked when it is promised, not afterwards: work may be
// late.
std::vector<record::FieldViolation> PastForAdoption(const pb::DecisionFacts& facts,
                                                    int64_t hub_time_us);
record::FieldViolation UnansweredObjection(const OpenObjection& objection);

}  // namespace liaison::domain

#endif  // LIAISON_SERVER_DOMAIN_ADOPTION_H_
