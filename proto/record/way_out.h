// What somebody who is refused can do.
#ifndef LIAISON_PROTO_RECORD_WAY_OUT_H_
#define LIAISON_PROTO_RECORD_WAY_OUT_H_

#include "absl/strings/string_view.h"

namespace liaison::record {

// Of an error's metadata: a sentence, where the way out is another than the one of the reason.
inline constexpr absl::string_view kWayOut = "way_out";

}  // namespace liaison::record

#endif  // LIAISON_PROTO_RECORD_WAY_OUT_H_
