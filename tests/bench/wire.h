// The few bytes of the contract that a load generator and the bare server need, written and counted
// without a protobuf parser, so that neither end measures one.
//
// All functions are thread-safe. Malformed input ends a count early; nothing is read past its end.
#ifndef LIAISON_TESTS_BENCH_WIRE_H_
#define LIAISON_TESTS_BENCH_WIRE_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace liaison::bench {

inline constexpr size_t kEventSizeBytes = 1024;  // of one PublishItem, tag and length left out

// Reads the fields of one message, in order.
class FieldReader {
 public:
  explicit FieldReader(absl::string_view message) : left_(message) {}

  // False at the end, and where what is left is no field.
  bool Next();
  uint32_t number() const { return number_; }
  bool is_bytes() const { return is_bytes_; }
  uint64_t varint() const { return varint_; }
  absl::string_view bytes() const { return bytes_; }

 private:
  bool ReadVarint(uint64_t* value);

  absl::string_view left_;
  uint32_t number_ = 0;
  bool is_bytes_ = false;
  uint64_t varint_ = 0;
  absl::string_view bytes_;
};

void AppendVarint(std::string* out, uint64_t value);
void AppendVarintField(std::string* out, uint32_t number, uint64_t value);
void AppendBytesField(std::string* out, uint32_t number, absl::string_view bytes);

struct Answers {
  int64_t receipts = 0;
  int64_t errors = 0;
};
// Of one PublishStreamResponse; of a Settings frame none.
Answers CountStreamAnswers(absl::string_view response);
// Of one PublishResponse.
int64_t CountReceipts(absl::string_view response);

struct Delivery {
  int64_t events = 0;
  bool caught_up = false;
  bool closing = false;
};
// Of one SubscribeResponse.
Delivery CountDelivery(absl::string_view response);

// Makes PublishItems that a hub accepts, each with an event id of its own. Ids are as scattered as
// random ones but cost nothing like them; texts differ from those around them and compress about
// as text does. One in 1,000 events has the topic `rare`, all have `unspecified`. Not thread-safe.
class EventMaker {
 public:
  // Makers with different seeds make different ids. Items have at least what all but the text
  // takes.
  explicit EventMaker(uint64_t seed, size_t item_size_bytes = kEventSizeBytes);
  // Appends the next item as field `number` of the message being written.
  void AppendItem(std::string* out, uint32_t number);
  // The next item as such; what peers are given as payload. Valid until the next call.
  absl::string_view NextItem();

 private:
  struct Item {
    std::string bytes;
    size_t id_at = 0;
  };
  static Item MakeItem(bool rare, uint32_t text_seed, size_t item_size_bytes);

  std::vector<Item> common_;  // taken in turn
  Item rare_;
  uint64_t seed_;
  uint64_t count_ = 0;
};

// A PublishRequest, or a PublishStreamRequest with that frame id, of so many items.
std::string NextRequest(EventMaker* maker);
std::string NextFrame(EventMaker* maker, uint64_t frame_id, int items);

}  // namespace liaison::bench

#endif  // LIAISON_TESTS_BENCH_WIRE_H_
