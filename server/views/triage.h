// What was said about each input.
#ifndef LIAISON_SERVER_VIEWS_TRIAGE_H_
#define LIAISON_SERVER_VIEWS_TRIAGE_H_

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "server/views/carry_overs.h"
#include "server/views/reading.h"

namespace liaison::views {

struct DispositionOfInput {
  Index event = 0;  // the version that says so, with its reasons
  Index since = 0;  // the first version that said the same of it
  pb::DispositionKind kind = pb::DISPOSITION_KIND_UNSPECIFIED;
  std::optional<Index> into;  // where the caller may see it
  bool undone = false;        // what it went into is gone
  // Something else was said of the input since. What was taken up by one decision stays so when
  // another takes it up as well.
  bool superseded = false;
};

// In order; retracted ones are left out, and what is undone. Where a later version does not name
// the input, as earlier rules allowed, it is disposed of as it was.
std::vector<DispositionOfInput> DispositionsOf(const Reading& reading, Index input);
// The same with what is undone, which is superseded by that.
std::vector<DispositionOfInput> AllDispositionsOf(const Reading& reading, Index input);
// True iff something was said of it, and all of that is undone.
bool WaitsAgain(const Reading& reading, Index input);
// Where an input stands in the triage of a cycle. What was carried into it waits for another
// disposition than those it had before, and what was carried on waits in the next one.
enum class InTriage { kElsewhere, kWaits, kDisposed };
InTriage StandingOf(const Reading& reading, const CarryOvers& carried, Index input);
// Inputs that are not in a cell of that cycle: those that readers see differently, and those that
// were carried into it or out of it. In order; retracted ones are left out.
std::vector<Index> InputsOneByOne(const Reading& reading, const CarryOvers& carried,
                                  absl::string_view cycle);
// Inputs that wait in the cycle and were not taken back: at most the first so many.
std::vector<Index> Undisposed(const Reading& reading, const std::string& cycle, size_t most);

}  // namespace liaison::views

#endif  // LIAISON_SERVER_VIEWS_TRIAGE_H_
