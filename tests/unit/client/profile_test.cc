#include "liaison/profile.h"

#include <openssl/x509v3.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "proto/record/certificate.h"
#include "proto/record/private_file.h"
#include "proto/record/token.h"
#include "tests/support/foreign_keys.h"

namespace liaison {
namespace {

using record::NewPrivateKey;
using ::testing::HasSubstr;
using ::testing::Not;

// A certificate that its own key signs.
std::string CertificateOf(const std::string& key) {
  const record::CertificatePtr made(X509_new());
  const record::KeyPtr read = testing::KeyIn(key);
  ASN1_TIME_set(X509_getm_notBefore(made.get()), 1'700'000'000);
  ASN1_TIME_set(X509_getm_notAfter(made.get()), 1'900'000'000);
  X509_set_pubkey(made.get(), read.get());
  X509_sign(made.get(), read.get(), EVP_sha256());
  return testing::PemOf([&](BIO* out) { return PEM_write_bio_X509(out, made.get()); });
}

class ProfileTest : public ::testing::Test {
 protected:
  ProfileTest() {
    std::string name = ::testing::TempDir() + "/profile.XXXXXX";
    above_ = mkdtemp(name.data());
    folder_ = above_ + "/eurodig";
  }
  ~ProfileTest() override { std::filesystem::remove_all(above_); }

  static Profile Some() {
    Profile profile;
    profile.hub = "hub.example.org:7410";
    profile.organisation = "org/eurodig";
    profile.tls.private_key = NewPrivateKey();
    profile.tls.certificate = CertificateOf(profile.tls.private_key);
    profile.tls.authority = CertificateOf(NewPrivateKey());
    profile.token = record::NewToken(record::TokenKind::kAccess);
    profile.signing_seed = std::string("\x00\x01 a seed of thirty-two bytes.\n\xff", 32);
    return profile;
  }
  Profile Saved() {
    const Profile profile = Some();
    const absl::Status saved = SaveProfile(folder_, profile);
    EXPECT_TRUE(saved.ok()) << saved;
    return profile;
  }
  Profile Loaded() {
    auto loaded = LoadProfile(folder_);
    EXPECT_TRUE(loaded.ok()) << loaded.status();
    return loaded.ok() ? *std::move(loaded) : Profile();
  }
  // Why it cannot be read.
  std::string Refusal() {
    const absl::Status status = LoadProfile(folder_).status();
    EXPECT_TRUE(absl::IsInvalidArgument(status)) << status;
    EXPECT_THAT(std::string(status.message()), HasSubstr(folder_));
    return std::string(status.message());
  }
  std::string File(const std::string& name) const { return absl::StrCat(folder_, "/", name); }
  void Write(const std::string& name, const std::string& text) {
    ASSERT_TRUE(record::ReplacePrivateFile(File(name), text).ok());
  }
  std::string Text(const std::string& name) { return record::ReadPublicFile(File(name)).value(); }

  std::string above_, folder_;
};

void ExpectSame(const Profile& one, const Profile& other) {
  EXPECT_EQ(one.hub, other.hub);
  EXPECT_EQ(one.organisation, other.organisation);
  EXPECT_EQ(one.tls.authority, other.tls.authority);
  EXPECT_EQ(one.tls.certificate, other.tls.certificate);
  EXPECT_EQ(one.tls.private_key, other.tls.private_key);
  EXPECT_EQ(one.token, other.token);
  EXPECT_EQ(one.signing_seed, other.signing_seed);
}

TEST_F(ProfileTest, WhatIsSavedIsLoaded) {
  const Profile saved = Saved();
  ExpectSame(Loaded(), saved);
  ExpectSame(Loaded(), saved);
  const ConnectionOptions options = OptionsOf(Loaded());
  ASSERT_TRUE(options.tls);
  EXPECT_EQ(options.tls->private_key, saved.tls.private_key);
  EXPECT_EQ(options.tls->authority, saved.tls.authority);
  EXPECT_EQ(options.token, saved.token);
}

TEST_F(ProfileTest, ATokenAndAKeyToSignWithNeedNotBe) {
  Profile profile = Some();
  profile.token.clear();
  profile.signing_seed.clear();
  ASSERT_TRUE(SaveProfile(folder_, profile).ok());
  ExpectSame(Loaded(), profile);
  EXPECT_FALSE(std::filesystem::exists(File("token")));
  EXPECT_FALSE(std::filesystem::exists(File("signing.key")));
}

TEST_F(ProfileTest, EverythingInItIsForItsOwnerAlone) {
  Saved();
  ASSERT_TRUE(RenewProfile(folder_, Text("certificate.pem"), Text("key.pem")).ok());
  struct stat status = {};
  ASSERT_EQ(stat(folder_.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0700u);
  for (const auto& entry : std::filesystem::directory_iterator(folder_)) {
    ASSERT_EQ(stat(entry.path().c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777, 0600u) << entry.path();
  }
}

TEST_F(ProfileTest, WhereThereIsNoneItSaysHowToMakeOne) {
  EXPECT_THAT(Refusal(), HasSubstr("liaison join"));
  ASSERT_TRUE(PrepareProfile(folder_, true).ok());
  EXPECT_THAT(Refusal(), HasSubstr("liaison join")) << "one that is to be is none";
}

TEST_F(ProfileTest, AFileThatIsMissingIsNamed) {
  Saved();
  for (const char* name : {"authority.pem", "certificate.pem", "key.pem"}) {
    const std::string text = Text(name);
    ASSERT_TRUE(std::filesystem::remove(File(name)));
    EXPECT_THAT(Refusal(), HasSubstr(name));
    Write(name, text);
  }
  Loaded();
}

TEST_F(ProfileTest, AFileThatIsMangledIsNamed) {
  const Profile saved = Saved();
  const std::string token = Text("token"), seed = Text("signing.key");
  std::string deep = "a";
  for (int i = 0; i < 30'000; ++i) deep += ".a";
  const std::vector<std::pair<std::string, std::vector<std::string>>> mangled = {
      {"profile.toml",
       {"", "hub = ", "hub = 7\norganisation = \"org/a\"\n", "organisation = \"org/a\"\n",
        "hub = \"h:1\"\n", "hub = \"h:1\"\norganisation = \"EuroDIG\"\n", "\xff\xfe",
        absl::StrCat("hub = \"h:1\"\norganisation = \"org/a\"\n", deep, " = 1\n")}},
      {"authority.pem", {"", "nonsense", saved.tls.authority.substr(0, 200), NewPrivateKey()}},
      {"certificate.pem",
       {"", "nonsense", saved.tls.certificate.substr(0, 200), CertificateOf(NewPrivateKey())}},
      {"key.pem", {"", "nonsense", NewPrivateKey(), saved.tls.private_key.substr(0, 100)}},
      {"token",
       {"nonsense", token.substr(0, token.size() - 2), absl::StrCat("x", token),
        record::NewToken(record::TokenKind::kInvitation)}},
      {"signing.key",
       {"nonsense", seed.substr(2), absl::StrCat("0", seed), absl::StrCat(seed, "00"),
        std::string(64, 'x'), absl::StrCat("0x", seed.substr(2)), " \n"}},
  };
  for (const auto& [name, texts] : mangled) {
    const std::string good = Text(name);
    for (const std::string& text : texts) {
      Write(name, text);
      EXPECT_THAT(Refusal(), HasSubstr(name)) << text;
    }
    Write(name, good);
  }
  ExpectSame(Loaded(), saved);
}

TEST_F(ProfileTest, ASecretThatOthersMayReadIsNamedAndItSaysWhatToDo) {
  Saved();
  for (const char* name : {"key.pem", "token", "signing.key"}) {
    ASSERT_EQ(chmod(File(name).c_str(), 0640), 0);
    EXPECT_THAT(Refusal(), HasSubstr(absl::StrCat("chmod 600 ", File(name))));
    ASSERT_EQ(chmod(File(name).c_str(), 0600), 0);
  }
  for (const char* name : {"profile.toml", "authority.pem", "certificate.pem"}) {
    ASSERT_EQ(chmod(File(name).c_str(), 0644), 0);
  }
  Loaded();
}

TEST_F(ProfileTest, NoRefusalTellsASecret) {
  const Profile saved = Saved();
  const std::string token = saved.token.substr(9, 20);
  Write("token", saved.token.substr(0, saved.token.size() - 1));
  EXPECT_THAT(Refusal(), Not(HasSubstr(token)));
  Write("token", saved.token);
  Write("signing.key", Text("signing.key").substr(2));
  EXPECT_THAT(Refusal(), Not(HasSubstr(Text("signing.key").substr(10, 20))));
}

TEST_F(ProfileTest, WhatSomebodyCopiedByHandIsRead) {
  const Profile saved = Saved();
  Write("token", absl::StrCat("  ", saved.token, "\r\n\n"));
  Write("signing.key", absl::StrCat(" ", Text("signing.key"), "\n"));
  ExpectSame(Loaded(), saved);
}

TEST_F(ProfileTest, WhatIsRenewedIsLoadedAndTheRestStays) {
  Profile profile = Saved();
  profile.tls.private_key = NewPrivateKey();
  profile.tls.certificate = CertificateOf(profile.tls.private_key);
  ASSERT_TRUE(RenewProfile(folder_, profile.tls.certificate, profile.tls.private_key).ok());
  ExpectSame(Loaded(), profile);
}

// What each step of a renewal leaves when it is the last one.
TEST_F(ProfileTest, ARenewalThatIsInterruptedLeavesOnePairOrTheOther) {
  Profile before = Saved(), after = before;
  after.tls.private_key = NewPrivateKey();
  after.tls.certificate = CertificateOf(after.tls.private_key);
  Write("key.pem.next", after.tls.private_key);
  ExpectSame(Loaded(), before);
  Write("certificate.pem", after.tls.certificate);
  ExpectSame(Loaded(), after);
  EXPECT_EQ(Text("key.pem"), after.tls.private_key) << "healed for good";
  ASSERT_TRUE(std::filesystem::remove(File("key.pem.next")));
  ExpectSame(Loaded(), after);
}

TEST_F(ProfileTest, ARenewalThatWasInterruptedByAnotherKeyIsNotHealed) {
  const Profile saved = Saved();
  Write("key.pem.next", NewPrivateKey());
  Write("certificate.pem", CertificateOf(NewPrivateKey()));
  EXPECT_THAT(Refusal(), HasSubstr("new invitation"));
  EXPECT_EQ(Text("key.pem"), saved.tls.private_key) << "and nothing is changed";
}

TEST_F(ProfileTest, PreparedTwiceItIsTheSame) {
  const auto first = PrepareProfile(folder_, true);
  ASSERT_TRUE(first.ok()) << first.status();
  const auto again = PrepareProfile(folder_, true);
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(again->private_key, first->private_key);
  EXPECT_EQ(again->signing_seed, first->signing_seed);
  EXPECT_EQ(first->signing_seed.size(), 32u);
  EXPECT_TRUE(record::NewCertificateRequest(first->private_key).ok());
}

TEST_F(ProfileTest, WhoDoesNotSignGetsNoKeyForIt) {
  const auto attested = PrepareProfile(folder_, false);
  ASSERT_TRUE(attested.ok()) << attested.status();
  EXPECT_EQ(attested->signing_seed, "");
  EXPECT_FALSE(std::filesystem::exists(File("signing.key")));
  const auto signs = PrepareProfile(folder_, true);
  EXPECT_EQ(signs->private_key, attested->private_key);
  EXPECT_EQ(signs->signing_seed.size(), 32u);
}

TEST_F(ProfileTest, TwoProfilesHaveKeysOfTheirOwn) {
  const auto one = PrepareProfile(folder_, true), other = PrepareProfile(above_ + "/other", true);
  EXPECT_NE(one->private_key, other->private_key);
  EXPECT_NE(one->signing_seed, other->signing_seed);
}

// Or a file that somebody has broken would become a key that nobody knows of.
TEST_F(ProfileTest, AKeyThatIsMangledIsNotPrepared) {
  const auto refusal = [this] {
    const absl::Status status = PrepareProfile(folder_, true).status();
    EXPECT_TRUE(absl::IsInvalidArgument(status)) << status;
    return std::string(status.message());
  };
  const ProfileKeys keys = PrepareProfile(folder_, true).value();
  Write("signing.key", std::string(64, 'x'));
  EXPECT_THAT(refusal(), HasSubstr("signing.key"));
  ASSERT_TRUE(std::filesystem::remove(File("signing.key")));
  Write("key.pem", "nonsense");
  EXPECT_THAT(refusal(), HasSubstr("key.pem"));
  Write("key.pem", keys.private_key);
  ASSERT_EQ(chmod(File("key.pem").c_str(), 0644), 0);
  EXPECT_THAT(refusal(), HasSubstr("chmod 600"));
}

TEST_F(ProfileTest, WhatACrashLeftEmptyIsPreparedAnew) {
  ASSERT_TRUE(PrepareProfile(folder_, true).ok());
  Write("key.pem", "");
  Write("signing.key", "");
  const auto keys = PrepareProfile(folder_, true);
  ASSERT_TRUE(keys.ok()) << keys.status();
  EXPECT_EQ(PrepareProfile(folder_, true)->private_key, keys->private_key);
  EXPECT_EQ(PrepareProfile(folder_, true)->signing_seed, keys->signing_seed);
}

TEST_F(ProfileTest, AProfileIsMadeOfWhatWasPrepared) {
  const ProfileKeys keys = PrepareProfile(folder_, true).value();
  Profile profile = Some();
  profile.tls.private_key = keys.private_key;
  profile.tls.certificate = CertificateOf(keys.private_key);
  profile.signing_seed = keys.signing_seed;
  ASSERT_TRUE(SaveProfile(folder_, profile).ok());
  ExpectSame(Loaded(), profile);
}

TEST_F(ProfileTest, WhereThereIsAProfileNothingIsPreparedOrSaved) {
  const Profile saved = Saved();
  EXPECT_TRUE(absl::IsAlreadyExists(PrepareProfile(folder_, true).status()));
  const absl::Status refused = SaveProfile(folder_, Some());
  EXPECT_TRUE(absl::IsAlreadyExists(refused));
  EXPECT_THAT(std::string(refused.message()), HasSubstr("--profile"));
  ExpectSame(Loaded(), saved);
}

TEST_F(ProfileTest, AFolderThatOthersMayChangeTakesNoKeys) {
  ASSERT_TRUE(record::MakePrivateFolder(folder_).ok());
  ASSERT_EQ(chmod(folder_.c_str(), 0777), 0);
  EXPECT_THAT(std::string(PrepareProfile(folder_, true).status().message()),
              HasSubstr("chmod 700"));
  EXPECT_THAT(std::string(SaveProfile(folder_, Some()).message()), HasSubstr("chmod 700"));
  EXPECT_TRUE(std::filesystem::is_empty(folder_));
}

// What stands in the hub's name is text, and no settings.
TEST_F(ProfileTest, AHubsNameIsKeptAsItIs) {
  for (const char* hub :
       {"[2001:db8::17]:7410", "a\"\norganisation = \"org/other", "back\\slash"}) {
    std::filesystem::remove_all(folder_);
    Profile profile = Some();
    profile.hub = hub;
    ASSERT_TRUE(SaveProfile(folder_, profile).ok());
    ExpectSame(Loaded(), profile);
  }
}

}  // namespace
}  // namespace liaison
