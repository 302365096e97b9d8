// A publisher, with all the ways in which publishers go wrong.
#ifndef LIAISON_TESTS_SIMULATION_WRITER_H_
#define LIAISON_TESTS_SIMULATION_WRITER_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "igf/liaison/v1/publish_service.pb.h"
#include "proto/record/signature.h"
#include "server/sequencer/proposal.h"

namespace liaison::simulation {

class World;
namespace pb = ::igf::liaison::v1;

// A Writer says new things, says old things again, contradicts itself, revises, redacts, signs, and
// now and then floods the hub. What it is to be answered is the oracle's business. Not thread-safe.
class Writer {
 public:
  // `large`: says thousands of events.
  Writer(World* world, uint64_t number, bool large);

  void Start() { ActLater(); }

 private:
  // One item, kept so that it can be said again.
  struct Item {
    pb::PublishItem item;
    std::optional<record::Hash> digest;  // once it was acknowledged
  };
  using ItemPtr = std::shared_ptr<Item>;

  void ActLater();
  void Act();
  pb::Draft Blank();
  ItemPtr Signal();
  ItemPtr Signed();
  ItemPtr Again();
  ItemPtr Contradiction();
  ItemPtr Revision(std::vector<domain::ChainCheck>* checks);
  ItemPtr Redaction();
  ItemPtr Membership();
  ItemPtr KeyEvent();
  ItemPtr Any();
  void Flood();
  void Stream();
  void Publish(std::vector<ItemPtr> items, sequencer::Proposal proposal);
  ItemPtr Keep(pb::PublishItem item);
  const Item* Acknowledged();

  World* const world_;
  const std::string name_;
  const bool large_;
  int64_t pace_us_;
  int floods_ = 0;
  std::vector<ItemPtr> said_;
  std::vector<record::SigningKey> keys_;
};

}  // namespace liaison::simulation

#endif  // LIAISON_TESTS_SIMULATION_WRITER_H_
