#include "server/rpc/backup.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "google/protobuf/util/time_util.h"
#include "igf/liaison/v1/admin_service.pb.h"
#include "proto/record/macros.h"
#include "server/backup/backup_keeper.h"
#include "server/rpc/raw_message.h"
#include "server/rpc/status.h"

namespace liaison::rpc {
namespace {

namespace pb = ::igf::liaison::v1;
using google::protobuf::util::TimeUtil;

// A caller is told that the hub is alive however long a step takes.
constexpr absl::Duration kProgressEvery = absl::Seconds(2);

pb::BackupEntry ToProto(const storage::BackupInfo& info,
                        const std::vector<uint32_t>& holding_erased) {
  return rpc::ToProto(info, std::find(holding_erased.begin(), holding_erased.end(), info.number) !=
                                holding_erased.end());
}

pb::BackupResponse ToProto(const storage::BackupMade& made) {
  pb::BackupResponse frame;
  pb::BackupMade* said = frame.mutable_made();
  *said->mutable_made() = ToProto(made.made, made.holding_erased);
  said->set_copied_bytes(made.copied_size_bytes);
  for (const storage::BackupInfo& info : made.kept) {
    *said->add_kept() = ToProto(info, made.holding_erased);
  }
  for (uint32_t number : made.removed) said->add_removed(number);
  return frame;
}

pb::BackupResponse ToProto(const storage::BackupProgress& progress) {
  pb::BackupResponse frame;
  frame.mutable_progress()->set_step(std::string(progress.step));
  frame.mutable_progress()->set_done(progress.done);
  frame.mutable_progress()->set_of(progress.of);
  return frame;
}

// A BackupCall shows what the keeper does. Whoever sets `busy_` has the right to write or to
// finish, and gives it back in OnWriteDone: one write in flight, one Finish.
//
// Shared by gRPC (until OnDone), the keeper (until it is done) and the registry.
class BackupCall final : public grpc::ServerWriteReactor<grpc::ByteBuffer>,
                         public OpenStream,
                         public std::enable_shared_from_this<BackupCall> {
 public:
  explicit BackupCall(const Hub& hub) : hub_(hub) {}

  void Start(std::shared_ptr<BackupCall> self, grpc::CallbackServerContext* context,
             const grpc::ByteBuffer& request) {
    self_ = std::move(self);
    const std::shared_ptr<BackupCall> keep = self_;
    if (absl::Status begun = Enter(context, request); !begun.ok()) Done(begun);
  }

  void OnWriteDone(bool ok) override {
    {
      absl::MutexLock lock(&mu_);
      busy_ = false;
      if (!ok) gone_ = true;
    }
    Pump();
  }

  void OnCancel() override {
    {
      absl::MutexLock lock(&mu_);
      gone_ = true;
    }
    Pump();
  }

  void OnDone() override {
    hub_.streams->Remove(this);
    self_.reset();
  }

  // OpenStream.
  void Tick(absl::Time now) override {
    {
      absl::MutexLock lock(&mu_);
      if (now - last_written_ < kProgressEvery) return;
      fresh_ = true;
    }
    Pump();
  }
  void Drain() override { hub_.backups->Stop(); }

 private:
  absl::Status Enter(grpc::CallbackServerContext* context, const grpc::ByteBuffer& bytes) {
    LIAISON_ASSIGN_OR_RETURN(const auth::Principal principal,
                             rpc::Enter<pb::BackupRequest>(*context, hub_, bytes.Length()));
    const absl::Status begun = Begin(principal, *context, bytes);
    LIAISON_RETURN_IF_ERROR(Audit(pb::BackupRequest(), principal, begun, context, hub_));
    return begun;
  }

  absl::Status Begin(const auth::Principal& principal, const grpc::CallbackServerContext& context,
                     const grpc::ByteBuffer& bytes) {
    pb::BackupRequest request;
    LIAISON_RETURN_IF_ERROR(ParseMessage(bytes, &request));
    LIAISON_RETURN_IF_ERROR(AddStream(hub_, principal, context, self_));
    backup::BackupKeeper::Job job;
    job.purge_erased = request.purge_erased();
    job.observer = [call = self_](const storage::BackupProgress& progress) {
      {
        absl::MutexLock lock(&call->mu_);
        call->progress_ = progress;
        call->fresh_ = true;
      }
      call->Pump();
    };
    job.done = [call = self_](absl::StatusOr<storage::BackupMade> made) {
      call->Done(std::move(made));
    };
    return hub_.backups->BackUp(std::move(job));
  }

  void Done(absl::StatusOr<storage::BackupMade> made) {
    {
      absl::MutexLock lock(&mu_);
      made_ = std::move(made);
    }
    Pump();
  }

  // Writes or finishes, whatever is due and possible.
  void Pump() {
    // Finish may run OnDone, which may drop the last reference but for this one.
    const std::shared_ptr<BackupCall> keep = shared_from_this();
    std::optional<absl::Status> end;
    {
      absl::MutexLock lock(&mu_);
      if (busy_) return;
      end = End();
      if (!end) {
        if (made_.has_value()) {
          frame_ = SerializeMessage(ToProto(**made_));
          told_ = true;
        } else if (fresh_) {
          frame_ = SerializeMessage(ToProto(progress_));
        } else {
          return;
        }
        fresh_ = false;
        last_written_ = absl::Now();
      }
      busy_ = true;
    }
    if (end) {
      Finish(ToGrpcStatus(*end));
    } else {
      StartWrite(&frame_);
    }
  }

  // The status to end with, once there is nothing more to say.
  std::optional<absl::Status> End() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) {
    if (gone_) return absl::CancelledError("the caller is gone");
    if (!made_.has_value()) return std::nullopt;
    if (!made_->ok()) return made_->status();
    return told_ ? std::make_optional(absl::OkStatus()) : std::nullopt;
  }

