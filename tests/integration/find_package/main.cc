// Signs an event, opens a subscription to a hub that is not there, and says what came of both.
#include <iostream>

#include "liaison/connection.h"
#include "liaison/directory_client.h"
#include "liaison/error.h"
#include "liaison/event_client.h"
#include "liaison/publish_client.h"
#include "proto/record/pae.h"

int main() {
  liaison::v1::Draft draft;
  const std::string id = liaison::EnsureEventId(&draft);
  draft.set_author("org/example-igf");
  draft.mutable_topic_signal()->set_title("fictional sample");
  const auto key = liaison::record::SigningKey::Generate();
  const auto event = liaison::Sign(draft, key);
  if (!event.ok() ||
      !liaison::record::VerifySignature(key.public_key(), liaison::record::kEventHeaderType,
                                        event->header(), event->signature())) {
    std::cerr << "does not sign: " << event.status() << "\n";
    return 1;
  }
  std::cout << "signed event " << id << "\n";

  liaison::SubscribeParams params;
  params.start = liaison::FromBeginning{};
  params.options.give_up_after = absl::Milliseconds(100);
  auto subscription =
      liaison::EventClient(liaison::Connect("127.0.0.1:1")).Subscribe(std::move(params));
  const auto next = subscription.Next();
  if (next.ok() || !liaison::IsTransient(next.status())) {
    std::cerr << "nobody listens on port 1, yet: " << next.status() << "\n";
    return 1;
  }
  std::cout << liaison::Explain(next.status()) << "\n";
}
