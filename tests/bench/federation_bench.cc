// The parts of `federation`: fills a hub with signed events, waits until another one has them all,
// and replays the log without wire and second process.

#include <grpcpp/grpcpp.h>
#include <sys/resource.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <atomic>
#include <iostream>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "igf/liaison/v1/federation_service.grpc.pb.h"
#include "igf/liaison/v1/publish_service.grpc.pb.h"
#include "igf/liaison/v1/transparency_service.grpc.pb.h"
#include "proto/record/commitment.h"
#include "proto/record/event_builder.h"
#include "proto/record/macros.h"
#include "proto/record/pae.h"
#include "proto/record/signature.h"
#include "proto/record/uuid.h"
#include "server/fanout/tail.h"
#include "server/federation/lane_puller.h"
#include "server/federation/ordered_entry.h"
#include "server/federation/policy.h"
#include "server/federation/replica.h"
#include "server/federation/source.h"
#include "server/federation/standings.h"
#include "server/sequencer/proposal_log.h"
#include "server/sequencer/sequencer.h"
#include "server/sequencer/sequencer_thread.h"
#include "server/transparency/log_key.h"
#include "server/transparency/note_file.h"
#include "server/transparency/signer.h"
#include "storage/rocks/open.h"
#include "storage/trees.h"

