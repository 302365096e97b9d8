// Puts an event into an outbox, and finds it there when it opens it again.
#include "liaison/outbox.h"

#include <iostream>

#include "liaison/cursor_store.h"

int main(int, char** argv) {
  liaison::v1::Draft draft;
  draft.set_author("org/example-igf");
  draft.mutable_topic_signal()->set_title("fictional sample");
  const auto id = (*liaison::Outbox::Open(argv[1]))->Publish(draft);
  const auto items = (*liaison::Outbox::Open(argv[1]))->List();
  if (!id.ok() || !items.ok() || items->size() != 1 || items->front().event_id != *id) {
    std::cerr << "is not there: " << id.status() << "\n";
    return 1;
  }
  liaison::v1::Position position;
  position.set_log_id("6f9619ff-8b86-4011-b42d-00cf4fc964ff");
  position.set_sequence(7);
  const auto store = liaison::CursorStore::Open(std::string(argv[1]) + ".cursor");
  return store.ok() && (*store)->Remember("fictional", position).ok() ? 0 : 1;
}
