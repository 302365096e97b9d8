// Calls of browsers, passed on to the hub.
#ifndef LIAISON_SERVER_WEB_GATEWAY_H_
#define LIAISON_SERVER_WEB_GATEWAY_H_

#include <memory>

#include "server/web/channel_pool.h"
#include "server/web/http.h"
#include "server/web/tally.h"

namespace liaison::web {

// A Gateway passes any method of the hub on, without knowing it: gRPC-Web, and Connect's unary
// calls. What the caller shows goes along; the hub says who that is and what they may. Of a stream
// one message at a time is on its way to the browser, and the next is asked for when it is taken.
// Thread-safe; never waits.
class Gateway {
 public:
  // Both must outlive it.
  Gateway(ChannelPool* pool, Tally* tally);
  // Stop must have been called.
  ~Gateway();

  // REQUIRES: IsCallPath, IsSameOrigin
  void Handle(const HttpRequest& request, std::shared_ptr<Exchange> exchange);

  // Ends what is under way, and refuses what comes; waits until nothing is left.
  void Stop();

 private:
  class Calls;
  class Call;

  ChannelPool* const pool_;
  Tally* const tally_;
  const std::unique_ptr<Calls> calls_;
};

}  // namespace liaison::web

#endif  // LIAISON_SERVER_WEB_GATEWAY_H_