namespace {

namespace federation = ::liaison::federation;
namespace pb = ::igf::liaison::v1;
namespace record = ::liaison::record;
namespace sequencer = ::liaison::sequencer;
namespace storage = ::liaison::storage;
namespace transparency = ::liaison::transparency;
using nlohmann::ordered_json;

constexpr uint64_t kOrganisations = 10;
constexpr uint64_t kRegistered = 2 * kOrganisations;  // events: each and its key
constexpr uint64_t kItemsOfCall = 100;
constexpr size_t kClients = 4;
constexpr absl::Duration kLook = absl::Milliseconds(20);
// Whom the replay is, at the hub that it pulls from.
constexpr char kPeer[] = "regional";

struct Options {
  std::string hub;
  uint64_t events = 100'000;
  size_t item_size_bytes = 1024;
  double timeout_s = 600;
  std::string data_dir;
  std::string into;
  bool judge_only = false;
};

int Fail(const absl::Status& status) {
  std::cerr << "federation_bench: " << status << "\n";
  return 1;
}

int Say(const ordered_json& figures) {
  std::cout << figures.dump() << "\n";
  return 0;
}

absl::Status ToStatus(const grpc::Status& status) {
  return status.ok() ? absl::OkStatus() : absl::UnavailableError(status.error_message());
}

template <typename Service>
auto Stub(const Options& options) {
  return Service::NewStub(grpc::CreateChannel(options.hub, grpc::InsecureChannelCredentials()));
}

// --- a log of signed events ----------------------------------------------------------------------

pb::Draft DraftOf(const std::string& author) {
  pb::Draft draft;
  draft.set_event_id(record::Uuid::Random().ToString());
  draft.set_author(author);
  draft.set_audience("igf/public");
  draft.set_language("en");
  return draft;
}

// Letters that compress about as a text does.
std::string TextOf(size_t size_bytes) {
  thread_local std::mt19937 random{std::random_device()()};
  std::string text(size_bytes, ' ');
  for (size_t i = 1; i + 1 < size_bytes; ++i) {
    const uint32_t letter = random() % 31;
    if (letter < 26) text[i] = static_cast<char>('a' + letter);
  }
  text.front() = text.back() = '.';
  return text;
}

pb::PublishItem SignalOf(const std::string& author, const record::SigningKey& key,
                         size_t text_size_bytes) {
  pb::Draft draft = DraftOf(author);
  draft.add_topics("unspecified");
  draft.mutable_topic_signal()->set_purpose(pb::PURPOSE_INFORMATION);
  draft.mutable_topic_signal()->set_title("A fictional signal");
  draft.mutable_topic_signal()->set_text(TextOf(text_size_bytes));
  pb::PublishItem item;
  *item.mutable_signed_() = record::BuildEvent(
      draft, &key, absl::Now(), [](pb::SectionKind) { return record::RandomSalt(); });
  return item;
}

// So many bytes of text that the item has the size that is wanted, or close to.
size_t TextSizeOf(size_t item_size_bytes, const record::SigningKey& key) {
  constexpr size_t kSome = 200;
  const size_t around = SignalOf("org/fictional-0", key, kSome).ByteSizeLong() - kSome;
  return item_size_bytes > around + kSome ? item_size_bytes - around : kSome;
}

struct Author {
  std::string name;
  record::SigningKey key;
};

absl::StatusOr<std::vector<Author>> Register(pb::PublishService::Stub* stub) {
  std::vector<Author> authors;
  pb::PublishRequest organisations;
  pb::PublishRequest keys;
  for (uint64_t i = 0; i < kOrganisations; ++i) {
    authors.push_back({absl::StrCat("org/fictional-", i), record::SigningKey::Generate()});
    const Author& author = authors.back();
    pb::Draft& organisation = *organisations.add_items()->mutable_draft();
    organisation = DraftOf("org/igf-secretariat");
    organisation.mutable_organisation()->set_organisation(author.name);
    organisation.mutable_organisation()->set_name("A fictional organisation");
    organisation.mutable_organisation()->set_kind(pb::ORGANISATION_KIND_CIVIL_SOCIETY);
    pb::Draft& key = *keys.add_items()->mutable_draft();
    key = DraftOf(author.name);
    key.mutable_key()->set_organisation(author.name);
    key.mutable_key()->set_action(pb::KEY_ACTION_ADD);
    key.mutable_key()->set_public_key(author.key.public_key());
    key.mutable_key()->set_possession(author.key.Sign(record::kKeyPossessionType, author.name));
  }
  for (const pb::PublishRequest* request : {&organisations, &keys}) {
    grpc::ClientContext context;
    pb::PublishResponse response;
    LIAISON_RETURN_IF_ERROR(ToStatus(stub->Publish(&context, *request, &response)));
  }
  return authors;
}

// The checkpoint that covers `sequence`.
absl::StatusOr<pb::GetCheckpointResponse> Covering(const Options& options, uint64_t sequence) {
  const auto stub = Stub<pb::TransparencyService>(options);
  pb::GetCheckpointRequest request;
  request.set_covering(sequence);
  const absl::Time until = absl::Now() + absl::Seconds(options.timeout_s);
  while (absl::Now() < until) {
    grpc::ClientContext context;
    pb::GetCheckpointResponse response;
    LIAISON_RETURN_IF_ERROR(ToStatus(stub->GetCheckpoint(&context, request, &response)));
    if (response.size() >= sequence) return response;
    absl::SleepFor(kLook);
  }
  return absl::DeadlineExceededError(absl::StrCat("no checkpoint covers ", sequence));
}

// Shared by the clients of Fill.
struct Filling {
  std::atomic<uint64_t> taken{0};
  absl::Mutex mu;
  uint64_t last ABSL_GUARDED_BY(mu) = 0;  // sequence
  absl::Status failed ABSL_GUARDED_BY(mu);
};

void Publish(const Options& options, const std::vector<Author>& authors, Filling* filling) {
  const auto stub = Stub<pb::PublishService>(options);
  const size_t text_size_bytes = TextSizeOf(options.item_size_bytes, authors.front().key);
  while (true) {
    const uint64_t first = filling->taken.fetch_add(kItemsOfCall);
    if (first >= options.events) return;
    pb::PublishRequest request;
    for (uint64_t i = first; i < std::min(options.events, first + kItemsOfCall); ++i) {
      const Author& author = authors[i % authors.size()];
      *request.add_items() = SignalOf(author.name, author.key, text_size_bytes);
    }
    grpc::ClientContext context;
    pb::PublishResponse response;
    const absl::Status published = ToStatus(stub->Publish(&context, request, &response));
    absl::MutexLock lock(&filling->mu);
    filling->failed.Update(published);
    if (!filling->failed.ok()) return;
    for (const pb::Receipt& receipt : response.receipts()) {
      filling->last = std::max<uint64_t>(filling->last, receipt.position().sequence());
    }
  }
}

int Fill(const Options& options) {
  const auto authors = Register(Stub<pb::PublishService>(options).get());
  if (!authors.ok()) return Fail(authors.status());
  Filling filling;
  std::vector<std::thread> clients;
  for (size_t i = 0; i < kClients; ++i) {
    clients.emplace_back([&] { Publish(options, *authors, &filling); });
  }
  for (std::thread& client : clients) client.join();
  absl::MutexLock lock(&filling.mu);
  if (!filling.failed.ok()) return Fail(filling.failed);
  const auto checkpoint = Covering(options, filling.last);
  if (!checkpoint.ok()) return Fail(checkpoint.status());
  return Say({{"signed", options.events},
              {"events", options.events + kRegistered},
              {"head", filling.last},
              {"origin", checkpoint->log_origin()},
              {"vkey", checkpoint->log_vkey()}});
}

// --- the other hub -------------------------------------------------------------------------------

// Until its one lane has dealt with all of so many events. Asks rarely and little: both hubs have
// the machine.
int Wait(const Options& options) {
  const auto stub = Stub<pb::FederationService>(options);
  const absl::Time until = absl::Now() + absl::Seconds(options.timeout_s);
  std::string last;
  while (absl::Now() < until) {
    grpc::ClientContext context;
    pb::ListPeersResponse response;
    const absl::Status asked = ToStatus(stub->ListPeers(&context, {}, &response));
    if (!asked.ok()) return Fail(asked);
    for (const pb::Peer& peer : response.peers()) {
      last = peer.ShortDebugString();
      if (peer.lanes_size() != 1) continue;
      const pb::PulledLane& lane = peer.lanes(0);
      const auto accepted = lane.counts().find("accepted");
      if (lane.settled() != lane.head_size() || accepted == lane.counts().end()) continue;
      if (accepted->second >= options.events) {
        return Say({{"accepted", accepted->second}, {"settled", lane.settled()}});
      }
    }
    absl::SleepFor(kLook);
  }
  return Fail(absl::DeadlineExceededError(absl::StrCat("not all came: ", last)));
}

// --- the replay ----------------------------------------------------------------------------------

// A hub's log that nobody serves, and what it is shown by.
class ShownLog {
 public:
  absl::Status Open(const std::string& data_dir) {
    storage::OpenOptions open;
    open.data_dir = data_dir;
    LIAISON_ASSIGN_OR_RETURN(log_, storage::OpenEventLog(open));
    const transparency::LogKeyOptions keys{data_dir + "/keys", "igf", "localhost", log_->log_id()};
    LIAISON_ASSIGN_OR_RETURN(record::NoteSigner key, transparency::FindOrMakeLogKey(keys));
    log_record_ = std::make_unique<transparency::NoteFile>(transparency::CheckpointFile(keys));
    registry_record_ =
        std::make_unique<transparency::NoteFile>(transparency::RegistryCheckpointFile(keys));
    signer_ = std::make_unique<transparency::Signer>(
        log_.get(), &storage::TreesOf(*log_), std::move(key),
        transparency::Signer::Records{log_record_.get(), registry_record_.get()});
    return signer_->Open();
  }
  void ShowBy(const federation::Policy* policy) {
    source_ = std::make_unique<federation::Source>(log_.get(), signer_.get(), policy);
  }

