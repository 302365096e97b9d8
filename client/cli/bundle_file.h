// Bundles as bytes: records in their order. The grammar is proto/record/BUNDLE.md; what records
// mean is checked in bundle_check.h.
#ifndef LIAISON_CLIENT_CLI_BUNDLE_FILE_H_
#define LIAISON_CLIENT_CLI_BUNDLE_FILE_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "proto/record/hash.h"

namespace liaison::cli {

inline constexpr absl::string_view kBundleMagic = "igf.liaison/bundle/v1\n";
inline constexpr size_t kMaxBundleRecordSizeBytes = 2 << 20;
inline constexpr uint64_t kBundleMarkEvery = 4096;

// DO NOT CHANGE THESE VALUES: they stand in bundles.
enum class BundledSection : uint8_t { kPresent = 1, kErased = 2, kNotIncluded = 3 };

struct BundleRecord {
  char type = 0;
  std::string payload;
};

// Takes records one after the other: a file, or whoever checks them.
class BundleSink {
 public:
  virtual ~BundleSink() = default;
  virtual absl::Status Take(char type, absl::string_view payload) = 0;
};

// True iff a record of type `next` may stand behind one of type `before`; 0 is the beginning.
bool MayFollow(char before, char next);

// Builds a payload.
class Payload {
 public:
  Payload& Number(int size, uint64_t value);
  Payload& Bytes(absl::string_view bytes);
  // The size, in so many bytes, before it.
  Payload& Sized(int size_of_size, absl::string_view bytes);
  // REQUIRES: fewer than 256.
  Payload& Hashes(absl::Span<const record::Hash> hashes);
  const std::string& bytes() const { return bytes_; }

 private:
  std::string bytes_;
};

// Takes a payload apart, from its beginning to exactly its end. Once something is not there, what
// is read is empty and ok() is false.
class Fields {
 public:
  explicit Fields(absl::string_view bytes) : rest_(bytes) {}

  uint64_t Number(int size);
  absl::string_view Bytes(size_t size);
  absl::string_view Sized(int size_of_size) { return Bytes(Number(size_of_size)); }
  std::vector<record::Hash> Hashes(size_t count);
  absl::string_view Rest() { return Bytes(rest_.size()); }
  size_t left() const { return rest_.size(); }
  bool ok() const { return ok_; }
  // Read to the end, and never beyond.
  bool complete() const { return ok_ && rest_.empty(); }

 private:
  absl::string_view rest_;
  bool ok_ = true;
};

// A BundleWriter writes a file, which has its name once it is complete. Not thread-safe.
class BundleWriter final : public BundleSink {
 public:
  explicit BundleWriter(std::string name) : name_(std::move(name)) {}
  // Removes what is not complete.
  ~BundleWriter() override;
  BundleWriter(const BundleWriter&) = delete;
  BundleWriter& operator=(const BundleWriter&) = delete;

  // INVALID_ARGUMENT where the file cannot be made.
  absl::Status Open();
  absl::Status Take(char type, absl::string_view payload) override;
  // The end record, and the name.
  absl::Status Finish(uint64_t events, uint64_t hidden);

 private:
  absl::Status Write(absl::string_view bytes);
  absl::Status Flush();

  const std::string name_;
  int fd_ = -1;
  std::string buffer_;
  record::Sha256 hash_;
  uint64_t records_ = 0;
};

// Reads a bundle record by record and gives each to `take`, the end record with the digest of all
// before it. INVALID_ARGUMENT where the grammar is broken; other errors are the reader's, or what
// `take` returned. `read` gives up to so many bytes, none at the end.
struct BundleEnd {
  uint64_t records = 0;
  record::Hash digest;
};
absl::Status ReadBundle(
    const std::function<absl::StatusOr<std::string>(size_t size)>& read,
    const std::function<absl::Status(const BundleRecord& record, const BundleEnd& before)>& take);

}  // namespace liaison::cli

#endif  // LIAISON_CLIENT_CLI_BUNDLE_FILE_H_
