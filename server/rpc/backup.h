// AdminService.Backup.
#ifndef LIAISON_SERVER_RPC_BACKUP_H_
#define LIAISON_SERVER_RPC_BACKUP_H_

#include <grpcpp/server_context.h>
#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/server_callback.h>

#include "server/rpc/hub.h"

namespace liaison::rpc {

grpc::ServerWriteReactor<grpc::ByteBuffer>* StartBackup(const Hub& hub,
                                                        grpc::CallbackServerContext* context,
                                                        const grpc::ByteBuffer* request);

}  // namespace liaison::rpc

#endif  // LIAISON_SERVER_RPC_BACKUP_H_
