#include "server/web/packing.h"

#include <zlib.h>

#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "server/web/limits.h"

namespace liaison::web {

bool TakesEncoding(const HttpRequest& request, absl::string_view encoding) {
  for (absl::string_view offer : absl::StrSplit(request.header("accept-encoding"), ',')) {
    const std::vector<absl::string_view> parts = absl::StrSplit(offer, ';');
    if (!absl::EqualsIgnoreCase(absl::StripAsciiWhitespace(parts[0]), encoding)) continue;
    absl::string_view weight =
        parts.size() < 2 ? absl::string_view() : absl::StripAsciiWhitespace(parts[1]);
    double q = 1;
    if (absl::ConsumePrefix(&weight, "q=") && !absl::SimpleAtod(weight, &q)) return false;
    return q > 0;
  }
  return false;
}

std::string Gzipped(absl::string_view text) {
  constexpr int kWindowBits = 15 + 16;  // with the head and the end of gzip
  constexpr int kMemoryLevel = 8;
  z_stream stream = {};
  std::string packed;
  if (deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, kWindowBits, kMemoryLevel,
                   Z_DEFAULT_STRATEGY) != Z_OK) {
    return packed;
  }
  packed.resize(deflateBound(&stream, text.size()));
  // zlib reads it and says so nowhere.
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  const bool is_whole = deflate(&stream, Z_FINISH) == Z_STREAM_END;
  packed.resize(is_whole ? stream.total_out : 0);
  deflateEnd(&stream);
  return packed;
}

HttpResponse Packed(const HttpRequest& request, HttpResponse response) {
  std::string& vary = response.headers["Vary"];
  absl::StrAppend(&vary, vary.empty() ? "" : ", ", "Accept-Encoding");
  if (response.body.size() < kMinPackedSizeBytes || response.body.size() > kMaxPackedSizeBytes ||
      !TakesEncoding(request, "gzip")) {
    return response;
  }
  std::string packed = Gzipped(response.body);
  if (packed.empty() || packed.size() >= response.body.size()) return response;
  response.body = std::move(packed);
  response.headers["Content-Encoding"] = "gzip";
  return response;
}

}  // namespace liaison::web
