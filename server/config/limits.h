// Limits of the room that sets a hub up.
#ifndef LIAISON_SERVER_CONFIG_LIMITS_H_
#define LIAISON_SERVER_CONFIG_LIMITS_H_

#include "proto/record/private_file.h"

namespace liaison::config {

// liaisond.toml. All settings take some 2 KiB; the rest is for what people note beside them.
inline constexpr record::FileLimit kConfigFile = {64 << 10, "is it the right file?"};

}  // namespace liaison::config

#endif  // LIAISON_SERVER_CONFIG_LIMITS_H_
