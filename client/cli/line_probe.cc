#include "client/cli/line_probe.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netdb.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>
#include <system_error>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/cli/event_json.h"
#include "client/cli/view_output.h"
#include "proto/record/openssl.h"

namespace liaison::cli {
namespace {

using record::OpenSslDeleter;
using ContextPtr = std::unique_ptr<SSL_CTX, OpenSslDeleter<SSL_CTX_free>>;
using SslPtr = std::unique_ptr<SSL, OpenSslDeleter<SSL_free>>;
using AddressesPtr = std::unique_ptr<addrinfo, OpenSslDeleter<freeaddrinfo>>;

constexpr char kClock[] = "if its dates look right, this machine's clock is wrong: set it by NTP";

// -1, and why, where nobody answers.
int Connect(const Line& line, absl::Duration timeout, std::string* why) {
  addrinfo hints = {};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int failed = getaddrinfo(line.host.c_str(), line.port.c_str(), &hints, &found);
  if (failed != 0) {
    *why = absl::StrCat("nobody knows the name ", line.host, " (", gai_strerror(failed), ")");
    return -1;
  }
  const AddressesPtr addresses(found);
  for (const addrinfo* address = found; address != nullptr; address = address->ai_next) {
    const int fd = socket(address->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) continue;
    int error = connect(fd, address->ai_addr, address->ai_addrlen) == 0 ? 0 : errno;
    if (error == EINPROGRESS) {
      pollfd waiting = {fd, POLLOUT, 0};
      socklen_t size = sizeof(error);
      error = ETIMEDOUT;
      if (poll(&waiting, 1, static_cast<int>(absl::ToInt64Milliseconds(timeout))) == 1) {
        getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size);
      }
    }
    if (error == 0) return fd;
    close(fd);
    *why = error == ETIMEDOUT
               ? absl::StrCat("nothing comes back from port ", line.port,
                              ": a firewall may drop it, on this side or on the hub's")
               : absl::StrCat("port ", line.port,
                              " does not answer: ", std::generic_category().message(error));
  }
  return -1;
}

ContextPtr ContextFor(const Profile& profile) {
  ContextPtr context(SSL_CTX_new(TLS_client_method()));
  record::Require(context != nullptr, "no memory");
  const record::CertificatePtr own = record::ReadCertificatePem(profile.tls.certificate);
  const record::KeyPtr own_key = record::ReadKeyPem(profile.tls.private_key);
  const record::CertificatePtr root = record::ReadCertificatePem(profile.tls.authority);
  if (own) SSL_CTX_use_certificate(context.get(), own.get());
  if (own_key) SSL_CTX_use_PrivateKey(context.get(), own_key.get());
  if (root) X509_STORE_add_cert(SSL_CTX_get_cert_store(context.get()), root.get());
  // Every certificate is looked at, good or not: this says what is wrong with it.
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, [](int, X509_STORE_CTX*) { return 1; });
  return context;
}

// `certificate revoked`, of what the other end sent; empty where it was something else.
std::string AlertText() {
  const unsigned long error = ERR_peek_last_error();  // NOLINT(google-runtime-int): OpenSSL's
  std::array<char, 256> text = {};
  ERR_error_string_n(error, text.data(), text.size());
  std::string alert = text.data();
  ERR_clear_error();
  const size_t begin = alert.find("alert ");
  return error != 0 && begin != std::string::npos ? alert.substr(begin + 6) : "";
}

void ShakeHands(const Profile& profile, int fd, Line* line) {
  const ContextPtr context = ContextFor(profile);
  const SslPtr ssl(SSL_new(context.get()));
  SSL_set_fd(ssl.get(), fd);
  SSL_set_tlsext_host_name(ssl.get(), line->host.c_str());
  constexpr unsigned char kHttp2[] = {2, 'h', '2'};
  SSL_set_alpn_protos(ssl.get(), kHttp2, sizeof(kHttp2));
  line->speaks_tls = SSL_connect(ssl.get()) == 1;
  if (line->speaks_tls) {
    const unsigned char* protocol = nullptr;
    unsigned int size = 0;
    SSL_get0_alpn_selected(ssl.get(), &protocol, &size);
    line->is_another_service =
        absl::string_view(reinterpret_cast<const char*>(protocol), size) != "h2";
  } else {
    line->alert = AlertText();
    line->speaks_tls = !line->alert.empty();
  }
  const record::CertificatePtr shown(SSL_get1_peer_certificate(ssl.get()));
  if (shown == nullptr) return;
  const std::string pem =
      record::Written([&](BIO* out) { return PEM_write_bio_X509(out, shown.get()); });
  if (auto facts = record::ReadCertificate(pem); facts.ok()) line->shown = *facts;
  // Its dates are judged apart; here, whose it is.
  const long verified = SSL_get_verify_result(ssl.get());  // NOLINT(google-runtime-int): OpenSSL's
  line->is_of_authority = verified == X509_V_OK || verified == X509_V_ERR_CERT_HAS_EXPIRED ||
                          verified == X509_V_ERR_CERT_NOT_YET_VALID;
  // In TLS 1.3 the hub judges our certificate after we are done: its first bytes, or its alert.
  char byte = 0;
  if (SSL_read(ssl.get(), &byte, 1) == 1 || !line->alert.empty()) return;
  line->alert = AlertText();
  // gRPC's way of saying the same.
  if (line->alert.empty()) line->alert = "it hung up when it saw your certificate";
}

