#include "storage/rocks/info_log.h"

#include <spdlog/logger.h>
#include <spdlog/sinks/rotating_file_sink.h>

#include <cstdarg>
#include <cstddef>
#include <cstdio>

namespace liaison::storage {
namespace {

constexpr size_t kFileSizeBytes = 8 << 20;
constexpr size_t kOlderFiles = 2;
constexpr size_t kLineSizeBytes = 4 << 10;  // longer ones are cut

class InfoLog final : public rocksdb::Logger {
 public:
  explicit InfoLog(const std::string& path)
      : rocksdb::Logger(rocksdb::InfoLogLevel::INFO_LEVEL),
        lines_("rocksdb", std::make_shared<spdlog::sinks::rotating_file_sink_mt>(
                              path, kFileSizeBytes, kOlderFiles)) {
    lines_.set_pattern("%Y-%m-%dT%H:%M:%S.%e%z %t %v");
    lines_.set_error_handler([](const std::string&) {});
    lines_.flush_on(spdlog::level::info);
  }

  using rocksdb::Logger::Logv;
  void Logv(const char* format, va_list arguments) override {
    char line[kLineSizeBytes];
    std::vsnprintf(line, sizeof(line), format, arguments);
    lines_.info(spdlog::string_view_t(line));
  }

 private:
  spdlog::logger lines_;
};

class Silence final : public rocksdb::Logger {
 public:
  using rocksdb::Logger::Logv;
  void Logv(const char*, va_list) override {}
};

}  // namespace

std::shared_ptr<rocksdb::Logger> NewInfoLog(const std::string& path) {
  try {
    return std::make_shared<InfoLog>(path);
  } catch (const spdlog::spdlog_ex&) {
    return NoInfoLog();
  }
}

std::shared_ptr<rocksdb::Logger> NoInfoLog() { return std::make_shared<Silence>(); }

}  // namespace liaison::storage
