// The yardstick: what gRPC's callback API, one committer thread and synced RocksDB do when there is
// nothing else between them; and probes of each of them alone.
//
//   bare serve --data-dir FOLDER      takes and serves the hub's own requests, as bytes
//   bare serve --echo                 answers publishing at once and keeps nothing
//   bare serve --endless              sends every subscriber events from memory, without end
//   bare rocksdb --data-dir FOLDER    synced batches of 64 events, and a scan of them
//
// It speaks the hub's contract as far as publishing and subscribing go, so that one and the same
// load generator drives both. It does not read what it is sent: no identity, no checks, no index.

#include <grpcpp/grpcpp.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <csignal>
#include <deque>
#include <iostream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/synchronization/mutex.h"
#include "igf/liaison/v1/event_service.grpc.pb.h"
#include "igf/liaison/v1/publish_service.grpc.pb.h"
#include "tests/bench/bare_feed.h"
#include "tests/bench/bare_log.h"
#include "tests/bench/wire.h"

namespace liaison::bench {
namespace {

namespace pb = ::igf::liaison::v1;

constexpr int kMaxMessageSizeBytes = 16 << 20;

// The hub's own frames are that long.
constexpr size_t kFrameSizeBytes = 32 << 10;

struct Setup {
  std::string data_dir;
  std::string listen = "127.0.0.1:0";
  bool echo = false;
  bool endless = false;
  bool one_event_a_message = false;
  int64_t events = 200'000;
};

struct Bare {
  BareLog* log;
  Feed* feed;
  size_t frame_size_bytes;
  bool endless;
};

// The items of a request or a frame, where they lie.
Work ToWork(const grpc::ByteBuffer& buffer, uint32_t items, uint64_t* frame_id) {
  Work work;
  std::vector<grpc::Slice> slices;
  buffer.Dump(&slices).ok();
  absl::string_view bytes;
  if (slices.size() == 1) {
    auto slice = std::make_shared<const grpc::Slice>(slices[0]);
    bytes = {reinterpret_cast<const char*>(slice->begin()), slice->size()};
    work.bytes = std::move(slice);
  } else {
    auto joined = std::make_shared<std::string>();
    joined->reserve(buffer.Length());
    for (const grpc::Slice& slice : slices) {
      joined->append(reinterpret_cast<const char*>(slice.begin()), slice.size());
    }
    bytes = *joined;
    work.bytes = std::move(joined);
  }
  for (FieldReader field(bytes); field.Next();) {
    if (field.number() == items && field.is_bytes()) work.events.push_back(field.bytes());
    if (frame_id != nullptr && field.number() == 1 && !field.is_bytes()) {
      *frame_id = field.varint();
    }
  }
  return work;
}

// Receipt { position { sequence } }
void AppendReceipt(std::string* out, uint32_t number, uint64_t sequence) {
  std::string position;
  AppendVarintField(&position, 2, sequence);
  std::string receipt;
  AppendBytesField(&receipt, 2, position);
  AppendBytesField(out, number, receipt);
}

class PublishStream final : public grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>,
                            public std::enable_shared_from_this<PublishStream> {
 public:
  explicit PublishStream(const Bare& bare) : bare_(bare) {}

  void Start(std::shared_ptr<PublishStream> self) {
    self_ = std::move(self);
    StartRead(&read_);
  }

  void OnReadDone(bool ok) override {
    if (!ok) {
      {
        absl::MutexLock lock(&mu_);
        reads_done_ = true;
      }
      Continue();
      return;
    }
    uint64_t frame_id = 0;
    Work work = ToWork(read_, 2, &frame_id);
    read_.Clear();
    {
      absl::MutexLock lock(&mu_);
      ++open_;
    }
    const size_t count = work.events.size();
    work.done = [self = shared_from_this(), frame_id, count](uint64_t first) {
      self->Answered(frame_id, count, first);
    };
    bare_.log->Add(std::move(work));
    StartRead(&read_);
  }

  void OnWriteDone(bool ok) override {
    {
      absl::MutexLock lock(&mu_);
      writing_ = false;
      broken_ |= !ok;
    }
    Continue();
  }

  void OnDone() override { self_.reset(); }

 private:
  void Answered(uint64_t frame_id, size_t count, uint64_t first) {
    std::string results;
    AppendVarintField(&results, 1, frame_id);
    for (size_t i = 0; i < count; ++i) {
      std::string result;
      AppendReceipt(&result, 1, first + i);
      AppendBytesField(&results, 2, result);
    }
    std::string response;
    AppendBytesField(&response, 2, results);
    {
      absl::MutexLock lock(&mu_);
      answers_.push_back(ToBuffer(response));
    }
    Continue();
  }

  void Continue() {
    bool write = false;
    {
      absl::MutexLock lock(&mu_);
      if (writing_ || finished_) return;
      if (broken_) {
        open_ -= answers_.size();
        answers_.clear();
      }
      if (!answers_.empty()) {
        written_ = std::move(answers_.front());
        answers_.pop_front();
        --open_;
        writing_ = write = true;
      } else if (reads_done_ && open_ == 0) {
        finished_ = true;
      } else {
        return;
      }
    }
    if (write) {
      StartWrite(&written_);
    } else {
      Finish(grpc::Status::OK);
    }
  }

  const Bare& bare_;
  std::shared_ptr<PublishStream> self_;  // gRPC's share
  grpc::ByteBuffer read_;
  grpc::ByteBuffer written_;
  absl::Mutex mu_;
  std::deque<grpc::ByteBuffer> answers_ ABSL_GUARDED_BY(mu_);
  size_t open_ ABSL_GUARDED_BY(mu_) = 0;  // frames read whose answer was not written yet
  bool writing_ ABSL_GUARDED_BY(mu_) = false;
  bool reads_done_ ABSL_GUARDED_BY(mu_) = false;
  bool broken_ ABSL_GUARDED_BY(mu_) = false;
  bool finished_ ABSL_GUARDED_BY(mu_) = false;
};

// Reads from RocksDB until it meets the feed, then waits on the feed. One write in flight; the
// right to act is with the write, or with the feed's wake.
class Subscription final : public grpc::ServerWriteReactor<grpc::ByteBuffer>,
                           public std::enable_shared_from_this<Subscription> {
 public:
  Subscription(const Bare& bare, const pb::SubscribeRequest& request)
      : bare_(bare),
        builder_(bare.frame_size_bytes),
        stop_after_(request.stop_at_head() ? bare.feed->head() : UINT64_MAX),
        next_(request.start_at() == pb::START_AT_BEGINNING ? 1 : bare.feed->head() + 1) {}

  void Start(std::shared_ptr<Subscription> self) {
    self_ = std::move(self);
    if (bare_.endless) {
      while (!builder_.full()) builder_.Append(1, std::string(kEventSizeBytes, 'x'));
      written_ = builder_.Take();
      StartWrite(&written_);
      return;
    }
    // So that whoever waits for it knows that the stream is live.
    pb::SubscribeResponse ready;
    ready.mutable_caught_up();
    written_ = ToBuffer(ready.SerializeAsString());
    StartWrite(&written_);
  }

  void OnWriteDone(bool ok) override {
    if (!ok) return End();
    if (bare_.endless) return StartWrite(&written_);
    Step();
  }
  void OnCancel() override {
    {
      absl::MutexLock lock(&mu_);
      cancelled_ = true;
      if (!parked_) return;
      parked_ = false;
    }
    End();
  }
  void OnDone() override { self_.reset(); }

 private:
  void Step() {
    if (next_ > stop_after_) return End();
    if (it_ != nullptr && WriteFromDisk()) return;
    {
      absl::MutexLock lock(&mu_);
      parked_ = true;
    }
    bool gone = false;
    std::optional<FeedMessage> message = bare_.feed->NextOrPark(
        next_, [self = shared_from_this()] { self->Woken(); }, &gone);
    const bool waits = !message && !gone;
    {
      absl::MutexLock lock(&mu_);
      if (!parked_) return;  // taken meanwhile, by Woken or OnCancel
      if (waits && !cancelled_) return;
      parked_ = false;
    }
    if (waits) return End();
    if (message) {
      next_ = message->last + 1;
      written_ = std::move(message->buffer);
      StartWrite(&written_);
      return;
    }
    OpenIterator();
    if (!WriteFromDisk()) End();
  }

  void Woken() {
    {
      absl::MutexLock lock(&mu_);
      if (!parked_) return;
      parked_ = false;
    }
    Step();
  }

  void OpenIterator() {
    rocksdb::ReadOptions options;
    options.readahead_size = 1 << 20;
    options.fill_cache = false;
    it_.reset(bare_.log->db()->NewIterator(options));
    it_->Seek(SequenceKey(next_));
  }

  // False at the end of what the iterator sees.
  bool WriteFromDisk() {
    for (; it_->Valid() && !builder_.full() && next_ <= stop_after_; it_->Next(), ++next_) {
      const rocksdb::Slice value = it_->value();
      builder_.Append(next_, {value.data(), value.size()});
    }
    if (builder_.empty()) {
      it_.reset();
      return false;
    }
    written_ = builder_.Take();
    StartWrite(&written_);
    return true;
  }

  void End() { Finish(grpc::Status::OK); }

  const Bare& bare_;
  std::shared_ptr<Subscription> self_;  // gRPC's share
  FrameBuilder builder_;
  const uint64_t stop_after_;
  uint64_t next_;
  std::unique_ptr<rocksdb::Iterator> it_;
  grpc::ByteBuffer written_;
  absl::Mutex mu_;
  bool parked_ ABSL_GUARDED_BY(mu_) = false;
  bool cancelled_ ABSL_GUARDED_BY(mu_) = false;
};

using RawPublish = pb::PublishService::WithRawCallbackMethod_Publish<
    pb::PublishService::WithRawCallbackMethod_PublishStream<pb::PublishService::Service>>;
class Publishing final : public RawPublish {
 public:
  explicit Publishing(const Bare* bare) : bare_(*bare) {}

