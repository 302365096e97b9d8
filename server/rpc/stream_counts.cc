#include "server/rpc/stream_counts.h"

#include <grpc/grpc.h>
#include <grpc/support/alloc.h>

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>

#include "absl/strings/numbers.h"
#include "absl/strings/string_view.h"
#include "server/rpc/accept_loop.h"

namespace liaison::rpc {
namespace {

using Json = nlohmann::json;

// An object, whatever the text is: while a server drains, what it has forgotten is answered with
// nothing at all. Takes the text.
Json Parse(char* text) {
  const std::unique_ptr<char, void (*)(void*)> owned(text, gpr_free);
  if (text == nullptr) return Json::object();
  Json json = Json::parse(text, nullptr, false);
  return json.is_object() ? json : Json::object();
}

const Json& ObjectAt(const Json& json, const char* name) {
  static const auto* const none = new Json(Json::object());
  const auto found = json.find(name);
  return found == json.end() || !found->is_object() ? *none : *found;
}

std::string TextAt(const Json& json, const char* name) {
  const auto found = json.find(name);
  return found == json.end() || !found->is_string() ? "" : found->get<std::string>();
}

// Numbers of 64 bits are text in protobuf's JSON; those that are 0 are left out.
template <typename Number>
Number NumberAt(const Json& json, const char* name) {
  Number number = 0;
  const auto found = json.find(name);
  if (found == json.end() || !found->is_string() ||
      !absl::SimpleAtoi(found->get_ref<const std::string&>(), &number)) {
    return 0;
  }
  return number;
}

const Json& ListAt(const Json& json, const char* name) {
  static const auto* const none = new Json(Json::array());
  const auto found = json.find(name);
  return found == json.end() || !found->is_array() ? *none : *found;
}

}  // namespace

void StreamCounts::FindNewSockets() {
  constexpr intptr_t kAll = 0;
  const Json servers = Parse(grpc_channelz_get_servers(kAll));
  for (const Json& server : ListAt(servers, "server")) {
    const auto id = NumberAt<int64_t>(ObjectAt(server, "ref"), "serverId");
    intptr_t& seen = seen_[id];
    for (intptr_t before = -1; before != seen;) {
      before = seen;
      const Json page = Parse(grpc_channelz_get_server_sockets(id, seen + 1, 0));
      for (const Json& socket : ListAt(page, "socketRef")) {
        const auto socket_id = NumberAt<int64_t>(socket, "socketId");
        if (socket_id > seen) seen = socket_id;
        const std::string name = NormalPeer(TextAt(socket, "name"));
        // The peer stands at the end of the name.
        const size_t begin = std::min(name.find("ipv4:"), name.find("ipv6:"));
        if (begin != std::string::npos) sockets_[name.substr(begin)] = socket_id;
      }
    }
  }
}

bool StreamCounts::Count(const std::string& peer, Traffic* traffic) {
  if (sockets_.find(peer) == sockets_.end()) FindNewSockets();
  const auto found = sockets_.find(peer);
  if (found == sockets_.end()) return false;
  const Json answer = Parse(grpc_channelz_get_socket(found->second));
  if (answer.find("socket") == answer.end()) return false;
  const Json& data = ObjectAt(ObjectAt(answer, "socket"), "data");
  traffic->streams_begun = NumberAt<uint64_t>(data, "streamsStarted");
  traffic->streams_ended = NumberAt<uint64_t>(data, "streamsSucceeded");
  traffic->streams_broken = NumberAt<uint64_t>(data, "streamsFailed");
  return true;
}

}  // namespace liaison::rpc
