#include "proto/record/pae.h"

#include <gtest/gtest.h>

#include "testdata.h"

namespace liaison::record {
namespace {

TEST(Pae, DsseVector) {
  const Json vector = ReadTestdata("dsse-pae.json");
  EXPECT_EQ(Pae(vector["payloadType"].get<std::string>(), vector["payload"].get<std::string>()),
            vector["pae"].get<std::string>());
}

TEST(Pae, CountsBytesAndTakesThemAsTheyAre) {
  EXPECT_EQ(Pae("", ""), "DSSEv1 0  0 ");
  const std::string body("\0 \xff", 3);
  EXPECT_EQ(Pae("é", body), "DSSEv1 2 é 3 " + body);
}

TEST(Pae, EventDigestIsTheHashOfWhatIsSigned) {
  const std::string header = "header";
  EXPECT_EQ(EventDigest(header),
            Sha256Of("DSSEv1 52 application/vnd.igf.liaison.event-header.v1+protobuf 6 header"));
  EXPECT_NE(EventDigest(""), EventDigest(std::string(1, '\0')));
}

}  // namespace
}  // namespace liaison::record
