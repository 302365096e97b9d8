#include "proto/record/uuid.h"

#include <gtest/gtest.h>

#include <set>

namespace liaison::record {
namespace {

constexpr char kDnsNamespace[] = "6ba7b810-9dad-11d1-80b4-00c04fd430c8";  // RFC 4122, appendix C

TEST(Uuid, ParsesItsOneTextForm) {
  const auto uuid = Uuid::Parse(kDnsNamespace);
  ASSERT_TRUE(uuid.ok());
  EXPECT_EQ(uuid->ToString(), kDnsNamespace);
  EXPECT_EQ(uuid->bytes().substr(0, 2), "\x6b\xa7");
  EXPECT_EQ(Uuid::FromBytes(uuid->bytes()), *uuid);
  EXPECT_EQ(Uuid().ToString(), "00000000-0000-0000-0000-000000000000");
}

TEST(Uuid, RefusesEveryOtherForm) {
  for (const char* text :
       {"", "6ba7b810", "6BA7B810-9DAD-11D1-80B4-00C04FD430C8",
        "6ba7b810-9dad-11d1-80b4-00c04fd430c", "6ba7b8109dad11d180b400c04fd430c8",
        "6ba7b810-9dad-11d1-80b4-00c04fd430c80", "6ba7b810-9dad-11d1-80b4-00c04fd430cg",
        "6ba7b810-9dad-11d1-80b400c04fd430c8-", "{6ba7b810-9dad-11d1-80b4-00c04fd430c8}",
        "-ba7b810-9dad-11d1-80b4-00c04fd430c8", " 6ba7b810-9dad-11d1-80b4-00c04fd430c"}) {
    EXPECT_EQ(Uuid::Parse(text).status().code(), absl::StatusCode::kInvalidArgument) << text;
  }
}

TEST(Uuid, RandomIsVersionFour) {
  std::set<std::string> seen;
  for (int i = 0; i < 1000; ++i) {
    const std::string text = Uuid::Random().ToString();
    EXPECT_EQ(text[14], '4') << text;
    EXPECT_NE(std::string("89ab").find(text[19]), std::string::npos) << text;
    EXPECT_TRUE(seen.insert(text).second) << text;
  }
}

TEST(Uuid, FromNameIsVersionFive) {
  const Uuid dns = *Uuid::Parse(kDnsNamespace);
  // Python: uuid.uuid5(uuid.NAMESPACE_DNS, "python.org"), as its documentation prints it.
  EXPECT_EQ(Uuid::FromName(dns, "python.org").ToString(), "886313e1-3b8a-5372-9b90-0c9aee199e5d");
  EXPECT_EQ(Uuid::FromName(dns, "example.org"), Uuid::FromName(dns, "example.org"));
  EXPECT_NE(Uuid::FromName(dns, "example.org"), Uuid::FromName(dns, "example.net"));
  EXPECT_NE(Uuid::FromName(dns, "example.org"), Uuid::FromName(Uuid(), "example.org"));
}

}  // namespace
}  // namespace liaison::record
