// From what was sent to what can be decided.
#ifndef LIAISON_SERVER_ADMISSION_ADMISSION_H_
#define LIAISON_SERVER_ADMISSION_ADMISSION_H_

#include <functional>
#include <memory>
#include <string>
#include <variant>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "igf/liaison/v1/event.pb.h"
#include "igf/liaison/v1/publish_service.pb.h"
#include "proto/record/event_builder.h"
#include "server/admission/fresh_salt.h"
#include "server/domain/registry.h"
#include "server/domain/statement.h"
#include "storage/event_log.h"

namespace liaison::admission {

namespace pb = ::igf::liaison::v1;

// An Admission checks what one statement is by itself: shape, limits, commitments, signature. What
// the log knows already is told apart before anything that may have expired is looked at, so that
// a retry is always answered.
//
// Thread-safe. May read from the log, so it does not belong on a thread that must not wait.
class Admission {
 public:
  using RegistrySource = std::function<std::shared_ptr<const domain::Registry>()>;

  // `log` must outlive it. `hub` is the name before the slash of this hub's audiences. `salts` is
  // called for each section of a draft, on the thread that admits it.
  Admission(const storage::EventLog* log, std::string hub, RegistrySource registry,
            record::SaltSource salts = FreshSalt)
      : log_(log), hub_(std::move(hub)), registry_(std::move(registry)), salts_(std::move(salts)) {}

  // `field` is the item's path in the request, `items[3]`, for the violations.
  absl::StatusOr<domain::Statement> Admit(pb::PublishItem item, absl::string_view field) const;

 private:
  absl::StatusOr<domain::Statement> AdmitDraft(pb::Draft draft, const std::string& field) const;
  absl::StatusOr<domain::Statement> AdmitSigned(pb::SignedEvent event,
                                                const std::string& field) const;
  // True iff the log has an event of this name: then the signature was checked once, for good.
  absl::StatusOr<bool> IsKnown(const domain::Statement& statement) const;
  absl::Status CheckSignature(const domain::Statement& statement) const;

  const storage::EventLog* const log_;
  const std::string hub_;
  const RegistrySource registry_;
  const record::SaltSource salts_;
};

// Bytes that the order's bounds count: header and sections.
size_t SizeBytes(const domain::Statement& statement);

}  // namespace liaison::admission

#endif  // LIAISON_SERVER_ADMISSION_ADMISSION_H_
