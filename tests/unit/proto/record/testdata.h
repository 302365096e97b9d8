// The files under testdata/, and the forms their bytes are written in.
#ifndef LIAISON_TESTS_UNIT_PROTO_RECORD_TESTDATA_H_
#define LIAISON_TESTS_UNIT_PROTO_RECORD_TESTDATA_H_

#include <nlohmann/json.hpp>
#include <string>

#include "absl/strings/string_view.h"

namespace liaison::record {

using Json = nlohmann::json;

// A file that is missing or no JSON ends the test.
Json ReadTestdata(const std::string& name);

std::string FromHex(absl::string_view hex);
std::string ToHex(absl::string_view bytes);
// Empty where the text is no base64.
std::string FromBase64(absl::string_view text);

}  // namespace liaison::record

#endif  // LIAISON_TESTS_UNIT_PROTO_RECORD_TESTDATA_H_
