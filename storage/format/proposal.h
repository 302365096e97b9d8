// The proposal batch: what a replicated order carries from the node that accepted it to all.
//
// proposal := version:u8 node[16] boot:u64be counter:u64be hub_time_us:u64be flags:u8
//             checks:u16be check[checks] items:u16be item[items]
// flags    := 0x01 atomic; every other bit is 0
// check    := root[32] has_latest:u8 latest[32 if has_latest]
// item     := header_size:u32be header signature_size:u8 signature sections:u8 section[sections]
// section  := kind:u16be salt[32] data_size:u32be data
//
// It holds everything that decides the leaf (time, header, signature) verbatim, so that every node
// builds the same tree from it. DO NOT CHANGE THIS LAYOUT: it is in streams and staging areas.
#ifndef LIAISON_STORAGE_FORMAT_PROPOSAL_H_
#define LIAISON_STORAGE_FORMAT_PROPOSAL_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "proto/record/hash.h"
#include "proto/record/limits.h"
#include "proto/record/uuid.h"

namespace liaison::storage {

inline constexpr uint8_t kProposalVersion = 1;
// An ordering engine is to be set up for payloads of this size.
inline constexpr size_t kMaxProposalSizeBytes = 4 << 20;

// Names a proposal for ever: a stream that delivers it twice is seen to.
struct ProposalId {
  record::Uuid node;
  uint64_t boot = 0;     // grows with every start of the node
  uint64_t counter = 0;  // grows with every proposal since the start

  friend bool operator==(const ProposalId& a, const ProposalId& b) {
    return a.node == b.node && a.boot == b.boot && a.counter == b.counter;
  }
};

// Holds if the chain's latest event is `latest`, or there is no event of it where nullopt.
struct ProposedCheck {
  record::Hash root;
  std::optional<record::Hash> latest;
};

struct ProposedSection {
  uint16_t kind = 0;
  std::string salt;  // 32 bytes
  std::string data;
};

struct ProposedItem {
  std::string header;
  std::string signature;                  // 64 bytes; empty where the hub attests
  std::vector<ProposedSection> sections;  // ascending kind
};

struct Proposal {
  ProposalId id;
  int64_t hub_time_us = 0;  // as the proposer stamped it; not negative
  bool atomic = false;      // all items or none
  std::vector<ProposedCheck> checks;
  std::vector<ProposedItem> items;
};

// Thread-safe, both.

// INVALID_ARGUMENT where it breaks a limit (record/limits.h), or a field is not of its shape.
absl::StatusOr<std::string> EncodeProposal(const Proposal& proposal);
// DATA_LOSS unless these are exactly the bytes of a proposal within the limits.
absl::StatusOr<Proposal> DecodeProposal(absl::string_view bytes);

}  // namespace liaison::storage

#endif  // LIAISON_STORAGE_FORMAT_PROPOSAL_H_
