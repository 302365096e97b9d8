#include "liaison/profile.h"

#include <algorithm>
#include <filesystem>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "proto/record/certificate.h"
#include "proto/record/macros.h"
#include "proto/record/names.h"
#include "proto/record/private_file.h"
#include "proto/record/signature.h"
#include "proto/record/token.h"
#include "proto/record/toml.h"

namespace liaison {
namespace {

constexpr char kProfile[] = "/profile.toml";
constexpr char kAuthority[] = "/authority.pem";
constexpr char kCertificate[] = "/certificate.pem";
constexpr char kKey[] = "/key.pem";
constexpr char kNextKey[] = "/key.pem.next";
constexpr char kToken[] = "/token";
constexpr char kSigningKey[] = "/signing.key";
constexpr size_t kSeedSizeBytes = 32;

absl::Status Wrong(const std::string& folder, absl::string_view why) {
  return absl::InvalidArgumentError(absl::StrCat("the profile ", folder, ": ", why));
}

// Empty where the file is not there and need not be.
absl::StatusOr<std::string> ReadOptional(const std::string& name) {
  absl::StatusOr<std::string> text = record::ReadPrivateFile(name);
  if (absl::IsNotFound(text.status())) return std::string();
  return text;
}

// `name` is `/key.pem`. Without it there is no profile.
absl::StatusOr<std::string> ReadNeeded(const std::string& folder, const std::string& name,
                                       bool is_private) {
  absl::StatusOr<std::string> text =
      is_private ? record::ReadPrivateFile(folder + name) : record::ReadPublicFile(folder + name);
  if (!absl::IsNotFound(text.status())) return text;
  return Wrong(folder, absl::StrCat(name.substr(1), " is missing; ask for a new invitation"));
}

// The 32 bytes that the text of signing.key stands for; none for none.
absl::StatusOr<std::string> SeedIn(const std::string& folder, absl::string_view text) {
  if (text.empty()) return std::string();
  const absl::string_view digits = absl::StripAsciiWhitespace(text);
  if (digits.size() != 2 * kSeedSizeBytes ||
      !std::all_of(digits.begin(), digits.end(), absl::ascii_isxdigit)) {
    return Wrong(folder, "signing.key is not 64 hexadecimal digits");
  }
  return absl::HexStringToBytes(digits);
}

// A new secret. A crash may have left its file empty.
absl::Status KeepSecret(const std::string& name, const std::string& text) {
  LIAISON_ASSIGN_OR_RETURN(const std::string there, ReadOptional(name));
  if (there.empty() && std::filesystem::exists(name)) {
    return record::ReplacePrivateFile(name, text);
  }
  return record::WriteNewPrivateFile(name, text);
}

// As TOML has it between quotes.
std::string Quoted(absl::string_view text) {
  std::string quoted;
  for (const char c : text) {
    if (absl::ascii_iscntrl(c)) {
      absl::StrAppendFormat(&quoted, "\\u%04X", static_cast<unsigned char>(c));
      continue;
    }
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return absl::StrCat("\"", quoted, "\"");
}

absl::Status ReadSettings(const std::string& folder, const std::string& text, Profile* profile) {
  const toml::parse_result table = record::ParseToml(text);
  if (!table) {
    return Wrong(folder, absl::StrCat("profile.toml, line ", table.error().source().begin.line,
                                      ": ", std::string(table.error().description())));
  }
  profile->hub = table["hub"].value_or(std::string());
  profile->organisation = table["organisation"].value_or(std::string());
  if (profile->hub.empty()) return Wrong(folder, "profile.toml names no hub: hub = \"HOST:PORT\"");
  if (!record::IsOrganisation(profile->organisation)) {
    return Wrong(folder, "profile.toml names no organisation: organisation = \"org/name\"");
  }
  return absl::OkStatus();
}

absl::Status ReadSecrets(const std::string& folder, Profile* profile) {
  LIAISON_ASSIGN_OR_RETURN(const std::string token, ReadOptional(folder + kToken));
  profile->token = std::string(absl::StripAsciiWhitespace(token));
  if (!profile->token.empty() &&
      record::KindOfToken(profile->token) != record::TokenKind::kAccess) {
    return Wrong(folder, "the file token holds none, or one that was not copied whole");
  }
  LIAISON_ASSIGN_OR_RETURN(const std::string seed, ReadOptional(folder + kSigningKey));
  LIAISON_ASSIGN_OR_RETURN(profile->signing_seed, SeedIn(folder, seed));
  return absl::OkStatus();
}

// A renewal that was interrupted left the certificate of the next key.
absl::Status FinishRenewal(const std::string& folder, Profile* profile) {
  if (record::BelongTogether(profile->tls.certificate, profile->tls.private_key)) {
    return absl::OkStatus();
  }
  LIAISON_ASSIGN_OR_RETURN(const std::string next, ReadOptional(folder + kNextKey));
  if (!record::BelongTogether(profile->tls.certificate, next)) {
    return Wrong(folder, "certificate.pem is not of key.pem; ask for a new invitation");
  }
  LIAISON_RETURN_IF_ERROR(record::ReplacePrivateFile(folder + kKey, next));
  profile->tls.private_key = next;
  return absl::OkStatus();
}

// The folder, without a profile in it.
absl::Status MakeFolder(const std::string& folder) {
  LIAISON_RETURN_IF_ERROR(record::MakePrivateFolder(folder));
  if (!std::filesystem::exists(folder + kProfile)) return absl::OkStatus();
  return absl::AlreadyExistsError(
      absl::StrCat(folder, " holds a profile; name another folder with --profile"));
}

}  // namespace

absl::StatusOr<Profile> LoadProfile(const std::string& folder) {
  Profile profile;
  const absl::StatusOr<std::string> settings = record::ReadPublicFile(folder + kProfile);
  if (absl::IsNotFound(settings.status())) {
    return Wrong(folder, "there is none; `liaison join HUB INVITATION` makes one");
  }
  if (!settings.ok()) return settings.status();
  LIAISON_RETURN_IF_ERROR(ReadSettings(folder, *settings, &profile));
  LIAISON_ASSIGN_OR_RETURN(profile.tls.authority, ReadNeeded(folder, kAuthority, false));
  if (!record::ReadCertificate(profile.tls.authority).ok()) {
    return Wrong(folder, "authority.pem holds no certificate; ask for a new invitation");
  }
  LIAISON_ASSIGN_OR_RETURN(profile.tls.certificate, ReadNeeded(folder, kCertificate, false));
  LIAISON_ASSIGN_OR_RETURN(profile.tls.private_key, ReadNeeded(folder, kKey, true));
  LIAISON_RETURN_IF_ERROR(FinishRenewal(folder, &profile));
  LIAISON_RETURN_IF_ERROR(ReadSecrets(folder, &profile));
  return profile;
}

absl::StatusOr<ProfileKeys> PrepareProfile(const std::string& folder, bool signs) {
  LIAISON_RETURN_IF_ERROR(MakeFolder(folder));
  ProfileKeys keys;
  LIAISON_ASSIGN_OR_RETURN(keys.private_key, ReadOptional(folder + kKey));
  if (keys.private_key.empty()) {
    keys.private_key = record::NewPrivateKey();
    LIAISON_RETURN_IF_ERROR(KeepSecret(folder + kKey, keys.private_key));
  }
  if (!record::NewCertificateRequest(keys.private_key).ok()) {
    return Wrong(folder, "key.pem holds no private key; remove it");
  }
  if (!signs) return keys;
  LIAISON_ASSIGN_OR_RETURN(const std::string seed, ReadOptional(folder + kSigningKey));
  LIAISON_ASSIGN_OR_RETURN(keys.signing_seed, SeedIn(folder, seed));
  if (!keys.signing_seed.empty()) return keys;
  keys.signing_seed = record::SigningKey::Generate().seed();
  LIAISON_RETURN_IF_ERROR(KeepSecret(
      folder + kSigningKey, absl::StrCat(absl::BytesToHexString(keys.signing_seed), "\n")));
  return keys;
}

absl::Status SaveProfile(const std::string& folder, const Profile& profile) {
  LIAISON_RETURN_IF_ERROR(MakeFolder(folder));
  LIAISON_RETURN_IF_ERROR(record::ReplacePrivateFile(folder + kKey, profile.tls.private_key));
  LIAISON_RETURN_IF_ERROR(record::ReplacePrivateFile(folder + kAuthority, profile.tls.authority));
  LIAISON_RETURN_IF_ERROR(
      record::ReplacePrivateFile(folder + kCertificate, profile.tls.certificate));
  if (!profile.token.empty()) {
    LIAISON_RETURN_IF_ERROR(
        record::ReplacePrivateFile(folder + kToken, absl::StrCat(profile.token, "\n")));
  }
  if (!profile.signing_seed.empty()) {
    LIAISON_RETURN_IF_ERROR(record::ReplacePrivateFile(
        folder + kSigningKey, absl::StrCat(absl::BytesToHexString(profile.signing_seed), "\n")));
  }
  // Last: without it there is no profile.
  return record::WriteNewPrivateFile(
      folder + kProfile, absl::StrCat("hub = ", Quoted(profile.hub),
                                      "\norganisation = ", Quoted(profile.organisation), "\n"));
}

absl::Status RenewProfile(const std::string& folder, const std::string& certificate,
                          const std::string& private_key) {
  // However this is interrupted, what is there is a pair, or becomes one when it is read.
  LIAISON_RETURN_IF_ERROR(record::ReplacePrivateFile(folder + kNextKey, private_key));
  LIAISON_RETURN_IF_ERROR(record::ReplacePrivateFile(folder + kCertificate, certificate));
  return record::ReplacePrivateFile(folder + kKey, private_key);
}

ConnectionOptions OptionsOf(const Profile& profile) {
  ConnectionOptions options;
  options.tls = profile.tls;
  options.token = profile.token;
  return options;
}

}  // namespace liaison
