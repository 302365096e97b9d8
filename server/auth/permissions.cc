#include "server/auth/permissions.h"

#include <initializer_list>

namespace liaison::auth {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FileDescriptor;
using google::protobuf::MethodDescriptor;

uint32_t BitOf(pb::Permission permission) { return uint32_t{1} << permission; }

uint32_t BitsOf(std::initializer_list<pb::Permission> permissions) {
  uint32_t bits = 0;
  for (pb::Permission permission : permissions) bits |= BitOf(permission);
  return bits;
}

}  // namespace

Permissions Permissions::All() {
  return Permissions(BitsOf({pb::PERMISSION_READ, pb::PERMISSION_PUBLISH, pb::PERMISSION_MANAGE,
                             pb::PERMISSION_OPERATE, pb::PERMISSION_AUDIT}));
}

Permissions Permissions::Anonymous() { return Permissions(BitOf(pb::PERMISSION_READ)); }

Permissions Permissions::Of(pb::Role role) {
  switch (role) {
    case pb::ROLE_READER:
      return Permissions(BitsOf({pb::PERMISSION_READ}));
    case pb::ROLE_PUBLISHER:
      return Permissions(BitsOf({pb::PERMISSION_READ, pb::PERMISSION_PUBLISH}));
    case pb::ROLE_ADMINISTRATOR:
      return Permissions(
          BitsOf({pb::PERMISSION_READ, pb::PERMISSION_PUBLISH, pb::PERMISSION_MANAGE}));
    case pb::ROLE_OPERATOR:
      return Permissions(BitsOf({pb::PERMISSION_READ, pb::PERMISSION_PUBLISH, pb::PERMISSION_MANAGE,
                                 pb::PERMISSION_OPERATE}));
    case pb::ROLE_AUDITOR:
      return Permissions(BitsOf({pb::PERMISSION_READ, pb::PERMISSION_AUDIT}));
    default:
      return None();
  }
}

bool Permissions::Has(pb::Permission permission) const {
  return permission != pb::PERMISSION_UNSPECIFIED && (bits_ & BitOf(permission)) != 0;
}

const MethodDescriptor* MethodOf(const Descriptor& request) {
  const FileDescriptor& file = *request.file();
  for (int i = 0; i < file.service_count(); ++i) {
    for (int j = 0; j < file.service(i)->method_count(); ++j) {
      const MethodDescriptor* method = file.service(i)->method(j);
      if (method->input_type() == &request) return method;
    }
  }
  return nullptr;
}

pb::Permission NeededBy(const Descriptor& request) {
  const MethodDescriptor* method = MethodOf(request);
  return method == nullptr ? pb::PERMISSION_UNSPECIFIED
                           : method->options().GetExtension(pb::permission);
}

pb::Permission NeededToSay(pb::EventType type) {
  switch (type) {
    // Who there is, who belongs to what, and what everybody's words refer to.
    case pb::EVENT_TYPE_ORGANISATION:
    case pb::EVENT_TYPE_KEY:
    case pb::EVENT_TYPE_AUDIENCE:
    case pb::EVENT_TYPE_LIAISON:
    case pb::EVENT_TYPE_TOPIC_SCHEME:
    case pb::EVENT_TYPE_CROSSWALK:
    case pb::EVENT_TYPE_CYCLE:
      return pb::PERMISSION_MANAGE;
    case pb::EVENT_TYPE_TOPIC_SIGNAL:
    case pb::EVENT_TYPE_LOCAL_REPORT:
    case pb::EVENT_TYPE_POSITION:
    case pb::EVENT_TYPE_RESPONSE:
    case pb::EVENT_TYPE_DISPOSITION:
    case pb::EVENT_TYPE_EVALUATION:
    case pb::EVENT_TYPE_ATTENDANCE:
    case pb::EVENT_TYPE_DECISION:
    case pb::EVENT_TYPE_PROGRESS:
    case pb::EVENT_TYPE_OUTCOME:
    case pb::EVENT_TYPE_SUPPORT_REQUEST:
    case pb::EVENT_TYPE_CARRY_OVER:
    case pb::EVENT_TYPE_AMENDMENT:
    case pb::EVENT_TYPE_RETRACTION:
    case pb::EVENT_TYPE_TRANSLATION:
    case pb::EVENT_TYPE_GROUPING:
    case pb::EVENT_TYPE_REDACTION:
      return pb::PERMISSION_PUBLISH;
    default:
      return pb::PERMISSION_UNSPECIFIED;
  }
}

absl::string_view NameOf(pb::Permission permission) {
  switch (permission) {
    case pb::PERMISSION_READ:
      return "read";
    case pb::PERMISSION_PUBLISH:
      return "publish";
    case pb::PERMISSION_MANAGE:
      return "manage";
    case pb::PERMISSION_OPERATE:
      return "operate";
    case pb::PERMISSION_AUDIT:
      return "audit";
    default:
      return "nothing";
  }
}

absl::string_view NameOf(pb::Role role) {
  switch (role) {
    case pb::ROLE_READER:
      return "reader";
    case pb::ROLE_PUBLISHER:
      return "publisher";
    case pb::ROLE_ADMINISTRATOR:
      return "administrator";
    case pb::ROLE_OPERATOR:
      return "operator";
    case pb::ROLE_AUDITOR:
      return "auditor";
    default:
      return "none";
  }
}

absl::string_view NameOf(pb::CredentialKind kind) {
  switch (kind) {
    case pb::CREDENTIAL_KIND_CERTIFICATE:
      return "certificate";
    case pb::CREDENTIAL_KIND_INVITATION:
      return "invitation";
    case pb::CREDENTIAL_KIND_SESSION:
      return "session";
    default:
      return "token";
  }
}

}  // namespace liaison::auth
