#include "server/federation/former_rules.h"

#include <algorithm>
#include <numeric>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "proto/record/macros.h"
#include "server/federation/limits.h"

namespace liaison::federation {
namespace {

constexpr absl::string_view kPrefix = "federation/rules/";
constexpr char kRestoredKey[] = "federation/restored";  // how long the log was then, or nothing
constexpr char kManyRules[] = "many";                   // in place of the hash of some
constexpr size_t kRowsAtOnce = 1000;

std::string KeyOf(absl::string_view peer, size_t number) {
  return absl::StrCat(kPrefix, peer, "/", absl::Dec(number, absl::kZeroPad4));
}

void Write(const std::vector<std::string>& names, rows::FormerRules::Names* row) {
  for (const std::string& name : names) row->add_name(name);
}

Names Read(bool are_named, const rows::FormerRules::Names& row) {
  if (!are_named) return std::nullopt;
  return std::vector<std::string>(row.name().begin(), row.name().end());
}

rows::FormerRules ToRow(const Policy& policy, const std::string& name, const PeerPolicy& peer) {
  rows::FormerRules row;
  row.set_peer(policy.WhoIs(name));
  row.set_rules(policy.SendRules(name));
  for (const std::string& origin : peer.relays) row.add_relays(origin);
  for (const PolicyRule& rule : peer.send) {
    rows::FormerRules::Rule& written = *row.add_send();
    written.set_withhold(rule.withhold);
    for (const std::string& audience : rule.audiences) written.add_audiences(audience);
    if (rule.topics) Write(*rule.topics, written.mutable_topics());
    if (rule.types) Write(*rule.types, written.mutable_types());
    if (rule.authors) Write(*rule.authors, written.mutable_authors());
  }
  return row;
}

std::vector<PolicyRule> SendIn(const rows::FormerRules& row) {
  std::vector<PolicyRule> send;
  for (const rows::FormerRules::Rule& written : row.send()) {
    PolicyRule& rule = send.emplace_back();
    rule.withhold = written.withhold();
    rule.audiences.assign(written.audiences().begin(), written.audiences().end());
    rule.topics = Read(written.has_topics(), written.topics());
    rule.types = Read(written.has_types(), written.types());
    rule.authors = Read(written.has_authors(), written.authors());
  }
  return send;
}

// Rules that never let anything go have nothing that could be taken back.
bool LetsGo(const PeerPolicy& peer) {
  return std::any_of(peer.send.begin(), peer.send.end(),
                     [](const PolicyRule& rule) { return !rule.withhold; });
}

bool Same(const rows::FormerRules& one, const rows::FormerRules& other) {
  return one.rules() == other.rules() && std::equal(one.relays().begin(), one.relays().end(),
                                                    other.relays().begin(), other.relays().end());
}

// What went by either of them: rather too much is taken back than too little.
rows::FormerRules Both(const rows::FormerRules& one, const rows::FormerRules& other) {
  rows::FormerRules both;
  both.set_peer(one.peer());
  both.set_rules(kManyRules);
  both.set_everything(true);
  both.set_through(std::max(one.through(), other.through()));
  std::set<std::string> relays(one.relays().begin(), one.relays().end());
  relays.insert(other.relays().begin(), other.relays().end());
  for (const std::string& origin : relays) both.add_relays(origin);
  return both;
}

// Rules that are in force have no end.
bool EndsBefore(const rows::FormerRules& one, const rows::FormerRules& other) {
  return one.through() > 0 && (other.through() == 0 || one.through() < other.through());
}

}  // namespace

storage::Row FormerRules::AfterRestore(uint64_t head) {
  return {storage::Table::kControl, kRestoredKey, absl::StrCat(head)};
}

absl::Status FormerRules::Load() {
  {
    LIAISON_ASSIGN_OR_RETURN(const std::optional<std::string> restored, entry_.Find(kRestoredKey));
    absl::MutexLock writing(&writing_);
    if (restored && !restored->empty() && !absl::SimpleAtoi(*restored, &restored_through_)) {
      return absl::DataLossError(absl::StrCat("the row ", kRestoredKey, " is no number"));
    }
  }
  std::map<std::string, OfPeer, std::less<>> peers;
  std::string after;
  for (size_t found = kRowsAtOnce; found == kRowsAtOnce;) {
    LIAISON_ASSIGN_OR_RETURN(const std::vector<KeptRow> kept,
                             entry_.List(std::string(kPrefix), after, kRowsAtOnce));
    for (const KeptRow& each : kept) {
      rows::FormerRules row;
      if (!row.ParseFromString(each.value)) {
        return absl::DataLossError(absl::StrCat("the row ", each.key, " does not parse"));
      }
      OfPeer& of_peer = peers[row.peer()];
      if (each.key != KeyOf(row.peer(), of_peer.size())) {
        return absl::DataLossError(absl::StrCat("before the row ", each.key, " one is missing"));
      }
      of_peer.push_back(FromRow(std::move(row)));
      after = each.key;
    }
    found = kept.size();
  }
  absl::MutexLock lock(&mu_);
  peers_ = std::move(peers);
  return absl::OkStatus();
}

FormerRules::Kept FormerRules::FromRow(rows::FormerRules row) {
  Kept kept;
  kept.send = SendIn(row);
  for (const std::string& origin : row.relays()) kept.relays.insert(record::Sha256Of(origin));
  kept.row = std::move(row);
  return kept;
}

std::pair<size_t, size_t> FormerRules::FirstEnded(const OfPeer& of_peer) {
  std::vector<size_t> numbers(of_peer.size());
  std::iota(numbers.begin(), numbers.end(), 0);
  // Rules in force end at 0 here, and come last: there is one of them, or two for a moment.
  const auto ended = [&](size_t number) { return of_peer[number].row.through() - 1; };
  std::partial_sort(numbers.begin(), numbers.begin() + 2, numbers.end(),
                    [&](size_t one, size_t other) { return ended(one) < ended(other); });
  return {numbers[0], numbers[1]};
}

absl::StatusOr<FormerRules::Place> FormerRules::PlaceFor(const rows::FormerRules& row,
                                                         const std::string& name) {
  std::pair<size_t, size_t> first;
  rows::FormerRules both;
  bool is_said = false;
  {
    absl::MutexLock lock(&mu_);
    const OfPeer& of_peer = peers_[row.peer()];
    size_t at = 0;
    while (at < of_peer.size() && !Same(of_peer[at].row, row)) ++at;
    if (at < of_peer.size()) return Place{at, of_peer[at]};
    if (at < kMaxFormerRules) return Place{at, std::nullopt};
    first = FirstEnded(of_peer);
    both = Both(of_peer[first.first].row, of_peer[first.second].row);
    is_said = of_peer[first.first].row.rules() == kManyRules ||
              of_peer[first.second].row.rules() == kManyRules;
  }
  if (!is_said) {
    report_(absl::StrCat("of the rules by which events went to ", name, " there were more than ",
                         kMaxFormerRules, ": the first are not told apart any more, and what ",
                         "takes back an event of their time goes there in any case"));
  }
  LIAISON_RETURN_IF_ERROR(Change(first.first, std::move(both)));
  return Place{first.second, std::nullopt};
}

absl::Status FormerRules::Change(size_t number, rows::FormerRules row) {
  const std::string peer = row.peer();
  // With those that could not be kept: behind one that is missing no row is read.
  std::vector<KeptRow> also;
  {
    absl::MutexLock lock(&mu_);
    const OfPeer& of_peer = peers_[peer];
    for (size_t i = 0; i < of_peer.size(); ++i) {
      if (i == number || of_peer[i].is_kept) continue;
      also.push_back({KeyOf(peer, i), of_peer[i].row.SerializeAsString()});
    }
  }
  absl::Status kept = entry_.Keep(KeyOf(peer, number), row.SerializeAsString(), std::move(also));
  absl::MutexLock lock(&mu_);
  OfPeer& of_peer = peers_[peer];
  if (number == of_peer.size()) of_peer.emplace_back();
  of_peer[number] = FromRow(std::move(row));
  of_peer[number].is_kept = false;
  for (Kept& each : of_peer) each.is_kept = each.is_kept || kept.ok();
  return kept;
}

absl::Status FormerRules::Carry(const Policy& before, const Policy& next) {
  absl::MutexLock writing(&writing_);
  for (const auto& [name, peer] : before.peers()) {
    const std::string known_as = before.WhoIs(name);
    const std::string becomes = next.WhoIs(name);
    if (!peer.organisation.empty() || becomes.empty() || becomes == known_as) continue;
    std::vector<rows::FormerRules> carried;
    {
      absl::MutexLock lock(&mu_);
      for (const Kept& kept : peers_[known_as]) carried.push_back(kept.row);
    }
    for (rows::FormerRules& row : carried) {
      row.set_peer(becomes);
      LIAISON_ASSIGN_OR_RETURN(const Place place, PlaceFor(row, name));
      // The one that let more go stays, and the one that ended last.
      if (place.there && !EndsBefore(place.there->row, row)) continue;
      LIAISON_RETURN_IF_ERROR(Change(place.number, std::move(row)));
    }
  }
  return absl::OkStatus();
}

absl::Status FormerRules::Open(const Policy& policy) {
  absl::MutexLock writing(&writing_);
  for (const auto& [name, peer] : policy.peers()) {
    if (!LetsGo(peer)) continue;
    rows::FormerRules row = ToRow(policy, name, peer);
    LIAISON_ASSIGN_OR_RETURN(const Place place, PlaceFor(row, name));
    if (place.there && place.there->row.through() == 0 && place.there->is_kept) continue;
    LIAISON_RETURN_IF_ERROR(Change(place.number, std::move(row)));
  }
  return absl::OkStatus();
}

absl::Status FormerRules::AddRestored(const Policy& policy) {
  if (restored_through_ == 0) return absl::OkStatus();
  for (const auto& [name, peer] : policy.peers()) {
    rows::FormerRules row;
    row.set_peer(policy.WhoIs(name));
    row.set_rules(absl::StrCat("restored at ", restored_through_));
    row.set_through(restored_through_);
    row.set_everything(true);
    LIAISON_ASSIGN_OR_RETURN(const Place place, PlaceFor(row, name));
    LIAISON_RETURN_IF_ERROR(Change(place.number, row));
  }
  LIAISON_RETURN_IF_ERROR(entry_.Keep(kRestoredKey, ""));
  restored_through_ = 0;
  return absl::OkStatus();
}

void FormerRules::InForce(const Policy& policy, uint64_t head) {
  absl::Status opened = Open(policy);
  absl::MutexLock writing(&writing_);
  opened.Update(AddRestored(policy));
  std::vector<rows::FormerRules> in_force;
  for (const auto& [name, peer] : policy.peers()) in_force.push_back(ToRow(policy, name, peer));
  const auto stands = [&in_force](const rows::FormerRules& row) {
    return std::any_of(in_force.begin(), in_force.end(), [&](const rows::FormerRules& other) {
      return other.peer() == row.peer() && Same(other, row);
    });
  };
  std::vector<std::pair<size_t, rows::FormerRules>> ended;
  {
    absl::MutexLock lock(&mu_);
    for (const auto& [who, of_peer] : peers_) {
      for (size_t i = 0; i < of_peer.size(); ++i) {
        const rows::FormerRules& row = of_peer[i].row;
        if (row.through() > 0 || stands(row)) continue;
        ended.emplace_back(i, row);
        ended.back().second.set_through(std::max<uint64_t>(head, 1));
      }
    }
  }
  for (auto& [number, row] : ended) opened.Update(Change(number, std::move(row)));
  if (opened.ok()) return;
  // It is known until the hub ends, and looked at again when it starts.
  report_(absl::StrCat("by which rules events go is not kept: ", opened.message()));
}

bool FormerRules::Any(absl::string_view who,
                      const std::function<bool(const Kept& kept)>& holds) const {
  absl::MutexLock lock(&mu_);
  const auto found = peers_.find(who);
  return found != peers_.end() && std::any_of(found->second.begin(), found->second.end(), holds);
}

bool FormerRules::LetGo(absl::string_view who, const Described& event,
                        const record::Leaf& leaf) const {
  // A hub's rules are its own, whatever the policy says.
  if (leaf.kind == record::LeafKind::kRules || event.type == pb::EVENT_TYPE_RULES) return false;
  return Any(who, [&](const Kept& kept) {
    const uint64_t through = kept.row.through();
    if (through > 0 && leaf.sequence > through) return false;
    if (kept.row.everything()) return true;
    return (!leaf.relayed || kept.relays.count(leaf.relayed->origin_name_hash) > 0) &&
           RuleOfSend(kept.send, event).passes;
  });
}

bool FormerRules::LetGoBy(absl::string_view rules, absl::string_view who,
                          const Described& event) const {
  return Any(who, [&](const Kept& kept) {
    return kept.row.rules() == rules && RuleOfSend(kept.send, event).passes;
  });
}

bool FormerRules::Relayed(absl::string_view who, absl::string_view origin) const {
  const record::Hash name_hash = record::Sha256Of(origin);
  return Any(who, [&](const Kept& kept) { return kept.relays.count(name_hash) > 0; });
}

}  // namespace liaison::federation
