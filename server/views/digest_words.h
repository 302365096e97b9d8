// The sentences of digests: why something is there, for a person.
#ifndef LIAISON_SERVER_VIEWS_DIGEST_WORDS_H_
#define LIAISON_SERVER_VIEWS_DIGEST_WORDS_H_

#include <string>

#include "igf/liaison/v1/bodies.pb.h"
#include "igf/liaison/v1/liaison_service.pb.h"
#include "server/views/requests.h"

namespace liaison::views {

namespace pb = ::igf::liaison::v1;

// Thread-safe, all of them.
// Also where it is taken apart again and says no title.
std::string NameOfGrouping(const pb::EventSummary& grouping);
std::string Title(const pb::EventSummary& event);
// What adoption asks for: `decision.priority` is `a priority`.
std::string InWords(const std::string& missing);
std::string InWords(pb::DecisionState state);
std::string InWords(pb::TestResult result);
std::string InWords(pb::DispositionKind kind, const std::string& passed_to);
std::string InWords(pb::RetractionCause cause);
std::string InWords(const RequestRow& row);

}  // namespace liaison::views

#endif  // LIAISON_SERVER_VIEWS_DIGEST_WORDS_H_
