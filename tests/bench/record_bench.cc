// The parts of `record`: makes a bundle, measures the machine's Ed25519, asks for proofs.

#include <grpcpp/grpcpp.h>
#include <openssl/evp.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <atomic>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "client/cli/bundle_file.h"
#include "igf/liaison/v1/transparency_service.grpc.pb.h"
#include "proto/record/checkpoint.h"
#include "proto/record/commitment.h"
#include "proto/record/compact_range.h"
#include "proto/record/event_builder.h"
#include "proto/record/leaf.h"
#include "proto/record/macros.h"
#include "proto/record/openssl.h"
#include "proto/record/pae.h"
#include "proto/record/signed_note.h"
#include "server/transparency/proofs.h"
#include "storage/rocks/open.h"
#include "storage/trees.h"

namespace {

namespace cli = ::liaison::cli;
namespace pb = ::igf::liaison::v1;
namespace record = ::liaison::record;
using nlohmann::ordered_json;

constexpr char kOrigin[] = "bench.example.org/igf/fictional";
constexpr int64_t kBegan_us = 1'790'000'000'000'000;
constexpr size_t kOrganisations = 10;
constexpr size_t kTextSizeBytes = 512;

struct Options {
  uint64_t events = 1'000'000;
  std::string output;
  double seconds = 5;
  std::string hub;
  std::string data_dir;
  uint64_t count = 2000;
};

int Fail(const absl::Status& status) {
  std::cerr << "record_bench: " << status << "\n";
  return 1;
}

size_t Processors() { return std::max(1U, std::thread::hardware_concurrency()); }

// Runs `work(first, last)` over [0, count) on all processors.
template <typename Work>
void InParallel(uint64_t count, const Work& work) {
  std::vector<std::thread> threads;
  const uint64_t share = (count + Processors() - 1) / Processors();
  for (uint64_t first = 0; first < count; first += share) {
    threads.emplace_back(
        [&work, first, last = std::min(count, first + share)] { work(first, last); });
  }
  for (std::thread& thread : threads) thread.join();
}

// --- a bundle ------------------------------------------------------------------------------------

// An event as a bundle has it.
struct Entry {
  record::Leaf leaf;
  std::string leaf_bytes;
  std::string header;
  std::string payload;
};

Entry Make(const pb::Draft& draft, const record::SigningKey* key, uint64_t sequence,
           uint64_t registry_size) {
  const pb::SignedEvent event =
      record::BuildEvent(draft, key, absl::FromUnixMicros(kBegan_us),
                         [](pb::SectionKind) { return record::RandomSalt(); });
  Entry entry;
  entry.header = event.header();
  entry.leaf.kind = key != nullptr ? record::LeafKind::kSigned : record::LeafKind::kAttested;
  entry.leaf.sequence = sequence;
  entry.leaf.hub_time_us = kBegan_us + static_cast<int64_t>(sequence);
  entry.leaf.registry_size = registry_size;
  entry.leaf.digest = record::EventDigest(event.header());
  if (key != nullptr) {
    entry.leaf.key_hash = record::KeyHash(key->public_key());
    std::copy(event.signature().begin(), event.signature().end(), entry.leaf.signature.begin());
  }
  entry.leaf_bytes = record::EncodeLeaf(entry.leaf);
  cli::Payload payload;
  payload.Sized(2, entry.leaf_bytes).Sized(4, event.header()).Number(1, event.sections_size());
  for (const pb::Section& section : event.sections()) {
    payload.Number(2, section.kind())
        .Number(1, static_cast<uint64_t>(cli::BundledSection::kPresent))
        .Bytes(section.salt())
        .Sized(4, section.data());
  }
  entry.payload = payload.bytes();
  return entry;
}

pb::Draft DraftOf(const std::string& author) {
  pb::Draft draft;
  draft.set_event_id(record::Uuid::Random().ToString());
  draft.set_author(author);
  draft.set_audience("igf/public");
  draft.set_language("en");
  return draft;
}

pb::Draft SignalOf(const std::string& author) {
  pb::Draft draft = DraftOf(author);
  draft.add_topics("unspecified");
  draft.mutable_topic_signal()->set_purpose(pb::PURPOSE_INFORMATION);
  draft.mutable_topic_signal()->set_title("A fictional signal");
  draft.mutable_topic_signal()->set_text(std::string(kTextSizeBytes, 'x'));
  return draft;
}

// A whole log, in memory: every event but the first few is signed by its author.
class FictionalLog {
 public:
  explicit FictionalLog(uint64_t events) : entries_(events) {
    for (size_t i = 0; i < kOrganisations; ++i) {
      const std::string name = absl::StrCat("org/fictional-", i);
      keys_.push_back(record::SigningKey::Generate());
      pb::Draft organisation = DraftOf("org/igf-secretariat");
      organisation.mutable_organisation()->set_organisation(name);
      organisation.mutable_organisation()->set_kind(pb::ORGANISATION_KIND_CIVIL_SOCIETY);
      Register(organisation, record::RegistryLeafKind::kOrganisation);
      pb::Draft key = DraftOf(name);
      key.mutable_key()->set_organisation(name);
      key.mutable_key()->set_action(pb::KEY_ACTION_ADD);
      key.mutable_key()->set_public_key(keys_.back().public_key());
      key.mutable_key()->set_possession(keys_.back().Sign(record::kKeyPossessionType, name));
      Register(key, record::RegistryLeafKind::kKey);
    }
    const uint64_t registered = registry_.size();
    InParallel(events - registered, [&](uint64_t first, uint64_t last) {
      for (uint64_t i = first; i < last; ++i) {
        const size_t by = i % kOrganisations;
        const uint64_t sequence = registered + i + 1;
        entries_[sequence - 1] =
            Make(SignalOf(absl::StrCat("org/fictional-", by)), &keys_[by], sequence, registered);
      }
    });
  }

