// Leaves of both trees, hexadecimal digests and ids: what is read is what would be written.
#include "proto/record/hash.h"
#include "proto/record/leaf.h"
#include "proto/record/uuid.h"
#include "tests/fuzz/fuzz.h"

using namespace liaison;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view bytes(reinterpret_cast<const char*>(data), size);
  if (auto leaf = record::DecodeLeaf(bytes); leaf.ok()) {
    FUZZ_CHECK(record::EncodeLeaf(*leaf) == bytes);
  }
  if (auto leaf = record::DecodeRegistryLeaf(bytes); leaf.ok()) {
    FUZZ_CHECK(record::EncodeRegistryLeaf(*leaf) == bytes);
  }
  if (auto hash = record::Hash::FromHex(bytes); hash.ok()) FUZZ_CHECK(hash->ToHex().size() == size);
  if (auto uuid = record::Uuid::Parse(bytes); uuid.ok()) FUZZ_CHECK(uuid->ToString() == bytes);
  return 0;
}
