#include "storage/base/fault_point.h"

#ifdef LIAISON_FAULTS

#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"

namespace liaison::storage {
namespace {

constexpr absl::Duration kLate = absl::Milliseconds(200);

[[noreturn]] void Refuse(absl::string_view fault) {
  std::cerr << "LIAISON_FAULT: cannot read `" << fault
            << "`: write NAME=kill@N, NAME=late@N or NAME=stop@N, N from 1. NAME is one of: "
            << absl::StrJoin(kFaultPoints, ", ") << std::endl;
  std::_Exit(2);
}

struct Signal {
  int number = SIGKILL;
  size_t at = 0;  // the passing, from 1
  bool late = false;
};

class Points {
 public:
  Points() {
    const char* faults = std::getenv("LIAISON_FAULT");
    if (faults == nullptr || *faults == '\0') return;
    for (absl::string_view fault : absl::StrSplit(faults, ',')) Read(fault);
  }

  void Pass(absl::string_view name) {
    std::function<void()> action;
    bool late = false;
    {
      absl::MutexLock lock(&mu_);
      Point& point = points_[std::string(name)];
      ++point.passed;
      action = point.action;
      for (const Signal& signal : point.signals) {
        if (signal.at != point.passed) continue;
        late = late || signal.late;
        if (!signal.late) ::raise(signal.number);
      }
    }
    if (late) {
      absl::SleepFor(kLate);
      ::raise(SIGKILL);
    }
    if (action) action();
  }

  void Arm(absl::string_view name, std::function<void()> action) {
    absl::MutexLock lock(&mu_);
    points_[std::string(name)].action = std::move(action);
  }

  size_t passed(absl::string_view name) {
    absl::MutexLock lock(&mu_);
    return points_[std::string(name)].passed;
  }

 private:
  struct Point {
    size_t passed = 0;
    std::vector<Signal> signals;
    std::function<void()> action;
  };

  void Read(absl::string_view fault) {
    const std::vector<absl::string_view> name_and_what = absl::StrSplit(fault, '=');
    if (name_and_what.size() != 2 || !IsFaultPoint(name_and_what[0])) Refuse(fault);
    const std::vector<absl::string_view> what_and_when = absl::StrSplit(name_and_what[1], '@');
    Signal signal;
    if (what_and_when.size() != 2) Refuse(fault);
    if (what_and_when[0] == "stop") {
      signal.number = SIGSTOP;
    } else if (what_and_when[0] == "late") {
      signal.late = true;
    } else if (what_and_when[0] != "kill") {
      Refuse(fault);
    }
    if (!absl::SimpleAtoi(what_and_when[1], &signal.at) || signal.at == 0) Refuse(fault);
    absl::MutexLock lock(&mu_);
    points_[std::string(name_and_what[0])].signals.push_back(signal);
  }

  absl::Mutex mu_;
  std::map<std::string, Point> points_ ABSL_GUARDED_BY(mu_);
};

Points& AllPoints() {
  static auto* points = new Points();
  return *points;
}

}  // namespace

void PassFaultPoint(absl::string_view name) { AllPoints().Pass(name); }

void ArmFaultPoint(absl::string_view name, std::function<void()> action) {
  AllPoints().Arm(name, std::move(action));
}

size_t FaultPointPassed(absl::string_view name) { return AllPoints().passed(name); }

}  // namespace liaison::storage

#endif  // LIAISON_FAULTS