  absl::Status Write(const std::string& file, std::string* vkey) const {
    const auto key = record::NoteSigner::Generate(kOrigin, record::NoteKeyType::kEd25519);
    *vkey = key.verifier().ToString();
    record::CompactRange tree;
    for (const Entry& entry : entries_) tree.Append(record::LeafHash(entry.leaf_bytes));
    cli::BundleWriter writer(file);
    LIAISON_RETURN_IF_ERROR(writer.Open());
    cli::Payload begin;
    begin.Sized(2, kOrigin).Sized(2, *vkey).Number(8, 1).Number(8, entries_.size());
    LIAISON_RETURN_IF_ERROR(writer.Take('B', begin.bytes()));
    LIAISON_RETURN_IF_ERROR(writer.Take('C', NoteOf(key, tree)));
    LIAISON_RETURN_IF_ERROR(
        writer.Take('G', NoteOf(key.WithName(absl::StrCat(kOrigin, "/registry")), registry_tree_)));
    for (const std::string& entry : registry_) LIAISON_RETURN_IF_ERROR(writer.Take('K', entry));
    LIAISON_RETURN_IF_ERROR(writer.Take('P', cli::Payload().Number(1, 0).Number(1, 0).bytes()));
    record::CompactRange done;
    for (const Entry& entry : entries_) {
      LIAISON_RETURN_IF_ERROR(writer.Take('E', entry.payload));
      done.Append(record::LeafHash(entry.leaf_bytes));
      if (done.size() % cli::kBundleMarkEvery != 0) continue;
      cli::Payload mark;
      mark.Number(8, done.size()).Hashes(done.roots());
      LIAISON_RETURN_IF_ERROR(writer.Take('M', mark.bytes()));
    }
    return writer.Finish(entries_.size(), 0);
  }

  uint64_t signatures() const { return entries_.size() - registry_.size(); }

