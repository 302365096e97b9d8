// Tiles (C2SP tlog-tiles) out of the stored trees, made when somebody asks.
#ifndef LIAISON_SERVER_TRANSPARENCY_TILES_H_
#define LIAISON_SERVER_TRANSPARENCY_TILES_H_

#include <string>

#include "absl/status/statusor.h"
#include "proto/record/tile.h"
#include "server/transparency/proofs.h"

namespace liaison::transparency {

// The tile's hashes, 32 bytes each. A full one is verified before it is given away: it leads to the
// hash of it that is stored in the level above. Whoever takes a partial one compares with a
// checkpoint, as with any. OUT_OF_RANGE where the tree has not so many; DATA_LOSS where what is
// stored contradicts itself. Thread-safe. REQUIRES: level and width are those of a tile.
absl::StatusOr<std::string> ReadTile(const LogTree& tree, const record::Tile& tile);

}  // namespace liaison::transparency

#endif  // LIAISON_SERVER_TRANSPARENCY_TILES_H_
