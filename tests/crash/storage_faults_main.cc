// storage_faults: tries faults on the log and prints what came of it as one line of JSON.

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <nlohmann/json.hpp>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "storage/base/fault_point.h"
#include "tests/crash/storage_faults.h"

namespace {

using Json = nlohmann::ordered_json;
namespace lt = liaison::testing;

constexpr char kExamples[] = R"(
Prints one line of JSON, progress to standard error. Exits 0 iff lost, duplicated, holes,
wrongly_served, half_written and refused are all 0.

Examples:
  storage_faults power-loss --seeds 2000
  storage_faults power-loss --first-seed 417 --seeds 1
  storage_faults nth-call --error no-space --lasting
  storage_faults full-disk --seeds 200
  storage_faults bit-flips --flips 500
  storage_faults points
)";

// A real folder for the log's lock; everything else is in memory.
class Folder {
 public:
  Folder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "faults.XXXXXX").string();
    path_ = mkdtemp(pattern.data());
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

lt::Progress Report(const std::string& what) {
  auto last = std::make_shared<absl::Time>(absl::Now());
  return [what, last](uint64_t done) {
    if (absl::Now() - *last < absl::Seconds(5)) return;
    *last = absl::Now();
    std::cerr << "storage_faults: " << done << " " << what << std::endl;
  };
}

void AddFindings(const lt::Findings& findings, Json* json) {
  (*json)["lost"] = findings.lost;
  (*json)["duplicated"] = findings.duplicated;
  (*json)["holes"] = findings.holes;
  (*json)["wrongly_served"] = findings.wrongly_served;
  (*json)["half_written"] = findings.half_written;
  (*json)["refused"] = findings.refused;
  (*json)["errors_allowed"] = findings.errors;
  (*json)["notes"] = findings.notes;
}

int Print(Json json, const lt::Findings& findings, absl::Time began) {
  AddFindings(findings, &json);
  json["seconds"] = absl::ToInt64Milliseconds(absl::Now() - began) / 1000.0;
  std::cout << json.dump() << std::endl;
  return findings.clean() ? 0 : 1;
}

int PowerLoss(const lt::PowerLossOptions& options) {
  const absl::Time began = absl::Now();
  const lt::PowerLossReport report = lt::LosePower(options, Report("seeds"));
  Json json = {{"what", "power-loss"},
               {"first_seed", options.first_seed},
               {"seeds", report.seeds},
               {"power_losses", report.power_losses},
               {"while_opening", report.while_opening},
               {"acknowledged_groups", report.acknowledged_groups},
               {"acknowledged_events", report.acknowledged_events},
               {"unknown", report.doubtful_groups},
               {"unknown_found", report.doubtful_groups_kept},
               {"survivals", report.survivals},
               {"failed_seeds", report.failed_seeds}};
  return Print(std::move(json), report.findings, began);
}

int NthCall(const lt::NthCallOptions& options) {
  const absl::Time began = absl::Now();
  const lt::NthCallReport report = lt::FailEachCall(options, Report("calls"));
  Json json = {{"what", "nth-call"},
               {"error", options.error == lt::Failure::Error::kIo ? "io" : "no-space"},
               {"lasting", options.lasting},
               {"seed", options.seed},
               {"first", options.first},
               {"step", options.step},
               {"n", report.last_n},
               {"runs", report.runs},
               {"refused_opens", report.refused_opens},
               {"failed_writes", report.failed_writes},
               {"healed", report.healed},
               {"refused_appends", report.refused_appends},
               {"unnoticed", report.unnoticed},
               {"acknowledged_after_failure", report.acknowledged_after_failure}};
  return Print(std::move(json), report.findings, began);
}