 private:
  void Register(const pb::Draft& draft, record::RegistryLeafKind kind) {
    const uint64_t index = registry_.size();
    Entry& entry = entries_[index] = Make(draft, nullptr, index + 1, index);
    record::RegistryLeaf leaf;
    leaf.kind = kind;
    leaf.index = index;
    leaf.sequence = index + 1;
    leaf.digest = entry.leaf.digest;
    const std::string bytes = record::EncodeRegistryLeaf(leaf);
    registry_tree_.Append(record::LeafHash(bytes));
    registry_.push_back(bytes + entry.header);
  }

  static std::string NoteOf(const record::NoteSigner& key, const record::CompactRange& tree) {
    const std::string text =
        record::FormatCheckpoint({key.verifier().name(), tree.size(), tree.Root(), {}});
    return absl::StrCat(text, "\n", key.Sign(text));
  }

  std::vector<record::SigningKey> keys_;
  std::vector<Entry> entries_;
  std::vector<std::string> registry_;
  record::CompactRange registry_tree_;
};

int MakeBundle(const Options& options) {
  const FictionalLog log(options.events);
  std::string vkey;
  if (absl::Status wrote = log.Write(options.output, &vkey); !wrote.ok()) return Fail(wrote);
  std::cout << ordered_json{{"events", options.events},
                            {"signatures", log.signatures()},
                            {"vkey", vkey}}
                   .dump()
            << "\n";
  return 0;
}

// --- the ceiling ---------------------------------------------------------------------------------

// What OpenSSL verifies on all processors where it does nothing else: keys are prepared, messages
// lie in the cache, and are as long as those of the bundle.
int Ceiling(const Options& options) {
  const record::SigningKey key = record::SigningKey::Generate();
  const Entry entry = Make(SignalOf("org/fictional-0"), &key, 1, 0);
  const std::string message = record::Pae(record::kEventHeaderType, entry.header);
  const std::string public_key = key.public_key();
  std::atomic<uint64_t> verified{0};
  std::atomic<size_t> at_work{0};
  std::atomic<bool> wrong{false};
  const absl::Time began = absl::Now();
  const absl::Time until = began + absl::Seconds(options.seconds);
  InParallel(Processors(), [&](uint64_t, uint64_t) {
    const record::KeyPtr prepared(EVP_PKEY_new_raw_public_key(
        EVP_PKEY_ED25519, nullptr, reinterpret_cast<const unsigned char*>(public_key.data()),
        public_key.size()));
    const record::DigestContextPtr context(EVP_MD_CTX_new());
    uint64_t mine = 0;
    ++at_work;
    while (absl::Now() < until) {
      for (int i = 0; i < 100; ++i, ++mine) {
        EVP_MD_CTX_reset(context.get());
        if (EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, prepared.get()) != 1 ||
            EVP_DigestVerify(
                context.get(), entry.leaf.signature.data(), entry.leaf.signature.size(),
                reinterpret_cast<const unsigned char*>(message.data()), message.size()) != 1) {
          wrong = true;
        }
      }
    }
    verified += mine;
  });
  const double seconds = absl::ToDoubleSeconds(absl::Now() - began);
  std::cout << ordered_json{{"verified", verified.load()},
                            {"seconds", seconds},
                            {"message_size_bytes", message.size()},
                            {"processors", at_work.load()}}
                   .dump()
            << "\n";
  return wrong ? 1 : 0;
}

// --- proofs --------------------------------------------------------------------------------------

// How long each of so many takes, in microseconds and in order: `ask` for a random leaf.
template <typename Ask>
absl::StatusOr<std::vector<double>> Timed(uint64_t count, uint64_t size, const Ask& ask) {
  std::mt19937_64 random(1);
  std::vector<double> took_us;
  for (uint64_t i = 0; i < count; ++i) {
    const uint64_t index = random() % size;
    const absl::Time began = absl::Now();
    LIAISON_RETURN_IF_ERROR(ask(index));
    took_us.push_back(absl::ToDoubleMicroseconds(absl::Now() - began));
  }
  std::sort(took_us.begin(), took_us.end());
  return took_us;
}

