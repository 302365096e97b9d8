// What the commands about other hubs say to a person: text for 80 columns.
#ifndef LIAISON_CLIENT_CLI_COMMANDS_FEDERATION_TEXT_H_
#define LIAISON_CLIENT_CLI_COMMANDS_FEDERATION_TEXT_H_

#include <cstddef>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "igf/liaison/v1/federation_service.pb.h"

namespace liaison::cli {

namespace v1 = ::igf::liaison::v1;

inline constexpr size_t kFederationWidth = 80;
// Of what a stranger says of itself, where it is not asked for: two lines, and of one word.
inline constexpr size_t kToldWidth = 140;
inline constexpr size_t kToldWordWidth = 60;

// All of these are whole lines, fit for a terminal whoever wrote what is in them, and no wider than
// that where no single word is. Thread-safe.

// Sentences, every line after `indent` spaces.
std::string Sentences(absl::string_view text, size_t indent = 0);

// To the minute, UTC: `29 Nov 22:00`, of another year than `now`'s `29 Nov 2025`.
std::string ShortTime(absl::Time time, absl::Time now);

// `2026-11-29 22:00:05 UTC`.
std::string SecondText(absl::Time time);

std::string PeersText(const v1::ListPeersResponse& response, absl::Time now);
std::string DeliveriesText(const v1::ListDeliveriesResponse& response, absl::Time now);
// Why it is at the peers, or is not.
std::string DeliveryReasonsText(const v1::ListDeliveriesResponse& response);
// Those that the redaction whose deliveries these are goes to.
std::vector<std::string> PeersToErase(const v1::ListDeliveriesResponse& response);
// Where the words may be as well that this redaction has erased here; empty where nowhere.
std::string ErasedElsewhereText(const absl::StatusOr<v1::ListDeliveriesResponse>& response,
                                uint64_t redaction);
// `event` is `Event 42`.
std::string ArrivalText(const std::string& event, const std::string& origin,
                        const v1::ExplainArrivalResponse& response);

using Kept = std::map<std::pair<std::string, std::string>, v1::KeptEvents>;  // by audience, rule
// By the rules that let them go, and what stays.
std::string SharingText(const std::vector<v1::SharedEvent>& events, const Kept& kept);

// A policy's text. INVALID_ARGUMENT, with what to do, for a file of nothing, and for what is no
// UTF-8: a hub says no more of either than that it cannot read it.
absl::StatusOr<std::string> ReadPolicyText(const std::string& file);

// One line for each value that changes; values are not broken, so that they can be compared.
std::string ChangesText(const google::protobuf::RepeatedPtrField<v1::PolicyChange>& changes);
std::string WarningsText(const google::protobuf::RepeatedPtrField<std::string>& warnings);

}  // namespace liaison::cli

#endif  // LIAISON_CLIENT_CLI_COMMANDS_FEDERATION_TEXT_H_
