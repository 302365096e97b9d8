#include "proto/record/errors.h"

#include <google/protobuf/any.pb.h>

#include <algorithm>
#include <limits>

#include "absl/strings/cord.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "google/rpc/error_details.pb.h"
#include "proto/record/limits.h"
#include "proto/record/names.h"
#include "proto/record/openssl.h"

namespace liaison::record {
namespace {

constexpr absl::string_view kTypeUrlPrefix = "type.googleapis.com/";
constexpr absl::string_view kTruncatedKey = "truncated";

// gRPC sends the message a second time, on its own and escaped to as much as three times its
// length, within the same 8 KiB of trailers.
constexpr size_t kCutMessageSizeBytes = 800;
// What is left of each part of an error that is too large as a whole. Together, with some room for
// the framing, they stay below the limit.
constexpr size_t kCutNameSizeBytes = 64;  // reason, domain, a metadata key
constexpr size_t kCutValueSizeBytes = 256;
constexpr size_t kCutMetadataSizeBytes = 1000;  // all entries together
constexpr size_t kCutFieldSizeBytes = 256;
constexpr size_t kCutDescriptionSizeBytes = 512;
constexpr size_t kCutQuotaSizeBytes = 256;  // subject and description each
constexpr size_t kCutFramingSizeBytes = 512;
static_assert(kCutMessageSizeBytes + 2 * kCutNameSizeBytes + kCutMetadataSizeBytes +
                      kCutFieldSizeBytes + kCutDescriptionSizeBytes + 2 * kCutQuotaSizeBytes +
                      kCutFramingSizeBytes <
                  kMaxErrorSizeBytes,
              "at least one violation survives");

template <typename Detail>
const std::string& TypeUrl() {
  static const auto* const url =
      new std::string(absl::StrCat(kTypeUrlPrefix, Detail::descriptor()->full_name()));
  return *url;
}

// As it is, or escaped where it is no UTF-8: a string field that is none makes the whole status
// unreadable at the other end.
std::string Printable(absl::string_view text) {
  return IsText(text) ? std::string(text) : absl::CHexEscape(text);
}

// At most `size` bytes, whole characters. REQUIRES: UTF-8.
std::string Cut(absl::string_view text, size_t size) {
  if (text.size() <= size) return std::string(text);
  while (size > 0 && (text[size] & 0xc0) == 0x80) --size;
  return std::string(text.substr(0, size));
}

template <typename Detail>
void SetDetail(const Detail& detail, absl::Status* status) {
  status->SetPayload(TypeUrl<Detail>(), absl::Cord(detail.SerializeAsString()));
}

// nullopt where the status has none, or bytes that are none.
template <typename Detail>
std::optional<Detail> GetDetail(const absl::Status& status) {
  const absl::optional<absl::Cord> payload = status.GetPayload(TypeUrl<Detail>());
  Detail detail;
  if (!payload || !detail.ParseFromString(std::string(*payload))) return std::nullopt;
  return detail;
}

template <typename Detail>
void AddDetail(const Detail& detail, google::rpc::Status* proto) {
  google::protobuf::Any* any = proto->add_details();
  any->set_type_url(TypeUrl<Detail>());
  any->set_value(detail.SerializeAsString());
}

google::protobuf::Duration ToProtoDuration(absl::Duration delay) {
  // 10,000 years are what the message may say.
  delay = std::clamp(delay, absl::ZeroDuration(), absl::Seconds(315'576'000'000));
  google::protobuf::Duration proto;
  proto.set_seconds(absl::IDivDuration(delay, absl::Seconds(1), &delay));
  proto.set_nanos(static_cast<int32_t>(absl::ToInt64Nanoseconds(delay)));
  return proto;
}

// The parts of a status, each with its own type.
struct Details {
  google::rpc::ErrorInfo info;
  std::optional<google::rpc::BadRequest> bad_request;
  std::optional<google::rpc::QuotaFailure> quota;
  std::optional<google::rpc::RetryInfo> retry;
};

google::rpc::Status Assemble(const absl::Status& status, absl::string_view message,
                             const Details& details) {
  google::rpc::Status proto;
  proto.set_code(static_cast<int>(status.code()));
  proto.set_message(message.data(), message.size());
  AddDetail(details.info, &proto);
  if (details.bad_request) AddDetail(*details.bad_request, &proto);
  if (details.quota) AddDetail(*details.quota, &proto);
  if (details.retry) AddDetail(*details.retry, &proto);
  return proto;
}

google::rpc::ErrorInfo CutInfo(const google::rpc::ErrorInfo& whole) {
  google::rpc::ErrorInfo cut;
  cut.set_reason(Cut(whole.reason(), kCutNameSizeBytes));
  cut.set_domain(Cut(whole.domain(), kCutNameSizeBytes));
  auto& metadata = *cut.mutable_metadata();
  // A map of protobuf has no order; which entries survive must not be chance.
  const std::map<std::string, std::string> ordered(whole.metadata().begin(),
                                                   whole.metadata().end());
  size_t budget = kCutMetadataSizeBytes;
  for (const auto& [key, value] : ordered) {
    constexpr size_t kEntryFramingSizeBytes = 10;
    const std::string kept = Cut(value, kCutValueSizeBytes);
    const size_t size = key.size() + kept.size() + kEntryFramingSizeBytes;
    if (key.size() > kCutNameSizeBytes || size > budget) continue;
    budget -= size;
    metadata[key] = kept;
  }
  metadata[std::string(kTruncatedKey)] = "true";
  return cut;
}

google::rpc::QuotaFailure CutQuota(const google::rpc::QuotaFailure& whole) {
  google::rpc::QuotaFailure cut;
  if (whole.violations().empty()) return cut;
  auto* proto = cut.add_violations();
  proto->set_subject(Cut(whole.violations(0).subject(), kCutQuotaSizeBytes));
  proto->set_description(Cut(whole.violations(0).description(), kCutQuotaSizeBytes));
  return cut;
}

// What the reader is not shown, so that nobody takes the list for all of it.
std::string NotListed(int count) {
  return count == 0 ? "" : absl::StrCat(" (", count, " more are not listed)");
}

// Cuts what is too long by itself, then leaves out violations from the end until all of it fits.
google::rpc::Status AssembleCut(const absl::Status& status, absl::string_view message,
                                const Details& whole) {
  Details cut;
  cut.info = CutInfo(whole.info);
  if (whole.quota) cut.quota = CutQuota(*whole.quota);
  if (whole.retry) *cut.retry.emplace().mutable_retry_delay() = whole.retry->retry_delay();
  const int all = whole.bad_request ? whole.bad_request->field_violations_size() : 0;
  const std::string cut_message =
      Cut(message, kCutMessageSizeBytes - NotListed(std::numeric_limits<int>::max()).size());
  if (all == 0) return Assemble(status, cut_message, cut);
  cut.bad_request.emplace();
  int kept = 0;
  for (const auto& violation : whole.bad_request->field_violations()) {
    auto* proto = cut.bad_request->add_field_violations();
    proto->set_field(Cut(violation.field(), kCutFieldSizeBytes));
    proto->set_description(Cut(violation.description(), kCutDescriptionSizeBytes));
    const std::string with_count = absl::StrCat(cut_message, NotListed(all));
    if (Assemble(status, with_count, cut).ByteSizeLong() > kMaxErrorSizeBytes) {
      cut.bad_request->mutable_field_violations()->RemoveLast();
      break;
    }
    ++kept;
  }
  if (kept == 0) cut.bad_request.reset();
  return Assemble(status, absl::StrCat(cut_message, NotListed(all - kept)), cut);
}

const ReasonInfo* FindReason(absl::string_view name) {
  for (const ReasonInfo& info : Reasons()) {
    if (info.name == name) return &info;
  }
  return nullptr;
}

}  // namespace

Error::Error(Reason reason, absl::string_view message)
    : reason_(reason), message_(Printable(message)) {}

Error&& Error::With(absl::string_view key, absl::string_view value) && {
  metadata_[Printable(key)] = Printable(value);
  return std::move(*this);
}

Error&& Error::With(absl::string_view key, uint64_t value) && {
  return std::move(*this).With(key, absl::StrCat(value));
}

Error&& Error::Field(absl::string_view field, absl::string_view description) && {
  violations_.push_back({Printable(field), Printable(description)});
  return std::move(*this);
}

Error&& Error::Quota(absl::string_view subject, absl::string_view description) && {
  quota_ = QuotaViolation{Printable(subject), Printable(description)};
  return std::move(*this);
}

Error&& Error::RetryAfter(absl::Duration delay) && {
  retry_after_ = delay;
  return std::move(*this);
}

Error::operator absl::Status() && {
  const ReasonInfo& reason = InfoOf(reason_);
  absl::Status status(reason.code, message_);
  google::rpc::ErrorInfo info;
  info.set_reason(std::string(reason.name));
  info.set_domain(std::string(kErrorDomain));
  info.mutable_metadata()->insert(metadata_.begin(), metadata_.end());
  SetDetail(info, &status);
  if (!violations_.empty()) {
    google::rpc::BadRequest bad_request;
    for (FieldViolation& violation : violations_) {
      auto* proto = bad_request.add_field_violations();
      proto->set_field(std::move(violation.field));
      proto->set_description(std::move(violation.description));
    }
    SetDetail(bad_request, &status);
  }
  if (quota_) {
    google::rpc::QuotaFailure quota;
    quota.add_violations()->set_subject(std::move(quota_->subject));
    quota.mutable_violations(0)->set_description(std::move(quota_->description));
    SetDetail(quota, &status);
  }
  if (retry_after_) {
    google::rpc::RetryInfo retry;
    *retry.mutable_retry_delay() = ToProtoDuration(*retry_after_);
    SetDetail(retry, &status);
  }
  return status;
}

absl::Status FieldInvalid(absl::string_view field, absl::string_view description) {
  return Error(Reason::kFieldInvalid, absl::StrCat(field, ": ", description))
      .Field(field, description);
}

absl::Status FieldsInvalid(const std::vector<FieldViolation>& violations) {
  Require(!violations.empty(), "FieldsInvalid needs a violation");
  const FieldViolation& first = violations.front();
  if (violations.size() == 1) return FieldInvalid(first.field, first.description);
  Error error(Reason::kFieldInvalid, absl::StrCat(violations.size(), " fields are invalid; ",
                                                  first.field, ": ", first.description));
  for (const FieldViolation& violation : violations) {
    std::move(error).Field(violation.field, violation.description);
  }
  return error;
}

absl::Status WithMetadata(absl::Status status, absl::string_view key, uint64_t value) {
  Require(!status.ok(), "only an error has metadata");
  google::rpc::ErrorInfo info;
  if (auto known = GetDetail<google::rpc::ErrorInfo>(status)) {
    info = *std::move(known);
  } else {
    info.set_reason(std::string(InfoOf(Reason::kInternal).name));
    info.set_domain(std::string(kErrorDomain));
  }
  (*info.mutable_metadata())[Printable(key)] = absl::StrCat(value);
  SetDetail(info, &status);
  return status;
}

std::optional<Reason> ReasonOf(const absl::Status& status) {
  const auto info = GetDetail<google::rpc::ErrorInfo>(status);
  if (!info || info->domain() != kErrorDomain) return std::nullopt;
  const ReasonInfo* reason = FindReason(info->reason());
  if (reason == nullptr) return std::nullopt;
  return reason->reason;
}

std::string MetadataOf(const absl::Status& status, absl::string_view key) {
  const auto info = GetDetail<google::rpc::ErrorInfo>(status);
  if (!info) return "";
  const auto found = info->metadata().find(std::string(key));
  return found == info->metadata().end() ? "" : found->second;
}

std::vector<FieldViolation> FieldViolationsOf(const absl::Status& status) {
  std::vector<FieldViolation> violations;
  const auto bad_request = GetDetail<google::rpc::BadRequest>(status);
  if (!bad_request) return violations;
  for (const auto& violation : bad_request->field_violations()) {
    violations.push_back({violation.field(), violation.description()});
  }
  return violations;
}

std::optional<QuotaViolation> QuotaViolationOf(const absl::Status& status) {
  const auto quota = GetDetail<google::rpc::QuotaFailure>(status);
  if (!quota || quota->violations().empty()) return std::nullopt;
  return QuotaViolation{quota->violations(0).subject(), quota->violations(0).description()};
}

std::optional<absl::Duration> RetryDelayOf(const absl::Status& status) {
  const auto retry = GetDetail<google::rpc::RetryInfo>(status);
  if (!retry) return std::nullopt;
  return absl::Seconds(retry->retry_delay().seconds()) +
         absl::Nanoseconds(retry->retry_delay().nanos());
}

google::rpc::Status ToProto(const absl::Status& status) {
  if (status.ok()) return {};
  Details details;
  if (auto info = GetDetail<google::rpc::ErrorInfo>(status)) {
    details.info = *std::move(info);
  } else {
    details.info.set_reason(std::string(InfoOf(Reason::kInternal).name));
    details.info.set_domain(std::string(kErrorDomain));
  }
  details.bad_request = GetDetail<google::rpc::BadRequest>(status);
  details.quota = GetDetail<google::rpc::QuotaFailure>(status);
  details.retry = GetDetail<google::rpc::RetryInfo>(status);
  const std::string message = Printable(status.message());
  google::rpc::Status proto = Assemble(status, message, details);
  const bool fits =
      message.size() <= kCutMessageSizeBytes && proto.ByteSizeLong() <= kMaxErrorSizeBytes;
  return fits ? proto : AssembleCut(status, message, details);
}

absl::Status FromProto(const google::rpc::Status& proto) {
  if (proto.code() == static_cast<int>(absl::StatusCode::kOk)) return absl::OkStatus();
  constexpr int kLastCode = static_cast<int>(absl::StatusCode::kUnauthenticated);
  const bool known = proto.code() > 0 && proto.code() <= kLastCode;
  absl::Status status(
      known ? static_cast<absl::StatusCode>(proto.code()) : absl::StatusCode::kUnknown,
      proto.message());
  for (const google::protobuf::Any& detail : proto.details()) {
    status.SetPayload(detail.type_url(), absl::Cord(detail.value()));
  }
  return status;
}

}  // namespace liaison::record
