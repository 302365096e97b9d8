// Proofs of any shape: none crashes, and none proves a leaf that is not there.
#include <vector>

#include "proto/record/hash.h"
#include "proto/record/proof.h"
#include "tests/fuzz/fuzz.h"

using namespace liaison;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  fuzz::Input input(data, size);
  const uint64_t first = input.Number() >> (input.Byte() % 64);
  const uint64_t second = input.Number() >> (input.Byte() % 64);
  std::vector<record::Hash> proof;
  while (!input.empty() && proof.size() < 100) {
    // Few different hashes, so that they meet.
    const uint8_t name = input.Byte();
    proof.push_back(record::Sha256Of(absl::string_view(reinterpret_cast<const char*>(&name), 1)));
  }
  const record::Hash root = record::Sha256Of("root");
  const record::Hash other = record::Sha256Of("other root");
  const record::Hash leaf = record::Sha256Of("leaf");
  // Nobody knows a path to this root.
  FUZZ_CHECK(!record::VerifyInclusion(first, second, leaf, proof, root).ok());
  if (record::VerifyConsistency(first, second, root, other, proof).ok()) FUZZ_CHECK(false);
  record::VerifyConsistency(first, second, record::EmptyRoot(), other, proof).IgnoreError();
  return 0;
}
