#include "server/web/publisher.h"

#include <grpcpp/client_context.h>

#include <algorithm>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "proto/record/checkpoint.h"
#include "proto/record/hash.h"
#include "proto/record/macros.h"
#include "server/web/limits.h"

namespace liaison::web {
namespace {

constexpr int kMaxTurns = 3;  // of one checkpoint with one witness, until a rest

std::unique_ptr<grpc::ClientContext> Context() {
  auto context = std::make_unique<grpc::ClientContext>();
  context->set_deadline(std::chrono::system_clock::now() + kHubTimeout);
  return context;
}

absl::Status ToStatus(const grpc::Status& status) {
  return absl::Status(static_cast<absl::StatusCode>(status.error_code()), status.error_message());
}

absl::Duration ToDuration(std::chrono::milliseconds rest) { return absl::FromChrono(rest); }

// A size as text/x.tlog.size has it.
absl::StatusOr<uint64_t> ReadSize(absl::string_view body) {
  uint64_t size = 0;
  if (absl::ConsumeSuffix(&body, "\n") && absl::SimpleAtoi(body, &size)) return size;
  return absl::UnavailableError("it answers 409 without a size");
}

}  // namespace

std::chrono::milliseconds RestAfter(int failures, double random) {
  const int doublings = std::min(std::max(failures, 1) - 1, 20);
  const auto rest = std::min<std::chrono::milliseconds>(kMinPublishRest * (int64_t{1} << doublings),
                                                        kMaxPublishRest);
  return std::chrono::milliseconds(
      static_cast<int64_t>(static_cast<double>(rest.count()) * (1 - random / 2)));
}

// One witness.
class Publisher::Lane {
 public:
  Lane(Publisher* publisher, record::WitnessPolicy::Witness witness, Url url)
      : publisher_(*publisher),
        witness_(std::move(witness)),
        url_(std::move(url)),
        log_(pb::TransparencyService::NewStub(publisher->hub_)),
        hub_(pb::WitnessService::NewStub(publisher->hub_)),
        thread_([this] { Run(); }) {}
  // REQUIRES: the publisher is ending, or this lane was told to.
  ~Lane() { thread_.join(); }

  void EndSoon() {
    absl::MutexLock lock(&publisher_.mu_);
    gone_ = true;
  }

 private:
  void Run() {
    int failures = 0;
    while (const std::optional<Publishing> job = Next()) {
      const absl::Status published = Publish(*job);
      Tell(published);
      failures = published.ok() ? 0 : failures + 1;
      if (published.ok()) done_ = *job;
      Rest(published.ok() ? publisher_.options_.every
                          : RestAfter(failures, std::uniform_real_distribution<>(0, 1)(random_)));
    }
  }

  // Waits for something that this witness has not seen; nullopt at the end.
  std::optional<Publishing> Next() {
    absl::MutexLock lock(&publisher_.mu_);
    publisher_.mu_.Await(absl::Condition(this, &Lane::HasNews));
    if (IsEnding()) return std::nullopt;
    return publisher_.newest_;
  }
  bool IsEnding() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(publisher_.mu_) {
    return gone_ || publisher_.ending_;
  }
  bool HasNews() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(publisher_.mu_) {
    return IsEnding() || (publisher_.newest_ && !(publisher_.newest_ == done_));
  }
  void Rest(std::chrono::milliseconds rest) {
    absl::MutexLock lock(&publisher_.mu_);
    publisher_.mu_.AwaitWithTimeout(absl::Condition(this, &Lane::IsEnding), ToDuration(rest));
  }

  absl::Status Publish(const Publishing& job) {
    for (int turn = 0; turn < kMaxTurns; ++turn) {
      // Where it is further than we are it says so.
      const uint64_t old_size = known_size_ <= job.size ? known_size_ : 0;
      LIAISON_ASSIGN_OR_RETURN(const std::string body, RequestFrom(old_size, job));
      LIAISON_ASSIGN_OR_RETURN(const ClientAnswer answer, Ask("POST", "/add-checkpoint", body));
      if (answer.code == 200) return Take(job, answer.body);
      if (answer.code == 422) return Compare(job, "it refuses the proof");
      if (answer.code != 409) {
        return absl::UnavailableError(absl::StrCat("it answers ", answer.code));
      }
      LIAISON_ASSIGN_OR_RETURN(const uint64_t size, ReadSize(answer.body));
      if (size > job.size) return Compare(job, absl::StrCat("it has seen ", size, " events"));
      if (size == old_size) return Compare(job, "it has seen another root of this size");
      known_size_ = size;
    }
    return absl::UnavailableError("others bring it checkpoints meanwhile");
  }

  absl::StatusOr<std::string> RequestFrom(uint64_t old_size, const Publishing& job) {
    record::AddCheckpoint request{old_size, {}, job.note};
    if (old_size > 0 && old_size < job.size) {
      pb::GetConsistencyProofRequest asked;
      asked.set_old_size(old_size);
      asked.set_new_size(job.size);
      pb::GetConsistencyProofResponse proof;
      LIAISON_RETURN_IF_ERROR(ToStatus(log_->GetConsistencyProof(Context().get(), asked, &proof)));
      for (const std::string& bytes : proof.hashes()) {
        LIAISON_ASSIGN_OR_RETURN(const record::Hash hash, record::Hash::Parse(bytes));
        request.hashes.push_back(hash);
      }
    }
    return record::FormatAddCheckpoint(request);
  }

