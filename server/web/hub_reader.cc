#include "server/web/hub_reader.h"

#include <grpcpp/client_context.h>

#include <algorithm>
#include <chrono>
#include <deque>
#include <utility>

#include "proto/record/event_types.h"
#include "proto/record/macros.h"
#include "server/web/limits.h"

namespace liaison::web {
namespace {

absl::Status ToStatus(const grpc::Status& status) {
  return absl::Status(static_cast<absl::StatusCode>(status.error_code()), status.error_message());
}

// One call of a stub: the answer or why there is none.
template <typename Response, typename Stub, typename Method, typename Request>
absl::StatusOr<Response> Call(const Stub& stub, Method method, const Request& request) {
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + kHubTimeout);
  Response response;
  const grpc::Status status = ((*stub).*method)(&context, request, &response);
  if (!status.ok()) return ToStatus(status);
  return response;
}

// Pages behind each other. `read(token)` gives a page; `take(page, all)` moves what it has.
template <typename Item, typename Read, typename Take>
absl::StatusOr<std::vector<Item>> All(Read read, Take take) {
  std::vector<Item> all;
  std::string token;
  do {
    LIAISON_ASSIGN_OR_RETURN(auto page, read(token));
    take(&page, &all);
    token = page.next_page_token();
  } while (!token.empty() && all.size() < kMaxListed);
  return all;
}

template <typename Item, typename Field>
void Append(Field* field, std::vector<Item>* all) {
  for (auto& item : *field) all->push_back(std::move(item));
}

}  // namespace

ReadableEvent ToReadable(const pb::Event& event) {
  ReadableEvent readable;
  readable.sequence = event.sequence();
  readable.hub_time = absl::FromUnixSeconds(event.hub_time().seconds());
  readable.digest = event.digest();
  readable.attested = event.attested();
  readable.origin = event.relayed().origin();
  if (!readable.header.ParseFromString(event.header())) return readable;
  for (const pb::Section& section : event.sections()) {
    if (section.kind() != pb::SECTION_KIND_CONTENT) continue;
    readable.erased = section.status() == pb::SECTION_STATUS_ERASED;
    readable.withheld = section.status() == pb::SECTION_STATUS_WITHHELD;
    readable.body = record::NewBody(readable.header.type());
    if (readable.body == nullptr || readable.erased || readable.withheld ||
        !readable.body->ParseFromString(section.data())) {
      readable.body = nullptr;
    }
  }
  return readable;
}

std::string TitleOf(const ReadableEvent& event) {
  if (event.body == nullptr) return "";
  const auto* field = event.body->GetDescriptor()->FindFieldByName("title");
  if (field == nullptr || field->is_repeated() ||
      field->cpp_type() != google::protobuf::FieldDescriptor::CPPTYPE_STRING) {
    return "";
  }
  return event.body->GetReflection()->GetString(*event.body, field);
}

HubReader::HubReader(const std::shared_ptr<grpc::Channel>& hub)
    : directory_(pb::DirectoryService::NewStub(hub)),
      events_(pb::EventService::NewStub(hub)),
      liaison_(pb::LiaisonService::NewStub(hub)) {}

absl::StatusOr<pb::GetHubResponse> HubReader::Hub() {
  return Call<pb::GetHubResponse>(directory_, &pb::DirectoryService::Stub::GetHub,
                                  pb::GetHubRequest());
}

absl::StatusOr<pb::ListDecisionsResponse> HubReader::Decisions(const std::string& page_token) {
  pb::ListDecisionsRequest request;
  request.set_page_size(kPageItems);
  request.set_page_token(page_token);
  return Call<pb::ListDecisionsResponse>(liaison_, &pb::LiaisonService::Stub::ListDecisions,
                                         request);
}

absl::StatusOr<pb::GetDecisionResponse> HubReader::Decision(uint64_t sequence) {
  pb::GetDecisionRequest request;
  request.set_sequence(sequence);
  return Call<pb::GetDecisionResponse>(liaison_, &pb::LiaisonService::Stub::GetDecision, request);
}

absl::StatusOr<pb::ListRequestsResponse> HubReader::Requests(const std::string& page_token) {
  pb::ListRequestsRequest request;
  request.set_page_size(kPageItems);
  request.set_page_token(page_token);
  return Call<pb::ListRequestsResponse>(liaison_, &pb::LiaisonService::Stub::ListRequests, request);
}

