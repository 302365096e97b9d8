#include "tests/bench/wire.h"

#include <random>

#include "igf/liaison/v1/publish_service.pb.h"

namespace liaison::bench {
namespace {

namespace pb = ::igf::liaison::v1;

constexpr absl::string_view kIdPlace = "00000000-0000-4000-8000-000000000000";
constexpr uint64_t kRareEvery = 1000;
// More than lie in one block of a database, so that none is compressed against itself.
constexpr uint32_t kTexts = 1024;

// Field numbers of the contract that are counted.
constexpr uint32_t kResponseReceipts = pb::PublishResponse::kReceiptsFieldNumber;
constexpr uint32_t kStreamResults = pb::PublishStreamResponse::kResultsFieldNumber;
constexpr uint32_t kResults = pb::PublishResults::kResultsFieldNumber;
constexpr uint32_t kReceipt = pb::PublishResult::kReceiptFieldNumber;
constexpr uint32_t kFrameId = pb::PublishStreamRequest::kFrameIdFieldNumber;
constexpr uint32_t kFrameItems = pb::PublishStreamRequest::kItemsFieldNumber;
constexpr uint32_t kRequestItems = pb::PublishRequest::kItemsFieldNumber;

// A cheap mixer with full avalanche (SplitMix64).
uint64_t Mix(uint64_t x) {
  x += 0x9e3779b97f4a7c15;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  return x ^ (x >> 31);
}

// Text that compresses about as text does, and no further.
std::string Words(uint32_t seed, size_t size_bytes) {
  std::mt19937 random(seed);
  std::string text;
  while (text.size() < size_bytes) {
    for (size_t length = 2 + random() % 9; length > 0; --length) {
      text.push_back(static_cast<char>('a' + random() % 26));
    }
    text.push_back(' ');
  }
  text.resize(size_bytes);
  return text;
}

// Writes a version 4 UUID over the 36 characters at `at`.
void WriteId(char* at, uint64_t high, uint64_t low) {
  static constexpr char kDigits[] = "0123456789abcdef";
  for (int i = 0; i < 36; ++i) {
    if (kIdPlace[i] == '-' || i == 14 || i == 19) continue;
    uint64_t* half = i < 18 ? &high : &low;
    at[i] = kDigits[*half & 15];
    *half >>= 4;
  }
}

}  // namespace

bool FieldReader::ReadVarint(uint64_t* value) {
  *value = 0;
  for (int shift = 0; shift < 64 && !left_.empty(); shift += 7) {
    const auto byte = static_cast<uint8_t>(left_.front());
    left_.remove_prefix(1);
    *value |= uint64_t{byte & 127u} << shift;
    if (byte < 128) return true;
  }
  return false;
}

bool FieldReader::Next() {
  uint64_t tag = 0;
  if (left_.empty() || !ReadVarint(&tag)) return false;
  number_ = static_cast<uint32_t>(tag >> 3);
  is_bytes_ = (tag & 7) == 2;
  if ((tag & 7) != 0 && !is_bytes_) return false;  // the contract has no other kind here
  if (!ReadVarint(&varint_)) return false;
  if (!is_bytes_) return true;
  if (varint_ > left_.size()) return false;
  bytes_ = left_.substr(0, varint_);
  left_.remove_prefix(varint_);
  return true;
}

void AppendVarint(std::string* out, uint64_t value) {
  for (; value >= 128; value >>= 7) out->push_back(static_cast<char>(value | 128));
  out->push_back(static_cast<char>(value));
}

void AppendVarintField(std::string* out, uint32_t number, uint64_t value) {
  AppendVarint(out, number << 3);
  AppendVarint(out, value);
}

void AppendBytesField(std::string* out, uint32_t number, absl::string_view bytes) {
  AppendVarint(out, (number << 3) | 2);
  AppendVarint(out, bytes.size());
  out->append(bytes.data(), bytes.size());
}

Answers CountStreamAnswers(absl::string_view response) {
  Answers answers;
  for (FieldReader frame(response); frame.Next();) {
    if (frame.number() != kStreamResults || !frame.is_bytes()) continue;
    for (FieldReader results(frame.bytes()); results.Next();) {
      if (results.number() != kResults || !results.is_bytes()) continue;
      FieldReader result(results.bytes());
      const bool receipt = result.Next() && result.number() == kReceipt;
      ++(receipt ? answers.receipts : answers.errors);
    }
  }
  return answers;
}

int64_t CountReceipts(absl::string_view response) {
  int64_t receipts = 0;
  for (FieldReader field(response); field.Next();) receipts += field.number() == kResponseReceipts;
  return receipts;
}

Delivery CountDelivery(absl::string_view response) {
  constexpr uint32_t kEvents = 2;    // SubscribeResponse.events
  constexpr uint32_t kCaughtUp = 4;  // SubscribeResponse.caught_up
  constexpr uint32_t kClosing = 9;   // SubscribeResponse.closing
  constexpr uint32_t kEvent = 1;     // Events.events
  Delivery delivery;
  for (FieldReader frame(response); frame.Next();) {
    delivery.caught_up |= frame.number() == kCaughtUp;
    delivery.closing |= frame.number() == kClosing;
    if (frame.number() != kEvents || !frame.is_bytes()) continue;
    for (FieldReader event(frame.bytes()); event.Next();) {
      delivery.events += event.number() == kEvent;
    }
  }
  return delivery;
}

EventMaker::Item EventMaker::MakeItem(bool rare, uint32_t text_seed, size_t item_size_bytes) {
  pb::PublishItem item;
  pb::Draft* draft = item.mutable_draft();
  draft->set_event_id(kIdPlace.data(), kIdPlace.size());
  draft->set_author("org/bench");
  draft->set_audience("igf/public");
  draft->add_topics("unspecified");
  if (rare) draft->add_topics("rare");
  draft->mutable_topic_signal()->set_title("fictional benchmark");
  std::string text = Words(text_seed, item_size_bytes);
  do {
    draft->mutable_topic_signal()->set_text(text);
    if (item.ByteSizeLong() <= item_size_bytes) break;
    const size_t over = item.ByteSizeLong() - item_size_bytes;
    text.resize(text.size() > over ? text.size() - over : 1);
  } while (text.size() > 1);
  const std::string bytes = item.SerializeAsString();
  return {bytes, bytes.find(kIdPlace.data(), 0, kIdPlace.size())};
}

EventMaker::EventMaker(uint64_t seed, size_t item_size_bytes)
    : rare_(MakeItem(true, 0, item_size_bytes)), seed_(Mix(seed)) {
  for (uint32_t i = 1; i <= kTexts; ++i) common_.push_back(MakeItem(false, i, item_size_bytes));
}

absl::string_view EventMaker::NextItem() {
  const bool rare = count_ % kRareEvery == kRareEvery - 1;
  Item& item = rare ? rare_ : common_[count_ % kTexts];
  WriteId(&item.bytes[item.id_at], Mix(seed_ + count_), Mix(seed_ ^ ~count_));
  ++count_;
  return item.bytes;
}

void EventMaker::AppendItem(std::string* out, uint32_t number) {
  AppendBytesField(out, number, NextItem());
}

std::string NextRequest(EventMaker* maker) {
  std::string request;
  request.reserve(kEventSizeBytes + 8);
  maker->AppendItem(&request, kRequestItems);
  return request;
}

std::string NextFrame(EventMaker* maker, uint64_t frame_id, int items) {
  std::string frame;
  frame.reserve(static_cast<size_t>(items) * (kEventSizeBytes + 4) + 12);
  AppendVarintField(&frame, kFrameId, frame_id);
  for (int i = 0; i < items; ++i) maker->AppendItem(&frame, kFrameItems);
  return frame;
}

}  // namespace liaison::bench
