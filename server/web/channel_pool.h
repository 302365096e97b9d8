// Connections to the hub, so many calls on each.
#ifndef LIAISON_SERVER_WEB_CHANNEL_POOL_H_
#define LIAISON_SERVER_WEB_CHANNEL_POOL_H_

#include <grpcpp/channel.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"

namespace liaison::web {

// A ChannelPool opens another connection when those that there are have kMaxCallsPerChannel calls
// each, and up to kMaxCalls in all. Each channel has a subchannel pool of its own: otherwise gRPC
// would put them all on one connection. Thread-safe.
class ChannelPool {
 public:
  // The place of one call on a channel, given back when it goes.
  class Lease {
   public:
    Lease() = default;
    Lease(Lease&& other) noexcept { *this = std::move(other); }
    Lease& operator=(Lease&& other) noexcept;
    ~Lease() { GiveBack(); }

    // Null: there was no place.
    const std::shared_ptr<grpc::Channel>& channel() const { return channel_; }

   private:
    friend class ChannelPool;
    void GiveBack();

    ChannelPool* pool_ = nullptr;
    size_t index_ = 0;
    std::shared_ptr<grpc::Channel> channel_;
  };

  // `target` as gRPC names it, `unix:/run/liaison/hub.sock`.
  explicit ChannelPool(std::string target);

  Lease Take();
  // For calls that are few and short, besides the leases.
  std::shared_ptr<grpc::Channel> first() const;
  // How many there are.
  size_t size() const;

 private:
  struct Member {
    std::shared_ptr<grpc::Channel> channel;
    int calls = 0;
  };
  std::shared_ptr<grpc::Channel> MakeChannel() const;

  const std::string target_;
  mutable absl::Mutex mu_;
  std::vector<Member> members_ ABSL_GUARDED_BY(mu_);
  size_t calls_ ABSL_GUARDED_BY(mu_) = 0;
};

}  // namespace liaison::web

#endif  // LIAISON_SERVER_WEB_CHANNEL_POOL_H_