  absl::StatusOr<ClientAnswer> Ask(const std::string& method, absl::string_view below,
                                   const std::string& body) {
    Url url = url_;
    absl::StrAppend(&url.path, below);
    return Send({std::move(url), method, body}, kWitnessTimeout);
  }

  // Its cosignature, to the hub.
  absl::Status Take(const Publishing& job, const std::string& lines) {
    const std::string note = absl::StrCat(job.note, lines);
    const auto opened = record::OpenNote(note, {witness_.key});
    if (!opened.ok()) {
      return absl::UnavailableError(
          absl::StrCat("what it answers is no cosignature of its: ", opened.status().message()));
    }
    known_size_ = job.size;
    return Bring(note);
  }

  absl::Status Bring(const std::string& note) {
    pb::AddCosignaturesRequest request;
    request.set_note(note);
    pb::AddCosignaturesResponse response;
    return ToStatus(hub_->AddCosignatures(Context().get(), request, &response));
  }

  // It knows another log than ours, or more of it: what it has seen the hub itself must judge.
  absl::Status Compare(const Publishing& job, absl::string_view why) {
    const std::string name = record::Sha256Of(job.origin).ToHex();
    LIAISON_ASSIGN_OR_RETURN(const ClientAnswer answer,
                             Ask("GET", absl::StrCat("/", name, "/checkpoint"), ""));
    if (answer.code != 200 || !record::ParseNote(answer.body).ok()) {
      return absl::FailedPreconditionError(
          absl::StrCat(why, ", and does not show what it cosigned"));
    }
    LIAISON_RETURN_IF_ERROR(Bring(answer.body));
    return absl::UnavailableError(absl::StrCat(why, ", which is of this log"));
  }

  void Tell(const absl::Status& published) {
    if (published.ok() == last_.ok() && published.message() == last_.message()) return;
    publisher_.options_.report(
        published.ok()
            ? absl::StrCat("witness ", witness_.name, " cosigns again")
            : absl::StrCat("witness ", witness_.name, ": ", absl::CHexEscape(published.message())));
    last_ = published;
  }

  Publisher& publisher_;
  const record::WitnessPolicy::Witness witness_;
  const Url url_;
  const std::unique_ptr<pb::TransparencyService::Stub> log_;
  const std::unique_ptr<pb::WitnessService::Stub> hub_;
  bool gone_ ABSL_GUARDED_BY(publisher_.mu_) = false;
  // Of the lane's own thread; `done_` is compared under the lock by it alone.
  uint64_t known_size_ = 0;
  Publishing done_;
  absl::Status last_;
  std::mt19937 random_{std::random_device()()};
  std::thread thread_;
};

Publisher::Publisher(const std::shared_ptr<grpc::Channel>& hub, Options options)
    : hub_(hub), options_(std::move(options)), thread_([this] { Run(); }) {}

Publisher::~Publisher() {
  {
    absl::MutexLock lock(&mu_);
    ending_ = true;
  }
  thread_.join();
}

void Publisher::Run() {
  while (true) {
    Look();
    absl::MutexLock lock(&mu_);
    if (mu_.AwaitWithTimeout(absl::Condition(&ending_), ToDuration(kLookInterval))) break;
  }
  lanes_.clear();
}

void Publisher::Look() {
  pb::GetWitnessingResponse witnessing;
  if (!pb::WitnessService::NewStub(hub_)->GetWitnessing(Context().get(), {}, &witnessing).ok()) {
    return;  // away; perhaps an older hub
  }
  const auto policy = record::WitnessPolicy::Parse(witnessing.policy());
  if (!policy.ok()) return KeepLanes(record::WitnessPolicy());
  pb::GetCheckpointResponse checkpoint;
  const grpc::Status status =
      pb::TransparencyService::NewStub(hub_)->GetCheckpoint(Context().get(), {}, &checkpoint);
  if (status.ok()) {
    // Without what has been cosigned of it by now, which would look new each time.
    const auto parsed = record::ParseNote(checkpoint.note());
    if (!parsed.ok()) return;
    absl::MutexLock lock(&mu_);
    newest_ = Publishing{absl::StrCat(parsed->text, "\n", parsed->signatures.front().line),
                         checkpoint.size(), checkpoint.log_origin(), witnessing.compare_since()};
  }
  KeepLanes(*policy);
}

void Publisher::KeepLanes(const record::WitnessPolicy& policy) {
  std::map<std::string, const record::WitnessPolicy::Witness*> wanted;
  for (const record::WitnessPolicy::Witness& witness : policy.witnesses()) {
    if (witness.url.empty() || wanted.size() == kMaxWitnesses) continue;
    wanted.emplace(absl::StrCat(witness.key.ToString(), " ", witness.url), &witness);
  }
  for (auto lane = lanes_.begin(); lane != lanes_.end();) {
    if (wanted.count(lane->first) > 0) {
      ++lane;
      continue;
    }
    lane->second->EndSoon();
    lane = lanes_.erase(lane);
  }
  for (const auto& [name, witness] : wanted) {
    if (lanes_.count(name) > 0) continue;
    auto url = ParseUrl(witness->url);
    if (!url.ok()) continue;  // the hub has refused such a policy at its start
    lanes_.emplace(name, std::make_unique<Lane>(this, *witness, *std::move(url)));
  }
}

}  // namespace liaison::web
