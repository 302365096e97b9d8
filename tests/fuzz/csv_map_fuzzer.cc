// A map of columns, a NUL, and a table: rows to drafts and back, cell by cell.
#include "client/cli/csv_map.h"
#include "tests/fuzz/fuzz.h"

using namespace liaison;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  fuzz::Input input(data, size);
  auto map = cli::CsvMap::Parse(input.Text());
  if (!map.ok()) return 0;
  auto table = cli::ReadCsv(input.Rest(), map->hints());
  if (!table.ok() || !map->CheckHeader(table->header).ok()) return 0;
  const cli::CsvMap::Drafts drafts = map->ToDrafts(*table);
  FUZZ_CHECK(drafts.drafts.size() + drafts.bad_rows == table->rows.size());
  FUZZ_CHECK(drafts.drafts.size() == drafts.rows.size());
  for (const auto& draft : drafts.drafts) FUZZ_CHECK(map->Made(draft));
  auto back = map->ToTable(drafts.drafts);
  if (back.ok()) FUZZ_CHECK(back->rows.size() == drafts.drafts.size());
  return 0;
}
