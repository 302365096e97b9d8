// Who and what the hub knows of.
#ifndef LIAISON_DIRECTORY_CLIENT_H_
#define LIAISON_DIRECTORY_CLIENT_H_

#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "liaison/connection.h"

namespace liaison {

// A DirectoryClient looks up organisations, topic schemes and cycles: their latest versions. Copies
// share one connection. Thread-safe. The lists fetch all pages.
class DirectoryClient {
 public:
  explicit DirectoryClient(std::shared_ptr<Connection> connection);

  absl::StatusOr<v1::GetHubResponse> Hub() const;
  absl::StatusOr<v1::OrganisationEntry> Organisation(absl::string_view organisation) const;
  absl::StatusOr<std::vector<v1::OrganisationEntry>> Organisations() const;
  absl::StatusOr<v1::TopicSchemeEntry> TopicScheme(absl::string_view scheme) const;
  absl::StatusOr<std::vector<v1::TopicSchemeEntry>> TopicSchemes() const;
  absl::StatusOr<v1::CycleEntry> Cycle(absl::string_view cycle_id) const;
  absl::StatusOr<std::vector<v1::CycleEntry>> Cycles() const;

 private:
  std::shared_ptr<Connection> connection_;
};

}  // namespace liaison

#endif  // LIAISON_DIRECTORY_CLIENT_H_
