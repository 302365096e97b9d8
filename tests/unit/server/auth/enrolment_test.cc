#include "server/auth/enrolment.h"

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "proto/record/certificate.h"
#include "proto/record/errors.h"
#include "server/auth/gate.h"
#include "tests/unit/server/auth/memory_store.h"

namespace liaison::auth {
namespace {

using record::Reason;
using record::ReasonOf;
using ::testing::HasSubstr;

const absl::Time kNow = absl::FromUnixSeconds(1'800'000'000);

std::string NewRequest() { return record::NewCertificateRequest(record::NewPrivateKey()).value(); }

class EnrolmentTest : public ::testing::Test {
 protected:
  EnrolmentTest() { Restart(); }

  // What was not written is forgotten.
  void Restart() {
    book_ = std::make_unique<CredentialBook>(&store_);
    ASSERT_TRUE(book_->Load().ok());
    gate_ = std::make_unique<Gate>(book_.get());
    enrolment_ = std::make_unique<Enrolment>(book_.get(), &authority_);
  }
  NewCredential Invite(const std::string& organisation = "org/eurodig",
                       pb::Role role = pb::ROLE_PUBLISHER, absl::Time now = kNow) {
    CredentialRequest request;
    request.organisation = organisation;
    request.role = role;
    request.label = "the desk";
    request.lifetime = kInvitationLifetime;
    auto made = enrolment_->Invite(request, now);
    EXPECT_TRUE(made.ok()) << made.status();
    return *std::move(made);
  }
  // As it is passed on.
  std::string Invited(const std::string& organisation = "org/eurodig",
                      pb::Role role = pb::ROLE_PUBLISHER) {
    return InvitationText(Invite(organisation, role).secret, &authority_);
  }
  auto Certify(const std::string& invitation, const std::string& request, absl::Time now = kNow) {
    return enrolment_->Certify(invitation, request, now);
  }
  rows::Credential Joined(const std::string& organisation = "org/eurodig",
                          pb::Role role = pb::ROLE_PUBLISHER) {
    return Certify(Invited(organisation, role), NewRequest()).value();
  }
  // Who comes in by that certificate, or with that token.
  absl::StatusOr<Principal> EnterBy(const rows::Credential& certificate, absl::Time now = kNow) {
    Shown shown;
    shown.certificate = record::ReadCertificate(certificate.certificate())->fingerprint;
    return gate_->Enter(shown, pb::PERMISSION_READ, {}, {}, now);
  }
  absl::StatusOr<Principal> EnterWith(const std::string& token, absl::Time now = kNow) {
    const std::string authorization = absl::StrCat("Bearer ", token);
    return gate_->Enter({authorization, ""}, pb::PERMISSION_READ, {}, {}, now);
  }
  int Certificates() const {
    int certificates = 0;
    for (const rows::Credential& credential : book_->List("", 1000)) {
      if (credential.kind() == pb::CREDENTIAL_KIND_CERTIFICATE) ++certificates;
    }
    return certificates;
  }

  const Authority authority_ = Authority::Make("hub.example.org", kNow);
  MemoryStore store_;
  std::unique_ptr<CredentialBook> book_;
  std::unique_ptr<Gate> gate_;
  std::unique_ptr<Enrolment> enrolment_;
};

// Whoever shows a used invitation learns no more than whoever guesses.
template <typename T>
std::string Refusal(const absl::StatusOr<T>& refused) {
  EXPECT_FALSE(refused.ok());
  EXPECT_EQ(ReasonOf(refused.status()), Reason::kCredentialInvalid) << refused.status();
  return refused.status().ToString();
}

TEST_F(EnrolmentTest, AnInvitationBecomesACertificateThatComesInAsItSays) {
  const std::string invitation = Invited("org/eurodig", pb::ROLE_PUBLISHER);
  EXPECT_EQ(enrolment_->Find(invitation, kNow)->organisation(), "org/eurodig");
  const auto certificate = Certify(invitation, NewRequest());
  ASSERT_TRUE(certificate.ok()) << certificate.status();
  const auto in = EnterBy(*certificate);
  ASSERT_TRUE(in.ok()) << in.status();
  EXPECT_EQ(in->organisation, "org/eurodig");
  EXPECT_EQ(in->role, pb::ROLE_PUBLISHER);
  const auto facts = record::ReadCertificate(certificate->certificate());
  EXPECT_EQ(facts->organisation, "org/eurodig");
  EXPECT_EQ(absl::ToUnixMicros(facts->not_after), certificate->expires_us());
}

TEST_F(EnrolmentTest, AnInvitationIsPassedOnWithTheHubsAuthority) {
  const std::string token = Invite().secret;
  const std::string text = InvitationText(token, &authority_);
  EXPECT_EQ(text, absl::StrCat(token, ".", authority_.fingerprint().ToHex()));
  EXPECT_EQ(TokenOfInvitation(text), token);
  EXPECT_EQ(TokenOfInvitation(token), token);
  EXPECT_EQ(InvitationText(token, nullptr), token);
  EXPECT_TRUE(enrolment_->Find(token, kNow).ok()) << "without it, it is one as well";
}

TEST_F(EnrolmentTest, AskedAgainForTheSameKeyTheAnswerIsTheSame) {
  const std::string invitation = Invited(), key = record::NewPrivateKey();
  const auto request = [&] { return record::NewCertificateRequest(key).value(); };
  const auto first = Certify(invitation, request());
  ASSERT_TRUE(first.ok()) << first.status();
  const auto again = Certify(invitation, request(), kNow + absl::Hours(1));
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(again->SerializeAsString(), first->SerializeAsString());
  Restart();
  EXPECT_EQ(Certify(invitation, request())->certificate(), first->certificate());
  EXPECT_EQ(Certificates(), 1);
  EXPECT_EQ(enrolment_->Find(invitation, kNow)->organisation(), "org/eurodig");
}

TEST_F(EnrolmentTest, AnInvitationIsUsedOnceAndWhoComesLaterLearnsNothing) {
  const std::string invitation = Invited();
  ASSERT_TRUE(Certify(invitation, NewRequest()).ok());
  const std::string of_nobody =
      Refusal(Certify(record::NewToken(record::TokenKind::kInvitation), NewRequest()));
  EXPECT_EQ(Refusal(Certify(invitation, NewRequest())), of_nobody);
  EXPECT_EQ(Refusal(Certify(invitation, "no request")), of_nobody);
  EXPECT_EQ(Refusal(Certify(invitation, "")), of_nobody);
  EXPECT_EQ(Refusal(enrolment_->StartSession(invitation, kNow)), of_nobody);
  // Whoever holds it is told that it has been used: the answer may have been theirs, and lost.
  EXPECT_GT(enrolment_->Find(invitation, kNow)->used_us(), 0);
  EXPECT_EQ(Certificates(), 1);
}

TEST_F(EnrolmentTest, WhatIsNoGoodInvitationIsOneAndTheSameError) {
  const NewCredential revoked = Invite("org/a"), open = Invite("org/b");
  ASSERT_TRUE(book_->Revoke(revoked.credential.id(), kNow).ok());
  std::string mistyped = open.secret;
  mistyped.back() = mistyped.back() == 'x' ? 'y' : 'x';
  CredentialRequest token;
  token.organisation = "org/c";
  token.role = pb::ROLE_READER;
  const std::string access = book_->Make(token, kNow)->secret;
  const absl::Time end = kNow + kInvitationLifetime;
  const std::string of_nobody = Refusal(enrolment_->Find("", kNow));
  for (const std::string& none :
       {revoked.secret, mistyped, absl::StrCat(open.secret, "0"), access, std::string("."),
        absl::StrCat(".", open.secret), record::NewToken(record::TokenKind::kInvitation),
        record::NewToken(record::TokenKind::kSession)}) {
    EXPECT_EQ(Refusal(enrolment_->Find(none, kNow)), of_nobody) << none;
    EXPECT_EQ(Refusal(Certify(none, NewRequest())), of_nobody) << none;
    EXPECT_EQ(Refusal(enrolment_->StartSession(none, kNow)), of_nobody) << none;
  }
  EXPECT_TRUE(enrolment_->Find(open.secret, end - absl::Microseconds(1)).ok());
  EXPECT_EQ(Refusal(enrolment_->Find(open.secret, end)), of_nobody);
  EXPECT_EQ(Refusal(Certify(open.secret, NewRequest(), end)), of_nobody);
  EXPECT_EQ(Refusal(enrolment_->StartSession(open.secret, end)), of_nobody);
  EXPECT_TRUE(Certify(open.secret, NewRequest()).ok()) << "none of it has used it up";
}

TEST_F(EnrolmentTest, ABadRequestDoesNotUseTheInvitationUp) {
  const std::string invitation = Invited();
  for (const std::string& none :
       {std::string(), std::string("nonsense"), record::NewPrivateKey()}) {
    const auto refused = Certify(invitation, none);
    EXPECT_EQ(ReasonOf(refused.status()), Reason::kFieldInvalid);
    EXPECT_THAT(refused.status().ToString(), HasSubstr("certificate_request"));
  }
  EXPECT_TRUE(Certify(invitation, NewRequest()).ok());
}

// The line broke, the disk was full, the hub was switched off: wherever it was, who asks again for
// the same key gets a certificate, one alone, and nobody else does.
TEST_F(EnrolmentTest, WhateverWasInterruptedIsHealedByAskingAgain) {
  for (int change = 1; change <= 2; ++change) {
    for (const bool restarts : {false, true}) {
      SCOPED_TRACE(absl::StrCat("change ", change, restarts ? ", with a restart" : ""));
      const std::string invitation = Invited(absl::StrCat("org/a", change, restarts));
      const std::string request = NewRequest();
      const int before = Certificates();
      store_.FailAt(change);
      EXPECT_TRUE(absl::IsUnavailable(Certify(invitation, request).status()));
      store_.FailAt(0);
      if (restarts) Restart();
      EXPECT_EQ(Certificates(), before);
      if (change == 2) Refusal(Certify(invitation, NewRequest()));
      const auto healed = Certify(invitation, request);
      ASSERT_TRUE(healed.ok()) << healed.status();
      EXPECT_TRUE(EnterBy(*healed).ok());
      EXPECT_EQ(Certify(invitation, request)->certificate(), healed->certificate());
      EXPECT_EQ(Certificates(), before + 1);
    }
  }
}

TEST_F(EnrolmentTest, ASessionUsesTheInvitationUp) {
  const std::string invitation = Invited("org/eurodig", pb::ROLE_PUBLISHER);
  const auto session = enrolment_->StartSession(invitation, kNow);
  ASSERT_TRUE(session.ok()) << session.status();
  EXPECT_EQ(record::KindOfToken(session->secret), record::TokenKind::kSession);
  EXPECT_EQ(EnterWith(session->secret)->organisation, "org/eurodig");
  EXPECT_EQ(EnterWith(session->secret)->role, pb::ROLE_PUBLISHER);
  EXPECT_TRUE(EnterWith(session->secret, kNow + kSessionLifetime - absl::Seconds(1)).ok());
  Refusal(EnterWith(session->secret, kNow + kSessionLifetime));
  Refusal(enrolment_->StartSession(invitation, kNow));
  Refusal(Certify(invitation, NewRequest()));
  Refusal(Certify(invitation, ""));
  EXPECT_EQ(Certificates(), 0);
}

TEST_F(EnrolmentTest, ANewInvitationEndsWhatWasBeforeAndLeavesCertificatesAndTokens) {
  const rows::Credential certificate = Joined();
  const std::string session = enrolment_->StartSession(Invited(), kNow)->secret;
  CredentialRequest wanted;
  wanted.organisation = "org/eurodig";
  wanted.role = pb::ROLE_READER;
  const std::string token = book_->Make(wanted, kNow)->secret;
  const std::string elsewhere = Invited("org/eurodig/desk"), others = Invited("org/apnic");
  // The session came in between two invitations, so only the last one ends it.
  ASSERT_TRUE(EnterWith(session).ok());
  const std::string open = Invited();
  Refusal(EnterWith(session));
  const std::string last = Invited();
  Refusal(enrolment_->Find(open, kNow));
  EXPECT_TRUE(EnterBy(certificate).ok());
  EXPECT_TRUE(EnterWith(token).ok());
  for (const std::string& good : {last, elsewhere, others}) {
    EXPECT_TRUE(enrolment_->Find(good, kNow).ok());
  }
  Restart();
  Refusal(EnterWith(session));
  Refusal(enrolment_->Find(open, kNow));
}

// Or whoever lost the answer and asks again would be told that it never was.
TEST_F(EnrolmentTest, AUsedInvitationStaysWhenThereIsANewOne) {
  const std::string invitation = Invited(), request = NewRequest();
  const auto first = Certify(invitation, request);
  Invited();
  EXPECT_EQ(Certify(invitation, request)->certificate(), first->certificate());
}

TEST_F(EnrolmentTest, AnInvitationThatCannotBeMadeEndsNothing) {
  const std::string open = Invited();
  CredentialRequest request;
  request.organisation = "org/eurodig";
  request.role = pb::ROLE_PUBLISHER;
  request.lifetime = kMaxInvitationLifetime + absl::Seconds(1);
  const auto refused = enrolment_->Invite(request, kNow);
  EXPECT_THAT(refused.status().ToString(), HasSubstr("lifetime"));
  request.lifetime = kInvitationLifetime;
  store_.FailAt(1);
  EXPECT_TRUE(absl::IsUnavailable(enrolment_->Invite(request, kNow).status()));
  EXPECT_TRUE(enrolment_->Find(open, kNow).ok());
}

// The one before is used in the moment in which it would have been taken back.
TEST_F(EnrolmentTest, WhoUsesTheInvitationBeforeInTheSameMomentDoesNotStopTheNewOne) {
  const std::string before = Invited(), request = NewRequest();
  int changes = 0;
  store_.before_change = [&] {
    if (++changes != 2) return;
    EXPECT_TRUE(Certify(before, request).ok());
  };
  EXPECT_TRUE(enrolment_->Find(Invited(), kNow).ok());
  EXPECT_EQ(Certificates(), 1);
}

TEST_F(EnrolmentTest, WithoutAnAuthorityThereAreSessionsAlone) {
  const std::string invitation = Invited();
  Enrolment on_loopback(book_.get(), nullptr);
  const auto refused = on_loopback.Certify(invitation, NewRequest(), kNow);
  EXPECT_EQ(ReasonOf(refused.status()), Reason::kNotPermitted);
  EXPECT_TRUE(on_loopback.StartSession(invitation, kNow).ok());
}

TEST_F(EnrolmentTest, BothCertificatesComeInUntilTheOldOneEnds) {
  const rows::Credential old = Joined("org/eurodig/desk", pb::ROLE_READER);
  const absl::Time later = kNow + absl::Hours(24 * 60), end = kNow + kCertificateLifetime;
  const auto renewed = enrolment_->Renew(EnterBy(old, later).value(), NewRequest(), later);
  ASSERT_TRUE(renewed.ok()) << renewed.status();
  EXPECT_EQ(renewed->organisation(), "org/eurodig/desk");
  EXPECT_EQ(renewed->role(), pb::ROLE_READER);
  EXPECT_NE(renewed->id(), old.id());
  EXPECT_EQ(record::ReadCertificate(renewed->certificate())->organisation, "org/eurodig/desk");
  for (const auto* certificate : {&old, &*renewed}) {
    EXPECT_EQ(EnterBy(*certificate, end - absl::Seconds(1))->organisation, "org/eurodig/desk");
  }
  Refusal(EnterBy(old, end));
  EXPECT_TRUE(EnterBy(*renewed, later + kCertificateLifetime - absl::Seconds(1)).ok());
  Refusal(EnterBy(*renewed, later + kCertificateLifetime));
}

TEST_F(EnrolmentTest, ARenewedCertificateIsTheCertificatesAndNotTheTokensThatCameWithIt) {
  const rows::Credential certificate = Joined("org/eurodig", pb::ROLE_PUBLISHER);
  CredentialRequest wanted;
  wanted.organisation = "org/eurodig/desk";
  wanted.role = pb::ROLE_READER;
  const std::string authorization = absl::StrCat("Bearer ", book_->Make(wanted, kNow)->secret);
  Shown shown;
  shown.authorization = authorization;
  shown.certificate = record::ReadCertificate(certificate.certificate())->fingerprint;
  const auto in = gate_->Enter(shown, pb::PERMISSION_READ, {}, {}, kNow);
  ASSERT_EQ(in.value().role, pb::ROLE_READER);
  const auto renewed = enrolment_->Renew(*in, NewRequest(), kNow);
  EXPECT_EQ(renewed->organisation(), "org/eurodig");
  EXPECT_EQ(renewed->role(), pb::ROLE_PUBLISHER);
}

TEST_F(EnrolmentTest, WhoShowsNoCertificateRenewsNone) {
  const std::string session = enrolment_->StartSession(Invited(), kNow)->secret;
  for (const Principal& without : {Principal(), EnterWith(session).value()}) {
    EXPECT_EQ(ReasonOf(enrolment_->Renew(without, NewRequest(), kNow).status()),
              Reason::kCredentialRequired);
  }
  const Principal in = EnterBy(Joined()).value();
  EXPECT_EQ(ReasonOf(enrolment_->Renew(in, "nonsense", kNow).status()), Reason::kFieldInvalid);
}

// Who came in a moment before it was taken back must not leave with a new one.
TEST_F(EnrolmentTest, ARevokedCertificateIsNotRenewed) {
  const rows::Credential certificate = Joined();
  const Principal in = EnterBy(certificate).value();
  ASSERT_TRUE(book_->Revoke(certificate.id(), kNow).ok());
  Refusal(enrolment_->Renew(in, NewRequest(), kNow));
  EXPECT_EQ(Certificates(), 1);
}

TEST_F(EnrolmentTest, WithACertificateGoWhatWasRenewedFromItAndNothingElse) {
  const rows::Credential first = Joined(), other = Joined();
  const auto renew = [&](const rows::Credential& of) {
    return enrolment_->Renew(EnterBy(of).value(), NewRequest(), kNow).value();
  };
  const rows::Credential second = renew(first), third = renew(second), apart = renew(other);
  const auto revoked = book_->RevokeWithRenewed(second.id(), kNow);
  ASSERT_TRUE(revoked.ok()) << revoked.status();
  std::vector<std::string> ids;
  for (const rows::Credential& one : *revoked) ids.push_back(one.id());
  EXPECT_THAT(ids, ::testing::ElementsAre(second.id(), third.id()));
  EXPECT_TRUE(EnterBy(first).ok());
  EXPECT_TRUE(EnterBy(other).ok() && EnterBy(apart).ok());
  Refusal(EnterBy(second));
  Refusal(EnterBy(third));
  // Again, and from the beginning of the chain.
  EXPECT_EQ(book_->RevokeWithRenewed(first.id(), kNow)->size(), 3u);
  Refusal(EnterBy(first));
}

// The certificate is revoked while the one that follows it is on its way.
TEST_F(EnrolmentTest, WhatIsRenewedInTheMomentOfRevokingIsRevokedToo) {
  const rows::Credential certificate = Joined();
  const Principal in = EnterBy(certificate).value();
  int changes = 0;
  store_.before_change = [&] {
    if (++changes != 1) return;
    EXPECT_TRUE(book_->RevokeWithRenewed(certificate.id(), kNow).ok());
  };
  Refusal(enrolment_->Renew(in, NewRequest(), kNow));
  for (const rows::Credential& one : book_->ListOf("org/eurodig")) {
    if (one.kind() != pb::CREDENTIAL_KIND_CERTIFICATE) continue;
    EXPECT_GT(one.revoked_us(), 0);
  }
}

// The new invitation comes when the earlier one is used up and the session is on its way.
TEST_F(EnrolmentTest, ASessionThatBeginsWhileItsOrganisationIsInvitedAnewEnds) {
  const std::string before = Invited();
  std::string invited;
  int changes = 0;
  store_.before_change = [&] {
    if (++changes == 2) invited = Invited();
  };
  Refusal(enrolment_->StartSession(before, kNow));
  int sessions = 0;
  for (const rows::Credential& one : book_->ListOf("org/eurodig")) {
    if (one.kind() != pb::CREDENTIAL_KIND_SESSION) continue;
    EXPECT_GT(one.revoked_us(), 0);
    ++sessions;
  }
  EXPECT_EQ(sessions, 1);
  EXPECT_TRUE(enrolment_->Find(invited, kNow).ok());
}

// Two at once, both of whom found the invitation unused.
class RaceTest : public EnrolmentTest {
 protected:
  template <typename One, typename Other>
  void AtOnce(One one, Other other) {
    std::atomic<int> arrived{0};
    store_.before_change = [&] {
      ++arrived;
      while (arrived < 2) std::this_thread::yield();
    };
    std::thread first(one), second(other);
    first.join();
    second.join();
    store_.before_change = nullptr;
  }
};

TEST_F(RaceTest, OfTwoKeysOneWins) {
  for (int round = 0; round < 20; ++round) {
    const std::string invitation = Invited(absl::StrCat("org/a", round));
    const std::string requests[] = {NewRequest(), NewRequest()};
    absl::StatusOr<rows::Credential> got[2];
    AtOnce([&] { got[0] = Certify(invitation, requests[0]); },
           [&] { got[1] = Certify(invitation, requests[1]); });
    ASSERT_NE(got[0].ok(), got[1].ok());
    const int winner = got[0].ok() ? 0 : 1;
    Refusal(got[1 - winner]);
    EXPECT_EQ(Certify(invitation, requests[winner])->certificate(), got[winner]->certificate());
    Refusal(Certify(invitation, requests[1 - winner]));
    EXPECT_EQ(Certificates(), round + 1);
  }
}

TEST_F(RaceTest, OfACertificateAndASessionOneWins) {
  for (int round = 0; round < 20; ++round) {
    const std::string invitation = Invited(absl::StrCat("org/a", round));
    bool certified = false, started = false;
    AtOnce([&] { certified = Certify(invitation, NewRequest()).ok(); },
           [&] { started = enrolment_->StartSession(invitation, kNow).ok(); });
    EXPECT_NE(certified, started);
    EXPECT_EQ(book_->ListOf(absl::StrCat("org/a", round)).size(), 2u);
  }
}

// A client that gave up on a slow line and asked again.
TEST_F(RaceTest, OfOneKeyThereIsOneCertificate) {
  for (int round = 0; round < 20; ++round) {
    const std::string invitation = Invited(absl::StrCat("org/a", round)), request = NewRequest();
    absl::StatusOr<rows::Credential> got[2];
    AtOnce([&] { got[0] = Certify(invitation, request); },
           [&] { got[1] = Certify(invitation, request); });
    ASSERT_TRUE(got[0].ok() && got[1].ok()) << got[0].status() << got[1].status();
    EXPECT_EQ(got[0]->certificate(), got[1]->certificate());
    EXPECT_EQ(Certify(invitation, request)->certificate(), got[0]->certificate());
    EXPECT_EQ(Certificates(), round + 1);
  }
}

// Asked twice at once after a crash had come between the two changes.
TEST_F(RaceTest, WhatIsHealedTwiceAtOnceIsHealedOnce) {
  const std::string invitation = Invited(), request = NewRequest();
  store_.FailAt(2);
  ASSERT_FALSE(Certify(invitation, request).ok());
  absl::StatusOr<rows::Credential> got[2];
  AtOnce([&] { got[0] = Certify(invitation, request); },
         [&] { got[1] = Certify(invitation, request); });
  const std::string certificate = Certify(invitation, request).value().certificate();
  for (const auto& one : got) {
    EXPECT_TRUE(!one.ok() || one->certificate() == certificate);
  }
  EXPECT_TRUE(got[0].ok() || got[1].ok());
  EXPECT_EQ(Certificates(), 1);
}

}  // namespace
}  // namespace liaison::auth
