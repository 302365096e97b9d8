// Connecting where every byte counts.
#ifndef LIAISON_SLOW_LINE_H_
#define LIAISON_SLOW_LINE_H_

#include <memory>
#include <string>

#include "liaison/connection.h"

namespace liaison {

// As Connect; what is sent travels compressed (gzip).
std::shared_ptr<Connection> ConnectOverSlowLine(const std::string& address,
                                                ConnectionOptions options = {});

}  // namespace liaison

#endif  // LIAISON_SLOW_LINE_H_
