// What anybody may read of the hub, for pages, feeds and files.
#ifndef LIAISON_SERVER_WEB_HUB_READER_H_
#define LIAISON_SERVER_WEB_HUB_READER_H_

#include <grpcpp/channel.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "igf/liaison/v1/directory_service.grpc.pb.h"
#include "igf/liaison/v1/event_service.grpc.pb.h"
#include "igf/liaison/v1/liaison_service.grpc.pb.h"

namespace liaison::web {

namespace pb = ::igf::liaison::v1;

// An event as people read it.
struct ReadableEvent {
  uint64_t sequence = 0;
  absl::Time hub_time;
  std::string digest;
  pb::EventHeader header;
  // The content; null where it was erased or cannot be read.
  std::unique_ptr<google::protobuf::Message> body;
  bool erased = false;
  bool withheld = false;  // the content stayed at the hub that the event comes from
  std::string origin;     // HOST/HUB/LOG_ID; empty: this hub's own
  bool attested = false;
};
// Never the personal section: what is public on a hub need not be found by search engines.
ReadableEvent ToReadable(const pb::Event& event);
// `title` of the content; empty where it has none.
std::string TitleOf(const ReadableEvent& event);

// A HubReader reads as nobody in particular. Thread-safe; waits for the hub.
class HubReader {
 public:
  explicit HubReader(const std::shared_ptr<grpc::Channel>& hub);

  absl::StatusOr<pb::GetHubResponse> Hub();
  absl::StatusOr<pb::ListDecisionsResponse> Decisions(const std::string& page_token);
  absl::StatusOr<pb::GetDecisionResponse> Decision(uint64_t sequence);
  absl::StatusOr<pb::ListRequestsResponse> Requests(const std::string& page_token);
  absl::StatusOr<pb::GetTrailResponse> Trail(uint64_t sequence);
  absl::StatusOr<ReadableEvent> Event(uint64_t sequence);

  // A page of those after a sequence that match, oldest first.
  struct EventPage {
    std::vector<ReadableEvent> events;
    uint64_t position = 0;  // everything up to here has been looked at
    bool at_end = false;
  };
  absl::StatusOr<EventPage> Events(const std::string& filter, uint64_t after, int page_size);

  // All of them, up to kMaxListed.
  absl::StatusOr<std::vector<pb::DecisionView>> AllDecisions();
  absl::StatusOr<std::vector<pb::LiaisonRequest>> AllRequests();
  absl::StatusOr<std::vector<pb::Organisation>> AllOrganisations();
  absl::StatusOr<std::vector<pb::CycleEntry>> AllCycles();
  absl::StatusOr<std::vector<pb::TopicScheme>> AllSchemes();
  // The latest that match, newest first.
  absl::StatusOr<std::vector<ReadableEvent>> Latest(const std::string& filter, size_t count);

 private:
  const std::unique_ptr<pb::DirectoryService::Stub> directory_;
  const std::unique_ptr<pb::EventService::Stub> events_;
  const std::unique_ptr<pb::LiaisonService::Stub> liaison_;
};

}  // namespace liaison::web

#endif  // LIAISON_SERVER_WEB_HUB_READER_H_
