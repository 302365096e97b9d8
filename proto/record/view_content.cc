#include "proto/record/view_content.h"

#include "proto/record/serialize.h"

namespace liaison::record {

std::string ViewContent(igf::liaison::v1::WatchViewResponse response) {
  response.clear_as_of_sequence();
  if (response.has_radar()) response.mutable_radar()->clear_as_of_sequence();
  if (response.has_representation()) response.mutable_representation()->clear_as_of_sequence();
  if (response.has_digest()) response.mutable_digest()->clear_through_sequence();
  return SerializeDeterministic(response);
}

}  // namespace liaison::record
