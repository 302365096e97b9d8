// Whether a browser asks for one of our own pages, or for somebody else's.
#ifndef LIAISON_SERVER_WEB_ORIGIN_H_
#define LIAISON_SERVER_WEB_ORIGIN_H_

#include <string>

#include "server/web/http.h"

namespace liaison::web {

// False where a browser says that the page that asks is another site's. What is no browser says
// nothing about it.
bool IsSameOrigin(const HttpRequest& request);

// False for a request without TLS that names another host than loopback: a page that was made to
// believe this address its own. `proxied` is the host that a proxy before us serves; may be empty.
bool IsOwnHost(const HttpRequest& request, absl::string_view proxied);

// What whoever asks shows, as the hub's metadata `authorization` has it: the header, or the session
// that the browser keeps. Empty: nothing.
// REQUIRES: IsSameOrigin
std::string AuthorizationOf(const HttpRequest& request);

// The session that the browser keeps; empty: none.
std::string SessionOf(const HttpRequest& request);
inline constexpr char kSessionCookie[] = "__Host-liaison";

}  // namespace liaison::web

#endif  // LIAISON_SERVER_WEB_ORIGIN_H_
