#include "client/cli/view_arguments.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/time/civil_time.h"
#include "client/cli/suggest.h"
#include "proto/record/macros.h"

namespace liaison::cli {
namespace {

constexpr absl::Duration kLookInterval = absl::Seconds(1);
constexpr size_t kMinWidth = 80;
constexpr size_t kMaxWidth = 100;

std::string CheckDay(const std::string& text) {
  absl::CivilDay day;
  if (text.size() == 10 && absl::ParseCivilTime(text, &day)) return "";
  return absl::StrCat("`", text, "` is no day; write 2027-01-31");
}

}  // namespace

void WindowArguments::AddTo(CLI::App* command) {
  command->add_option("--cycle", cycle, "Inputs of this cycle")->type_name("CYCLE");
  command->add_option("--from", from, "Inputs from this day on (UTC, as the hub took them in)")
      ->check(CheckDay)
      ->type_name("DAY");
  command->add_option("--until", until, "Inputs up to this day, itself included")
      ->check(CheckDay)
      ->type_name("DAY");
}

v1::Window WindowArguments::Window() const {
  v1::Window window;
  window.set_cycle(cycle);
  if (!from.empty()) window.mutable_days()->set_starts_on(from);
  if (!until.empty()) window.mutable_days()->set_ends_on(until);
  return window;
}

absl::StatusOr<v1::RadarWeights> ParseWeights(const std::vector<std::string>& texts,
                                              v1::RadarWeights usual) {
  const auto* type = v1::RadarWeights::descriptor();
  std::vector<std::string> known;
  known.reserve(type->field_count());
  for (int i = 0; i < type->field_count(); ++i) known.push_back(type->field(i)->name());
  for (const std::string& text : texts) {
    for (const absl::string_view piece : absl::StrSplit(text, ',', absl::SkipEmpty())) {
      const std::pair<std::string, std::string> parts =
          absl::StrSplit(piece, absl::MaxSplits('=', 1));
      double weight = 0;
      if (!absl::SimpleAtod(parts.second, &weight)) {
        return absl::InvalidArgumentError(
            absl::StrCat("`", piece, "`: write weights as organisations=3,regions=2"));
      }
      const auto* field = type->FindFieldByName(parts.first);
      if (field == nullptr) {
        return absl::InvalidArgumentError(absl::StrCat("the radar has no part `", parts.first, "`",
                                                       DidYouMean(parts.first, known), "; it has ",
                                                       absl::StrJoin(known, ", ")));
      }
      usual.GetReflection()->SetDouble(&usual, field, weight);
    }
  }
  return usual;
}

absl::StatusOr<v1::RadarWeights> UsualBut(const RadarClient& client, const v1::Window& window,
                                          const std::vector<std::string>& texts) {
  LIAISON_RETURN_IF_ERROR(ParseWeights(texts, v1::RadarWeights()).status());
  v1::GetRadarRequest request;
  *request.mutable_window() = window;
  request.set_max_topics(1);
  LIAISON_ASSIGN_OR_RETURN(const v1::GetRadarResponse radar, client.Radar(request));
  return ParseWeights(texts, radar.weights());
}

size_t TextWidth(const Console& console) {
  const size_t width = console.width();
  return width == 0 ? kMaxWidth : std::clamp(width, kMinWidth, kMaxWidth);
}

std::string SequencesText(const google::protobuf::RepeatedField<uint64_t>& sequences,
                          uint64_t events) {
  const auto named = static_cast<uint64_t>(sequences.size());
  return absl::StrCat(absl::StrJoin(sequences, " "),
                      events > named ? absl::StrCat(" and ", events - named, " more") : "");
}

absl::Status FollowView(Session* session, v1::WatchViewRequest request,
                        const std::function<absl::Status(const v1::WatchViewResponse&)>& show) {
  WatchOptions options;
  options.give_up_after = session->timeout();
  ViewWatch watch = RadarClient(session->connection()).Watch(std::move(request), options);
  bool connected = true;
  while (true) {
    LIAISON_ASSIGN_OR_RETURN(const std::optional<v1::WatchViewResponse> view,
                             watch.Next(kLookInterval));
    if (view.has_value()) LIAISON_RETURN_IF_ERROR(show(*view));
    if (watch.ended()) return absl::OkStatus();
    const absl::Status connection = watch.connection_status();
    if (connection.ok() == connected) continue;
    connected = connection.ok();
    session->console().Note(
        connected ? "connected again"
                  : absl::StrCat("no connection (", connection.message(), "); trying again"));
  }
}

}  // namespace liaison::cli
