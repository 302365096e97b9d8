// Whose cosignatures are asked for: C2SP tlog-policy, and which of them a note has.
//
//   policy  := (line LF)*
//   line    := "log" vkey url? | "witness" name vkey url? | "group" name needed name+
//            | "quorum" name | "#" anything | nothing
//   needed  := "any" | "all" | decimal
//
// What stands in a line is separated by spaces and tabs. A group and the quorum name witnesses and
// groups of lines above; nobody is a member twice, so that nobody counts twice. `quorum none` asks
// for nobody.
#ifndef LIAISON_PROTO_RECORD_WITNESS_POLICY_H_
#define LIAISON_PROTO_RECORD_WITNESS_POLICY_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "proto/record/signed_note.h"

namespace liaison::record {

inline constexpr size_t kMaxPolicySizeBytes = 64 << 10;

// A WitnessPolicy says when enough witnesses have seen a checkpoint. Value type; thread-safe.
class WitnessPolicy {
 public:
  struct Log {
    NoteVerifier key;
    std::string url;  // empty where the policy has none
  };
  struct Witness {
    std::string name;  // in the policy; its key has a name of its own
    NoteVerifier key;
    std::string url;  // to which /add-checkpoint is appended
  };
  // One witness's word, verified.
  struct Cosignature {
    size_t witness = 0;  // an index of witnesses()
    uint64_t time_s = 0;
    std::string line;  // as it stands below the note
  };
  struct Cosigned {
    std::vector<Cosignature> good;   // one of each witness, its first
    std::vector<std::string> wrong;  // names of witnesses that did not sign what stands there
  };

  // Of nobody.
  WitnessPolicy() = default;
  // INVALID_ARGUMENT naming the line, and what would be right there.
  static absl::StatusOr<WitnessPolicy> Parse(absl::string_view text);

  const std::vector<Log>& logs() const { return logs_; }
  const std::vector<Witness>& witnesses() const { return witnesses_; }
  // True unless it says `quorum none`.
  bool asks_for_witnesses() const { return !quorum_.empty(); }

  // Which of the witnesses have signed the note. Signatures of others say nothing.
  Cosigned CosignaturesOf(const SignedNote& note) const;
  // Whether these, indexes of witnesses(), are enough.
  bool IsMet(absl::Span<const size_t> witnesses) const;
  bool IsMet(absl::Span<const Cosignature> cosignatures) const;

 private:
  struct Group {
    size_t needed = 0;
    std::vector<std::string> members;
  };
  class Reader;

  bool HasSigned(const std::string& name, absl::Span<const size_t> witnesses) const;

  std::vector<Log> logs_;
  std::vector<Witness> witnesses_;
  std::map<std::string, Group> groups_;
  std::string quorum_;  // empty: none
};

}  // namespace liaison::record

#endif  // LIAISON_PROTO_RECORD_WITNESS_POLICY_H_