absl::StatusOr<pb::GetTrailResponse> HubReader::Trail(uint64_t sequence) {
  pb::GetTrailRequest request;
  request.set_sequence(sequence);
  request.set_page_size(kPageItems);
  return Call<pb::GetTrailResponse>(liaison_, &pb::LiaisonService::Stub::GetTrail, request);
}

absl::StatusOr<ReadableEvent> HubReader::Event(uint64_t sequence) {
  pb::GetEventRequest request;
  request.set_sequence(sequence);
  LIAISON_ASSIGN_OR_RETURN(
      pb::GetEventResponse response,
      Call<pb::GetEventResponse>(events_, &pb::EventService::Stub::GetEvent, request));
  return ToReadable(response.event());
}

absl::StatusOr<HubReader::EventPage> HubReader::Events(const std::string& filter, uint64_t after,
                                                       int page_size) {
  pb::ListEventsRequest request;
  request.set_filter(filter);
  request.set_page_size(page_size);
  request.mutable_after()->set_sequence(after);
  LIAISON_ASSIGN_OR_RETURN(
      pb::ListEventsResponse response,
      Call<pb::ListEventsResponse>(events_, &pb::EventService::Stub::ListEvents, request));
  EventPage page;
  for (const pb::Event& event : response.events()) page.events.push_back(ToReadable(event));
  page.position = response.position().sequence();
  page.at_end = response.next_page_token().empty();
  return page;
}

absl::StatusOr<std::vector<pb::DecisionView>> HubReader::AllDecisions() {
  return All<pb::DecisionView>(
      [this](const std::string& token) { return Decisions(token); },
      [](auto* page, auto* all) { Append(page->mutable_decisions(), all); });
}

absl::StatusOr<std::vector<pb::LiaisonRequest>> HubReader::AllRequests() {
  return All<pb::LiaisonRequest>(
      [this](const std::string& token) { return Requests(token); },
      [](auto* page, auto* all) { Append(page->mutable_requests(), all); });
}

absl::StatusOr<std::vector<pb::Organisation>> HubReader::AllOrganisations() {
  return All<pb::Organisation>(
      [this](const std::string& token) {
        pb::ListOrganisationsRequest request;
        request.set_page_token(token);
        return Call<pb::ListOrganisationsResponse>(
            directory_, &pb::DirectoryService::Stub::ListOrganisations, request);
      },
      [](auto* page, auto* all) {
        for (auto& entry : *page->mutable_entries()) {
          all->push_back(std::move(*entry.mutable_organisation()));
        }
      });
}

absl::StatusOr<std::vector<pb::CycleEntry>> HubReader::AllCycles() {
  return All<pb::CycleEntry>(
      [this](const std::string& token) {
        pb::ListCyclesRequest request;
        request.set_page_token(token);
        return Call<pb::ListCyclesResponse>(directory_, &pb::DirectoryService::Stub::ListCycles,
                                            request);
      },
      [](auto* page, auto* all) { Append(page->mutable_entries(), all); });
}

absl::StatusOr<std::vector<pb::TopicScheme>> HubReader::AllSchemes() {
  return All<pb::TopicScheme>(
      [this](const std::string& token) {
        pb::ListTopicSchemesRequest request;
        request.set_page_token(token);
        return Call<pb::ListTopicSchemesResponse>(
            directory_, &pb::DirectoryService::Stub::ListTopicSchemes, request);
      },
      [](auto* page, auto* all) {
        for (auto& entry : *page->mutable_entries()) {
          all->push_back(std::move(*entry.mutable_topic_scheme()));
        }
      });
}

absl::StatusOr<std::vector<ReadableEvent>> HubReader::Latest(const std::string& filter,
                                                             size_t count) {
  std::deque<ReadableEvent> latest;
  uint64_t after = 0;
  const auto end = std::chrono::steady_clock::now() + kHubTimeout;
  while (std::chrono::steady_clock::now() < end) {
    LIAISON_ASSIGN_OR_RETURN(EventPage page, Events(filter, after, record::kMaxPageSize));
    for (ReadableEvent& event : page.events) {
      latest.push_back(std::move(event));
      if (latest.size() > count) latest.pop_front();
    }
    if (page.at_end) break;
    after = page.position;
  }
  std::vector<ReadableEvent> newest_first;
  newest_first.reserve(latest.size());
  std::move(latest.rbegin(), latest.rend(), std::back_inserter(newest_first));
  return newest_first;
}

}  // namespace liaison::web
