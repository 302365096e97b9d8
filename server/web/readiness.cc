#include "server/web/readiness.h"

#include <grpcpp/client_context.h>

#include <chrono>
#include <utility>

#include "server/web/limits.h"
#include "server/web/plain_answers.h"

namespace liaison::web {

namespace pb = ::igf::liaison::v1;

struct Readiness::Question {
  grpc::ClientContext context;
  pb::GetHubRequest request;
  pb::GetHubResponse answer;
};

Readiness::Readiness(const std::shared_ptr<grpc::Channel>& hub)
    : directory_(pb::DirectoryService::NewStub(hub)) {}
Readiness::~Readiness() = default;

void Readiness::Ask(std::shared_ptr<Exchange> exchange) {
  Question* question = nullptr;
  {
    absl::MutexLock lock(&mu_);
    if (stopped_) return;
    waiting_.push_back(std::move(exchange));
    if (question_ != nullptr) return;
    question_ = std::make_unique<Question>();
    question = question_.get();
    question->context.set_deadline(std::chrono::system_clock::now() + kReadyTimeout);
  }
  directory_->async()->GetHub(&question->context, &question->request, &question->answer,
                              [this](const grpc::Status& status) { OnAnswer(status); });
}

void Readiness::OnAnswer(const grpc::Status& status) {
  // Whatever it says, it is there.
  const bool is_away = status.error_code() == grpc::StatusCode::UNAVAILABLE ||
                       status.error_code() == grpc::StatusCode::DEADLINE_EXCEEDED ||
                       status.error_code() == grpc::StatusCode::CANCELLED;
  const HttpResponse response =
      is_away ? Plain(503, "the hub does not answer") : Plain(200, "ready");
  std::unique_ptr<Question> answered;
  while (true) {
    std::vector<std::shared_ptr<Exchange>> waiting;
    {
      absl::MutexLock lock(&mu_);
      waiting.swap(waiting_);
      if (waiting.empty()) {
        answered = std::move(question_);
        return;
      }
    }
    for (const auto& exchange : waiting) exchange->Answer(response);
  }
}

void Readiness::Stop() {
  absl::MutexLock lock(&mu_);
  stopped_ = true;
  if (question_ != nullptr) question_->context.TryCancel();
  mu_.Await(absl::Condition(this, &Readiness::is_idle));
}

}  // namespace liaison::web
