// A statement on trial, and what is wrong with it.
#ifndef LIAISON_SERVER_DOMAIN_TRIAL_H_
#define LIAISON_SERVER_DOMAIN_TRIAL_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "proto/record/errors.h"
#include "server/domain/roles.h"
#include "server/domain/state.h"
#include "server/domain/statement.h"
#include "server/domain/target.h"

namespace liaison::domain {

// One statement on trial, with what it refers to.
struct Trial {
  const State& state;
  const Lookup& lookup;
  const Statement& statement;
  int64_t hub_time_us;
  Roles roles;  // of the author

  const pb::EventHeader& header() const { return statement.header; }
  const std::string& author() const { return statement.header.author(); }
};

// The refusal, with all that is wrong in this way.
absl::Status Refuse(record::Reason reason, absl::string_view message,
                    const std::vector<record::FieldViolation>& violations);
// NOT_PERMITTED; `who` may.
absl::Status NotPermitted(absl::string_view who, const Trial& trial);

bool IsOne(pb::EventType type, absl::Span<const pb::EventType> types);
inline constexpr pb::EventType kInputs[] = {pb::EVENT_TYPE_TOPIC_SIGNAL,
                                            pb::EVENT_TYPE_LOCAL_REPORT};
// What scores are given to, and what inputs go into.
inline constexpr pb::EventType kCandidates[] = {pb::EVENT_TYPE_TOPIC_SIGNAL,
                                                pb::EVENT_TYPE_LOCAL_REPORT,
                                                pb::EVENT_TYPE_DECISION, pb::EVENT_TYPE_GROUPING};

// True iff it writes down what was: the secretariat does, and whoever does before there is one.
bool Imports(const Trial& trial);

// Empty where the hub knows the organisation, by its own name or that of what it belongs to; else
// what is wrong, with the names that are near. What was long ago may name who was never here, and
// while a hub is being set up nobody is.
std::string WhyUnknown(const Trial& trial, absl::string_view organisation);

// Whoever may read an input or a request, its author above all, may read what became of it. `these`
// are what it disposes of, answers or carries over. What is wrong with the audience, if anything.
std::optional<record::FieldViolation> HiddenFrom(const Trial& trial,
                                                 const std::vector<Readership>& these);
absl::Status CheckReaders(const Trial& trial, const std::vector<Readership>& these);

// All that is wrong with targets, as one violation for each; the first kind of wrong is the reason.
class Targets {
 public:
  using Found = absl::StatusOr<std::optional<Target>>;

  // `trial` must outlive it.
  explicit Targets(const Trial& trial) : trial_(trial) {}

  // Finds it and looks whether it is of one of the types, and not retracted. nullopt where not.
  Found Find(absl::string_view digest, const std::string& field,
             absl::Span<const pb::EventType> types, absl::string_view wanted);
  // What has a life cycle of its own is named by its first event.
  Found FindRoot(absl::string_view digest, const std::string& field,
                 absl::Span<const pb::EventType> types, absl::string_view wanted);
  // In any version; a group has not been dissolved.
  Found FindStanding(absl::string_view digest, const std::string& field,
                     absl::Span<const pb::EventType> types, absl::string_view wanted);
  void Unsuitable(const std::string& field, std::string description);
  // What is wrong beside that, told where something is.
  void Also(record::FieldViolation violation);
  void RefusedStep(const std::string& field, const absl::Status& refused);

  absl::Status ToStatus() const;

 private:
  const Trial& trial_;
  std::vector<record::FieldViolation> unsuitable_, retracted_, steps_, also_;
  absl::Status step_;
};

// Of what was declined or withdrawn nothing is decided any more, so nobody has to be heard about it
// or scores it. OK for what is no decision.
absl::Status CheckStillDecided(const Trial& trial, const Target& target, const std::string& field);

// Where its first reference of that relation stands: `references[0]`.
std::string ReferenceField(const pb::EventHeader& header, pb::Relation relation);

}  // namespace liaison::domain

#endif  // LIAISON_SERVER_DOMAIN_TRIAL_H_
