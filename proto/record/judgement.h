// What a refusal speaks of.
#ifndef LIAISON_PROTO_RECORD_JUDGEMENT_H_
#define LIAISON_PROTO_RECORD_JUDGEMENT_H_

#include "absl/status/status.h"

namespace liaison::record {

// Whether a refusal says something of what was asked, and not of the hub's condition or of who
// asks: then it is the same when the same is asked again. REQUIRES: not OK. Thread-safe.
bool IsJudgement(const absl::Status& status);

}  // namespace liaison::record

#endif  // LIAISON_PROTO_RECORD_JUDGEMENT_H_
