// Load on PostgreSQL: one table, one INSERT a transaction on each of many connections, and COPY to
// read it all.

#include <libpq-fe.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/bench/peer_load.h"
#include "tests/bench/target.h"

namespace liaison::bench {
namespace {

constexpr int kPreloadRows = 256;

struct Finish {
  void operator()(PGconn* connection) const { PQfinish(connection); }
};
using Handle = std::unique_ptr<PGconn, Finish>;
struct Clear {
  void operator()(PGresult* result) const { PQclear(result); }
};
using Result = std::unique_ptr<PGresult, Clear>;

absl::Status Said(PGconn* connection) { return absl::UnavailableError(PQerrorMessage(connection)); }

absl::StatusOr<Handle> Open(const std::string& address) {
  const size_t colon = address.rfind(':');
  Handle handle(PQconnectdb(absl::StrCat("host=", address.substr(0, colon),
                                         " port=", address.substr(colon + 1),
                                         " user=postgres dbname=postgres sslmode=disable")
                                .c_str()));
  if (PQstatus(handle.get()) != CONNECTION_OK) return Said(handle.get());
  return handle;
}

absl::Status Execute(PGconn* connection, const char* command) {
  const Result result(PQexec(connection, command));
  return PQresultStatus(result.get()) == PGRES_COMMAND_OK ? absl::OkStatus() : Said(connection);
}

// An INSERT of binary parameters, prepared, one at a time on its connection.
class Inserter {
 public:
  static absl::StatusOr<std::unique_ptr<Inserter>> Open(const std::string& address, int rows) {
    absl::StatusOr<Handle> handle = bench::Open(address);
    if (!handle.ok()) return handle.status();
    std::string text = "INSERT INTO events (body) VALUES ";
    for (int i = 1; i <= rows; ++i) absl::StrAppend(&text, i > 1 ? "," : "", "($", i, ")");
    const Result prepared(PQprepare(handle->get(), "add", text.c_str(), 0, nullptr));
    if (PQresultStatus(prepared.get()) != PGRES_COMMAND_OK) return Said(handle->get());
    return std::unique_ptr<Inserter>(new Inserter(*std::move(handle), rows));
  }

  absl::Status Send(EventMaker* maker) {
    std::string all;
    for (int i = 0; i < rows_; ++i) {
      const absl::string_view item = maker->NextItem();
      all.append(item.data(), item.size());
    }
    std::vector<const char*> values(rows_);
    for (int i = 0; i < rows_; ++i) values[i] = all.data() + i * kEventSizeBytes;
    const std::vector<int> sizes(rows_, static_cast<int>(kEventSizeBytes));
    const std::vector<int> binary(rows_, 1);
    if (PQsendQueryPrepared(handle_.get(), "add", rows_, values.data(), sizes.data(), binary.data(),
                            1) != 1) {
      return Said(handle_.get());
    }
    return absl::OkStatus();
  }

  // Waits for the answer to what was sent.
  absl::Status Receive() {
    absl::Status status = absl::UnavailableError("no answer");
    while (const Result result = Result(PQgetResult(handle_.get()))) {
      status =
          PQresultStatus(result.get()) == PGRES_COMMAND_OK ? absl::OkStatus() : Said(handle_.get());
    }
    return status;
  }

  // Whether the answer is there.
  absl::StatusOr<bool> Poll() {
    if (PQconsumeInput(handle_.get()) != 1) return Said(handle_.get());
    return PQisBusy(handle_.get()) == 0;
  }

  int socket() const { return PQsocket(handle_.get()); }

 private:
  Inserter(Handle handle, int rows) : handle_(std::move(handle)), rows_(rows) {}
  const Handle handle_;
  const int rows_;
};

// Lets the read loop watch libpq's own socket.
class InsertConnection final : public Connection {
 public:
  InsertConnection(std::unique_ptr<Inserter> inserter, Progress* progress)
      : Connection(Socket::Borrow(inserter->socket())),
        inserter_(std::move(inserter)),
        progress_(progress) {}

