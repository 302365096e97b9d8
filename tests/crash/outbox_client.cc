// A partner's program that dies on purpose: outbox_client HUB FILE PLACE COUNT
//
// It publishes COUNT events into the outbox, says each one's id as soon as it has it, and flushes.
// PLACE is where it is killed: `returned` after they are safe and before any is sent, `sent` after
// the hub has answered and before the outbox knows, `anywhere` at some moment within 30 ms, and
// `nowhere`.
#include <gmock/gmock.h>
#include <signal.h>
#include <unistd.h>

#include <iostream>
#include <memory>
#include <random>
#include <string>
#include <thread>

#include "absl/time/clock.h"
#include "liaison/connection.h"
#include "liaison/mocks/mock_connection.h"
#include "liaison/outbox.h"

namespace liaison {
namespace {

[[noreturn]] void Die() {
  kill(getpid(), SIGKILL);
  while (true) pause();
}

class DeadlyStream : public PublishFrameStream {
 public:
  DeadlyStream(std::unique_ptr<PublishFrameStream> stream, std::string place)
      : stream_(std::move(stream)), place_(std::move(place)) {}
  bool Write(const v1::PublishStreamRequest& frame) override {
    if (place_ == "returned") Die();
    return stream_->Write(frame);
  }
  void WritesDone() override { stream_->WritesDone(); }
  absl::StatusOr<std::optional<v1::PublishStreamResponse>> Read(absl::Duration timeout) override {
    auto response = stream_->Read(timeout);
    const bool is_answer = response.ok() && response->has_value() && (*response)->has_results();
    if (is_answer && place_ == "sent") Die();
    return response;
  }
  void Cancel() override { stream_->Cancel(); }

 private:
  const std::unique_ptr<PublishFrameStream> stream_;
  const std::string place_;
};

// A connection of which an outbox uses two calls.
class DeadlyConnection : public ::testing::NiceMock<mocks::MockConnection> {
 public:
  DeadlyConnection(std::shared_ptr<Connection> connection, std::string place)
      : connection_(std::move(connection)), place_(std::move(place)) {}
  absl::StatusOr<v1::GetHubResponse> GetHub(const v1::GetHubRequest& request) override {
    return connection_->GetHub(request);
  }
  std::unique_ptr<PublishFrameStream> PublishStream() override {
    return std::make_unique<DeadlyStream>(connection_->PublishStream(), place_);
  }

 private:
  const std::shared_ptr<Connection> connection_;
  const std::string place_;
};

int Run(const std::string& hub, const std::string& file, const std::string& place, int count) {
  if (place == "anywhere") {
    std::thread([] {
      absl::SleepFor(absl::Microseconds(std::random_device()() % 30'000));
      Die();
    }).detach();
  }
  const auto outbox = Outbox::Open(file);
  if (!outbox.ok()) {
    std::cerr << outbox.status() << "\n";
    return 1;
  }
  for (int i = 0; i < count; ++i) {
    v1::Draft draft;
    draft.set_author("org/example-igf");
    draft.set_audience("igf/public");
    draft.add_topics("unspecified");
    draft.set_language("en");
    draft.mutable_topic_signal()->set_purpose(v1::PURPOSE_INFORMATION);
    draft.mutable_topic_signal()->set_title("a fictional report");
    const auto id = (*outbox)->Publish(draft);
    if (!id.ok()) {
      std::cerr << id.status() << "\n";
      return 1;
    }
    std::cout << *id << std::endl;
  }
  const auto sent = (*outbox)->Flush(std::make_shared<DeadlyConnection>(Connect(hub), place), {});
  if (!sent.ok()) std::cerr << sent.status() << "\n";
  return sent.ok() ? 0 : 1;
}

}  // namespace
}  // namespace liaison

int main(int argc, char** argv) {
  if (argc != 5) {
    std::cerr << "usage: outbox_client HUB FILE returned|sent|anywhere|nowhere COUNT\n";
    return 2;
  }
  return liaison::Run(argv[1], argv[2], argv[3], std::stoi(argv[4]));
}
