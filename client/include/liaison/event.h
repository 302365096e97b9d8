// An event as a reader holds it: exact bytes, and what they say.
#ifndef LIAISON_EVENT_H_
#define LIAISON_EVENT_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "igf/liaison/v1/event.pb.h"
#include "proto/record/hash.h"
#include "proto/record/leaf.h"

namespace liaison {

namespace v1 = ::igf::liaison::v1;

// An Event is what the log has at one sequence, opened: the header parsed from its very bytes,
// every section checked against its commitment, the leaf against the header. Value type.
class Event {
 public:
  // DATA_LOSS where leaf, header and sections do not belong together: the hub, or somebody on the
  // way, changed them.
  static absl::StatusOr<Event> Open(v1::Event event);

  uint64_t sequence() const { return proto_.sequence(); }
  const std::string& event_id() const { return header_.event_id(); }
  const std::string& author() const { return header_.author(); }
  // `topic-signal`.
  absl::string_view type_name() const;
  v1::EventType type() const { return header_.type(); }
  const v1::EventHeader& header() const { return header_; }
  const record::Leaf& leaf() const { return leaf_; }
  absl::Time hub_time() const;
  record::Hash digest() const { return leaf_.digest; }
  bool attested() const { return leaf_.attested(); }
  // True where the content was erased with authority.
  bool content_erased() const;
  // True where it is another hub's event, and the content did not come with it.
  bool content_withheld() const;
  // The hub it comes from, `HOST/HUB/LOG_ID`; empty for the hub's own. leaf().relayed has its
  // place.
  const std::string& origin() const { return proto_.relayed().origin(); }

  // The body: a v1::TopicSignal, v1::LocalReport, ... FAILED_PRECONDITION where it is erased or
  // withheld.
  template <typename Body>
  absl::StatusOr<Body> body() const;
  absl::StatusOr<std::unique_ptr<google::protobuf::Message>> AnyBody() const;
  // The personal section; NOT_FOUND where there is none or it is erased or withheld.
  absl::StatusOr<v1::Personal> personal() const;

  // As one would have drafted it: the event in words, for showing and for exporting.
  absl::StatusOr<v1::Draft> ToDraft() const;

  // Exactly as served.
  const v1::Event& proto() const { return proto_; }

 private:
  v1::Event proto_;
  v1::EventHeader header_;
  record::Leaf leaf_;
};

template <typename Body>
absl::StatusOr<Body> Event::body() const {
  auto any = AnyBody();
  if (!any.ok()) return any.status();
  auto* body = dynamic_cast<Body*>(any->get());
  if (body == nullptr) return absl::InvalidArgumentError("the event is of another type");
  return std::move(*body);
}

}  // namespace liaison

#endif  // LIAISON_EVENT_H_
