// What header and body of an event must say together, type by type.
#ifndef LIAISON_SERVER_ADMISSION_BODY_SHAPE_H_
#define LIAISON_SERVER_ADMISSION_BODY_SHAPE_H_

#include "absl/strings/string_view.h"
#include "igf/liaison/v1/event.pb.h"
#include "server/admission/shape.h"

namespace liaison::admission {

// One for each type that a life cycle is made of; `field` is the path of the body within the
// statement. Whether it may be said now is not asked here: that depends on what came before.
void CheckAudienceBody(const pb::EventHeader& header, const pb::Audience& body,
                       absl::string_view field, Violations* violations);
void CheckLiaison(const pb::Liaison& body, absl::string_view field, Violations* violations);
void CheckCrosswalk(const pb::Crosswalk& body, absl::string_view field, Violations* violations);
void CheckPosition(const pb::EventHeader& header, const pb::StatedPosition& body,
                   absl::string_view field, Violations* violations);
void CheckDisposition(const pb::Disposition& body, absl::string_view field, Violations* violations);
void CheckEvaluation(const pb::EventHeader& header, const pb::Evaluation& body,
                     absl::string_view field, Violations* violations);
void CheckAttendance(const pb::Attendance& body, absl::string_view field, Violations* violations);
void CheckProgress(const pb::EventHeader& header, const pb::Progress& body, absl::string_view field,
                   Violations* violations);
void CheckOutcome(const pb::EventHeader& header, const pb::Outcome& body, absl::string_view field,
                  Violations* violations);
void CheckSupportRequest(const pb::EventHeader& header, const pb::SupportRequest& body,
                         absl::string_view field, Violations* violations);
void CheckCarryOver(const pb::EventHeader& header, const pb::CarryOver& body,
                    absl::string_view field, Violations* violations);
void CheckAmendment(const pb::EventHeader& header, const pb::Amendment& body,
                    absl::string_view field, Violations* violations);
void CheckRetraction(const pb::EventHeader& header, const pb::Retraction& body,
                     absl::string_view field, Violations* violations);
void CheckTranslation(const pb::EventHeader& header, const pb::Translation& body,
                      absl::string_view field, Violations* violations);
void CheckGrouping(const pb::EventHeader& header, const pb::Grouping& body, absl::string_view field,
                   Violations* violations);

}  // namespace liaison::admission

#endif  // LIAISON_SERVER_ADMISSION_BODY_SHAPE_H_
