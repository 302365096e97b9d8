#include "server/web/static_files.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "server/web/limits.h"
#include "server/web/packing.h"
#include "server/web/plain_answers.h"

namespace liaison::web {
namespace {

namespace fs = std::filesystem;

constexpr std::pair<absl::string_view, absl::string_view> kTypes[] = {
    {".html", "text/html; charset=utf-8"},
    {".js", "text/javascript; charset=utf-8"},
    {".mjs", "text/javascript; charset=utf-8"},
    {".css", "text/css; charset=utf-8"},
    {".json", "application/json"},
    {".webmanifest", "application/manifest+json"},
    {".svg", "image/svg+xml"},
    {".png", "image/png"},
    {".ico", "image/x-icon"},
    {".woff2", "font/woff2"},
    {".txt", kPlainText},
    {".map", "application/json"},
};

// The dashboard runs its own scripts and talks to its own hub, and nothing else.
constexpr char kPolicy[] =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "font-src 'self'; manifest-src 'self'; form-action 'self'; frame-ancestors 'none'; "
    "base-uri 'none'; require-trusted-types-for 'script'";

bool IsInside(absl::string_view path) {
  for (const absl::string_view part : absl::StrSplit(path, '/')) {
    if (absl::StartsWith(part, ".")) return false;
  }
  return !absl::StrContains(path, '\\') && !absl::StrContains(path, absl::string_view("\0", 1));
}

// The type by its name; empty where it is none that is served.
absl::string_view TypeOf(absl::string_view name) {
  for (const auto& [ending, type] : kTypes) {
    if (absl::EndsWith(name, ending)) return type;
  }
  return "";
}

absl::StatusOr<std::string> Bytes(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::ostringstream bytes;
  bytes << in.rdbuf();
  if (!in) return absl::NotFoundError("");
  return bytes.str();
}

}  // namespace

absl::StatusOr<Body> StaticFiles::Read(const std::string& file, std::string* tag) {
  std::error_code failed;
  if (!fs::is_regular_file(file, failed)) return absl::NotFoundError("");
  const auto size = fs::file_size(file, failed);
  const auto time = fs::last_write_time(file, failed).time_since_epoch().count();
  if (failed || size > kMaxFileSizeBytes) return absl::NotFoundError("");
  *tag = absl::StrCat("\"", absl::Hex(time), "-", absl::Hex(size), "\"");
  return bodies_.Get(absl::StrCat(file, " ", *tag), [&file] { return Bytes(file); });
}

std::optional<HttpResponse> StaticFiles::Find(const HttpRequest& request) {
  if (folder_.empty() || !IsInside(request.path)) return std::nullopt;
  const std::string name = request.path == "/" ? "/index.html" : request.path;
  const absl::string_view type = TypeOf(name);
  if (type.empty()) return std::nullopt;
  HttpResponse response;
  absl::StatusOr<Body> body = absl::NotFoundError("");
  std::string tag;
  for (const auto& [encoding, ending] : {std::pair("br", ".br"), std::pair("gzip", ".gz")}) {
    if (!TakesEncoding(request, encoding)) continue;
    body = Read(absl::StrCat(folder_, name, ending), &tag);
    if (absl::IsNotFound(body.status())) continue;
    response.headers["Content-Encoding"] = encoding;
    break;
  }
  if (absl::IsNotFound(body.status())) body = Read(folder_ + name, &tag);
  if (absl::IsNotFound(body.status())) return std::nullopt;
  if (!body.ok()) return Busy();
  response.type = std::string(type);
  response.shared_body = *body;
  response.headers["ETag"] = tag;
  response.headers["Vary"] = "Accept-Encoding";
  // A page's policy is its own; a part of it needs none but this, and is fetched on bad lines.
  response.headers["Content-Security-Policy"] =
      absl::StartsWith(type, "text/html") ? kPolicy : "default-src 'none'";
  response.headers["Cache-Control"] =
      absl::StartsWith(name, "/assets/") ? "public, max-age=31536000, immutable" : "no-cache";
  if (request.header("if-none-match") == tag) {
    response.code = 304;
    response.shared_body = nullptr;
  }
  return response;
}

}  // namespace liaison::web
