#include "server/federation/questions.h"

#include "proto/record/macros.h"
#include "server/federation/evidence.h"

namespace liaison::federation {

absl::StatusOr<pb::LaneAnswer> AnswerQuestion(const AnsweringRooms& rooms, const std::string& peer,
                                              const pb::LaneQuestion& question, absl::Time now) {
  pb::LaneAnswer answer;
  switch (question.asked_case()) {
    case pb::LaneQuestion::kPull: {
      LIAISON_ASSIGN_OR_RETURN(
          *answer.mutable_pulled(),
          ServeLane(*rooms.source, rooms.relay, rooms.receipts, peer, question.pull(), now));
      return answer;
    }
    case pb::LaneQuestion::kEvidence: {
      LIAISON_ASSIGN_OR_RETURN(*answer.mutable_evidence(),
                               TellEvidence(peer, question.evidence(), *rooms.source->policy(),
                                            *rooms.entry, rooms.replicas));
      return answer;
    }
    case pb::LaneQuestion::kConsistency: {
      LIAISON_ASSIGN_OR_RETURN(*answer.mutable_consistency(),
                               rooms.prove_consistency(question.consistency()));
      return answer;
    }
    case pb::LaneQuestion::kCosignatures: {
      LIAISON_ASSIGN_OR_RETURN(*answer.mutable_cosignatures(),
                               rooms.take_cosignatures(question.cosignatures()));
      return answer;
    }
    case pb::LaneQuestion::ASKED_NOT_SET:
      break;
  }
  return absl::UnimplementedError("this hub does not know that question");
}

}  // namespace liaison::federation
