#include "tests/simulation/writer.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "proto/record/errors.h"
#include "proto/record/event_builder.h"
#include "proto/record/pae.h"
#include "proto/record/uuid.h"
#include "tests/simulation/world.h"

namespace liaison::simulation {

Writer::Writer(World* world, uint64_t number, bool large)
    : world_(world), name_(absl::StrCat("org/writer-", number)), large_(large) {
  pace_us_ = world_->random().OneOf<int64_t>({10'000, 40'000, 150'000});
}

void Writer::ActLater() {
  world_->schedule().After(world_->random().Between(pace_us_ / 10, 2 * pace_us_), [this] {
    if (world_->calm()) return;
    if (world_->hub() != nullptr) Act();
    ActLater();
  });
}

void Writer::Act() {
  Random& random = world_->random();
  sequencer::Proposal proposal;
  proposal.atomic = !random.OneIn(3);
  proposal.dry_run = random.OneIn(20);
  switch (random.Below(16)) {
    case 0:
      return Stream();
    case 1:
      return Flood();
    case 2:
    case 3: {
      proposal.atomic = true;
      const ItemPtr revision = Revision(&proposal.checks);
      return Publish({revision}, std::move(proposal));
    }
    case 4:  // whatever the queue counts: it takes at most 64 MiB
      proposal.size_bytes = random.Between(5 << 20, 63 << 20);
      return Publish({Any()}, std::move(proposal));
    default: {
      std::vector<ItemPtr> items;
      const uint64_t count = random.OneIn(2) ? 1 : random.Between(2, 6);
      while (items.size() < count) items.push_back(Any());
      return Publish(items, std::move(proposal));
    }
  }
}

Writer::ItemPtr Writer::Any() {
  switch (world_->random().Below(16)) {
    case 0:
    case 1:
    case 2:
      return Again();
    case 3:
      return Contradiction();
    case 4:
      return Redaction();
    case 5:
      return Membership();
    case 6:
      return KeyEvent();
    case 7:
    case 8:
      return Signed();
    default:
      return Signal();
  }
}

// --- what is said --------------------------------------------------------------------------------

Writer::ItemPtr Writer::Keep(pb::PublishItem item) {
  said_.push_back(std::make_shared<Item>(Item{std::move(item), std::nullopt}));
  return said_.back();
}

pb::Draft Writer::Blank() {
  Random& random = world_->random();
  pb::Draft draft;
  draft.set_event_id(record::Uuid::FromBytes(random.Bytes(16)).ToString());
  draft.set_author(random.OneIn(8) ? absl::StrCat(name_, "/seat-1") : name_);
  draft.set_audience("igf/public");
  // By the author's own clock, which a retry does not move.
  draft.mutable_authored_time()->set_seconds(1'800'000'000 + random.Between(0, 1000));
  return draft;
}

Writer::ItemPtr Writer::Signal() {
  Random& random = world_->random();
  pb::PublishItem item;
  pb::Draft& draft = *item.mutable_draft();
  draft = Blank();
  draft.set_audience(random.OneOf<std::string>(
      {"igf/public", "igf/public", "igf/partners", "igf/mag", "igf/wg-fictional@2"}));
  draft.add_topics(
      random.OneOf<std::string>({"igf-call-2022:cyber.child", "igf-call-2022:cyber.iot",
                                 "igf-call-2022:cyber", "fictional:a.b", "fictional:a.bc"}));
  draft.mutable_topic_signal()->set_title(absl::StrCat("fictional ", random.Below(1000)));
  draft.mutable_topic_signal()->set_text(
      std::string(random.OneIn(20) ? random.Below(50'000) : random.Below(300), 'x'));
  return Keep(std::move(item));
}

Writer::ItemPtr Writer::Signed() {
  if (keys_.empty()) return KeyEvent();
  const ItemPtr signal = Signal();
  const auto salts = [this](pb::SectionKind) { return world_->random().Bytes(32); };
  pb::Draft draft = signal->item.draft();
  draft.set_author(name_);
  *signal->item.mutable_signed_() = record::BuildEvent(
      draft, &keys_[world_->random().Below(keys_.size())], absl::FromUnixSeconds(0), salts);
  return signal;
}

Writer::ItemPtr Writer::Again() { return said_.empty() ? Signal() : world_->random().OneOf(said_); }

// The same event id, other words.
Writer::ItemPtr Writer::Contradiction() {
  pb::PublishItem item = Again()->item;
  if (!item.has_draft() || !item.draft().has_topic_signal()) return Signal();
  item.mutable_draft()->mutable_topic_signal()->set_title("fictional, and something else");
  return std::make_shared<Item>(Item{std::move(item), std::nullopt});
}

const Writer::Item* Writer::Acknowledged() {
  for (int tries = 0; tries < 5 && !said_.empty(); ++tries) {
    const Item* item = world_->random().OneOf(said_).get();
    if (item->digest && item->item.has_draft() && item->item.draft().has_topic_signal())
      return item;
  }
  return nullptr;
}

// Of a chain as its author believes it to be: sometimes rightly.
Writer::ItemPtr Writer::Revision(std::vector<domain::ChainCheck>* checks) {
  Random& random = world_->random();
  const Item* root = Acknowledged();
  const ItemPtr revision = Signal();
  if (root == nullptr) return revision;
  auto* reference = revision->item.mutable_draft()->add_references();
  reference->set_digest(std::string(root->digest->bytes()));
  reference->set_relation(pb::RELATION_REVISES);
  // Seldom for other eyes than the first.
  if (!random.OneIn(8)) {
    revision->item.mutable_draft()->set_audience(root->item.draft().audience());
  }
  std::optional<record::Hash> latest = root->digest;
  for (const ItemPtr& item : said_) {
    const bool revises = item->item.has_draft() && item->item.draft().references_size() > 0 &&
                         item->item.draft().references(0).digest() == root->digest->bytes();
    if (revises && item->digest && !random.OneIn(4)) latest = item->digest;
  }
  if (random.OneIn(10)) latest.reset();
  checks->push_back({*root->digest, latest});
  if (random.OneIn(4)) checks->push_back({record::Sha256Of("fictional"), std::nullopt});
  return revision;
}

Writer::ItemPtr Writer::Redaction() {
  Random& random = world_->random();
  const Item* target = Acknowledged();
  if (target == nullptr) return Signal();
  pb::PublishItem item;
  pb::Draft& draft = *item.mutable_draft();
  draft = Blank();
  // Seldom for other eyes than the words that go.
  if (!random.OneIn(8)) draft.set_audience(target->item.draft().audience());
  draft.mutable_redaction()->set_target_digest(std::string(target->digest->bytes()));
  draft.mutable_redaction()->set_section(pb::SECTION_KIND_CONTENT);
  draft.mutable_redaction()->set_reason(pb::REDACTION_REASON_AUTHOR_REQUEST);
  return Keep(std::move(item));
}

// Who belongs to the MAG and the secretariat changes, and with it who may read and redact.
Writer::ItemPtr Writer::Membership() {
  Random& random = world_->random();
  pb::PublishItem item;
  pb::Draft& draft = *item.mutable_draft();
  draft = Blank();
  // Mostly by whom it is permitted.
  if (!random.OneIn(4)) draft.set_author("org/igf-secretariat");
  pb::Organisation& organisation = *draft.mutable_organisation();
  organisation.set_organisation(random.OneOf<std::string>(
      {"org/igf-mag", "org/igf-secretariat", name_, absl::StrCat(name_, "/seat-1")}));
  organisation.set_name("fictional");
  organisation.set_kind(random.OneOf<pb::OrganisationKind>({pb::ORGANISATION_KIND_MAG,
                                                            pb::ORGANISATION_KIND_SECRETARIAT,
                                                            pb::ORGANISATION_KIND_CIVIL_SOCIETY}));
  return Keep(std::move(item));
}

Writer::ItemPtr Writer::KeyEvent() {
  Random& random = world_->random();
  pb::PublishItem item;
  pb::Draft& draft = *item.mutable_draft();
  draft = Blank();
  draft.set_author(name_);
  pb::Key& key = *draft.mutable_key();
  key.set_organisation(name_);
  if (!keys_.empty() && random.OneIn(3)) {
    key.set_action(pb::KEY_ACTION_REVOKE);
    key.set_public_key(keys_[random.Below(keys_.size())].public_key());
    return Keep(std::move(item));
  }
  keys_.push_back(*record::SigningKey::FromSeed(random.Bytes(32)));
  key.set_action(pb::KEY_ACTION_ADD);
  key.set_public_key(keys_.back().public_key());
  key.set_possession(keys_.back().Sign(record::kKeyPossessionType, name_));
  return Keep(std::move(item));
}

// Many events that few may read: progress has to be told.
void Writer::Flood() {
  Random& random = world_->random();
  std::vector<ItemPtr> items;
  const bool large = large_ && floods_++ < 2;
  const uint64_t count = large ? random.Between(500, 1000) : random.Between(5, 40);
  while (items.size() < count) {
    pb::PublishItem item;
    *item.mutable_draft() = Blank();
    item.mutable_draft()->set_audience("igf/mag");
    item.mutable_draft()->add_topics("unspecified");
    item.mutable_draft()->mutable_topic_signal()->set_title("fictional flood");
    items.push_back(std::make_shared<Item>(Item{std::move(item), std::nullopt}));
  }
  sequencer::Proposal proposal;
  const uint64_t batches = large ? random.Between(1, 7) : 1;
  Publish(items, std::move(proposal));
  for (uint64_t i = 1; i < batches; ++i) {
    for (const ItemPtr& item : items) {
      item->item.mutable_draft()->set_event_id(
          record::Uuid::FromBytes(random.Bytes(16)).ToString());
    }
    Publish(items, {});
  }
}

// Several frames of which each counts on those before it.
void Writer::Stream() {
  const auto fence = std::make_shared<sequencer::Fence>();
  const uint64_t frames = world_->random().Between(2, 6);
  for (uint64_t i = 0; i < frames && world_->hub() != nullptr; ++i) {
    sequencer::Proposal proposal;
    proposal.atomic = world_->random().OneIn(2);
    proposal.fence = fence;
    std::vector<ItemPtr> items = {Any()};
    while (!world_->random().OneIn(2)) items.push_back(Any());
    Publish(items, std::move(proposal));
  }
}

// --- how it is said ------------------------------------------------------------------------------

void Writer::Publish(std::vector<ItemPtr> items, sequencer::Proposal proposal) {
  History& history = world_->history();
  if (proposal.dry_run) items.resize(1);  // what is repeated within one is refused at the door
  for (const ItemPtr& item : items) {
    auto statement = world_->hub()->admission.Admit(item->item, "item");
    if (!statement.ok()) {
      // A key that is not yet, or never came to be, in the registry.
      if (record::ReasonOf(statement.status()) != record::Reason::kKeyUnknown) {
        history.Violation(name_, " is not admitted: ", InWords(statement.status()));
      }
      return;
    }
    proposal.size_bytes += admission::SizeBytes(*statement);
    proposal.statements.push_back(*std::move(statement));
  }
  const bool dry_run = proposal.dry_run;
  history.Note(name_, " publishes ", items.size(), proposal.atomic ? " atomic" : "",
               dry_run ? " dry" : "", proposal.checks.empty() ? "" : " checked", " ",
               proposal.statements[0].header.event_id());
  world_->Submit(std::move(proposal), [this, items, dry_run](const sequencer::Answers* answers) {
    History& told = world_->history();
    if (answers == nullptr) return told.Count("unknown", items.size());
    for (size_t i = 0; i < items.size(); ++i) {
      const auto& answer = (*answers)[i];
      const std::string what =
          answer.ok() ? (answer->duplicate ? "duplicate" : "receipt")
                      : std::string(record::InfoOf(*record::ReasonOf(answer.status())).name);
      told.Note(name_, " gets ", what, answer.ok() ? absl::StrCat(" ", answer->leaf.sequence) : "");
      told.Count(absl::StrCat("answers_", what));
      if (answer.ok() && !dry_run) items[i]->digest = answer->leaf.digest;
    }
  });
}

}  // namespace liaison::simulation
