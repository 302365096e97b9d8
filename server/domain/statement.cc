#include "server/domain/statement.h"

#include "proto/record/macros.h"

namespace liaison::domain {

absl::StatusOr<std::shared_ptr<const KnownHeader>> Lookup::Header(
    const record::Hash& digest) const {
  LIAISON_ASSIGN_OR_RETURN(const std::optional<KnownEvent> known, ByDigest(digest));
  if (!known) return std::shared_ptr<const KnownHeader>();
  auto header = std::make_shared<KnownHeader>();
  header->sequence = known->leaf.sequence;
  header->relayed = known->leaf.relayed.has_value();
  if (!header->header.ParseFromString(known->header_bytes)) {
    return absl::DataLossError("the header of an event does not parse");
  }
  return std::shared_ptr<const KnownHeader>(std::move(header));
}

}  // namespace liaison::domain
