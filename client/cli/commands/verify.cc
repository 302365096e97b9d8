// verify: a file offline, or a hub as it goes on; and the export of what a file holds.
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <system_error>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "client/cli/bundle_check.h"
#include "client/cli/bundle_source.h"
#include "client/cli/commands/checking.h"
#include "client/cli/commands/commands.h"
#include "client/cli/evidence.h"
#include "client/cli/hub_check.h"
#include "proto/record/base64.h"
#include "proto/record/counted.h"
#include "proto/record/macros.h"
#include "proto/record/private_file.h"
#include "proto/record/proof.h"

namespace liaison::cli {
namespace {

using record::Counted;

constexpr absl::Duration kLookAgainAfter = absl::Seconds(1);
constexpr int kMaxExports = 10;

struct VerifyArguments {
  std::string file;
  std::string vkey;
  std::string since;
  std::string leaf;
  std::string state;
  std::vector<std::string> witnesses;
  uint32_t quorum = 0;
  std::string policy;
  std::vector<std::string> origins;
  bool until_caught_up = false;
};

absl::Status NotVerified(absl::string_view why) { return absl::DataLossError(why); }

// Of nobody where no file was named.
absl::StatusOr<record::WitnessPolicy> PolicyOf(const VerifyArguments& arguments) {
  if (arguments.policy.empty()) return record::WitnessPolicy();
  LIAISON_ASSIGN_OR_RETURN(const std::string text, record::ReadPublicFile(arguments.policy));
  auto policy = record::WitnessPolicy::Parse(text);
  if (policy.ok()) return policy;
  return absl::InvalidArgumentError(
      absl::StrCat(arguments.policy, ", ", policy.status().message()));
}

absl::StatusOr<std::vector<record::NoteVerifier>> OriginsOf(const VerifyArguments& arguments) {
  std::vector<record::NoteVerifier> origins;
  for (const std::string& origin : arguments.origins) {
    LIAISON_ASSIGN_OR_RETURN(record::NoteVerifier key, record::NoteVerifier::Parse(origin));
    if (key.type() != record::NoteKeyType::kEd25519) {
      return absl::InvalidArgumentError(absl::StrCat(key.name(), " has no key of a log"));
    }
    origins.push_back(std::move(key));
  }
  return origins;
}

absl::StatusOr<BundleTrust> TrustOf(const VerifyArguments& arguments) {
  LIAISON_ASSIGN_OR_RETURN(record::WitnessPolicy policy, PolicyOf(arguments));
  const bool in_policy = arguments.vkey.empty() && policy.logs().size() == 1;
  const std::string vkey = in_policy ? policy.logs()[0].key.ToString() : arguments.vkey;
  if (vkey.empty()) {
    return absl::InvalidArgumentError(
        "whose log is it? Give its key with --vkey. A key that comes with the file proves nothing: "
        "ask the operator, or another participant");
  }
  LIAISON_ASSIGN_OR_RETURN(record::NoteVerifier log, record::NoteVerifier::Parse(vkey));
  if (log.type() != record::NoteKeyType::kEd25519) {
    return absl::InvalidArgumentError("--vkey is the key of a witness, not of a log");
  }
  BundleTrust trust{std::move(log), {}, arguments.quorum, "", std::move(policy)};
  for (const std::string& witness : arguments.witnesses) {
    LIAISON_ASSIGN_OR_RETURN(record::NoteVerifier key, record::NoteVerifier::Parse(witness));
    if (key.type() != record::NoteKeyType::kCosignature) {
      return absl::InvalidArgumentError(absl::StrCat(key.name(), " has no key of a witness"));
    }
    for (const record::NoteVerifier& other : trust.witnesses) {
      if (other.public_key() == key.public_key()) {
        return absl::InvalidArgumentError(
            absl::StrCat("the key of ", key.name(), " stands there twice"));
      }
    }
    trust.witnesses.push_back(std::move(key));
  }
  LIAISON_ASSIGN_OR_RETURN(trust.origins, OriginsOf(arguments));
  if (!arguments.since.empty()) {
    LIAISON_ASSIGN_OR_RETURN(trust.kept, record::ReadPublicFile(arguments.since));
  }
  return trust;
}

absl::Status Show(Session* session, const BundleReport& report) {
  if (session->format() == Format::kJson) {
    LIAISON_RETURN_IF_ERROR(session->console().Line(ToLine(report.ToJson())));
  } else {
    LIAISON_RETURN_IF_ERROR(session->console().Bytes(report.ToText()));
  }
  if (report.valid()) return absl::OkStatus();
  return NotVerified(absl::StrCat(Counted(report.fault_count, "fault"),
                                  ", the first: ", report.faults.front().name, ", ",
                                  report.faults.front().where, ": ", report.faults.front().what));
}

absl::Status VerifyBundle(Session* session, int fd, const BundleTrust& trust) {
  BundleCheck check(trust);
  absl::Status read = ReadBundle(
      [fd](size_t size) -> absl::StatusOr<std::string> {
        std::string bytes(std::min<size_t>(size, 1 << 20), '\0');
        ssize_t got = -1;
        do {
          got = ::read(fd, bytes.data(), bytes.size());
        } while (got < 0 && errno == EINTR);
        if (got < 0) return absl::UnavailableError(std::generic_category().message(errno));
        bytes.resize(static_cast<size_t>(got));
        return bytes;
      },
      [&check](const BundleRecord& record, const BundleEnd& before) {
        return record.type == 'Z' ? check.End(record, before)
                                  : check.Take(record.type, record.payload);
      });
  if (absl::IsUnavailable(read)) return read;
  if (absl::IsInvalidArgument(read)) check.Broken("file", read.message());
  return Show(session, check.Finish());
}

absl::Status VerifyEvidence(Session* session, absl::string_view text, const BundleTrust& trust) {
  LIAISON_ASSIGN_OR_RETURN(const Evidence evidence, ParseEvidence(text));
  LIAISON_RETURN_IF_ERROR(CheckEvidence(evidence, trust.log));
  return session->console().Line(
      absl::StrCat("VALID: ", trust.log.name(),
                   " has signed two histories. Only whoever has its key can have made this."));
}

absl::Status VerifyProof(Session* session, absl::string_view text, const BundleTrust& trust,
                         const std::string& leaf_base64) {
  if (leaf_base64.empty()) {
    return absl::InvalidArgumentError("a proof is about a leaf: give it with --leaf");
  }
  LIAISON_ASSIGN_OR_RETURN(const std::string bytes,
                           record::ParseBase64(absl::StripAsciiWhitespace(leaf_base64)));
  LIAISON_ASSIGN_OR_RETURN(const record::TlogProof proof, record::ParseTlogProof(text));
  const auto checkpoint = ReadCheckpoint(proof.checkpoint, trust.log);
  if (!checkpoint.ok()) return NotVerified(checkpoint.status().message());
  const auto leaf = record::DecodeLeaf(bytes);
  if (!leaf.ok()) return NotVerified(leaf.status().message());
  const absl::Status included = record::VerifyInclusion(
      proof.index, checkpoint->size, record::LeafHash(bytes), proof.hashes, checkpoint->root);
  if (!included.ok()) return NotVerified(included.message());
  if (leaf->sequence != proof.index + 1) return NotVerified("the leaf says another sequence");
  LIAISON_ASSIGN_OR_RETURN(const record::SignedNote note, record::ParseNote(proof.checkpoint));
  const auto cosigned = trust.policy.CosignaturesOf(note);
  if (!cosigned.wrong.empty()) {
    return NotVerified(absl::StrCat("the cosignature of ", cosigned.wrong[0], " is wrong"));
  }
  if (!trust.policy.IsMet(cosigned.good)) {
    return NotVerified("fewer witnesses than the policy asks for have seen the checkpoint");
  }
  return session->console().Line(absl::StrCat("VALID: event ", leaf->sequence, " is in the log ",
                                              checkpoint->origin, ", as of size ",
                                              checkpoint->size));
}

// What was asked and is not done would pass for done.
absl::Status CheckAsked(const VerifyArguments& arguments, bool is_bundle) {
  if (is_bundle && !arguments.leaf.empty()) {
    return absl::InvalidArgumentError("--leaf is for a tlog-proof");
  }
  if (is_bundle ||
      (arguments.since.empty() && arguments.witnesses.empty() && arguments.quorum == 0)) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(
      "--since, --witness and --quorum are for a bundle; --policy is for a proof and for a hub "
      "too, "
      "whose last checkpoint is kept");
}

absl::Status VerifyFile(Session* session, const VerifyArguments& arguments) {
  LIAISON_ASSIGN_OR_RETURN(const BundleTrust trust, TrustOf(arguments));
  const int fd = open(arguments.file.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) {
    return absl::InvalidArgumentError(
        absl::StrCat(arguments.file, " cannot be read: ", std::generic_category().message(errno)));
  }
  const absl::Cleanup closed = [fd] { close(fd); };
  std::string beginning(kEvidenceMagic.size(), '\0');
  const ssize_t got = pread(fd, beginning.data(), beginning.size(), 0);
  beginning.resize(got < 0 ? 0 : static_cast<size_t>(got));
  const bool is_bundle = absl::StartsWith(beginning, "igf.liaison/bundle/");
  LIAISON_RETURN_IF_ERROR(CheckAsked(arguments, is_bundle));
  if (is_bundle) return VerifyBundle(session, fd, trust);
  LIAISON_ASSIGN_OR_RETURN(const std::string text, record::ReadPublicFile(arguments.file));
  if (beginning == kEvidenceMagic) return VerifyEvidence(session, text, trust);
  if (absl::StartsWith(text, record::kTlogProofHeader)) {
    return VerifyProof(session, text, trust, arguments.leaf);
  }
  return NotVerified(absl::StrCat(arguments.file, " is neither bundle, tlog-proof nor evidence"));
}

absl::Status VerifyHub(Session* session, const VerifyArguments& arguments) {
  LIAISON_RETURN_IF_ERROR(CheckAsked(arguments, /*is_bundle=*/false));
  HubCheckOptions options;
  options.address = session->options().hub;
  options.vkey = arguments.vkey;
  LIAISON_ASSIGN_OR_RETURN(options.policy, PolicyOf(arguments));
  LIAISON_ASSIGN_OR_RETURN(options.origins, OriginsOf(arguments));
  options.patience = session->timeout();
  options.progress = [session](uint64_t sequence) {
    session->console().Progress(absl::StrCat("checked up to ", sequence));
  };
  const std::string folder = arguments.state.empty() ? KeptLogs::DefaultFolder() : arguments.state;
  if (folder.empty()) return absl::InvalidArgumentError("there is no home: give --state");
  HubCheck check(session->connection(), KeptLogs(folder), std::move(options));
  LIAISON_RETURN_IF_ERROR(check.Open());
  if (check.on_first_sight()) {
    session->console().Note(
        absl::StrCat("the hub's own word is that its log's key is ", check.key().ToString(),
                     "; it is kept. Compare it with what its operator says elsewhere, or give "
                     "--vkey"));
  }
  while (true) {
    LIAISON_ASSIGN_OR_RETURN(const std::optional<BundleReport> report, check.Round());
    if (report) LIAISON_RETURN_IF_ERROR(Show(session, *report));
    if (arguments.until_caught_up) {
      if (!report) session->console().Note("nothing new; the history is still the one you kept");
      return absl::OkStatus();
    }
    absl::SleepFor(kLookAgainAfter);
  }
}

}  // namespace

absl::Status ExportBundle(Session* session, const std::string& file) {
  for (int attempt = 1;; ++attempt) {
    BundleSource source(session->connection(), session->timeout(), [session](uint64_t sequence) {
      session->console().Progress(absl::StrCat("read up to ", sequence));
    });
    LIAISON_ASSIGN_OR_RETURN(const v1::GetHubResponse hub, source.Hub());
    LIAISON_ASSIGN_OR_RETURN(const v1::GetCheckpointResponse checkpoint,
                             source.WitnessedCheckpoint(hub.head().sequence()));
    BundleWriter writer(file);
    LIAISON_RETURN_IF_ERROR(writer.Open());
    record::CompactRange done;
    LIAISON_RETURN_IF_ERROR(source.Read(hub, checkpoint, &done, &writer));
    // What was erased while it was written has its redaction behind the checkpoint.
    if (source.awaits_redactions() && attempt < kMaxExports) continue;
    LIAISON_RETURN_IF_ERROR(writer.Finish(source.events(), source.hidden()));
    session->console().Note(absl::StrCat(file, ": ", Counted(source.events(), "event"), ", ",
                                         source.hidden(), " that you may not read, up to ",
                                         checkpoint.size(), ". It is checked with: liaison verify ",
                                         file, " --vkey '", checkpoint.log_vkey(), "'"));
    if (!checkpoint.witnessed_note().empty() && checkpoint.witnessed_size() != checkpoint.size()) {
      session->console().Note(
          absl::StrCat("fewer witnesses than the hub asks for have seen all of it yet (up to ",
                       checkpoint.witnessed_size(),
                       "): with --policy it is not valid. Export again when they "
                       "have"));
    }
    return absl::OkStatus();
  }
}

void AddVerify(CLI::App* app, Session* session) {
  CLI::App* command = AddCommand(
      app, "verify", "Check the record, without trusting the hub",
      "  liaison verify record.bundle --vkey \"$VKEY\"        # a file; no hub is needed\n"
      "  liaison verify hub.evidence --vkey \"$VKEY\"         # has that log two histories?\n"
      "  liaison verify                                     # the hub, all of it, as it goes on\n"
      "  liaison verify --policy witnesses.policy           # only what its witnesses have seen\n"
      "\n"
      "Every event, signature, section, the whole registry and the hub's signed checkpoint; the\n"
      "first fault is named, and the exit code is 7. Of a hub, the last good checkpoint is kept:\n"
      "if the hub ever shows another history, both signed checkpoints are kept as evidence.\n"
      "--vkey is the log's key; get it from somebody you trust, not from where the file came "
      "from.\n",
      "Checking");
  auto arguments = std::make_shared<VerifyArguments>();
  CLI::Option* file =
      command->add_option("FILE", arguments->file, "Bundle, tlog-proof or evidence; none: the hub");
  command->add_option("--vkey", arguments->vkey, "The log's key, as C2SP writes it");
  command->add_option("--since", arguments->since, "A checkpoint that you kept of this log")
      ->type_name("FILE");
  command->add_option("--leaf", arguments->leaf, "The leaf that a tlog-proof is about, in base64")
      ->needs(file);
  command->add_option("--witness", arguments->witnesses, "Key of a witness; may be repeated")
      ->type_name("VKEY");
  command->add_option("--quorum", arguments->quorum,
                      "So many of the witnesses must have seen the checkpoint");
  command
      ->add_option("--policy", arguments->policy,
                   "Which witnesses must have seen the checkpoint, as a C2SP tlog-policy")
      ->type_name("FILE");
  command
      ->add_option("--origin-vkey", arguments->origins,
                   "Key of another hub's log, for events that came from there; may be repeated")
      ->type_name("VKEY");
  command->add_option("--state", arguments->state, "Where what was good of a hub is kept")
      ->type_name("FOLDER")
      ->excludes(file);
  command->add_flag("--until-caught-up", arguments->until_caught_up, "Check what there is and end")
      ->excludes(file);
  command->callback([=] {
    session->Choose([=] {
      return arguments->file.empty() ? VerifyHub(session, *arguments)
                                     : VerifyFile(session, *arguments);
    });
  });
}

}  // namespace liaison::cli
