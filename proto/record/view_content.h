// What a watched view says.
#ifndef LIAISON_PROTO_RECORD_VIEW_CONTENT_H_
#define LIAISON_PROTO_RECORD_VIEW_CONTENT_H_

#include <string>

#include "igf/liaison/v1/radar_service.pb.h"

namespace liaison::record {

// Whatever the log's length: the same bytes for the same content. A hub sends a view again when
// they differ, and a client yields it again when they differ. Thread-safe.
std::string ViewContent(igf::liaison::v1::WatchViewResponse response);

}  // namespace liaison::record

#endif  // LIAISON_PROTO_RECORD_VIEW_CONTENT_H_