  const Hub& hub_;
  std::shared_ptr<BackupCall> self_;  // gRPC's share
  grpc::ByteBuffer frame_;            // belongs to whoever set busy_

  absl::Mutex mu_;
  bool busy_ ABSL_GUARDED_BY(mu_) = false;
  bool gone_ ABSL_GUARDED_BY(mu_) = false;
  bool fresh_ ABSL_GUARDED_BY(mu_) = true;  // there is progress to tell
  bool told_ ABSL_GUARDED_BY(mu_) = false;
  storage::BackupProgress progress_ ABSL_GUARDED_BY(mu_){"waiting"};
  std::optional<absl::StatusOr<storage::BackupMade>> made_ ABSL_GUARDED_BY(mu_);
  absl::Time last_written_ ABSL_GUARDED_BY(mu_) = absl::Now();
};

}  // namespace

pb::BackupEntry ToProto(const storage::BackupInfo& info, bool holds_erased) {
  pb::BackupEntry entry;
  entry.set_number(info.number);
  entry.mutable_head()->set_log_id(info.log_id.ToString());
  entry.mutable_head()->set_sequence(info.head.sequence);
  entry.set_root(std::string(info.head.root.bytes()));
  *entry.mutable_begin_time() = TimeUtil::MicrosecondsToTimestamp(info.begun_us);
  *entry.mutable_last_event_time() = TimeUtil::MicrosecondsToTimestamp(info.head.hub_time_us);
  entry.set_size_bytes(info.size_bytes);
  entry.set_holds_erased(holds_erased);
  return entry;
}

grpc::ServerWriteReactor<grpc::ByteBuffer>* StartBackup(const Hub& hub,
                                                        grpc::CallbackServerContext* context,
                                                        const grpc::ByteBuffer* request) {
  auto call = std::make_shared<BackupCall>(hub);
  BackupCall* reactor = call.get();
  reactor->Start(std::move(call), context, *request);
  return reactor;
}

}  // namespace liaison::rpc
