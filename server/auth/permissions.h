// What a role lets its bearer do, and what a method or a statement asks for.
#ifndef LIAISON_SERVER_AUTH_PERMISSIONS_H_
#define LIAISON_SERVER_AUTH_PERMISSIONS_H_

#include <google/protobuf/descriptor.h>

#include <cstdint>

#include "absl/strings/string_view.h"
#include "igf/liaison/v1/access.pb.h"
#include "igf/liaison/v1/types.pb.h"

namespace liaison::auth {

namespace pb = ::igf::liaison::v1;

// A Permissions is a set of permissions. Value type.
class Permissions {
 public:
  static Permissions None() { return Permissions(0); }
  // In development mode everybody has all.
  static Permissions All();
  // Of whoever shows no credential.
  static Permissions Anonymous();
  static Permissions Of(pb::Role role);

  // False for PERMISSION_UNSPECIFIED, whatever the set.
  bool Has(pb::Permission permission) const;

 private:
  explicit Permissions(uint32_t bits) : bits_(bits) {}
  uint32_t bits_;
};

// The method with that request message, which belongs to one; null where it belongs to none.
const google::protobuf::MethodDescriptor* MethodOf(const google::protobuf::Descriptor& request);

// What that method asks for, by its option in the contract; UNSPECIFIED, which nobody has, where it
// says nothing.
pb::Permission NeededBy(const google::protobuf::Descriptor& request);

// What publishing a statement of that type asks for; UNSPECIFIED for what nobody publishes. What
// kind of organisation may say it besides, the domain's rules decide.
pb::Permission NeededToSay(pb::EventType type);

// `publish`: how people call it.
absl::string_view NameOf(pb::Permission permission);
absl::string_view NameOf(pb::Role role);
absl::string_view NameOf(pb::CredentialKind kind);

}  // namespace liaison::auth

#endif  // LIAISON_SERVER_AUTH_PERMISSIONS_H_
