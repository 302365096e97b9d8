// Publishes one topic signal and reads it back.
#include <iostream>

#include "liaison/error.h"
#include "liaison/event_client.h"
#include "liaison/publish_client.h"

int main(int argc, char** argv) {
  auto connection = liaison::Connect(argc > 1 ? argv[1] : "127.0.0.1:7410");

  liaison::v1::Draft draft;
  draft.set_author("org/example-igf");
  draft.set_audience("igf/public");
  draft.set_language("en");
  draft.add_topics("unspecified");
  draft.mutable_topic_signal()->set_title("A fictional sample: connect every school");
  auto receipt = liaison::PublishClient(connection).Publish(draft);
  if (!receipt.ok()) {
    std::cerr << liaison::Explain(receipt.status()) << "\n";
    return 1;
  }

  auto event = liaison::EventClient(connection).Get(receipt->position().sequence());
  if (!event.ok()) {
    std::cerr << liaison::Explain(event.status()) << "\n";
    return 1;
  }
  std::cout << event->sequence() << " " << event->event_id() << " by " << event->author() << ": "
            << event->body<liaison::v1::TopicSignal>()->title() << "\n";
}
