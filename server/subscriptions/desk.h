// The one owner of all durable subscriptions.
#ifndef LIAISON_SERVER_SUBSCRIPTIONS_DESK_H_
#define LIAISON_SERVER_SUBSCRIPTIONS_DESK_H_

#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "igf/liaison/v1/subscription_service.pb.h"
#include "server/auth/principal.h"
#include "server/fanout/tail.h"
#include "server/sequencer/proposal_log.h"
#include "server/subscriptions/consumer.h"
#include "server/subscriptions/state.h"
#include "storage/event_log.h"

namespace liaison::subscriptions {

struct Kept;
struct Round;

struct DeskOptions {
  const storage::EventLog* log = nullptr;
  fanout::Tail* tail = nullptr;
  sequencer::ProposalLog* proposals = nullptr;
  std::function<int64_t()> now_us;   // UTC
  std::function<int64_t()> boot_us;  // CLOCK_BOOTTIME: a clock that is set ends no lease
  // Runs what it is given, one after the other, in order, and where it may wait for the disk. Must
  // run all of it before the desk goes.
  std::function<void(std::function<void()>)> post;
};

// Whose it is, and its name.
struct Name {
  std::string owner;
  std::string name;
};

struct JoinedAs {
  uint64_t epoch = 0;
  uint32_t generation = 0;
  int64_t lease_us = 0;
  uint64_t position = 0;
};

struct DeadLetters {
  std::vector<uint64_t> sequences;  // that it is about
  uint64_t remaining = 0;
};

// A Desk keeps what is remembered of subscriptions, hands out their events and hears what became of
// them. Whatever it does to one goes through the hub's order first: nothing is delivered, and
// nothing is answered, before it is on disk. In memory are those that somebody consumes, with what
// is not settled; the others are their rows.
//
// Thread-safe: everything is done on the thread behind `post`, which alone knows the state. `done`
// is called there, once, and must not block.
class Desk : public std::enable_shared_from_this<Desk> {
 public:
  template <typename T>
  using Done = std::function<void(absl::StatusOr<T>)>;

  // What the options point to must outlive the desk.
  static std::shared_ptr<Desk> Make(DeskOptions options);
  ~Desk();

  // Again: the one that there is. `head`: with owner, name, filter, order, settings and position,
  // all of them checked.
  void Create(rows::Subscription head, Done<pb::Subscription> done);
  void Get(Name name, Done<pb::Subscription> done);
  // At most `limit` after that name.
  void List(std::string owner, std::string after, size_t limit,
            Done<std::vector<pb::Subscription>> done);
  void Update(Name name, pb::SubscriptionSettings settings, Done<pb::Subscription> done);
  void Delete(Name name, Done<bool> done);
  void Seek(Name name, uint64_t position, Done<pb::SeekResponse> done);

  // A member comes; it gets events once it has credit. LOG_INCARNATION_CHANGED, POSITION_EXPIRED,
  // POSITION_AHEAD_OF_LOG where the subscription cannot go on from where it is.
  void Attach(Name name, std::string member, uint64_t claimed_epoch, std::vector<std::string> held,
              std::shared_ptr<Consumer> consumer, Done<JoinedAs> done);
  void Grant(Name name, std::shared_ptr<Consumer> consumer, uint64_t messages, uint64_t size_bytes);
  // The deliveries with these tokens have been written: their leases begin.
  void Began(Name name, std::vector<std::string> ack_tokens);
  // A member is gone. `unwritten` never went out, and does not count. What it holds stays its own
  // until the leases are over, unless it went in order.
  void Detach(Name name, std::shared_ptr<Consumer> consumer, std::vector<std::string> unwritten,
              bool in_order);
  // The deliveries with these tokens never went out, and do not count.
  void Release(Name name, std::vector<std::string> ack_tokens);
  // Up to so many once: what there is within `wait_us`, perhaps nothing. `who` as Consumer::Renew,
  // and nullopt as well once nobody waits for the answer; asked no more once `done` is called.
  void Pull(Name name, std::function<std::optional<auth::Principal>()> who, uint64_t messages,
            int64_t wait_us, Done<std::vector<Delivery>> done);
  // One result for each, in order, once they are on disk. REQUIRES: checked.
  void Settle(Name name, std::vector<pb::Settlement> settlements,
              Done<std::vector<pb::SettleResult>> done);

  void ListDeadLetters(Name name, uint64_t after, size_t limit,
                       Done<std::vector<pb::DeadLetter>> done);
  // Those of the sequences that are dead letters, or the first ones where there are none.
  void Replay(Name name, std::vector<uint64_t> sequences, bool dry_run, Done<DeadLetters> done);
  void Discard(Name name, std::vector<uint64_t> sequences, bool dry_run, Done<DeadLetters> done);

  // Time passes: leases end, waits are over, what nobody needs leaves memory.
  void Tick();
  // The hub is going: whoever waits in a pull gets what there is.
  void Drain();

 private:
  using KeptPtr = std::shared_ptr<Kept>;

  explicit Desk(DeskOptions options) : options_(std::move(options)) {}
  void Post(std::function<void()> task) { options_.post(std::move(task)); }

  absl::StatusOr<KeptPtr> Find(const Name& name);
  absl::Status CheckPosition(const Kept& kept) const;
  pb::Subscription Show(const Kept& kept) const;
  absl::StatusOr<pb::Subscription> ShowSame(const Kept& there,
                                            const rows::Subscription& asked) const;
  // Into the order, and into the state at once: whatever is decided next builds on it. `then` hears
  // whether it came to disk.
  void Commit(const KeptPtr& kept, const Change& change, std::function<void(absl::Status)> then);
  void Propose(sequencer::ControlChange change, std::function<void(absl::Status)> then);
  // What is on disk is not what is here: everybody comes again, and it is read anew.
  void Break(const KeptPtr& kept, const absl::Status& why);
  void ExpireLeases(const KeptPtr& kept);
  void ReplayOrDiscard(const Name& name, std::vector<uint64_t> sequences, bool dry_run, bool replay,
                       const Done<DeadLetters>& done);
  // Out of memory.
  void Retire(const KeptPtr& kept);
  std::vector<Claim> ToClaims(const Kept& kept, const std::vector<std::string>& tokens,
                              pb::SettleAction action) const;
  absl::StatusOr<std::vector<Laid>> ReadLetters(const Kept& kept,
                                                const std::vector<uint64_t>& sequences) const;
  void CountOwner(const std::string& owner, size_t* count);
  void ReleaseNow(const KeptPtr& kept, const std::vector<std::string>& tokens);

  void Pump(const KeptPtr& kept);
  void PumpSoon(const KeptPtr& kept);
  absl::Status GatherReady(const auth::Principal& principal, Kept* kept, Round* round);
  absl::Status GatherNew(const auth::Principal& principal, Kept* kept, Round* round);
  void HandOutRound(const KeptPtr& kept, Round round);
  void BeginLeases(Kept* kept, uint64_t epoch, const std::vector<Delivery>& deliveries);
  void EndPulls(const KeptPtr& kept);
  void LetRest(const KeptPtr& kept);
  void DropAbandonedPulls(const KeptPtr& kept);

  const DeskOptions options_;
  std::atomic<bool> tick_posted_{false};
  absl::flat_hash_map<std::string, KeptPtr> kept_;      // by HeadKey
  absl::flat_hash_map<std::string, size_t> per_owner_;  // counted when first asked
  std::deque<std::weak_ptr<Kept>> resting_;             // with a cursor, the longest first
};

}  // namespace liaison::subscriptions

#endif  // LIAISON_SERVER_SUBSCRIPTIONS_DESK_H_