  const std::string& origin() const { return signer_->origin(); }
  std::string vkey() const { return signer_->verifier().ToString(); }
  const federation::Source& source() const { return *source_; }

 private:
  std::unique_ptr<storage::LogOnDisk> log_;
  std::unique_ptr<transparency::NoteFile> log_record_;
  std::unique_ptr<transparency::NoteFile> registry_record_;
  std::unique_ptr<transparency::Signer> signer_;
  std::unique_ptr<federation::Source> source_;
};

// Both hubs' policies in one: what the one sends and the other takes.
absl::StatusOr<federation::Policy> PolicyOf(const ShownLog& shown) {
  constexpr char kRule[] =
      "name = \"all\"\naudiences = [\"igf/public\"]\ntopics = \"*\"\ntypes = \"*\"\n"
      "authors = \"*\"\n";
  return federation::Policy::Parse(
      absl::StrCat("[peer.", kPeer, "]\norganisation = \"org/fictional-regional\"\n[[peer.", kPeer,
                   ".send]]\n", kRule, "[peer.igf]\naddress = \"igf.example:1\"\norigins = [\"",
                   shown.origin(), "\"]\n[origin.\"", shown.origin(), "\"]\nvkey = \"",
                   shown.vkey(), "\"\n[[origin.\"", shown.origin(), "\".receive]]\n", kRule));
}

// Where a wire would be.
class DirectLine final : public federation::PeerLine {
 public:
  explicit DirectLine(const federation::Source* source) : source_(*source) {}
  absl::StatusOr<pb::PullLaneResponse> PullLane(const pb::PullLaneRequest& request) override {
    return source_.Serve(kPeer, request);
  }
  void Cancel() override {}

