#include "server/auth/hub_certificates.h"

#include <sys/stat.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "proto/record/certificate.h"
#include "proto/record/private_file.h"
#include "server/auth/enrolment.h"
#include "tests/support/test_hub.h"
#include "tests/unit/server/auth/memory_store.h"
#include "tests/unit/server/auth/openssl_verdict.h"

namespace liaison::auth {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

const absl::Time kNow = absl::FromUnixSeconds(1'800'000'000);
constexpr char kOk[] = "ok";
constexpr char kRevoked[] = "certificate revoked";

// What a TLS port would read.
struct Read {
  std::string authority, certificate, key;
};

class HubCertificatesTest : public ::testing::Test {
 protected:
  HubCertificatesTest() { Start(); }

  void Start(std::vector<std::string> hosts = {"hub.example.org", "192.0.2.1"}) {
    hub_.reset();
    HubCertificates::Options options;
    options.folder = absl::StrCat(dir_.path(), "/tls");
    options.hosts = std::move(hosts);
    options.now = [this] { return absl::FromUnixMicros(now_us_); };
    options.report = [this](const absl::Status& status) {
      absl::MutexLock lock(&mu_);
      reported_.push_back(status);
    };
    hub_ = std::make_unique<HubCertificates>(authority_.get(), &book_, std::move(options));
  }
  absl::Time now() const { return absl::FromUnixMicros(now_us_); }
  void Pass(absl::Duration time) { now_us_ += absl::ToInt64Microseconds(time); }

  Read Refreshed() {
    const absl::Status refreshed = hub_->Refresh();
    EXPECT_TRUE(refreshed.ok()) << refreshed;
    const TlsFiles& files = hub_->files();
    return {record::ReadPublicFile(files.authority).value(),
            record::ReadPublicFile(files.certificate).value(),
            record::ReadPrivateFile(files.key).value()};
  }
  rows::Credential Partner() {
    CredentialRequest wanted;
    wanted.organisation = "org/eurodig";
    wanted.role = pb::ROLE_PUBLISHER;
    wanted.lifetime = kInvitationLifetime;
    Enrolment enrolment(&book_, authority_.get());
    return enrolment
        .Certify(enrolment.Invite(wanted, now())->secret,
                 record::NewCertificateRequest(record::NewPrivateKey()).value(), now())
        .value();
  }
  void Revoke(const rows::Credential& credential) {
    ASSERT_TRUE(book_.Revoke(credential.id(), now()).ok());
  }
  // The numbers of the lists: `r0`.
  std::vector<std::string> Lists() const {
    std::vector<std::string> numbers;
    for (const auto& file : std::filesystem::directory_iterator(hub_->files().revoked_folder)) {
      const std::string name = file.path().filename();
      EXPECT_EQ(name.substr(0, 9), absl::StrCat(authority_->LookupName(), "."));
      numbers.push_back(name.substr(9));
    }
    std::sort(numbers.begin(), numbers.end());
    return numbers;
  }
  // What a server says that looks at the lists for the first time.
  std::string Verdict(const rows::Credential& certificate) const {
    return OpenSslVerdict(authority_->certificate(), now())
        .WithListsIn(hub_->files().revoked_folder)
        .OnClient(certificate.certificate());
  }
  template <typename Condition>
  static bool Eventually(Condition condition) {
    for (int i = 0; i < 2000; ++i) {
      if (condition()) return true;
      absl::SleepFor(absl::Milliseconds(10));
    }
    return false;
  }
  std::vector<absl::Status> reported() {
    absl::MutexLock lock(&mu_);
    return reported_;
  }

  testing::TempDir dir_;
  std::atomic<int64_t> now_us_{absl::ToUnixMicros(kNow)};
  std::unique_ptr<Authority> authority_ =
      std::make_unique<Authority>(Authority::Make("hub.example.org", kNow));
  MemoryStore store_;
  CredentialBook book_{&store_};
  std::unique_ptr<HubCertificates> hub_;

 private:
  absl::Mutex mu_;
  std::vector<absl::Status> reported_;
};

TEST_F(HubCertificatesTest, WritesAPairThatClientsOfTheAuthorityBelieve) {
  const Read read = Refreshed();
  EXPECT_EQ(read.authority, authority_->certificate());
  EXPECT_TRUE(record::BelongTogether(read.certificate, read.key));
  EXPECT_EQ(OpenSslVerdict(read.authority, now()).OnServer(read.certificate), kOk);
  EXPECT_THAT(record::ReadCertificate(read.certificate)->hosts,
              ElementsAre("hub.example.org", "192.0.2.1"));
  struct stat status = {};
  ASSERT_EQ(stat(hub_->files().key.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600u);
}

TEST_F(HubCertificatesTest, WhatIsGoodStaysAsItIs) {
  const Read before = Refreshed();
  Pass(kCertificateLifetime - kRenewBefore - absl::Seconds(1));
  EXPECT_EQ(Refreshed().certificate, before.certificate);
  Start();
  EXPECT_EQ(Refreshed().certificate, before.certificate) << "after a restart as well";
  Start({"192.0.2.1", "hub.example.org"});
  EXPECT_EQ(Refreshed().certificate, before.certificate) << "their order is nobody's business";
}

TEST_F(HubCertificatesTest, AnAddressIsTheSameHoweverItIsWritten) {
  Start({"2001:DB8:0::17"});
  const Read before = Refreshed();
  Start({"2001:DB8:0::17"});
  EXPECT_EQ(Refreshed().certificate, before.certificate);
}

TEST_F(HubCertificatesTest, ACertificateIsRenewedBeforeItsEndAndTheKeyStays) {
  Read before = Refreshed();
  for (const bool restarts : {false, true}) {
    Pass(kCertificateLifetime - kRenewBefore);
    if (restarts) Start();
    const Read after = Refreshed();
    EXPECT_NE(after.certificate, before.certificate);
    EXPECT_EQ(after.key, before.key);
    EXPECT_TRUE(record::BelongTogether(after.certificate, after.key));
    EXPECT_EQ(record::ReadCertificate(after.certificate)->not_after, now() + kCertificateLifetime);
    before = after;
  }
}

TEST_F(HubCertificatesTest, OtherHostsTakeAnotherCertificate) {
  const Read before = Refreshed();
  Start({"hub.example.org", "hub.example.net"});
  const Read after = Refreshed();
  EXPECT_EQ(after.key, before.key);
  EXPECT_THAT(record::ReadCertificate(after.certificate)->hosts,
              ElementsAre("hub.example.org", "hub.example.net"));
}

TEST_F(HubCertificatesTest, AnotherAuthorityTakesAnotherKeyAndCertificate) {
  const Read before = Refreshed();
  authority_ = std::make_unique<Authority>(Authority::Make("hub.example.org", kNow));
  Start();
  const Read after = Refreshed();
  EXPECT_EQ(after.authority, authority_->certificate());
  EXPECT_NE(after.key, before.key);
  EXPECT_EQ(OpenSslVerdict(after.authority, now()).OnServer(after.certificate), kOk);
  EXPECT_TRUE(record::BelongTogether(after.certificate, after.key));
}

TEST_F(HubCertificatesTest, WhatACrashLeftHalfIsMadeWhole) {
  const auto good = [this] {
    Start();
    const Read read = Refreshed();
    return read.authority == authority_->certificate() &&
           record::BelongTogether(read.certificate, read.key) &&
           OpenSslVerdict(read.authority, now()).OnServer(read.certificate) == kOk;
  };
  ASSERT_TRUE(good());
  const TlsFiles files = hub_->files();
  for (const std::string& missing : {files.authority, files.certificate, files.key}) {
    ASSERT_TRUE(std::filesystem::remove(missing));
    EXPECT_TRUE(good()) << "without " << missing;
  }
  ASSERT_TRUE(record::ReplacePrivateFile(files.certificate, "nonsense").ok());
  EXPECT_TRUE(good());
  ASSERT_TRUE(record::ReplacePrivateFile(files.authority, "nonsense").ok());
  EXPECT_TRUE(good());
}

TEST_F(HubCertificatesTest, WhatItMayNotUseItNames) {
  Refreshed();
  ASSERT_EQ(chmod(hub_->files().key.c_str(), 0640), 0);
  Start();
  EXPECT_THAT(std::string(hub_->Refresh().message()), HasSubstr("chmod 600"));
  ASSERT_EQ(chmod(hub_->files().key.c_str(), 0600), 0);
  ASSERT_EQ(chmod((dir_.path() + "/tls").c_str(), 0777), 0);
  EXPECT_THAT(std::string(hub_->Refresh().message()), HasSubstr("chmod 700"));
  ASSERT_EQ(chmod((dir_.path() + "/tls").c_str(), 0700), 0);
  EXPECT_TRUE(hub_->Refresh().ok());
  Start({"no host"});
  EXPECT_THAT(std::string(hub_->Refresh().message()), HasSubstr("no host"));
}

TEST_F(HubCertificatesTest, WhoIsRevokedStandsOnTheNextList) {
  const rows::Credential gone = Partner(), stays = Partner();
  Refreshed();
  EXPECT_THAT(Lists(), ElementsAre("r0"));
  EXPECT_EQ(Verdict(gone), kOk);
  Revoke(gone);
  Pass(absl::Seconds(1));
  Refreshed();
  EXPECT_THAT(Lists(), ElementsAre("r0", "r1"));
  EXPECT_EQ(Verdict(gone), kRevoked);
  EXPECT_EQ(Verdict(stays), kOk);
}

// As a port does that stands open all the while: it looks for the next number, and no more.
TEST_F(HubCertificatesTest, AServerThatRunsFindsTheNextList) {
  const rows::Credential first = Partner(), second = Partner();
  Refreshed();
  const absl::Time soon = now() + absl::Seconds(10);
  OpenSslVerdict server(authority_->certificate(), soon);
  server.WithListsIn(hub_->files().revoked_folder);
  EXPECT_EQ(server.OnClient(first.certificate()), kOk);
  for (const rows::Credential* revoked : {&first, &second}) {
    EXPECT_EQ(server.OnClient(revoked->certificate()), kOk);
    Revoke(*revoked);
    Pass(absl::Seconds(1));
    Refreshed();
    EXPECT_EQ(server.OnClient(revoked->certificate()), kRevoked);
  }
  EXPECT_EQ(server.OnClient(first.certificate()), kRevoked);
}

TEST_F(HubCertificatesTest, TwoListsAreNeverOfOneSecond) {
  const rows::Credential first = Partner(), second = Partner();
  Refreshed();
  Revoke(first);
  Refreshed();
  Pass(absl::Milliseconds(999));
  Refreshed();
  EXPECT_THAT(Lists(), ElementsAre("r0"));
  Pass(absl::Milliseconds(1));
  Refreshed();
  EXPECT_THAT(Lists(), ElementsAre("r0", "r1"));
  EXPECT_EQ(Verdict(first), kRevoked) << "late, and not never";
  Revoke(second);
  Refreshed();
  EXPECT_THAT(Lists(), ElementsAre("r0", "r1"));
  Pass(absl::Seconds(1));
  Refreshed();
  EXPECT_EQ(Verdict(second), kRevoked);
}

// The list from before is not yet good then, and good again when the clock is put right.
TEST_F(HubCertificatesTest, AClockThatGoesBackStopsNoList) {
  const rows::Credential first = Partner();
  Pass(absl::Hours(2));
  Refreshed();
  Pass(-absl::Hours(1));
  Revoke(first);
  Refreshed();
  EXPECT_EQ(Verdict(first), kRevoked);
  Pass(absl::Hours(3));
  Refreshed();
  EXPECT_EQ(Verdict(first), kRevoked);
  const size_t lists = Lists().size();
  Pass(absl::Seconds(5));
  Refreshed();
  EXPECT_EQ(Lists().size(), lists);
}

TEST_F(HubCertificatesTest, AListIsMadeAnewEachDayAndNoMoreOftenWithoutReason) {
  const rows::Credential partner = Partner();
  Refreshed();
  Pass(kRevocationListInterval - absl::Seconds(1));
  Refreshed();
  EXPECT_THAT(Lists(), ElementsAre("r0"));
  Pass(absl::Seconds(1));
  Refreshed();
  EXPECT_THAT(Lists(), ElementsAre("r0", "r1"));
  Pass(kRevocationListLifetime);
  EXPECT_EQ(Verdict(partner), "CRL has expired") << "a hub that stood still";
  Refreshed();
  EXPECT_EQ(Verdict(partner), kOk);
}

TEST_F(HubCertificatesTest, AfterARestartTheListsBeginAnewAndForgetNobody) {
  const rows::Credential gone = Partner();
  Refreshed();
  Revoke(gone);
  Pass(absl::Seconds(1));
  Refreshed();
  Start();
  Refreshed();
  EXPECT_THAT(Lists(), ElementsAre("r0"));
  EXPECT_EQ(Verdict(gone), kRevoked);
}

TEST_F(HubCertificatesTest, WhatHasExpiredLeavesTheListAndWhatIsNoCertificateIsNotOnIt) {
  const rows::Credential partner = Partner();
  CredentialRequest token;
  token.organisation = "org/eurodig";
  token.role = pb::ROLE_READER;
  Revoke(book_.Make(token, now())->credential);
  Revoke(partner);
  const auto listed = [this] {
    Start();
    Refreshed();
    const std::string pem = record::ReadPublicFile(absl::StrCat(hub_->files().revoked_folder, "/",
                                                                authority_->LookupName(), ".r0"))
                                .value();
    X509_CRL* const list =
        PEM_read_bio_X509_CRL(testing::Reading(pem).get(), nullptr, nullptr, nullptr);
    const int serials = sk_X509_REVOKED_num(X509_CRL_get_REVOKED(list));
    X509_CRL_free(list);
    return std::max(serials, 0);
  };
  EXPECT_EQ(listed(), 1);
  Pass(kCertificateLifetime);
  EXPECT_EQ(listed(), 0);
}

// More than are read from the book at once.
TEST_F(HubCertificatesTest, ALongListIsWhole) {
  std::vector<rows::Credential> gone;
  CredentialRequest wanted;
  wanted.kind = pb::CREDENTIAL_KIND_CERTIFICATE;
  wanted.organisation = "org/eurodig";
  wanted.role = pb::ROLE_READER;
  for (int i = 0; i < 2001; ++i) {
    rows::Credential one = DraftCredential(wanted, now()).value();
    one.set_secret_hash(std::string(record::Sha256Of(one.id()).bytes()));
    one.set_revoked_us(absl::ToUnixMicros(now()));
    ASSERT_TRUE(book_.Add(one).ok());
    gone.push_back(one);
  }
  Refreshed();
  OpenSslVerdict server(authority_->certificate(), now());
  server.WithListsIn(hub_->files().revoked_folder);
  const std::string request = record::NewCertificateRequest(record::NewPrivateKey()).value();
  const auto of = [&](const std::string& serial) {
    return authority_->CertifyPartner(request, "field", "org/eurodig", serial, now()).value();
  };
  for (size_t i = 0; i < gone.size(); i += 100) {
    EXPECT_EQ(server.OnClient(of(gone[i].id())), kRevoked) << i;
  }
  EXPECT_EQ(server.OnClient(of("0123456789abcdef")), kOk);
}

TEST_F(HubCertificatesTest, WhileItKeepsARevocationIsPickedUp) {
  const rows::Credential gone = Partner();
  Refreshed();
  hub_->StartKeeping();
  Revoke(gone);
  Pass(absl::Seconds(1));
  EXPECT_TRUE(Eventually([&] { return Verdict(gone) == kRevoked; }));
  EXPECT_THAT(reported(), ::testing::IsEmpty()) << "nothing is wrong";
}

TEST_F(HubCertificatesTest, TroubleIsReportedOnceAndItsEndOnce) {
  const rows::Credential gone = Partner();
  Refreshed();
  const std::string revoked = hub_->files().revoked_folder;
  std::filesystem::remove_all(revoked);
  hub_->StartKeeping();
  Revoke(gone);
  Pass(absl::Seconds(1));
  ASSERT_TRUE(Eventually([&] { return !reported().empty(); }));
  EXPECT_THAT(std::string(reported().front().message()), HasSubstr(revoked));
  ASSERT_TRUE(record::MakePrivateFolder(revoked).ok());
  ASSERT_TRUE(Eventually([&] { return reported().size() > 1; }));
  EXPECT_TRUE(reported().back().ok());
  EXPECT_EQ(reported().size(), 2u);
}

}  // namespace
}  // namespace liaison::auth
