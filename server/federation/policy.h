// What goes to whom, and what is taken from whom: as data.
#ifndef LIAISON_SERVER_FEDERATION_POLICY_H_
#define LIAISON_SERVER_FEDERATION_POLICY_H_

#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "igf/liaison/v1/event.pb.h"
#include "proto/record/hash.h"
#include "proto/record/signed_note.h"

namespace liaison::federation {

namespace pb = ::igf::liaison::v1;

inline constexpr size_t kMaxPolicyRules = 100;  // of one peer or origin

// What of an event the policy looks at: nothing that is in a section.
struct Described {
  pb::EventType type = pb::EVENT_TYPE_UNSPECIFIED;
  std::string author;
  std::string audience;
  std::vector<std::string> topics;
  // It amends, retracts or erases something that may go there, or came from there.
  bool follows = false;
  // The same of something that was for the same readers and went there, by whatever rules.
  bool went = false;
  // And was by the same author.
  bool of_author = false;
};
// What an event amends, retracts or erases: some of it goes, or went.
struct Behind {
  bool goes = false;
  bool went = false;       // with the event's audience
  bool of_author = false;  // and by its author
};
Described Describe(const pb::EventHeader& header, const Behind& behind);
// Digest of what an amendment, a retraction or a redaction is about; of any other event none. One
// at most, as admission has it: another hub's event may name 512, and each of them 512 more.
std::vector<record::Hash> FollowedBy(const pb::EventHeader& header);

// What the policy says of one event, and which rule said it.
struct Ruling {
  bool passes = false;
  std::string rule;                    // `send "their reports"`; what is missing where none fits
  std::set<pb::SectionKind> sections;  // that pass with it
  bool names_author = false;           // the rule names the author, or whom the author belongs to
};

// nullopt: any.
using Names = std::optional<std::vector<std::string>>;

// Passes, or with `withhold` does not, whatever is in one of the audiences and has one of the
// topics (or is below it), one of the types and one of the authors (or is of one of them).
struct PolicyRule {
  std::string name;
  bool withhold = false;
  std::vector<std::string> audiences;
  Names topics;
  Names types;
  Names authors;
  std::set<pb::SectionKind> sections;
};

struct PeerPolicy {
  std::string address;               // empty: it dials
  std::string organisation;          // as which it calls here; empty: it never does
  std::string profile;               // folder with the way in there; empty: as a hub on loopback
  std::string calls_as;              // organisation as which this hub calls there
  std::vector<std::string> origins;  // pulled from it
  std::vector<std::string> relays;   // of other hubs, which it may pull from here
  std::vector<PolicyRule> send;
};

struct OriginPolicy {
  record::NoteVerifier key;  // its checkpoints', known by other means than from itself
  std::vector<PolicyRule> receive;
};

// As Policy::MayLeave says it, by these rules.
Ruling RuleOfSend(const std::vector<PolicyRule>& send, const Described& event);
// Of an entry of a registry, whose header goes whatever the rules say. `origin`: the other hub's
// log whose registry it is, which goes with that log alone; empty: this hub's.
Ruling RuleOfRegistry(absl::string_view origin);

// A Policy is read from TOML:
//
//   [peer.NAME]
//   address = "hub.example.org:7410"            left out: it dials
//   organisation = "org/..."                    as which it calls here; left out: it does not
//   profile = "FOLDER"                          of `liaison join` there; left out: plaintext
//   calls_as = "org/..."                        as which this hub calls there, without a profile
//   origins = ["HOST/HUB/LOG_ID", ...]          left out: none
//   relays = ["HOST/HUB/LOG_ID", ...]           left out: none
//   [[peer.NAME.send]]
//   name = "..."
//   withhold = true                             left out: false
//   audiences = ["igf/public", ...]             one by one
//   topics = "*"                                or a list; so the next two
//   types = ["topic-signal", ...]
//   authors = ["org/...", ...]
//   sections = ["content", ...]                 left out: content and attachments
//   [origin."HOST/HUB/LOG_ID"]
//   vkey = "..."
//   [[origin."HOST/HUB/LOG_ID".receive]]        like send
//
// The first rule that fits decides; none fits: no. What follows something that went is let go where
// any passing rule names its audience; and what follows something that went by other rules goes
// without its sections, so that nobody has words which are taken back. Immutable; thread-safe.
class Policy {
 public:
  // Nobody is a peer, nothing goes, nothing is taken.
  Policy() = default;
  // FIELD_INVALID naming the field, `peer.NAME.send[1].audiences[0]`, or the line.
  static absl::StatusOr<Policy> Parse(absl::string_view toml);

  const std::map<std::string, PeerPolicy, std::less<>>& peers() const { return peers_; }
  const std::map<std::string, OriginPolicy, std::less<>>& origins() const { return origins_; }

  // Who the peer is, whatever name it has here: its organisation, or else its address. Empty where
  // there is no such peer.
  std::string WhoIs(absl::string_view peer) const;
  // The peer that calls as this organisation; nullptr where none does.
  const std::string* PeerCallingAs(absl::string_view organisation) const;

  // Whether the peer may have the lane of another hub's log from here.
  bool MayRelay(absl::string_view peer, absl::string_view origin) const;
  Ruling MayLeave(absl::string_view peer, const Described& event) const;
  Ruling MayEnter(absl::string_view origin, const Described& event) const;
  // Of the rules for the peer, or the origin: others have another one. Empty for whoever is none.
  std::string SendRules(absl::string_view peer) const;
  std::string ReceiveRules(absl::string_view origin) const;

 private:
  absl::Status CheckKnown(const std::vector<std::string>& origins, const std::string& path) const;

  std::map<std::string, PeerPolicy, std::less<>> peers_;
  std::map<std::string, OriginPolicy, std::less<>> origins_;
};

}  // namespace liaison::federation

#endif  // LIAISON_SERVER_FEDERATION_POLICY_H_
