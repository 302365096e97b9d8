// What one types to say of which time and of what a view is to be.
#ifndef LIAISON_CLIENT_CLI_VIEW_ARGUMENTS_H_
#define LIAISON_CLIENT_CLI_VIEW_ARGUMENTS_H_

#include <CLI/CLI.hpp>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "client/cli/session.h"
#include "igf/liaison/v1/radar_service.pb.h"
#include "liaison/radar_client.h"

namespace liaison::cli {

namespace v1 = ::igf::liaison::v1;

struct WindowArguments {
  std::string cycle;
  std::string from;
  std::string until;

  // Adds --cycle, --from and --until.
  void AddTo(CLI::App* command);
  v1::Window Window() const;
};

// `usual` but for the parts that the texts name: `organisations=3,regions=2`. INVALID_ARGUMENT,
// with the nearest name, for a part that does not exist. Thread-safe.
absl::StatusOr<v1::RadarWeights> ParseWeights(const std::vector<std::string>& texts,
                                              v1::RadarWeights usual);

// For CLI::Option::check: what is wrong with one of them, empty where nothing is.
std::string CheckWeights(const std::string& text);

// The same over what the hub weighs by default, which is asked for.
absl::StatusOr<v1::RadarWeights> UsualBut(const RadarClient& client, const v1::Window& window,
                                          const std::vector<std::string>& texts);

// Rows of a ranking that a hub gives at once, for whoever wants all of them.
inline constexpr uint32_t kRowsOfAPage = 500;

// Columns for text: those of the terminal, from 80 to 100; 100 where there is none.
size_t TextWidth(const Console& console);

// `events 40 41 and 10 more`, of 12.
std::string SequencesText(const google::protobuf::RepeatedField<uint64_t>& sequences,
                          uint64_t events);
// `african: org/x, org/y and 3 more`, with the events where they are named.
std::string EvidenceText(const v1::RadarEvidence& evidence);
// `What was said: 10 of 36 inputs`.
std::string SaidHeading(const v1::PackPage& page);
// Rows of a list on a topic's page, and columns of what is quoted there: it fits on one sheet of
// A4.
inline constexpr size_t kPackRows = 3;
inline constexpr size_t kPackExcerpt = 150;

// `core:access, score 12.5 of 100: 1 independent organisation, 3 regions, ...`.
std::string HeadlineText(const v1::RadarTopic& topic);
// So many of them, and the command that shows all: a topic has one page.
std::vector<std::string> FirstOf(std::vector<std::string> texts, size_t most,
                                 const std::string& command);
// The command that has all of it, of the same time: `liaison gaps --cycle 2027`.
std::string CommandFor(const std::string& command, const v1::Window& window);
// Without the days.
v1::Window CycleOf(const v1::Window& window);
// As people say it: `stakeholder_groups` is `stakeholder groups`, `weog` is `WEOG`,
// `nri_youth` is `youth initiative`.
std::string InWords(absl::string_view name);
// What groups and regions are not heard, in words; empty where all are.
std::string NotHeardText(const v1::RadarTopic& topic);
// `org/x`, `org/x (recorded by org/y)`.
std::string AuthorText(const v1::PackInput& input);
// `org/x (national initiative, african): event 40`.
std::string ContributorText(const v1::RadarContributor& contributor);

// Shows the view now and whenever it has changed, until the hub refuses, stays away for longer than
// --timeout, or the output is gone.
absl::Status FollowView(Session* session, v1::WatchViewRequest request,
                        const std::function<absl::Status(const v1::WatchViewResponse&)>& show);

}  // namespace liaison::cli

#endif  // LIAISON_CLIENT_CLI_VIEW_ARGUMENTS_H_
