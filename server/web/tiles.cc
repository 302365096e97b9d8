#include "server/web/tiles.h"

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "server/web/hub_call.h"
#include "server/web/plain_answers.h"

namespace liaison::web {
namespace {

constexpr absl::string_view kRoot = "/log/";
constexpr absl::string_view kRegistry = "registry/";
constexpr char kBytes[] = "application/octet-stream";

// What the hub says when there is no such thing, and when it cannot say.
HttpResponse NotGiven(const grpc::Status& status) {
  switch (status.error_code()) {
    case grpc::StatusCode::OUT_OF_RANGE:
    case grpc::StatusCode::INVALID_ARGUMENT:
    case grpc::StatusCode::NOT_FOUND:
      return NotThere("the log does not reach as far");
    default:
      return HubIsAway();
  }
}

// What is there never changes, partial tiles too.
HttpResponse ForEver(std::string bytes) {
  return {
      200, kBytes, std::move(bytes), {{"Cache-Control", "public, max-age=31536000, immutable"}}};
}

// u16 length, and the entry.
void AppendEntry(absl::string_view entry, std::string* bundle) {
  bundle->push_back(static_cast<char>(entry.size() >> 8));
  bundle->push_back(static_cast<char>(entry.size()));
  absl::StrAppend(bundle, entry);
}

}  // namespace

bool Tiles::IsTile(absl::string_view path) { return absl::StartsWith(path, kRoot); }

HttpResponse Tiles::Handle(const HttpRequest& request) {
  absl::string_view path = absl::StripPrefix(request.path, kRoot);
  const bool registry = absl::ConsumePrefix(&path, kRegistry);
  if (path == "checkpoint") return Checkpoint(request, registry);
  absl::string_view entries = path;
  if (absl::ConsumePrefix(&entries, "tile/entries/")) {
    const auto tile = record::ParseTilePath(absl::StrCat("tile/0/", entries));
    if (!tile.ok()) return NotThere(tile.status().message());
    return registry ? RegistryEntries(request, *tile) : LogEntries(request, *tile);
  }
  const auto tile = record::ParseTilePath(path);
  if (!tile.ok()) return NotThere(tile.status().message());
  return Hashes(request, registry ? pb::TREE_REGISTRY : pb::TREE_LOG, *tile);
}

HttpResponse Tiles::Checkpoint(const HttpRequest& request, bool registry) {
  pb::GetCheckpointResponse checkpoint;
  const grpc::Status status = hub_->GetCheckpoint(ContextOf(request).get(), {}, &checkpoint);
  if (!status.ok()) return NotGiven(status);
  // Whoever asks for witnesses finds them here; the log's end may be some seconds further on.
  const bool witnessed = !registry && !checkpoint.witnessed_note().empty();
  return {200,
          kPlainText,
          registry    ? checkpoint.registry_note()
          : witnessed ? checkpoint.witnessed_note()
                      : checkpoint.note(),
          {{"Cache-Control", "no-cache"}}};
}

HttpResponse Tiles::Hashes(const HttpRequest& request, pb::Tree tree, const record::Tile& tile) {
  pb::GetTileRequest asked;
  asked.set_tree(tree);
  asked.set_level(static_cast<uint32_t>(tile.level));
  asked.set_index(tile.index);
  asked.set_width(static_cast<uint32_t>(tile.width));
  pb::GetTileResponse answer;
  const grpc::Status status = hub_->GetTile(ContextOf(request).get(), asked, &answer);
  if (!status.ok()) return NotGiven(status);
  return ForEver(std::move(*answer.mutable_hashes()));
}

HttpResponse Tiles::LogEntries(const HttpRequest& request, const record::Tile& tile) {
  pb::ListLeavesRequest asked;
  asked.set_first_sequence(tile.index * record::kTileWidth + 1);
  asked.set_last_sequence(tile.index * record::kTileWidth + tile.width);
  std::string bundle;
  while (asked.first_sequence() <= asked.last_sequence()) {
    pb::ListLeavesResponse answer;
    const grpc::Status status = hub_->ListLeaves(ContextOf(request).get(), asked, &answer);
    if (!status.ok()) return NotGiven(status);
    for (const pb::LeafEntry& entry : answer.entries()) {
      if (entry.leaf().empty()) {
        return NotThere("not all of these entries are public; their hashes are, in tile/0");
      }
      AppendEntry(entry.leaf(), &bundle);
    }
    if (answer.entries().empty()) return NotThere("the log does not reach as far");
    asked.set_first_sequence(answer.entries().rbegin()->sequence() + 1);
  }
  return ForEver(std::move(bundle));
}

HttpResponse Tiles::RegistryEntries(const HttpRequest& request, const record::Tile& tile) {
  pb::ListRegistryEntriesRequest asked;
  asked.set_begin_index(tile.index * record::kTileWidth);
  const uint64_t end = asked.begin_index() + tile.width;
  std::string bundle;
  while (asked.begin_index() < end) {
    pb::ListRegistryEntriesResponse answer;
    const grpc::Status status = hub_->ListRegistryEntries(ContextOf(request).get(), asked, &answer);
    if (!status.ok()) return NotGiven(status);
    if (answer.size() < end || answer.entries().empty()) {
      return NotThere("the registry does not reach as far");
    }
    uint64_t index = asked.begin_index();
    for (const pb::RegistryTreeEntry& entry : answer.entries()) {
      if (index++ < end) AppendEntry(entry.leaf(), &bundle);
    }
    asked.set_begin_index(index);
  }
  return ForEver(std::move(bundle));
}

}  // namespace liaison::web
