#include <string>
#include <variant>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "proto/record/limits.h"
#include "proto/record/macros.h"
#include "server/fanout/cursor.h"
#include "server/rpc/page_token.h"
#include "server/rpc/position.h"
#include "server/rpc/read.h"

namespace liaison::rpc {

absl::StatusOr<grpc::ByteBuffer> ListEvents(const Hub& hub, const auth::Principal& principal,
                                            const pb::ListEventsRequest& request) {
  static_assert(
      int{pb::ListEventsResponse::kEventsFieldNumber} == int{pb::Events::kEventsFieldNumber},
      "a page is a stretch of events");
  const uint64_t head = hub.tail->head();
  fanout::CursorOptions options;
  options.principal = principal;
  options.stop_at = head;
  LIAISON_ASSIGN_OR_RETURN(options.filter, fanout::Filter::Parse(request.filter()));
  LIAISON_ASSIGN_OR_RETURN(size_t page_size, PageSize(request.page_size()));
  const std::string named = absl::StrCat("events ", request.after().log_id(), " ",
                                         request.after().sequence(), " ", request.filter());
  LIAISON_ASSIGN_OR_RETURN(std::string key, ReadPageToken(*hub.log, named, request.page_token()));
  if (key.empty()) {
    LIAISON_ASSIGN_OR_RETURN(
        options.after,
        ResolvePosition({hub.log->log_id(), hub.log->earliest(), head}, request.after(), "after"));
  } else if (!absl::SimpleAtoi(key, &options.after)) {
    return absl::InternalError("a token made here does not parse");
  }

  // A page is what a subscriber would get, up to its size.
  fanout::Cursor cursor(hub.log, hub.tail, std::move(options));
  std::string bytes;
  size_t count = 0;
  bool ended = false;
  while (!ended && count < page_size && bytes.size() < record::kMaxPageSizeBytes) {
    LIAISON_ASSIGN_OR_RETURN(fanout::Step step, cursor.Next(true, page_size - count));
    const auto* frame = std::get_if<fanout::Frame>(&step);
    if (frame == nullptr) break;
    ended = frame->kind == fanout::Frame::Kind::kStoppedAtHead;
    count += frame->event_count;
    for (const fanout::Frame::Run& run : frame->runs) {
      bytes.append(run.chunk->bytes, run.begin, run.end - run.begin);
    }
  }
  ended = ended || cursor.position() >= head;

  pb::ListEventsResponse rest;
  rest.mutable_position()->set_log_id(hub.log->log_id().ToString());
  rest.mutable_position()->set_sequence(cursor.position());
  if (!ended) {
    rest.set_next_page_token(MakePageToken(*hub.log, named, absl::StrCat(cursor.position())));
  }
  rest.AppendToString(&bytes);
  const grpc::Slice slice(bytes);
  return grpc::ByteBuffer(&slice, 1);
}

}  // namespace liaison::rpc
