#include "server/web/static_files.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "server/web/limits.h"

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
    {".txt", "text/plain; charset=utf-8"},
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

bool Takes(const HttpRequest& request, absl::string_view encoding) {
  for (absl::string_view offer : absl::StrSplit(request.header("accept-encoding"), ',')) {
    const std::vector<absl::string_view> parts = absl::StrSplit(offer, ';');
    if (absl::StripAsciiWhitespace(parts[0]) != encoding) continue;
    return parts.size() < 2 || !absl::StartsWith(absl::StripAsciiWhitespace(parts[1]), "q=0") ||
           absl::StrContains(parts[1], "0.");
  }
  return false;
}

std::optional<std::string> Read(const fs::path& file) {
  std::error_code failed;
  if (!fs::is_regular_file(file, failed) || fs::file_size(file, failed) > kMaxFileSizeBytes) {
    return std::nullopt;
  }
  std::ifstream in(file, std::ios::binary);
  std::ostringstream bytes;
  bytes << in.rdbuf();
  if (!in) return std::nullopt;
  return bytes.str();
}

std::string TagOf(const fs::path& file, size_t size) {
  std::error_code failed;
  const auto time = fs::last_write_time(file, failed).time_since_epoch().count();
  return absl::StrCat("\"", absl::Hex(time), "-", absl::Hex(size), "\"");
}

}  // namespace

std::optional<HttpResponse> StaticFiles::Find(const HttpRequest& request) const {
  if (folder_.empty() || !IsInside(request.path)) return std::nullopt;
  const std::string name = request.path == "/" ? "/index.html" : request.path;
  const absl::string_view type = TypeOf(name);
  if (type.empty()) return std::nullopt;
  HttpResponse response;
  std::optional<std::string> body;
  fs::path file;
  for (const auto& [encoding, ending] : {std::pair("br", ".br"), std::pair("gzip", ".gz")}) {
    if (!Takes(request, encoding)) continue;
    file = absl::StrCat(folder_, name, ending);
    body = Read(file);
    if (!body) continue;
    response.headers["Content-Encoding"] = encoding;
    break;
  }
  if (!body) {
    file = folder_ + name;
    body = Read(file);
  }
  if (!body) return std::nullopt;
  response.type = std::string(type);
  response.body = *std::move(body);
  const std::string tag = TagOf(file, response.body.size());
  response.headers["ETag"] = tag;
  response.headers["Vary"] = "Accept-Encoding";
  response.headers["Content-Security-Policy"] = kPolicy;
  response.headers["Cache-Control"] =
      absl::StartsWith(name, "/assets/") ? "public, max-age=31536000, immutable" : "no-cache";
  if (request.header("if-none-match") == tag) {
    response.code = 304;
    response.body.clear();
  }
  return response;
}

}  // namespace liaison::web