  grpc::ServerUnaryReactor* Publish(grpc::CallbackServerContext* context,
                                    const grpc::ByteBuffer* request,
                                    grpc::ByteBuffer* response) override {
    grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
    Work work = ToWork(*request, 1, nullptr);
    const size_t count = work.events.size();
    work.done = [reactor, response, count](uint64_t first) {
      std::string receipts;
      for (size_t i = 0; i < count; ++i) AppendReceipt(&receipts, 1, first + i);
      *response = ToBuffer(receipts);
      reactor->Finish(grpc::Status::OK);
    };
    bare_.log->Add(std::move(work));
    return reactor;
  }

  grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>* PublishStream(
      grpc::CallbackServerContext*) override {
    auto stream = std::make_shared<bench::PublishStream>(bare_);
    bench::PublishStream* reactor = stream.get();
    reactor->Start(std::move(stream));
    return reactor;
  }

 private:
  const Bare& bare_;
};

using RawEvents = pb::EventService::WithRawCallbackMethod_Subscribe<pb::EventService::Service>;
class Events final : public RawEvents {
 public:
  explicit Events(const Bare* bare) : bare_(*bare) {}

  grpc::ServerWriteReactor<grpc::ByteBuffer>* Subscribe(grpc::CallbackServerContext*,
                                                        const grpc::ByteBuffer* request) override {
    grpc::Slice slice;
    pb::SubscribeRequest parsed;
    if (request->DumpToSingleSlice(&slice).ok()) {
      parsed.ParseFromArray(slice.begin(), static_cast<int>(slice.size()));
    }
    auto subscription = std::make_shared<Subscription>(bare_, parsed);
    Subscription* reactor = subscription.get();
    reactor->Start(std::move(subscription));
    return reactor;
  }

