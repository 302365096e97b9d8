#include "proto/record/witness_policy.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "proto/record/macros.h"

namespace liaison::record {
namespace {

using Words = std::vector<std::string>;

absl::Status Wrong(absl::string_view why) { return absl::InvalidArgumentError(why); }

bool IsAllowed(char c) {
  const auto byte = static_cast<uint8_t>(c);
  return byte == '\t' || (byte >= 0x20 && byte != 0x7f);
}

absl::StatusOr<size_t> ReadNeeded(absl::string_view word, size_t members) {
  if (word == "all") return members;
  if (word == "any") return size_t{1};
  uint64_t needed = 0;
  if (!absl::SimpleAtoi(word, &needed) || absl::StrCat(needed) != word || needed < 1 ||
      needed > members) {
    return Wrong(absl::StrCat("of ", members, " members, `any`, `all`, or a number from 1 to ",
                              members, " is needed, not `", word, "`"));
  }
  return static_cast<size_t>(needed);
}

}  // namespace

// Takes the lines, one by one.
class WitnessPolicy::Reader {
 public:
  absl::Status Take(const Words& words) {
    const std::string& kind = words.front();
    if (kind == "log") return TakeLog(words);
    if (kind == "witness") return TakeWitness(words);
    if (kind == "group") return TakeGroup(words);
    if (kind == "quorum") return TakeQuorum(words);
    return Wrong(absl::StrCat("`", kind, "` is none of log, witness, group, quorum"));
  }

  absl::StatusOr<WitnessPolicy> Finish() && {
    if (!has_quorum_) return Wrong("the policy has no line `quorum NAME`, or `quorum none`");
    return std::move(policy_);
  }

 private:
  absl::Status TakeLog(const Words& words) {
    if (words.size() != 2 && words.size() != 3) return Wrong("write `log VKEY [URL]`");
    LIAISON_ASSIGN_OR_RETURN(NoteVerifier key, TakeKey(words[1], NoteKeyType::kEd25519));
    policy_.logs_.push_back({std::move(key), words.size() == 3 ? words[2] : ""});
    return absl::OkStatus();
  }

  absl::Status TakeWitness(const Words& words) {
    if (words.size() != 3 && words.size() != 4) return Wrong("write `witness NAME VKEY [URL]`");
    LIAISON_RETURN_IF_ERROR(CheckNew(words[1]));
    LIAISON_ASSIGN_OR_RETURN(NoteVerifier key, TakeKey(words[2], NoteKeyType::kCosignature));
    names_.insert(words[1]);
    policy_.witnesses_.push_back({words[1], std::move(key), words.size() == 4 ? words[3] : ""});
    return absl::OkStatus();
  }

  absl::Status TakeGroup(const Words& words) {
    if (words.size() < 4) return Wrong("write `group NAME any|all|NUMBER MEMBER...`");
    LIAISON_RETURN_IF_ERROR(CheckNew(words[1]));
    Group group;
    group.members.assign(words.begin() + 3, words.end());
    for (const std::string& member : group.members) {
      LIAISON_RETURN_IF_ERROR(CheckKnown(member));
      if (!grouped_.insert(member).second) {
        return Wrong(absl::StrCat(member, " is a member already, and would count twice"));
      }
    }
    LIAISON_ASSIGN_OR_RETURN(group.needed, ReadNeeded(words[2], group.members.size()));
    names_.insert(words[1]);
    policy_.groups_.emplace(words[1], std::move(group));
    return absl::OkStatus();
  }

  absl::Status TakeQuorum(const Words& words) {
    if (words.size() != 2) return Wrong("write `quorum NAME`, or `quorum none`");
    if (has_quorum_) return Wrong("there is a quorum above; a policy has one");
    if (words[1] != "none") {
      LIAISON_RETURN_IF_ERROR(CheckKnown(words[1]));
      policy_.quorum_ = words[1];
    }
    has_quorum_ = true;
    return absl::OkStatus();
  }

