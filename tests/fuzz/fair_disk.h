// The world of a simulated disk on which nothing goes wrong.
#ifndef LIAISON_TESTS_FUZZ_FAIR_DISK_H_
#define LIAISON_TESTS_FUZZ_FAIR_DISK_H_

#include "tests/simulation/disk.h"

namespace liaison::fuzz {

class FairDisk final : public simulation::DiskWorld {
 public:
  simulation::Fate NextFate() override { return simulation::Fate::kDone; }
  bool WaitForDisk() override { return true; }
  void HubDies() override {}
  void WriteFailed() override {}
  bool ScanFails() override { return false; }
};

}  // namespace liaison::fuzz

#endif  // LIAISON_TESTS_FUZZ_FAIR_DISK_H_
