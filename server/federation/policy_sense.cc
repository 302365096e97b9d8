#include "server/federation/policy_sense.h"

#include <algorithm>
#include <map>
#include <set>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "proto/record/errors.h"
#include "proto/record/macros.h"
#include "proto/record/names.h"
#include "server/federation/origin.h"

namespace liaison::federation {
namespace {

using record::FieldInvalid;

constexpr uint32_t kMaxPort = 65535;
constexpr absl::string_view kUnspecified = "unspecified";

absl::Status CheckAddress(const std::string& address, const std::string& path) {
  const size_t colon = address.rfind(':');
  uint32_t port = 0;
  if (colon != std::string::npos && colon > 0 &&
      absl::SimpleAtoi(address.substr(colon + 1), &port) && port > 0 && port <= kMaxPort) {
    return absl::OkStatus();
  }
  return FieldInvalid(absl::StrCat(path, ".address"),
                      absl::StrCat("`", address, "` has no port: write HOST:PORT, as the hub ",
                                   "there listens to (`hub.example.org:7410`)"));
}

absl::Status CheckRules(const std::vector<PolicyRule>& rules, const std::string& path) {
  for (size_t i = 0; i < rules.size(); ++i) {
    const std::pair<absl::string_view, const Names&> lists[] = {
        {"topics", rules[i].topics}, {"types", rules[i].types}, {"authors", rules[i].authors}};
    for (const auto& [key, names] : lists) {
      if (!names || !names->empty()) continue;
      return FieldInvalid(absl::StrCat(path, "[", i, "].", key),
                          "names none, so that the rule never fits: write \"*\" for all of them, "
                          "or strike the rule out");
    }
  }
  return absl::OkStatus();
}

// The hub's name in `igf/public`.
std::string HubOf(absl::string_view audience) {
  return std::string(audience.substr(0, audience.find('/')));
}

std::string PathOf(const std::string& origin) { return absl::StrCat("origin.\"", origin, "\""); }

// Two hubs of one name: `igf/partners` is of either, and no rule tells them apart.
void AddDoubtsAboutNames(const Policy& policy, absl::string_view own_origin,
                         std::vector<std::string>* doubts) {
  std::map<std::string, std::string> first;  // origin by the name of its hub
  if (const absl::StatusOr<Origin> own = ParseOrigin(own_origin); own.ok()) {
    first[own->hub] = "this hub";
  }
  for (const auto& [name, origin] : policy.origins()) {
    if (name == own_origin) continue;
    const std::string hub = ParseOrigin(name)->hub;
    const auto [known, is_new] = first.emplace(hub, name);
    if (is_new) continue;
    doubts->push_back(absl::StrCat(
        PathOf(name), ": is of a hub named ", hub, ", as ", known->second,
        " is: a rule that names `", hub, "/public` or `", hub, "/partners` means both. If that is ",
        "not one hub before and after a restore, set another name at one of them (the setting ",
        "`hub`, before its first event)"));
  }
}

// Of whom a peer is more than one, or this hub itself.
void AddDoubtsAboutWho(const Policy& policy, absl::string_view own_origin,
                       absl::string_view own_address, std::vector<std::string>* doubts) {
  std::map<std::string, std::string> dialled;  // peer by address
  std::set<std::string> own_organisations;
  if (const absl::StatusOr<Origin> own = ParseOrigin(own_origin); own.ok()) {
    own_organisations.insert(record::HubOrganisation(own->hub));
  }
  for (const auto& [name, peer] : policy.peers()) {
    if (!peer.calls_as.empty()) own_organisations.insert(peer.calls_as);
  }
  for (const auto& [name, peer] : policy.peers()) {
    const std::string path = absl::StrCat("peer.", name);
    if (own_organisations.count(peer.organisation) > 0) {
      doubts->push_back(absl::StrCat(
          path, ".organisation: ", peer.organisation, " is this hub itself. Whoever has a ",
          "credential of it here would be this peer: name the organisation of the other hub"));
    }
    if (peer.address.empty()) continue;
    if (peer.address == own_address) {
      doubts->push_back(absl::StrCat(path, ".address: ", peer.address,
                                     " is this hub's own: it would dial itself"));
    }
    const auto [known, is_new] = dialled.emplace(peer.address, name);
    if (is_new) continue;
    doubts->push_back(absl::StrCat(path, ".address: ", peer.address, " is that of the peer ",
                                   known->second, " as well: one hub under two names gets what ",
                                   "either of them may have"));
  }
}

// A code without a scheme is one of `core`, of which events have no other than `unspecified`.
void AddDoubtsAboutTopics(const std::vector<PolicyRule>& rules, const std::string& path,
                          std::vector<std::string>* doubts) {
  for (size_t i = 0; i < rules.size(); ++i) {
    if (!rules[i].topics) continue;
    for (size_t j = 0; j < rules[i].topics->size(); ++j) {
      const std::string& topic = (*rules[i].topics)[j];
      if (topic == kUnspecified || absl::StrContains(topic, ':')) continue;
      doubts->push_back(absl::StrCat(
          path, "[", i, "].topics[", j, "]: `", topic, "` has no scheme, and fits no event",
          rules[i].withhold ? ", so that nothing stays for it" : "", ". Write `", topic,
          ":` for all topics of that scheme, or SCHEME:CODE for one"));
    }
  }
}

std::set<std::string> PulledOf(const Policy& policy) {
  std::set<std::string> pulled;
  for (const auto& [name, peer] : policy.peers()) {
    pulled.insert(peer.origins.begin(), peer.origins.end());
  }
  return pulled;
}

// What goes to the peer, of this hub's log and of those that it may pull here.
void AddDoubtsAboutSending(const PeerPolicy& peer, const std::string& path,
                           const std::string& own_hub, std::vector<std::string>* doubts) {
  std::set<std::string> hubs = {own_hub};
  for (const std::string& origin : peer.relays) hubs.insert(ParseOrigin(origin)->hub);
  for (size_t i = 0; i < peer.send.size(); ++i) {
    for (size_t j = 0; j < peer.send[i].audiences.size(); ++j) {
      const std::string& audience = peer.send[i].audiences[j];
      if (hubs.count(HubOf(audience)) > 0) continue;
      doubts->push_back(absl::StrCat(path, ".send[", i, "].audiences[", j, "]: `", audience,
                                     "` is no audience of ", absl::StrJoin(hubs, " or "),
                                     ", whose events go to this peer: nothing goes by it"));
    }
  }
}

void AddDoubtsAboutPeer(const PeerPolicy& peer, const std::string& path,
                        const std::set<std::string>& pulled, std::vector<std::string>* doubts) {
  if (peer.address.empty() && peer.organisation.empty()) {
    doubts->push_back(absl::StrCat(path,
                                   ": has neither an address to dial nor an organisation that it "
                                   "calls as: nothing goes there, and nothing comes"));
  } else if (peer.send.empty() && peer.origins.empty() && peer.relays.empty()) {
    doubts->push_back(absl::StrCat(
        path, ": has neither a rule of `send` nor `origins`: no event goes there, or comes"));
  }
  for (size_t i = 0; i < peer.relays.size(); ++i) {
    if (pulled.count(peer.relays[i]) > 0) continue;
    doubts->push_back(absl::StrCat(path, ".relays[", i, "]: no peer's `origins` name ",
                                   peer.relays[i], ": nothing new of it is handed on"));
  }
}

// Whoever may have the origin's log from here.
std::vector<std::string> HaveFromHere(const Policy& policy, const std::string& origin) {
  std::vector<std::string> names;
  for (const auto& [name, ignored] : policy.peers()) {
    if (policy.MayRelay(name, origin)) names.push_back(name);
  }
  return names;
}

// What is erased of a log that nobody knows any more goes to nobody.
void AddDoubtsAboutUnpinned(const Policy& before, const Policy& after,
                            std::vector<std::string>* doubts) {
  for (const auto& [origin, ignored] : before.origins()) {
    const std::vector<std::string> have = HaveFromHere(before, origin);
    if (have.empty() || after.origins().count(origin) > 0) continue;
    doubts->push_back(absl::StrCat(
        PathOf(origin), ": ", absl::StrJoin(have, " and "), " may have that log from here, and ",
        "what was erased or taken back of it, and has not gone there yet, does not go any more ",
        "after the next start: leave the entry, without rules of `receive`"));
  }
}

// Who has no organisation is known by the address.
absl::Status CheckAddressOf(const std::string& name, const PeerPolicy& peer, const Policy& before,
                            const Policy& after) {
  for (const auto& [known, was] : before.peers()) {
    const bool is_that = known != name && !peer.address.empty() && peer.address == was.address &&
                         (peer.organisation.empty() || was.organisation.empty());
    const auto still = after.peers().find(known);
    if (!is_that || (still != after.peers().end() && still->second.address == was.address)) {
      continue;
    }
    return FieldInvalid(absl::StrCat("peer.", name, ".address"),
                        absl::StrCat(peer.address, " is the peer ", known,
                                     ", under whose name it may be blocked: leave it that name"));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status CheckSense(const Policy& policy, absl::string_view own_origin) {
  for (const auto& [name, peer] : policy.peers()) {
    const std::string path = absl::StrCat("peer.", name);
    if (!peer.address.empty()) LIAISON_RETURN_IF_ERROR(CheckAddress(peer.address, path));
    for (size_t i = 0; i < peer.relays.size(); ++i) {
      if (peer.relays[i] != own_origin) continue;
      return FieldInvalid(absl::StrCat(path, ".relays[", i, "]"),
                          "is this hub's own log: strike it out, `send` says what goes of it");
    }
    LIAISON_RETURN_IF_ERROR(CheckRules(peer.send, absl::StrCat(path, ".send")));
  }
  for (const auto& [name, origin] : policy.origins()) {
    LIAISON_RETURN_IF_ERROR(CheckRules(origin.receive, absl::StrCat(PathOf(name), ".receive")));
  }
  return absl::OkStatus();
}

std::vector<std::string> DoubtsAbout(const Policy& policy, absl::string_view own_origin,
                                     absl::string_view own_address) {
  std::vector<std::string> doubts;
  AddDoubtsAboutNames(policy, own_origin, &doubts);
  AddDoubtsAboutWho(policy, own_origin, own_address, &doubts);
  const std::set<std::string> pulled = PulledOf(policy);
  const absl::StatusOr<Origin> own = ParseOrigin(own_origin);
  for (const auto& [name, peer] : policy.peers()) {
    const std::string path = absl::StrCat("peer.", name);
    AddDoubtsAboutPeer(peer, path, pulled, &doubts);
    AddDoubtsAboutTopics(peer.send, absl::StrCat(path, ".send"), &doubts);
    if (own.ok()) AddDoubtsAboutSending(peer, path, own->hub, &doubts);
  }
  for (const auto& [name, origin] : policy.origins()) {
    AddDoubtsAboutTopics(origin.receive, absl::StrCat(PathOf(name), ".receive"), &doubts);
    if (name == own_origin) {
      doubts.push_back(absl::StrCat(PathOf(name), ": is this hub's own log, which nobody pulls"));
    } else if (pulled.count(name) > 0 && origin.receive.empty()) {
      doubts.push_back(
          absl::StrCat(PathOf(name),
                       ": has no rule of `receive`: what is pulled of it is looked at, and none "
                       "of its events is taken"));
    } else if (pulled.count(name) == 0 && !origin.receive.empty()) {
      doubts.push_back(absl::StrCat(
          PathOf(name), ": no peer's `origins` name it: its events are asked of nobody"));
    }
  }
  return doubts;
}

std::vector<std::string> DoubtsAboutParting(const Policy& before, const Policy& after) {
  std::vector<std::string> doubts;
  const std::set<std::string> pulled = PulledOf(after);
  for (const auto& [name, peer] : before.peers()) {
    const auto stays = after.peers().find(name);
    for (const std::string& origin : peer.origins) {
      if (stays != after.peers().end() &&
          std::count(stays->second.origins.begin(), stays->second.origins.end(), origin) > 0) {
        continue;
      }
      doubts.push_back(absl::StrCat(
          "peer.", name, ".origins: ", origin, " is pulled there no more: what is erased or taken ",
          "back of the events that came by ", name, " is ",
          pulled.count(origin) > 0 ? "heard of here only where another peer shows them as well"
                                   : "not heard of here",
          ", and stays readable: have it erased first"));
      const std::vector<std::string> have = HaveFromHere(before, origin);
      if (have.empty() || pulled.count(origin) > 0) continue;
      doubts.back() += absl::StrCat(", also at ", absl::StrJoin(have, " and "),
                                    ", where it may have gone from here");
    }
  }
  AddDoubtsAboutUnpinned(before, after, &doubts);
  return doubts;
}

absl::Status CheckNames(const Policy& before, const Policy& after) {
  for (const auto& [name, peer] : after.peers()) {
    LIAISON_RETURN_IF_ERROR(CheckAddressOf(name, peer, before, after));
    if (peer.organisation.empty()) continue;
    const std::string path = absl::StrCat("peer.", name, ".organisation");
    const std::string* called = before.PeerCallingAs(peer.organisation);
    if (called != nullptr && *called != name) {
      return record::FieldInvalid(
          path, absl::StrCat(peer.organisation, " is the peer ", *called,
                             ", under whose name it may be blocked: leave it that name"));
    }
    const auto was = before.peers().find(name);
    if (was == before.peers().end() || was->second.organisation.empty() ||
        was->second.organisation == peer.organisation) {
      continue;
    }
    return record::FieldInvalid(
        path, absl::StrCat("the peer ", name, " is ", was->second.organisation, ", and ",
                           peer.organisation, " is somebody else: give it a name of its own"));
  }
  return absl::OkStatus();
}

}  // namespace liaison::federation
