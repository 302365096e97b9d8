#include "server/rpc/frames.h"

#include <grpcpp/support/slice.h>

#include <memory>
#include <vector>

#include "absl/strings/str_cat.h"
#include "google/protobuf/util/time_util.h"
#include "server/fanout/event_wire.h"
#include "server/rpc/raw_message.h"

namespace liaison::rpc {
namespace {

constexpr int kLengthDelimited = 2;

using ChunkRef = std::shared_ptr<const fanout::Chunk>;

// A slice over bytes of the chunk, which it keeps alive.
grpc::Slice SliceOf(const fanout::Frame::Run& run) {
  auto* owner = new ChunkRef(run.chunk);
  return grpc::Slice(
      const_cast<char*>(run.chunk->bytes.data()) + run.begin, run.end - run.begin,
      [](void* p) { delete static_cast<ChunkRef*>(p); }, owner);
}

google::protobuf::Timestamp Now() {
  return google::protobuf::util::TimeUtil::NanosecondsToTimestamp(absl::GetCurrentTimeNanos());
}

}  // namespace

pb::Position FrameWriter::At(uint64_t sequence) const {
  pb::Position position;
  position.set_log_id(log_id_);
  position.set_sequence(sequence);
  return position;
}

grpc::ByteBuffer FrameWriter::ToBuffer(const fanout::Frame& frame) const {
  pb::SubscribeResponse response;
  switch (frame.kind) {
    case fanout::Frame::Kind::kEvents:
      return EventsBuffer(frame);
    case fanout::Frame::Kind::kConfirmed: {
      pb::Confirmed* confirmed = response.mutable_confirmed();
      *confirmed->mutable_start() = At(frame.position);
      *confirmed->mutable_head() = At(frame.head);
      confirmed->set_earliest_sequence(earliest_);
      *confirmed->mutable_heartbeat_interval() =
          google::protobuf::util::TimeUtil::MillisecondsToDuration(
              absl::ToInt64Milliseconds(heartbeat_interval_));
      break;
    }
    case fanout::Frame::Kind::kAdvanced:
      *response.mutable_advanced()->mutable_position() = At(frame.position);
      break;
    case fanout::Frame::Kind::kCaughtUp:
      *response.mutable_caught_up()->mutable_position() = At(frame.position);
      *response.mutable_caught_up()->mutable_time() = Now();
      break;
    case fanout::Frame::Kind::kAudienceChanged:
      response.mutable_audience_changed()->set_audience(
          absl::StrCat(hub_, "/", frame.change.group));
      response.mutable_audience_changed()->set_granted(frame.change.granted);
      *response.mutable_audience_changed()->mutable_position() = At(frame.position);
      if (frame.change.granted) {
        pb::AudienceChanged& changed = *response.mutable_audience_changed();
        *changed.mutable_read_after() = At(earliest_ - 1);
        changed.set_filter(absl::StrCat("audience = \"", changed.audience(), "\""));
      }
      break;
    case fanout::Frame::Kind::kFellBehind:
      *response.mutable_fell_behind()->mutable_position() = At(frame.position);
      *response.mutable_fell_behind()->mutable_head() = At(frame.head);
      break;
    case fanout::Frame::Kind::kStoppedAtHead:
      return Closing(pb::CLOSING_REASON_STOPPED_AT_HEAD, frame.position);
  }
  return SerializeMessage(response);
}

grpc::ByteBuffer FrameWriter::Heartbeat(uint64_t position, uint64_t head) const {
  pb::SubscribeResponse response;
  *response.mutable_heartbeat()->mutable_position() = At(position);
  *response.mutable_heartbeat()->mutable_head() = At(head);
  *response.mutable_heartbeat()->mutable_time() = Now();
  return SerializeMessage(response);
}

grpc::ByteBuffer FrameWriter::Closing(pb::ClosingReason reason, uint64_t resume_after) const {
  pb::SubscribeResponse response;
  response.mutable_closing()->set_reason(reason);
  *response.mutable_closing()->mutable_resume_after() = At(resume_after);
  return SerializeMessage(response);
}

// SubscribeResponse{events: Events{events: <the runs>, position}} around slices that exist already.
grpc::ByteBuffer FrameWriter::EventsBuffer(const fanout::Frame& frame) const {
  std::string position_field;
  const std::string position = At(frame.position).SerializeAsString();
  fanout::AppendVarint(pb::Events::kPositionFieldNumber << 3 | kLengthDelimited, &position_field);
  fanout::AppendVarint(position.size(), &position_field);
  position_field.append(position);

  size_t size = position_field.size();
  for (const fanout::Frame::Run& run : frame.runs) size += run.end - run.begin;
  std::string prefix;
  fanout::AppendVarint(pb::SubscribeResponse::kEventsFieldNumber << 3 | kLengthDelimited, &prefix);
  fanout::AppendVarint(size, &prefix);

  std::vector<grpc::Slice> slices;
  slices.reserve(frame.runs.size() + 2);
  slices.emplace_back(prefix);
  for (const fanout::Frame::Run& run : frame.runs) slices.push_back(SliceOf(run));
  slices.emplace_back(position_field);
  return grpc::ByteBuffer(slices.data(), slices.size());
}

}  // namespace liaison::rpc
