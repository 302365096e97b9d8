// Follows the log for ever. The cursor is kept in a file, so that the next run goes on where this
// one ended: sample_subscribe [HUB [CURSOR_FILE]].
#include <cstdio>
#include <fstream>
#include <iostream>
#include <string>

#include "liaison/error.h"
#include "liaison/event_client.h"

namespace {

liaison::Start ReadCursor(const std::string& path) {
  liaison::After after;
  std::ifstream file(path);
  if (file >> after.log_id >> after.sequence) return after;
  return liaison::FromBeginning{};
}

// Replaces the file as a whole: a crash leaves the old cursor or the new one, never half of each.
bool WriteCursor(const std::string& path, const liaison::v1::Position& position) {
  const std::string next = path + ".next";
  std::ofstream file(next);
  file << position.log_id() << " " << position.sequence() << "\n";
  file.close();
  return file.good() && std::rename(next.c_str(), path.c_str()) == 0;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string hub = argc > 1 ? argv[1] : "127.0.0.1:7410";
  const std::string cursor = argc > 2 ? argv[2] : "cursor.txt";

  liaison::SubscribeParams params;
  params.start = ReadCursor(cursor);
  params.filter = "type = topic-signal";
  auto subscription = liaison::EventClient(liaison::Connect(hub)).Subscribe(params);

  for (absl::StatusOr<liaison::Event>& event : subscription) {
    if (!event.ok()) {
      std::cerr << liaison::Explain(event.status()) << "\n";
      return 1;
    }
    auto signal = event->body<liaison::v1::TopicSignal>();
    std::cout << event->sequence() << " " << event->author() << ": "
              << (signal.ok() ? signal->title() : "(erased)") << std::endl;
    // After the event was dealt with, not before: then none is lost, whenever this stops.
    if (!WriteCursor(cursor, subscription.position())) {
      std::cerr << "cannot write " << cursor << "\n";
      return 1;
    }
  }
}
