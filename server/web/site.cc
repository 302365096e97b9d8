#include "server/web/site.h"

#include <grpcpp/client_context.h>

#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "server/web/channel_pool.h"
#include "server/web/enrolment.h"
#include "server/web/feeds.h"
#include "server/web/gateway.h"
#include "server/web/grpc_web.h"
#include "server/web/hub_reader.h"
#include "server/web/limits.h"
#include "server/web/open_data.h"
#include "server/web/origin.h"
#include "server/web/public_record.h"
#include "server/web/report_form.h"
#include "server/web/static_files.h"
#include "server/web/tiles.h"
#include "server/web/witness_door.h"

namespace liaison::web {
namespace {

constexpr char kPlain[] = "text/plain; charset=utf-8";

HttpResponse Plain(int code, absl::string_view text) {
  return {code, kPlain, absl::StrCat(text, "\n"), {}};
}

bool IsFromLoopback(const HttpRequest& request) {
  return absl::StartsWith(request.from, "127.") || request.from == "::1";
}

}  // namespace

class Site::Impl {
 public:
  Impl(SiteOptions options, Tally* tally)
      : options_(std::move(options)),
        tally_(*tally),
        pool_(options_.hub),
        gateway_(&pool_, tally),
        enrolment_(pool_.first(), options_.authority),
        hub_(pool_.first()),
        record_(&hub_),
        report_(pool_.first(), &hub_),
        feeds_(&hub_),
        open_data_(&hub_, options_.licence),
        tiles_(pool_.first()),
        witness_(pool_.first()),
        files_(options_.dashboard),
        workers_(kThreads) {}

  void Handle(HttpRequest request, std::shared_ptr<Exchange> exchange) {
    if (!IsOwnHost(request, options_.proxied)) {
      return exchange->Answer(Plain(421, "this address is not the one that was asked for"));
    }
    if (request.path == "/healthz") return exchange->Answer(Plain(200, "ok"));
    if (request.path == "/metrics") return exchange->Answer(Metrics(request));
    if (IsCallPath(request.path)) {
      if (request.method != "POST") return exchange->Answer(Plain(405, "POST, please"));
      if (!IsSameOrigin(request)) return exchange->Answer(Plain(403, "not from another site"));
      return gateway_.Handle(std::move(request), std::move(exchange));
    }
    boost::asio::post(workers_,
                      [this, request = std::move(request), exchange = std::move(exchange)] {
                        exchange->Answer(AnswerTo(request));
                      });
  }

  void Stop() {
    gateway_.Stop();
    workers_.join();
  }

 private:
  // May wait.
  HttpResponse AnswerTo(const HttpRequest& request) {
    if (request.path == "/readyz") return Ready();
    const bool reads = request.method == "GET" || request.method == "HEAD";
    if (reads && absl::StartsWith(request.path, "/public/")) return record_.Handle(request);
    if (reads && absl::StartsWith(request.path, "/open-data/")) return open_data_.Handle(request);
    if (WitnessDoor::IsWitness(request.path)) return witness_.Handle(request);
    if (reads && Tiles::IsTile(request.path)) return tiles_.Handle(request);
    if (reads && Feeds::IsFeed(request.path)) return feeds_.Handle(request);
    if (request.path == "/report" && (reads || request.method == "POST")) {
      return report_.Handle(request);
    }
    if (reads) {
      if (std::optional<HttpResponse> file = files_.Find(request)) return *std::move(file);
    }
    return enrolment_.Handle(request);
  }

  HttpResponse Metrics(const HttpRequest& request) const {
    if (!IsFromLoopback(request)) return Plain(404, "not for you");
    HttpResponse response = Plain(200, "");
    response.type = "text/plain; version=0.0.4; charset=utf-8";
    response.body = tally_.ToText();
    absl::StrAppend(&response.body,
                    "# HELP liaison_web_channels Connections to the hub that were made.\n"
                    "# TYPE liaison_web_channels gauge\nliaison_web_channels ",
                    pool_.size(), "\n");
    return response;
  }

  // Ready when the hub answers.
  HttpResponse Ready() {
    const auto stub = igf::liaison::v1::DirectoryService::NewStub(pool_.first());
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + kReadyTimeout);
    igf::liaison::v1::GetHubResponse hub;
    const grpc::Status status = stub->GetHub(&context, {}, &hub);
    // Whatever it says, it is there.
    if (status.error_code() == grpc::StatusCode::UNAVAILABLE ||
        status.error_code() == grpc::StatusCode::DEADLINE_EXCEEDED) {
      return Plain(503, "the hub does not answer");
    }
    return Plain(200, "ready");
  }

  const SiteOptions options_;
  Tally& tally_;
  ChannelPool pool_;
  Gateway gateway_;
  Enrolment enrolment_;
  HubReader hub_;
  PublicRecord record_;
  ReportForm report_;
  Feeds feeds_;
  OpenData open_data_;
  Tiles tiles_;
  WitnessDoor witness_;
  StaticFiles files_;
  boost::asio::thread_pool workers_;
};

Site::Site(SiteOptions options, Tally* tally)
    : impl_(std::make_unique<Impl>(std::move(options), tally)) {}
Site::~Site() = default;

void Site::Handle(HttpRequest request, std::shared_ptr<Exchange> exchange) {
  impl_->Handle(std::move(request), std::move(exchange));
}

uint64_t Site::BodyLimit(absl::string_view path) {
  if (WitnessDoor::IsWitness(path)) return kMaxWitnessRequestSizeBytes;
  return IsCallPath(path) ? kMaxCallSizeBytes : kMaxBodySizeBytes;
}

void Site::Stop() { impl_->Stop(); }

}  // namespace liaison::web
