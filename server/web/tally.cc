#include "server/web/tally.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace liaison::web {
namespace {

constexpr absl::string_view kCodes[] = {
    "OK",        "CANCELLED",      "UNKNOWN",           "INVALID_ARGUMENT",   "DEADLINE_EXCEEDED",
    "NOT_FOUND", "ALREADY_EXISTS", "PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION",
    "ABORTED",   "OUT_OF_RANGE",   "UNIMPLEMENTED",     "INTERNAL",           "UNAVAILABLE",
    "DATA_LOSS", "UNAUTHENTICATED"};

void Add(absl::string_view name, absl::string_view type, absl::string_view help, int64_t value,
         std::string* text) {
  absl::StrAppend(text, "# HELP ", name, " ", help, "\n# TYPE ", name, " ", type, "\n", name, " ",
                  value, "\n");
}

}  // namespace

std::string Tally::ToText() const {
  std::string text;
  Add("liaison_web_connections", "gauge", "Connections that are open.", connections, &text);
  Add("liaison_web_connections_refused_total", "counter", "Connections above a limit.",
      connections_refused, &text);
  Add("liaison_web_requests_total", "counter", "HTTP requests.", requests, &text);
  Add("liaison_web_body_bytes", "gauge", "Bodies of requests that are not answered yet.",
      body_bytes, &text);
  Add("liaison_web_sent_bytes_total", "counter", "Bytes of answers.", bytes_sent, &text);
  Add("liaison_web_calls", "gauge", "Calls and streams that are open at the hub.", calls, &text);
  Add("liaison_web_calls_refused_total", "counter", "Calls above the limit.", calls_refused, &text);
  Add("liaison_web_messages_total", "counter", "Messages passed on to browsers.", messages, &text);
  absl::StrAppend(&text,
                  "# HELP liaison_web_calls_ended_total Calls by how they ended.\n"
                  "# TYPE liaison_web_calls_ended_total counter\n");
  for (size_t code = 0; code < calls_ended.size(); ++code) {
    absl::StrAppend(&text, "liaison_web_calls_ended_total{code=\"", kCodes[code], "\"} ",
                    calls_ended[code].load(), "\n");
  }
  return text;
}

}  // namespace liaison::web
