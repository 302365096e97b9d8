// One connection: requests in, answers out, one after the other.
#ifndef LIAISON_SERVER_WEB_SESSION_H_
#define LIAISON_SERVER_WEB_SESSION_H_

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl.hpp>
#include <functional>
#include <memory>
#include <string>

#include "server/web/http_server.h"

namespace liaison::web {

// Takes a connection and sees to it until it ends. `ended` is called then, once.
void StartSession(boost::asio::ip::tcp::socket socket,
                  std::shared_ptr<boost::asio::ssl::context> tls, const HttpServerOptions* options,
                  std::string address, std::function<void()> ended);

}  // namespace liaison::web

#endif  // LIAISON_SERVER_WEB_SESSION_H_
