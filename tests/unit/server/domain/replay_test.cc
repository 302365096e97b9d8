// The rows kept with the log are what the log's headers amount to: replayed from empty by the same
// function, and counted a second time by a naive one that knows no tables. Random histories of
// everything that can be said, in batches, some of them rolled back. All of it is fictional.

#include <algorithm>
#include <cstdlib>
#include <deque>
#include <functional>
#include <iostream>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "proto/record/event_types.h"
#include "server/domain/life_cycle_rows.h"
#include "server/domain/rows.h"
#include "server/domain/rows.pb.h"
#include "server/domain/target.h"
#include "tests/support/fictional_igf.h"
#include "tests/support/test_hub.h"

namespace liaison {
namespace {

using namespace testing;  // NOLINT(google-build-using-namespace): drafts in few words
using record::Hash;
namespace rows = domain::rows;
using Rows = std::map<std::string, std::string>;

// --- the log, and two ways to read it ------------------------------------------------------------

struct Read {
  pb::EventHeader header;
  record::Leaf leaf;
  std::string header_bytes;
};

std::vector<Read> HeadersOf(const storage::EventLog& log) {
  std::vector<Read> events;
  for (uint64_t sequence = 1; sequence <= log.head().sequence; ++sequence) {
    auto stored = log.Read(sequence);
    EXPECT_TRUE(stored.ok()) << stored.status();
    Read read;
    EXPECT_TRUE(read.header.ParseFromString(stored->header));
    read.leaf = *record::DecodeLeaf(stored->leaf);
    read.header_bytes = stored->header;
    events.push_back(std::move(read));
  }
  return events;
}

Rows RowsIn(const storage::EventLog& log) {
  Rows rows;
  auto listed = log.ListRows(storage::Table::kLifeCycle, "", "", SIZE_MAX);
  EXPECT_TRUE(listed.ok()) << listed.status();
  for (auto& row : *listed) rows[row.key] = row.value;
  return rows;
}

// Knows headers and nothing of sections.
class HeadersOnly final : public domain::Lookup {
 public:
  using Known = std::optional<domain::KnownEvent>;
  absl::StatusOr<Known> ByIdentity(absl::string_view, absl::string_view) const override {
    return absl::InternalError("a replay asks for nothing by name");
  }
  absl::StatusOr<Known> ByDigest(const Hash& digest) const override {
    const auto it = events_.find(digest);
    if (it == events_.end()) return Known();
    domain::KnownEvent known;
    known.leaf = it->second.leaf;
    known.header_bytes = it->second.header_bytes;
    return Known(std::move(known));
  }
  absl::StatusOr<std::optional<Hash>> LatestRevision(const Hash& root) const override {
    const auto it = latest_.find(root);
    return it == latest_.end() ? std::optional<Hash>() : std::optional<Hash>(it->second);
  }
  absl::StatusOr<std::optional<std::string>> Row(absl::string_view key) const override {
    const auto it = rows_.find(std::string(key));
    return it == rows_.end() ? std::optional<std::string>()
                             : std::optional<std::string>(it->second);
  }
  absl::StatusOr<std::vector<domain::KeyedRow>> Rows(absl::string_view prefix) const override {
    std::vector<domain::KeyedRow> found;
    for (const auto& [key, value] : rows_) {
      if (key.compare(0, prefix.size(), prefix.data(), prefix.size()) == 0) {
        found.push_back({key, value});
      }
    }
    return found;
  }

  void Take(const Read& read) {
    auto changed = domain::ApplyLifeCycle(state_, *this, read.header, read.leaf);
    ASSERT_TRUE(changed.ok()) << changed.status();
    for (domain::ChangedRow& row : *changed) {
      if (row.value) {
        rows_[row.key] = *std::move(row.value);
      } else {
        rows_.erase(row.key);
      }
    }
    const domain::Effects effects = domain::Apply(read.header, read.leaf, &state_);
    for (const domain::ChainRow& chain : effects.chains) latest_[chain.root] = chain.latest;
    events_[read.leaf.digest] = read;
  }
  const std::map<std::string, std::string>& rows() const { return rows_; }

