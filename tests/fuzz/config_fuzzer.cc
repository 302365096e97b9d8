// The hub's configuration file.
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "server/config/config.h"
#include "tests/fuzz/fuzz.h"

using namespace liaison;

namespace {

std::string TemporaryFile() {
  std::string path = (std::filesystem::temp_directory_path() / "liaison-config-XXXXXX").string();
  const int fd = mkstemp(path.data());
  FUZZ_CHECK(fd >= 0);
  close(fd);
  return path;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const auto* path = new std::string(TemporaryFile());
  static const int removed = std::atexit([] { unlink(path->c_str()); });
  FUZZ_CHECK(removed == 0);
  std::ofstream(*path, std::ios::binary | std::ios::trunc)
      .write(reinterpret_cast<const char*>(data), static_cast<std::streamsize>(size));
  auto request = config::Parse({"--config", *path, "--data-dir", "/tmp"}, {});
  if (!request.ok()) FUZZ_CHECK(!request.status().message().empty());
  return 0;
}
