// Headers as they are looked at without being parsed, and events as they are written without being
// built: both must agree with protobuf.
#include <string>

#include "igf/liaison/v1/event_service.pb.h"
#include "server/fanout/event_wire.h"
#include "server/fanout/header_view.h"
#include "tests/fuzz/fuzz.h"

using namespace liaison;
namespace pb = ::igf::liaison::v1;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auth::Readable readable = fanout::ReadableOf(record::EncodeLeaf(record::Leaf()), bytes);
  pb::EventHeader header;
  if (header.ParseFromArray(data, static_cast<int>(size))) {
    // Whoever sees less hides from everybody what was acknowledged.
    FUZZ_CHECK(readable.author == header.author() && readable.audience == header.audience());
  }
  record::Leaf leaf;
  leaf.sequence = size;
  leaf.hub_time_us = static_cast<int64_t>(size) * 1'000'003;
  const storage::StoredSection section{1, std::string(32, 's'), std::string(bytes), false};
  std::string out;
  size_t offset = 0;
  FUZZ_CHECK(
      fanout::AppendEventField(record::EncodeLeaf(leaf), bytes, {&section, 1}, &out, &offset).ok());
  pb::Events events;
  FUZZ_CHECK(events.ParseFromString(out) && events.events_size() == 1);
  FUZZ_CHECK(events.events(0).header() == bytes && events.events(0).sections(0).data() == bytes);
  FUZZ_CHECK(events.events(0).sequence() == size);
  FUZZ_CHECK(absl::string_view(out).substr(offset, size) == bytes);
  return 0;
}
