// Protobuf bytes that every reader reads alike.
#ifndef LIAISON_PROTO_RECORD_PLAIN_FORM_H_
#define LIAISON_PROTO_RECORD_PLAIN_FORM_H_

#include "absl/strings/string_view.h"
#include "google/protobuf/descriptor.h"

namespace liaison::record {

// Parsers differ in what they make of a number with more bytes than it needs, of one beyond its
// field's range, and of groups: one cuts off, another refuses, a third sees another field. Bytes
// that travel verbatim and are read by programs in many languages are free of all that. Fields may
// stand in any order, stand there twice, or be of a later version. REQUIRES: the bytes parse.
bool IsPlain(absl::string_view bytes, const google::protobuf::Descriptor& type);

}  // namespace liaison::record

#endif  // LIAISON_PROTO_RECORD_PLAIN_FORM_H_
