#include "server/federation/profile_watch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

#include "server/federation/limits.h"

namespace liaison::federation {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// Fictional.
constexpr char kPolicy[] = R"(
[peer.igf]
address = "hub.example:7410"
profile = "/keys/igf"
[peer.here]
address = "localhost:7411"
[peer.nri]
organisation = "org/fictional-nri"
)";

class ProfileWatchTest : public ::testing::Test {
 protected:
  CertificateEndOf End() {
    return [this](const std::string& profile) -> absl::StatusOr<absl::Time> {
      EXPECT_EQ(profile, "/keys/igf");
      return end_;
    };
  }
  std::string Warning() { return ProfileWarning("/keys/igf", End(), now_); }

  absl::Time now_ = absl::FromUnixSeconds(1'800'000'000);  // 2027-01-15
  absl::StatusOr<absl::Time> end_ = now_ + absl::Hours(24 * 90);
  std::vector<std::string> reports_;
  const Policy policy_ = *Policy::Parse(kPolicy);
  ProfileWatch watch_{{&policy_, End(), [this] { return now_; },
                       [this](const std::string& what) { reports_.push_back(what); }}};
};

TEST_F(ProfileWatchTest, IsSilentUntilFourteenDaysBeforeTheEnd) {
  EXPECT_EQ(Warning(), "");
  end_ = now_ + kCertificateNotice + absl::Seconds(1);
  EXPECT_EQ(Warning(), "");
  end_ = now_ + kCertificateNotice;
  EXPECT_EQ(Warning(),
            "this hub's certificate there ends on 2027-01-29: renew it with `liaison --profile "
            "/keys/igf renew`");
}

TEST_F(ProfileWatchTest, SaysWhatIsLeftToDoOnceItHasEnded) {
  end_ = now_;
  EXPECT_THAT(Warning(), HasSubstr("ended on 2027-01-15: ask that hub for a new invitation"));
  EXPECT_THAT(Warning(), HasSubstr("/keys/igf"));
  end_ = absl::InvalidArgumentError("the profile /keys/igf: key.pem is missing");
  EXPECT_EQ(Warning(), "the profile /keys/igf: key.pem is missing");
}

TEST_F(ProfileWatchTest, ReportsWhatIsNewAtOnceAndWhatStaysOnceADay) {
  watch_.RunOnce();
  EXPECT_THAT(reports_, IsEmpty());
  now_ = *end_ - kCertificateNotice;
  const absl::Time first = now_;
  while (now_ < first + absl::Hours(47)) {
    watch_.RunOnce();
    now_ += absl::Hours(1);
  }
  EXPECT_THAT(reports_, ElementsAre(HasSubstr("igf: this hub's certificate there ends on"),
                                    HasSubstr("igf: this hub's certificate there ends on")));
  now_ = *end_;
  watch_.RunOnce();
  ASSERT_EQ(reports_.size(), 3u) << "that it has ended is another thing";
  EXPECT_THAT(reports_.back(), HasSubstr("ended on"));
  end_ = now_ + absl::Hours(24 * 90);
  watch_.RunOnce();
  EXPECT_EQ(reports_.size(), 3u) << "it was renewed";
  end_ = now_ + absl::Hours(1);
  watch_.RunOnce();
  EXPECT_EQ(reports_.size(), 4u) << "and this is news again";
}

}  // namespace
}  // namespace liaison::federation
