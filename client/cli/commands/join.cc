// `liaison join` and `liaison renew`: from an invitation to a certificate, and to the next.
#include <memory>
#include <string>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "client/cli/commands/commands.h"
#include "client/cli/event_json.h"
#include "client/cli/https.h"
#include "client/cli/view_output.h"
#include "proto/record/certificate.h"
#include "proto/record/macros.h"
#include "proto/record/pae.h"
#include "proto/record/signature.h"
#include "proto/record/token.h"

namespace liaison::cli {
namespace {

struct JoinArguments {
  std::string hub;         // `https://hub.example.org`
  std::string invitation;  // the text, or the link
  bool attested = false;
};

struct Invitation {
  std::string web;   // without a slash at the end
  std::string text;  // as it is sent
  record::Hash pin;  // of the authority's certificate
};

// A link is an invitation with its hub.
absl::StatusOr<Invitation> ReadInvitation(const JoinArguments& arguments) {
  Invitation read;
  std::string hub = arguments.hub;
  std::string text = arguments.invitation;
  if (const size_t join = hub.find("/join/"); join != std::string::npos && text.empty()) {
    text = hub.substr(join + 6);
    hub.resize(join);
  }
  read.web = std::string(absl::StripSuffix(hub, "/"));
  if (!absl::StartsWith(read.web, "https://")) {
    return absl::InvalidArgumentError(
        absl::StrCat("`", hub, "` is not where a hub takes invitations; write https://HUB"));
  }
  const size_t dot = text.find('.');
  if (record::KindOfToken(text.substr(0, dot)) != record::TokenKind::kInvitation) {
    return absl::InvalidArgumentError(
        "that is no invitation, or it was not copied whole; it begins with igfl_inv_");
  }
  const absl::StatusOr<record::Hash> pin =
      record::Hash::FromHex(dot == std::string::npos ? "" : text.substr(dot + 1));
  if (!pin.ok()) {
    return absl::InvalidArgumentError(
        "the invitation was not copied whole: behind the dot stand 64 digits, by which the hub is "
        "known");
  }
  read.text = text;
  read.pin = *pin;
  return read;
}

// The certificate of the authority that the invitation pins: anybody may hand it over, and nobody
// can hand over another.
absl::StatusOr<std::string> FetchAuthority(const Invitation& invitation, absl::Duration timeout) {
  HttpsRequest request;
  request.url = invitation.web + "/authority.pem";
  request.believes_anybody = true;
  request.timeout = timeout;
  LIAISON_ASSIGN_OR_RETURN(const HttpsAnswer answer, Fetch(request));
  const auto facts = record::ReadCertificate(answer.body);
  if (answer.code != 200 || !facts.ok()) {
    return absl::UnavailableError(
        absl::StrCat(invitation.web, " is no hub that takes invitations (HTTP ", answer.code, ")"));
  }
  if (facts->fingerprint != invitation.pin) {
    return absl::InvalidArgumentError(absl::StrCat(
        "STOP: ", invitation.web, " is not the hub that sent this invitation. Its authority is ",
        facts->fingerprint.ToHex(), ", the invitation says ", invitation.pin.ToHex(),
        ". Nothing was sent; tell whoever invited you."));
  }
  return answer.body;
}

// What the hub answered, or why not.
absl::StatusOr<Json> Post(const std::string& url, const Json& body, const std::string& authority,
                          absl::Duration timeout) {
  HttpsRequest request;
  request.url = url;
  request.body = body.dump();
  request.authority = authority;
  request.timeout = timeout;
  LIAISON_ASSIGN_OR_RETURN(const HttpsAnswer answer, Fetch(request));
  Json json = Json::parse(answer.body, nullptr, false);
  if (answer.code == 200 && json.is_object()) return json;
  const std::string why =
      json.is_object() && json.contains("message") && json["message"].is_string()
          ? json["message"].get<std::string>()
          : absl::StrCat("HTTP ", answer.code);
  if (answer.code == 401 || answer.code == 403) return absl::PermissionDeniedError(why);
  if (answer.code >= 500) return absl::UnavailableError(why);
  return absl::InvalidArgumentError(why);
}

std::string TextOf(const Json& json, const char* field) {
  const auto found = json.find(field);
  return found != json.end() && found->is_string() ? found->get<std::string>() : "";
}

// The profile that the answer makes. The secrets were made here and never left.
absl::StatusOr<Profile> Enrol(const Invitation& invitation, const std::string& folder,
                              bool attested, absl::Duration timeout) {
  LIAISON_ASSIGN_OR_RETURN(const std::string authority, FetchAuthority(invitation, timeout));
  LIAISON_ASSIGN_OR_RETURN(
      const Json invited, Post(invitation.web + "/v1/invitation", {{"invitation", invitation.text}},
                               authority, timeout));
  Profile profile;
  profile.organisation = TextOf(invited, "organisation");
  profile.tls.authority = authority;
  LIAISON_ASSIGN_OR_RETURN(const ProfileKeys keys, PrepareProfile(folder, !attested));
  profile.tls.private_key = keys.private_key;
  profile.signing_seed = keys.signing_seed;
  LIAISON_ASSIGN_OR_RETURN(const std::string asked,
                           record::NewCertificateRequest(profile.tls.private_key));
  Json body = {{"invitation", invitation.text}, {"certificateRequest", asked}};
  if (!profile.signing_seed.empty()) {
    LIAISON_ASSIGN_OR_RETURN(const record::SigningKey key,
                             record::SigningKey::FromSeed(profile.signing_seed));
    body["signingKey"] = absl::Base64Escape(key.public_key());
    body["possession"] =
        absl::Base64Escape(key.Sign(record::kKeyPossessionType, profile.organisation));
  }
  LIAISON_ASSIGN_OR_RETURN(const Json answer,
                           Post(invitation.web + "/v1/enrol", body, authority, timeout));
  profile.tls.certificate = TextOf(answer, "certificate");
  profile.hub = TextOf(answer, "grpc");
  if (!record::BelongTogether(profile.tls.certificate, profile.tls.private_key)) {
    return absl::InternalError("the hub's answer holds no certificate of ours");
  }
  return profile;
}

absl::Status RunJoin(Session* session, const JoinArguments& arguments) {
  const std::string folder =
      session->options().profile.empty() ? DefaultProfileFolder() : session->options().profile;
  if (folder.empty()) return absl::InvalidArgumentError("name a folder with --profile");
  // Before the invitation is used up.
  if (LoadProfile(folder).ok()) {
    return absl::AlreadyExistsError(
        absl::StrCat(folder, " holds a profile; name another folder with --profile"));
  }
  LIAISON_ASSIGN_OR_RETURN(const Invitation invitation, ReadInvitation(arguments));
  LIAISON_ASSIGN_OR_RETURN(const Profile profile,
                           Enrol(invitation, folder, arguments.attested, session->timeout()));
  LIAISON_RETURN_IF_ERROR(SaveProfile(folder, profile));
  LIAISON_ASSIGN_OR_RETURN(const record::CertificateFacts facts,
                           record::ReadCertificate(profile.tls.certificate));
  Console& console = session->console();
  if (session->format() == Format::kJson) {
    return console.Line(ToLine({{"organisation", profile.organisation},
                                {"hub", profile.hub},
                                {"profile", folder},
                                {"expireTime", TimeText(facts.not_after)}}));
  }
  return console.Line(absl::StrCat(
      "You are in, as ", profile.organisation, ", at ", profile.hub, " until ",
      DayText(facts.not_after), ". What you need is in ", folder,
      ": nobody else may read it.\nNext: liaison example topic-signal > signal.json; liaison "
      "publish signal.json"));
}

absl::Status RunRenew(Session* session) {
  if (session->profile() == nullptr) {
    return absl::InvalidArgumentError("there is no profile; name its folder with --profile");
  }
  const std::string key = record::NewPrivateKey();
  v1::RenewCertificateRequest request;
  LIAISON_ASSIGN_OR_RETURN(*request.mutable_certificate_request(),
                           record::NewCertificateRequest(key));
  LIAISON_ASSIGN_OR_RETURN(const v1::RenewCertificateResponse renewed,
                           session->connection()->RenewCertificate(request));
  if (!record::BelongTogether(renewed.certificate(), key)) {
    return absl::InternalError("the hub's answer holds no certificate of ours");
  }
  LIAISON_RETURN_IF_ERROR(RenewProfile(session->options().profile, renewed.certificate(), key));
  const absl::Time end = ToTime(renewed.credential().expire_time());
  if (session->format() == Format::kJson) {
    LIAISON_ASSIGN_OR_RETURN(const Json json, MessageToJson(renewed.credential()));
    return session->console().Line(ToLine(json));
  }
  return session->console().Line(
      absl::StrCat("The new certificate is good until ", DayText(end),
                   ". The one before it still is until its own end, unless you revoke it."));
}

}  // namespace

void AddJoin(CLI::App* app, Session* session) {
  CLI::App* command = AddCommand(
      app, "join", "Come in with an invitation: from there on everything works",
      "  liaison join https://hub.example.org igfl_inv_...\n"
      "  liaison --profile ~/eurodig join https://hub.example.org/join/igfl_inv_...\n"
      "\n"
      "Makes your keys here, has them certified by the hub that the invitation names, and keeps\n"
      "them in ~/.config/liaison. The invitation is good once.\n",
      "Hub");
  auto arguments = std::make_shared<JoinArguments>();
  command->add_option("hub", arguments->hub, "https://HUB, or the whole link")->required();
  command->add_option("invitation", arguments->invitation, "As it was sent to you");
  command->add_flag("--attested", arguments->attested,
                    "Make no signing key: the hub attests what you say");
  command->callback([=] { session->Choose([=] { return RunJoin(session, *arguments); }); });
}

void AddRenew(CLI::App* app, Session* session) {
  CLI::App* command = AddCommand(app, "renew", "Get another certificate before this one ends",
                                 "  liaison renew\n"
                                 "  liaison --profile ~/eurodig renew\n",
                                 "Hub");
  command->callback([=] { session->Choose([=] { return RunRenew(session); }); });
}

}  // namespace liaison::cli
