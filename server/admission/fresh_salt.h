// Salts for the sections of drafts.
#ifndef LIAISON_SERVER_ADMISSION_FRESH_SALT_H_
#define LIAISON_SERVER_ADMISSION_FRESH_SALT_H_

#include <string>

#include "igf/liaison/v1/event.pb.h"

namespace liaison::admission {

// 32 random bytes, never given before and remembered nowhere. Thread-safe. A process that forks
// must not use it on both sides: each thread draws many salts at once, because every draw costs
// OpenSSL a system call.
std::string FreshSalt(igf::liaison::v1::SectionKind kind);

}  // namespace liaison::admission

#endif  // LIAISON_SERVER_ADMISSION_FRESH_SALT_H_
