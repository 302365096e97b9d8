#include "liaison/directory_client.h"

#include <string>
#include <utility>

#include "proto/record/macros.h"

namespace liaison {
namespace {

// A hub that never comes to an end is not followed for ever: 10,000 pages are 10 million entries.
constexpr int kMaxPages = 10'000;

// All pages of a list. `call` makes one call; `Entry` is what the pages hold.
template <typename Entry, typename Request, typename Call>
absl::StatusOr<std::vector<Entry>> AllPages(Call call) {
  std::vector<Entry> entries;
  Request request;
  for (int page = 0; page < kMaxPages; ++page) {
    LIAISON_ASSIGN_OR_RETURN(auto response, call(request));
    for (Entry& entry : *response.mutable_entries()) entries.push_back(std::move(entry));
    if (response.next_page_token().empty()) return entries;
    request.set_page_token(response.next_page_token());
  }
  return absl::InternalError("the hub's list does not end");
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
  return AllPages<v1::OrganisationEntry, v1::ListOrganisationsRequest>(
      [this](const auto& request) { return connection_->ListOrganisations(request); });
}

absl::StatusOr<v1::TopicSchemeEntry> DirectoryClient::TopicScheme(absl::string_view scheme) const {
  v1::GetTopicSchemeRequest request;
  request.set_scheme(std::string(scheme));
  LIAISON_ASSIGN_OR_RETURN(auto response, connection_->GetTopicScheme(request));
  return std::move(*response.mutable_entry());
}

absl::StatusOr<std::vector<v1::TopicSchemeEntry>> DirectoryClient::TopicSchemes() const {
  return AllPages<v1::TopicSchemeEntry, v1::ListTopicSchemesRequest>(
      [this](const auto& request) { return connection_->ListTopicSchemes(request); });
}

absl::StatusOr<v1::CycleEntry> DirectoryClient::Cycle(absl::string_view cycle_id) const {
  v1::GetCycleRequest request;
  request.set_cycle_id(std::string(cycle_id));
  LIAISON_ASSIGN_OR_RETURN(auto response, connection_->GetCycle(request));
  return std::move(*response.mutable_entry());
}

absl::StatusOr<std::vector<v1::CycleEntry>> DirectoryClient::Cycles() const {
  return AllPages<v1::CycleEntry, v1::ListCyclesRequest>(
      [this](const auto& request) { return connection_->ListCycles(request); });
}

}  // namespace liaison