 private:
  domain::State state_;
  std::map<Hash, Read> events_;
  std::map<Hash, Hash> latest_;
  std::map<std::string, std::string> rows_;
};

// --- the naive recount ---------------------------------------------------------------------------

std::string Short(absl::string_view digest) { return absl::BytesToHexString(digest.substr(0, 6)); }
std::string Short(const Hash& digest) { return Short(digest.bytes()); }

// What a kept row says, in the words of the recount.
std::string InWords(const std::string& key, const std::string& value) {
  const auto parsed = [&value](auto message) {
    EXPECT_TRUE(message.ParseFromString(value));
    return message;
  };
  switch (static_cast<domain::RowKind>(key[0])) {
    case domain::RowKind::kRevision: {
      const auto row = parsed(rows::Revision());
      return absl::StrCat(row.count(), row.has_retraction() ? " retracted" : "");
    }
    case domain::RowKind::kDecision: {
      const auto row = parsed(rows::Decision());
      return absl::StrCat(pb::DecisionState_Name(row.facts().state()), " in ", row.cycle());
    }
    case domain::RowKind::kPosition:
      return pb::PositionKind_Name(parsed(rows::Position()).kind());
    case domain::RowKind::kRequest:
      return absl::StrCat(rows::RequestState_Name(parsed(rows::Request()).state()), " ",
                          parsed(rows::Request()).promised_on());
    case domain::RowKind::kInput: {
      const auto row = parsed(rows::Input());
      return absl::StrCat(pb::DispositionKind_Name(row.kind()), " ", Short(row.into()));
    }
    case domain::RowKind::kEvaluation:
      return parsed(rows::Evaluation()).conflict() ? "conflict" : "scores";
    case domain::RowKind::kTranslation: {
      const auto row = parsed(rows::Translation());
      return absl::StrCat("of ", Short(row.version()), row.stale() ? " stale" : "");
    }
    case domain::RowKind::kGrouping: {
      const auto row = parsed(rows::Grouping());
      std::string words = row.dissolved() ? "dissolved" : "grouped";
      for (const std::string& member : row.members()) absl::StrAppend(&words, " ", Short(member));
      return words;
    }
    case domain::RowKind::kLiaison:
      return pb::LiaisonAction_Name(parsed(rows::Liaison()).facts().action());
    case domain::RowKind::kCarriedOver:
      return absl::StrCat("from ", parsed(rows::CarriedOver()).from_cycle());
    default:
      return Short(value);  // a list: the root
  }
}

// Counts again, in the order of the log, what every row must say.
class Recount {
 public:
  explicit Recount(const std::vector<Read>& log) {
    for (const Read& read : log) {
      header_ = &read.header;
      digest_ = read.leaf.digest;
      headers_[digest_] = read.header;
      sequences_[digest_] = read.leaf.sequence;
      root_ = RootOf(digest_);
      Take();
    }
  }
  const std::map<std::string, std::string>& words() const { return words_; }

 private:
  Hash Named(pb::Relation relation) const {
    for (const pb::Reference& reference : header_->references()) {
      if (reference.relation() == relation) return Hash::FromBytes(reference.digest());
    }
    return Hash();
  }
  Hash RootOf(const Hash& digest) const {
    for (const pb::Reference& reference : headers_.at(digest).references()) {
      if (reference.relation() == pb::RELATION_REVISES) return Hash::FromBytes(reference.digest());
    }
    return digest;
  }

  std::string Whose() const {
    if (header_->recorded_for().has_individual()) return absl::StrCat("~", root_.bytes());
    const std::string& organisation = header_->recorded_for().organisation();
    return organisation.empty() ? header_->author() : organisation;
  }

  void Take() {
    if (root_ != digest_) Revised();
    switch (header_->type()) {
      case pb::EVENT_TYPE_TOPIC_SIGNAL:
      case pb::EVENT_TYPE_LOCAL_REPORT:
      case pb::EVENT_TYPE_SUPPORT_REQUEST:
        return Asked();
      case pb::EVENT_TYPE_LIAISON:
        words_[domain::LiaisonKey(header_->liaison().from(), header_->liaison().to())] =
            pb::LiaisonAction_Name(header_->liaison().action());
        return;
      case pb::EVENT_TYPE_POSITION:
        return Put(domain::PositionKey(RootOf(Named(pb::RELATION_POSITION_ON)), Whose()),
                   pb::PositionKind_Name(header_->position().kind()));
      case pb::EVENT_TYPE_EVALUATION:
        return Put(domain::EvaluationKey(header_->cycle(), RootOf(Named(pb::RELATION_EVALUATES)),
                                         header_->author()),
                   header_->evaluation().conflict() ? "conflict" : "scores");
      case pb::EVENT_TYPE_RESPONSE:
        return Responded();
      case pb::EVENT_TYPE_DISPOSITION:
        return Disposed();
      case pb::EVENT_TYPE_DECISION:
        return Decided();
      case pb::EVENT_TYPE_PROGRESS:
        return Reported(pb::DECISION_STATE_IN_PROGRESS);
      case pb::EVENT_TYPE_OUTCOME:
        return Reported(pb::DECISION_STATE_COMPLETED);
      case pb::EVENT_TYPE_CARRY_OVER:
        return Carried();
      case pb::EVENT_TYPE_RETRACTION:
        return Retracted();
      case pb::EVENT_TYPE_TRANSLATION:
        return Translated();
      case pb::EVENT_TYPE_GROUPING:
        return Grouped();
      default:
        return;
    }
  }

  // A row that goes when what it came from is taken back.
  void Put(const std::string& key, const std::string& words) {
    words_[key] = words;
    put_by_[key] = root_;
  }

  void Revised() {
    ++versions_[root_];
    latest_[root_] = digest_;
    SayRevision(root_);
    for (auto& [key, version] : translations_) {
      const auto row = words_.find(domain::TranslationKey(root_, key.second));
      // One that is gone does not come back as stale.
      if (key.first != root_ || row == words_.end()) continue;
      row->second = absl::StrCat("of ", Short(version), " stale");
    }
  }
  void SayRevision(const Hash& root) {
    words_[domain::RevisionKey(root)] =
        absl::StrCat(versions_[root], retracted_.count(root) > 0 ? " retracted" : "");
  }

