#include "liaison/directory_client.h"

#include <string>
#include <utility>

#include "client/internal/all_pages.h"
#include "proto/record/macros.h"

namespace liaison {
namespace {

// All entries of a list, whatever it is of.
template <typename Entry, typename Request, typename Call>
absl::StatusOr<std::vector<Entry>> AllEntries(const Call& call) {
  return internal::AllPages<Entry>(Request(), call,
                                   [](auto& response) { return response.mutable_entries(); });
}

}  // namespace

DirectoryClient::DirectoryClient(std::shared_ptr<Connection> connection)
    : connection_(std::move(connection)) {}

absl::StatusOr<v1::GetHubResponse> DirectoryClient::Hub() const { return connection_->GetHub({}); }

absl::StatusOr<v1::OrganisationEntry> DirectoryClient::Organisation(
    absl::string_view organisation) const {
  v1::GetOrganisationRequest request;
  request.set_organisation(std::string(organisation));
  LIAISON_ASSIGN_OR_RETURN(auto response, connection_->GetOrganisation(request));
  return std::move(*response.mutable_entry());
}

absl::StatusOr<std::vector<v1::OrganisationEntry>> DirectoryClient::Organisations() const {
  return AllEntries<v1::OrganisationEntry, v1::ListOrganisationsRequest>(
      [this](const auto& request) { return connection_->ListOrganisations(request); });
}

absl::StatusOr<v1::TopicSchemeEntry> DirectoryClient::TopicScheme(absl::string_view scheme) const {
  v1::GetTopicSchemeRequest request;
  request.set_scheme(std::string(scheme));
  LIAISON_ASSIGN_OR_RETURN(auto response, connection_->GetTopicScheme(request));
  return std::move(*response.mutable_entry());
}

absl::StatusOr<std::vector<v1::TopicSchemeEntry>> DirectoryClient::TopicSchemes() const {
  return AllEntries<v1::TopicSchemeEntry, v1::ListTopicSchemesRequest>(
      [this](const auto& request) { return connection_->ListTopicSchemes(request); });
}

absl::StatusOr<v1::CycleEntry> DirectoryClient::Cycle(absl::string_view cycle_id) const {
  v1::GetCycleRequest request;
  request.set_cycle_id(std::string(cycle_id));
  LIAISON_ASSIGN_OR_RETURN(auto response, connection_->GetCycle(request));
  return std::move(*response.mutable_entry());
}

absl::StatusOr<std::vector<v1::CycleEntry>> DirectoryClient::Cycles() const {
  return AllEntries<v1::CycleEntry, v1::ListCyclesRequest>(
      [this](const auto& request) { return connection_->ListCycles(request); });
}

}  // namespace liaison
