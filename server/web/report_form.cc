#include "server/web/report_form.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "google/rpc/status.pb.h"
#include "proto/record/commitment.h"
#include "proto/record/errors.h"
#include "proto/record/hash.h"
#include "proto/record/uuid.h"
#include "server/web/html_text.h"
#include "server/web/http_text.h"
#include "server/web/hub_call.h"
#include "server/web/origin.h"
#include "server/web/report_words.h"

namespace liaison::web {
namespace {

constexpr char kMag[] = "org/igf-mag";

HttpResponse Html(int code, std::string body) {
  HttpResponse response;
  response.code = code;
  response.body = std::move(body);
  return response;
}

// Of the form, of the address, or of the browser.
PageLanguage LanguageAsked(const HttpRequest& request) {
  std::string asked = FieldOf(request.body, "lang");
  if (asked.empty()) asked = FieldOf(request.query, "lang");
  return LanguageOf(asked.empty() ? request.header("accept-language") : asked);
}

absl::Status ToStatus(const grpc::Status& status) {
  google::rpc::Status details;
  if (!status.error_details().empty() && details.ParseFromString(status.error_details())) {
    return record::FromProto(details);
  }
  return absl::UnavailableError(status.error_message());
}

// The last day on which anything of it happens, or the first.
std::string DayOf(const pb::Cycle& cycle, bool last) {
  std::set<std::string> days;
  for (const pb::Phase& phase : cycle.phases()) {
    const std::string& day = last && !phase.ends_on().empty() ? phase.ends_on() : phase.starts_on();
    if (!day.empty()) days.insert(day);
  }
  if (days.empty()) return "";
  return last ? *days.rbegin() : *days.begin();
}

}  // namespace

std::string UsualCycle(const std::vector<pb::CycleEntry>& cycles, const std::string& day) {
  const pb::Cycle* best = nullptr;
  // Of the two, the one that is better to report for: within, else begun, else any; then the later.
  const auto rank = [&day](const pb::Cycle& cycle) {
    const std::string begin = DayOf(cycle, false);
    const bool begun = !begin.empty() && begin <= day;
    const bool within = begun && day <= DayOf(cycle, true);
    return std::make_pair(within ? 2 : begun ? 1 : 0, begin);
  };
  for (const pb::CycleEntry& entry : cycles) {
    if (entry.cycle().state() == pb::CYCLE_STATE_CLOSED) continue;
    if (best == nullptr || rank(*best) < rank(entry.cycle())) best = &entry.cycle();
  }
  return best == nullptr ? "" : best->cycle_id();
}

pb::Draft ReportDraftOf(const ReportPage& page, const std::string& hub, const std::string& cycle) {
  pb::Draft draft;
  draft.set_event_id(page.event_id);
  draft.set_author(page.organisation);
  draft.set_audience(absl::StrCat(hub, "/public"));
  draft.set_cycle(cycle);
  draft.set_language(std::string(TagOf(page.language)));
  draft.set_channel(pb::CHANNEL_WEB);
  pb::LocalReport& report = *draft.mutable_local_report();
  report.set_title(page.field("title"));
  report.set_starts_on(page.field("starts_on"));
  report.set_ends_on(page.field("ends_on"));
  report.set_venue(page.field("venue"));
  report.set_text(page.field("text"));
  const std::string mode = page.field("mode");
  if (mode == "1") report.set_mode(pb::MEETING_MODE_ONSITE);
  if (mode == "2") report.set_mode(pb::MEETING_MODE_ONLINE);
  if (mode == "3") report.set_mode(pb::MEETING_MODE_HYBRID);
  for (int i = 1; i <= kReportMessages; ++i) {
    const std::string text = page.field(absl::StrCat("message", i));
    const std::string topic = page.field(absl::StrCat("topic", i));
    if (text.empty()) continue;
    pb::KeyMessage& message = *report.add_key_messages();
    message.set_text(text);
    message.set_topic(topic);
    message.set_language(draft.language());
    const auto& topics = draft.topics();
    if (!topic.empty() && std::find(topics.begin(), topics.end(), topic) == topics.end()) {
      draft.add_topics(topic);
    }
  }
  if (!page.field("asks").empty()) {
    pb::ReportRequest& asked = *report.add_requests();
    asked.set_purpose(pb::PURPOSE_ACTION);
    asked.set_to(kMag);
    asked.set_by(page.field("asks_by"));
    asked.set_text(page.field("asks"));
    draft.add_addressees(kMag);
  }
  return draft;
}

ReportForm::ReportForm(const std::shared_ptr<grpc::Channel>& hub, HubReader* reader)
    : directory_(pb::DirectoryService::NewStub(hub)),
      publish_(pb::PublishService::NewStub(hub)),
      reader_(*reader),
      secret_(record::RandomSalt()) {}

HttpResponse ReportForm::Handle(const HttpRequest& request) {
  const PageLanguage language = LanguageAsked(request);
  const bool posts = request.method == "POST";
  if (posts && !IsSameOrigin(request)) {
    return Html(403, MessagePage(language, Message::kForeignForm));
  }
  const absl::StatusOr<Caller> caller = CallerOf(request);
  if (absl::IsUnauthenticated(caller.status())) {
    return Html(401, MessagePage(language, Message::kNoSession));
  }
  if (!caller.ok()) return Html(503, MessagePage(language, Message::kHubAway));
  ReportPage page;
  page.language = language;
  page.organisation = caller->organisation;
  OfferTopics(&page);
  if (posts) return Take(request, *caller, std::move(page));
  page.event_id = record::Uuid::Random().ToString();
  page.proof = ProofOf(*caller, page.event_id);
  return Html(200, ReportFormPage(page));
}

absl::StatusOr<ReportForm::Caller> ReportForm::CallerOf(const HttpRequest& request) {
  Caller caller;
  caller.session = SessionOf(request);
  if (caller.session.empty()) return absl::UnauthenticatedError("no session");
  pb::GetHubResponse hub;
  const auto context = ContextOf(request, caller.session);
  const grpc::Status status = directory_->GetHub(context.get(), {}, &hub);
  if (status.error_code() == grpc::StatusCode::UNAUTHENTICATED) {
    return absl::UnauthenticatedError("the session does not hold any more");
  }
  if (!status.ok()) return absl::UnavailableError(status.error_message());
  caller.organisation = hub.caller();
  caller.hub = hub.hub();
  return caller;
}

HttpResponse ReportForm::Take(const HttpRequest& request, const Caller& caller, ReportPage page) {
  const ReportWords& words = ReportWordsOf(page.language);
  for (const std::string& name : ReportFieldNames()) {
    // Browsers send lines as mail has them.
    page.fields[name] = absl::StrReplaceAll(FieldOf(request.body, name), {{"\r\n", "\n"}});
  }
  page.event_id = FieldOf(request.body, "event_id");
  page.proof = ProofOf(caller, page.event_id);
  // How long the comparison takes says nothing of the proof itself.
  const bool proven =
      record::Sha256Of(FieldOf(request.body, "proof")) == record::Sha256Of(page.proof);
  if (!proven) {
    // Whatever it is, it is shown to a person before anything comes of it, and is another event.
    page.event_id = record::Uuid::Random().ToString();
    page.proof = ProofOf(caller, page.event_id);
    page.notice = words.expired;
    return Html(403, ReportFormPage(page));
  }
  const std::string step = FieldOf(request.body, "step");
  if (step == "edit") return Html(200, ReportFormPage(page));
  const bool publishes = step == "publish";
  pb::PublishResponse response;
  const grpc::Status status = Publish(request, caller, page, !publishes, &response);
  if (!status.ok()) {
    const absl::Status why = ToStatus(status);
    const bool away = absl::IsUnavailable(why) || absl::IsDeadlineExceeded(why);
    page.notice = words.refused;
    page.by_hub = record::FieldViolationsOf(why);
    if (page.by_hub.empty()) page.by_hub.push_back({"", std::string(why.message())});
    return Html(away ? 503 : 400, ReportFormPage(page));
  }
  if (!publishes) return Html(200, ReportPreviewPage(page));
  HttpResponse done;
  done.code = 303;
  done.headers["Location"] =
      absl::StrCat("/public/events/", response.receipts(0).position().sequence());
  return done;
}

grpc::Status ReportForm::Publish(const HttpRequest& request, const Caller& caller,
                                 const ReportPage& page, bool dry_run,
                                 pb::PublishResponse* response) {
  const std::string today = absl::FormatTime("%Y-%m-%d", absl::Now(), absl::UTCTimeZone());
  const auto cycles = reader_.AllCycles();
  const std::string cycle = cycles.ok() ? UsualCycle(*cycles, today) : "";
  pb::PublishRequest sent;
  *sent.add_items()->mutable_draft() = ReportDraftOf(page, caller.hub, cycle);
  sent.set_dry_run(dry_run);
  const auto context = ContextOf(request, caller.session);
  grpc::Status status = publish_->Publish(context.get(), sent, response);
  if (status.ok() && response->receipts().empty()) {
    return {grpc::StatusCode::UNAVAILABLE, "the hub gave no receipt"};
  }
  return status;
}

// Nobody without the secret makes one, whatever others they have seen.
std::string ReportForm::ProofOf(const Caller& caller, const std::string& event_id) const {
  const record::Hash about = record::Sha256Of(absl::StrCat(caller.session, " ", event_id));
  return record::Sha256Of(absl::StrCat(secret_, about.bytes())).ToHex();
}

void ReportForm::OfferTopics(ReportPage* page) {
  const auto schemes = reader_.AllSchemes();
  if (!schemes.ok()) return;
  // The latest call's, as in the dashboard.
  const pb::TopicScheme* chosen = schemes->empty() ? nullptr : &schemes->front();
  for (const pb::TopicScheme& scheme : *schemes) {
    if (!absl::StartsWith(scheme.scheme(), "igf-call-")) continue;
    if (!absl::StartsWith(chosen->scheme(), "igf-call-") || chosen->scheme() < scheme.scheme()) {
      chosen = &scheme;
    }
  }
  if (chosen == nullptr) return;
  for (const pb::TopicCode& entry : chosen->entries()) {
    page->topics.emplace_back(absl::StrCat(chosen->scheme(), ":", entry.code()),
                              entry.label().empty() ? entry.code() : entry.label());
  }
}

}  // namespace liaison::web