  // Who is asked is whom the latest version asks.
  void Asked() {
    const uint64_t sequence = sequences_.at(root_);
    for (const std::string& key : asked_[root_]) words_.erase(key);
    asked_[root_].clear();
    const bool asks =
        !header_->addressees().empty() &&
        (header_->has_support_request() || header_->local_report().stated_size() > 0 ||
         header_->topic_signal().purpose() == pb::PURPOSE_ACTION ||
         header_->topic_signal().purpose() == pb::PURPOSE_RESPONSE);
    if (!asks) return;
    for (const std::string& to : header_->addressees()) {
      asked_[root_].push_back(domain::ListKey(domain::RowKind::kRequestsTo, to, sequence));
    }
    asked_[root_].push_back(
        domain::ListKey(domain::RowKind::kRequestsFrom, headers_.at(root_).author(), sequence));
    for (const std::string& key : asked_[root_]) words_[key] = Short(root_);
    addressees_[root_] = {header_->addressees().begin(), header_->addressees().end()};
    asked_by_[root_] = header_->has_support_request() ? header_->support_request().due_on()
                       : header_->has_local_report()  ? header_->local_report().asked(0).by()
                                                      : header_->topic_signal().requested_date();
  }

  void Responded() {
    const Hash request = RootOf(Named(pb::RELATION_RESPONDS_TO));
    static const auto* const states = new std::map<pb::ResponseKind, rows::RequestState>{
        {pb::RESPONSE_KIND_ACCEPT, rows::REQUEST_STATE_ACCEPTED},
        {pb::RESPONSE_KIND_COUNTER, rows::REQUEST_STATE_COUNTERED},
        {pb::RESPONSE_KIND_DECLINE, rows::REQUEST_STATE_DECLINED},
        {pb::RESPONSE_KIND_ANSWER, rows::REQUEST_STATE_ANSWERED}};
    // Itself, or else its body; an import says whose words it writes down.
    const std::string& whose =
        header_->channel() == pb::CHANNEL_IMPORT && !header_->recorded_for().organisation().empty()
            ? header_->recorded_for().organisation()
            : header_->author();
    std::vector<std::string> asked = addressees_.at(request);
    std::sort(asked.rbegin(), asked.rend());
    const auto to = std::find_if(asked.begin(), asked.end(), [&whose](const std::string& one) {
      return whose == one || whose.rfind(one + "/", 0) == 0;
    });
    ASSERT_NE(to, asked.end()) << whose << " answers what it was not asked";
    const std::string key = domain::RequestKey(request, *to);
    std::string& promised = promised_[key];
    const pb::ResponseKind kind = header_->response().kind();
    const bool countered = absl::StartsWith(words_[key], "REQUEST_STATE_COUNTERED");
    if (kind == pb::RESPONSE_KIND_COUNTER) {
      promised = header_->response().doable_date();
    } else if (kind != pb::RESPONSE_KIND_ACCEPT) {
      promised.clear();
    } else if (!countered) {
      promised = asked_by_.at(request);
    }
    words_[key] = absl::StrCat(rows::RequestState_Name(states->at(kind)), " ", promised);
  }

  // A version that says of an input what the one before said moves it nowhere.
  void Disposed() {
    const pb::DispositionFacts& facts = header_->disposition();
    std::map<std::string, pb::DispositionKind> said;
    for (const pb::DisposedInput& input : facts.inputs()) {
      const std::string key = domain::InputKey(Hash::FromBytes(input.input()));
      said[key] = input.kind();
      const auto before = said_[root_].find(key);
      if (before != said_[root_].end() && before->second == input.kind() &&
          moved_by_[key] != root_) {
        continue;
      }
      moved_by_[key] = root_;
      const bool into = input.kind() == pb::DISPOSITION_KIND_MERGED ||
                        input.kind() == pb::DISPOSITION_KIND_TAKEN_UP;
      words_[key] = absl::StrCat(pb::DispositionKind_Name(input.kind()), " ",
                                 Short(into ? facts.into() : ""));
    }
    said_[root_] = said;
  }

  struct Decision {
    pb::DecisionState state = pb::DECISION_STATE_UNSPECIFIED;
    std::string cycle;
  };
  void SayDecision(const Hash& root) {
    const Decision& decision = decisions_[root];
    words_[domain::DecisionKey(root)] =
        absl::StrCat(pb::DecisionState_Name(decision.state), " in ", decision.cycle);
    if (decision.cycle.empty()) return;
    words_[domain::ListKey(domain::RowKind::kDecisionsOf, decision.cycle, sequences_.at(root))] =
        Short(root);
  }
  void Decided() {
    decisions_[root_].state = header_->decision().state();
    if (!header_->cycle().empty()) decisions_[root_].cycle = header_->cycle();
    for (const pb::Reference& reference : header_->references()) {
      if (reference.relation() != pb::RELATION_CONSIDERS) continue;
      const Hash considered = RootOf(Hash::FromBytes(reference.digest()));
      words_[domain::ConsidersKey(root_, considered)] = Short(considered);
    }
    SayDecision(root_);
  }
  void Reported(pb::DecisionState state) {
    const Hash root = RootOf(Named(pb::RELATION_REPORTS_ON));
    decisions_[root].state = state;
    if (state == pb::DECISION_STATE_COMPLETED) delivered_[root] = root_;
    SayDecision(root);
  }
  void Carried() {
    const pb::CarryOverFacts& facts = header_->carry_over();
    for (const pb::Reference& reference : header_->references()) {
      if (reference.relation() != pb::RELATION_CARRIES_OVER) continue;
      const Hash item = Hash::FromBytes(reference.digest());
      words_[domain::CarriedOverKey(facts.to_cycle(), item)] =
          absl::StrCat("from ", facts.from_cycle());
      if (decisions_.count(item) == 0) continue;
      Decision& decision = decisions_[item];
      if (decision.state == pb::DECISION_STATE_DEFERRED) {
        decision.state = pb::DECISION_STATE_PROPOSED;
      }
      decision.cycle = facts.to_cycle();
      SayDecision(item);
    }
  }

