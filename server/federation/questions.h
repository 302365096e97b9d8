// What a peer is answered over the line that this hub keeps open to it.
#ifndef LIAISON_SERVER_FEDERATION_QUESTIONS_H_
#define LIAISON_SERVER_FEDERATION_QUESTIONS_H_

#include <functional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "igf/liaison/v1/federation_service.pb.h"
#include "igf/liaison/v1/transparency_service.pb.h"
#include "igf/liaison/v1/witness_service.pb.h"
#include "server/federation/entry.h"
#include "server/federation/receipts.h"
#include "server/federation/relay.h"
#include "server/federation/replica.h"
#include "server/federation/source.h"

namespace liaison::federation {

// All of them are thread-safe, and outlive whoever asks.
struct AnsweringRooms {
  const Source* source;
  const Relay* relay;
  Receipts* receipts;
  const Entry* entry;
  const Replicas* replicas;
  // As whoever calls gets them. May wait for the disk.
  std::function<absl::StatusOr<pb::GetConsistencyProofResponse>(
      const pb::GetConsistencyProofRequest& request)>
      prove_consistency;
  std::function<absl::StatusOr<pb::AddCosignaturesResponse>(
      const pb::AddCosignaturesRequest& request)>
      take_cosignatures;
};

// As if the peer had called. UNIMPLEMENTED for what is no question that is known here.
absl::StatusOr<pb::LaneAnswer> AnswerQuestion(const AnsweringRooms& rooms, const std::string& peer,
                                              const pb::LaneQuestion& question, absl::Time now);

}  // namespace liaison::federation

#endif  // LIAISON_SERVER_FEDERATION_QUESTIONS_H_
