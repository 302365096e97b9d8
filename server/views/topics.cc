#include "server/views/topics.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "proto/record/errors.h"
#include "proto/record/macros.h"

namespace liaison::views {
namespace {

std::string TopicOf(absl::string_view scheme, absl::string_view code) {
  // `core` is the scheme of codes that are written alone.
  return scheme == "core" ? std::string(code) : absl::StrCat(scheme, ":", code);
}

}  // namespace

absl::StatusOr<std::map<std::string, std::string>> TopicLabels(const Reading& reading) {
  std::map<std::string, Index> schemes;
  for (Index index : reading.OfType(pb::EVENT_TYPE_TOPIC_SCHEME)) {
    schemes[reading.Header(index).topic_scheme().scheme()] = index;
  }
  std::map<std::string, std::string> labels;
  for (const auto& [scheme, index] : schemes) {
    LIAISON_ASSIGN_OR_RETURN(const auto body, reading.Body(index));
    const auto* words = dynamic_cast<const pb::TopicScheme*>(body.get());
    if (words == nullptr) continue;
    for (const pb::TopicCode& entry : words->entries()) {
      if (!entry.label().empty()) labels[TopicOf(scheme, entry.code())] = entry.label();
    }
  }
  return labels;
}

std::vector<domain::CodeMapping> Crosswalk(const Reading& reading) {
  std::map<std::pair<std::string, std::string>, Index> latest;
  for (Index index : reading.OfType(pb::EVENT_TYPE_CROSSWALK)) {
    const pb::CrosswalkFacts& facts = reading.Header(index).crosswalk();
    latest[{facts.from_scheme(), facts.to_scheme()}] = index;
  }
  std::vector<domain::CodeMapping> mappings;
  for (const auto& [schemes, index] : latest) {
    for (const pb::CrosswalkEntry& entry : reading.Header(index).crosswalk().entries()) {
      mappings.push_back({TopicOf(schemes.first, entry.from_code()),
                          TopicOf(schemes.second, entry.to_code()), entry.match()});
    }
  }
  return mappings;
}

absl::Status CheckTopic(const Reading& reading, absl::string_view topic, absl::string_view field) {
  // While there is no scheme, every topic may be named: see domain::Directory::KnowsTopic.
  if (topic == "unspecified" || reading.OfType(pb::EVENT_TYPE_TOPIC_SCHEME).empty()) {
    return absl::OkStatus();
  }
  for (Index index : reading.OfType(pb::EVENT_TYPE_TOPIC_SCHEME)) {
    const pb::TopicSchemeFacts& facts = reading.Header(index).topic_scheme();
    for (const std::string& code : facts.codes()) {
      if (TopicOf(facts.scheme(), code) == topic) return absl::OkStatus();
    }
  }
  return record::FieldInvalid(
      field, "no scheme has such a code; write SCHEME:CODE, ListTopicSchemes has them all");
}

absl::StatusOr<const domain::StopList*> UsualStopList() {
  static const auto& list = *new absl::StatusOr<domain::StopList>([] {
    auto splitter = domain::WordSplitter::Create();
    if (!splitter.ok()) return absl::StatusOr<domain::StopList>(splitter.status());
    return domain::StopList::Create(&*splitter);
  }());
  if (!list.ok()) return list.status();
  return &*list;
}

}  // namespace liaison::views
