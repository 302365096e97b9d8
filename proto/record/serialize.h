// The same bytes for the same message.
#ifndef LIAISON_PROTO_RECORD_SERIALIZE_H_
#define LIAISON_PROTO_RECORD_SERIALIZE_H_

#include <string>

#include "google/protobuf/message.h"

namespace liaison::record {

// Deterministic in protobuf's sense: within one build, maps in order of their keys. Thread-safe.
std::string SerializeDeterministic(const google::protobuf::Message& message);

}  // namespace liaison::record

#endif  // LIAISON_PROTO_RECORD_SERIALIZE_H_
