// The outbox that the command line names, and words about it.
#ifndef LIAISON_CLIENT_CLI_OUTBOX_FILE_H_
#define LIAISON_CLIENT_CLI_OUTBOX_FILE_H_

#include <CLI/CLI.hpp>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "client/cli/draft_json.h"
#include "client/cli/session.h"
#include "liaison/outbox.h"

namespace liaison::cli {

// The option of the whole program, and the file it names; empty where it names none.
void AddOutboxOption(CLI::App* app);
std::string OutboxNamed(const CLI::App& app);

// Signs where the profile has a key. INVALID_ARGUMENT where no file is named.
absl::StatusOr<std::unique_ptr<Outbox>> OpenOutbox(const Session& session, const std::string& file);

// A refusal by the outbox itself: the hub had no part in it, and the exit code says so.
absl::Status OfThisSide(const absl::Status& status);

// The same where it is of the outbox's file; the hub's word, or the line's, as it is.
absl::Status OfItsOwnSide(const absl::Status& status);

// `3 of your reports wait for the line; nothing is lost`, and what is left to be done.
std::string WordsFor(const OutboxSummary& summary);
// The same as a note; nothing where the outbox cannot be read.
void NoteWhatWaits(Session* session, Outbox* outbox);

// One item as a program reads it, without the event itself.
Json ItemToJson(const OutboxItem& item);
// Title or name of what waits.
std::string TitleOf(const OutboxItem& item);

}  // namespace liaison::cli

#endif  // LIAISON_CLIENT_CLI_OUTBOX_FILE_H_
