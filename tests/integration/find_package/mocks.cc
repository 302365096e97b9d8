#include "liaison/directory_client.h"
#include "liaison/mocks/mock_connection.h"

int main() {
  auto connection = std::make_shared<liaison::mocks::MockConnection>();
  liaison::v1::GetHubResponse hub;
  hub.set_version("fictional");
  EXPECT_CALL(*connection, GetHub).WillOnce(testing::Return(hub));
  return liaison::DirectoryClient(connection).Hub()->version() == "fictional" ? 0 : 1;
}
