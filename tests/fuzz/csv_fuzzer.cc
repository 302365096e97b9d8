// Tables: what was read, written and read again is the same table.
#include "client/cli/csv.h"
#include "tests/fuzz/fuzz.h"

using namespace liaison;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view bytes(reinterpret_cast<const char*>(data), size);
  auto table = cli::ReadCsv(bytes);
  if (!table.ok()) return 0;
  auto written = cli::WriteCsv(*table);
  FUZZ_CHECK(written.ok());
  auto again = cli::ReadCsv(*written, {table->dialect.encoding, table->dialect.delimiter});
  FUZZ_CHECK(again.ok());
  FUZZ_CHECK(again->header == table->header && again->rows.size() == table->rows.size());
  for (size_t i = 0; i < table->rows.size(); ++i) {
    FUZZ_CHECK(again->rows[i].cells == table->rows[i].cells);
  }
  return 0;
}
