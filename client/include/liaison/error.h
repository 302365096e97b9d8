// Reading the reason out of a status. Every refusal by a hub has exactly one.
#ifndef LIAISON_ERROR_H_
#define LIAISON_ERROR_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "proto/record/errors.h"

namespace liaison {

using record::FieldViolation;
using record::Reason;

// nullopt where the status is not a hub's refusal: no connection, a deadline. Thread-safe.
using record::ReasonOf;
// The value the hub gave for `key`, such as `sequence`; empty where there is none. Thread-safe.
using record::FieldViolationsOf;
using record::MetadataOf;
using record::RetryDelayOf;

// True where trying the same call again may succeed without changing anything. Thread-safe.
bool IsTransient(const absl::Status& status);

// Lines for a person: message, fields, what to do. No trailing newline. Thread-safe.
std::string Explain(const absl::Status& status);

}  // namespace liaison

#endif  // LIAISON_ERROR_H_
