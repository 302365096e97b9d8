// Reports from a place with a bad line: each is safe on this disk at once, and sent when it can be.
//
//   sample_outbox [HUB [FILE]] < reports.txt        one report on each line (fictional)
#include "liaison/outbox.h"

#include <iostream>
#include <string>

#include "liaison/error.h"
#include "liaison/slow_line.h"

namespace {

liaison::v1::Draft Report(const std::string& text) {
  liaison::v1::Draft draft;
  draft.set_author("org/example-igf");
  draft.set_audience("igf/public");
  draft.set_cycle("2027");
  draft.add_topics("unspecified");
  draft.set_language("en");
  draft.mutable_topic_signal()->set_purpose(liaison::v1::PURPOSE_INFORMATION);
  draft.mutable_topic_signal()->set_title(text);
  return draft;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string hub = argc > 1 ? argv[1] : "127.0.0.1:7410";
  auto outbox = liaison::Outbox::Open(argc > 2 ? argv[2] : "reports.outbox");
  if (!outbox.ok()) {
    std::cerr << outbox.status().message() << "\n";
    return 1;
  }
  for (std::string line; std::getline(std::cin, line);) {
    const auto id = (*outbox)->Publish(Report(line));
    if (!id.ok()) {
      std::cerr << liaison::Explain(id.status()) << "\n";
      return 1;
    }
    std::cout << *id << " is safe" << std::endl;
  }

  liaison::FlushOptions options;
  options.on_settled = [](absl::Span<const liaison::OutboxItem> items) {
    for (const liaison::OutboxItem& item : items) {
      if (item.receipt.has_value()) {
        std::cout << item.event_id << " is event " << item.receipt->position().sequence() << "\n";
      } else {
        std::cout << item.event_id << " was refused: " << item.refusal.message() << "\n";
      }
    }
    return absl::OkStatus();
  };
  // A program that stays would have an OutboxSender do this, for as long as it takes.
  const auto sent = (*outbox)->Flush(liaison::ConnectOverSlowLine(hub), options);
  if (!sent.ok()) {
    std::cerr << liaison::Explain(sent.status()) << "\nWhat is in the outbox stays there.\n";
    return 1;
  }
}