 private:
  const Bare& bare_;
};

int Serve(const Setup& setup) {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);

  const bool keeps = !setup.echo && !setup.endless;
  auto log = BareLog::Open(keeps ? setup.data_dir : "");
  if (!log.ok()) {
    std::cerr << "bare: " << log.status().message() << "\n";
    return 1;
  }
  const size_t frame_size_bytes = setup.one_event_a_message ? 0 : kFrameSizeBytes;
  Feed feed(frame_size_bytes);
  feed.SetHead((*log)->head());
  (*log)->SetListener([&feed](const Group& group) { feed.Publish(group); });
  const Bare bare{log->get(), &feed, frame_size_bytes, setup.endless};
  Publishing publishing(&bare);
  Events events(&bare);
  grpc::ServerBuilder builder;
  builder.SetMaxReceiveMessageSize(kMaxMessageSizeBytes);
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  int port = 0;
  builder.AddListeningPort(setup.listen, grpc::InsecureServerCredentials(), &port);
  builder.RegisterService(&publishing);
  builder.RegisterService(&events);
  const std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  if (server == nullptr || port == 0) {
    std::cerr << "bare: cannot listen on " << setup.listen << "\n";
    return 1;
  }
  std::cout << R"({"ready":true,"grpc":"127.0.0.1:)" << port << "\"}" << std::endl;
  int signal = 0;
  sigwait(&signals, &signal);
  server->Shutdown(std::chrono::system_clock::now() + std::chrono::milliseconds(200));
  server->Wait();
  return 0;
}

