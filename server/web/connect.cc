#include "server/web/connect.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/dynamic_message.h>
#include <google/protobuf/util/json_util.h>
#include <google/protobuf/util/type_resolver_util.h>

#include <nlohmann/json.hpp>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "proto/record/errors.h"

namespace liaison::web {
namespace {

namespace protobuf = google::protobuf;

constexpr char kJson[] = "application/json";
constexpr char kProto[] = "application/proto";
constexpr char kTypePrefix[] = "type.googleapis.com";

struct Code {
  const char* name;
  int http;
};
// By gRPC's numbers.
constexpr Code kCodes[] = {{"ok", 200},
                           {"canceled", 499},
                           {"unknown", 500},
                           {"invalid_argument", 400},
                           {"deadline_exceeded", 504},
                           {"not_found", 404},
                           {"already_exists", 409},
                           {"permission_denied", 403},
                           {"resource_exhausted", 429},
                           {"failed_precondition", 400},
                           {"aborted", 409},
                           {"out_of_range", 400},
                           {"unimplemented", 501},
                           {"internal", 500},
                           {"unavailable", 503},
                           {"data_loss", 500},
                           {"unauthenticated", 401}};

const Code& CodeOf(int code) {
  constexpr int kUnknown = 2;
  const bool is_known = code >= 0 && code < static_cast<int>(std::size(kCodes));
  return kCodes[is_known ? code : kUnknown];
}

protobuf::util::TypeResolver* Resolver() {
  static protobuf::util::TypeResolver* const resolver =
      protobuf::util::NewTypeResolverForDescriptorPool(kTypePrefix,
                                                       protobuf::DescriptorPool::generated_pool());
  return resolver;
}

std::string UrlOf(const protobuf::Descriptor* type) {
  return absl::StrCat(kTypePrefix, "/", type->full_name());
}

// Of Connect's JSON: the type's bytes, and beside them what they say.
nlohmann::ordered_json DetailOf(const protobuf::Any& any) {
  std::string coded = absl::Base64Escape(any.value());
  while (absl::EndsWith(coded, "=")) coded.pop_back();
  const std::string& url = any.type_url();
  nlohmann::ordered_json detail = {{"type", url.substr(url.rfind('/') + 1)}, {"value", coded}};
  std::string said;
  if (protobuf::util::BinaryToJsonString(Resolver(), url, any.value(), &said).ok()) {
    detail["debug"] = nlohmann::ordered_json::parse(said, nullptr, false);
  }
  return detail;
}

HttpResponse ErrorOf(const CallEnd& end) {
  const Code& code = CodeOf(end.code);
  nlohmann::ordered_json error = {{"code", code.name}, {"message", end.message}};
  HttpResponse response;
  response.code = code.http;
  response.type = kJson;
  google::rpc::Status status;
  if (status.ParseFromString(end.details)) {
    for (const protobuf::Any& any : status.details()) {
      error["details"].push_back(DetailOf(any));
      google::rpc::RetryInfo retry;
      if (any.UnpackTo(&retry)) {
        response.headers["Retry-After"] = absl::StrCat(retry.retry_delay().seconds());
      }
    }
  }
  const auto replace = nlohmann::ordered_json::error_handler_t::replace;
  response.body = error.dump(-1, ' ', false, replace) + "\n";
  return response;
}

class Connect final : public Protocol {
 public:
  Connect(const protobuf::MethodDescriptor* method, bool json) : method_(method), json_(json) {}

  absl::StatusOr<std::string> MessageOf(const HttpRequest& request) override {
    if (!request.header("content-encoding").empty() &&
        request.header("content-encoding") != "identity") {
      return Unreadable("send the message uncompressed");
    }
    if (!json_) return request.body;
    if (method_ == nullptr) return Unreadable("there is no such method");
    std::string message;
    const auto parsed =
        protobuf::util::JsonToBinaryString(Resolver(), UrlOf(method_->input_type()),
                                           request.body.empty() ? "{}" : request.body, &message);
    if (!parsed.ok()) {
      return Unreadable(absl::StrCat(
          "not a ", method_->input_type()->name(),
          " in JSON: ", absl::string_view(parsed.message().data(), parsed.message().size())));
    }
    return message;
  }

  std::optional<std::chrono::nanoseconds> TimeoutOf(const HttpRequest& request) override {
    constexpr size_t kMaxDigits = 10;
    const absl::string_view shown = request.header("connect-timeout-ms");
    int64_t milliseconds = 0;
    if (shown.size() > kMaxDigits || !absl::SimpleAtoi(shown, &milliseconds) || milliseconds < 0) {
      return std::nullopt;
    }
    return std::chrono::milliseconds(milliseconds);
  }

  HttpResponse Whole(const std::optional<std::string>& message, const CallEnd& end) override {
    if (end.code != 0) return WithTrailers(ErrorOf(end), end);
    HttpResponse response;
    response.type = json_ ? kJson : kProto;
    if (!json_) {
      response.body = message.value_or("");
    } else if (!protobuf::util::BinaryToJsonString(Resolver(), UrlOf(method_->output_type()),
                                                   message.value_or(""), &response.body)
                    .ok()) {
      return ErrorOf({static_cast<int>(absl::StatusCode::kInternal),
                      "the hub's answer is no message of the contract",
                      "",
                      {}});
    } else {
      response.body.push_back('\n');
    }
    return WithTrailers(std::move(response), end);
  }

  bool can_stream() const override { return false; }
  HttpResponse Head() override { return {}; }
  std::string Piece(absl::string_view) override { return ""; }
  std::string Last(const CallEnd&) override { return ""; }

 private:
  static absl::Status Unreadable(absl::string_view why) {
    return record::Error(record::Reason::kRequestUnreadable, why);
  }
  static HttpResponse WithTrailers(HttpResponse response, const CallEnd& end) {
    for (const auto& [name, value] : end.trailers) response.headers["Trailer-" + name] = value;
    return response;
  }

  const protobuf::MethodDescriptor* const method_;
  const bool json_;
};

}  // namespace

std::unique_ptr<Protocol> ConnectProtocolOf(const HttpRequest& request) {
  const std::string type = absl::AsciiStrToLower(absl::StripAsciiWhitespace(
      request.header("content-type").substr(0, request.header("content-type").find(';'))));
  if (type != kJson && type != kProto) return nullptr;
  return std::make_unique<Connect>(MethodAt(request.path), type == kJson);
}

}  // namespace liaison::web
