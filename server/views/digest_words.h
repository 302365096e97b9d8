// The sentences of digests: why something is there, for a person.
#ifndef LIAISON_SERVER_VIEWS_DIGEST_WORDS_H_
#define LIAISON_SERVER_VIEWS_DIGEST_WORDS_H_

#include <string>
#include <vector>

#include "igf/liaison/v1/bodies.pb.h"
#include "igf/liaison/v1/liaison_service.pb.h"
#include "igf/liaison/v1/sentence.pb.h"
#include "server/views/requests.h"

namespace liaison::views {

namespace pb = ::igf::liaison::v1;

// Thread-safe, all of them.
// Also where it is taken apart again and says no title.
pb::Sentence NameOfGrouping(const pb::EventSummary& grouping);
pb::Sentence Title(const pb::EventSummary& event);
// What adoption asks for: `decision.priority` is `a priority`.
pb::Sentence Lacked(const std::string& missing);
pb::Sentence Standing(pb::DecisionState state);
// What came of a decision.
pb::Sentence CameOf(const pb::EventSummary& decision, pb::TestResult result);
pb::Sentence HowFar(const pb::EventSummary& decision, const pb::ProgressFacts& progress);
pb::Sentence WhatBecame(pb::DispositionKind kind, const std::string& passed_to);
pb::Sentence TakenBack(pb::RetractionCause cause);
// Who asks whom, and what to do.
std::vector<pb::Sentence> WhoAsks(const RequestRow& row);

}  // namespace liaison::views

#endif  // LIAISON_SERVER_VIEWS_DIGEST_WORDS_H_
