// Texts that callers and operators hand over: page tokens, addresses to listen on, positions.
#include "igf/liaison/v1/types.pb.h"
#include "server/rpc/listen_address.h"
#include "server/rpc/page_token.h"
#include "server/rpc/position.h"
#include "tests/fuzz/fuzz.h"
#include "tests/simulation/disk.h"

using namespace liaison;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  simulation::Disk disk;
  disk.token_secret = std::string(32, 'k');
  const simulation::SimulatedLog log(&disk, nullptr);
  fuzz::Input input(data, size);
  const absl::string_view request = input.Text();
  const absl::string_view text = input.Rest();
  // Made here, it is taken back; nothing else is.
  const std::string token = rpc::MakePageToken(log, request, text);
  auto key = rpc::ReadPageToken(log, request, token);
  FUZZ_CHECK(key.ok() && *key == text);
  FUZZ_CHECK(text.empty() || !rpc::ReadPageToken(log, request, text).ok());
  rpc::CheckListenAddress(text, false).IgnoreError();
  igf::liaison::v1::Position position;
  if (position.ParseFromArray(text.data(), static_cast<int>(text.size()))) {
    const rpc::Extent extent{disk.log_id, 3, 9};
    auto after = rpc::ResolvePosition(extent, position, "after");
    FUZZ_CHECK(!after.ok() || (*after == position.sequence() && *after >= 2 && *after <= 9));
  }
  return 0;
}
