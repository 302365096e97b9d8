// A fictional IGF: who is in it, and what they say, in few words.
#ifndef LIAISON_TESTS_SUPPORT_FICTIONAL_IGF_H_
#define LIAISON_TESTS_SUPPORT_FICTIONAL_IGF_H_

#include <cstdint>
#include <string>
#include <vector>

#include "igf/liaison/v1/event.pb.h"
#include "proto/record/hash.h"

namespace liaison::testing {

namespace pb = ::igf::liaison::v1;

inline constexpr char kSecretariat[] = "org/igf-secretariat";
inline constexpr char kMag[] = "org/igf-mag";
inline constexpr char kSeat1[] = "org/igf-mag/seat-1";
inline constexpr char kSeat2[] = "org/igf-mag/seat-2";
inline constexpr char kNri[] = "org/fictional-igf";
inline constexpr char kPartner[] = "org/fictional-partner";
inline constexpr char kOther[] = "org/fictional-other";
inline constexpr char kStranger[] = "org/not-registered";

// Organisations, then cycle 2027 with its evaluation from 2027-01-01 to 2027-06-30: what a hub is
// told before anybody says anything.
std::vector<pb::Draft> Opening();

// Each a whole statement that nothing is wrong with by itself: for igf/public, in English, in cycle
// 2027, under a fresh event id. Tests change what they are about.
pb::Draft SignalBy(const std::string& author);
// A signal that asks for action by a date.
pb::Draft RequestTo(const std::string& addressee, const std::string& author,
                    const std::string& date = "2027-03-01");
pb::Draft ReportBy(const std::string& author);
pb::Draft SupportRequestBy(const std::string& author, const std::string& addressee);
pb::Draft PositionOn(const record::Hash& target, const std::string& author, pb::PositionKind kind);
pb::Draft ResponseTo(const record::Hash& request, const std::string& author, pb::ResponseKind kind);
pb::Draft DispositionOf(const std::vector<record::Hash>& inputs, pb::DispositionKind kind,
                        const std::string& author = kSecretariat);
// The same, merged or taken up into that.
pb::Draft Into(const record::Hash& what, pb::Draft disposition);
// A score of 0 declares a conflict.
pb::Draft EvaluationOf(const record::Hash& candidate, const std::string& author, uint32_t score);
// With everything that adoption asks for but the inputs considered.
pb::Draft DecisionIn(pb::DecisionState state, const std::string& author = kSeat1);
// With nothing that adoption asks for.
pb::Draft BareDecisionIn(pb::DecisionState state, const std::string& author = kSeat1);
pb::Draft ProgressOn(const record::Hash& decision, const std::string& author);
pb::Draft OutcomeOf(const record::Hash& decision, const std::string& author);
pb::Draft CarryOverOf(const std::vector<record::Hash>& items, const std::string& from,
                      const std::string& to, const std::string& author = kSecretariat);
pb::Draft AmendmentOf(const record::Hash& root, const std::string& author);
pb::Draft RetractionOf(const record::Hash& root, const std::string& author);
pb::Draft TranslationOf(const record::Hash& version, const std::string& language,
                        const std::string& author = kSecretariat);
pb::Draft GroupOf(const std::vector<record::Hash>& members, const std::string& author = kSeat1);
pb::Draft DissolutionOf(const record::Hash& group, const std::string& author = kSeat1);
pb::Draft AttendanceBy(const std::string& author);
pb::Draft RegistrationOf(const std::string& organisation, pb::OrganisationKind kind);
pb::Draft Retired(pb::Draft registration);
pb::Draft CycleOf(const std::string& cycle, pb::CycleState state,
                  const std::string& evaluation_from = "2027-01-01",
                  const std::string& evaluation_to = "2027-06-30");
pb::Draft SchemeOf(const std::string& scheme, const std::vector<std::string>& codes);
pb::Draft CrosswalkBy(const std::string& author);
pb::Draft AudienceOf(const std::string& group, uint32_t version,
                     const std::vector<std::string>& members);
pb::Draft LiaisonBetween(const std::string& from, const std::string& to, pb::LiaisonAction action);

// The same draft, naming one more event.
pb::Draft Naming(pb::Draft draft, pb::Relation relation, const record::Hash& digest);
// A later version of the chain that begins with `root`.
pb::Draft Revising(const record::Hash& root, pb::Draft draft);
pb::Draft Considering(const std::vector<record::Hash>& inputs, pb::Draft draft);
pb::Draft Answering(const std::vector<record::Hash>& objections, pb::Draft draft);
pb::Draft For(const std::string& audience, pb::Draft draft);
pb::Draft By(const std::string& author, pb::Draft draft);
// Written down by its author for another organisation; for a person who will never enrol.
pb::Draft RecordedFor(const std::string& organisation, pb::Draft draft);
pb::Draft RecordedForSomebody(pb::Draft draft);

}  // namespace liaison::testing

#endif  // LIAISON_TESTS_SUPPORT_FICTIONAL_IGF_H_
