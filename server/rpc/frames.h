// Frames of Subscribe on the wire: shared slices with a few bytes of their own around them.
#ifndef LIAISON_SERVER_RPC_FRAMES_H_
#define LIAISON_SERVER_RPC_FRAMES_H_

#include <grpcpp/support/byte_buffer.h>

#include <string>

#include "absl/time/time.h"
#include "igf/liaison/v1/event_service.pb.h"
#include "server/fanout/cursor.h"

namespace liaison::rpc {

namespace pb = ::igf::liaison::v1;

// A FrameWriter makes the messages of one stream. Thread-safe.
class FrameWriter {
 public:
  // `hub` is the name before the slash of this hub's audiences.
  FrameWriter(std::string hub, std::string log_id, uint64_t earliest,
              absl::Duration heartbeat_interval)
      : hub_(std::move(hub)),
        log_id_(std::move(log_id)),
        earliest_(earliest),
        heartbeat_interval_(heartbeat_interval) {}

  grpc::ByteBuffer ToBuffer(const fanout::Frame& frame) const;
  grpc::ByteBuffer Heartbeat(uint64_t position, uint64_t head) const;
  grpc::ByteBuffer Closing(pb::ClosingReason reason, uint64_t resume_after) const;

 private:
  pb::Position At(uint64_t sequence) const;
  grpc::ByteBuffer EventsBuffer(const fanout::Frame& frame) const;

  const std::string hub_;
  const std::string log_id_;
  const uint64_t earliest_;
  const absl::Duration heartbeat_interval_;
};

}  // namespace liaison::rpc

#endif  // LIAISON_SERVER_RPC_FRAMES_H_
