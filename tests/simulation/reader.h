// A subscriber: the hub's side of its stream, and its own.
#ifndef LIAISON_TESTS_SIMULATION_READER_H_
#define LIAISON_TESTS_SIMULATION_READER_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "server/fanout/cursor.h"
#include "tests/simulation/oracle.h"

namespace liaison::simulation {

class World;

// A Reader connects, is served frame by frame as a stream is (one write in flight, parked in the
// tail when there is nothing), loses its connection, and goes on where its last frame left it. Each
// step of its cursor is held against what the oracle says it must be. Not thread-safe.
class Reader final : public fanout::Waiter {
 public:
  Reader(World* world, uint64_t number);

  void Start();
  // The hub is gone, and its tail with it.
  void LoseHub();
  // Nobody sleeps while there is something to read.
  void CheckSleep();
  // Connected, and everything there is was delivered.
  void CheckEnd();

  // fanout::Waiter.
  void Wake() override;

 private:
  enum class State { kAway, kDue, kWriting, kParked };

  void ChooseFilter();
  void Connect();
  void Disconnect();
  void ConnectLater();
  // Runs unless the connection has ended by then.
  void AfterOnConnection(int64_t delay_us, std::function<void()> event);
  void Drive(bool may_read_log);
  void Rest();
  void Received(const fanout::Frame& frame);

  bool Wants(const Said& event) const;
  // The first wanted event after `after` and up to `through`; nothing where there is none.
  std::optional<uint64_t> NextWanted(uint64_t after, uint64_t through) const;
  void CheckFrame(const fanout::Frame& frame);
  void CheckEvents(const fanout::Frame& frame);
  bool IsAsExpected(const pb::Event& event) const;
  void CheckNothingYet();
  template <typename... Parts>
  void Violation(const Parts&... parts);

  World* const world_;
  const std::string name_;
  State state_ = State::kAway;
  uint64_t connection_ = 0;

  // Who it is and what it wants; chosen anew now and then.
  std::string organisation_;
  bool is_partner_ = false;
  bool is_mag_ = false;
  bool is_secretariat_ = false;
  std::string filter_text_;
  std::function<bool(const pb::EventHeader&)> filter_;
  int64_t pace_us_;    // of taking a frame
  size_t max_events_;  // of one frame
  uint64_t patience_;  // one in so many frames is the connection's last

  // The hub's side.
  std::optional<fanout::Cursor> cursor_;
  std::optional<uint64_t> stop_at_;
  bool confirmed_ = false;
  bool caught_up_ = false;
  uint64_t served_ = 0;  // the position of the last frame

  // The subscriber's side.
  uint64_t position_ = 0;  // of the last frame that it received
};

}  // namespace liaison::simulation

#endif  // LIAISON_TESTS_SIMULATION_READER_H_
