// Published items of any bytes: what is admitted is stored, found and served as it came.
#include <memory>

#include "server/admission/admission.h"
#include "tests/fuzz/fuzz.h"
#include "tests/simulation/disk.h"

using namespace liaison;
namespace pb = ::igf::liaison::v1;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  pb::PublishItem item;
  if (!item.ParseFromArray(data, static_cast<int>(size))) return 0;
  simulation::QuietWorld fair;
  simulation::Disk disk;
  simulation::SimulatedLog log(&disk, &fair);
  const auto registry = std::make_shared<const domain::Registry>();
  const admission::Admission admission(
      &log, "igf", [&] { return registry; }, [](pb::SectionKind) { return std::string(32, 's'); });
  auto statement = admission.Admit(item, "items[0]");
  if (!statement.ok()) return 0;
  pb::EventHeader header;
  FUZZ_CHECK(header.ParseFromString(statement->header_bytes));
  FUZZ_CHECK(header.commitments_size() == static_cast<int>(statement->sections.size()));
  FUZZ_CHECK(!header.author().empty() && !header.event_id().empty() && !header.audience().empty());
  // The same again is the same event, whatever its salts.
  if (statement->draft != nullptr) {
    FUZZ_CHECK(
        record::SameAsStored(*statement->draft, statement->header_bytes, statement->sections));
  }
  return 0;
}
