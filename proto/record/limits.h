// Every limit that both ends of the wire must agree on. Limits of one room stand in that room.
//
// Each bounds something that a stranger can make large. A number here is part of the contract:
// lowering one refuses what was accepted before.
#ifndef LIAISON_PROTO_RECORD_LIMITS_H_
#define LIAISON_PROTO_RECORD_LIMITS_H_

#include <cstddef>
#include <cstdint>

namespace liaison::record {

// --- sizes on the wire -------------------------------------------------------------------------
inline constexpr size_t kMaxMessageSizeBytes = 4 << 20;    // gRPC's own default
inline constexpr size_t kMaxBatchSizeBytes = 3584 * 1024;  // of one Publish, or one frame
inline constexpr size_t kMaxEventSizeBytes = 1 << 20;      // header and sections together
inline constexpr size_t kMaxHeaderSizeBytes = 32 << 10;    // kept for ever
inline constexpr size_t kMaxPersonalSizeBytes = 64 << 10;  // the personal section
inline constexpr size_t kMaxErrorSizeBytes =
    4 << 10;  // a whole google.rpc.Status; trailers hold 8 KiB
inline constexpr size_t kMaxFrameSizeBytes = 32 << 10;  // an Events frame under backlog
inline constexpr int kMaxNestingDepth = 32;             // of a protobuf message

// --- counts ------------------------------------------------------------------------------------
inline constexpr int kMaxBatchItems = 1000;
inline constexpr int kMaxChecks = 32;  // all that fail fit one error
inline constexpr int kMaxTopics = 16;
inline constexpr int kMaxAddressees = 64;
inline constexpr int kMaxReferences = 512;  // a triage disposes of 500 at once
inline constexpr int kMaxDisposedInputs = 500;
inline constexpr int kMaxAttachments = 16;
inline constexpr int kMaxSchemeCodes = 512;
inline constexpr int kMaxPhases = 64;
inline constexpr int kMaxListItems = 1000;  // any other repeated field of a body

// --- lengths of text, in bytes of UTF-8 ----------------------------------------------------------
inline constexpr size_t kMaxIdSizeBytes = 128;  // organisation, topic, audience
inline constexpr size_t kMaxTitleSizeBytes = 1000;
inline constexpr size_t kMaxTextSizeBytes = 512 << 10;
inline constexpr size_t kMaxUriSizeBytes = 2048;

// --- reading -------------------------------------------------------------------------------------
inline constexpr size_t kMaxFilterSizeBytes = 4 << 10;
inline constexpr int kMaxFilterTerms = 64;
inline constexpr int kDefaultPageSize = 100;
inline constexpr int kMaxPageSize = 1000;
inline constexpr size_t kMaxPageSizeBytes = 1 << 20;
inline constexpr int kMinHeartbeat_s = 1;
inline constexpr int kDefaultHeartbeat_s = 15;
inline constexpr int kMaxHeartbeat_s = 60;

// --- publishing as a stream
// ------------------------------------------------------------------------
inline constexpr uint32_t kMaxInflightFrames = 1024;
inline constexpr uint64_t kMaxInflightSizeBytes = 8 << 20;

static_assert(kMaxEventSizeBytes < kMaxBatchSizeBytes, "one event of full size fits a batch");
static_assert(kMaxBatchSizeBytes < kMaxMessageSizeBytes, "a full batch fits a message");
static_assert(kMaxHeaderSizeBytes < kMaxEventSizeBytes);
static_assert(kMaxTextSizeBytes < kMaxEventSizeBytes);
static_assert(kMaxPageSizeBytes + 2 * kMaxEventSizeBytes < kMaxMessageSizeBytes,
              "a page that ends with an event of full size fits a message");
static_assert(kMaxDisposedInputs * 40 < kMaxHeaderSizeBytes, "a full triage fits a header");
static_assert(kMaxReferences * 40 < kMaxHeaderSizeBytes, "a full set of references fits a header");

}  // namespace liaison::record

#endif  // LIAISON_PROTO_RECORD_LIMITS_H_
