// The bytes of HTTP/1.1 that are ours to write and to read.
#ifndef LIAISON_SERVER_WEB_HTTP_TEXT_H_
#define LIAISON_SERVER_WEB_HTTP_TEXT_H_

#include <optional>
#include <string>

#include "absl/functional/function_ref.h"
#include "absl/strings/string_view.h"
#include "server/web/http.h"

namespace liaison::web {

// How the end of an answer is known.
enum class Framing { kLength, kChunked };

struct HeadOptions {
  bool keep_alive = true;
  bool secure = true;
  Framing framing = Framing::kLength;
};

// The head of an answer with everything that keeps a browser from doing more than the page says.
// A header with a line break in it, or any other control character, is left out.
std::string HeadOf(const HttpResponse& response, const HeadOptions& options);

// A piece between its length and its end; an empty one would be the end, and is nothing.
std::string ChunkOf(absl::string_view piece);
// Both apart, for a piece that is not empty.
std::string ChunkHeadOf(size_t size);
inline constexpr absl::string_view kChunkEnd = "\r\n";
inline constexpr absl::string_view kLastChunk = "0\r\n\r\n";

// `%41` and the like for every byte that is not kept.
std::string PercentEncoded(absl::string_view text, absl::FunctionRef<bool(char)> is_kept);
// The same of a path, for whatever has no place in one.
std::string EncodedPath(absl::string_view path);

// `%41` and the like; nullopt where they are none, or a NUL, or where what comes out is no UTF-8.
std::optional<std::string> Decoded(absl::string_view path);
// The same of a form's field, where + is a space.
std::optional<std::string> DecodedField(absl::string_view text);
// The field of a form or a query; empty where it is not there or no good.
std::string FieldOf(absl::string_view form, absl::string_view name);

}  // namespace liaison::web

#endif  // LIAISON_SERVER_WEB_HTTP_TEXT_H_
