// What was verified enters this hub's log, through its one order.
#ifndef LIAISON_SERVER_FEDERATION_ORDERED_ENTRY_H_
#define LIAISON_SERVER_FEDERATION_ORDERED_ENTRY_H_

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "server/federation/entry.h"
#include "server/sequencer/proposal.h"
#include "server/sequencer/proposal_log.h"
#include "storage/event_log.h"

namespace liaison::federation {

// An OrderedEntry waits for the sequencer: never call it from there. Thread-safe.
class OrderedEntry final : public Entry {
 public:
  // Both outlive it. `registry` is asked whenever somebody is judged.
  OrderedEntry(const storage::EventLog* log, sequencer::ProposalLog* proposals,
               std::function<std::shared_ptr<const domain::Registry>()> registry)
      : log_(*log), proposals_(*proposals), registry_(std::move(registry)) {}

  absl::StatusOr<bool> Knows(const record::Hash& digest) const override;
  absl::StatusOr<Behind> WhatIsBehind(absl::string_view origin,
                                      const pb::EventHeader& header) const override;
  std::shared_ptr<const domain::Registry> registry() const override { return registry_(); }
  absl::Status Commit(Arrival arrival) override;
  absl::StatusOr<std::optional<std::string>> Find(const std::string& key) const override;
  absl::StatusOr<std::vector<KeptRow>> List(const std::string& prefix, const std::string& after,
                                            size_t limit) const override;
  using Entry::Keep;
  absl::Status Keep(const std::string& key, const std::string& value,
                    std::vector<KeptRow> also) override;

 private:
  // As a log says that goes on from another one.
  absl::Status LeaveOutWhatWasErased(std::vector<domain::Statement>* statements) const;
  // Puts it into the order and waits. The first error of its answers.
  absl::Status Order(sequencer::Proposal proposal);

  const storage::EventLog& log_;
  sequencer::ProposalLog& proposals_;
  const std::function<std::shared_ptr<const domain::Registry>()> registry_;
};

}  // namespace liaison::federation

#endif  // LIAISON_SERVER_FEDERATION_ORDERED_ENTRY_H_
