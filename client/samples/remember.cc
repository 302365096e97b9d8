// Counts signals by author in a database of its own; count and cursor are there together or not at
// all, so that each signal is counted once, however often this is killed.
//
//   sample_remember [HUB [FILE]]
#include <sqlite3.h>

#include <iostream>
#include <string>

#include "liaison/connection.h"
#include "liaison/cursor_store.h"
#include "liaison/error.h"
#include "liaison/event_client.h"

namespace {

absl::Status Count(sqlite3* db, const liaison::Event& event) {
  sqlite3_stmt* statement = nullptr;
  sqlite3_exec(db, "CREATE TABLE IF NOT EXISTS signals(author TEXT PRIMARY KEY, count INTEGER)",
               nullptr, nullptr, nullptr);
  sqlite3_prepare_v2(db,
                     "INSERT INTO signals VALUES(?, 1) "
                     "ON CONFLICT(author) DO UPDATE SET count = count + 1",
                     -1, &statement, nullptr);
  const std::string& author = event.author();
  sqlite3_bind_text(statement, 1, author.c_str(), -1, SQLITE_TRANSIENT);
  const int code = sqlite3_step(statement);
  sqlite3_finalize(statement);
  return code == SQLITE_DONE ? absl::OkStatus() : absl::InternalError(sqlite3_errmsg(db));
}

}  // namespace

int main(int argc, char** argv) {
  const std::string hub = argc > 1 ? argv[1] : "127.0.0.1:7410";
  auto store = liaison::CursorStore::Open(argc > 2 ? argv[2] : "signals.db");
  if (!store.ok()) {
    std::cerr << store.status().message() << "\n";
    return 1;
  }
  auto start = (*store)->StartOf("signals", liaison::FromBeginning{});
  if (!start.ok()) {
    std::cerr << start.status().message() << "\n";
    return 1;
  }
  liaison::SubscribeParams params;
  params.start = *start;
  params.filter = "type = topic-signal";
  params.stop_at_head = true;  // leave it out to go on for ever
  auto subscription = liaison::EventClient(liaison::Connect(hub)).Subscribe(params);

  for (absl::StatusOr<liaison::Event>& event : subscription) {
    if (!event.ok()) {
      std::cerr << liaison::Explain(event.status()) << "\n";
      return 1;
    }
    const auto counted = (*store)->Process("signals", subscription.position(),
                                           [&](sqlite3* db) { return Count(db, *event); });
    if (!counted.ok()) {
      std::cerr << liaison::Explain(counted.status()) << "\n";
      return 1;
    }
    std::cout << event->sequence() << " " << event->author() << "\n";
  }
}
