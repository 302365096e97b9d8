#include "client/internal/log_order.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "proto/record/errors.h"
#include "proto/record/macros.h"

namespace liaison::internal {

LogOrder::LogOrder(v1::Position start) : position_(std::move(start)), resolved_(true) {}

absl::Status LogOrder::Confirm(const v1::Position& start) {
  if (start.log_id().empty()) return absl::DataLossError("the hub does not say which log it reads");
  if (!resolved_) {
    position_ = start;
    resolved_ = true;
    return absl::OkStatus();
  }
  LIAISON_RETURN_IF_ERROR(CheckLog(start));
  if (start.sequence() != position_.sequence()) {
    return absl::DataLossError(absl::StrCat("asked to go on after event ", position_.sequence(),
                                            ", the hub goes on after ", start.sequence()));
  }
  position_.set_log_id(start.log_id());
  return absl::OkStatus();
}

absl::Status LogOrder::CheckFrame(const v1::Events& frame) const {
  LIAISON_RETURN_IF_ERROR(CheckLog(frame.position()));
  if (frame.events().empty()) return absl::DataLossError("a frame of events without events");
  const uint64_t last = frame.events().rbegin()->sequence();
  if (frame.position().sequence() != last) {
    return absl::DataLossError(absl::StrCat("a frame that ends with event ", last,
                                            " says that it ends with ",
                                            frame.position().sequence()));
  }
  return absl::OkStatus();
}

absl::Status LogOrder::Yield(uint64_t sequence) {
  if (sequence <= position_.sequence()) {
    return absl::DataLossError(
        absl::StrCat("the hub sends event ", sequence, " after event ", position_.sequence()));
  }
  position_.set_sequence(sequence);
  return absl::OkStatus();
}

absl::Status LogOrder::Advance(const v1::Position& position) {
  LIAISON_RETURN_IF_ERROR(CheckLog(position));
  if (position.sequence() < position_.sequence()) {
    return absl::DataLossError(absl::StrCat("the hub was at event ", position_.sequence(),
                                            " and is now at ", position.sequence()));
  }
  position_.set_sequence(position.sequence());
  return absl::OkStatus();
}

absl::Status LogOrder::CheckLog(const v1::Position& position) const {
  if (position_.log_id().empty() || position.log_id().empty() ||
      position.log_id() == position_.log_id()) {
    return absl::OkStatus();
  }
  return record::Error(record::Reason::kLogIncarnationChanged,
                       "the hub's log is not the one that was being read")
      .With("log_id", position.log_id());
}

}  // namespace liaison::internal
