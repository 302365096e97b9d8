// The same work, done by a hub or by its sequencer alone; what `domain_cost` compares.
//
//   domain_bench publish --hub 127.0.0.1:7410 --work mixed --events 20000
//   domain_bench sequencer --data-dir DIR --rules 2 --work mixed --events 20000
//
// Prints one JSON object. `sequencer` counts the CPU of the thread that decides and commits, on
// statements that were admitted before; each group of 64 is fsynced.

#include <grpcpp/grpcpp.h>
#include <time.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "igf/liaison/v1/publish_service.grpc.pb.h"
#include "proto/record/macros.h"
#include "server/admission/admission.h"
#include "server/sequencer/proposal_log.h"
#include "server/sequencer/sequencer.h"
#include "storage/rocks/open.h"
#include "tests/bench/domain_work.h"

namespace liaison::bench {
namespace {

struct Setup {
  std::string hub;
  std::string data_dir;
  std::string work = "plain";
  size_t events = 20000;
  uint32_t rules = domain::kCurrentRulesVersion;

  Work kind() const { return work == "plain" ? Work::kPlain : Work::kMixed; }
};

struct Figures {
  size_t events = 0;
  double seconds = 0;
  double cpu_seconds = 0;  // of the thread that is measured; 0 where none is
};

double Seconds(clockid_t clock) {
  timespec now;
  clock_gettime(clock, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

// --- through gRPC --------------------------------------------------------------------------------

// One stream, frames of 32, at most 1,024 events in flight. Calls `taken` with the digest of every
// receipt, in order; an error where anything is refused.
class Stream {
 public:
  explicit Stream(const std::string& hub)
      : stub_(pb::PublishService::NewStub(
            grpc::CreateChannel(hub, grpc::InsecureChannelCredentials()))) {}

  absl::StatusOr<std::vector<record::Hash>> Publish(const std::vector<pb::Draft>& drafts,
                                                    double* seconds) {
    std::vector<pb::PublishStreamRequest> frames;
    for (size_t i = 0; i < drafts.size(); ++i) {
      if (i % kFrame == 0) frames.emplace_back().set_frame_id(i / kFrame + 1);
      *frames.back().add_items()->mutable_draft() = drafts[i];
    }
    grpc::ClientContext context;
    auto stream = stub_->PublishStream(&context);
    std::thread reader([&] { Read(stream.get()); });
    const double began = Seconds(CLOCK_MONOTONIC);
    for (const pb::PublishStreamRequest& frame : frames) {
      {
        absl::MutexLock lock(&mu_);
        mu_.Await(absl::Condition(this, &Stream::HasRoom));
        sent_ += static_cast<size_t>(frame.items_size());
      }
      if (!stream->Write(frame)) break;
    }
    stream->WritesDone();
    reader.join();
    *seconds = Seconds(CLOCK_MONOTONIC) - began;
    const grpc::Status status = stream->Finish();
    if (!status.ok()) return absl::UnavailableError(status.error_message());
    absl::MutexLock lock(&mu_);
    if (!refused_.empty()) return absl::InternalError(refused_);
    if (digests_.size() != drafts.size()) return absl::DataLossError("receipts are missing");
    return std::move(digests_);
  }

 private:
  static constexpr size_t kFrame = 32;
  static constexpr size_t kInFlight = 1024;

  bool HasRoom() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) {
    return !refused_.empty() || sent_ + kFrame <= digests_.size() + kInFlight;
  }
  void Read(grpc::ClientReaderWriter<pb::PublishStreamRequest, pb::PublishStreamResponse>* stream) {
    pb::PublishStreamResponse response;
    while (stream->Read(&response)) {
      absl::MutexLock lock(&mu_);
      for (const auto& result : response.results().results()) {
        if (result.has_receipt()) {
          digests_.push_back(record::Hash::FromBytes(result.receipt().digest()));
        } else if (refused_.empty()) {
          refused_ = result.ShortDebugString();
        }
      }
    }
  }

  const std::unique_ptr<pb::PublishService::Stub> stub_;
  absl::Mutex mu_;
  size_t sent_ ABSL_GUARDED_BY(mu_) = 0;
  std::vector<record::Hash> digests_ ABSL_GUARDED_BY(mu_);
  std::string refused_ ABSL_GUARDED_BY(mu_);
};

absl::StatusOr<Figures> Publish(const Setup& setup) {
  Figures figures;
  LIAISON_ASSIGN_OR_RETURN(const std::vector<record::Hash> before,
                           Stream(setup.hub).Publish(Before(), &figures.seconds));
  const std::vector<pb::Draft> drafts = Measured(setup.kind(), setup.events, before);
  LIAISON_RETURN_IF_ERROR(Stream(setup.hub).Publish(drafts, &figures.seconds).status());
  figures.events = drafts.size();
  return figures;
}

// --- the sequencer alone -------------------------------------------------------------------------

class NobodyReads final : public sequencer::CommitObserver {
 public:
  void OnCommitted(storage::Group, const storage::Head&) override {}
  void OnAcknowledged() override {}
  void OnReopened(const storage::Head&) override {}
};

class Alone {
 public:
  static absl::StatusOr<std::unique_ptr<Alone>> Open(const Setup& setup) {
    storage::OpenOptions options;
    options.data_dir = setup.data_dir;
    LIAISON_ASSIGN_OR_RETURN(std::unique_ptr<storage::LogOnDisk> log,
                             storage::OpenEventLog(options));
    auto alone = std::unique_ptr<Alone>(new Alone(std::move(log), setup));
    LIAISON_RETURN_IF_ERROR(alone->sequencer_.Open());
    return alone;
  }

  absl::StatusOr<std::vector<record::Hash>> Publish(const std::vector<pb::Draft>& drafts,
                                                    Figures* figures) {
    std::vector<record::Hash> digests;
    absl::Status refused;
    std::vector<sequencer::Proposal> proposals;
    for (const pb::Draft& draft : drafts) {
      pb::PublishItem item;
      *item.mutable_draft() = draft;
      LIAISON_ASSIGN_OR_RETURN(domain::Statement statement,
                               admission_.Admit(std::move(item), "items[0]"));
      digests.push_back(statement.digest);
      sequencer::Proposal& proposal = proposals.emplace_back();
      proposal.statements.push_back(std::move(statement));
      proposal.done = [&refused](const sequencer::Answers& answers) {
        refused.Update(answers.front().status());
      };
    }
    for (size_t i = 0; i < proposals.size();) {
      const size_t end = std::min(proposals.size(), i + kGroup);
      for (; i < end; ++i) LIAISON_RETURN_IF_ERROR(order_.Propose(std::move(proposals[i])));
      const double began = Seconds(CLOCK_MONOTONIC);
      const double cpu_began = Seconds(CLOCK_THREAD_CPUTIME_ID);
      sequencer_.RunRound();
      figures->seconds += Seconds(CLOCK_MONOTONIC) - began;
      figures->cpu_seconds += Seconds(CLOCK_THREAD_CPUTIME_ID) - cpu_began;
    }
    figures->events = drafts.size();
    LIAISON_RETURN_IF_ERROR(refused);
    return digests;
  }

 private:
  static constexpr size_t kGroup = 64;

  static sequencer::SequencerOptions OptionsOf(const Setup& setup) {
    sequencer::SequencerOptions options;
    options.rules_version = setup.rules;
    return options;
  }
  Alone(std::unique_ptr<storage::LogOnDisk> log, const Setup& setup)
      : log_(std::move(log)),
        sequencer_(log_.get(), &order_, &observer_, OptionsOf(setup)),
        admission_(log_.get(), "igf", [this] { return sequencer_.registry(); }) {}

  const std::unique_ptr<storage::LogOnDisk> log_;
  NobodyReads observer_;
  sequencer::LocalProposalLog order_;
  sequencer::Sequencer sequencer_;
  admission::Admission admission_;
};

absl::StatusOr<Figures> RunAlone(const Setup& setup) {
  LIAISON_ASSIGN_OR_RETURN(const std::unique_ptr<Alone> alone, Alone::Open(setup));
  Figures warm_up, figures;
  LIAISON_ASSIGN_OR_RETURN(const std::vector<record::Hash> before,
                           alone->Publish(Before(), &warm_up));
  LIAISON_RETURN_IF_ERROR(
      alone->Publish(Measured(setup.kind(), setup.events, before), &figures).status());
  return figures;
}

int Print(const absl::StatusOr<Figures>& figures) {
  if (!figures.ok()) {
    std::cerr << "domain_bench: " << figures.status() << "\n";
    return 1;
  }
  nlohmann::ordered_json json = {{"events", figures->events}, {"seconds", figures->seconds}};
  if (figures->cpu_seconds > 0) json["cpu_seconds"] = figures->cpu_seconds;
  std::cout << json.dump() << std::endl;
  return 0;
}

int Main(int argc, char** argv) {
  Setup setup;
  CLI::App app("Does the same work under one version of the rules, and says how long it took.",
               "domain_bench");
  app.require_subcommand(1);
  CLI::App* publish = app.add_subcommand("publish", "through gRPC, to a hub");
  publish->add_option("--hub", setup.hub, "address of the hub")->required();
  CLI::App* alone = app.add_subcommand("sequencer", "the sequencer alone, on a log of its own");
  alone->add_option("--data-dir", setup.data_dir, "a folder that is new")->required();
  alone->add_option("--rules", setup.rules, "version of the rules [2]");
  for (CLI::App* one : {publish, alone}) {
    one->add_option("--work", setup.work, "plain or mixed [plain]")
        ->check(CLI::IsMember({"plain", "mixed"}));
    one->add_option("--events", setup.events, "how many [20000]");
  }
  CLI11_PARSE(app, argc, argv);
  return Print(publish->parsed() ? Publish(setup) : RunAlone(setup));
}

}  // namespace
}  // namespace liaison::bench

int main(int argc, char** argv) { return liaison::bench::Main(argc, argv); }
