// Unary calls as Connect writes them, so that curl is enough: a POST of JSON, an answer in JSON,
// and errors by HTTP's own codes. https://connectrpc.com/docs/protocol
#ifndef LIAISON_SERVER_WEB_CONNECT_H_
#define LIAISON_SERVER_WEB_CONNECT_H_

#include <memory>

#include "server/web/protocol.h"

namespace liaison::web {

// application/json by the method's descriptor, or application/proto as it is. Null for any other
// content type.
std::unique_ptr<Protocol> ConnectProtocolOf(const HttpRequest& request);

}  // namespace liaison::web

#endif  // LIAISON_SERVER_WEB_CONNECT_H_
