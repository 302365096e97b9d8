#include "tests/unit/client/in_process_hub.h"

#include <gtest/gtest.h>

#include <chrono>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "proto/record/errors.h"

namespace liaison::testing {

grpc::Status Refusal(const absl::Status& status) {
  return grpc::Status(static_cast<grpc::StatusCode>(status.code()), std::string(status.message()),
                      record::ToProto(status).SerializeAsString());
}

struct InProcessHub::Services {
  explicit Services(InProcessHub* hub)
      : publish(hub), event(hub), directory(hub), radar(hub), admin(hub) {}

  struct PublishHandler : v1::PublishService::Service {
    explicit PublishHandler(InProcessHub* owner) : hub(owner) {}
    grpc::Status Publish(grpc::ServerContext* context, const v1::PublishRequest* request,
                         v1::PublishResponse* response) override {
      return hub->publish(*context, *request, response);
    }
    grpc::Status PublishStream(
        grpc::ServerContext* context,
        grpc::ServerReaderWriter<v1::PublishStreamResponse, v1::PublishStreamRequest>* stream)
        override {
      return hub->publish_stream(*context, *stream);
    }
    InProcessHub* const hub;
  };
  struct EventHandler : v1::EventService::Service {
    explicit EventHandler(InProcessHub* owner) : hub(owner) {}
    grpc::Status Subscribe(grpc::ServerContext* context, const v1::SubscribeRequest* request,
                           grpc::ServerWriter<v1::SubscribeResponse>* writer) override {
      return hub->subscribe(*context, *request, *writer);
    }
    InProcessHub* const hub;
  };
  struct DirectoryHandler : v1::DirectoryService::Service {
    explicit DirectoryHandler(InProcessHub* owner) : hub(owner) {}
    grpc::Status GetHub(grpc::ServerContext* context, const v1::GetHubRequest* request,
                        v1::GetHubResponse* response) override {
      return hub->get_hub(*context, *request, response);
    }
    InProcessHub* const hub;
  };
  struct RadarHandler : v1::RadarService::Service {
    explicit RadarHandler(InProcessHub* owner) : hub(owner) {}
    grpc::Status WatchView(grpc::ServerContext* context, const v1::WatchViewRequest* request,
                           grpc::ServerWriter<v1::WatchViewResponse>* writer) override {
      return hub->watch_view(*context, *request, *writer);
    }
    InProcessHub* const hub;
  };
  struct AdminHandler : v1::AdminService::Service {
    explicit AdminHandler(InProcessHub* owner) : hub(owner) {}
    grpc::Status AcceptClock(grpc::ServerContext* context, const v1::AcceptClockRequest* request,
                             v1::AcceptClockResponse* response) override {
      return hub->accept_clock(*context, *request, response);
    }
    InProcessHub* const hub;
  };

  PublishHandler publish;
  EventHandler event;
  DirectoryHandler directory;
  RadarHandler radar;
  AdminHandler admin;
};

InProcessHub::InProcessHub() : services_(std::make_unique<Services>(this)) {}

InProcessHub::~InProcessHub() { Stop(); }

void InProcessHub::Start() {
  // A port that was just let go of may take a moment.
  for (int attempt = 0; server_ == nullptr && attempt < 100; ++attempt) {
    if (attempt > 0) absl::SleepFor(absl::Milliseconds(20));
    int port = 0;
    grpc::ServerBuilder builder;
    builder.AddListeningPort(address_, grpc::InsecureServerCredentials(), &port);
    builder.RegisterService(&services_->publish);
    builder.RegisterService(&services_->event);
    builder.RegisterService(&services_->directory);
    builder.RegisterService(&services_->radar);
    builder.RegisterService(&services_->admin);
    server_ = builder.BuildAndStart();
    if (server_ != nullptr) address_ = absl::StrCat("127.0.0.1:", port);
  }
  ASSERT_NE(server_, nullptr) << "cannot listen on " << address_;
}

void InProcessHub::Stop() {
  if (server_ == nullptr) return;
  server_->Shutdown(std::chrono::system_clock::now());
  server_->Wait();
  server_ = nullptr;
}

}  // namespace liaison::testing
