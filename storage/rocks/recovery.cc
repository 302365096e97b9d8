#include "storage/rocks/recovery.h"

#include <rocksdb/write_batch.h>

#include <utility>

#include "absl/strings/str_cat.h"
#include "igf/liaison/v1/event.pb.h"
#include "proto/record/commitment.h"
#include "proto/record/event_types.h"
#include "proto/record/macros.h"
#include "storage/base/coding.h"
#include "storage/format/keys.h"
#include "storage/format/postings.h"
#include "storage/rocks/event_cursor.h"
#include "storage/rocks/status.h"
#include "storage/rocks/synced_file.h"
#include "storage/rocks/tree_rows.h"
#include "storage/tree/proofs.h"

namespace liaison::storage {
namespace {

constexpr absl::string_view kWayOut =
    " Do not go on with this folder: who has seen the missing part would see history rewritten. "
    "Keep it for examination, and restore the whole folder (log and head file together) from a "
    "copy that reaches at least that far. Where there is none, start a new log in an empty folder: "
    "it gets a new log_id, and subscribers are told.";

absl::StatusOr<LogIdentity> MakeIdentity(Database* database) {
  const LogIdentity identity{record::Uuid::Random(), record::RandomSalt()};
  std::string version;
  AppendU32(kFormatVersion, &version);
  rocksdb::WriteBatch batch;
  rocksdb::ColumnFamilyHandle* meta = database->family(Family::kMeta);
  const std::pair<absl::string_view, absl::string_view> rows[] = {
      {kMetaFormatVersion, version},
      {kMetaLogId, identity.log_id.bytes()},
      {kMetaTokenSecret, identity.token_secret}};
  for (const auto& [key, value] : rows) {
    const rocksdb::Status put = batch.Put(meta, ToSlice(key), ToSlice(value));
    if (!put.ok()) return FromRocks(put, "cannot create the log");
  }
  const rocksdb::Status written = database->WriteSynced(&batch);
  if (!written.ok()) return FromRocks(written, "cannot create the log");
  return identity;
}

absl::Status CheckFormatVersion(absl::string_view value) {
  if (value.size() != 4) return absl::DataLossError("the log's format version is unreadable");
  const uint32_t version = LoadU32(value);
  if (version > kFormatVersion) {
    return absl::FailedPreconditionError(
        absl::StrCat("the log has format version ", version, ", this program reads up to ",
                     kFormatVersion, ": a newer version wrote it. Start that version."));
  }
  if (version == 0) return absl::DataLossError("the log has format version 0, which never was");
  return absl::OkStatus();
}

// The families `rows` and `tree` grow together: their common number of rows.
absl::StatusOr<uint64_t> SizeOf(const Database& database, Family rows, uint64_t first,
                                Family tree) {
  LIAISON_ASSIGN_OR_RETURN(const std::optional<uint64_t> last_row, database.LastNumber(rows));
  LIAISON_ASSIGN_OR_RETURN(const std::optional<uint64_t> last_node, database.LastNumber(tree));
  const uint64_t size = last_row ? *last_row - first + 1 : 0;
  const uint64_t tree_size = last_node ? *last_node + 1 : 0;
  if (size != tree_size) {
    return absl::DataLossError(absl::StrCat(
        "`", kFamilyNames[static_cast<size_t>(rows)], "` has ", size, " rows, its tree has ",
        tree_size, ": they are written together, so one of them is damaged.", kWayOut));
  }
  return size;
}

// Sets the hub time from the last leaf, and checks that it is the leaf that the tree covers.
absl::Status RecoverLastLeaf(const Database& database, Recovered* recovered) {
  const uint64_t sequence = recovered->head.sequence;
  if (sequence == 0) return absl::OkStatus();
  EventCursor cursor(database, sequence - 1, sequence, EventCursor::Parts::kHeaders);
  EventLog::EventView last;
  if (!cursor.Next(&last)) return cursor.status();
  std::vector<std::string> rows;
  LIAISON_RETURN_IF_ERROR(TreeRows(database, Family::kTree).ReadRows({sequence - 1}, &rows));
  if (absl::string_view(rows[0]).substr(0, record::kHashSizeBytes) !=
      record::LeafHash(last.leaf).bytes()) {
    return absl::DataLossError(
        absl::StrCat("the leaf of event ", sequence, " is not the one in the tree.", kWayOut));
  }
  LIAISON_ASSIGN_OR_RETURN(const record::Leaf leaf, record::DecodeLeaf(last.leaf));
  recovered->head.hub_time_us = leaf.hub_time_us;
  recovered->state.hub_time_us = leaf.hub_time_us;
  return absl::OkStatus();
}

// The postings of the block that was not complete were only in memory.
absl::Status RecoverOpenBlock(const Database& database, Recovered* recovered) {
  const uint64_t through = recovered->head.sequence;
  EventCursor cursor(database, CompleteBlocksEnd(through), through, EventCursor::Parts::kHeaders);
  EventLog::EventView event;
  record::pb::EventHeader header;
  while (cursor.Next(&event)) {
    if (!header.ParseFromArray(event.header.data(), static_cast<int>(event.header.size()))) {
      return absl::DataLossError(
          absl::StrCat("the header of event ", event.sequence, " cannot be read.", kWayOut));
    }
    recovered->state.block.Add(event.sequence, record::TermsOf(header));
  }
  return cursor.status();
}

}  // namespace

absl::StatusOr<LogIdentity> LoadOrMakeIdentity(Database* database) {
  LIAISON_ASSIGN_OR_RETURN(const auto version, database->Get(Family::kMeta, kMetaFormatVersion));
  LIAISON_ASSIGN_OR_RETURN(const auto log_id, database->Get(Family::kMeta, kMetaLogId));
  LIAISON_ASSIGN_OR_RETURN(const auto secret, database->Get(Family::kMeta, kMetaTokenSecret));
  if (!version && !log_id && !secret) {
    LIAISON_ASSIGN_OR_RETURN(const auto last, database->LastNumber(Family::kEvents));
    if (!last) return MakeIdentity(database);
  }
  if (version) LIAISON_RETURN_IF_ERROR(CheckFormatVersion(*version));
  if (!version || !log_id || !secret || log_id->size() != 16 || secret->size() != 32) {
    return absl::DataLossError(
        absl::StrCat("the log does not say what it is: its meta rows are damaged.", kWayOut));
  }
  return LogIdentity{record::Uuid::FromBytes(*log_id), *secret};
}

absl::StatusOr<Recovered> Recover(const Database& database) {
  Recovered recovered;
  LIAISON_ASSIGN_OR_RETURN(const uint64_t size,
                           SizeOf(database, Family::kEvents, 1, Family::kTree));
  LIAISON_ASSIGN_OR_RETURN(const uint64_t registry_size,
                           SizeOf(database, Family::kRegistry, 0, Family::kRegistryTree));
  LIAISON_ASSIGN_OR_RETURN(recovered.state.log,
                           LoadCompactRange(TreeRows(database, Family::kTree), size));
  LIAISON_ASSIGN_OR_RETURN(
      recovered.state.registry,
      LoadCompactRange(TreeRows(database, Family::kRegistryTree), registry_size));
  recovered.head.sequence = size;
  recovered.head.root = recovered.state.log.Root();
  recovered.head.registry_size = registry_size;
  recovered.head.registry_root = recovered.state.registry.Root();
  LIAISON_RETURN_IF_ERROR(RecoverLastLeaf(database, &recovered));
  LIAISON_RETURN_IF_ERROR(RecoverOpenBlock(database, &recovered));
  return recovered;
}

std::string HeadFilePath(const std::string& data_dir) { return absl::StrCat(data_dir, "/head"); }

absl::StatusOr<std::optional<HeadFile>> ReadHeadFile(rocksdb::FileSystem* files,
                                                     const std::string& data_dir) {
  const absl::StatusOr<std::string> bytes =
      ReadSmallFile(files, HeadFilePath(data_dir), kMaxHeadFileSizeBytes);
  if (absl::IsNotFound(bytes.status())) return std::optional<HeadFile>();
  absl::StatusOr<HeadFile> head = absl::DataLossError("the head file is damaged");
  if (bytes.ok()) {
    head = DecodeHeadFile(*bytes);
  } else if (!absl::IsOutOfRange(bytes.status())) {
    return bytes.status();
  }
  if (head.ok()) return std::optional<HeadFile>(*head);
  return absl::DataLossError(absl::StrCat(
      HeadFilePath(data_dir), " is damaged: how far the log had been acknowledged is not known. ",
      "Restore it from the copy this folder came from, or remove it and open the log once with "
      "accept_missing_head_file if you know that nothing is missing."));
}

absl::Status CheckAgainstHeadFile(const Database& database, const std::string& data_dir,
                                  const record::Uuid& log_id, const Head& recovered,
                                  const HeadFile& head_file) {
  if (head_file.log_id != log_id) {
    return absl::DataLossError(absl::StrCat(
        "the head file in ", data_dir, " belongs to log ", head_file.log_id.ToString(),
        ", the log there is ", log_id.ToString(), ": they do not belong together.", kWayOut));
  }
  const std::string expected =
      absl::StrCat("; the head file says it had reached event ", head_file.sequence, " with root ",
                   head_file.root.ToHex(), " and acknowledged it.", kWayOut);
  if (recovered.sequence < head_file.sequence) {
    return absl::DataLossError(absl::StrCat("acknowledged events are missing: the log in ",
                                            data_dir, " ends at event ", recovered.sequence,
                                            " with root ", recovered.root.ToHex(), expected));
  }
  LIAISON_ASSIGN_OR_RETURN(const record::Hash root,
                           RootOfSize(TreeRows(database, Family::kTree), head_file.sequence));
  if (root == head_file.root) return absl::OkStatus();
  return absl::DataLossError(
      absl::StrCat("history differs: the log in ", data_dir, " ends at event ", recovered.sequence,
                   " and has root ", root.ToHex(), " at event ", head_file.sequence, expected));
}

}  // namespace liaison::storage