 private:
  const federation::Source& source_;
};

// A new log on disk with its one writer: what a hub commits with, and no more.
class NewLog {
 public:
  ~NewLog() {
    proposals_.Close();
    thread_.reset();
  }
  absl::Status Open(const std::string& data_dir) {
    storage::OpenOptions open;
    open.data_dir = data_dir;
    LIAISON_ASSIGN_OR_RETURN(log_, storage::OpenEventLog(open));
    tail_ = std::make_unique<liaison::fanout::Tail>(log_->head().sequence);
    sequencer::SequencerOptions options;
    options.hub = "regional";
    sequencer_ =
        std::make_unique<sequencer::Sequencer>(log_.get(), &proposals_, tail_.get(), options);
    LIAISON_RETURN_IF_ERROR(sequencer_->Open());
    thread_ = std::make_unique<sequencer::SequencerThread>(sequencer_.get());
    entry_ = std::make_unique<federation::OrderedEntry>(log_.get(), &proposals_,
                                                        [this] { return sequencer_->registry(); });
    return absl::OkStatus();
  }
  federation::Entry* entry() { return entry_.get(); }

 private:
  sequencer::LocalProposalLog proposals_;
  std::unique_ptr<storage::LogOnDisk> log_;
  std::unique_ptr<liaison::fanout::Tail> tail_;
  std::unique_ptr<sequencer::Sequencer> sequencer_;
  std::unique_ptr<sequencer::SequencerThread> thread_;
  std::unique_ptr<federation::OrderedEntry> entry_;
};

// Takes everything and keeps none of the events: what is left is asking and judging.
class NoEntry final : public federation::Entry {
 public:
  absl::StatusOr<bool> Knows(const record::Hash&) const override { return false; }
  absl::StatusOr<federation::Behind> WhatIsBehind(absl::string_view,
                                                  const pb::EventHeader&) const override {
    return federation::Behind();
  }
  std::shared_ptr<const liaison::domain::Registry> registry() const override { return registry_; }
  absl::Status Commit(federation::Arrival) override { return absl::OkStatus(); }
  absl::StatusOr<std::optional<std::string>> Find(const std::string& key) const override {
    const auto row = rows_.find(key);
    return row == rows_.end() ? std::nullopt : std::make_optional(row->second);
  }
  absl::StatusOr<std::vector<federation::KeptRow>> List(const std::string&, const std::string&,
                                                        size_t) const override {
    return std::vector<federation::KeptRow>();
  }
  using Entry::Keep;
  absl::Status Keep(const std::string& key, const std::string& value,
                    std::vector<federation::KeptRow>) override {
    rows_[key] = value;
    return absl::OkStatus();
  }

