// What convicts an origin, whoever brings it.
#ifndef LIAISON_SERVER_FEDERATION_EVIDENCE_H_
#define LIAISON_SERVER_FEDERATION_EVIDENCE_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "igf/liaison/v1/federation_service.pb.h"
#include "server/federation/entry.h"
#include "server/federation/origin_registry.h"
#include "server/federation/policy.h"
#include "server/federation/rows.pb.h"
#include "server/federation/standings.h"

namespace liaison::federation {

class Replicas;

enum class Finding {
  kGuilty,
  kNothing,     // it proves nothing: whoever brought it is at fault
  kCannotTell,  // the origin's registry is not here as far as it takes, or says another thing here
};
struct Opinion {
  Finding finding = Finding::kNothing;
  rows::Cause cause = rows::CAUSE_UNSPECIFIED;  // of the guilty
  std::string why;                              // in words of this hub's own
};

// Judges evidence against an origin of the policy by its pinned key alone, and by its registry as
// it was proven here. What the bringer says of it counts for nothing. Thread-safe.
Opinion JudgeEvidence(const std::string& origin, const rows::Evidence& evidence,
                      const OriginRegistry& theirs, const Policy& policy);

// Adds the key that the leaf names, where the registry has it: with it anybody checks the
// signature.
void AddPublicKey(const OriginRegistry& theirs, rows::Evidence* evidence);

// Keeps what convicts the origin, beside what did before, and leaves it alone. Whoever is left
// alone already stays so for what came first: that is to be looked into, and what follows is of its
// kind.
void Convict(const std::string& origin, rows::Cause cause, rows::Evidence evidence, Entry* entry,
             Standings* standings, absl::Time now);

// What proves itself of it; the rest this hub knows better.
rows::Evidence ToRow(const pb::OriginEvidence& evidence);
// Without who has shown it, which is no other hub's business.
pb::OriginEvidence ToProto(const std::string& origin, const rows::Evidence& evidence);
// True iff the policy lets the peer have it: the header is of an event, and may be for others.
bool MayTell(absl::string_view peer, const rows::Evidence& evidence, const Policy& policy);
// What this hub has against those origins and the peer may have. What is not signed by the key that
// is pinned now is not told: it would prove nothing, and whoever brings that is at fault.
// Besides the newest checkpoint that is known of the log for which it asks. FIELD_INVALID for too
// many.
absl::StatusOr<pb::GetEvidenceResponse> TellEvidence(absl::string_view peer,
                                                     const pb::GetEvidenceRequest& request,
                                                     const Policy& policy, const Entry& entry,
                                                     const Replicas* replicas);

}  // namespace liaison::federation

#endif  // LIAISON_SERVER_FEDERATION_EVIDENCE_H_
