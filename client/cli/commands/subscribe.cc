#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/clock.h"
#include "client/cli/commands/commands.h"
#include "client/cli/event_json.h"
#include "client/cli/table.h"
#include "client/cli/time_argument.h"
#include "client/cli/view_output.h"
#include "liaison/cursor_store.h"
#include "liaison/error.h"
#include "liaison/event_client.h"
#include "proto/record/macros.h"

namespace liaison::cli {
namespace {

constexpr absl::Duration kLookInterval = absl::Seconds(1);
// How many lines may come again after a crash while there is much to catch up with.
constexpr int kMaxRepeated = 100;
constexpr char kCursorName[] = "liaison subscribe";

struct SubscribeArguments {
  uint64_t after = 0;
  bool has_after = false;
  std::string log_id;
  std::string since;
  bool live = false;
  std::string filter;
  bool until_caught_up = false;
  std::string cursor;
};

absl::StatusOr<Start> StartOf(const SubscribeArguments& arguments) {
  if (arguments.has_after) return After{arguments.log_id, arguments.after};
  if (arguments.live) return FromNow{};
  if (arguments.since.empty()) return FromBeginning{};
  LIAISON_ASSIGN_OR_RETURN(const absl::Time time, ParseTimeArgument(arguments.since, absl::Now()));
  return Since{time};
}

// One line for a person.
std::string EventLine(const Event& event, size_t width) {
  const std::string text =
      absl::StrFormat("%8d  %s  %-13s  %-28s  %s", event.sequence(),
                      absl::FormatTime("%Y-%m-%d %H:%M:%S", event.hub_time(), absl::UTCTimeZone()),
                      std::string(event.type_name()), event.author(), TitleOf(event));
  return width == 0 ? Printable(text) : Shortened(Printable(text), width);
}

absl::Status PrintEvent(Session* session, const Event& event, const std::string& log_id) {
  Console& console = session->console();
  if (session->format() == Format::kTable) return console.Line(EventLine(event, console.width()));
  LIAISON_ASSIGN_OR_RETURN(const Json json, EventToJson(event, log_id));
  return console.Line(ToLine(json));
}

// A ProgressWatch tells a person what becomes of the connection, and says when to give up waiting
// for the head. Not thread-safe.
class ProgressWatch {
 public:
  ProgressWatch(Session* session, bool must_progress)
      : session_(session), must_progress_(must_progress), last_progress_(absl::Now()) {}

  void Progress() { last_progress_ = absl::Now(); }

  // Nothing came for a while. UNAVAILABLE once that has lasted too long.
  absl::Status Look(const Subscription& subscription) {
    const absl::Status connection = subscription.connection_status();
    if (connection.ok() != connected_) {
      connected_ = connection.ok();
      session_->console().Note(connected_ ? "connected again"
                                          : absl::StrCat("no connection (", connection.message(),
                                                         "); trying again, nothing is missed"));
    }
    const uint64_t position = subscription.position().sequence();
    if (std::exchange(position_, position) != position) Progress();
    if (!must_progress_ || absl::Now() - last_progress_ < session_->timeout()) {
      return absl::OkStatus();
    }
    return absl::UnavailableError(
        absl::StrCat("no progress for ", absl::FormatDuration(session_->timeout()), ": ",
                     connection.ok() ? absl::StrCat("the hub at ", session_->options().hub,
                                                    " holds the line but sends nothing")
                                     : std::string(connection.message())));
  }

 private:
  Session* const session_;
  const bool must_progress_;
  absl::Time last_progress_;
  uint64_t position_ = 0;
  bool connected_ = true;
};

// A CursorKeeper remembers in --cursor how far lines have been printed: each of them while there is
// little, some at a time while there is much, so that catching up does not wait for the disk.
// Without a file it does nothing. Not thread-safe.
class CursorKeeper {
 public:
  explicit CursorKeeper(std::unique_ptr<CursorStore> store) : store_(std::move(store)) {}