 private:
  const std::shared_ptr<const liaison::domain::Registry> registry_ =
      std::make_shared<liaison::domain::Registry>();
  std::map<std::string, std::string> rows_;
};

double CpuSeconds() {
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  return static_cast<double>(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
         static_cast<double>(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
}

// As a hub's Puller does, until there is nothing more.
absl::StatusOr<ordered_json> Pull(const ShownLog& shown, const federation::Policy& policy,
                                  federation::Entry* entry) {
  std::vector<std::string> reports;
  federation::Standings standings({entry, [] { return 0.5; },
                                   [&](const std::string& what) { reports.push_back(what); },
                                   absl::Now});
  LIAISON_RETURN_IF_ERROR(standings.Load(policy, absl::Now()));
  federation::Replicas replicas(entry);
  LIAISON_ASSIGN_OR_RETURN(
      federation::Replica * replica,
      replicas.Of(shown.origin(), policy.origins().find(shown.origin())->second.key));
  DirectLine line(&shown.source());
  federation::LanePuller lane({&policy, entry, &standings, &line, replica}, "igf", shown.origin());
  LIAISON_RETURN_IF_ERROR(lane.Open());
  const absl::Time began = absl::Now();
  const double cpu_before_s = CpuSeconds();
  federation::Next next = federation::Next::kMore;
  uint64_t batches = 0;
  for (; next == federation::Next::kMore; ++batches) {
    LIAISON_ASSIGN_OR_RETURN(next, lane.Take(absl::Now()));
  }
  const double seconds = absl::ToDoubleSeconds(absl::Now() - began);
  const federation::rows::Lane row = lane.row();
  if (next != federation::Next::kLater || row.settled() != row.head_size() || !reports.empty()) {
    return absl::InternalError(
        absl::StrCat("the replay stopped at ", row.settled(), " of ", row.head_size(), ": ",
                     standings.OfPeer("igf", absl::Now()).row.ShortDebugString(),
                     reports.empty() ? "" : reports.front()));
  }
  const auto accepted = row.counts().find("accepted");
  return ordered_json{{"accepted", accepted == row.counts().end() ? 0 : accepted->second},
                      {"settled", row.settled()},
                      {"batches", batches},
                      {"seconds", seconds},
                      {"cpu_seconds", CpuSeconds() - cpu_before_s}};
}

int Replay(const Options& options) {
  ShownLog shown;
  if (absl::Status opened = shown.Open(options.data_dir); !opened.ok()) return Fail(opened);
  const auto policy = PolicyOf(shown);
  if (!policy.ok()) return Fail(policy.status());
  shown.ShowBy(&*policy);
  NoEntry none;
  NewLog log;
  if (!options.judge_only) {
    if (absl::Status opened = log.Open(options.into); !opened.ok()) return Fail(opened);
  }
  const auto figures = Pull(
      shown, *policy, options.judge_only ? static_cast<federation::Entry*>(&none) : log.entry());
  return figures.ok() ? Say(*figures) : Fail(figures.status());
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  CLI::App app("What `federation` measures with; JSON on standard output.", "federation_bench");
  app.require_subcommand(1);
  CLI::App* fill = app.add_subcommand("fill", "publishes events that their authors have signed");
  fill->add_option("--size", options.item_size_bytes, "bytes of an event as it is published");
  CLI::App* wait = app.add_subcommand("wait", "until a hub has pulled all of so many events");
  for (CLI::App* of_hub : {fill, wait}) {
    of_hub->add_option("--hub", options.hub)->required();
    of_hub->add_option("--events", options.events)->required()->check(CLI::PositiveNumber);
    of_hub->add_option("--timeout", options.timeout_s, "seconds")->check(CLI::PositiveNumber);
  }
  CLI::App* replay = app.add_subcommand("replay", "a log that no hub has open, into a new one");
  replay->add_option("--data-dir", options.data_dir)->required()->check(CLI::ExistingDirectory);
  auto* into = replay->add_option("--into", options.into, "folder of the new log");
  auto* judge_only = replay->add_flag("--judge-only", options.judge_only, "enters nothing");
  into->excludes(judge_only);
  CLI11_PARSE(app, argc, argv);
  if (*fill) return Fill(options);
  if (*wait) return Wait(options);
  if (options.into.empty() && !options.judge_only) {
    std::cerr << "federation_bench: --into or --judge-only\n";
    return 2;
  }
  return Replay(options);
}
