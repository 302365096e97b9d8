#include "tests/simulation/oracle.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <sstream>
#include <utility>

#include "proto/record/errors.h"

namespace liaison::simulation {
namespace {

using record::Reason;

// As the rooms promise it, not as their headers have it.
constexpr size_t kQueueProposals = 16384;
constexpr size_t kQueueSizeBytes = 64 << 20;
constexpr size_t kGroupProposals = 4096;
constexpr size_t kGroupSizeBytes = 8 << 20;
constexpr int64_t kDrift_us = 5 * 60 * 1'000'000LL;

record::Hash Sha(const std::string& bytes) { return record::Sha256Of(bytes); }

// RFC 6962, section 2.1, word by word.
record::Hash TreeHash(const std::vector<record::Hash>& leaves, size_t begin, size_t end) {
  if (begin == end) return Sha("");
  if (end - begin == 1) return leaves[begin];
  size_t k = 1;
  while (k * 2 < end - begin) k *= 2;
  return Sha("\x01" + std::string(TreeHash(leaves, begin, begin + k).bytes()) +
             std::string(TreeHash(leaves, begin + k, end).bytes()));
}

record::Hash HashOfLeaf(const std::string& leaf) { return Sha(std::string(1, '\0') + leaf); }

std::string NameOf(std::optional<Reason> reason) {
  return reason ? std::string(record::InfoOf(*reason).name) : "OK";
}

sequencer::ClockReading ParseClock(const std::string& row) {
  sequencer::ClockReading reading;
  std::istringstream(row) >> reading.wall_us >> reading.boot_us >> reading.boot_id;
  return reading;
}

}  // namespace

std::shared_ptr<Asked> Oracle::Describe(const sequencer::Proposal& proposal) {
  auto asked = std::make_shared<Asked>();
  for (const domain::Statement& statement : proposal.statements) {
    Said said;
    said.header_bytes = statement.header_bytes;
    said.header.ParseFromString(said.header_bytes);
    said.digest = statement.digest;
    said.signature = statement.signature;
    if (statement.draft != nullptr) said.draft = statement.draft->SerializeAsString();
    for (const pb::Section& section : statement.sections) {
      said.parts.push_back({section.kind(), section.salt(), section.data(), 0});
    }
    asked->said.push_back(std::move(said));
  }
  asked->checks = proposal.checks;
  asked->atomic = proposal.atomic;
  asked->dry_run = proposal.dry_run;
  asked->accept_clock = proposal.accept_clock;
  asked->fence = proposal.fence;
  asked->size_bytes = proposal.size_bytes;
  return asked;
}

// --- the hub's life ------------------------------------------------------------------------------

void Oracle::HubOpens(const storage::EventLog& log, const sequencer::ClockReading& now,
                      const std::optional<std::string>& clock_row) {
  log_id_ = log.log_id();
  failed_ = false;
  const uint64_t head = log.head().sequence;
  if (!limbo_.empty() && head == committed_ + limbo_.size()) {
    for (const Said& said : limbo_) Apply(said);
    committed_ = events_.size();
  } else if (committed_ == 0 && head == 1) {
    AdoptFirst(log);
  } else if (head != committed_) {
    history_->Violation("the log opens at ", head, "; ", committed_, " events were committed and ",
                        limbo_.size(), " more may have been");
  }
  limbo_.clear();
  committed_kinds_ = kinds_;
  committed_registry_size_ = registry_size_;
  if (log.head().root != Root()) history_->Violation("the root is another after opening");

  const int64_t last_us = events_.empty() ? 0 : events_.back().leaf.hub_time_us;
  trusted_ = now;
  if (!clock_row) return;
  const sequencer::ClockReading before = ParseClock(*clock_row);
  if (before.boot_id == now.boot_id) {
    trusted_ = before;
  } else {
    trusted_.wall_us = std::max(trusted_.wall_us, last_us);
  }
}

void Oracle::HubEnded() {
  if (events_.size() > committed_) limbo_.assign(events_.begin() + committed_, events_.end());
  TruncateTo(committed_);
  queue_.clear();
  queued_size_bytes_ = 0;
  taken_.clear();
}

void Oracle::ClockAccepted(const std::optional<std::string>& clock_row) {
  if (!clock_row) return history_->Violation("an accepted clock is not remembered");
  trusted_ = ParseClock(*clock_row);
}

void Oracle::AdoptFirst(const storage::EventLog& log) {
  const auto first = log.Read(1);
  if (!first.ok() || !AdoptFirst(first->header, first->leaf, first->sections)) {
    history_->Violation("the log's first event is not its rules");
  }
}

bool Oracle::AdoptFirst(const std::string& header, const std::string& leaf,
                        const std::vector<storage::StoredSection>& sections) {
  Said first;
  first.header_bytes = header;
  first.digest = record::DecodeLeaf(leaf)->digest;
  first.leaf = *record::DecodeLeaf(leaf);
  first.leaf_bytes = leaf;
  if (!first.header.ParseFromString(header)) return false;
  for (const storage::StoredSection& section : sections) {
    first.parts.push_back({section.kind, section.salt, section.data, 0});
  }
  Apply(first);
  committed_ = 1;
  return first.leaf.sequence == 1 && first.leaf.kind == record::LeafKind::kRules &&
         first.header.type() == pb::EVENT_TYPE_RULES && first.header.author() == "org/igf-hub" &&
         first.header.audience() == "igf/public" && first.header.event_id() == log_id_.ToString();
}

// --- the write path ------------------------------------------------------------------------------

bool Oracle::QueueIsFullFor(const Asked& asked) const {
  return queue_.size() >= kQueueProposals ||
         queued_size_bytes_ + asked.size_bytes > kQueueSizeBytes;
}

bool Oracle::AllStand(const Asked& asked) const {
  for (const Said& said : asked.said) {
    auto it = by_identity_.find({said.header.author(), said.header.event_id()});
    if (it == by_identity_.end() || it->second >= committed_) return false;
    if (Compare(said, events_[it->second], committed_)) return false;
  }
  return !asked.said.empty();
}

void Oracle::Queued(std::shared_ptr<Asked> asked) {
  queued_size_bytes_ += asked->size_bytes;
  queue_.push_back(std::move(asked));
}

void Oracle::Taken(const std::vector<sequencer::Proposal>& proposals,
                   const sequencer::ClockReading& now) {
  size_t size_bytes = 0;
  for (const sequencer::Proposal& proposal : proposals) {
    if (queue_.empty()) return history_->Violation("more was taken than was asked");
    taken_.push_back(queue_.front());
    queue_.pop_front();
    queued_size_bytes_ -= taken_.back()->size_bytes;
    size_bytes += taken_.back()->size_bytes;
    const Asked& asked = *taken_.back();
    if (asked.said.size() != proposal.statements.size() ||
        (!asked.said.empty() &&
         asked.said[0].header_bytes != proposal.statements[0].header_bytes)) {
      return history_->Violation("the order is not that of arrival");
    }
  }
  if (proposals.size() > kGroupProposals ||
      (proposals.size() > 1 && size_bytes > kGroupSizeBytes)) {
    history_->Violation("a group of ", proposals.size(), " proposals, ", size_bytes, " bytes");
  }
  const int64_t drift_us = (now.wall_us - trusted_.wall_us) - (now.boot_us - trusted_.boot_us);
  now_us_.reset();
  if (std::llabs(drift_us) <= kDrift_us) now_us_ = now.wall_us;
  for (const std::shared_ptr<Asked>& asked : taken_) {
    if (!asked->decided) DecideProposal(asked.get());
  }
}

void Oracle::DecideProposal(Asked* asked) {
  const size_t before = events_.size();
  const size_t count = asked->said.size();
  asked->decided = true;
  std::vector<Expected>& expected = asked->expected;
  const Expected predecessor{Reason::kPredecessorFailed, false, 0};
  bool* closed = asked->fence != nullptr ? &fences_[asked->fence] : nullptr;
  if (closed != nullptr && *closed) {
    expected.assign(count, predecessor);
    return;
  }
  bool refused = false;
  if (!ChecksHold(*asked)) {
    bool retry = true;
    for (const Said& said : asked->said) {
      const Said* known = Find(said);
      retry = retry && known != nullptr && !Compare(said, *known, events_.size());
    }
    if (!retry) {
      expected.assign(count, {Reason::kChainMoved, false, 0});
      refused = true;
    }
  }
  for (size_t i = 0; i < count && expected.size() <= i; ++i) {
    expected.push_back(Decide(*asked, asked->said[i]));
    if (!expected.back().refused) continue;
    refused = true;
    if (asked->atomic) {
      const Expected own = expected.back();
      expected.assign(count, predecessor);
      expected[i] = own;
    } else if (closed != nullptr) {
      expected.resize(count, predecessor);
    }
  }
  if (refused && closed != nullptr) *closed = true;
  if (asked->dry_run || (asked->atomic && refused)) TruncateTo(before);
}

bool Oracle::ChecksHold(const Asked& asked) const {
  for (const domain::ChainCheck& check : asked.checks) {
    std::optional<record::Hash> latest;
    if (by_digest_.count(check.root) != 0) latest = check.root;
    if (auto it = chains_.find(check.root); it != chains_.end()) latest = it->second;
    if (latest != check.latest) return false;
  }
  return true;
}

const Said* Oracle::Find(const Said& said) const {
  auto it = by_identity_.find({said.header.author(), said.header.event_id()});
  return it == by_identity_.end() ? nullptr : &events_[it->second];
}

// None: it says the same.
std::optional<Reason> Oracle::Compare(const Said& said, const Said& original,
                                      uint64_t through) const {
  if (said.digest == original.digest) return std::nullopt;
  if (said.draft.empty()) return Reason::kEventIdReused;
  for (const Said::Part& part : original.parts) {
    if (part.erased_by != 0 && part.erased_by <= through) return Reason::kSectionErased;
  }
  if (said.draft == original.draft) return std::nullopt;
  return Reason::kEventIdReused;
}

Expected Oracle::Decide(const Asked& asked, const Said& said) {
  if (const Said* known = Find(said)) {
    const std::optional<Reason> differs = Compare(said, *known, events_.size());
    if (differs) return {differs, false, 0};
    return {std::nullopt, true, known->leaf.sequence};
  }
  Said event = said;
  if (std::optional<Reason> refused = DecideNew(said, &event.leaf)) return {refused, false, 0};
  event.leaf_bytes = record::EncodeLeaf(event.leaf);
  const uint64_t sequence = event.leaf.sequence;
  Apply(std::move(event));
  return {std::nullopt, false, asked.dry_run ? 0 : sequence};
}

std::optional<Reason> Oracle::DecideNew(const Said& said, record::Leaf* leaf) const {
  leaf->kind = record::LeafKind::kAttested;
  leaf->sequence = events_.size() + 1;
  leaf->registry_size = registry_size_;
  leaf->digest = said.digest;
  if (!said.signature.empty()) {
    leaf->kind = record::LeafKind::kSigned;
    leaf->key_hash = record::Hash::FromBytes(said.header.key_hash());
    std::memcpy(leaf->signature.data(), said.signature.data(), 64);
    auto key = keys_.find(leaf->key_hash);
    if (key == keys_.end() || key->second.organisation != said.header.author()) {
      return Reason::kKeyUnknown;
    }
    if (key->second.revoked) return Reason::kKeyNotValid;
  }
  const std::string& author = said.header.author();
  const auto is_public = [](const Said& event) {
    const std::string& audience = event.header.audience();
    return audience.substr(audience.find('/')) == "/public";
  };
  const auto is_of = [](const std::string& organisation, const std::string& body) {
    return organisation == body || organisation.rfind(body + "/", 0) == 0;
  };
  const auto own_kind = kinds_.find(author);
  const bool secretariat =
      own_kind != kinds_.end() && own_kind->second == pb::ORGANISATION_KIND_SECRETARIAT;
  // As it stands in the order, on disk or not; a seat speaks for the body above it.
  const auto has_kind = [&](std::optional<pb::OrganisationKind> wanted) {
    return std::any_of(kinds_.begin(), kinds_.end(), [&](const auto& entry) {
      return is_of(author, entry.first) && (!wanted || entry.second == *wanted);
    });
  };
  // Nobody says who is in a group, so there is none.
  if (said.header.audience().find('@') != std::string::npos) return Reason::kTargetUnknown;
  // What it names is there, and its author may know of it.
  for (const pb::Reference& reference : said.header.references()) {
    auto named = by_digest_.find(record::Hash::FromBytes(reference.digest()));
    if (named == by_digest_.end()) return Reason::kTargetUnknown;
    const pb::EventHeader& header = events_[named->second].header;
    const std::string& audience = header.audience();
    const bool reads = audience == "igf/public" || is_of(header.author(), author) ||
                       (audience == "igf/partners" && has_kind(std::nullopt)) ||
                       (audience == "igf/mag" && (has_kind(pb::ORGANISATION_KIND_MAG) ||
                                                  has_kind(pb::ORGANISATION_KIND_SECRETARIAT)));
    if (!reads) return Reason::kTargetUnknown;
  }
  for (const pb::Reference& reference : said.header.references()) {
    if (reference.relation() != pb::RELATION_REVISES) continue;
    const Said& event = events_[by_digest_.at(record::Hash::FromBytes(reference.digest()))];
    for (const pb::Reference& earlier : event.header.references()) {
      if (earlier.relation() == pb::RELATION_REVISES) return Reason::kTargetUnsuitable;
    }
    if (!is_of(event.header.author(), author)) return Reason::kNotPermitted;
    if (said.header.audience() != event.header.audience()) return Reason::kFieldInvalid;
  }
  if (said.header.type() == pb::EVENT_TYPE_ORGANISATION && !MayRegister(said.header)) {
    return Reason::kNotPermitted;
  }
  if (said.header.type() == pb::EVENT_TYPE_KEY) {
    const pb::KeyFacts& facts = said.header.key();
    if (!is_of(facts.organisation(), author) && !secretariat) return Reason::kNotPermitted;
    auto key = keys_.find(Sha(facts.public_key()));
    const bool adds = facts.action() == pb::KEY_ACTION_ADD;
    if (adds && key != keys_.end()) return Reason::kKeyUnacceptable;
    if (!adds && (key == keys_.end() || key->second.organisation != facts.organisation())) {
      return Reason::kKeyUnknown;
    }
  }
  if (said.header.type() == pb::EVENT_TYPE_REDACTION) {
    const pb::RedactionFacts& facts = said.header.redaction();
    auto target = by_digest_.find(record::Hash::FromBytes(facts.target_digest()));
    if (target == by_digest_.end()) return Reason::kTargetUnknown;
    const Said& erased = events_[target->second];
    if (erased.header.author() != author && !secretariat) {
      return is_public(erased) ? Reason::kNotPermitted : Reason::kTargetUnknown;
    }
    if (said.header.audience() != erased.header.audience()) return Reason::kFieldInvalid;
    leaf->kind = record::LeafKind::kRedaction;
    leaf->redaction =
        record::RedactedSection{erased.leaf.sequence, static_cast<uint16_t>(facts.section()),
                                static_cast<uint16_t>(facts.reason())};
  }
  if (failed_) return Reason::kLogWriteFailed;
  if (!now_us_) return Reason::kClockJumped;
  const int64_t last_us = events_.empty() ? 0 : events_.back().leaf.hub_time_us;
  leaf->hub_time_us = *now_us_ > last_us ? *now_us_ : last_us + 1;
  return std::nullopt;
}

// The secretariat anybody, everybody while there is none; afterwards each itself and its parts, as
// what they are. The MAG seats nobody, and the last secretariat stays. Nobody is ever retired.
bool Oracle::MayRegister(const pb::EventHeader& header) const {
  const auto kind_of = [this](const std::string& name) {
    const auto found = kinds_.find(name);
    return found == kinds_.end() ? pb::ORGANISATION_KIND_UNSPECIFIED : found->second;
  };
  const auto secretariats = std::count_if(kinds_.begin(), kinds_.end(), [](const auto& entry) {
    return entry.second == pb::ORGANISATION_KIND_SECRETARIAT;
  });
  const std::string& author = header.author();
  const std::string& whom = header.organisation().organisation();
  const pb::OrganisationKind kind = header.organisation().kind();
  const pb::OrganisationKind before = kind_of(whom);
  if (secretariats == 0) return true;
  if (kind_of(author) == pb::ORGANISATION_KIND_SECRETARIAT) {
    return secretariats > 1 || before != pb::ORGANISATION_KIND_SECRETARIAT || kind == before;
  }
  if (kind_of(author) == pb::ORGANISATION_KIND_UNSPECIFIED) return false;
  if (whom == author) return kind == before;
  if (whom.rfind(author + "/", 0) != 0) return false;
  const pb::OrganisationKind stays =
      before == pb::ORGANISATION_KIND_UNSPECIFIED ? kind_of(author) : before;
  return kind == stays && stays != pb::ORGANISATION_KIND_MAG &&
         stays != pb::ORGANISATION_KIND_SECRETARIAT;
}

void Oracle::Apply(Said event) {
  const size_t index = events_.size();
  events_.push_back(std::move(event));
  const Said& said = events_.back();
  const pb::EventHeader& header = said.header;
  by_identity_[{header.author(), header.event_id()}] = index;
  by_digest_[said.digest] = index;
  for (const pb::Reference& reference : header.references()) {
    if (reference.relation() == pb::RELATION_REVISES) {
      chains_[record::Hash::FromBytes(reference.digest())] = said.digest;
    }
  }
  if (header.type() == pb::EVENT_TYPE_ORGANISATION) {
    ++registry_size_;
    kinds_[header.organisation().organisation()] = header.organisation().kind();
  } else if (header.type() == pb::EVENT_TYPE_KEY) {
    ++registry_size_;
    const record::Hash key = Sha(header.key().public_key());
    if (header.key().action() == pb::KEY_ACTION_REVOKE) {
      if (keys_.count(key) != 0) keys_[key].revoked = true;
    } else if (keys_.count(key) == 0) {
      keys_[key] = {header.key().organisation(), false};
    }
  } else if (said.leaf.redaction) {
    for (Said::Part& part : events_[said.leaf.redaction->target_sequence - 1].parts) {
      if (part.kind == said.leaf.redaction->section && part.erased_by == 0) {
        part.erased_by = said.leaf.sequence;
      }
    }
  }
}

// Forgets the later events: everything is made anew from those that stay.
void Oracle::TruncateTo(size_t count) {
  if (events_.size() == count) return;
  std::vector<Said> stay;
  stay.swap(events_);
  stay.resize(count);
  by_identity_.clear();
  by_digest_.clear();
  chains_.clear();
  kinds_.clear();
  keys_.clear();
  registry_size_ = 0;
  for (Said& said : stay) {
    for (Said::Part& part : said.parts) part.erased_by = 0;
  }
  for (Said& said : stay) Apply(std::move(said));
}

void Oracle::WriteFailed() {
  failed_ = true;
  if (events_.size() == committed_) return;  // it was the clock that was being remembered
  limbo_.assign(events_.begin() + committed_, events_.end());
  TruncateTo(committed_);
  for (const std::shared_ptr<Asked>& asked : taken_) {
    if (asked->answered) continue;
    for (Expected& expected : asked->expected) {
      if (!expected.refused) expected = {Reason::kLogWriteFailed, false, 0};
    }
    // What is behind it on its stream does not come before it, healed or not.
    if (asked->fence != nullptr) fences_[asked->fence] = true;
  }
}

void Oracle::CheckEvent(const storage::NewEvent& event, const Said& expected) {
  bool same = record::EncodeLeaf(event.leaf) == expected.leaf_bytes &&
              event.header == expected.header_bytes &&
              event.sections.size() == expected.parts.size();
  for (size_t i = 0; same && i < event.sections.size(); ++i) {
    same = event.sections[i].kind == expected.parts[i].kind &&
           event.sections[i].salt == expected.parts[i].salt &&
           event.sections[i].data == expected.parts[i].data;
  }
  if (!same)
    history_->Violation("event ", expected.leaf.sequence, " is written otherwise than said");
}

void Oracle::Committed(const storage::Group& group, const storage::Head& head) {
  if (events_.empty() && group.events.size() == 1) {
    const storage::NewEvent& first = group.events[0];
    if (!AdoptFirst(first.header, record::EncodeLeaf(first.leaf), first.sections)) {
      history_->Violation("the log's first event is not its rules");
    }
  } else if (group.events.size() != events_.size() - committed_) {
    history_->Violation("a group of ", group.events.size(), " events is written; ",
                        events_.size() - committed_, " were accepted");
  } else {
    for (size_t i = 0; i < group.events.size(); ++i) {
      CheckEvent(group.events[i], events_[committed_ + i]);
    }
  }
  committed_ = events_.size();
  committed_kinds_ = kinds_;
  committed_registry_size_ = registry_size_;
  const bool worth_it = committed_ < 300 || committed_ % 16 == 0;
  if (head.sequence != committed_ || head.registry_size != registry_size_ ||
      (worth_it && head.root != Root())) {
    history_->Violation("the head is ", head.sequence, " with root ", head.root.ToHex(),
                        "; expected ", committed_);
  }
}

void Oracle::Answered(Asked* asked, const sequencer::Answers& answers) {
  if (asked->answered) return history_->Violation("answered twice");
  asked->answered = true;
  if (answers.size() != asked->said.size()) {
    return history_->Violation(answers.size(), " answers to ", asked->said.size(), " statements");
  }
  for (size_t i = 0; i < answers.size(); ++i) {
    Expected expected;
    if (asked->decided) {
      expected = asked->expected[i];
    } else {  // from the log
      const Said* known = Find(asked->said[i]);
      if (known == nullptr) return history_->Violation("a receipt for what is not in the log");
      expected = {Compare(asked->said[i], *known, committed_), true, known->leaf.sequence};
    }
    const std::optional<Reason> refused =
        answers[i].ok() ? std::nullopt : record::ReasonOf(answers[i].status());
    if (refused != expected.refused || (!answers[i].ok() && !refused)) {
      return history_->Violation(asked->said[i].header.event_id(), " is answered with ",
                                 answers[i].ok() ? "OK" : InWords(answers[i].status()),
                                 "; expected ", NameOf(expected.refused));
    }
    if (!answers[i].ok()) continue;
    const sequencer::Receipt& receipt = *answers[i];
    bool same = receipt.leaf.sequence == expected.sequence &&
                receipt.duplicate == expected.duplicate &&
                receipt.event_id == asked->said[i].header.event_id();
    if (same && expected.sequence != 0) {
      // The receipt of the very event that stands there: then it can never become another.
      same = expected.sequence <= committed_;
      if (same) {
        const Said& event = events_[expected.sequence - 1];
        same = receipt.leaf_hash == HashOfLeaf(event.leaf_bytes) &&
               record::EncodeLeaf(receipt.leaf) == event.leaf_bytes &&
               receipt.header_bytes == event.header_bytes;
      }
    }
    if (!same) {
      return history_->Violation(asked->said[i].header.event_id(), " has a receipt for ",
                                 receipt.leaf.sequence, receipt.duplicate ? " (duplicate)" : "",
                                 "; expected ", expected.sequence,
                                 expected.duplicate ? " (duplicate)" : "");
    }
  }
}

void Oracle::RoundEnds(const storage::Head& head, uint64_t registry_size) {
  for (const std::shared_ptr<Asked>& asked : taken_) {
    if (!asked->answered) history_->Violation("a proposal has no answer");
  }
  taken_.clear();
  if (events_.size() != committed_) history_->Violation("what was accepted is not written");
  if (head.sequence != committed_) history_->Violation("the log is not where its head is");
  if (registry_size != committed_registry_size_) {
    history_->Violation("the registry that is shown has ", registry_size, " entries, the log ",
                        committed_registry_size_);
  }
}

// --- the read path -------------------------------------------------------------------------------

// A seat speaks for the body above it.
bool Oracle::IsRegistered(const std::string& organisation) const {
  for (const auto& [name, kind] : committed_kinds_) {
    if (organisation == name || organisation.rfind(name + "/", 0) == 0) return true;
  }
  return false;
}

bool Oracle::IsOfKind(const std::string& organisation, pb::OrganisationKind kind) const {
  std::string name = organisation;
  while (true) {
    auto it = committed_kinds_.find(name);
    if (it != committed_kinds_.end() && it->second == kind) return true;
    const size_t slash = name.rfind('/');
    if (slash == std::string::npos) return false;
    name.resize(slash);
  }
}

record::Hash Oracle::Root() const {
  std::vector<record::Hash> leaves;
  for (size_t i = 0; i < committed_; ++i) leaves.push_back(HashOfLeaf(events_[i].leaf_bytes));
  return TreeHash(leaves, 0, leaves.size());
}

}  // namespace liaison::simulation
