#include "server/web/enrolment.h"

#include <grpcpp/client_context.h>

#include <optional>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "google/protobuf/util/json_util.h"
#include "google/protobuf/util/time_util.h"
#include "google/rpc/status.pb.h"
#include "proto/record/errors.h"
#include "proto/record/private_file.h"
#include "server/web/http_text.h"
#include "server/web/hub_call.h"
#include "server/web/limits.h"
#include "server/web/origin.h"
#include "server/web/pages.h"

namespace liaison::web {
namespace {

namespace pb = ::igf::liaison::v1;

constexpr char kJson[] = "application/json";
constexpr char kJoin[] = "/join/";

int HttpCodeOf(grpc::StatusCode code) {
  switch (code) {
    case grpc::StatusCode::OK:
      return 200;
    case grpc::StatusCode::INVALID_ARGUMENT:
    case grpc::StatusCode::FAILED_PRECONDITION:
    case grpc::StatusCode::OUT_OF_RANGE:
      return 400;
    case grpc::StatusCode::UNAUTHENTICATED:
      return 401;
    case grpc::StatusCode::PERMISSION_DENIED:
      return 403;
    case grpc::StatusCode::NOT_FOUND:
      return 404;
    case grpc::StatusCode::ALREADY_EXISTS:
    case grpc::StatusCode::ABORTED:
      return 409;
    case grpc::StatusCode::RESOURCE_EXHAUSTED:
      return 429;
    case grpc::StatusCode::UNAVAILABLE:
    case grpc::StatusCode::DEADLINE_EXCEEDED:
      return 503;
    default:
      return 500;
  }
}

// google.rpc.Status as JSON: the reason and the fields stand in its details.
HttpResponse Refusal(const grpc::Status& status) {
  google::rpc::Status details;
  const bool has_details =
      !status.error_details().empty() && details.ParseFromString(status.error_details());
  if (!has_details) {
    details.set_code(status.error_code());
    details.set_message("the hub cannot be reached just now; try again");
  }
  HttpResponse response;
  response.code = HttpCodeOf(status.error_code());
  response.type = kJson;
  if (!google::protobuf::util::MessageToJsonString(details, &response.body).ok()) {
    response.body = "{}";
  }
  return response;
}

HttpResponse BadJson(absl::string_view why) {
  google::rpc::Status details = record::ToProto(record::FieldInvalid("body", why));
  HttpResponse response;
  response.code = 400;
  response.type = kJson;
  if (!google::protobuf::util::MessageToJsonString(details, &response.body).ok()) {
    response.body = "{}";
  }
  return response;
}

// JSON in, JSON out, for a method of the hub.
template <typename Request, typename Response, typename Call>
HttpResponse Forward(const HttpRequest& http, Call call) {
  Request request;
  if (!absl::StartsWith(http.header("content-type"), kJson)) {
    return BadJson("send application/json");
  }
  const auto parsed = google::protobuf::util::JsonStringToMessage(http.body, &request);
  if (!parsed.ok()) return BadJson("not the method's request as JSON");
  Response answer;
  const auto context = ContextOf(http);
  const grpc::Status status = call(context.get(), request, &answer);
  if (!status.ok()) return Refusal(status);
  HttpResponse response;
  response.type = kJson;
  if (!google::protobuf::util::MessageToJsonString(answer, &response.body).ok()) {
    return BadJson("the hub's answer is no JSON");
  }
  return response;
}

std::string CookieFor(absl::string_view session, int64_t seconds) {
  return absl::StrCat(kSessionCookie, "=", session,
                      "; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=", seconds);
}

HttpResponse SeeOther(const std::string& path) {
  HttpResponse response;
  response.code = 303;
  response.headers["Location"] = path;
  return response;
}

HttpResponse Html(int code, std::string body) {
  HttpResponse response;
  response.code = code;
  response.body = std::move(body);
  return response;
}

}  // namespace

Enrolment::Enrolment(const std::shared_ptr<grpc::Channel>& hub, std::string authority)
    : enrolment_(pb::EnrolmentService::NewStub(hub)),
      directory_(pb::DirectoryService::NewStub(hub)),
      authority_(std::move(authority)) {}

HttpResponse Enrolment::Handle(const HttpRequest& request) {
  const bool reads = request.method == "GET" || request.method == "HEAD";
  const bool posts = request.method == "POST";
  if (reads && request.path == "/authority.pem") return Authority();
  if (reads && request.path == "/style.css") {
    HttpResponse style;
    style.type = "text/css";
    style.body = std::string(StyleSheet());
    return style;
  }
  if (reads && absl::StartsWith(request.path, kJoin)) return ShowInvitation(request);
  if (reads && request.path == "/me") return Me(request);
  if (posts && request.path == "/v1/invitation") {
    return Forward<pb::GetInvitationRequest, pb::GetInvitationResponse>(
        request, [this](grpc::ClientContext* context, const auto& asked, auto* answer) {
          return enrolment_->GetInvitation(context, asked, answer);
        });
  }
  if (posts && request.path == "/v1/enrol") {
    return Forward<pb::EnrolRequest, pb::EnrolResponse>(
        request, [this](grpc::ClientContext* context, const auto& asked, auto* answer) {
          return enrolment_->Enrol(context, asked, answer);
        });
  }
  const PageLanguage language = LanguageOf(request.header("accept-language"));
  if (posts && (request.path == "/join" || request.path == "/leave")) {
    if (!IsSameOrigin(request)) return Html(403, MessagePage(language, Message::kForeignForm));
    return request.path == "/join" ? Join(request) : Leave(request);
  }
  return Html(404, MessagePage(language, Message::kNotThere));
}

HttpResponse Enrolment::Authority() {
  HttpResponse response;
  if (authority_.empty()) return Html(404, MessagePage(PageLanguage::kEnglish, Message::kNotThere));
  const absl::StatusOr<std::string> pem = record::ReadPublicFile(authority_);
  response.type = "application/x-pem-file";
  response.code = pem.ok() ? 200 : 503;
  if (pem.ok()) response.body = *pem;
  return response;
}

HttpResponse Enrolment::ShowInvitation(const HttpRequest& request) {
  const PageLanguage language = LanguageOf(request.header("accept-language"));
  pb::GetInvitationRequest asked;
  asked.set_invitation(request.path.substr(sizeof(kJoin) - 1));
  pb::GetInvitationResponse invitation;
  const auto context = ContextOf(request);
  const grpc::Status status = enrolment_->GetInvitation(context.get(), asked, &invitation);
  if (status.error_code() == grpc::StatusCode::UNAUTHENTICATED) {
    return Html(410, MessagePage(language, Message::kNoInvitation));
  }
  if (!status.ok()) return Html(503, MessagePage(language, Message::kHubAway));
  if (invitation.used()) return Html(410, MessagePage(language, Message::kNoInvitation));
  const absl::Time end = absl::FromUnixSeconds(invitation.expire_time().seconds());
  return Html(200, InvitationPage(language, {invitation.organisation(), invitation.hub(),
                                             asked.invitation(), end}));
}

HttpResponse Enrolment::Join(const HttpRequest& request) {
  const PageLanguage language = LanguageOf(request.header("accept-language"));
  pb::StartSessionRequest asked;
  asked.set_invitation(FieldOf(request.body, "invitation"));
  pb::StartSessionResponse session;
  const auto context = ContextOf(request);
  const grpc::Status status = enrolment_->StartSession(context.get(), asked, &session);
  if (status.error_code() == grpc::StatusCode::UNAUTHENTICATED) {
    return Html(410, MessagePage(language, Message::kNoInvitation));
  }
  if (!status.ok()) return Html(503, MessagePage(language, Message::kHubAway));
  HttpResponse response = SeeOther("/me");
  const int64_t lifetime =
      session.credential().expire_time().seconds() - session.credential().create_time().seconds();
  response.headers["Set-Cookie"] = CookieFor(session.secret(), lifetime);
  return response;
}

HttpResponse Enrolment::Me(const HttpRequest& request) {
  const PageLanguage language = LanguageOf(request.header("accept-language"));
  const std::string session = SessionOf(request);
  if (session.empty()) return Html(401, MessagePage(language, Message::kNoSession));
  pb::GetHubResponse hub;
  const auto context = ContextOf(request, session);
  const grpc::Status status = directory_->GetHub(context.get(), {}, &hub);
  if (status.error_code() == grpc::StatusCode::UNAUTHENTICATED) {
    return Html(401, MessagePage(language, Message::kNoSession));
  }
  if (!status.ok()) return Html(503, MessagePage(language, Message::kHubAway));
  return Html(200, MePage(language, hub.caller(), hub.hub()));
}

HttpResponse Enrolment::Leave(const HttpRequest& request) {
  const std::string session = SessionOf(request);
  if (!session.empty()) {
    pb::EndSessionResponse ended;
    const auto context = ContextOf(request, session);
    const grpc::Status status = enrolment_->EndSession(context.get(), {}, &ended);
    if (!status.ok() && status.error_code() != grpc::StatusCode::UNAUTHENTICATED) {
      return Html(503,
                  MessagePage(LanguageOf(request.header("accept-language")), Message::kHubAway));
    }
  }
  HttpResponse response = SeeOther("/me");
  response.headers["Set-Cookie"] = CookieFor("", 0);
  return response;
}

}  // namespace liaison::web
