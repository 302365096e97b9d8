#include "server/views/ledger_keeper.h"

#include "server/views/limits.h"

namespace liaison::views {

LedgerKeeper::LedgerKeeper(Ledger* ledger) : ledger_(ledger), thread_([this] { Run(); }) {}

LedgerKeeper::~LedgerKeeper() {
  stop_.Notify();
  thread_.join();
}

void LedgerKeeper::Run() {
  while (!stop_.HasBeenNotified()) {
    const absl::StatusOr<bool> more = ledger_->Advance(kKeepEvents);
    if (!more.ok() || !*more) stop_.WaitForNotificationWithTimeout(kKeepInterval);
  }
}

}  // namespace liaison::views
