// A fictional log, and what it asks of its witnesses.
#ifndef LIAISON_TESTS_UNIT_SERVER_WITNESS_FICTIONAL_LOG_H_
#define LIAISON_TESTS_UNIT_SERVER_WITNESS_FICTIONAL_LOG_H_

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "proto/record/checkpoint.h"
#include "proto/record/compact_range.h"
#include "proto/record/signed_note.h"
#include "storage/tree/node_reader.h"
#include "storage/tree/proofs.h"

namespace liaison::witness {

// A tree of leaves that say what they are; `salt` from `fork` on makes another history.
class FictionalLog final : public storage::NodeReader {
 public:
  explicit FictionalLog(record::NoteSigner key, uint64_t size, uint64_t fork = 0,
                        const std::string& salt = "")
      : key_(std::move(key)) {
    for (uint64_t i = 0; i < size; ++i) {
      std::string row;
      range_.Append(record::LeafHash(absl::StrCat("leaf ", i, i >= fork ? salt : "")), &row);
      rows_.push_back(std::move(row));
      roots_.push_back(range_.Root());
    }
  }

  absl::Status ReadRows(absl::Span<const uint64_t> indexes,
                        std::vector<std::string>* rows) const override {
    rows->clear();
    for (uint64_t index : indexes) rows->push_back(rows_.at(index));
    return absl::OkStatus();
  }

  const std::string& origin() const { return key_.verifier().name(); }
  const record::NoteVerifier& vkey() const { return key_.verifier(); }
  record::Hash Root(uint64_t size) const {
    return size == 0 ? record::EmptyRoot() : roots_.at(size - 1);
  }
  std::string Text(uint64_t size) const {
    return record::FormatCheckpoint({origin(), size, Root(size), {}});
  }
  std::string Note(uint64_t size) const { return SignedBy(key_, size); }
  std::string SignedBy(const record::NoteSigner& key, uint64_t size) const {
    return absl::StrCat(Text(size), "\n", key.Sign(Text(size)));
  }
  record::AddCheckpoint Ask(uint64_t old_size, uint64_t size) const {
    record::AddCheckpoint request{old_size, {}, Note(size)};
    if (old_size < size) request.hashes = *storage::ConsistencyProof(*this, old_size, size);
    return request;
  }
  std::string Body(uint64_t old_size, uint64_t size) const {
    return record::FormatAddCheckpoint(Ask(old_size, size));
  }

 private:
  const record::NoteSigner key_;
  record::CompactRange range_;
  std::vector<std::string> rows_;
  std::vector<record::Hash> roots_;
};

}  // namespace liaison::witness

#endif  // LIAISON_TESTS_UNIT_SERVER_WITNESS_FICTIONAL_LOG_H_
