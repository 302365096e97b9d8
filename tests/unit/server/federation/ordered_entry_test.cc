#include "server/federation/ordered_entry.h"

#include <gtest/gtest.h>

#include "fictional_origin.h"
#include "server/domain/relayed.h"
#include "shown_hub.h"
#include "taken_event.h"

namespace liaison::federation {
namespace {

using testing::FictionalOrigin;

// In a log that this one goes on from: the redaction is not here, and the words are not either.
TEST(OrderedEntryTest, WordsThatWereErasedHereOnceStayOut) {
  testing::ShownHub hub("");
  FictionalOrigin from(testing::kRegional);
  OrderedEntry entry(&hub.hub.log(), &hub.hub.proposals(),
                     [&hub] { return hub.hub.sequencer().registry(); });
  const Item item = from.Attested(FictionalOrigin::Signal());
  const record::Hash digest = record::DecodeLeaf(item.leaf)->digest;
  ASSERT_TRUE(
      entry.Keep(domain::ErasedOnceKey(digest, pb::SECTION_KIND_CONTENT), "org/fictional", {})
          .ok());
  const uint64_t erased =
      testing::Take(&hub, from.Proven(item), from.origin, from.head(), "regional");
  const uint64_t other = testing::Take(&hub, &from, FictionalOrigin::Signal(), "regional");
  const storage::StoredEvent without = *hub.hub.log().Read(erased);
  EXPECT_EQ(without.header, item.header);
  ASSERT_FALSE(without.sections.empty());
  EXPECT_TRUE(without.sections[0].withheld);
  EXPECT_EQ(without.sections[0].data, "");
  EXPECT_NE(hub.hub.log().Read(other)->sections[0].data, "") << "another one is as it was";
}

}  // namespace
}  // namespace liaison::federation