Finding JudgeHubCertificate(const Line& line, absl::Time now) {
  const record::CertificateFacts& shown = *line.shown;
  if (!line.is_of_authority) {
    return Problem("hub",
                   absl::StrCat("whoever answers shows a certificate of `", shown.issuer,
                                "`, not of the hub you joined"),
                   "send nothing; check the address, and ask whoever invited you");
  }
  if (std::find(shown.hosts.begin(), shown.hosts.end(), line.host) == shown.hosts.end()) {
    return Problem("hub",
                   absl::StrCat("the hub's certificate is for ", absl::StrJoin(shown.hosts, ", "),
                                ", not for ", line.host),
                   "use one of these names (--hub, profile.toml), or ask the operator to add this "
                   "one (hosts)");
  }
  if (now > shown.not_after) {
    return Problem("hub", absl::StrCat("the hub's certificate ended on ", DayText(shown.not_after)),
                   absl::StrCat("tell the hub's operator; ", kClock));
  }
  if (now < shown.not_before) {
    return Problem("hub",
                   absl::StrCat("the hub's certificate is good only from ",
                                TimeText(shown.not_before), ", and here it is ", TimeText(now)),
                   kClock);
  }
  return Well("hub", absl::StrCat("its certificate is good for ", line.host, " until ",
                                  DayText(shown.not_after)));
}

}  // namespace

Line ProbeLine(const std::string& address, const Profile* profile, absl::Duration timeout) {
  Line line;
  const size_t colon = address.rfind(':');
  line.host = address.substr(0, colon);
  if (colon != std::string::npos) line.port = address.substr(colon + 1);
  if (line.host.size() > 2 && line.host.front() == '[') {
    line.host = line.host.substr(1, line.host.size() - 2);
  }
  const int fd = Connect(line, timeout, &line.unreachable);
  if (fd < 0) return line;
  const absl::Cleanup closed = [fd] { close(fd); };
  line.unreachable.clear();
  // From here on in turn, and not for ever.
  fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) & ~O_NONBLOCK);
  const timeval limit = absl::ToTimeval(timeout);
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
  setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
  ShakeHands(profile == nullptr ? Profile() : *profile, fd, &line);
  return line;
}

Finding JudgeOwnCertificate(const record::CertificateFacts& own, absl::Time now) {
  if (now > own.not_after) {
    return Problem("own", absl::StrCat("your certificate ended on ", DayText(own.not_after)),
                   absl::StrCat("ask for a new invitation; ", kClock));
  }
  if (now < own.not_before) {
    return Problem("own",
                   absl::StrCat("your certificate is good only from ", TimeText(own.not_before),
                                ", and here it is ", TimeText(now)),
                   kClock);
  }
  if (own.not_after - now < kExpiryNotice) {
    return Problem("own", absl::StrCat("your certificate ends on ", DayText(own.not_after)),
                   "run `liaison renew` before that");
  }
  return Well("own", absl::StrCat("your certificate is of ", own.organisation, ", good until ",
                                  DayText(own.not_after)));
}

std::vector<Finding> JudgeLine(const Line& line, const Profile* profile, absl::Time now) {
  std::vector<Finding> findings;
  if (!line.unreachable.empty()) {
    findings.push_back(Problem("port", line.unreachable,
                               "is the hub running, and is the address right (--hub, LIAISON_HUB, "
                               "profile.toml)?"));
  } else {
    findings.push_back(Well("port", absl::StrCat(line.host, ":", line.port, " answers")));
  }
  if (profile == nullptr) {
    if (line.speaks_tls) {
      findings.push_back(Problem("entry",
                                 "the hub asks for a certificate, and there is none to show",
                                 "name the folder that `liaison join` made (--profile), or ask for "
                                 "an invitation"));
    }
    return findings;
  }
  if (const auto own = record::ReadCertificate(profile->tls.certificate); own.ok()) {
    findings.push_back(JudgeOwnCertificate(*own, now));
  }
  if (!line.unreachable.empty()) return findings;
  if (!line.speaks_tls) {
    findings.push_back(Problem("hub", "whoever answers there does not speak TLS",
                               "is that the hub's port for gRPC?"));
  }
  if (line.shown) findings.push_back(JudgeHubCertificate(line, now));
  // What it made of our certificate says nothing.
  if (line.is_another_service) {
    findings.push_back(Problem("entry", "whoever answers there speaks TLS, and no gRPC",
                               "is that the hub's port for gRPC? liaison-web has another"));
    return findings;
  }
  if (!line.alert.empty()) {
    findings.push_back(Problem("entry", absl::StrCat("the hub does not let you in: ", line.alert),
                               "your certificate was revoked, perhaps: ask for a new invitation, "
                               "unless your clock is wrong"));
  }
  return findings;
}

}  // namespace liaison::cli
