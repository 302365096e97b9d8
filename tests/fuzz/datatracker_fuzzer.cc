// Liaison statements: whatever comes, each is a draft that can be sent, with its body as it came,
// or is refused by name; and reading again gives the same.
#include "client/cli/datatracker.h"
#include "client/cli/draft_json.h"
#include "proto/record/names.h"
#include "proto/record/uuid.h"
#include "tests/fuzz/fuzz.h"

using namespace liaison;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view bytes(reinterpret_cast<const char*>(data), size);
  cli::DatatrackerOptions options;
  options.author = "org/igf-secretariat";
  options.organisations = {{"itu-t-sg-13", "org/itu"}};
  const auto made = cli::ReadDatatracker("input", bytes, options);
  if (!made.ok()) {
    FUZZ_CHECK(absl::IsInvalidArgument(made.status()) && !made.status().message().empty());
    return 0;
  }
  const auto again = cli::ReadDatatracker("input", bytes, options);
  FUZZ_CHECK(again.ok() && again->drafts.size() == made->drafts.size());
  for (size_t i = 0; i < made->drafts.size(); ++i) {
    const cli::v1::Draft& draft = made->drafts[i].draft;
    FUZZ_CHECK(draft.SerializeAsString() == again->drafts[i].draft.SerializeAsString());
    FUZZ_CHECK(record::Uuid::Parse(draft.event_id()).ok());
    for (const std::string& addressee : draft.addressees()) {
      FUZZ_CHECK(record::IsOrganisation(addressee));
    }
    const std::string& date = draft.topic_signal().requested_date();
    FUZZ_CHECK(date.empty() || record::IsDate(date));
    for (const cli::v1::Contact& contact : draft.personal().contacts()) {
      FUZZ_CHECK(contact.role() != cli::v1::CONTACT_ROLE_UNSPECIFIED);
      FUZZ_CHECK(!contact.name().empty() || !contact.email().empty());
    }
    FUZZ_CHECK(cli::MessageToJson(draft).ok());
  }
  // One statement alone: its words are those of the file, byte for byte.
  const auto statement = cli::ParseJson(bytes, 1);
  if (made->drafts.size() != 1 || !statement.ok() || statement->contains("objects")) return 0;
  const auto body = statement->find("body");
  if (body == statement->end() || !body->is_string()) return 0;
  FUZZ_CHECK(made->drafts[0].draft.topic_signal().text() == body->get<std::string>());
  return 0;
}
