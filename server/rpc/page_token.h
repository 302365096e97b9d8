// Page tokens (AIP-158): opaque to the caller, and good only for the request they came from.
#ifndef LIAISON_SERVER_RPC_PAGE_TOKEN_H_
#define LIAISON_SERVER_RPC_PAGE_TOKEN_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "storage/event_log.h"

namespace liaison::rpc {

// Both are thread-safe. `request` names the method and every argument but the page's size and
// token; `key` is where the next page begins.

// URL-safe text, authenticated with the log's secret.
std::string MakePageToken(const storage::EventLog& log, absl::string_view request,
                          absl::string_view key);
// The key; empty for an empty token. INVALID_ARGUMENT, PAGE_TOKEN_INVALID for a token of another
// request or another log, or one that was not made here.
absl::StatusOr<std::string> ReadPageToken(const storage::EventLog& log, absl::string_view request,
                                          absl::string_view token);

// The page's size within its limits. INVALID_ARGUMENT below 0.
absl::StatusOr<size_t> PageSize(int requested);

}  // namespace liaison::rpc

#endif  // LIAISON_SERVER_RPC_PAGE_TOKEN_H_