int FullDisk(const lt::FullDiskOptions& options) {
  const absl::Time began = absl::Now();
  const lt::FullDiskReport report = lt::FillDisk(options, Report("seeds"));
  Json json = {{"what", "full-disk"},
               {"first_seed", options.first_seed},
               {"seeds", report.seeds},
               {"times_full", report.times_full},
               {"refused_early", report.refused_early},
               {"failed_writes", report.failed_writes},
               {"unknown_found", report.unknown_found},
               {"healed", report.healed},
               {"heal_ms_max", report.heal_ms_max},
               {"reads_while_full", report.reads_while_full},
               {"acknowledged_events", report.acknowledged_events}};
  return Print(std::move(json), report.findings, began);
}

int BitFlips(const lt::BitFlipOptions& options) {
  const absl::Time began = absl::Now();
  const lt::BitFlipReport report = lt::FlipBits(options, Report("flips"));
  Json json = {{"what", "bit-flips"}, {"seed", options.seed}};
  uint64_t flips = 0;
  for (const auto& [kind, counts] : report.kinds) {
    flips += counts.flips;
    json["kinds"][kind] = {{"flips", counts.flips},
                           {"never_read", counts.never_read},
                           {"harmless", counts.harmless},
                           {"refused_to_open", counts.refused_to_open},
                           {"refused_to_read", counts.refused_to_read},
                           {"other_errors", counts.other_errors}};
  }
  json["flips"] = flips;
  return Print(std::move(json), report.findings, began);
}

int Points() {
  Json json = Json::array();
  for (const absl::string_view name : liaison::storage::kFaultPoints) {
    json.push_back(std::string(name));
  }
  std::cout << json.dump() << std::endl;
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const Folder folder;
  CLI::App app("Tries faults of the disk on the log.", "storage_faults");
  app.footer(kExamples);
  app.require_subcommand(1);

  lt::PowerLossOptions power;
  power.folder = folder.path() + "/log";
  CLI::App* power_loss = app.add_subcommand("power-loss", "power goes during a call, by seed");
  power_loss->add_option("--seeds", power.seeds, "how many [200]");
  power_loss->add_option("--first-seed", power.first_seed, "the first [1]");
  power_loss->add_flag("--pretend-to-sync", power.pretend_to_sync,
                       "the disk does not sync: must fail");

  lt::NthCallOptions nth;
  nth.folder = power.folder;
  std::string error = "io";
  CLI::App* nth_call = app.add_subcommand("nth-call", "the n-th call fails, n = 1, 2, ...");
  nth_call->add_option("--error", error, "io or no-space [io]")
      ->check(CLI::IsMember({"io", "no-space"}));
  nth_call->add_flag("--lasting", nth.lasting, "every call from the n-th on");
  nth_call->add_option("--seed", nth.seed, "of the work [1]");
  nth_call->add_option("--first", nth.first, "the first n to try [1]")->check(CLI::PositiveNumber);
  nth_call->add_option("--step", nth.step, "try every step-th n only [1]")
      ->check(CLI::PositiveNumber);

  lt::FullDiskOptions full;
  full.folder = power.folder;
  CLI::App* full_disk = app.add_subcommand("full-disk", "no room, and room again");
  full_disk->add_option("--seeds", full.seeds, "how many [20]");
  full_disk->add_option("--first-seed", full.first_seed, "the first [1]");

  lt::BitFlipOptions flips;
  flips.folder = power.folder;
  CLI::App* bit_flips = app.add_subcommand("bit-flips", "a bit is flipped whenever it is read");
  bit_flips->add_option("--flips", flips.flips, "of each kind of file [500]");
  bit_flips->add_option("--seed", flips.seed, "of work and flips [1]");

  CLI::App* points = app.add_subcommand("points", "names of fault points, as a JSON list");

  CLI11_PARSE(app, argc, argv);
  std::filesystem::create_directories(power.folder);
  if (error == "no-space") nth.error = lt::Failure::Error::kNoSpace;
  if (*power_loss) return PowerLoss(power);
  if (*nth_call) return NthCall(nth);
  if (*full_disk) return FullDisk(full);
  if (*bit_flips) return BitFlips(flips);
  if (*points) return Points();
  return 2;
}
