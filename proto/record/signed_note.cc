#include "proto/record/signed_note.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "proto/record/base64.h"
#include "proto/record/hash.h"
#include "proto/record/macros.h"
#include "proto/record/names.h"
#include "proto/record/openssl.h"

namespace liaison::record {
namespace {

constexpr absl::string_view kDash = "\xe2\x80\x94 ";  // U+2014 SP
constexpr absl::string_view kSecretPrefix = "PRIVATE+KEY+";
constexpr size_t kKeyIdSizeBytes = 4;
constexpr size_t kTimeSizeBytes = 8;

// White_Space of Unicode, in UTF-8.
constexpr absl::string_view kSpaces[] = {
    "\t",           "\n",           "\v",           "\f",           "\r",           " ",
    "\xc2\x85",     "\xc2\xa0",     "\xe1\x9a\x80", "\xe2\x80\x80", "\xe2\x80\x81", "\xe2\x80\x82",
    "\xe2\x80\x83", "\xe2\x80\x84", "\xe2\x80\x85", "\xe2\x80\x86", "\xe2\x80\x87", "\xe2\x80\x88",
    "\xe2\x80\x89", "\xe2\x80\x8a", "\xe2\x80\xa8", "\xe2\x80\xa9", "\xe2\x80\xaf", "\xe2\x81\x9f",
    "\xe3\x80\x80"};

uint64_t BigEndian(absl::string_view bytes) {
  uint64_t value = 0;
  for (char c : bytes) value = value << 8 | static_cast<uint8_t>(c);
  return value;
}

std::string BigEndianBytes(uint64_t value, size_t size) {
  std::string bytes(size, '\0');
  for (size_t i = 0; i < size; ++i) bytes[size - 1 - i] = static_cast<char>(value >> (8 * i));
  return bytes;
}

std::string TypedKey(NoteKeyType type, absl::string_view key) {
  return absl::StrCat(std::string(1, static_cast<char>(type)), key);
}

uint32_t KeyIdOf(absl::string_view name, NoteKeyType type, absl::string_view public_key) {
  const Hash hash = Sha256Of(absl::StrCat(name, "\n", TypedKey(type, public_key)));
  return static_cast<uint32_t>(BigEndian(hash.bytes().substr(0, kKeyIdSizeBytes)));
}

std::string IdText(uint32_t id) {
  return absl::BytesToHexString(BigEndianBytes(id, kKeyIdSizeBytes));
}

absl::Status NoKey() {
  return absl::InvalidArgumentError("this is no key of a signed note: NAME+ID+KEY");
}

// What vkey and skey have in common: name, id as it is written, type, 32 bytes.
struct KeyText {
  absl::string_view name;
  absl::string_view id;
  NoteKeyType type;
  std::string bytes;
};

absl::StatusOr<KeyText> ReadKeyText(absl::string_view text) {
  const std::vector<absl::string_view> parts = absl::StrSplit(text, absl::MaxSplits('+', 2));
  if (parts.size() != 3 || !IsNoteKeyName(parts[0])) return NoKey();
  const auto bytes = ParseBase64(parts[2]);
  if (!bytes.ok() || bytes->size() != 1 + kPublicKeySizeBytes) return NoKey();
  const auto type = static_cast<NoteKeyType>((*bytes)[0]);
  if (type != NoteKeyType::kEd25519 && type != NoteKeyType::kCosignature) return NoKey();
  return KeyText{parts[0], parts[1], type, bytes->substr(1)};
}

std::string CosignedMessage(uint64_t time_s, absl::string_view text) {
  return absl::StrCat("cosignature/v1\ntime ", time_s, "\n", text);
}

absl::Status NoNote(absl::string_view why) {
  return absl::InvalidArgumentError(absl::StrCat("this is no signed note: ", why));
}

// Without its LF.
absl::StatusOr<NoteSignature> ReadLine(absl::string_view line) {
  NoteSignature signature;
  signature.line = absl::StrCat(line, "\n");
  if (!absl::ConsumePrefix(&line, kDash)) return NoNote("a signature begins with a dash");
  const std::vector<absl::string_view> parts = absl::StrSplit(line, absl::MaxSplits(' ', 1));
  if (parts.size() != 2 || !IsNoteKeyName(parts[0])) return NoNote("a signature names its key");
  const auto bytes = ParseBase64(parts[1]);
  if (!bytes.ok() || bytes->size() <= kKeyIdSizeBytes) return NoNote("a signature is base64");
  signature.name = std::string(parts[0]);
  signature.key_id = static_cast<uint32_t>(BigEndian(bytes->substr(0, kKeyIdSizeBytes)));
  signature.signature = bytes->substr(kKeyIdSizeBytes);
  return signature;
}

bool IsOf(const NoteSignature& signature, const NoteVerifier& key) {
  return signature.key_id == key.id() && signature.name == key.name();
}

}  // namespace

bool IsNoteKeyName(absl::string_view name) {
  return !name.empty() && name.size() <= kMaxNoteKeyNameSizeBytes && IsText(name) &&
         !absl::StrContains(name, '+') &&
         std::none_of(name.begin(), name.end(),
                      [](char c) { return static_cast<uint8_t>(c) < 0x20; }) &&
         std::none_of(std::begin(kSpaces), std::end(kSpaces),
                      [&](absl::string_view space) { return absl::StrContains(name, space); });
}

NoteVerifier NoteVerifier::Of(absl::string_view name, NoteKeyType type,
                              absl::string_view public_key) {
  NoteVerifier verifier;
  verifier.name_ = std::string(name);
  verifier.type_ = type;
  verifier.id_ = KeyIdOf(name, type, public_key);
  verifier.public_key_ = std::string(public_key);
  return verifier;
}

absl::StatusOr<NoteVerifier> NoteVerifier::Parse(absl::string_view vkey) {
  LIAISON_ASSIGN_OR_RETURN(const KeyText key, ReadKeyText(vkey));
  LIAISON_RETURN_IF_ERROR(CheckPublicKey(key.bytes));
  NoteVerifier verifier = Of(key.name, key.type, key.bytes);
  if (IdText(verifier.id_) != key.id) return NoKey();
  return verifier;
}

std::string NoteVerifier::ToString() const {
  return absl::StrCat(name_, "+", IdText(id_), "+", ToBase64(TypedKey(type_, public_key_)));
}

bool NoteVerifier::Verify(absl::string_view text, absl::string_view signature) const {
  if (type_ == NoteKeyType::kEd25519) return VerifyMessage(public_key_, text, signature);
  const auto time_s = CosignatureTime(signature);
  return time_s.ok() && VerifyMessage(public_key_, CosignedMessage(*time_s, text),
                                      signature.substr(kTimeSizeBytes));
}

NoteSigner::NoteSigner(NoteVerifier verifier, SigningKey key)
    : verifier_(std::move(verifier)), key_(std::move(key)) {}

NoteSigner NoteSigner::Generate(absl::string_view name, NoteKeyType type) {
  SigningKey key = SigningKey::Generate();
  NoteVerifier verifier = NoteVerifier::Of(name, type, key.public_key());
  return NoteSigner(std::move(verifier), std::move(key));
}

absl::StatusOr<NoteSigner> NoteSigner::Parse(absl::string_view skey) {
  if (!absl::ConsumePrefix(&skey, kSecretPrefix)) return NoKey();
  LIAISON_ASSIGN_OR_RETURN(const KeyText text, ReadKeyText(skey));
  LIAISON_ASSIGN_OR_RETURN(SigningKey key, SigningKey::FromSeed(text.bytes));
  NoteVerifier verifier = NoteVerifier::Of(text.name, text.type, key.public_key());
  if (IdText(verifier.id()) != text.id) return NoKey();
  return NoteSigner(std::move(verifier), std::move(key));
}

NoteSigner NoteSigner::WithName(absl::string_view name) const {
  return NoteSigner(NoteVerifier::Of(name, verifier_.type(), verifier_.public_key()),
                    *SigningKey::FromSeed(key_.seed()));
}

std::string NoteSigner::ToSecret() const {
  return absl::StrCat(kSecretPrefix, verifier_.name(), "+", IdText(verifier_.id()), "+",
                      ToBase64(TypedKey(verifier_.type(), key_.seed())));
}

std::string NoteSigner::Sign(absl::string_view text, uint64_t time_s) const {
  const std::string signature = verifier_.type() == NoteKeyType::kEd25519
                                    ? key_.SignMessage(text)
                                    : absl::StrCat(BigEndianBytes(time_s, kTimeSizeBytes),
                                                   key_.SignMessage(CosignedMessage(time_s, text)));
  return absl::StrCat(
      kDash, verifier_.name(), " ",
      ToBase64(absl::StrCat(BigEndianBytes(verifier_.id(), kKeyIdSizeBytes), signature)), "\n");
}

absl::StatusOr<SignedNote> ParseNote(absl::string_view bytes) {
  if (bytes.size() > kMaxNoteSizeBytes) return NoNote("it is too long");
  if (!IsText(bytes)) return NoNote("it is not valid UTF-8");
  if (std::any_of(bytes.begin(), bytes.end(),
                  [](char c) { return static_cast<uint8_t>(c) < 0x20 && c != '\n'; })) {
    return NoNote("it has a control character");
  }
  const size_t end = bytes.rfind("\n\n");
  if (end == absl::string_view::npos) return NoNote("there is no empty line above signatures");
  absl::string_view below = bytes.substr(end + 2);
  if (!absl::ConsumeSuffix(&below, "\n")) return NoNote("it does not end with a signature's line");
  SignedNote note;
  note.text = std::string(bytes.substr(0, end + 1));
  const std::vector<absl::string_view> lines = absl::StrSplit(below, '\n');
  if (lines.size() > kMaxNoteSignatures) return NoNote("it has too many signatures");
  note.signatures.reserve(lines.size());
  for (absl::string_view line : lines) {
    LIAISON_ASSIGN_OR_RETURN(NoteSignature signature, ReadLine(line));
    note.signatures.push_back(std::move(signature));
  }
  return note;
}

absl::StatusOr<VerifiedNote> OpenNote(absl::string_view bytes,
                                      absl::Span<const NoteVerifier> known) {
  LIAISON_ASSIGN_OR_RETURN(SignedNote note, ParseNote(bytes));
  VerifiedNote opened;
  opened.text = std::move(note.text);
  for (NoteSignature& signature : note.signatures) {
    const auto key = std::find_if(known.begin(), known.end(), [&](const NoteVerifier& candidate) {
      return IsOf(signature, candidate);
    });
    if (key == known.end()) {
      opened.unknown.push_back(std::move(signature));
      continue;
    }
    if (std::any_of(opened.verified.begin(), opened.verified.end(),
                    [&](const NoteSignature& other) { return IsOf(other, *key); })) {
      continue;
    }
    if (!key->Verify(opened.text, signature.signature)) {
      return absl::UnauthenticatedError(
          absl::StrCat("the signature of ", key->name(), " is wrong"));
    }
    opened.verified.push_back(std::move(signature));
  }
  if (opened.verified.empty()) {
    return absl::UnauthenticatedError("no signature is by a key that is known");
  }
  return opened;
}

absl::StatusOr<uint64_t> CosignatureTime(absl::string_view signature) {
  if (signature.size() != kTimeSizeBytes + kSignatureSizeBytes) {
    return absl::InvalidArgumentError("this is no cosignature");
  }
  return BigEndian(signature.substr(0, kTimeSizeBytes));
}

}  // namespace liaison::record
