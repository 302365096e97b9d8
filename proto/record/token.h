// Opaque tokens: what somebody shows to be let in.
#ifndef LIAISON_PROTO_RECORD_TOKEN_H_
#define LIAISON_PROTO_RECORD_TOKEN_H_

#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "proto/record/hash.h"

namespace liaison::record {

enum class TokenKind {
  kAccess,      // igfl_pat_...: of a person or a program, in every call
  kInvitation,  // igfl_inv_...: once, to join
  kSession,     // igfl_ses_...: of a browser
};

// A new one, of 256 random bits: its kind, 43 digits of base 62, 6 digits of a CRC-32 over what is
// before them. The prefix is for scanners that look for secrets; `_` lets a double click select it
// whole.
std::string NewToken(TokenKind kind);

// nullopt for what is no token, a mistyped one among it. Takes as long for any text of its length.
std::optional<TokenKind> KindOfToken(absl::string_view token);

// SHA256 of the text: what is kept of it. With 256 bits to guess, no slow hash is needed.
Hash TokenHash(absl::string_view token);

}  // namespace liaison::record

#endif  // LIAISON_PROTO_RECORD_TOKEN_H_
