#include "server/web/protocol.h"

#include <google/protobuf/descriptor.h>

#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "proto/record/errors.h"
#include "server/web/connect.h"

namespace liaison::web {
namespace {

class GrpcWeb final : public Protocol {
 public:
  explicit GrpcWeb(bool text) : text_(text) {}

  absl::StatusOr<std::string> MessageOf(const HttpRequest& request) override {
    if (!text_) return MessageIn(request.body);
    const std::optional<std::string> body = FromText(request.body);
    if (!body) {
      return absl::Status(record::Error(record::Reason::kRequestUnreadable, "not base64"));
    }
    return MessageIn(*body);
  }
  std::optional<std::chrono::nanoseconds> TimeoutOf(const HttpRequest& request) override {
    return TimeoutFrom(request.header("grpc-timeout"));
  }

  HttpResponse Whole(const std::optional<std::string>& message, const CallEnd& end) override {
    HttpResponse response = Head();
    if (message) response.body = Piece(*message);
    response.body.append(Last(end));
    return response;
  }

  bool can_stream() const override { return true; }
  HttpResponse Head() override {
    HttpResponse head;
    head.type = text_ ? "application/grpc-web-text+proto" : "application/grpc-web+proto";
    return head;
  }
  std::string Piece(absl::string_view message) override { return Written(DataFrame(message)); }
  std::string Last(const CallEnd& end) override { return Written(TrailersFrame(end)); }

 private:
  std::string Written(std::string frame) const {
    return text_ ? absl::Base64Escape(frame) : std::move(frame);
  }

  const bool text_;
};

}  // namespace

std::unique_ptr<Protocol> ProtocolOf(const HttpRequest& request) {
  const absl::string_view type = request.header("content-type");
  if (IsGrpcWeb(type)) return std::make_unique<GrpcWeb>(IsGrpcWebText(type));
  return ConnectProtocolOf(request);
}

const google::protobuf::MethodDescriptor* MethodAt(absl::string_view path) {
  const std::string name = absl::StrReplaceAll(path.substr(1), {{"/", "."}});
  return google::protobuf::DescriptorPool::generated_pool()->FindMethodByName(name);
}

Answers AnswersOf(absl::string_view path) {
  const auto* method = MethodAt(path);
  if (method == nullptr) return Answers::kUnknown;
  return method->server_streaming() ? Answers::kMany : Answers::kOne;
}

}  // namespace liaison::web
