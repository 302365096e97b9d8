// How a sequence stands in a row of a derived table.
#ifndef LIAISON_SERVER_SEQUENCER_ROW_H_
#define LIAISON_SERVER_SEQUENCER_ROW_H_

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"

namespace liaison::sequencer {

// Eight bytes, big-endian.
inline std::string EncodeSequence(uint64_t sequence) {
  std::string bytes(8, '\0');
  for (int i = 7; i >= 0; --i, sequence >>= 8) bytes[i] = static_cast<char>(sequence & 0xff);
  return bytes;
}

// 0 for anything but eight bytes.
inline uint64_t DecodeSequence(absl::string_view bytes) {
  if (bytes.size() != 8) return 0;
  uint64_t sequence = 0;
  for (char c : bytes) sequence = sequence << 8 | static_cast<uint8_t>(c);
  return sequence;
}

}  // namespace liaison::sequencer

#endif  // LIAISON_SERVER_SEQUENCER_ROW_H_
