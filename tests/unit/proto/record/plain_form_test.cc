#include "proto/record/plain_form.h"

#include <string>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "igf/liaison/v1/event.pb.h"

namespace liaison::record {
namespace {

namespace v1 = ::igf::liaison::v1;

v1::EventHeader Header() {
  v1::EventHeader header;
  header.set_author("org/apnic");
  header.set_type(v1::EVENT_TYPE_ORGANISATION);
  header.mutable_authored_time()->set_seconds(-5);
  header.mutable_authored_time()->set_nanos(999'999'999);
  header.mutable_organisation()->set_retired(true);
  header.mutable_organisation()->set_kind(v1::ORGANISATION_KIND_GOVERNMENT);
  header.add_commitments()->set_commitment(std::string(200, 'c'));
  return header;
}

bool IsPlainWith(absl::string_view hex) {
  const std::string bytes = absl::StrCat(Header().SerializeAsString(), absl::HexStringToBytes(hex));
  return IsPlain(bytes, *v1::EventHeader::descriptor());
}

TEST(PlainFormTest, WhatProtobufWritesIsPlain) {
  EXPECT_TRUE(IsPlainWith(""));
  EXPECT_TRUE(IsPlain("", *v1::EventHeader::descriptor()));
  v1::EventHeader header = Header();
  header.set_channel(static_cast<v1::Channel>(-1));
  EXPECT_TRUE(IsPlain(header.SerializeAsString(), *v1::EventHeader::descriptor()));
}

TEST(PlainFormTest, OrderRepetitionAndLaterFieldsDoNotMatter) {
  EXPECT_TRUE(IsPlainWith("2002"));                                            // type once more
  EXPECT_TRUE(IsPlainWith(absl::StrCat("f83f", std::string(18, 'f'), "01")));  // 1023: 2^64 - 1
  EXPECT_TRUE(IsPlainWith("fa3f03ffffff"));                                    // and bytes
  EXPECT_TRUE(IsPlainWith("fd3f00000000f93f0000000000000000"));                // and fixed ones
}

TEST(PlainFormTest, NumbersAreShortest) {
  EXPECT_FALSE(IsPlainWith("208200"));        // of type
  EXPECT_FALSE(IsPlainWith("f83f8000"));      // of a field that is not known
  EXPECT_FALSE(IsPlainWith("a00002"));        // of the tag
  EXPECT_FALSE(IsPlainWith("0a8100"));        // of a size
  EXPECT_FALSE(IsPlainWith("620408818000"));  // within a message
  EXPECT_FALSE(IsPlainWith(absl::StrCat("f83f", std::string(18, 'f'), "03")));  // over 64 bits
  EXPECT_FALSE(IsPlainWith(absl::StrCat("f83f", std::string(20, 'f'), "01")));
}

TEST(PlainFormTest, NumbersAreWithinTheRangeOfTheirField) {
  EXPECT_FALSE(IsPlainWith("208280808010"));            // type: 2^32 + 2
  EXPECT_FALSE(IsPlainWith("2082808080f0ffffffff01"));  // less than -2^31
  EXPECT_FALSE(IsPlainWith("a0808080100a"));            // a tag of 33 bits
  EXPECT_FALSE(IsPlainWith("b206024002"));              // retired: 2
}

TEST(PlainFormTest, GroupsAreRefusedAndWhatDoesNotEnd) {
  EXPECT_FALSE(IsPlainWith("fb3ffc3f"));
  EXPECT_FALSE(IsPlainWith("fc3f"));
  for (absl::string_view cut : {"20", "208a", "0a05aa", "fd3f000000", "f93f00000000000000"}) {
    EXPECT_FALSE(IsPlainWith(cut)) << cut;
  }
}

}  // namespace
}  // namespace liaison::record
