// The log as files that anybody may fetch and keep: C2SP tlog-tiles.
#ifndef LIAISON_SERVER_WEB_TILES_H_
#define LIAISON_SERVER_WEB_TILES_H_

#include <grpcpp/channel.h>

#include <memory>
#include <string>

#include "absl/strings/string_view.h"
#include "igf/liaison/v1/transparency_service.grpc.pb.h"
#include "proto/record/tile.h"
#include "server/web/http.h"

namespace liaison::web {

namespace pb = ::igf::liaison::v1;

// A Tiles answers below /log/ and, of the registry's tree, below /log/registry/: `checkpoint`,
// `tile/LEVEL/INDEX[.p/WIDTH]`, and `tile/entries/INDEX[.p/WIDTH]`. Hashes are for everybody; a
// stretch of entries is there where all of them are public, for a leaf says when and by which key.
// Thread-safe; waits for the hub, as nobody in particular.
class Tiles {
 public:
  explicit Tiles(const std::shared_ptr<grpc::Channel>& hub)
      : hub_(pb::TransparencyService::NewStub(hub)) {}

  static bool IsTile(absl::string_view path);
  // REQUIRES: IsTile(request.path)
  HttpResponse Handle(const HttpRequest& request);

 private:
  HttpResponse Checkpoint(const HttpRequest& request, bool registry);
  HttpResponse Hashes(const HttpRequest& request, pb::Tree tree, const record::Tile& tile);
  HttpResponse LogEntries(const HttpRequest& request, const record::Tile& tile);
  HttpResponse RegistryEntries(const HttpRequest& request, const record::Tile& tile);

  const std::unique_ptr<pb::TransparencyService::Stub> hub_;
};

}  // namespace liaison::web

#endif  // LIAISON_SERVER_WEB_TILES_H_
