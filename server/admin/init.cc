#include "server/admin/init.h"

#include <filesystem>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "proto/record/certificate.h"
#include "proto/record/errors.h"
#include "proto/record/macros.h"
#include "proto/record/names.h"
#include "proto/record/private_file.h"
#include "server/admin/ordered_control.h"
#include "server/auth/credential_book.h"
#include "server/auth/enrolment.h"
#include "server/sequencer/sequencer.h"
#include "server/sequencer/sequencer_thread.h"

namespace liaison::admin {
namespace {

namespace pb = ::igf::liaison::v1;

constexpr char kAuthorityCertificate[] = "/authority.pem";
constexpr char kAuthorityKey[] = "/authority.key";
constexpr char kAdministrator[] = "/administrator";

// The order of a log that nobody else serves.
class QuietObserver final : public sequencer::CommitObserver {
 public:
  void OnCommitted(storage::Group, const storage::Head&) override {}
  void OnAcknowledged() override {}
  void OnReopened(const storage::Head&) override {}
};

// The administrator's way in, as a folder that the command line takes with --profile.
absl::Status WriteProfile(const std::string& folder, const InitOptions& options,
                          const auth::Authority& authority, const std::string& key,
                          const auth::rows::Credential& certificate, const std::string& token) {
  LIAISON_RETURN_IF_ERROR(record::MakePrivateFolder(folder));
  const std::string address = absl::StrCat(options.hosts.front(), ":", options.port);
  const std::string profile =
      absl::StrCat("hub = \"", address, "\"\norganisation = \"", options.administrator, "\"\n");
  LIAISON_RETURN_IF_ERROR(record::WriteNewPrivateFile(folder + "/profile.toml", profile));
  LIAISON_RETURN_IF_ERROR(
      record::WriteNewPrivateFile(folder + "/authority.pem", authority.certificate()));
  LIAISON_RETURN_IF_ERROR(
      record::WriteNewPrivateFile(folder + "/certificate.pem", certificate.certificate()));
  LIAISON_RETURN_IF_ERROR(record::WriteNewPrivateFile(folder + "/key.pem", key));
  return record::WriteNewPrivateFile(folder + "/token", absl::StrCat(token, "\n"));
}

// The first administrator in the log, who is let in from then on, and nobody else.
absl::StatusOr<Initialised> MakeAdministrator(OrderedControl* control, const InitOptions& options,
                                              const auth::Authority& authority) {
  auth::CredentialBook book(control);
  LIAISON_RETURN_IF_ERROR(book.Load());
  if (book.required() && !options.again) {
    return absl::AlreadyExistsError(
        "this log has credentials: whoever holds an operator's makes more; if none is left, run "
        "init with --again");
  }
  const absl::Time now = absl::Now();
  auth::Enrolment enrolment(&book, &authority);
  auth::CredentialRequest request;
  request.organisation = options.administrator;
  request.role = pb::ROLE_OPERATOR;
  request.label = "first administrator";
  request.lifetime = auth::kInvitationLifetime;
  request.created_by = "liaisond init";
  LIAISON_ASSIGN_OR_RETURN(const auth::NewCredential invitation, enrolment.Invite(request, now));
  const std::string key = record::NewPrivateKey();
  LIAISON_ASSIGN_OR_RETURN(const std::string asked, record::NewCertificateRequest(key));
  LIAISON_ASSIGN_OR_RETURN(const auth::rows::Credential certificate,
                           enrolment.Certify(invitation.secret, asked, now));
  request.lifetime = auth::kDefaultLifetime;
  LIAISON_ASSIGN_OR_RETURN(const auth::NewCredential token, book.Make(request, now));
  std::string folder = options.keys_dir + kAdministrator;
  if (std::filesystem::exists(folder)) absl::StrAppend(&folder, "-", certificate.id());
  LIAISON_RETURN_IF_ERROR(WriteProfile(folder, options, authority, key, certificate, token.secret));
  return Initialised{folder, absl::StrCat(token.credential.id(), ", ", certificate.id())};
}

absl::StatusOr<auth::Authority> FindOrMakeAuthority(const InitOptions& options) {
  if (std::filesystem::exists(options.keys_dir + kAuthorityKey)) {
    return LoadAuthority(options.keys_dir);
  }
  auth::Authority made = auth::Authority::Make(options.hub, absl::Now());
  // Says whether the hosts can stand in a certificate, before anything is written.
  LIAISON_RETURN_IF_ERROR(
      made.CertifyHub(record::NewPrivateKey(), options.hosts, absl::Now()).status());
  LIAISON_RETURN_IF_ERROR(
      record::ReplacePrivateFile(options.keys_dir + kAuthorityCertificate, made.certificate()));
  LIAISON_RETURN_IF_ERROR(
      record::WriteNewPrivateFile(options.keys_dir + kAuthorityKey, made.key()));
  return made;
}

}  // namespace

absl::StatusOr<Initialised> Init(storage::EventLog* log, const InitOptions& options) {
  if (!record::IsOrganisation(options.administrator)) {
    return record::FieldInvalid("--administrator", "write an organisation as org/name");
  }
  LIAISON_RETURN_IF_ERROR(record::MakePrivateFolder(options.keys_dir));
  LIAISON_ASSIGN_OR_RETURN(const auth::Authority authority, FindOrMakeAuthority(options));
  sequencer::LocalProposalLog proposals;
  QuietObserver observer;
  sequencer::SequencerOptions order;
  order.hub = options.hub;
  sequencer::Sequencer sequencer(log, &proposals, &observer, order);
  LIAISON_RETURN_IF_ERROR(sequencer.Open());
  sequencer::SequencerThread thread(&sequencer);
  const absl::Cleanup ended = [&] {
    proposals.Close();
    thread.Join();
  };
  OrderedControl control(log, &proposals);
  return MakeAdministrator(&control, options, authority);
}

absl::StatusOr<auth::Authority> LoadAuthority(const std::string& keys_dir) {
  const absl::StatusOr<std::string> certificate =
      record::ReadPublicFile(keys_dir + kAuthorityCertificate);
  const absl::StatusOr<std::string> key = record::ReadPrivateFile(keys_dir + kAuthorityKey);
  for (const absl::Status& status : {certificate.status(), key.status()}) {
    if (status.ok()) continue;
    return absl::InvalidArgumentError(absl::StrCat("--keys-dir ", keys_dir, ": ", status.message(),
                                                   "; `liaisond init` makes what is needed"));
  }
  absl::StatusOr<auth::Authority> authority = auth::Authority::Load(*certificate, *key);
  if (authority.ok()) return authority;
  return absl::InvalidArgumentError(
      absl::StrCat("--keys-dir ", keys_dir, ": ", authority.status().message()));
}

}  // namespace liaison::admin
