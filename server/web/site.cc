#include "server/web/site.h"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <iterator>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/synchronization/mutex.h"
#include "server/web/channel_pool.h"
#include "server/web/enrolment.h"
#include "server/web/feeds.h"
#include "server/web/gateway.h"
#include "server/web/grpc_web.h"
#include "server/web/hub_reader.h"
#include "server/web/limits.h"
#include "server/web/open_data.h"
#include "server/web/origin.h"
#include "server/web/packing.h"
#include "server/web/plain_answers.h"
#include "server/web/public_record.h"
#include "server/web/readiness.h"
#include "server/web/report_form.h"
#include "server/web/static_files.h"
#include "server/web/tiles.h"
#include "server/web/witness_door.h"

namespace liaison::web {
namespace {

bool Reads(const HttpRequest& request) {
  return request.method == "GET" || request.method == "HEAD";
}

constexpr absl::string_view kReading = "GET, HEAD";

// What a path of this site is asked with, as Allow has it; empty for what may be a file, or
// nothing.
absl::string_view MethodsOf(absl::string_view path) {
  constexpr absl::string_view kRead[] = {"/healthz",      "/readyz",        "/metrics",
                                         "/calendar.ics", "/authority.pem", "/me",
                                         "/style.css",    "/public",        "/open-data"};
  constexpr absl::string_view kReadBelow[] = {"/public/", "/open-data/", "/feeds/", "/log/",
                                              "/join/"};
  constexpr absl::string_view kSent[] = {"/join", "/leave", "/v1/invitation", "/v1/enrol",
                                         "/witness/add-checkpoint"};
  const auto is_one = [path](absl::string_view known) { return path == known; };
  const auto is_below = [path](absl::string_view known) { return absl::StartsWith(path, known); };
  if (path == "/report") return "GET, HEAD, POST";
  if (std::any_of(std::begin(kSent), std::end(kSent), is_one) || IsCallPath(path)) return "POST";
  if (std::any_of(std::begin(kRead), std::end(kRead), is_one) ||
      std::any_of(std::begin(kReadBelow), std::end(kReadBelow), is_below)) {
    return kReading;
  }
  return "";
}

HttpResponse MovedTo(absl::string_view path, const HttpRequest& request) {
  HttpResponse response = Plain(308, absl::StrCat("it is at ", path));
  response.headers["Location"] =
      absl::StrCat(path, request.query.empty() ? "" : "?", request.query);
  return response;
}

}  // namespace

class Site::Impl {
 public:
  Impl(SiteOptions options, Tally* tally, AnswerBudget* budget)
      : options_(std::move(options)),
        tally_(*tally),
        budget_(*budget),
        pool_(options_.hub),
        gateway_(&pool_, tally),
        readiness_(pool_.first()),
        enrolment_(pool_.first(), options_.authority),
        hub_(pool_.first()),
        record_(&hub_),
        report_(pool_.first(), &hub_),
        feeds_(&hub_),
        open_data_(&hub_, budget, options_.licence),
        tiles_(pool_.first()),
        witness_(pool_.first()),
        files_(options_.dashboard, budget),
        workers_(kThreads) {}

  void Handle(HttpRequest request, std::shared_ptr<Exchange> exchange) {
    // Whoever comes when it ends is hung up on: nothing may be left that answers later.
    absl::ReaderMutexLock lock(&mu_);
    if (stopped_) return;
    if (!IsOwnHost(request)) {
      return exchange->Answer(Plain(421, "this address is not the one that was asked for"));
    }
    const absl::string_view methods = MethodsOf(request.path);
    const std::vector<absl::string_view> taken = absl::StrSplit(methods, ", ");
    if (!methods.empty() && std::find(taken.begin(), taken.end(), request.method) == taken.end()) {
      return exchange->Answer(NotSo(methods));
    }
    if (request.path == "/healthz") return exchange->Answer(Plain(200, "ok"));
    if (request.path == "/readyz") return readiness_.Ask(std::move(exchange));
    if (request.path == "/metrics") return exchange->Answer(Metrics(request));
    if (IsCallPath(request.path)) {
      if (!IsSameOrigin(request)) return exchange->Answer(Plain(403, "not from another site"));
      return gateway_.Handle(request, std::move(exchange));
    }
    if (request.path == "/public" || request.path == "/open-data") {
      return exchange->Answer(MovedTo(absl::StrCat(request.path, "/"), request));
    }
    if (absl::StartsWith(request.path, "/open-data/")) {
      return open_data_.Handle(request, std::move(exchange));
    }
    boost::asio::post(workers_,
                      [this, request = std::move(request), exchange = std::move(exchange)] {
                        if (!is_ending()) exchange->Answer(AnswerTo(request));
                      });
  }

  void Stop() {
    {
      absl::MutexLock lock(&mu_);
      stopped_ = true;
    }
    gateway_.Stop();
    readiness_.Stop();
    open_data_.Stop();
    workers_.join();
  }

 private:
  // What waits for its turn then is hung up on: the hub may be slow to say no to each.
  bool is_ending() {
    absl::ReaderMutexLock lock(&mu_);
    return stopped_;
  }

  // May wait.
  HttpResponse AnswerTo(const HttpRequest& request) {
    if (absl::StartsWith(request.path, "/public/")) {
      return Packed(request, record_.Handle(request));
    }
    if (WitnessDoor::IsWitness(request.path)) return witness_.Handle(request);
    if (Tiles::IsTile(request.path)) return tiles_.Handle(request);
    if (Feeds::IsFeed(request.path)) return Packed(request, feeds_.Handle(request));
    if (request.path == "/report") return report_.Handle(request);
    if (std::optional<HttpResponse> file = files_.Find(request)) {
      return Reads(request) ? *std::move(file) : NotSo(kReading);
    }
    return enrolment_.Handle(request);
  }

  HttpResponse Metrics(const HttpRequest& request) const {
    if (!IsAskedHere(request)) return Plain(404, "not for you");
    HttpResponse response = Plain(200, "");
    response.type = "text/plain; version=0.0.4; charset=utf-8";
    response.body = tally_.ToText();
    absl::StrAppend(&response.body,
                    "# HELP liaison_web_channels Connections to the hub that were made.\n"
                    "# TYPE liaison_web_channels gauge\nliaison_web_channels ",
                    pool_.size(),
                    "\n# HELP liaison_web_answer_bytes Large answers that wait for their readers.\n"
                    "# TYPE liaison_web_answer_bytes gauge\nliaison_web_answer_bytes ",
                    budget_.taken_bytes(),
                    "\n# HELP liaison_web_answers_refused_total Answers above the limit of those.\n"
                    "# TYPE liaison_web_answers_refused_total counter\n"
                    "liaison_web_answers_refused_total ",
                    budget_.refused(), "\n");
    return response;
  }

  const SiteOptions options_;
  Tally& tally_;
  AnswerBudget& budget_;
  ChannelPool pool_;
  Gateway gateway_;
  Readiness readiness_;
  Enrolment enrolment_;
  HubReader hub_;
  PublicRecord record_;
  ReportForm report_;
  Feeds feeds_;
  OpenData open_data_;
  Tiles tiles_;
  WitnessDoor witness_;
  StaticFiles files_;
  absl::Mutex mu_;
  bool stopped_ ABSL_GUARDED_BY(mu_) = false;
  boost::asio::thread_pool workers_;
};

Site::Site(SiteOptions options, Tally* tally, AnswerBudget* budget)
    : impl_(std::make_unique<Impl>(std::move(options), tally, budget)) {}
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
