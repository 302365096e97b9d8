// Histories of sequencer, Decide/Apply and cursors under simulated time, disk and readers.
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <map>
#include <string>

#include "CLI/CLI.hpp"
#include "nlohmann/json.hpp"
#include "tests/simulation/history.h"
#include "tests/simulation/world.h"

namespace liaison::simulation {
namespace {

constexpr char kExamples[] = R"(
Each seed is one history: the same seed gives the same history, byte for byte. Prints a summary as
JSON, and fails where an invariant broke.

Examples:
  simulation --seeds 300
  simulation --seeds 100000 --first 1000    a long search; --seconds bounds it
  simulation --seed 4711 --trace            one history, line by line
)";

struct Arguments {
  uint64_t seeds = 300;
  uint64_t first = 1;
  double seconds = 0;  // 0: no bound
  bool trace = false;
};

double SecondsSince(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

History Simulate(uint64_t seed, bool print) {
  History history(print);
  World(seed, &history).Run();
  history.set_clock(nullptr);
  return history;
}

int Run(const Arguments& arguments) {
  const auto start = std::chrono::steady_clock::now();
  std::map<std::string, uint64_t> counts;
  nlohmann::ordered_json violations = nlohmann::ordered_json::array();
  uint64_t seed = arguments.first;
  for (; seed < arguments.first + arguments.seeds; ++seed) {
    if (arguments.seconds > 0 && SecondsSince(start) >= arguments.seconds) break;
    const History history = Simulate(seed, arguments.trace);
    for (const auto& [what, count] : history.counts()) counts[what] += count;
    // A history that cannot be repeated is no evidence: the first few, and each that broke, twice.
    const bool broke = !history.violation().empty();
    if (broke) violations.push_back({{"seed", seed}, {"violation", history.violation()}});
    if (broke || seed < arguments.first + 10) {
      if (Simulate(seed, false).text() != history.text()) {
        violations.push_back({{"seed", seed}, {"violation", "two runs have two histories"}});
      }
    }
    if (isatty(STDERR_FILENO) != 0 && seed % 10 == 0) {
      std::fprintf(stderr, "\rseed %lu, %zu broke", static_cast<unsigned long>(seed),
                   violations.size());
    }
    if (violations.size() >= 10) {
      ++seed;
      break;
    }
  }
  if (isatty(STDERR_FILENO) != 0) std::fputc('\n', stderr);
  nlohmann::ordered_json summary = {{"simulation", "core"},
                                    {"first", arguments.first},
                                    {"histories", seed - arguments.first},
                                    {"seconds", SecondsSince(start)},
                                    {"counts", counts},
                                    {"violations", violations}};
  std::printf("%s\n", summary.dump(arguments.trace ? -1 : 2).c_str());
  return violations.empty() ? 0 : 1;
}

}  // namespace
}  // namespace liaison::simulation

int main(int argc, char** argv) {
  liaison::simulation::Arguments arguments;
  CLI::App app("Simulated histories of the core, held against an oracle.");
  app.footer(liaison::simulation::kExamples);
  app.add_option("--seeds", arguments.seeds, "How many histories");
  auto* first = app.add_option("--first", arguments.first, "The first seed");
  app.add_option("--seconds", arguments.seconds, "Begin no further history after this time");
  app.add_flag("--trace", arguments.trace, "Print each history");
  app.add_option_function<uint64_t>(
         "--seed",
         [&](uint64_t seed) {
           arguments.first = seed;
           arguments.seeds = 1;
         },
         "One seed only")
      ->excludes(first);
  CLI11_PARSE(app, argc, argv);
  return liaison::simulation::Run(arguments);
}
