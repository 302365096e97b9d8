#include "client/cli/commands/durable.h"

#include <map>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "client/cli/commands/commands.h"
#include "client/cli/event_json.h"
#include "client/cli/table.h"
#include "client/cli/time_argument.h"
#include "client/cli/view_output.h"
#include "google/protobuf/util/time_util.h"
#include "liaison/durable_subscription.h"
#include "proto/record/counted.h"
#include "proto/record/macros.h"

namespace liaison::cli {
namespace {

using record::Counted;

using google::protobuf::util::TimeUtil;

const std::map<std::string, v1::DeliveryOrder> kOrders = {{"none", v1::DELIVERY_ORDER_NONE},
                                                          {"author", v1::DELIVERY_ORDER_AUTHOR},
                                                          {"topic", v1::DELIVERY_ORDER_TOPIC}};
const std::map<std::string, v1::SettleAction> kActions = {
    {"ack", v1::SETTLE_ACTION_ACK},
    {"retry", v1::SETTLE_ACTION_RETRY},
    {"dead-letter", v1::SETTLE_ACTION_DEAD_LETTER},
    {"skip", v1::SETTLE_ACTION_SKIP},
    {"release", v1::SETTLE_ACTION_RELEASE},
    {"extend", v1::SETTLE_ACTION_EXTEND}};

constexpr double kMaxDelay_s = 7 * 24 * 3600;

google::protobuf::Duration ToDuration(double seconds) {
  return TimeUtil::MillisecondsToDuration(static_cast<int64_t>(seconds * 1000));
}

// What all of these commands share.
struct Durable {
  Session* session;
  DurableConnector connector;
  std::shared_ptr<DurableConnection> connection() const {
    return connector(session->options().hub, session->connection_options());
  }
};

struct StartArguments {
  std::optional<uint64_t> after;
  std::string log_id;
  std::string since;
  bool live = false;
  bool beginning = false;
};

void AddStart(CLI::App* command, StartArguments* start) {
  command->add_option("--after", start->after, "Begin after this sequence")->type_name("N");
  command->add_option("--log-id", start->log_id, "The log that --after is a place in")
      ->type_name("UUID");
  command->add_option("--since", start->since, "Begin at this time: 2027-01-31, or 2h ago")
      ->type_name("TIME");
  command->add_flag("--live", start->live, "Begin now");
  command->add_flag("--beginning", start->beginning, "Begin with the first event");
}

template <typename Request>
absl::Status SetStart(const StartArguments& start, Request* request) {
  if (start.after) {
    request->mutable_after()->set_sequence(*start.after);
    request->mutable_after()->set_log_id(start.log_id);
  } else if (!start.since.empty()) {
    LIAISON_ASSIGN_OR_RETURN(const absl::Time time, ParseTimeArgument(start.since, absl::Now()));
    *request->mutable_since() = TimeUtil::MicrosecondsToTimestamp(absl::ToUnixMicros(time));
  } else if (start.live) {
    request->set_live(true);
  } else if (start.beginning) {
    request->set_beginning(true);
  } else {
    return absl::InvalidArgumentError(
        "say where to begin: --after N, --since TIME, --live or --beginning");
  }
  return absl::OkStatus();
}

std::string OrderName(v1::DeliveryOrder order) {
  return Short(v1::DeliveryOrder_descriptor(), order);
}

absl::Status Show(Session* session, const v1::Subscription& subscription) {
  if (session->format() == Format::kJson) return PrintMessage(session, subscription);
  LIAISON_ASSIGN_OR_RETURN(const Json json, MessageToJson(subscription));
  return session->console().Bytes(ToIndentedText(json));
}

struct CreateArguments {
  std::string name;
  std::string filter;
  std::string order = "none";
  uint32_t max_attempts = 0;
  bool unlimited = false;
  double lease_s = 0;
  std::optional<double> retry_delay_s;
  std::optional<double> max_retry_delay_s;
  uint32_t max_outstanding = 0;
  std::string label;
  StartArguments start;
};

void AddSettings(CLI::App* command, CreateArguments* arguments) {
  command
      ->add_option("--lease", arguments->lease_s,
                   "Seconds that a delivery is its holder's (default 30)")
      ->check(CLI::Range(1.0, 3600.0))
      ->type_name("S");
  command
      ->add_option("--max-attempts", arguments->max_attempts,
                   "Deliveries until an event is laid aside (default 10)")
      ->check(CLI::Range(1, 1000))
      ->type_name("N");
  command->add_flag("--unlimited-attempts", arguments->unlimited, "Never lay one aside");
  command
      ->add_option("--retry-delay", arguments->retry_delay_s,
                   "Seconds until the second delivery, doubled with each one after (default 1)")
      ->check(CLI::Range(0.0, kMaxDelay_s))
      ->type_name("S");
  command
      ->add_option("--max-retry-delay", arguments->max_retry_delay_s,
                   "Seconds between two deliveries at most (default 600)")
      ->check(CLI::Range(0.0, kMaxDelay_s))
      ->type_name("S");
  command
      ->add_option("--max-outstanding", arguments->max_outstanding,
                   "Deliveries that are out at once (default 1000)")
      ->check(CLI::Range(1, 10000))
      ->type_name("N");
  command->add_option("--label", arguments->label, "A few words for people");
}

v1::SubscriptionSettings SettingsOf(const CreateArguments& arguments) {
  v1::SubscriptionSettings settings;
  if (arguments.lease_s > 0) {
    *settings.mutable_lease() = ToDuration(arguments.lease_s);
  }
  if (arguments.retry_delay_s) {
    *settings.mutable_min_retry_delay() = ToDuration(*arguments.retry_delay_s);
  }
  if (arguments.max_retry_delay_s) {
    *settings.mutable_max_retry_delay() = ToDuration(*arguments.max_retry_delay_s);
  }
  settings.set_max_attempts(arguments.max_attempts);
  settings.set_unlimited_attempts(arguments.unlimited);
  settings.set_max_outstanding(arguments.max_outstanding);
  settings.set_label(arguments.label);
  return settings;
}

absl::Status RunCreate(const Durable& durable, const CreateArguments& arguments) {
  v1::CreateSubscriptionRequest request;
  request.set_name(arguments.name);
  request.set_filter(arguments.filter);
  request.set_order(kOrders.at(arguments.order));
  *request.mutable_settings() = SettingsOf(arguments);
  LIAISON_RETURN_IF_ERROR(SetStart(arguments.start, &request));
  LIAISON_ASSIGN_OR_RETURN(const auto made, durable.connection()->Create(request));
  return Show(durable.session, made.subscription());
}

absl::Status RunGet(const Durable& durable, const std::string& name) {
  v1::GetSubscriptionRequest request;
  request.set_name(name);
  LIAISON_ASSIGN_OR_RETURN(const auto got, durable.connection()->Get(request));
  return Show(durable.session, got.subscription());
}

absl::Status RunUpdate(const Durable& durable, const CreateArguments& arguments) {
  v1::UpdateSubscriptionRequest request;
  request.set_name(arguments.name);
  *request.mutable_settings() = SettingsOf(arguments);
  LIAISON_ASSIGN_OR_RETURN(const auto changed, durable.connection()->Update(request));
  return Show(durable.session, changed.subscription());
}

absl::Status RunDelete(const Durable& durable, const std::string& name) {
  v1::DeleteSubscriptionRequest request;
  request.set_name(name);
  LIAISON_RETURN_IF_ERROR(durable.connection()->Delete(request).status());
  if (durable.session->format() == Format::kJson) {
    return durable.session->console().Line(ToLine(Json{{"name", name}, {"deleted", true}}));
  }
  return durable.session->console().Line(absl::StrCat(name, " is gone, with all it remembered."));
}

absl::Status RunList(const Durable& durable) {
  Session* const session = durable.session;
  const auto connection = durable.connection();
  Table table({"NAME", "BACKLOG", "LAG", "OUT", "WAITING", "DEAD", "MEMBERS", "ORDER", "FILTER"});
  v1::ListSubscriptionsRequest request;
  do {
    LIAISON_ASSIGN_OR_RETURN(const auto page, connection->List(request));
    for (const v1::Subscription& one : page.subscriptions()) {
      if (session->format() == Format::kJson) LIAISON_RETURN_IF_ERROR(PrintMessage(session, one));
      const v1::SubscriptionStats& stats = one.stats();
      table.Add({one.name(), absl::StrCat(stats.backlog()),
                 absl::FormatDuration(absl::Seconds(stats.lag().seconds())),
                 absl::StrCat(stats.outstanding()), absl::StrCat(stats.waiting()),
                 absl::StrCat(stats.dead_letters()), absl::StrCat(stats.members()),
                 OrderName(one.order()), one.filter()});
    }
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  if (session->format() == Format::kJson) return absl::OkStatus();
  if (table.size() == 0) return session->console().Line("There are no durable subscriptions.");
  return session->console().Bytes(table.Render(session->console().width()));
}

// The event with what settles it.
absl::Status PrintDelivery(Session* session, const Event& event, const std::string& token,
                           uint32_t attempt) {
  LIAISON_ASSIGN_OR_RETURN(Json json, EventToJson(event, ""));
  json["attempt"] = attempt;
  if (!token.empty()) json["ack_token"] = token;
  return session->console().Line(ToLine(json));
}

struct ConsumeArguments {
  std::string name;
  std::string member;
  uint64_t count = 0;
};

absl::Status RunConsume(const Durable& durable, const ConsumeArguments& arguments) {
  ConsumeOptions options;
  options.member = arguments.member;
  options.give_up_after = durable.session->timeout();
  DurableConsumer consumer(durable.connection(), arguments.name, options);
  uint64_t seen = 0;
  absl::Status printed;
  const absl::Status ended = consumer.Run([&](const Event& event, uint32_t attempt) {
    printed = PrintDelivery(durable.session, event, "", attempt);
    // What could not be printed was not done.
    if (!printed.ok() || ++seen == arguments.count) consumer.Stop();
    return printed.ok() ? Verdict::Ack() : Verdict::Retry("not printed");
  });
  if (consumer.refused() > 0) {
    durable.session->console().Note(absl::StrCat(
        consumer.refused(), " were printed, and acknowledged too late: they come again"));
  }
  return printed.ok() ? ended : printed;
}

// An error where some of it did not count: whoever looks at nothing but the exit code has to know.
absl::Status CheckSettled(const v1::SettleResponse& settled) {
  int refused = 0;
  for (const int result : settled.results()) {
    if (result != v1::SETTLE_RESULT_OK && result != v1::SETTLE_RESULT_ALREADY_SETTLED) ++refused;
  }
  if (refused == 0) return absl::OkStatus();
  return absl::FailedPreconditionError(
      absl::StrCat(refused, " of ", settled.results_size(),
                   " were not settled: the delivery was over, or is another's. What is not settled "
                   "comes again"));
}

struct PullArguments {
  std::string name;
  uint32_t max = 100;
  int wait_s = 0;
  bool ack = false;
};

absl::Status RunPull(const Durable& durable, const PullArguments& arguments) {
  const auto connection = durable.connection();
  v1::PullRequest request;
  request.set_name(arguments.name);
  request.set_max_messages(arguments.max);
  request.mutable_wait()->set_seconds(arguments.wait_s);
  LIAISON_ASSIGN_OR_RETURN(const v1::PullResponse pulled, connection->Pull(request));
  v1::SettleRequest settle;
  settle.set_name(arguments.name);
  for (const v1::Delivery& delivery : pulled.deliveries()) {
    LIAISON_ASSIGN_OR_RETURN(const Event event, Event::Open(delivery.event()));
    LIAISON_RETURN_IF_ERROR(PrintDelivery(
        durable.session, event, arguments.ack ? "" : delivery.ack_token(), delivery.attempt()));
    *settle.add_settlements() = Verdict::Ack().ToSettlement(delivery.ack_token());
  }
  if (!arguments.ack || settle.settlements().empty()) return absl::OkStatus();
  LIAISON_ASSIGN_OR_RETURN(const auto settled, connection->Settle(settle));
  return CheckSettled(settled);
}

struct SettleArguments {
  std::string name;
  std::vector<std::string> tokens;
  std::string action = "ack";
  std::optional<double> delay_s;
  std::string reason;
};

absl::Status RunSettle(const Durable& durable, const SettleArguments& arguments) {
  v1::SettleRequest request;
  request.set_name(arguments.name);
  for (const std::string& token : arguments.tokens) {
    v1::Settlement& said = *request.add_settlements();
    said.set_ack_token(token);
    said.set_action(kActions.at(arguments.action));
    said.set_reason(arguments.reason);
    if (arguments.delay_s) {
      *said.mutable_delay() = ToDuration(*arguments.delay_s);
    }
  }
  LIAISON_ASSIGN_OR_RETURN(const auto settled, durable.connection()->Settle(request));
  for (int i = 0; i < settled.results_size(); ++i) {
    const std::string result = Short(v1::SettleResult_descriptor(), settled.results(i));
    LIAISON_RETURN_IF_ERROR(durable.session->console().Line(
        durable.session->format() == Format::kJson
            ? ToLine(
                  Json{{"ack_token", arguments.tokens[static_cast<size_t>(i)]}, {"result", result}})
            : absl::StrCat(result, "  ", arguments.tokens[static_cast<size_t>(i)])));
  }
  return CheckSettled(settled);
}

struct SeekArguments {
  std::string name;
  StartArguments start;
};

absl::Status RunSeek(const Durable& durable, const SeekArguments& arguments) {
  v1::SeekRequest request;
  request.set_name(arguments.name);
  LIAISON_RETURN_IF_ERROR(SetStart(arguments.start, &request));
  LIAISON_ASSIGN_OR_RETURN(const v1::SeekResponse sought, durable.connection()->Seek(request));
  if (durable.session->format() == Format::kJson) return PrintMessage(durable.session, sought);
  return durable.session->console().Line(absl::StrCat(
      "Goes on after ", sought.position().sequence(), ", with ", Counted(sought.backlog(), "event"),
      " ahead. Everything delivered before is void."));
}

absl::Status RunDeadLetters(const Durable& durable, const std::string& name) {
  Session* const session = durable.session;
  const auto connection = durable.connection();
  Table table({"SEQUENCE", "ATTEMPTS", "SINCE (UTC)", "REASON"});
  v1::ListDeadLettersRequest request;
  request.set_name(name);
  do {
    LIAISON_ASSIGN_OR_RETURN(const auto page, connection->ListDeadLetters(request));
    for (const v1::DeadLetter& letter : page.dead_letters()) {
      if (session->format() == Format::kJson) {
        LIAISON_RETURN_IF_ERROR(PrintMessage(session, letter));
      }
      table.Add({absl::StrCat(letter.position().sequence()), absl::StrCat(letter.attempts()),
                 absl::FormatTime("%Y-%m-%d %H:%M", ToTime(letter.time()), absl::UTCTimeZone()),
                 letter.reason()});
    }
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  if (session->format() == Format::kJson) return absl::OkStatus();
  if (table.size() == 0) return session->console().Line("There are no dead letters.");
  return session->console().Bytes(table.Render(session->console().width()));
}

struct LetterArguments {
  std::string name;
  std::vector<uint64_t> sequences;
  bool all = false;
  bool dry_run = false;
};

absl::Status TellLetters(const Durable& durable, const google::protobuf::Message& answer, int count,
                         uint64_t remaining, bool dry_run, absl::string_view what) {
  if (durable.session->format() == Format::kJson) return PrintMessage(durable.session, answer);
  return durable.session->console().Line(
      absl::StrCat(count, dry_run ? absl::StrCat(" would be ", what) : absl::StrCat(" ", what),
                   ", ", remaining, dry_run ? " would remain." : " remain."));
}

absl::Status RunReplay(const Durable& durable, const LetterArguments& arguments) {
  if (arguments.all == !arguments.sequences.empty()) {
    return absl::InvalidArgumentError("name sequences, or say --all");
  }
  v1::ReplayDeadLettersRequest request;
  request.set_name(arguments.name);
  for (uint64_t sequence : arguments.sequences) request.add_sequences(sequence);
  request.set_dry_run(arguments.dry_run);
  LIAISON_ASSIGN_OR_RETURN(const auto answer, durable.connection()->ReplayDeadLetters(request));
  return TellLetters(durable, answer, answer.sequences_size(), answer.remaining(),
                     arguments.dry_run, "delivered again");
}

absl::Status RunDiscard(const Durable& durable, const LetterArguments& arguments) {
  if (arguments.all == !arguments.sequences.empty()) {
    return absl::InvalidArgumentError("name sequences, or say --all");
  }
  v1::DiscardDeadLettersRequest request;
  request.set_name(arguments.name);
  for (uint64_t sequence : arguments.sequences) request.add_sequences(sequence);
  request.set_all(arguments.all);
  request.set_dry_run(arguments.dry_run);
  LIAISON_ASSIGN_OR_RETURN(const auto answer, durable.connection()->DiscardDeadLetters(request));
  return TellLetters(durable, answer, answer.sequences_size(), answer.remaining(),
                     arguments.dry_run, "discarded");
}

// A command about one subscription, named first.
template <typename Arguments>
CLI::App* AddNamed(CLI::App* parent, const std::string& command, const std::string& line,
                   const std::string& examples, const Durable& durable,
                   const std::shared_ptr<Arguments>& arguments,
                   absl::Status (*run)(const Durable&, const Arguments&)) {
  CLI::App* added = AddCommand(parent, command, line, examples);
  if constexpr (std::is_same_v<Arguments, std::string>) {
    added->add_option("name", *arguments, "Its name")->required();
  } else {
    added->add_option("name", arguments->name, "Its name")->required();
  }
  added->callback([=] { durable.session->Choose([=] { return run(durable, *arguments); }); });
  return added;
}

void AddDeadLetters(CLI::App* durable_app, const Durable& durable) {
  CLI::App* letters = AddCommand(durable_app, "dead-letters", "What was laid aside, and what next",
                                 "  liaison durable dead-letters list desk\n");
  letters->require_subcommand(1);
  AddNamed(letters, "list", "List what was laid aside",
           "  liaison durable dead-letters list desk\n", durable, std::make_shared<std::string>(),
           RunDeadLetters);
  const auto add = [&](const std::string& name, const std::string& line, const auto run) {
    auto arguments = std::make_shared<LetterArguments>();
    CLI::App* command = AddNamed<LetterArguments>(
        letters, name, line,
        absl::StrCat("  liaison durable dead-letters ", name, " desk --all --dry-run\n",
                     "  liaison durable dead-letters ", name, " desk 1042\n"),
        durable, arguments, run);
    command->add_option("sequence", arguments->sequences, "Those alone")->type_name("N");
    command->add_flag("--all", arguments->all, "All of them");
    command->add_flag("--dry-run", arguments->dry_run, "Say what would happen");
  };
  add("replay", "Deliver them again, to this subscription only", RunReplay);
  add("discard", "Forget them", RunDiscard);
}

void AddReading(CLI::App* app, const Durable& durable) {
  auto consume = std::make_shared<ConsumeArguments>();
  CLI::App* consuming =
      AddNamed(app, "consume", "Print events as they come; each is acknowledged once printed",
               "  liaison durable consume desk --member laptop\n", durable, consume, RunConsume);
  consuming->add_option("--member", consume->member,
                        "Names this process, so that it gets back what it held");
  consuming->add_option("--count", consume->count, "Stop after so many")->type_name("N");

  auto pull = std::make_shared<PullArguments>();
  CLI::App* pulling = AddNamed(app, "pull", "Take some events, to settle them later",
                               "  liaison durable pull desk --max 10 --wait 20\n"
                               "  liaison durable pull desk --ack\n",
                               durable, pull, RunPull);
  pulling->add_option("--max", pull->max, "At most this many")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  pulling->add_option("--wait", pull->wait_s, "Seconds to wait until there is something")
      ->check(CLI::Range(0, 30))
      ->capture_default_str();
  pulling->add_flag("--ack", pull->ack, "Acknowledge them once they are printed");

  auto settle = std::make_shared<SettleArguments>();
  CLI::App* settling = AddNamed(app, "ack", "Say what became of deliveries",
                                "  liaison durable ack desk TOKEN\n"
                                "  liaison durable ack desk TOKEN --result retry --delay 60\n",
                                durable, settle, RunSettle);
  settling->add_option("token", settle->tokens, "The ack_token of each")->required();
  settling->add_option("--result", settle->action, "What became of them")
      ->check(CLI::IsMember(kActions))
      ->capture_default_str();
  settling->add_option("--delay", settle->delay_s, "Seconds until a retry")
      ->check(CLI::Range(0.0, kMaxDelay_s))
      ->type_name("S");
  settling->add_option("--reason", settle->reason, "Shown with the dead letter; no personal data");
}

}  // namespace

void AddDurable(CLI::App* app, Session* session, const DurableConnector& connector) {
  if (!connector) return;
  const Durable durable{session, connector};
  CLI::App* command = AddCommand(app, "durable", "Subscriptions that the hub remembers for you",
                                 "  liaison durable create desk --live\n"
                                 "  liaison durable consume desk\n"
                                 "  liaison durable list\n",
                                 "Reading");
  command->require_subcommand(1);
  auto create = std::make_shared<CreateArguments>();
  CLI::App* creating = AddNamed(
      command, "create", "Make one; again with the same filter and order changes nothing",
      "  liaison durable create desk --live\n"
      "  liaison durable create decisions --beginning --filter 'type = decision' --order author\n",
      durable, create, RunCreate);
  creating->add_option("--filter", create->filter, "Only events that match")->type_name("EXPR");
  creating->add_option("--order", create->order, "What is delivered one after the other")
      ->check(CLI::IsMember(kOrders))
      ->capture_default_str();
  AddSettings(creating, create.get());
  AddStart(creating, &create->start);

  CLI::App* list = AddCommand(command, "list", "List your organisation's",
                              "  liaison durable list --output json\n");
  list->callback([=] { session->Choose([=] { return RunList(durable); }); });
  AddNamed(command, "get", "Show one, with how far it is", "  liaison durable get desk\n", durable,
           std::make_shared<std::string>(), RunGet);
  auto update = std::make_shared<CreateArguments>();
  AddSettings(AddNamed(command, "update", "Change its settings: those not named are the defaults",
                       "  liaison durable update desk --lease 120 --max-attempts 3\n", durable,
                       update, RunUpdate),
              update.get());
  AddNamed(command, "delete", "Delete one, with all that it remembers",
           "  liaison durable delete desk\n", durable, std::make_shared<std::string>(), RunDelete);
  AddReading(command, durable);
  auto seek = std::make_shared<SeekArguments>();
  AddStart(AddNamed(command, "seek", "Begin again elsewhere; what was delivered before is void",
                    "  liaison durable seek desk --after 1042\n"
                    "  liaison durable seek desk --since 2027-01-31\n",
                    durable, seek, RunSeek),
           &seek->start);
  AddDeadLetters(command, durable);
}

}  // namespace liaison::cli
