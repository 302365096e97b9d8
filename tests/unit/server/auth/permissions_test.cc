#include "server/auth/permissions.h"

#include <google/protobuf/descriptor.h>

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "igf/liaison/v1/admin_service.pb.h"
#include "igf/liaison/v1/directory_service.pb.h"
#include "igf/liaison/v1/event_service.pb.h"
#include "igf/liaison/v1/liaison_service.pb.h"
#include "igf/liaison/v1/publish_service.pb.h"
#include "igf/liaison/v1/radar_service.pb.h"

namespace liaison::auth {
namespace {

TEST(PermissionsTest, RoleByPermissionCellByCell) {
  struct Row {
    pb::Role role;
    const char* may;  // read, publish, manage, operate, audit
  };
  const Row rows[] = {
      {pb::ROLE_UNSPECIFIED, "....."},      {pb::ROLE_READER, "r...."},
      {pb::ROLE_PUBLISHER, "rp..."},        {pb::ROLE_ADMINISTRATOR, "rpm.."},
      {pb::ROLE_OPERATOR, "rpmo."},         {pb::ROLE_AUDITOR, "r...a"},
      {static_cast<pb::Role>(99), "....."},
  };
  EXPECT_EQ(std::size(rows), pb::Role_descriptor()->value_count() + 1u);
  const pb::Permission permissions[] = {pb::PERMISSION_READ, pb::PERMISSION_PUBLISH,
                                        pb::PERMISSION_MANAGE, pb::PERMISSION_OPERATE,
                                        pb::PERMISSION_AUDIT};
  EXPECT_EQ(std::size(permissions) + 1u, pb::Permission_descriptor()->value_count() + 0u);
  for (const Row& row : rows) {
    std::string may;
    for (size_t i = 0; i < std::size(permissions); ++i) {
      may += Permissions::Of(row.role).Has(permissions[i]) ? "rpmoa"[i] : '.';
    }
    EXPECT_EQ(may, row.may) << NameOf(row.role);
    EXPECT_FALSE(Permissions::Of(row.role).Has(pb::PERMISSION_UNSPECIFIED));
  }
  EXPECT_FALSE(Permissions::All().Has(pb::PERMISSION_UNSPECIFIED));
}

TEST(PermissionsTest, EveryMethodSaysWhatItNeedsAndNoTwoShareARequest) {
  const google::protobuf::FileDescriptor* files[] = {
      pb::GetHubRequest::descriptor()->file(),   pb::GetEventRequest::descriptor()->file(),
      pb::GetTrailRequest::descriptor()->file(), pb::PublishRequest::descriptor()->file(),
      pb::GetRadarRequest::descriptor()->file(), pb::BackupRequest::descriptor()->file()};
  std::vector<const google::protobuf::Descriptor*> seen;
  for (const auto* file : files) {
    for (int i = 0; i < file->service(0)->method_count(); ++i) {
      const auto* method = file->service(0)->method(i);
      EXPECT_NE(NeededBy(*method->input_type()), pb::PERMISSION_UNSPECIFIED) << method->full_name();
      EXPECT_THAT(seen, testing::Not(testing::Contains(method->input_type())));
      seen.push_back(method->input_type());
    }
  }
  EXPECT_EQ(NeededBy(*pb::GetEventResponse::descriptor()), pb::PERMISSION_UNSPECIFIED);
}

TEST(PermissionsTest, EveryEventTypeIsSaidBySomebodyButRules) {
  const auto* types = pb::EventType_descriptor();
  for (int i = 0; i < types->value_count(); ++i) {
    const auto type = static_cast<pb::EventType>(types->value(i)->number());
    const bool nobody = type == pb::EVENT_TYPE_UNSPECIFIED || type == pb::EVENT_TYPE_RULES;
    EXPECT_EQ(NeededToSay(type) == pb::PERMISSION_UNSPECIFIED, nobody) << types->value(i)->name();
  }
}

}  // namespace
}  // namespace liaison::auth