ordered_json FiguresOf(const std::vector<double>& took_us, uint64_t size) {
  return {{"size", size},
          {"proofs", took_us.size()},
          {"median_us", took_us[took_us.size() / 2]},
          {"p99_us", took_us[took_us.size() * 99 / 100]}};
}

// As the hub makes one: read, and verified before it is given away.
int ProofsOfLog(const Options& options) {
  liaison::storage::OpenOptions open;
  open.data_dir = options.data_dir;
  const auto log = liaison::storage::OpenEventLog(open);
  if (!log.ok()) return Fail(log.status());
  const liaison::transparency::LogTree tree(log->get(), &liaison::storage::TreesOf(**log),
                                            liaison::storage::Tree::kLog);
  const auto head = liaison::transparency::HeadAt(tree, tree.size());
  if (!head.ok()) return Fail(head.status());
  const auto took_us = Timed(options.count, head->size, [&](uint64_t index) {
    return liaison::transparency::ProveInclusion(tree, index, *head).status();
  });
  if (!took_us.ok()) return Fail(took_us.status());
  std::cout << FiguresOf(*took_us, head->size).dump() << "\n";
  return 0;
}

// As somebody else gets one, and what a call takes in which nothing is proven.
int ProofsOfHub(const Options& options) {
  const auto stub = pb::TransparencyService::NewStub(
      grpc::CreateChannel(options.hub, grpc::InsecureChannelCredentials()));
  const auto outcome = [](const grpc::Status& status) {
    return status.ok() ? absl::OkStatus() : absl::UnavailableError(status.error_message());
  };
  pb::GetInclusionProofResponse response;
  const auto prove = [&](uint64_t index) {
    grpc::ClientContext context;
    pb::GetInclusionProofRequest request;
    request.set_leaf_index(index);
    return outcome(stub->GetInclusionProof(&context, request, &response));
  };
  const auto prove_nothing = [&](uint64_t) {
    grpc::ClientContext context;
    pb::GetCheckpointResponse checkpoint;
    return outcome(stub->GetCheckpoint(&context, {}, &checkpoint));
  };
  if (absl::Status asked = prove(0); !asked.ok()) return Fail(asked);
  const uint64_t size = response.size();
  const auto took_us = Timed(options.count, size, prove);
  if (!took_us.ok()) return Fail(took_us.status());
  const auto call_us = Timed(options.count, size, prove_nothing);
  if (!call_us.ok()) return Fail(call_us.status());
  ordered_json figures = FiguresOf(*took_us, size);
  figures["call_median_us"] = (*call_us)[call_us->size() / 2];
  std::cout << figures.dump() << "\n";
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  CLI::App app("What `record` measures with; JSON on standard output.", "record_bench");
  app.require_subcommand(1);
  CLI::App* bundle = app.add_subcommand("bundle", "makes a bundle of signed events");
  bundle->add_option("--events", options.events)->check(CLI::Range(100, 10'000'000));
  bundle->add_option("--output", options.output)->required();
  CLI::App* ceiling = app.add_subcommand("ceiling", "signatures that OpenSSL verifies a second");
  ceiling->add_option("--seconds", options.seconds)->check(CLI::PositiveNumber);
  CLI::App* of_hub = app.add_subcommand("proofs", "of a hub, by gRPC");
  of_hub->add_option("--hub", options.hub)->required();
  CLI::App* of_log = app.add_subcommand("stored-proofs", "of a log that no hub has open");
  of_log->add_option("--data-dir", options.data_dir)->required();
  for (CLI::App* proofs : {of_hub, of_log}) {
    proofs->add_option("--count", options.count)->check(CLI::PositiveNumber);
  }
  CLI11_PARSE(app, argc, argv);
  if (*bundle) return MakeBundle(options);
  if (*ceiling) return Ceiling(options);
  return *of_hub ? ProofsOfHub(options) : ProofsOfLog(options);
}
