// Rows and files on disk: whatever is taken is exactly what would be written.
#include <string>

#include "storage/format/backup_manifest.h"
#include "storage/format/head_file.h"
#include "storage/format/postings.h"
#include "storage/format/proposal.h"
#include "storage/format/redaction_file.h"
#include "storage/format/stored.h"
#include "tests/fuzz/fuzz.h"

using namespace liaison;

namespace {

void EventRow(absl::string_view bytes) {
  storage::EventRow row;
  if (!storage::ParseEventRow(bytes, &row).ok()) return;
  FUZZ_CHECK(row.section_count <= storage::kMaxSections);
  std::vector<storage::StoredSection> sections;
  for (uint16_t kind : row.section_kinds()) sections.push_back({kind, "", "", true});
  std::string again;
  storage::AppendEventRow(row.leaf, row.header, sections, &again);
  FUZZ_CHECK(again == bytes);
}

void SectionRow(absl::string_view bytes) {
  storage::StoredSection section;
  if (!storage::ParseSectionRow(bytes, &section).ok()) return;
  std::string again;
  storage::AppendSectionRow(section, &again);
  FUZZ_CHECK(again == bytes);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  fuzz::Input input(data, size);
  const uint8_t what = input.Byte();
  const absl::string_view bytes = input.Rest();
  switch (what % 7) {
    case 0:
      EventRow(bytes);
      break;
    case 1:
      SectionRow(bytes);
      break;
    case 2:
      if (auto head = storage::DecodeHeadFile(bytes); head.ok()) {
        FUZZ_CHECK(storage::EncodeHeadFile(*head) == bytes);
      }
      break;
    case 3:
      if (auto postings = storage::DecodePostings(bytes); postings.ok()) {
        FUZZ_CHECK(!postings->empty());
        FUZZ_CHECK(storage::EncodePostings(*postings) == bytes);
      }
      break;
    case 4:
      if (auto proposal = storage::DecodeProposal(bytes); proposal.ok()) {
        auto again = storage::EncodeProposal(*proposal);
        FUZZ_CHECK(again.ok() && *again == bytes);
      }
      break;
    case 5:
      if (auto manifest = storage::DecodeManifest(bytes); manifest.ok()) {
        FUZZ_CHECK(storage::EncodeManifest(*manifest) == bytes);
      }
      break;
    case 6:
      if (auto redaction = storage::DecodeRedactionFile(bytes); redaction.ok()) {
        FUZZ_CHECK(storage::EncodeRedactionFile(*redaction) == bytes);
      }
      break;
  }
  return 0;
}
