#include "server/web/channel_pool.h"

#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/support/channel_arguments.h>

#include <utility>

#include "proto/record/limits.h"
#include "server/web/limits.h"

namespace liaison::web {

ChannelPool::ChannelPool(std::string target) : target_(std::move(target)) {
  members_.push_back({MakeChannel()});
}

std::shared_ptr<grpc::Channel> ChannelPool::MakeChannel() const {
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  arguments.SetMaxReceiveMessageSize(static_cast<int>(record::kMaxMessageSizeBytes));
  // A stream that nobody takes from makes the hub wait, not this process hoard.
  arguments.SetInt(GRPC_ARG_HTTP2_BDP_PROBE, 0);
  arguments.SetInt(GRPC_ARG_HTTP2_STREAM_LOOKAHEAD_BYTES, kStreamWindowSizeBytes);
  // A hub that was restarted is found again at once.
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 100);
  // How long an attempt may take, too: long enough for a machine that is busy.
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, 5000);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 1000);
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  return grpc::CreateCustomChannel(target_, grpc::InsecureChannelCredentials(), arguments);
}

ChannelPool::Lease ChannelPool::Take() {
  Lease lease;
  absl::MutexLock lock(&mu_);
  if (calls_ >= kMaxCalls) return lease;
  size_t index = 0;
  while (index < members_.size() && members_[index].calls >= kMaxCallsPerChannel) ++index;
  if (index == members_.size()) members_.push_back({MakeChannel()});
  ++members_[index].calls;
  ++calls_;
  lease.pool_ = this;
  lease.index_ = index;
  lease.channel_ = members_[index].channel;
  return lease;
}

std::shared_ptr<grpc::Channel> ChannelPool::first() const {
  absl::MutexLock lock(&mu_);
  return members_.front().channel;
}

size_t ChannelPool::size() const {
  absl::MutexLock lock(&mu_);
  return members_.size();
}

ChannelPool::Lease& ChannelPool::Lease::operator=(Lease&& other) noexcept {
  if (this == &other) return *this;
  GiveBack();
  pool_ = std::exchange(other.pool_, nullptr);
  index_ = other.index_;
  channel_ = std::move(other.channel_);
  return *this;
}

void ChannelPool::Lease::GiveBack() {
  channel_.reset();
  if (pool_ == nullptr) return;
  absl::MutexLock lock(&pool_->mu_);
  --pool_->members_[index_].calls;
  --pool_->calls_;
  pool_ = nullptr;
}

}  // namespace liaison::web