  void Retracted() {
    const Hash root = Named(pb::RELATION_RETRACTS);
    retracted_.insert(root);
    SayRevision(root);
    for (auto& [decision, outcome] : delivered_) {
      if (outcome != root) continue;
      outcome = Hash();
      decisions_[decision].state = pb::DECISION_STATE_IN_PROGRESS;
      SayDecision(decision);
    }
    for (auto it = put_by_.begin(); it != put_by_.end();) {
      if (it->second == root) {
        words_.erase(it->first);
        it = put_by_.erase(it);
      } else {
        ++it;
      }
    }
  }

  void Translated() {
    const Hash version = Named(pb::RELATION_TRANSLATES);
    const Hash of = RootOf(version);
    const bool stale = latest_.count(of) > 0 && latest_[of] != version;
    translations_[{of, header_->language()}] = version;
    const std::string key = domain::TranslationKey(of, header_->language());
    Put(key, absl::StrCat("of ", Short(version), stale ? " stale" : ""));
  }

  void Grouped() {
    std::vector<std::string>& members = members_[root_];
    const bool grouped = header_->grouping().action() == pb::GROUPING_ACTION_GROUP;
    if (grouped) {
      members.clear();
      for (const pb::Reference& reference : header_->references()) {
        if (reference.relation() != pb::RELATION_GROUPS) continue;
        members.push_back(Short(reference.digest()));
        words_[domain::GroupsOfKey(Hash::FromBytes(reference.digest()), root_)] = Short(root_);
      }
    }
    words_[domain::GroupingKey(root_)] =
        absl::StrCat(grouped ? "grouped" : "dissolved", " ", absl::StrJoin(members, " "));
  }

  const pb::EventHeader* header_ = nullptr;
  Hash digest_, root_;
  std::map<std::string, std::string> words_;
  std::map<Hash, pb::EventHeader> headers_;
  std::map<Hash, uint64_t> sequences_;
  std::map<std::string, Hash> put_by_;
  std::map<Hash, int> versions_;
  std::map<Hash, Hash> latest_;
  std::set<Hash> retracted_;
  std::map<Hash, Hash> delivered_;  // decision -> the outcome that stands
  std::map<std::pair<Hash, std::string>, Hash> translations_;
  std::map<Hash, std::vector<std::string>> asked_;
  std::map<Hash, std::vector<std::string>> addressees_;
  std::map<Hash, std::string> asked_by_;
  std::map<std::string, std::string> promised_;
  std::map<Hash, std::map<std::string, pb::DispositionKind>> said_;  // by the latest version
  std::map<std::string, Hash> moved_by_;
  std::map<Hash, Decision> decisions_;
  std::map<Hash, std::vector<std::string>> members_;
};

// --- random histories ----------------------------------------------------------------------------

// Says what may well be accepted, of everything that can be said.
class Chatter {
 public:
  explicit Chatter(uint64_t seed) : random_(seed) {
    for (pb::Draft& draft : Opening()) Accept(std::move(draft));
    Accept(CycleOf("2026", pb::CYCLE_STATE_OPEN));
    Accept(SchemeOf("core", {"unspecified", "access"}));
  }

  void Run(int proposals) {
    for (int i = 0; i < proposals; ++i) {
      if (OneIn(60)) hub_.Restart();
      if (OneIn(10)) hub_.PassTime(int64_t{3600} * 1'000'000);
      Propose();
    }
  }

  TestHub& hub() { return hub_; }
  const std::map<pb::EventType, int>& accepted() const { return accepted_; }
  int refused() const { return refused_; }

 private:
  struct Known {
    Hash digest, root;
    pb::EventType type;
    pb::Draft draft;
  };

  uint64_t Below(uint64_t bound) { return random_() % bound; }
  bool OneIn(uint64_t n) { return Below(n) == 0; }
  template <typename T>
  T OneOf(const std::vector<T>& choices) {
    return choices[Below(choices.size())];
  }
  std::string Anybody() { return OneOf<std::string>({kPartner, kOther, kNri, kSeat1, kSeat2}); }
  std::string Cycle() { return OneOf<std::string>({"2026", "2027", "2027", "2027"}); }

  // Rather something recent: what is old is settled.
  const Known* Some(const std::set<pb::EventType>& types, bool root_only = false) {
    std::vector<const Known*> fitting;
    for (const Known& known : known_) {
      if (types.count(known.type) > 0 && (!root_only || known.root == known.digest)) {
        fitting.push_back(&known);
      }
    }
    if (fitting.empty()) return nullptr;
    const size_t window = OneIn(4) ? fitting.size() : std::min<size_t>(fitting.size(), 8);
    return fitting[fitting.size() - 1 - Below(window)];
  }
  std::vector<Hash> SomeRoots(const std::set<pb::EventType>& types, size_t at_most) {
    std::set<Hash> roots;
    for (size_t i = 0; i < at_most; ++i) {
      if (const Known* known = Some(types, /*root_only=*/true)) roots.insert(known->digest);
    }
    return {roots.begin(), roots.end()};
  }

