// Streams a thousand topic signals, many under way at once.
#include <atomic>
#include <iostream>
#include <string>

#include "liaison/error.h"
#include "liaison/publish_client.h"

int main(int argc, char** argv) {
  auto connection = liaison::Connect(argc > 1 ? argv[1] : "127.0.0.1:7410");

  liaison::PublisherParams params;
  params.stop_on_error = false;  // one that is refused does not hold up the others
  liaison::Publisher publisher = liaison::PublishClient(connection).OpenPublisher(params);

  std::atomic<int> taken = 0;
  for (int i = 0; i < 1000; ++i) {
    liaison::v1::Draft draft;
    draft.set_author("org/example-igf");
    draft.set_audience("igf/public");
    draft.set_language("en");
    draft.add_topics("unspecified");
    draft.mutable_topic_signal()->set_title("A fictional sample, number " + std::to_string(i));
    // Whoever wants to be able to send it again another day keeps the draft with this id.
    const std::string id = liaison::EnsureEventId(&draft);
    absl::Status sent = publisher.Send(
        liaison::Item(draft), [&taken, id](const absl::StatusOr<liaison::v1::Receipt>& receipt) {
          if (receipt.ok()) {
            ++taken;
          } else {
            std::cerr << id << ": " << liaison::Explain(receipt.status()) << "\n";
          }
        });
    if (!sent.ok()) break;  // the stream is broken for good; Finish says why
  }
  const absl::Status status = publisher.Finish();
  if (!status.ok()) std::cerr << liaison::Explain(status) << "\n";
  std::cout << taken << " of 1000 are in the log\n";
  return taken == 1000 ? 0 : 1;
}
