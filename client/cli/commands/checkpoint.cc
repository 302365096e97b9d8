// checkpoint, proof, consistency, leaf-hashes, leaf: what C2SP's own tools take.
#include "proto/record/checkpoint.h"

#include <memory>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "client/cli/commands/checking.h"
#include "client/cli/commands/commands.h"
#include "client/cli/event_json.h"
#include "liaison/directory_client.h"
#include "liaison/event_client.h"
#include "liaison/transparency_client.h"
#include "proto/record/base64.h"
#include "proto/record/macros.h"

namespace liaison::cli {
namespace {

constexpr char kGroup[] = "Checking";

// Two numbers of a command line.
struct Range {
  uint64_t first = 0;
  uint64_t last = 0;
};

constexpr absl::Duration kAskAgainAfter = absl::Milliseconds(200);

// Once enough witnesses have seen the log up to that sequence.
absl::StatusOr<v1::GetCheckpointResponse> WitnessedCheckpoint(Session* session, uint64_t covering) {
  const TransparencyClient client(session->connection());
  const absl::Time end = absl::Now() + session->timeout();
  while (true) {
    LIAISON_ASSIGN_OR_RETURN(v1::GetCheckpointResponse checkpoint,
                             client.Checkpoint(covering, session->timeout()));
    const bool is_there = !checkpoint.witnessed_note().empty();
    if (is_there && checkpoint.witnessed_size() >= covering) return checkpoint;
    if (absl::Now() > end) {
      return absl::DeadlineExceededError(absl::StrCat(
          "no checkpoint that covers event ", covering, " has been seen by enough witnesses",
          is_there ? absl::StrCat(", the newest covers ", checkpoint.witnessed_size()) : "",
          "; they may be away, or this hub asks none"));
    }
    absl::SleepFor(kAskAgainAfter);
  }
}

absl::Status RunCheckpoint(Session* session, bool registry, bool witnessed) {
  LIAISON_ASSIGN_OR_RETURN(const v1::GetHubResponse hub,
                           DirectoryClient(session->connection()).Hub());
  if (witnessed) {
    LIAISON_ASSIGN_OR_RETURN(const v1::GetCheckpointResponse checkpoint,
                             WitnessedCheckpoint(session, hub.head().sequence()));
    return session->console().Bytes(checkpoint.witnessed_note());
  }
  LIAISON_ASSIGN_OR_RETURN(const v1::GetCheckpointResponse checkpoint,
                           TransparencyClient(session->connection())
                               .Checkpoint(hub.head().sequence(), session->timeout()));
  return session->console().Bytes(registry ? checkpoint.registry_note() : checkpoint.note());
}

absl::Status RunProof(Session* session, uint64_t sequence, bool witnessed) {
  const TransparencyClient client(session->connection());
  v1::GetCheckpointResponse checkpoint;
  v1::GetInclusionProofRequest request;
  request.set_leaf_index(sequence - 1);
  if (witnessed) {
    LIAISON_ASSIGN_OR_RETURN(checkpoint, WitnessedCheckpoint(session, sequence));
    request.set_size(checkpoint.witnessed_size());
  } else {
    LIAISON_RETURN_IF_ERROR(client.Checkpoint(sequence, session->timeout()).status());
  }
  LIAISON_ASSIGN_OR_RETURN(const v1::GetInclusionProofResponse response, client.Inclusion(request));
  record::TlogProof proof;
  proof.index = sequence - 1;
  LIAISON_ASSIGN_OR_RETURN(proof.hashes, HashesOf(response.hashes()));
  proof.checkpoint = witnessed ? checkpoint.witnessed_note() : response.note();
  return session->console().Bytes(record::FormatTlogProof(proof));
}

absl::Status RunConsistency(Session* session, const Range& sizes) {
  v1::GetConsistencyProofRequest request;
  request.set_old_size(sizes.first);
  request.set_new_size(sizes.last);
  std::vector<record::Hash> hashes;
  // A new size of 0 asks for the newest checkpoint's; of the empty tree there is nothing to prove.
  if (sizes.last > 0) {
    LIAISON_ASSIGN_OR_RETURN(const v1::GetConsistencyProofResponse response,
                             TransparencyClient(session->connection()).Consistency(request));
    LIAISON_ASSIGN_OR_RETURN(hashes, HashesOf(response.hashes()));
  }
  for (const record::Hash& hash : hashes) {
    LIAISON_RETURN_IF_ERROR(session->console().Line(record::ToBase64(hash)));
  }
  return absl::OkStatus();
}

absl::Status RunLeafHashes(Session* session, const Range& sequences) {
  return TransparencyClient(session->connection())
      .LeafHashes(v1::TREE_LOG, sequences.first - 1, sequences.last,
                  [session](const record::Hash& hash) {
                    return session->console().Line(record::ToBase64(hash));
                  });
}

absl::Status RunLeaf(Session* session, uint64_t sequence) {
  LIAISON_ASSIGN_OR_RETURN(const Event event, EventClient(session->connection()).Get(sequence));
  return session->console().Line(record::ToBase64(event.proto().leaf()));
}

// A positional number, of a sequence where it is at least 1.
void AddNumber(CLI::App* command, const std::string& name, uint64_t* number,
               const std::string& help, uint64_t least) {
  command->add_option(name, *number, help)->required()->check(CLI::Range(least, uint64_t{1} << 62));
}

void AddRange(CLI::App* command, const char* first, const char* last, uint64_t least,
              Session* session, absl::Status (*run)(Session*, const Range&)) {
  auto range = std::make_shared<Range>();
  AddNumber(command, first, &range->first, "From here", least);
  AddNumber(command, last, &range->last, "Up to here, which belongs to it", least);
  command->callback([=] {
    if (range->first > range->last) {
      throw CLI::ValidationError(last, "it is at least as large as the number before it");
    }
    session->Choose([=] { return run(session, *range); });
  });
}

}  // namespace

void AddCheckpoint(CLI::App* app, Session* session) {
  CLI::App* command =
      AddCommand(app, "checkpoint", "Print what the hub has signed of its whole log",
                 "  liaison checkpoint > today.note\n"
                 "  liaison checkpoint --witnessed > today.note\n"
                 "\n"
                 "A C2SP signed note: origin, size, root. It covers the log as it was when you "
                 "asked. Keep it:\n"
                 "next year it tells whether the record still begins with what you saw.\n",
                 kGroup);
  auto registry = std::make_shared<bool>(false);
  command->add_flag("--registry", *registry, "Of the registry of organisations and keys instead");
  auto witnessed = std::make_shared<bool>(false);
  command
      ->add_flag("--witnessed", *witnessed,
                 "Once enough of the hub's witnesses have seen it, with their lines")
      ->excludes("--registry");
  command->callback(
      [=] { session->Choose([=] { return RunCheckpoint(session, *registry, *witnessed); }); });
}

void AddProof(CLI::App* app, Session* session) {
  CLI::App* command = AddCommand(
      app, "proof", "Print the proof that an event stands in the log",
      "  liaison proof 1 > event-1.tlog-proof\n"
      "\n"
      "A C2SP tlog-proof file, to be checked without the hub. It proves that something is there,\n"
      "never that something is not.\n",
      kGroup);
  auto sequence = std::make_shared<uint64_t>(0);
  AddNumber(command, "SEQUENCE", sequence.get(), "Of the event", 1);
  auto witnessed = std::make_shared<bool>(false);
  command->add_flag("--witnessed", *witnessed,
                    "Under a checkpoint that enough of the hub's witnesses have seen");
  command->callback(
      [=] { session->Choose([=] { return RunProof(session, *sequence, *witnessed); }); });
}

void AddConsistency(CLI::App* app, Session* session) {
  AddRange(AddCommand(app, "consistency", "Print the proof that the log only grew",
                      "  liaison consistency 1 2\n"
                      "\n"
                      "Hashes in base64, one a line: RFC 6962, from a tree of OLD leaves to one of "
                      "NEW.\n",
                      kGroup),
           "OLD", "NEW", 0, session, RunConsistency);
}

void AddLeafHashes(CLI::App* app, Session* session) {
  AddRange(AddCommand(app, "leaf-hashes", "Print the leaf hashes of a range of events",
                      "  liaison leaf-hashes 1 2\n"
                      "\n"
                      "Base64, one a line, of hidden events too: whoever has them all recomputes "
                      "the root.\n",
                      kGroup),
           "FIRST", "LAST", 1, session, RunLeafHashes);
}

void AddLeaf(CLI::App* app, Session* session) {
  CLI::App* command = AddCommand(app, "leaf", "Print the bytes that the log's tree has of an event",
                                 "  liaison leaf 1\n"
                                 "\n"
                                 "Base64; storage/format/FORMAT.md has the layout.\n",
                                 kGroup);
  auto sequence = std::make_shared<uint64_t>(0);
  AddNumber(command, "SEQUENCE", sequence.get(), "Of the event", 1);
  command->callback([=] { session->Choose([=] { return RunLeaf(session, *sequence); }); });
}

}  // namespace liaison::cli