  void Accept(pb::Draft draft) {
    auto statement = hub_.admission().Admit(Item(std::move(draft)), "items[0]");
    ASSERT_TRUE(statement.ok()) << statement.status();
    std::vector<domain::Statement> statements;
    statements.push_back(*std::move(statement));
    const auto answers = hub_.PublishStatements(std::move(statements), true);
    ASSERT_TRUE(answers[0].ok()) << answers[0].status();
    ++accepted_[Type(answers[0]->header_bytes)];
  }
  static pb::EventType Type(const std::string& header_bytes) {
    pb::EventHeader header;
    EXPECT_TRUE(header.ParseFromString(header_bytes));
    return header.type();
  }

  // One proposal; later statements may name earlier ones. Some are long, so that one row is changed
  // three times on its way to disk.
  void Propose() {
    const size_t size = OneIn(2) ? 1 : OneIn(4) ? 30 + Below(60) : 2 + Below(5);
    const size_t known_before = known_.size();
    std::vector<domain::Statement> statements;
    for (size_t i = 0; i < size; ++i) {
      std::optional<pb::Draft> draft = Draft();
      if (!draft) continue;
      auto statement = hub_.admission().Admit(Item(*draft), "items[0]");
      ASSERT_TRUE(statement.ok()) << statement.status() << draft->ShortDebugString();
      known_.push_back({statement->digest, domain::RootOf(statement->header, statement->digest),
                        statement->header.type(), *std::move(draft)});
      statements.push_back(*std::move(statement));
    }
    if (statements.empty()) return;
    const bool dry_run = OneIn(12);
    const auto answers = hub_.PublishStatements(
        std::move(statements), /*atomic=*/(size < 10 && OneIn(3)) || dry_run, dry_run);
    std::deque<Known> said(known_.begin() + known_before, known_.end());
    known_.resize(known_before, {Hash(), Hash(), pb::EVENT_TYPE_UNSPECIFIED, {}});
    for (size_t i = 0; i < answers.size(); ++i) {
      refused_ += answers[i].ok() ? 0 : 1;
      if (!answers[i].ok() || dry_run) continue;
      ++accepted_[said[i].type];
      known_.push_back(std::move(said[i]));
    }
  }

  std::optional<pb::Draft> Draft() {
    using Say = std::optional<pb::Draft> (Chatter::*)();
    static constexpr std::pair<int, Say> kSaid[] = {
        {10, &Chatter::Signal},     {8, &Chatter::Request},     {4, &Chatter::Report},
        {3, &Chatter::Support},     {12, &Chatter::Position},   {12, &Chatter::Response},
        {9, &Chatter::Disposition}, {6, &Chatter::Evaluation},  {5, &Chatter::NewDecision},
        {9, &Chatter::Decision},    {4, &Chatter::Progress},    {2, &Chatter::Outcome},
        {3, &Chatter::CarryOver},   {6, &Chatter::Amendment},   {7, &Chatter::Revision},
        {5, &Chatter::Retraction},  {7, &Chatter::Translation}, {4, &Chatter::Group},
        {4, &Chatter::Regroup},     {4, &Chatter::Redaction},   {2, &Chatter::Liaison},
        {5, &Chatter::Rest}};
    int sum = 0;
    for (const auto& said : kSaid) sum += said.first;
    int pick = static_cast<int>(Below(sum));
    for (const auto& [weight, say] : kSaid) {
      if ((pick -= weight) < 0) return (this->*say)();
    }
    return std::nullopt;
  }

  // --- what is said ------------------------------------------------------------------------------

