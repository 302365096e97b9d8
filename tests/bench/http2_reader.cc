#include "tests/bench/http2_reader.h"

#include <memory>
#include <utility>

namespace liaison::bench {
namespace {

constexpr size_t kFrameHeadSizeBytes = 9;
constexpr size_t kMessageHeadSizeBytes = 5;
constexpr uint32_t kMaxWindow = 0x7fffffff;
constexpr uint32_t kFirstWindow = 65535;
constexpr uint32_t kMaxFrameSizeBytes = 64 << 10;
constexpr size_t kGiveBackSizeBytes = 256 << 20;

// RFC 9113, sections 6.1 to 6.9.
enum FrameType : uint8_t {
  kData = 0,
  kHeaders = 1,
  kRstStream = 3,
  kSettings = 4,
  kPing = 6,
  kGoAway = 7,
  kWindowUpdate = 8,
};
constexpr uint8_t kEndStream = 1;  // of DATA and HEADERS
constexpr uint8_t kAck = 1;        // of SETTINGS and PING
constexpr uint8_t kEndHeaders = 4;
constexpr uint32_t kStream = 1;

void AppendNumber(std::string* out, uint64_t value, int bytes) {
  for (int i = bytes - 1; i >= 0; --i) out->push_back(static_cast<char>(value >> (8 * i)));
}

uint32_t ReadNumber(absl::string_view bytes) {
  uint32_t value = 0;
  for (const char byte : bytes) value = value << 8 | static_cast<uint8_t>(byte);
  return value;
}

void AppendFrame(std::string* out, FrameType type, uint8_t flags, uint32_t stream,
                 absl::string_view payload) {
  AppendNumber(out, payload.size(), 3);
  out->push_back(static_cast<char>(type));
  out->push_back(static_cast<char>(flags));
  AppendNumber(out, stream, 4);
  out->append(payload.data(), payload.size());
}

// A literal header without indexing. REQUIRES: sizes below 127.
void AppendHeader(std::string* out, absl::string_view name, absl::string_view value) {
  out->push_back(0);
  out->push_back(static_cast<char>(name.size()));
  out->append(name.data(), name.size());
  out->push_back(static_cast<char>(value.size()));
  out->append(value.data(), value.size());
}

std::string WindowUpdate(uint32_t stream, uint32_t increment) {
  std::string payload;
  std::string frame;
  AppendNumber(&payload, increment, 4);
  AppendFrame(&frame, kWindowUpdate, 0, stream, payload);
  return frame;
}

// What a client says first.
std::string Preface() {
  std::string out = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
  std::string settings;
  AppendNumber(&settings, 2, 2);  // ENABLE_PUSH
  AppendNumber(&settings, 0, 4);
  AppendNumber(&settings, 4, 2);  // INITIAL_WINDOW_SIZE
  AppendNumber(&settings, kMaxWindow, 4);
  AppendNumber(&settings, 5, 2);  // MAX_FRAME_SIZE
  AppendNumber(&settings, kMaxFrameSizeBytes, 4);
  AppendFrame(&out, kSettings, 0, 0, settings);
  return out + WindowUpdate(0, kMaxWindow - kFirstWindow);
}

}  // namespace

Http2Reader::Http2Reader(Socket socket, std::string address, OnMessage on_message)
    : Connection(std::move(socket)),
      address_(std::move(address)),
      on_message_(std::move(on_message)) {}

absl::StatusOr<std::unique_ptr<Http2Reader>> Http2Reader::Connect(const std::string& address,
                                                                  OnMessage on_message) {
  absl::StatusOr<Socket> socket = Socket::Connect(address);
  if (!socket.ok()) return socket.status();
  if (absl::Status sent = socket->Send(Preface()); !sent.ok()) return sent;
  std::unique_ptr<Http2Reader> reader(
      new Http2Reader(*std::move(socket), address, std::move(on_message)));
  while (!reader->settled_) {
    absl::StatusOr<absl::string_view> got = reader->socket().Receive();
    if (!got.ok()) return got.status();
    if (got->empty()) return absl::UnavailableError("the server hung up");
    reader->left_.append(got->data(), got->size());
    reader->left_.erase(0, reader->TakeFrames(reader->left_));
  }
  return reader;
}

absl::Status Http2Reader::Call(absl::string_view path, absl::string_view request) {
  std::string headers;
  headers.push_back(static_cast<char>(0x83));  // :method POST
  headers.push_back(static_cast<char>(0x86));  // :scheme http
  AppendHeader(&headers, ":path", path);
  AppendHeader(&headers, ":authority", address_);
  AppendHeader(&headers, "content-type", "application/grpc");
  AppendHeader(&headers, "te", "trailers");
  std::string out;
  AppendFrame(&out, kHeaders, kEndHeaders, kStream, headers);

  std::string message(1, '\0');  // not compressed
  AppendNumber(&message, request.size(), 4);
  message.append(request.data(), request.size());
  AppendFrame(&out, kData, kEndStream, kStream, message);
  return socket().Send(out);
}

bool Http2Reader::OnReadable() {
  bool closed = false;
  const absl::string_view got = socket().ReceiveNow(&closed);
  if (left_.empty()) {
    left_ = std::string(got.substr(TakeFrames(got)));
  } else {
    left_.append(got.data(), got.size());
    left_.erase(0, TakeFrames(left_));
  }
  return !closed && !ended_;
}

size_t Http2Reader::TakeFrames(absl::string_view bytes) {
  size_t used = 0;
  while (bytes.size() - used >= kFrameHeadSizeBytes) {
    const absl::string_view head = bytes.substr(used, kFrameHeadSizeBytes);
    const size_t size_bytes = ReadNumber(head.substr(0, 3));
    if (bytes.size() - used < kFrameHeadSizeBytes + size_bytes) break;
    const absl::string_view payload = bytes.substr(used + kFrameHeadSizeBytes, size_bytes);
    used += kFrameHeadSizeBytes + size_bytes;
    const auto type = static_cast<uint8_t>(head[3]);
    const auto flags = static_cast<uint8_t>(head[4]);
    if (type == kData) {
      TakeData(payload);
      GiveBack(size_bytes);
    } else if (type == kSettings || type == kPing) {
      if ((flags & kAck) != 0) continue;
      settled_ |= type == kSettings;
      std::string answer;
      AppendFrame(&answer, static_cast<FrameType>(type), kAck, 0,
                  type == kPing ? payload : absl::string_view());
      ended_ |= !socket().Send(answer).ok();
    }
    ended_ |= type == kRstStream || type == kGoAway;
    ended_ |= (type == kData || type == kHeaders) && (flags & kEndStream) != 0;
  }
  return used;
}

void Http2Reader::TakeData(absl::string_view data) {
  // A message that lies whole in one DATA frame is counted where it lies.
  while (!data.empty()) {
    if (message_.empty() && data.size() >= kMessageHeadSizeBytes) {
      const size_t size_bytes = ReadNumber(data.substr(1, 4));
      if (data.size() - kMessageHeadSizeBytes >= size_bytes) {
        on_message_(data.substr(kMessageHeadSizeBytes, size_bytes));
        data.remove_prefix(kMessageHeadSizeBytes + size_bytes);
        continue;
      }
    }
    size_t wanted = kMessageHeadSizeBytes;
    if (message_.size() >= wanted) {
      wanted += ReadNumber(absl::string_view(message_).substr(1, 4));
    }
    const size_t taken = std::min(data.size(), wanted - message_.size());
    message_.append(data.data(), taken);
    data.remove_prefix(taken);
    if (message_.size() < kMessageHeadSizeBytes) continue;
    const size_t whole =
        kMessageHeadSizeBytes + ReadNumber(absl::string_view(message_).substr(1, 4));
    if (message_.size() != whole) continue;
    on_message_(absl::string_view(message_).substr(kMessageHeadSizeBytes));
    message_.clear();
  }
}

void Http2Reader::GiveBack(size_t size_bytes) {
  consumed_size_bytes_ += size_bytes;
  if (consumed_size_bytes_ < kGiveBackSizeBytes) return;
  const auto increment = static_cast<uint32_t>(consumed_size_bytes_);
  ended_ |= !socket().Send(WindowUpdate(0, increment) + WindowUpdate(kStream, increment)).ok();
  consumed_size_bytes_ = 0;
}

}  // namespace liaison::bench
