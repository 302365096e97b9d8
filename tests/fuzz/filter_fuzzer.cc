// Filters: input is a filter, a NUL, and a header. An event that matches carries a driving term.
#include <algorithm>

#include "proto/record/event_types.h"
#include "server/fanout/filter.h"
#include "tests/fuzz/fuzz.h"

using namespace liaison;
namespace pb = ::igf::liaison::v1;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  fuzz::Input input(data, size);
  const auto filter = fanout::Filter::Parse(input.Text());
  if (!filter.ok()) return 0;
  const absl::string_view bytes = input.Rest();
  pb::EventHeader header;
  if (!header.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) return 0;
  if (!filter->Matches(header) || filter->driving_terms().empty()) return 0;
  const std::vector<std::string> terms = record::TermsOf(header);
  FUZZ_CHECK(std::any_of(terms.begin(), terms.end(), [&](const std::string& term) {
    const auto& driving = filter->driving_terms();
    return std::find(driving.begin(), driving.end(), term) != driving.end();
  }));
  return 0;
}