  pb::Draft Somewhere(pb::Draft draft) {
    draft.set_audience(OneOf<std::string>(
        {"igf/public", "igf/public", "igf/public", "igf/public", "igf/partners", "igf/mag"}));
    return draft;
  }
  std::optional<pb::Draft> Signal() { return Somewhere(SignalBy(Anybody())); }
  std::optional<pb::Draft> Request() {
    pb::Draft draft = RequestTo(OneOf<std::string>({kMag, kPartner}), Anybody());
    if (OneIn(2)) draft.add_addressees(OneOf<std::string>({kNri, kOther, kSeat1}));
    if (OneIn(6)) draft.mutable_topic_signal()->set_purpose(pb::PURPOSE_INFORMATION);
    return draft;
  }
  std::optional<pb::Draft> Report() {
    pb::Draft draft = ReportBy(kNri);
    if (OneIn(2)) {
      draft.add_addressees(kMag);
      pb::ReportRequest& request = *draft.mutable_local_report()->add_requests();
      request.set_text("a fictional request");
      if (OneIn(2)) request.set_to(kMag);
      if (OneIn(2)) request.set_by("2027-06-01");
    }
    return draft;
  }
  std::optional<pb::Draft> Support() {
    return SupportRequestBy(Anybody(), OneOf<std::string>({kMag, kSecretariat}));
  }
  std::optional<pb::Draft> Position() {
    const Known* on = Some({pb::EVENT_TYPE_TOPIC_SIGNAL, pb::EVENT_TYPE_LOCAL_REPORT,
                            pb::EVENT_TYPE_DECISION, pb::EVENT_TYPE_DECISION});
    if (on == nullptr) return std::nullopt;
    const pb::Draft own =
        PositionOn(on->digest, Anybody(),
                   OneOf<pb::PositionKind>({pb::POSITION_KIND_SUPPORT, pb::POSITION_KIND_RESERVE,
                                            pb::POSITION_KIND_OBJECT, pb::POSITION_KIND_OBJECT,
                                            pb::POSITION_KIND_WITHDRAWN}));
    if (OneIn(3)) return RecordedFor(own.author(), By(kSecretariat, own));
    if (OneIn(6)) return RecordedForSomebody(By(kSecretariat, own));
    return own;
  }
  std::optional<pb::Draft> Response() {
    for (int tries = 0; tries < 20; ++tries) {
      const Known* to = Some({pb::EVENT_TYPE_TOPIC_SIGNAL, pb::EVENT_TYPE_LOCAL_REPORT,
                              pb::EVENT_TYPE_SUPPORT_REQUEST});
      if (to == nullptr || to->draft.addressees().empty()) continue;
      std::string author = to->draft.addressees(
          static_cast<int>(Below(static_cast<uint64_t>(to->draft.addressees_size()))));
      if (author == kMag && OneIn(2)) author = kSeat1;
      const pb::Draft said = ResponseTo(
          to->digest, author,
          OneOf<pb::ResponseKind>({pb::RESPONSE_KIND_ACCEPT, pb::RESPONSE_KIND_ACCEPT,
                                   pb::RESPONSE_KIND_COUNTER, pb::RESPONSE_KIND_COUNTER,
                                   pb::RESPONSE_KIND_DECLINE, pb::RESPONSE_KIND_ANSWER}));
      if (!OneIn(4)) return said;
      pb::Draft imported = RecordedFor(author, By(kSecretariat, said));
      imported.set_channel(pb::CHANNEL_IMPORT);
      return imported;
    }
    return std::nullopt;
  }
  std::optional<pb::Draft> Disposition() {
    const auto kind = OneOf<pb::DispositionKind>(
        {pb::DISPOSITION_KIND_NOTED, pb::DISPOSITION_KIND_PASSED_ON, pb::DISPOSITION_KIND_MERGED,
         pb::DISPOSITION_KIND_TAKEN_UP, pb::DISPOSITION_KIND_NOT_THIS_CYCLE});
    pb::Draft draft = DispositionOf(
        SomeRoots({pb::EVENT_TYPE_TOPIC_SIGNAL, pb::EVENT_TYPE_LOCAL_REPORT}, 1 + Below(4)), kind,
        OneOf<std::string>({kSecretariat, kSeat1}));
    if (draft.disposition().inputs().empty()) return std::nullopt;
    if (kind == pb::DISPOSITION_KIND_MERGED || kind == pb::DISPOSITION_KIND_TAKEN_UP || OneIn(3)) {
      const Known* into = Some({pb::EVENT_TYPE_DECISION, pb::EVENT_TYPE_GROUPING});
      if (into == nullptr) return std::nullopt;
      draft.mutable_disposition()->set_into(std::string(into->digest.bytes()));
    }
    return draft;
  }
  std::optional<pb::Draft> Evaluation() {
    const Known* candidate =
        Some({pb::EVENT_TYPE_TOPIC_SIGNAL, pb::EVENT_TYPE_DECISION, pb::EVENT_TYPE_GROUPING},
             /*root_only=*/true);
    if (candidate == nullptr) return std::nullopt;
    pb::Draft draft = EvaluationOf(candidate->digest, OneOf<std::string>({kSeat1, kSeat2}),
                                   static_cast<uint32_t>(Below(6)));
    draft.set_cycle(Cycle());
    return draft;
  }
  std::optional<pb::Draft> NewDecision() {
    pb::Draft draft = OneIn(3)
                          ? BareDecisionIn(pb::DECISION_STATE_ADOPTED_INCOMPLETE)
                          : DecisionIn(OneOf<pb::DecisionState>(
                                {pb::DECISION_STATE_PROPOSED, pb::DECISION_STATE_PROPOSED,
                                 pb::DECISION_STATE_IN_CONSULTATION, pb::DECISION_STATE_ADOPTED}));
    draft.set_cycle(Cycle());
    return Considering(SomeRoots({pb::EVENT_TYPE_TOPIC_SIGNAL}, 3), draft);
  }
  std::optional<pb::Draft> Decision() {
    const Known* before = Some({pb::EVENT_TYPE_DECISION}, /*root_only=*/true);
    if (before == nullptr) return std::nullopt;
    pb::Draft draft = Revising(
        before->digest,
        DecisionIn(OneOf<pb::DecisionState>(
                       {pb::DECISION_STATE_PROPOSED, pb::DECISION_STATE_IN_CONSULTATION,
                        pb::DECISION_STATE_ADOPTED, pb::DECISION_STATE_ADOPTED,
                        pb::DECISION_STATE_ADOPTED_INCOMPLETE, pb::DECISION_STATE_IN_PROGRESS,
                        pb::DECISION_STATE_DEFERRED, pb::DECISION_STATE_DEFERRED,
                        pb::DECISION_STATE_DECLINED, pb::DECISION_STATE_WITHDRAWN}),
                   OneOf<std::string>({kSeat1, kSeat2, kSecretariat})));
    if (!OneIn(5)) draft.set_cycle("");
    // All its objections, as far as they are known.
    std::vector<Hash> objections;
    for (const Known& known : known_) {
      if (known.type != pb::EVENT_TYPE_POSITION || known.draft.audience() != "igf/public" ||
          known.draft.position().kind() != pb::POSITION_KIND_OBJECT ||
          known.draft.references(0).digest() != before->digest.bytes() || OneIn(6)) {
        continue;
      }
      objections.push_back(known.digest);
    }
    return Answering(objections, draft);
  }
  std::optional<pb::Draft> Progress() {
    const Known* on = Some({pb::EVENT_TYPE_DECISION}, /*root_only=*/true);
    if (on == nullptr) return std::nullopt;
    return ProgressOn(on->digest, OneOf<std::string>({kSeat1, kSecretariat}));
  }
  std::optional<pb::Draft> Outcome() {
    const Known* on = Some({pb::EVENT_TYPE_DECISION}, /*root_only=*/true);
    if (on == nullptr) return std::nullopt;
    return OutcomeOf(on->digest, kSecretariat);
  }
  std::optional<pb::Draft> CarryOver() {
    const std::vector<Hash> items =
        SomeRoots({pb::EVENT_TYPE_DECISION, pb::EVENT_TYPE_TOPIC_SIGNAL}, 1 + Below(2));
    if (items.empty()) return std::nullopt;
    return OneIn(2) ? CarryOverOf(items, "2026", "2027") : CarryOverOf(items, "2027", "2026");
  }
  std::optional<pb::Draft> Amendment() {
    const Known* of = Some({pb::EVENT_TYPE_TOPIC_SIGNAL, pb::EVENT_TYPE_POSITION,
                            pb::EVENT_TYPE_LOCAL_REPORT, pb::EVENT_TYPE_DECISION},
                           /*root_only=*/true);
    if (of == nullptr) return std::nullopt;
    return For(of->draft.audience(), AmendmentOf(of->digest, of->draft.author()));
  }
  // The same type of event again; whom it asks may change.
  std::optional<pb::Draft> Revision() {
    const Known* of =
        Some({pb::EVENT_TYPE_TOPIC_SIGNAL, pb::EVENT_TYPE_SUPPORT_REQUEST, pb::EVENT_TYPE_POSITION,
              pb::EVENT_TYPE_EVALUATION, pb::EVENT_TYPE_TRANSLATION, pb::EVENT_TYPE_DISPOSITION},
             /*root_only=*/true);
    if (of == nullptr) return std::nullopt;
    pb::Draft draft = of->draft;
    draft.set_event_id(SignalBy(kPartner).event_id());
    if (draft.has_disposition() && OneIn(3)) {
      draft.mutable_disposition()->mutable_inputs(0)->set_kind(pb::DISPOSITION_KIND_NOTED);
    }
    if (draft.has_topic_signal() && OneIn(2)) {
      draft.clear_addressees();
      draft.add_addressees(OneOf<std::string>({kMag, kPartner, kOther}));
    }
    if (draft.has_position()) {
      draft.mutable_position()->set_kind(
          OneOf<pb::PositionKind>({pb::POSITION_KIND_SUPPORT, pb::POSITION_KIND_OBJECT}));
    }
    return Revising(of->digest, std::move(draft));
  }
  std::optional<pb::Draft> Retraction() {
    const Known* of =
        Some({pb::EVENT_TYPE_TOPIC_SIGNAL, pb::EVENT_TYPE_POSITION, pb::EVENT_TYPE_EVALUATION,
              pb::EVENT_TYPE_TRANSLATION, pb::EVENT_TYPE_PROGRESS, pb::EVENT_TYPE_OUTCOME,
              pb::EVENT_TYPE_SUPPORT_REQUEST},
             /*root_only=*/true);
    if (of == nullptr) return std::nullopt;
    return For(of->draft.audience(),
               RetractionOf(of->digest, OneIn(4) ? kSecretariat : of->draft.author()));
  }
  std::optional<pb::Draft> Translation() {
    const Known* of = Some({pb::EVENT_TYPE_TOPIC_SIGNAL, pb::EVENT_TYPE_DECISION,
                            pb::EVENT_TYPE_AMENDMENT, pb::EVENT_TYPE_LOCAL_REPORT});
    if (of == nullptr) return std::nullopt;
    return For(of->draft.audience(),
               TranslationOf(of->digest, OneOf<std::string>({"fr", "fr", "es"})));
  }
  std::optional<pb::Draft> Group() {
    const std::vector<Hash> members =
        SomeRoots({pb::EVENT_TYPE_TOPIC_SIGNAL, pb::EVENT_TYPE_LOCAL_REPORT}, 4);
    if (members.size() < 2) return std::nullopt;
    return GroupOf(members);
  }
  std::optional<pb::Draft> Regroup() {
    const Known* group = Some({pb::EVENT_TYPE_GROUPING}, /*root_only=*/true);
    if (group == nullptr) return std::nullopt;
    if (OneIn(2)) return DissolutionOf(group->digest, kSeat2);
    std::optional<pb::Draft> again = Group();
    if (!again) return std::nullopt;
    return Revising(group->digest, *std::move(again));
  }
  // Rows never come from what can be erased.
  std::optional<pb::Draft> Redaction() {
    const Known* of =
        Some({pb::EVENT_TYPE_TOPIC_SIGNAL, pb::EVENT_TYPE_DECISION, pb::EVENT_TYPE_POSITION,
              pb::EVENT_TYPE_RESPONSE, pb::EVENT_TYPE_DISPOSITION, pb::EVENT_TYPE_EVALUATION});
    if (of == nullptr) return std::nullopt;
    return For(of->draft.audience(),
               RedactionDraft(of->draft.author(), of->digest, pb::SECTION_KIND_CONTENT));
  }
  std::optional<pb::Draft> Liaison() {
    return LiaisonBetween(kPartner, OneOf<std::string>({kOther, kNri}),
                          OneIn(3) ? pb::LIAISON_ACTION_END : pb::LIAISON_ACTION_ESTABLISH);
  }
  std::optional<pb::Draft> Rest() {
    switch (Below(8)) {
      case 0:
        return AudienceOf("igf/wg-fictional", ++audience_version_, {kPartner, kOther});
      case 1:
        return SchemeOf("fictional-2027", {"access"});
      case 2:
        return CrosswalkBy(kSecretariat);
      case 3:
        return CycleOf(absl::StrCat(2030 + Below(30)), pb::CYCLE_STATE_OPEN);
      case 4:
        return AttendanceBy(kNri);
      case 5:
        return RegistrationOf(absl::StrCat("org/fictional-", Below(9)),
                              pb::ORGANISATION_KIND_GOVERNMENT);
      case 6:
        return KeyDraft(kPartner, pb::KEY_ACTION_ADD, record::SigningKey::Generate());
      default:
        return CycleOf("2027", pb::CYCLE_STATE_OPEN);
    }
  }

