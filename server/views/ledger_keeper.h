// Keeps a ledger current, so that nobody who asks waits for it.
#ifndef LIAISON_SERVER_VIEWS_LEDGER_KEEPER_H_
#define LIAISON_SERVER_VIEWS_LEDGER_KEEPER_H_

#include <thread>

#include "absl/synchronization/notification.h"
#include "server/views/ledger.h"

namespace liaison::views {

// A LedgerKeeper has a thread of its own from construction to destruction. Where the log cannot be
// read it tries again; whoever asks a view is told.
class LedgerKeeper {
 public:
  // `ledger` must outlive it.
  explicit LedgerKeeper(Ledger* ledger);
  ~LedgerKeeper();
  LedgerKeeper(const LedgerKeeper&) = delete;
  LedgerKeeper& operator=(const LedgerKeeper&) = delete;

 private:
  void Run();

  Ledger* const ledger_;
  absl::Notification stop_;
  std::thread thread_;
};

}  // namespace liaison::views

#endif  // LIAISON_SERVER_VIEWS_LEDGER_KEEPER_H_
