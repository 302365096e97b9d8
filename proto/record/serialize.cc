#include "proto/record/serialize.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>

#include "proto/record/openssl.h"

namespace liaison::record {

std::string SerializeDeterministic(const google::protobuf::Message& message) {
  std::string bytes;
  bytes.reserve(message.ByteSizeLong());
  google::protobuf::io::StringOutputStream stream(&bytes);
  google::protobuf::io::CodedOutputStream out(&stream);
  out.SetSerializationDeterministic(true);
  Require(message.SerializeToCodedStream(&out), "a message did not serialise");
  out.Trim();
  return bytes;
}

}  // namespace liaison::record