  absl::StatusOr<NoteVerifier> TakeKey(const std::string& text, NoteKeyType type) {
    const auto key = NoteVerifier::Parse(text);
    if (!key.ok()) return Wrong(absl::StrCat("`", text, "`: ", key.status().message()));
    if (key->type() != type) {
      return Wrong(absl::StrCat(key->name(), type == NoteKeyType::kEd25519
                                                 ? " is the key of a witness, not of a log"
                                                 : " is the key of a log, not of a witness"));
    }
    if (!keys_.insert(key->public_key()).second) {
      return Wrong(absl::StrCat("the key of ", key->name(), " stands there twice"));
    }
    return *key;
  }

  absl::Status CheckNew(const std::string& name) const {
    if (name != "none" && names_.count(name) == 0) return absl::OkStatus();
    return Wrong(absl::StrCat("the name ", name, " is taken"));
  }

  absl::Status CheckKnown(const std::string& name) const {
    if (names_.count(name) > 0) return absl::OkStatus();
    return Wrong(absl::StrCat(name, " is no witness and no group of a line above"));
  }

  WitnessPolicy policy_;
  std::set<std::string> names_;
  std::set<std::string> grouped_;
  std::set<std::string> keys_;
  bool has_quorum_ = false;
};

absl::StatusOr<WitnessPolicy> WitnessPolicy::Parse(absl::string_view text) {
  if (text.size() > kMaxPolicySizeBytes) {
    return Wrong(absl::StrCat("a policy has at most ", kMaxPolicySizeBytes, " bytes"));
  }
  Reader reader;
  int number = 0;
  for (absl::string_view line : absl::StrSplit(text, '\n')) {
    ++number;
    const Words words = absl::StrSplit(line, absl::ByAnyChar(" \t"), absl::SkipEmpty());
    absl::Status taken;
    if (!std::all_of(line.begin(), line.end(), IsAllowed)) {
      taken = Wrong("there is a control character");
    } else if (!words.empty() && !absl::StartsWith(words.front(), "#")) {
      taken = reader.Take(words);
    }
    if (!taken.ok()) {
      return Wrong(absl::StrCat("line ", number, " of the policy: ", taken.message()));
    }
  }
  return std::move(reader).Finish();
}

WitnessPolicy::Cosigned WitnessPolicy::CosignaturesOf(const SignedNote& note) const {
  Cosigned cosigned;
  for (size_t i = 0; i < witnesses_.size(); ++i) {
    const NoteVerifier& key = witnesses_[i].key;
    // The first that is its; what stands there in its name once more is passed over.
    const auto own = std::find_if(
        note.signatures.begin(), note.signatures.end(), [&](const NoteSignature& signature) {
          return signature.name == key.name() && signature.key_id == key.id();
        });
    if (own == note.signatures.end()) continue;
    const auto time_s = CosignatureTime(own->signature);
    if (time_s.ok() && key.Verify(note.text, own->signature)) {
      cosigned.good.push_back({i, *time_s, own->line});
    } else {
      cosigned.wrong.push_back(key.name());
    }
  }
  return cosigned;
}

bool WitnessPolicy::HasSigned(const std::string& name, absl::Span<const size_t> witnesses) const {
  const auto group = groups_.find(name);
  if (group == groups_.end()) {
    return std::any_of(witnesses.begin(), witnesses.end(),
                       [&](size_t witness) { return witnesses_[witness].name == name; });
  }
  const std::vector<std::string>& members = group->second.members;
  const auto seen = std::count_if(members.begin(), members.end(), [&](const std::string& member) {
    return HasSigned(member, witnesses);
  });
  return static_cast<size_t>(seen) >= group->second.needed;
}

bool WitnessPolicy::IsMet(absl::Span<const size_t> witnesses) const {
  return quorum_.empty() || HasSigned(quorum_, witnesses);
}

bool WitnessPolicy::IsMet(absl::Span<const Cosignature> cosignatures) const {
  std::vector<size_t> witnesses;
  witnesses.reserve(cosignatures.size());
  for (const Cosignature& cosignature : cosignatures) witnesses.push_back(cosignature.witness);
  return IsMet(witnesses);
}

}  // namespace liaison::record
