// Chance, the same on every machine for the same seed.
#ifndef LIAISON_TESTS_SIMULATION_RANDOM_H_
#define LIAISON_TESTS_SIMULATION_RANDOM_H_

#include <cstdint>
#include <random>
#include <string>
#include <vector>

namespace liaison::simulation {

// The standard's engine is the same everywhere; its distributions are not, so none is used.
class Random {
 public:
  explicit Random(uint64_t seed) : engine_(seed) {}

  uint64_t Below(uint64_t bound) { return engine_() % bound; }
  // From `low` to `high`, both included.
  int64_t Between(int64_t low, int64_t high) {
    return low + static_cast<int64_t>(Below(static_cast<uint64_t>(high - low) + 1));
  }
  bool OneIn(uint64_t n) { return Below(n) == 0; }
  template <typename T>
  const T& OneOf(const std::vector<T>& list) {
    return list[Below(list.size())];
  }
  std::string Bytes(size_t count) {
    std::string bytes;
    while (bytes.size() < count) bytes.push_back(static_cast<char>(engine_() & 0xff));
    return bytes;
  }

 private:
  std::mt19937_64 engine_;
};

}  // namespace liaison::simulation

#endif  // LIAISON_TESTS_SIMULATION_RANDOM_H_
