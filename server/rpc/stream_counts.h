// What gRPC knows of a connection's streams.
#ifndef LIAISON_SERVER_RPC_STREAM_COUNTS_H_
#define LIAISON_SERVER_RPC_STREAM_COUNTS_H_

#include <cstdint>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "server/rpc/connection_judge.h"

namespace liaison::rpc {

// StreamCounts asks channelz, which counts every stream of a connection, also those that were taken
// back before a call came of them. Not thread-safe.
class StreamCounts {
 public:
  // Sets the counts of streams. False where gRPC does not know that peer, or not yet.
  bool Count(const std::string& peer, Traffic* traffic);
  void Forget(const std::string& peer) { sockets_.erase(peer); }

 private:
  void FindNewSockets();

  absl::flat_hash_map<std::string, intptr_t> sockets_;  // by peer
  absl::flat_hash_map<intptr_t, intptr_t> seen_;        // by server: the last socket that is known
};

}  // namespace liaison::rpc

#endif  // LIAISON_SERVER_RPC_STREAM_COUNTS_H_
