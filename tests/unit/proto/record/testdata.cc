#include "testdata.h"

#include <cstdlib>
#include <fstream>
#include <iostream>

#include "absl/strings/escaping.h"

namespace liaison::record {

Json ReadTestdata(const std::string& name) {
  const std::string path = LIAISON_SOURCE_DIR "/tests/unit/proto/record/testdata/" + name;
  std::ifstream in(path);
  Json json = Json::parse(in, nullptr, /*allow_exceptions=*/false);
  if (json.is_discarded()) {
    std::cerr << path << " cannot be read as JSON\n";
    std::abort();
  }
  return json;
}

std::string FromHex(absl::string_view hex) { return absl::HexStringToBytes(hex); }

std::string ToHex(absl::string_view bytes) { return absl::BytesToHexString(bytes); }

std::string FromBase64(absl::string_view text) {
  std::string bytes;
  return absl::Base64Unescape(text, &bytes) ? bytes : "";
}

}  // namespace liaison::record
