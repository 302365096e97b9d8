// Whether a browser asks for one of our own pages, or for somebody else's.
#ifndef LIAISON_SERVER_WEB_ORIGIN_H_
#define LIAISON_SERVER_WEB_ORIGIN_H_

#include <string>

#include "absl/status/statusor.h"
#include "server/web/http.h"

namespace liaison::web {

// False where a browser says that the page that asks is another site's. What is no browser says
// nothing about it.
bool IsSameOrigin(const HttpRequest& request);

// The address at which a proxy before this process serves it.
struct Proxied {
  bool secure = true;
  std::string host;  // with its port, if it is not the usual one; empty: there is no proxy
};
// `hub.example.org`, `https://hub.example.org:8443`, or `http://hub.intranet.example`.
// INVALID_ARGUMENT for anything else.
absl::StatusOr<Proxied> ParseProxied(absl::string_view text);

// A request from loopback for the proxied host came by the proxy: it is as secure as the operator
// says, and from the last address in X-Forwarded-For, which the proxy itself has put there. Nothing
// else that anybody says about the way is believed, and of another request nothing at all.
void BelieveProxy(const Proxied& proxied, HttpRequest* request);

// True for what somebody on this machine asks this process itself, as far as can be seen: from
// loopback, and with no word of a proxy on the way.
bool IsAskedHere(const HttpRequest& request);

// False for a request without TLS that names another host than loopback, and came by no proxy: a
// page that was made to believe this address its own.
bool IsOwnHost(const HttpRequest& request);

// What whoever asks shows, as the hub's metadata `authorization` has it: the header, or the session
// that the browser keeps. Empty: nothing.
// REQUIRES: IsSameOrigin
std::string AuthorizationOf(const HttpRequest& request);

// Whether gRPC takes it as the value of metadata: printable ASCII. Anything else it aborts at.
bool IsMetadataText(absl::string_view text);

// The session that the browser keeps; empty: none.
std::string SessionOf(const HttpRequest& request);
inline constexpr char kSessionCookie[] = "__Host-liaison";

}  // namespace liaison::web

#endif  // LIAISON_SERVER_WEB_ORIGIN_H_
