// A stream of drafts in JSON: what was read is read again from what is written of it.
#include "client/cli/draft_json.h"
#include "client/cli/draft_reader.h"
#include "google/protobuf/util/message_differencer.h"
#include "tests/fuzz/fuzz.h"

using namespace liaison;
using google::protobuf::util::MessageDifferencer;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view text(reinterpret_cast<const char*>(data), size);
  cli::DraftReader reader("input", cli::ReadFrom(text), cli::NamedReferences::kRead);
  while (true) {
    auto read = reader.Next();
    if (!read.ok() || !*read) return 0;
    auto json = cli::MessageToJson((*read)->draft);
    FUZZ_CHECK(json.ok());
    auto parsed = cli::ParseJson(cli::ToLine(*json), 1);
    FUZZ_CHECK(parsed.ok());
    auto again = cli::DraftFromJson(*parsed);
    FUZZ_CHECK(again.ok() && MessageDifferencer::Equals(*again, (*read)->draft));
  }
}
