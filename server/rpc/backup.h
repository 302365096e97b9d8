// AdminService.Backup.
#ifndef LIAISON_SERVER_RPC_BACKUP_H_
#define LIAISON_SERVER_RPC_BACKUP_H_

#include <grpcpp/server_context.h>
#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/server_callback.h>

#include "igf/liaison/v1/admin_service.pb.h"
#include "server/rpc/hub.h"
#include "storage/backup.h"

namespace liaison::rpc {

igf::liaison::v1::BackupEntry ToProto(const storage::BackupInfo& info, bool holds_erased);

grpc::ServerWriteReactor<grpc::ByteBuffer>* StartBackup(const Hub& hub,
                                                        grpc::CallbackServerContext* context,
                                                        const grpc::ByteBuffer* request);

}  // namespace liaison::rpc

#endif  // LIAISON_SERVER_RPC_BACKUP_H_
