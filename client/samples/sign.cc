// Publishes an event that carries its author's own signature. The secretariat registers the
// organisation, which then adds its own key; in development mode the sample plays both.
#include <iostream>

#include "liaison/error.h"
#include "liaison/event_client.h"
#include "liaison/publish_client.h"
#include "proto/record/pae.h"

namespace {

constexpr char kAuthor[] = "org/example-signer";

liaison::v1::Draft DraftByAuthor() {
  liaison::v1::Draft draft;
  liaison::EnsureEventId(&draft);
  draft.set_author(kAuthor);
  draft.set_audience("igf/public");
  draft.set_language("en");
  return draft;
}

// The organisation, and the key that it holds, which it shows by signing its own name with it.
absl::Status Register(const liaison::PublishClient& client,
                      const liaison::record::SigningKey& key) {
  liaison::v1::Draft organisation = DraftByAuthor();
  organisation.set_author("org/igf-secretariat");
  organisation.mutable_organisation()->set_organisation(kAuthor);
  organisation.mutable_organisation()->set_name("A fictional organisation");
  organisation.mutable_organisation()->set_kind(liaison::v1::ORGANISATION_KIND_TECHNICAL_COMMUNITY);
  if (auto receipt = client.Publish(organisation); !receipt.ok()) return receipt.status();

  liaison::v1::Draft with_key = DraftByAuthor();
  with_key.mutable_key()->set_organisation(kAuthor);
  with_key.mutable_key()->set_action(liaison::v1::KEY_ACTION_ADD);
  with_key.mutable_key()->set_public_key(key.public_key());
  with_key.mutable_key()->set_possession(key.Sign(liaison::record::kKeyPossessionType, kAuthor));
  return client.Publish(with_key).status();
}

absl::Status Run(const std::string& hub) {
  auto connection = liaison::Connect(hub);
  const liaison::PublishClient client(connection);
  // A real partner keeps its seed() where only it can read it.
  const auto key = liaison::record::SigningKey::Generate();
  if (absl::Status status = Register(client, key); !status.ok()) return status;

  liaison::v1::Draft draft = DraftByAuthor();
  draft.add_topics("unspecified");
  draft.mutable_topic_signal()->set_title("A fictional sample, signed by its author");
  auto event = liaison::Sign(draft, key);
  if (!event.ok()) return event.status();
  auto receipt = client.Publish(*event);
  if (!receipt.ok()) return receipt.status();

  auto served = liaison::EventClient(connection).Get(receipt->position().sequence());
  if (!served.ok()) return served.status();
  const auto& signature = served->leaf().signature;
  const bool verifies = liaison::record::VerifySignature(
      key.public_key(), liaison::record::kEventHeaderType, served->proto().header(),
      absl::string_view(reinterpret_cast<const char*>(signature.data()), signature.size()));
  std::cout << "event " << served->sequence() << " is signed by " << served->author()
            << (verifies ? ", and verifies\n" : ", and DOES NOT VERIFY\n");
  return verifies ? absl::OkStatus() : absl::DataLossError("the signature does not verify");
}

}  // namespace

int main(int argc, char** argv) {
  const absl::Status status = Run(argc > 1 ? argv[1] : "127.0.0.1:7410");
  if (!status.ok()) std::cerr << liaison::Explain(status) << "\n";
  return status.ok() ? 0 : 1;
}
