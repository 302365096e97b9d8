#include "client/cli/diagnosis.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "client/cli/event_json.h"
#include "liaison/directory_client.h"
#include "liaison/event_client.h"
#include "proto/record/macros.h"
#include "proto/record/proof.h"

namespace liaison::cli {
namespace {

constexpr int kRoundTrips = 5;
constexpr absl::Duration kSlowRoundTrip = absl::Seconds(1);
constexpr absl::Duration kMaxClockDifference = absl::Seconds(30);
constexpr uint64_t kMaxWholeLog = 5000;
constexpr int kSampleSize = 200;

std::string Rounded(absl::Duration duration) {
  const bool short_one = absl::AbsDuration(duration) < absl::Seconds(1);
  return absl::FormatDuration(
      absl::Trunc(duration, short_one ? absl::Microseconds(10) : absl::Milliseconds(10)));
}

// Up to `count` events after `after`, in order. What the caller may not see leaves gaps.
absl::StatusOr<std::vector<Event>> Stretch(const EventClient& client, uint64_t after,
                                           uint64_t count) {
  ListParams params;
  params.page_size = 1000;
  params.after = After{"", after};
  std::vector<Event> events;
  std::string token;
  do {
    LIAISON_ASSIGN_OR_RETURN(EventPage page, client.List(params, token));
    for (Event& event : page.events) {
      if (event.sequence() > after + count) return events;
      events.push_back(std::move(event));
    }
    token = page.next_page_token;
  } while (!token.empty() && events.size() < count);
  return events;
}

Finding VerifyWhole(const std::vector<Event>& events, const v1::GetHubResponse& hub) {
  std::vector<record::Hash> leaves;
  leaves.reserve(events.size());
  for (const Event& event : events) leaves.push_back(record::LeafHash(event.proto().leaf()));
  const record::Hash root = record::RootOf(leaves);
  if (root.bytes() == hub.root()) {
    return Well("log",
                absl::StrCat("all ", events.size(), " events verify, and their root is the hub's"));
  }
  return Problem("log",
                 absl::StrCat("the root of all ", events.size(), " leaves is ",
                              Base64(root.bytes()), ", the hub says ", Base64(hub.root())),
                 "keep both values and ask the hub's operator; do not trust this log meanwhile");
}

}  // namespace

Finding Well(absl::string_view check, absl::string_view detail) {
  return {std::string(check), true, std::string(detail), ""};
}

Finding Problem(absl::string_view check, absl::string_view detail, absl::string_view way_out) {
  return {std::string(check), false, std::string(detail), std::string(way_out)};
}

Finding JudgeVersion(absl::string_view client, absl::string_view hub) {
  const std::vector<absl::string_view> ours = absl::StrSplit(client, '.');
  const std::vector<absl::string_view> theirs = absl::StrSplit(hub, '.');
  const std::string both = absl::StrCat("hub ", hub, ", this program ", client);
  if (!ours.empty() && !theirs.empty() && ours[0] == theirs[0]) return Well("version", both);
  return Problem("version", both, "install the version of liaison that the hub runs");
}

Finding JudgeClock(absl::Time hub_time, absl::Time asked, absl::Time answered) {
  // Within the round trip nothing can be told.
  const absl::Duration difference = hub_time > answered ? hub_time - answered
                                    : hub_time < asked  ? asked - hub_time
                                                        : absl::ZeroDuration();
  const std::string detail =
      difference == absl::ZeroDuration()
          ? "no difference that can be told"
          : absl::StrCat("the hub's clock is ", Rounded(difference),
                         hub_time > answered ? " ahead of this one" : " behind this one");
  if (difference <= kMaxClockDifference) return Well("clock", detail);
  return Problem("clock", detail, "set the clock of this machine (or the hub's) by NTP");
}

Finding JudgeLatency(std::vector<absl::Duration> round_trips) {
  std::sort(round_trips.begin(), round_trips.end());
  const absl::Duration median = round_trips[round_trips.size() / 2];
  const std::string detail =
      absl::StrCat("median ", Rounded(median), ", slowest ", Rounded(round_trips.back()), " of ",
                   round_trips.size(), " calls");
  if (median <= kSlowRoundTrip) return Well("latency", detail);
  return Problem("latency", detail,
                 "the line or the hub is slow: publish many events in one call (`publish FILE`)");
}

Finding JudgeWrites(const v1::GetHubResponse& hub) {
  if (hub.accepts_writes()) return Well("writes", "the hub takes events");
  return Problem("writes", absl::StrCat("the hub takes no events: ", hub.refusal()),
                 "its operator must see to it; after a clock jump, `liaison admin accept-clock`");
}

Finding JudgeCaller(const v1::GetHubResponse& hub, absl::string_view acting_as) {
  const std::string caller = hub.caller().empty() ? "anybody" : hub.caller();
  const std::string detail =
      absl::StrCat("the hub takes you for ", caller,
                   hub.development_mode() ? " (development mode: it takes your word)" : "");
  if (acting_as.empty() || acting_as == hub.caller()) return Well("caller", detail);
  return Problem("caller", absl::StrCat(detail, ", not for ", acting_as),
                 "--as names the organisation of the token, or what belongs to it");
}

Finding VerifyLog(const std::shared_ptr<Connection>& connection, const v1::GetHubResponse& hub) {
  const EventClient client(connection);
  const uint64_t head = hub.head().sequence();
  const bool whole = head <= kMaxWholeLog;
  absl::StatusOr<std::vector<Event>> events = Stretch(client, 0, whole ? head : kSampleSize);
  if (events.ok() && !whole) {
    const absl::StatusOr<std::vector<Event>> latest =
        Stretch(client, head - kSampleSize, kSampleSize);
    if (latest.ok()) {
      events->insert(events->end(), latest->begin(), latest->end());
    } else {
      events = latest.status();
    }
  }
  if (!events.ok()) {
    return Problem("log", std::string(events.status().message()),
                   absl::IsDataLoss(events.status())
                       ? "keep this message and ask the hub's operator; do not trust this log "
                         "meanwhile"
                       : "try again; if it stays, ask the hub's operator");
  }
  if (events->size() == head) return VerifyWhole(*events, hub);
  return Well("log", absl::StrCat(events->size(), " of ", head,
                                  " events read, each agrees with its own leaf; the root was not "
                                  "computed (",
                                  whole ? "not all are for your eyes" : "long log", ")"));
}

std::vector<Finding> Diagnose(const std::shared_ptr<Connection>& connection,
                              absl::string_view address, absl::string_view acting_as) {
  const DirectoryClient directory(connection);
  std::vector<absl::Duration> round_trips;
  absl::StatusOr<v1::GetHubResponse> hub;
  absl::Time asked, answered;
  // The first call also makes the connection.
  for (int i = 0; i <= kRoundTrips; ++i) {
    asked = absl::Now();
    hub = directory.Hub();
    answered = absl::Now();
    if (!hub.ok()) {
      return {Problem("connection", std::string(hub.status().message()),
                      "is the hub running, and is the address right (--hub, LIAISON_HUB)?")};
    }
    if (i > 0) round_trips.push_back(answered - asked);
  }
  std::vector<Finding> findings;
  findings.push_back(Well("connection", absl::StrCat("hub `", hub->hub(), "` at ", address)));
  findings.push_back(JudgeVersion(LIAISON_VERSION, hub->version()));
  findings.push_back(JudgeLatency(std::move(round_trips)));
  findings.push_back(JudgeClock(ToTime(hub->time()), asked, answered));
  findings.push_back(JudgeCaller(*hub, acting_as));
  findings.push_back(JudgeWrites(*hub));
  findings.push_back(VerifyLog(connection, *hub));
  return findings;
}

}  // namespace liaison::cli
