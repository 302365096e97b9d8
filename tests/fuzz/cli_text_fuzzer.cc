// Small texts that people type: fields, dates, times, and bytes of unknown encoding.
#include "client/cli/date_format.h"
#include "client/cli/field_path.h"
#include "client/cli/text_encoding.h"
#include "client/cli/time_argument.h"
#include "proto/record/event_types.h"
#include "tests/fuzz/fuzz.h"

using namespace liaison;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  fuzz::Input input(data, size);
  const auto types = record::EventTypes();
  const auto type = types[input.Byte() % types.size()].type;
  const absl::string_view first = input.Text();
  const absl::string_view second = input.Rest();
  if (auto path = cli::FieldPath::Find(first, type); path.ok() && path->Check(second).ok()) {
    cli::v1::Draft draft;
    path->Set({std::string(second)}, &draft);
    for (const std::string& value : path->Get(draft)) FUZZ_CHECK(path->Check(value).ok());
  }
  if (auto format = cli::DateFormat::Parse(first); format.ok()) {
    if (auto time = format->Read(second); time.ok()) FUZZ_CHECK(format->Write(*time) == second);
  }
  cli::ParseTimeArgument(second, absl::FromUnixSeconds(1'800'000'000)).IgnoreError();
  if (auto encoding = cli::DetectEncoding(second); encoding.ok()) {
    if (auto text = cli::Decode(second, *encoding); text.ok()) {
      auto bytes = cli::Encode(*text, *encoding);
      FUZZ_CHECK(bytes.ok() && *bytes == second);
    }
  }
  return 0;
}