  void Send() {
    if (progress_->Take(1) == 0) return;
    if (absl::Status sent = inserter_->Send(&progress_->maker()); !sent.ok()) progress_->Fail(sent);
  }

  bool OnReadable() override {
    absl::StatusOr<bool> ready = inserter_->Poll();
    absl::Status status = ready.status();
    if (status.ok() && *ready) {
      status = inserter_->Receive();
      progress_->Acknowledge(1);
      if (status.ok()) Send();
    }
    if (!status.ok()) progress_->Fail(status);
    return status.ok();
  }

 private:
  const std::unique_ptr<Inserter> inserter_;
  Progress* const progress_;
};

class PostgresTarget final : public Target {
 public:
  explicit PostgresTarget(std::string address) : address_(std::move(address)) {}

  absl::Status Prepare() override {
    absl::StatusOr<Handle> handle = Open(address_);
    if (!handle.ok()) return handle.status();
    return Execute(handle->get(),
                   "CREATE TABLE events (sequence bigserial PRIMARY KEY, body bytea NOT NULL);"
                   "ALTER TABLE events ALTER COLUMN body SET STORAGE EXTERNAL");
  }

  absl::StatusOr<Outcome> PublishUnary(const PublishShape& shape) override {
    return PublishStream(shape);
  }
  absl::StatusOr<Outcome> PublishStream(const PublishShape& shape) override {
    if (shape.per_frame > 1) return Preload(shape);
    Progress progress(shape);
    std::vector<std::unique_ptr<Connection>> connections;
    for (int i = 0; i < shape.in_flight; ++i) {
      absl::StatusOr<std::unique_ptr<Inserter>> inserter = Inserter::Open(address_, 1);
      if (!inserter.ok()) return inserter.status();
      connections.push_back(std::make_unique<InsertConnection>(*std::move(inserter), &progress));
    }
    return RunPublishers(std::move(connections), &progress, [](Connection* connection) {
      static_cast<InsertConnection*>(connection)->Send();
    });
  }

  absl::StatusOr<Outcome> Read(const ReadShape& shape) override {
    absl::StatusOr<Handle> handle = Open(address_);
    if (!handle.ok()) return handle.status();
    const double began_s = Now_s();
    const Result copying(PQexec(handle->get(),
                                "COPY (SELECT sequence, body FROM events ORDER BY sequence) "
                                "TO STDOUT (FORMAT binary)"));
    if (PQresultStatus(copying.get()) != PGRES_COPY_OUT) return Said(handle->get());
    int64_t events = -1;  // the trailer comes as a row of its own, the header with the first
    char* row = nullptr;
    while (PQgetCopyData(handle->get(), &row, 0) > 0) {
      ++events;
      PQfreemem(row);
    }
    if (events < shape.events) return absl::DataLossError(absl::StrCat("only ", events, " came"));
    return Outcome{events, Now_s() - began_s, {}};
  }

 private:
  // Many rows a transaction: no measurement, only what is read afterwards.
  absl::StatusOr<Outcome> Preload(const PublishShape& shape) {
    absl::StatusOr<std::unique_ptr<Inserter>> inserter = Inserter::Open(address_, kPreloadRows);
    if (!inserter.ok()) return inserter.status();
    EventMaker maker(FreshSeed());
    const double began_s = Now_s();
    int64_t events = 0;
    for (; events < shape.events; events += kPreloadRows) {
      absl::Status status = (*inserter)->Send(&maker);
      if (status.ok()) status = (*inserter)->Receive();
      if (!status.ok()) return status;
    }
    return Outcome{events, Now_s() - began_s, {}};
  }

  const std::string address_;
};

}  // namespace

std::unique_ptr<Target> NewPostgresTarget(const std::string& address) {
  return std::make_unique<PostgresTarget>(address);
}

}  // namespace liaison::bench
