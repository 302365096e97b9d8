// Signed notes (C2SP signed-note v1.0.0) and cosignatures (C2SP tlog-cosignature v1.0.1).
//
//   note  := text LF line+            text: lines of UTF-8, each ended by LF, no other control
//   line  := U+2014 SP name SP base64(key_id:u32 signature) LF
//   vkey  := name "+" hex8(key_id) "+" base64(type:u8 public_key[32])
//   skey  := "PRIVATE+KEY+" name "+" hex8(key_id) "+" base64(type:u8 seed[32])
//   key_id = the first 4 bytes of SHA256(name LF type:u8 public_key[32])
//
// A note's signature is Ed25519 over the text. A cosignature, time:u64 signature[64], is Ed25519
// over "cosignature/v1" LF "time " decimal LF text: at that time its cosigner had seen no larger
// tree of that origin, and this one to be consistent with all before.
#ifndef LIAISON_PROTO_RECORD_SIGNED_NOTE_H_
#define LIAISON_PROTO_RECORD_SIGNED_NOTE_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "proto/record/signature.h"

namespace liaison::record {

inline constexpr size_t kMaxNoteSizeBytes = 64 << 10;
inline constexpr size_t kMaxNoteSignatures = 100;  // the specification asks for 16 at least
inline constexpr size_t kMaxNoteKeyNameSizeBytes = 256;

// DO NOT CHANGE THESE VALUES: they stand in keys and go into their ids.
enum class NoteKeyType : uint8_t {
  kEd25519 = 0x01,      // of a log
  kCosignature = 0x04,  // of a witness: Ed25519 over a time and a checkpoint
};

// True for a name that is not empty and has neither a space of Unicode nor '+'.
bool IsNoteKeyName(absl::string_view name);

// A NoteVerifier is a public key with its name. Value type; thread-safe.
class NoteVerifier {
 public:
  // INVALID_ARGUMENT for a name, type or key that cannot be, or an id that is not the key's.
  static absl::StatusOr<NoteVerifier> Parse(absl::string_view vkey);
  // REQUIRES: IsNoteKeyName(name), CheckPublicKey(public_key).
  static NoteVerifier Of(absl::string_view name, NoteKeyType type, absl::string_view public_key);

  const std::string& name() const { return name_; }
  uint32_t id() const { return id_; }
  NoteKeyType type() const { return type_; }
  const std::string& public_key() const { return public_key_; }
  // The vkey.
  std::string ToString() const;
  // `signature` is what follows the key id.
  bool Verify(absl::string_view text, absl::string_view signature) const;

 private:
  NoteVerifier() = default;

  std::string name_;
  NoteKeyType type_ = NoteKeyType::kEd25519;
  uint32_t id_ = 0;
  std::string public_key_;
};

// A NoteSigner holds the private half, with its name. Thread-safe; prints itself only as its skey,
// when it is asked to.
class NoteSigner {
 public:
  // REQUIRES: IsNoteKeyName(name).
  static NoteSigner Generate(absl::string_view name, NoteKeyType type);
  // INVALID_ARGUMENT, without a word of the key.
  static absl::StatusOr<NoteSigner> Parse(absl::string_view skey);

  // The same key under another name.
  NoteSigner WithName(absl::string_view name) const;

  const NoteVerifier& verifier() const { return verifier_; }
  // The skey: a secret.
  std::string ToSecret() const;
  // A whole line. `time_s`, in seconds since the Unix epoch, stands in cosignatures only.
  std::string Sign(absl::string_view text, uint64_t time_s = 0) const;

 private:
  NoteSigner(NoteVerifier verifier, SigningKey key);

  NoteVerifier verifier_;
  SigningKey key_;
};

// One line below a note.
struct NoteSignature {
  std::string name;
  uint32_t key_id = 0;
  std::string signature;  // what follows the key id
  std::string line;       // as it stands, LF and all
};

// A note with its signatures, of which none is verified.
struct SignedNote {
  std::string text;  // ends in LF
  std::vector<NoteSignature> signatures;
};

absl::StatusOr<SignedNote> ParseNote(absl::string_view bytes);

// A note that at least one of the keys has signed, and none of them wrongly.
struct VerifiedNote {
  std::string text;
  std::vector<NoteSignature> verified;  // once for each key
  std::vector<NoteSignature> unknown;
};

// INVALID_ARGUMENT for what is no note; UNAUTHENTICATED where a signature by one of these keys is
// wrong, or none is by any of them.
absl::StatusOr<VerifiedNote> OpenNote(absl::string_view bytes,
                                      absl::Span<const NoteVerifier> known);

// The time in a cosignature. INVALID_ARGUMENT for a signature of another length.
absl::StatusOr<uint64_t> CosignatureTime(absl::string_view signature);

}  // namespace liaison::record

#endif  // LIAISON_PROTO_RECORD_SIGNED_NOTE_H_
