// An event of another hub's that a hub has taken, with what proves it. Everybody in it is
// fictional.
#ifndef LIAISON_TESTS_UNIT_SERVER_FEDERATION_TAKEN_EVENT_H_
#define LIAISON_TESTS_UNIT_SERVER_FEDERATION_TAKEN_EVENT_H_

#include <gtest/gtest.h>

#include <string>
#include <utility>

#include "server/federation/entry.h"
#include "server/federation/ordered_entry.h"
#include "storage/tree/proofs.h"
#include "tests/unit/server/federation/fictional_origin.h"
#include "tests/unit/server/federation/shown_hub.h"

namespace liaison::testing {

// Enters the item, which is proven by that head, as it came from the peer. Its sequence here.
inline uint64_t Take(ShownHub* hub, const federation::Item& item, const federation::Origin& origin,
                     const federation::Head& head, const std::string& peer) {
  federation::OrderedEntry entry(&hub->hub.log(), &hub->hub.proposals(),
                                 [hub] { return hub->hub.sequencer().registry(); });
  federation::Judgement judgement;
  judgement.verdict = federation::Verdict::kAccepted;
  judgement.leaf = *record::DecodeLeaf(item.leaf);
  judgement.leaf_hash = record::LeafHash(item.leaf);
  EXPECT_TRUE(judgement.header.ParseFromString(item.header));
  federation::rows::Lane lane;
  lane.set_origin(origin.name);
  lane.set_settled(item.sequence);
  const std::string key = federation::LaneRowKey(peer, origin.name);
  const auto before = entry.Find(key);
  EXPECT_TRUE(before.ok());
  federation::Arrival arrival{
      peer, origin.name, head, {{item, judgement}}, lane.SerializeAsString(), {}, *before, key};
  EXPECT_TRUE(entry.Commit(std::move(arrival)).ok());
  return hub->hub.log().head().sequence;
}

// What the origin says now.
inline uint64_t Take(ShownHub* hub, FictionalOrigin* from, const pb::Draft& draft,
                     const std::string& peer) {
  const federation::Item item = from->Attested(draft);
  return Take(hub, from->Proven(item), from->origin, from->head(), peer);
}

// What stands in the other's log, which has signed it.
inline uint64_t Take(ShownHub* hub, ShownHub* from, uint64_t sequence, const std::string& peer) {
  const storage::StoredEvent event = *from->hub.log().Read(sequence);
  federation::Item item{sequence, event.leaf, event.header, {}, {}};
  for (const storage::StoredSection& section : event.sections) {
    item.sections.push_back({static_cast<pb::SectionKind>(section.kind),
                             federation::Presence::kHere, section.salt, section.data});
  }
  const auto published = from->signer->published();
  item.proof = *storage::InclusionProof(from->signer->tree(storage::Tree::kLog), sequence - 1,
                                        published->log.head.size);
  const federation::Origin origin = *federation::ParseOrigin(from->signer->origin());
  return Take(hub, item, origin,
              *federation::OpenHead(from->signer->verifier(), published->log.note), peer);
}

}  // namespace liaison::testing

#endif  // LIAISON_TESTS_UNIT_SERVER_FEDERATION_TAKEN_EVENT_H_
