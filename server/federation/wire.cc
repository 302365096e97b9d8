#include "server/federation/wire.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "proto/record/macros.h"

namespace liaison::federation {
namespace {

absl::StatusOr<std::vector<record::Hash>> ReadHashes(
    const google::protobuf::RepeatedPtrField<std::string>& bytes) {
  std::vector<record::Hash> hashes;
  hashes.reserve(bytes.size());
  for (const std::string& each : bytes) {
    LIAISON_ASSIGN_OR_RETURN(const record::Hash hash, record::Hash::Parse(each));
    hashes.push_back(hash);
  }
  return hashes;
}

absl::StatusOr<Presence> ReadPresence(pb::LanePresence presence) {
  switch (presence) {
    case pb::LANE_PRESENCE_HERE:
      return Presence::kHere;
    case pb::LANE_PRESENCE_ERASED:
      return Presence::kErased;
    case pb::LANE_PRESENCE_STAYS:
      return Presence::kStays;
    default:
      return absl::InvalidArgumentError("a section that is neither here nor gone");
  }
}

absl::StatusOr<Item> ReadItem(pb::LaneItem* from) {
  Item item;
  item.sequence = from->sequence();
  item.leaf = std::move(*from->mutable_leaf());
  item.header = std::move(*from->mutable_header());
  item.sections.reserve(from->sections_size());
  for (pb::LaneSection& section : *from->mutable_sections()) {
    LIAISON_ASSIGN_OR_RETURN(const Presence presence, ReadPresence(section.presence()));
    item.sections.push_back({section.kind(), presence, std::move(*section.mutable_salt()),
                             std::move(*section.mutable_data())});
  }
  LIAISON_ASSIGN_OR_RETURN(item.proof, ReadHashes(from->proof()));
  item.evidence = std::move(*from->mutable_evidence());
  return item;
}

absl::StatusOr<Piece> ReadPiece(pb::LanePiece* from) {
  Piece piece;
  piece.first = from->first();
  piece.last = from->last();
  piece.items.reserve(from->items_size());
  for (pb::LaneItem& item : *from->mutable_items()) {
    LIAISON_ASSIGN_OR_RETURN(Item read, ReadItem(&item));
    piece.items.push_back(std::move(read));
  }
  LIAISON_ASSIGN_OR_RETURN(piece.withheld, ReadHashes(from->withheld()));
  return piece;
}

}  // namespace

absl::StatusOr<Pulled> ReadPulled(pb::PullLaneResponse response) {
  Pulled pulled;
  pulled.head = std::move(*response.mutable_head());
  pulled.registry_head = std::move(*response.mutable_registry_head());
  for (pb::RegistryTreeEntry& entry : *response.mutable_registry()) {
    pulled.registry.push_back(
        {std::move(*entry.mutable_leaf()), std::move(*entry.mutable_header())});
  }
  LIAISON_ASSIGN_OR_RETURN(pulled.batch.consistency, ReadHashes(response.consistency()));
  for (pb::LanePiece& piece : *response.mutable_pieces()) {
    LIAISON_ASSIGN_OR_RETURN(Piece read, ReadPiece(&piece));
    pulled.batch.pieces.push_back(std::move(read));
  }
  LIAISON_ASSIGN_OR_RETURN(pulled.batch.rest, ReadHashes(response.rest()));
  for (pb::LaneItem& item : *response.mutable_late()) {
    LIAISON_ASSIGN_OR_RETURN(Item read, ReadItem(&item));
    pulled.batch.late.push_back(std::move(read));
  }
  pulled.late = {response.late_through(), std::move(*response.mutable_late_mark())};
  pulled.rules = std::move(*response.mutable_rules());
  if (pulled.rules.size() > record::kHashSizeBytes) {
    return absl::InvalidArgumentError("rules are named by a hash");
  }
  if (pulled.late.mark.size() > record::kHashSizeBytes) {
    return absl::InvalidArgumentError("a log is marked by a hash");
  }
  return pulled;
}

}  // namespace liaison::federation