double Now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

std::unique_ptr<rocksdb::DB> OpenDb(const std::string& folder) {
  rocksdb::DB* db = nullptr;
  const rocksdb::Status status = rocksdb::DB::Open(BareOptions(), folder, &db);
  if (!status.ok()) std::cerr << "bare: " << status.ToString() << "\n";
  return std::unique_ptr<rocksdb::DB>(db);
}

// The disk and RocksDB alone: what no server above them can exceed.
int ProbeRocksDb(const Setup& setup) {
  constexpr int kBatch = 64;
  std::unique_ptr<rocksdb::DB> db = OpenDb(setup.data_dir);
  if (db == nullptr) return 1;
  EventMaker maker(1);
  rocksdb::WriteOptions synced;
  synced.sync = true;
  double began = Now();
  for (int64_t at = 0; at < setup.events; at += kBatch) {
    rocksdb::WriteBatch batch;
    for (int i = 0; i < kBatch; ++i) {
      const absl::string_view item = maker.NextItem();
      batch.Put(SequenceKey(at + i), rocksdb::Slice(item.data(), item.size()))
          .PermitUncheckedError();
    }
    if (!db->Write(synced, &batch).ok()) return 1;
  }
  const double written = static_cast<double>(setup.events) / (Now() - began);
  db.reset();  // so that what is scanned comes from files
  db = OpenDb(setup.data_dir);
  if (db == nullptr) return 1;
  began = Now();
  int64_t seen = 0;
  std::unique_ptr<rocksdb::Iterator> it(db->NewIterator(rocksdb::ReadOptions()));
  for (it->SeekToFirst(); it->Valid(); it->Next()) seen += it->value().size() > 0;
  it.reset();  // before its database
  const double read = static_cast<double>(seen) / (Now() - began);
  std::cout << "{\"batch\":" << kBatch << ",\"events\":" << seen
            << ",\"synced_per_second\":" << static_cast<int64_t>(written)
            << ",\"scanned_per_second\":" << static_cast<int64_t>(read) << "}" << std::endl;
  return 0;
}

}  // namespace
}  // namespace liaison::bench

int main(int argc, char** argv) {
  liaison::bench::Setup setup;
  CLI::App app("gRPC, one committer thread and synced RocksDB, with nothing between them.", "bare");
  app.require_subcommand(1);
  CLI::App* serve = app.add_subcommand("serve", "serve until SIGTERM");
  serve->add_option("--data-dir", setup.data_dir, "folder of the log");
  serve->add_option("--listen", setup.listen, "loopback address; port 0 takes a free one");
  serve->add_flag("--echo", setup.echo, "answer publishing at once and keep nothing");
  serve->add_flag("--endless", setup.endless, "send subscribers events from memory, without end");
  serve->add_flag("--one-event-a-message", setup.one_event_a_message,
                  "deliver without frames of 32 KiB");
  CLI::App* rocksdb = app.add_subcommand("rocksdb", "write synced batches, then scan them");
  rocksdb->add_option("--data-dir", setup.data_dir, "fresh folder")->required();
  rocksdb->add_option("--events", setup.events, "how many");
  CLI11_PARSE(app, argc, argv);
  if (*serve && setup.data_dir.empty() && !setup.echo && !setup.endless) {
    std::cerr << "bare serve: give --data-dir, --echo or --endless\n";
    return 2;
  }
  return *serve ? liaison::bench::Serve(setup) : liaison::bench::ProbeRocksDb(setup);
}