  // Everything up to where the subscription stands has been printed.
  absl::Status Printed(const Subscription& subscription) {
    if (store_ == nullptr) return absl::OkStatus();
    printed_ = subscription.position();
    ++unsaved_;
    return subscription.caught_up() || unsaved_ >= kMaxRepeated ? Save() : absl::OkStatus();
  }
  absl::Status Save() {
    if (store_ == nullptr || printed_.log_id().empty()) return absl::OkStatus();
    unsaved_ = 0;
    return store_->Remember(kCursorName, printed_);
  }

 private:
  const std::unique_ptr<CursorStore> store_;
  v1::Position printed_;
  int unsaved_ = 0;
};

absl::Status Follow(Session* session, Subscription* subscription, bool until_caught_up,
                    CursorKeeper* cursor) {
  ProgressWatch watch(session, until_caught_up);
  while (true) {
    LIAISON_ASSIGN_OR_RETURN(const std::optional<Event> event, subscription->Next(kLookInterval));
    if (event.has_value()) {
      LIAISON_RETURN_IF_ERROR(PrintEvent(session, *event, subscription->position().log_id()));
      LIAISON_RETURN_IF_ERROR(cursor->Printed(*subscription));
      watch.Progress();
    } else if (subscription->ended()) {
      return cursor->Printed(*subscription);
    } else {
      LIAISON_RETURN_IF_ERROR(cursor->Save());
      LIAISON_RETURN_IF_ERROR(watch.Look(*subscription));
    }
  }
}

// The way on from a place at which the hub cannot go on; empty where that is not what is wrong.
// Nobody but a person knows which is the right one: nothing begins anew by itself.
std::string WayOn(const absl::Status& status, const std::string& cursor) {
  std::string or_after;
  const std::optional<Reason> reason = ReasonOf(status);
  if (reason == Reason::kLogIncarnationChanged) {
    or_after = absl::StrCat(", or with --after N --log-id ", MetadataOf(status, "log_id"),
                            " for what comes after event N of it");
  } else if (reason == Reason::kPositionAheadOfLog) {
    or_after = absl::StrCat(", or with --after ", MetadataOf(status, "head"),
                            " for what comes after its last event");
  } else if (reason != Reason::kPositionExpired) {
    return "";
  }
  if (cursor.empty()) {
    return absl::StrCat(
        "to go on with this hub as it is now: liaison subscribe for all that it has", or_after);
  }
  return absl::StrCat(cursor,
                      " keeps its place. To go on with this hub as it is now, move it away: "
                      "liaison subscribe --cursor ",
                      cursor, " then is for all that it has", or_after);
}

std::string InWords(const v1::AudienceChanged& changed) {
  if (!changed.granted()) {
    return absl::StrCat("what is for ", changed.audience(), " is not for you any more");
  }
  return absl::StrCat("what is for ", changed.audience(),
                      " is for you from here on; what came before: liaison list --after ",
                      changed.read_after().sequence(), " --filter '", changed.filter(), "'");
}

absl::Status RunSubscribe(Session* session, const SubscribeArguments& arguments) {
  SubscribeParams params;
  LIAISON_ASSIGN_OR_RETURN(params.start, StartOf(arguments));
  std::unique_ptr<CursorStore> store;
  if (!arguments.cursor.empty()) {
    LIAISON_ASSIGN_OR_RETURN(store, CursorStore::Open(arguments.cursor));
    LIAISON_ASSIGN_OR_RETURN(const auto stored, store->Get(kCursorName));
    if (stored && arguments.has_after) {
      return absl::InvalidArgumentError(
          absl::StrCat(arguments.cursor, " stands after event ", stored->sequence(),
                       " already; --after is for a new file. Move it away to begin elsewhere"));
    }
    LIAISON_ASSIGN_OR_RETURN(params.start, store->StartOf(kCursorName, params.start));
  }
  CursorKeeper cursor(std::move(store));
  params.filter = arguments.filter;
  params.stop_at_head = arguments.until_caught_up;
  params.options.give_up_after = session->timeout();
  params.on_audience_changed = [session](const v1::AudienceChanged& changed) {
    session->console().Note(InWords(changed));
  };
  Subscription subscription = EventClient(session->connection()).Subscribe(std::move(params));
  absl::Status status = Follow(session, &subscription, arguments.until_caught_up, &cursor);
  // What was printed stays printed, whatever came after it.
  const absl::Status saved = cursor.Save();
  if (status.ok()) status = saved;
  if (const std::string way_on = WayOn(status, arguments.cursor); !way_on.empty()) {
    session->console().Note(way_on);
    return status;
  }
  const v1::Position position = subscription.position();
  if (!arguments.cursor.empty()) return status;
  if (!position.log_id().empty() && (arguments.until_caught_up || !status.ok())) {
    session->console().Note(absl::StrCat("to go on from here: liaison subscribe --after ",
                                         position.sequence(), " --log-id ", position.log_id()));
  }
  return status;
}

}  // namespace

void AddSubscribe(CLI::App* app, Session* session) {
  CLI::App* command = AddCommand(
      app, "subscribe", "Follow the log: what is there, then what comes",
      "  liaison subscribe                              # from the first event, and on\n"
      "  liaison subscribe --live --filter 'type = topic-signal'\n"
      "  liaison subscribe --since 7d --until-caught-up\n"
      "  liaison subscribe --after 1042 --log-id 5f0c... --output json | my-program\n"
      "  liaison subscribe --cursor mine.cursor         # goes on where it was, each time\n"
      "  liaison subscribe --filter 'topic = \"igf-call-2024/25:cyber\" AND cycle = 2027'\n"
      "\n"
      "Every event that you may see, in order, once. A lost connection is taken up again, unless "
      "it\n"
      "stays away for --timeout seconds; then the note on standard error says how to go on. "
      "Filter\n"
      "fields: type, topic (with everything below it), author, audience, cycle, language,\n"
      "reference; = and !=, AND, OR, NOT, parentheses. Store sequence and log_id of the last line\n"
      "you have dealt with: --after and --log-id go on from there. --cursor does that by itself: "
      "none\n"
      "is left out, and after a crash the last lines, 100 at most, may come again. The other "
      "options\n"
      "for where to begin hold for the first time.\n",
      "Reading");
  auto arguments = std::make_shared<SubscribeArguments>();
  CLI::Option* after =
      command
          ->add_option("--after", arguments->after, "Begin after this sequence; 0 is the beginning")
          ->check(CheckSequence)
          ->type_name("N");
  CLI::Option* since =
      command->add_option("--since", arguments->since, "Begin at a time, or a time ago (7d, 2h)")
          ->check([](const std::string& text) {
            return std::string(ParseTimeArgument(text, absl::Now()).status().message());
          })
          ->type_name("TIME");
  CLI::Option* live = command->add_flag("--live", arguments->live, "Only what comes from now on");
  command
      ->add_option("--log-id", arguments->log_id,
                   "The log that --after counts in; a recreated log is then refused")
      ->needs(after)
      ->type_name("ID");
  command
      ->add_option("--cursor", arguments->cursor,
                   "Go on after what was printed last time, as this file remembers it")
      ->type_name("FILE");
  after->excludes(since)->excludes(live);
  since->excludes(live);
  command->add_option("--filter", arguments->filter, "Only events that match")->type_name("EXPR");
  command
      ->add_flag("--until-caught-up", arguments->until_caught_up,
                 "End at the head, as it is when the subscription begins")
      ->excludes(live);
  command->callback([=] {
    arguments->has_after = after->count() > 0;
    session->Choose([=] { return RunSubscribe(session, *arguments); });
  });
}

}  // namespace liaison::cli
