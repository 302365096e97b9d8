// How long the views take over a log of many events, and what keeping them costs. Everybody in it
// is fictional.
//
//   views_bench [--events 1000000] [--data-dir DIR] [--runs 30]
//
// Writes the log itself, without a hub; prints one JSON object. Every view is asked as a member of
// the MAG, who sees most, in the largest cycle.
#include <time.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "igf/liaison/v1/event.pb.h"
#include "proto/record/event_types.h"
#include "proto/record/pae.h"
#include "server/views/views.h"
#include "storage/rocks/open.h"

namespace liaison::bench {
namespace {

namespace pb = ::igf::liaison::v1;
using views::Index;
using views::Reading;

constexpr char kAsker[] = "org/fictional-7";
constexpr int kOrganisations = 300;
constexpr int kTopics = 94;
constexpr size_t kGroupSize = 1000;
constexpr char kSeat[] = "org/igf-mag/seat-1";
constexpr char kCycle[] = "2027";
constexpr char kWordyCycle[] = "2025";
constexpr char kDay[] = "2023-11-14";  // in UTC, on which all of it is said

double Seconds(clockid_t clock) {
  timespec now;
  clock_gettime(clock, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

double ResidentMib() {
  std::ifstream file("/proc/self/statm");
  uint64_t size = 0, resident = 0;
  file >> size >> resident;
  return static_cast<double>(resident) * static_cast<double>(sysconf(_SC_PAGESIZE)) / (1 << 20);
}

// A log as it may look after many years: mostly signals, and everything that is said about them.
class Writer {
 public:
  explicit Writer(storage::EventLog* log) : log_(log) {}

  void Write(uint64_t events) {
    Organisations();
    Cycles();
    while (sequence_ < events) Any();
    Flush();
  }

  const std::shared_ptr<domain::Registry>& registry() const { return registry_; }

 private:
  uint64_t Below(uint64_t bound) { return random_() % bound; }
  std::string Organisation() { return absl::StrCat("org/fictional-", Below(kOrganisations)); }

  pb::EventHeader Header(pb::EventType type, const std::string& author) {
    pb::EventHeader header;
    header.set_type(type);
    header.set_author(author);
    const uint64_t audience = Below(10);
    header.set_audience(audience == 0 ? "igf/mag" : audience == 1 ? "igf/partners" : "igf/public");
    const uint64_t cycle = Below(10);
    header.set_cycle(cycle < 6 ? kCycle : cycle < 9 ? "2026" : "2025");
    header.set_language("en");
    return header;
  }

  // Returns the digest.
  record::Hash Say(pb::EventHeader header, const google::protobuf::Message& body) {
    header.set_event_id(absl::StrFormat("%08x-0000-4000-8000-%012x",
                                        static_cast<uint32_t>(random_()), ++sequence_));
    header.add_commitments()->set_kind(pb::SECTION_KIND_CONTENT);
    header.mutable_commitments(0)->set_commitment(std::string(32, 'c'));
    record::SetFacts(header.type(), body, &header);
    storage::NewEvent& event = group_.events.emplace_back();
    event.header = header.SerializeAsString();
    event.leaf.sequence = sequence_;
    event.leaf.hub_time_us = 1'700'000'000'000'000 + static_cast<int64_t>(sequence_) * 1000;
    event.leaf.digest = record::EventDigest(event.header);
    event.sections.push_back({1, std::string(32, 's'), body.SerializeAsString(), false});
    event.identity = storage::IdentityKey(header.author(), header.event_id());
    event.terms = record::TermsOf(header);
    if (header.type() == pb::EVENT_TYPE_ORGANISATION) registry_->Apply(header);
    const record::Hash digest = event.leaf.digest;
    if (group_.events.size() == kGroupSize) Flush();
    return digest;
  }

  void Flush() {
    if (group_.events.empty()) return;
    const auto committed = log_->Append(group_);
    if (!committed.ok()) {
      std::cerr << "views_bench: " << committed.status() << "\n";
      std::exit(1);
    }
    group_.events.clear();
  }

  void Register(const std::string& name, pb::OrganisationKind kind, pb::StakeholderGroup group,
                pb::Region region) {
    pb::EventHeader header = Header(pb::EVENT_TYPE_ORGANISATION, "org/igf-secretariat");
    header.set_audience("igf/public");
    header.clear_cycle();
    pb::Organisation body;
    body.set_organisation(name);
    body.set_kind(kind);
    body.set_stakeholder_group(group);
    body.set_region(region);
    Say(header, body);
  }

  void Organisations() {
    Register("org/igf-secretariat", pb::ORGANISATION_KIND_SECRETARIAT,
             pb::STAKEHOLDER_GROUP_UNSPECIFIED, pb::REGION_UNSPECIFIED);
    Register("org/igf-mag", pb::ORGANISATION_KIND_MAG, pb::STAKEHOLDER_GROUP_UNSPECIFIED,
             pb::REGION_UNSPECIFIED);
    for (int i = 0; i < kOrganisations; ++i) {
      Register(absl::StrCat("org/fictional-", i), static_cast<pb::OrganisationKind>(1 + i % 9),
               static_cast<pb::StakeholderGroup>(1 + i % 5), static_cast<pb::Region>(1 + i % 5));
    }
  }

  void Cycles() {
    for (const char* cycle : {"2025", "2026", kCycle}) {
      pb::EventHeader header = Header(pb::EVENT_TYPE_CYCLE, "org/igf-secretariat");
      header.set_audience("igf/public");
      header.clear_cycle();
      pb::Cycle body;
      body.set_cycle_id(cycle);
      Say(header, body);
    }
  }

  void Topics(pb::EventHeader* header) {
    // Some topics are raised much more often than others.
    const uint64_t first = std::min(Below(kTopics), Below(kTopics));
    header->add_topics(absl::StrCat("igf:t", first));
    if (Below(3) == 0) header->add_topics(absl::StrCat("igf:t", (first + 1) % kTopics));
  }

  void Signal() {
    pb::EventHeader header = Header(pb::EVENT_TYPE_TOPIC_SIGNAL, Organisation());
    Topics(&header);
    pb::TopicSignal body;
    body.set_title(absl::StrCat("A fictional signal ", sequence_));
    body.set_text(header.cycle() == kWordyCycle
                      ? Wordy()
                      : "Some fictional words about what matters here, and what should be done.");
    body.set_purpose(pb::PURPOSE_INFORMATION);
    // One of them asks each time, so that its requests are there however few events there are.
    if (Below(50) == 0 || header.author() == kAsker) {
      body.set_purpose(pb::PURPOSE_ACTION);
      header.add_addressees(Below(2) == 0 ? "org/igf-mag" : Organisation());
    }
    const record::Hash digest = Say(header, body);
    if (signals_.size() < 100'000) {
      signals_.push_back({digest, header});
    } else {
      signals_[Below(signals_.size())] = {digest, header};
    }
  }

  // Two pages, in few of which the same words stand.
  std::string Wordy() {
    std::string text;
    for (int i = 0; i < 1000; ++i) absl::StrAppend(&text, "word", Below(5000), " ");
    return text;
  }

  struct Said {
    record::Hash digest;
    pb::EventHeader header;
  };

  pb::EventHeader Naming(pb::EventType type, const std::string& author, const Said& said,
                         pb::Relation relation) {
    pb::EventHeader header = Header(type, author);
    header.set_audience(said.header.audience());
    header.set_cycle(said.header.cycle());
    header.add_references()->set_digest(std::string(said.digest.bytes()));
    header.mutable_references(0)->set_relation(relation);
    return header;
  }

  void Position(const Said& said) {
    pb::StatedPosition body;
    body.set_kind(Below(5) == 0 ? pb::POSITION_KIND_OBJECT : pb::POSITION_KIND_SUPPORT);
    body.set_reason("A fictional reason.");
    Say(Naming(pb::EVENT_TYPE_POSITION, Organisation(), said, pb::RELATION_POSITION_ON), body);
  }

  void Revise(const Said& said) {
    pb::EventHeader header =
        Naming(pb::EVENT_TYPE_TOPIC_SIGNAL, said.header.author(), said, pb::RELATION_REVISES);
    Topics(&header);
    pb::TopicSignal body;
    body.set_title(absl::StrCat("A fictional revision ", sequence_));
    body.set_text("Other words.");
    body.set_purpose(pb::PURPOSE_INFORMATION);
    Say(header, body);
  }

  void Retract(const Said& said) {
    pb::Retraction body;
    body.set_cause(pb::RETRACTION_CAUSE_ERROR);
    body.set_reason("A fictional reason.");
    Say(Naming(pb::EVENT_TYPE_RETRACTION, said.header.author(), said, pb::RELATION_RETRACTS), body);
  }

  void Dispose() {
    pb::EventHeader header = Header(pb::EVENT_TYPE_DISPOSITION, "org/igf-secretariat");
    header.set_audience("igf/public");
    pb::Disposition body;
    body.set_reason("A fictional reason.");
    for (int i = 0; i < 10; ++i) {
      pb::DisposedInput& input = *body.add_inputs();
      input.set_input(std::string(signals_[Below(signals_.size())].digest.bytes()));
      input.set_kind(pb::DISPOSITION_KIND_NOTED);
    }
    Say(header, body);
  }

  void Decide() {
    pb::EventHeader header = Header(pb::EVENT_TYPE_DECISION, "org/igf-secretariat");
    header.set_audience("igf/public");
    Topics(&header);
    for (int i = 0; i < 5; ++i) {
      pb::Reference& reference = *header.add_references();
      reference.set_digest(std::string(signals_[Below(signals_.size())].digest.bytes()));
      reference.set_relation(pb::RELATION_CONSIDERS);
    }
    pb::Decision body;
    body.set_state(Below(2) == 0 ? pb::DECISION_STATE_PROPOSED
                                 : pb::DECISION_STATE_ADOPTED_INCOMPLETE);
    body.set_title("A fictional decision");
    body.set_outcome_owner(Organisation());
    Say(header, body);
    ++decisions_;
  }

  void Any() {
    if (signals_.size() < 100) return Signal();
    const Said said = signals_[Below(signals_.size())];
    const uint64_t what = Below(1000);
    if (what < 40) return Position(said);
    if (what < 60) return Revise(said);
    if (what < 63) return Retract(said);
    if (what < 70) return Dispose();
    if (what < 71 && decisions_ < 500) return Decide();
    Signal();
  }

  storage::EventLog* const log_;
  std::mt19937_64 random_{1};
  storage::Group group_;
  uint64_t sequence_ = 0;
  uint64_t decisions_ = 0;
  std::vector<Said> signals_;
  std::shared_ptr<domain::Registry> registry_ = std::make_shared<domain::Registry>();
};

struct Question {
  std::string name;
  // The answer's size in bytes.
  std::function<absl::StatusOr<size_t>(const Reading&)> ask;
};

template <typename Response>
absl::StatusOr<size_t> SizeOf(const absl::StatusOr<Response>& response) {
  if (!response.ok()) return response.status();
  return response->ByteSizeLong();
}

template <typename Request>
Request InCycle() {
  Request request;
  request.mutable_window()->set_cycle(kCycle);
  return request;
}

std::vector<Question> Questions() {
  const views::PageArguments page;
  std::vector<Question> questions;
  const auto add = [&](std::string name,
                       std::function<absl::StatusOr<size_t>(const Reading&)> ask) {
    questions.push_back({std::move(name), std::move(ask)});
  };
  add("radar", [](const Reading& reading) {
    return SizeOf(GetRadar(reading, InCycle<pb::GetRadarRequest>()));
  });
  // By days what is looked at are the inputs' places in the log, and no longer cells alone.
  add("radar_days", [](const Reading& reading) {
    auto request = InCycle<pb::GetRadarRequest>();
    request.mutable_window()->mutable_days()->set_starts_on(kDay);
    request.mutable_window()->mutable_days()->set_ends_on(kDay);
    return SizeOf(GetRadar(reading, request));
  });
  add("topic_events", [page](const Reading& reading) {
    auto request = InCycle<pb::ListTopicEventsRequest>();
    request.set_topic("igf:t3");
    return SizeOf(ListTopicEvents(reading, request, page));
  });
  add("topic_links", [page](const Reading& reading) {
    return SizeOf(ListTopicLinks(reading, InCycle<pb::ListTopicLinksRequest>(), page));
  });
  add("representation", [](const Reading& reading) {
    return SizeOf(GetRepresentation(reading, InCycle<pb::GetRepresentationRequest>()));
  });
  add("gaps", [](const Reading& reading) {
    return SizeOf(ListGaps(reading, InCycle<pb::ListGapsRequest>()));
  });
  add("duplicates", [page](const Reading& reading) {
    return SizeOf(ListDuplicates(reading, InCycle<pb::ListDuplicatesRequest>(), page));
  });
  add("duplicates_long", [page](const Reading& reading) {
    pb::ListDuplicatesRequest request;
    request.mutable_window()->set_cycle(kWordyCycle);
    return SizeOf(ListDuplicates(reading, request, page));
  });
  for (const char* cycle : {kCycle, kWordyCycle}) {
    add(cycle == kCycle ? "like" : "like_long", [page, cycle](const Reading& reading) {
      pb::ListDuplicatesRequest request;
      request.mutable_window()->set_cycle(cycle);
      const std::vector<Index> inputs = reading.Inputs(cycle);
      request.set_like_sequence(Reading::SequenceOf(inputs.at(inputs.size() / 2)));
      return SizeOf(ListDuplicates(reading, request, page));
    });
  }
  add("digest", [](const Reading& reading) {
    pb::GetDigestRequest request;
    request.set_cycle(kCycle);
    request.set_after_sequence(reading.Head() > 1000 ? reading.Head() - 1000 : 0);
    return SizeOf(GetDigest(reading, request));
  });
  add("digest_since_0", [](const Reading& reading) {
    pb::GetDigestRequest request;
    request.set_cycle(kCycle);
    return SizeOf(GetDigest(reading, request));
  });
  add("pack", [](const Reading& reading) {
    return SizeOf(GetMeetingPack(reading, InCycle<pb::GetMeetingPackRequest>()));
  });
  add("trail", [page](const Reading& reading) {
    pb::GetTrailRequest request;
    request.set_sequence(400);
    return SizeOf(GetTrail(reading, request, page));
  });
  add("contributions", [page](const Reading& reading) {
    pb::ListContributionsRequest request;
    request.set_contributor(kAsker);
    request.set_cycle(kCycle);
    return SizeOf(ListContributions(reading, request, page));
  });
  add("requests", [page](const Reading& reading) {
    pb::ListRequestsRequest request;
    request.set_organisation(kAsker);
    return SizeOf(ListRequests(reading, request, page));
  });
  add("undisposed", [page](const Reading& reading) {
    pb::ListUndisposedRequest request;
    request.set_cycle(kCycle);
    return SizeOf(ListUndisposed(reading, request, page));
  });
  add("board", [](const Reading& reading) {
    pb::GetBoardRequest request;
    request.set_cycle(kCycle);
    return SizeOf(GetBoard(reading, request));
  });
  add("cycle_opening", [](const Reading& reading) {
    pb::GetCycleOpeningRequest request;
    request.set_cycle(kCycle);
    return SizeOf(GetCycleOpening(reading, request));
  });
  add("decisions", [page](const Reading& reading) {
    pb::ListDecisionsRequest request;
    request.set_cycle(kCycle);
    return SizeOf(ListDecisions(reading, request, page));
  });
  return questions;
}

nlohmann::json Ask(const Question& question, views::Ledger* ledger,
                   const std::shared_ptr<const domain::Registry>& registry, int runs) {
  const auth::Principal member = *auth::DevelopmentPrincipal(kSeat, *registry, {});
  std::vector<double> milliseconds;
  std::vector<double> of_cpu;  // what it would be with nothing else on the machine
  size_t size_bytes = 0;
  for (int run = 0; run < runs; ++run) {
    const double began = Seconds(CLOCK_MONOTONIC);
    const double cpu_began = Seconds(CLOCK_THREAD_CPUTIME_ID);
    const auto reading = Reading::Begin(ledger, {member, registry, "2027-01-15"});
    const absl::StatusOr<size_t> answer = question.ask(**reading);
    milliseconds.push_back(1000 * (Seconds(CLOCK_MONOTONIC) - began));
    of_cpu.push_back(1000 * (Seconds(CLOCK_THREAD_CPUTIME_ID) - cpu_began));
    if (!answer.ok() || !(*reading)->status().ok()) {
      std::cerr << "views_bench: " << question.name << ": " << answer.status() << "\n";
      std::exit(1);
    }
    size_bytes = *answer;
  }
  std::sort(milliseconds.begin(), milliseconds.end());
  std::sort(of_cpu.begin(), of_cpu.end());
  return {{"median_ms", milliseconds[milliseconds.size() / 2]},
          {"most_ms", milliseconds.back()},
          {"least_ms", milliseconds.front()},
          {"median_cpu_ms", of_cpu[of_cpu.size() / 2]},
          {"size_bytes", size_bytes}};
}

int Run(const std::string& data_dir, uint64_t events, int runs,
        const std::vector<std::string>& views) {
  storage::OpenOptions options;
  options.data_dir = data_dir;
  auto log = storage::OpenEventLog(options);
  if (!log.ok()) {
    std::cerr << "views_bench: " << log.status() << "\n";
    return 1;
  }
  Writer writer(log->get());
  std::cerr << "writing " << events << " events\n";
  writer.Write(events);

  const double before_mib = ResidentMib();
  views::Ledger ledger(log->get());
  const double began = Seconds(CLOCK_THREAD_CPUTIME_ID);
  if (absl::Status caught_up = ledger.CatchUp(); !caught_up.ok()) {
    std::cerr << "views_bench: " << caught_up << "\n";
    return 1;
  }
  const double cpu = Seconds(CLOCK_THREAD_CPUTIME_ID) - began;
  nlohmann::json figures = {{"events", events},
                            {"ledger_us_of_cpu_per_event", 1e6 * cpu / static_cast<double>(events)},
                            {"ledger_mib", ResidentMib() - before_mib}};
  for (const Question& question : Questions()) {
    if (!views.empty() && std::find(views.begin(), views.end(), question.name) == views.end()) {
      continue;
    }
    std::cerr << question.name << "\n";
    figures["views"][question.name] = Ask(question, &ledger, writer.registry(), runs);
  }
  std::cout << figures.dump(1) << "\n";
  return 0;
}

}  // namespace
}  // namespace liaison::bench

int main(int argc, char** argv) {
  CLI::App app("Measures the views over a log of many events.");
  std::string data_dir = "/var/tmp/liaison-views-bench";
  uint64_t events = 1'000'000;
  int runs = 30;
  app.add_option("--data-dir", data_dir, "a folder that is made, and removed at the end")
      ->capture_default_str();
  app.add_option("--events", events, "of the log")
      ->capture_default_str()
      ->check(CLI::Range(1000, 100'000'000));
  app.add_option("--runs", runs, "of each view")
      ->capture_default_str()
      ->check(CLI::Range(1, 10'000));
  std::vector<std::string> names;
  for (const liaison::bench::Question& question : liaison::bench::Questions()) {
    names.push_back(question.name);
  }
  std::vector<std::string> views;
  app.add_option("--view", views, "these alone, to profile them")->check(CLI::IsMember(names));
  CLI11_PARSE(app, argc, argv);
  if (std::filesystem::exists(data_dir)) {
    std::cerr << "views_bench: " << data_dir << " is there already\n";
    return 2;
  }
  const int code = liaison::bench::Run(data_dir, events, runs, views);
  std::filesystem::remove_all(data_dir);
  return code;
}