  std::mt19937_64 random_;
  TestHub hub_;
  std::deque<Known> known_;
  std::map<pb::EventType, int> accepted_;
  int refused_ = 0;
  uint32_t audience_version_ = 0;
};

// --- the property --------------------------------------------------------------------------------

void ExpectReplayed(const storage::EventLog& log) {
  const Rows kept = RowsIn(log);
  const std::vector<Read> events = HeadersOf(log);
  HeadersOnly replay;
  for (const Read& read : events) replay.Take(read);
  EXPECT_EQ(kept.size(), replay.rows().size());
  for (const auto& [key, value] : kept) {
    const auto it = replay.rows().find(key);
    ASSERT_NE(it, replay.rows().end()) << "not in the replay: " << absl::CHexEscape(key);
    ASSERT_EQ(it->second, value) << absl::CHexEscape(key);
  }
}

void ExpectCounted(const storage::EventLog& log) {
  const Recount recount(HeadersOf(log));
  std::map<std::string, std::string> kept;
  for (const auto& [key, value] : RowsIn(log)) kept[absl::CHexEscape(key)] = InWords(key, value);
  std::map<std::string, std::string> counted;
  for (const auto& [key, words] : recount.words()) counted[absl::CHexEscape(key)] = words;
  for (const auto& [key, words] : counted) {
    ASSERT_EQ(kept.count(key), 1u) << "no row " << key << ", which says " << words;
    ASSERT_EQ(kept[key], words) << key;
  }
  for (const auto& [key, words] : kept) {
    ASSERT_EQ(counted.count(key), 1u) << "one row too many: " << key << " says " << words;
  }
}

class ReplayTest : public ::testing::Test {
 protected:
  void Run(uint64_t seed) {
    SCOPED_TRACE(::testing::Message() << "seed " << seed);
    Chatter chatter(seed);
    ASSERT_NO_FATAL_FAILURE(chatter.Run(kProposals));
    int accepted = 0;
    for (const auto& [type, count] : chatter.accepted()) {
      accepted_[type] += count;
      accepted += count;
    }
    std::cout << "seed " << seed << ": " << accepted << " accepted, " << chatter.refused()
              << " refused, " << RowsIn(chatter.hub().log()).size() << " rows" << std::endl;
    // A history that is refused everywhere proves nothing, nor does one that is never refused.
    EXPECT_GT(accepted, chatter.refused());
    EXPECT_GT(chatter.refused(), 0);
    ASSERT_NO_FATAL_FAILURE(ExpectReplayed(chatter.hub().log()));
    ASSERT_NO_FATAL_FAILURE(ExpectCounted(chatter.hub().log()));
  }

  static constexpr int kProposals = 150;
  std::map<pb::EventType, int> accepted_;
};

TEST_F(ReplayTest, RowsAreWhatTheHeadersAmountTo) {
  for (uint64_t seed = 1; seed <= 6; ++seed) ASSERT_NO_FATAL_FAILURE(Run(seed));
  for (const record::EventTypeInfo& type : record::EventTypes()) {
    if (type.draft_field.empty()) continue;
    EXPECT_GE(accepted_[type.type], 5) << "hardly ever accepted: " << type.name;
  }
}

// LIAISON_SEED plays one again.
TEST_F(ReplayTest, AndOfAHistoryThatNobodyHasSeen) {
  const char* seed = std::getenv("LIAISON_SEED");
  ASSERT_NO_FATAL_FAILURE(
      Run(seed == nullptr ? std::random_device{}() : std::strtoull(seed, nullptr, 10)));
}

}  // namespace
}  // namespace liaison
