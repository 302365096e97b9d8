// Topics that a crosswalk says are one.
#ifndef LIAISON_SERVER_DOMAIN_EXACT_TOPICS_H_
#define LIAISON_SERVER_DOMAIN_EXACT_TOPICS_H_

#include <map>
#include <string>
#include <vector>

#include "absl/types/span.h"
#include "server/domain/radar.h"

namespace liaison::domain {

// ExactTopics give one name to codes of several schemes and years that match exactly, whether
// directly or through others. Thread-safe.
class ExactTopics {
 public:
  explicit ExactTopics(absl::Span<const CodeMapping> crosswalk);

  // The one that mappings lead to, the first by name where they lead to several or in a circle; the
  // topic itself where nothing is said of it.
  const std::string& NameOf(const std::string& topic) const;
  // All of them, itself too, in order.
  std::vector<std::string> NamesOf(const std::string& topic) const;
  // The other mappings, between these names.
  std::vector<CodeMapping> Others(absl::Span<const CodeMapping> crosswalk) const;

 private:
  std::map<std::string, std::string> name_of_;
  std::map<std::string, std::vector<std::string>> names_;  // by NameOf, where there are several
};

}  // namespace liaison::domain

#endif  // LIAISON_SERVER_DOMAIN_EXACT_TOPICS_H_
