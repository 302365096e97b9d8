// What every call of this hub may use.
#ifndef LIAISON_SERVER_RPC_HUB_H_
#define LIAISON_SERVER_RPC_HUB_H_

#include <grpcpp/server_context.h>

#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/admission/admission.h"
#include "server/auth/principal.h"
#include "server/backup/backup_keeper.h"
#include "server/fanout/tail.h"
#include "server/rpc/stream_registry.h"
#include "server/rpc/watch_desk.h"
#include "server/rpc/worker_pool.h"
#include "server/sequencer/proposal_log.h"
#include "server/sequencer/sequencer.h"
#include "server/views/ledger.h"
#include "storage/event_log.h"

namespace liaison::rpc {

// The rooms behind the wire. All of them are thread-safe where a call uses them, and outlive it.
struct Hub {
  std::string name;     // `igf`
  std::string version;  // `0.1.0`
  storage::EventLog* log = nullptr;
  sequencer::ProposalLog* proposals = nullptr;
  sequencer::Sequencer* sequencer = nullptr;
  admission::Admission* admission = nullptr;
  fanout::Tail* tail = nullptr;
  WorkerPool* pool = nullptr;
  StreamRegistry* streams = nullptr;
  backup::BackupKeeper* backups = nullptr;
  absl::Duration slow_consumer_timeout;  // a frame that is not taken for so long ends the stream
  views::Ledger* ledger = nullptr;
  WatchDesk* watches = nullptr;
};

// Whom the hub takes the caller for: in development mode, whoever the metadata `liaison-as` names.
absl::StatusOr<auth::Principal> PrincipalOf(const grpc::CallbackServerContext& context,
                                            const Hub& hub);

}  // namespace liaison::rpc

#endif  // LIAISON_SERVER_RPC_HUB_H_
