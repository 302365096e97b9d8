// Read GoOn at the end first.

#include "server/recovery/recover.h"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "proto/record/macros.h"
#include "proto/record/private_file.h"
#include "server/federation/origin.h"
#include "server/federation/own_tail.h"
#include "server/recovery/tail_file.h"
#include "server/sequencer/verbatim.h"
#include "server/transparency/log_key.h"
#include "server/transparency/note_file.h"
#include "server/transparency/proofs.h"
#include "storage/trees.h"

namespace liaison::recovery {
namespace {

using federation::Gap;
using federation::OwnTail;

transparency::LogKeyOptions KeyOptions(const Options& options, const record::Uuid& log_id) {
  return {options.keys_dir, "", "", log_id};
}

// nullopt where there is none: here none is made.
absl::StatusOr<std::optional<record::NoteVerifier>> FindKey(const Options& options,
                                                            const record::Uuid& log_id) {
  if (options.keys_dir.empty()) return std::optional<record::NoteVerifier>();
  const transparency::LogKeyOptions key = KeyOptions(options, log_id);
  const absl::Status there = record::ReadPrivateFile(transparency::LogKeyFile(key)).status();
  if (absl::IsNotFound(there)) return std::optional<record::NoteVerifier>();
  LIAISON_RETURN_IF_ERROR(there);
  LIAISON_ASSIGN_OR_RETURN(const record::NoteSigner signer, transparency::FindOrMakeLogKey(key));
  return std::make_optional(signer.verifier());
}

// One restore that is under way.
class Recovery {
 public:
  Recovery(const Options& options, storage::Restore* restore, record::NoteVerifier key)
      : options_(options),
        restore_(*restore),
        key_(std::move(key)),
        tree_(&restore->log(), &storage::TreesOf(restore->log()), storage::Tree::kLog),
        tail_(&restore->log(), &tree_, key_, options.policy) {}

  absl::Status Gather();
  absl::StatusOr<backup::Continuation> Decide();

 private:
  absl::Status ReadRecord();
  void AddKeptRedactions();
  absl::Status AskAll();
  absl::StatusOr<bool> AskOne(const std::string& name, const federation::PeerPolicy& peer);
  std::string WhyNot() const;
  absl::StatusOr<backup::Continuation> GoOnAsItWas();
  absl::StatusOr<backup::Continuation> BeginAnew(std::string why);
  absl::Status KeepEvidence(const absl::Status& why, const std::vector<std::string>& notes) const;

  const Options& options_;
  storage::Restore& restore_;
  const record::NoteVerifier key_;
  const transparency::LogTree tree_;  // of the log before it begins anew
  OwnTail tail_;
  std::optional<uint64_t> record_size_;  // of the last checkpoint that was ever signed
  uint64_t last_redaction_ = 0;          // that was kept beside the backups
  std::map<std::string, std::unique_ptr<federation::PeerLine>> lines_;
  std::map<std::string, std::string> told_;  // by peer: why it was not heard
};

absl::Status Recovery::ReadRecord() {
  const std::string file =
      transparency::CheckpointFile(KeyOptions(options_, restore_.backup().log_id));
  const absl::StatusOr<std::string> note = transparency::NoteFile(file).Load();
  if (!note.ok()) return absl::OkStatus();  // WhyNot says so
  LIAISON_ASSIGN_OR_RETURN(const federation::Head head, federation::OpenHead(key_, *note));
  // A key that was made and never used has the empty tree: here it was used, and this is a copy of
  // before.
  if (head.size == 0) return absl::OkStatus();
  record_size_ = head.size;
  const absl::Status known = tail_.Know(*note);
  return tail_.evidence().empty() ? known : KeepEvidence(known, tail_.evidence());
}

void Recovery::AddKeptRedactions() {
  for (const storage::KeptRedaction& kept : restore_.redactions()) {
    if (kept.log_id != restore_.backup().log_id) continue;
    const absl::StatusOr<record::Leaf> leaf = record::DecodeLeaf(kept.leaf);
    if (leaf.ok()) last_redaction_ = std::max(last_redaction_, leaf->sequence);
    tail_.Add({0, kept.leaf, kept.header, kept.sections});
  }
}

// True once it has answered.
absl::StatusOr<bool> Recovery::AskOne(const std::string& name, const federation::PeerPolicy& peer) {
  std::unique_ptr<federation::PeerLine>& line = lines_[name];
  if (line == nullptr) {
    LIAISON_ASSIGN_OR_RETURN(line, options_.dial(peer));
  }
  const absl::Status asked = tail_.Ask(name, line.get(), [&](uint64_t done, uint64_t of) {
    options_.observer({"recovering", done, of});
  });
  if (asked.ok()) return true;
  if (!tail_.evidence().empty()) return KeepEvidence(asked, tail_.evidence());
  if (absl::IsDataLoss(asked) || absl::IsOutOfRange(asked)) return asked;
  const std::string why(asked.message());
  if (std::exchange(told_[name], why) != why) {
    options_.note(absl::StrCat("waiting for ", name, " (", peer.address, "): ", why,
                               "; --without-peer ", name, " goes on without it"));
  }
  return false;
}

absl::Status Recovery::AskAll() {
  std::map<std::string, const federation::PeerPolicy*> open;
  for (const auto& [name, peer] : options_.policy->peers()) {
    if (options_.without.count(name) > 0) continue;
    if (peer.address.empty()) {
      options_.note(absl::StrCat(name, " cannot be asked: it has no address in the policy"));
    } else {
      open[name] = &peer;
    }
  }
  if (open.empty()) {
    return absl::FailedPreconditionError(
        "the policy names no peer that could be asked: --without-peers begins a new log without "
        "asking");
  }
  while (!open.empty()) {
    for (auto next = open.begin(); next != open.end();) {
      options_.observer({"asking", 0, 0});
      LIAISON_ASSIGN_OR_RETURN(const bool answered, AskOne(next->first, *next->second));
      next = answered ? open.erase(next) : std::next(next);
    }
    // Everybody once: one may have seen more of the log than the record beside the key says, or
    // have words of other hubs' events that another keeps.
    if (WhyNot().empty()) break;
    if (!open.empty()) options_.pause();
  }
  for (const auto& [name, peer] : open) {
    options_.note(absl::StrCat(name,
                               " did not answer, and is waited for no more: all of it is here. Had "
                               "it seen more than that, this hub would only read once it says so"));
  }
  return absl::OkStatus();
}

absl::Status Recovery::Gather() {
  LIAISON_RETURN_IF_ERROR(ReadRecord());
  AddKeptRedactions();
  if (options_.policy == nullptr) return absl::OkStatus();
  return AskAll();
}

// Why the log cannot go on as the one that it was; empty where it can.
std::string Recovery::WhyNot() const {
  if (options_.policy == nullptr) return "nobody was asked what they have of it";
  const std::optional<federation::Head> newest = tail_.newest();
  if (!record_size_) {
    return absl::StrCat("the record of what this key has signed is not in ", options_.keys_dir,
                        ": nobody knows which checkpoint was the last");
  }
  if (newest->size > *record_size_) {
    return absl::StrCat("the record beside the key ends at ", *record_size_,
                        " and a peer has a checkpoint of ", newest->size,
                        ": it is an older copy, and nobody knows which checkpoint was the last");
  }
  const std::vector<Gap> missing = tail_.missing();
  if (!missing.empty()) {
    return absl::StrCat("nobody has ", ToWords(missing), " of the ", newest->size,
                        " that the last checkpoint covers");
  }
  if (last_redaction_ > std::max(newest->size, restore_.log().head().sequence)) {
    return absl::StrCat("event ", last_redaction_,
                        " erased something, and no checkpoint covers it: what was between is lost");
  }
  return "";
}

absl::StatusOr<backup::Continuation> Recovery::Decide() {
  std::string why = WhyNot();
  if (why.empty()) return GoOnAsItWas();
  // Nobody is to begin anew on a log of which somebody else has another history.
  if (const std::optional<federation::Head> head = tail_.doubtful()) {
    return KeepEvidence(
        absl::DataLossError(absl::StrCat(
            "a peer shows a checkpoint of ", head->size,
            " events, signed with this log's key, to "
            "which the backup does not lead: ",
            absl::StrJoin(tail_.remarks(), "; "),
            ". Either that peer's answer is bad, and --without-peer goes on without it, or the "
            "log has two histories")),
        {head->note});
  }
  for (const std::string& remark : tail_.remarks()) options_.note(remark);
  return BeginAnew(std::move(why));
}

absl::StatusOr<backup::Continuation> Recovery::GoOnAsItWas() {
  const uint64_t before = restore_.log().head().sequence;
  LIAISON_RETURN_IF_ERROR(
      sequencer::AppendVerbatim(tail_.events(), tail_.evidence_of_relayed(), &restore_.log()));
  if (const absl::Status same = tail_.CheckHeads(restore_.log()); !same.ok()) {
    return KeepEvidence(same, tail_.evidence());
  }
  if (const size_t without = tail_.without_words(); without > 0) {
    options_.note(absl::StrCat(without, without == 1 ? " event" : " events",
                               " from elsewhere came back without all the words: whoever was asked "
                               "lets no more of them go, and they do not come later"));
  }
  backup::Continuation continuation;
  continuation.same_log = true;
  continuation.recovered = restore_.log().head().sequence - before;
  continuation.checkpoint = tail_.newest()->note;
  return continuation;
}

absl::StatusOr<backup::Continuation> Recovery::BeginAnew(std::string why) {
  backup::Continuation continuation;
  continuation.why = std::move(why);
  // What came from elsewhere comes again from there.
  const std::map<uint64_t, std::string> relayed = tail_.evidence_of_relayed();
  std::vector<storage::StoredEvent> events = tail_.events();
  events.erase(std::remove_if(events.begin(), events.end(),
                              [&relayed](const storage::StoredEvent& event) {
                                return relayed.count(event.sequence) > 0;
                              }),
               events.end());
  const uint64_t before = restore_.log().head().sequence;
  const std::string old_id = restore_.backup().log_id.ToString();
  LIAISON_RETURN_IF_ERROR(restore_.BeginAnew());
  if (const std::optional<federation::Head> newest = tail_.newest()) {
    LIAISON_ASSIGN_OR_RETURN(const federation::Origin origin, federation::ParseOrigin(key_.name()));
    LIAISON_RETURN_IF_ERROR(
        sequencer::AppendQuote(origin.hub, newest->note, options_.now_us(), &restore_.log()));
    continuation.checkpoint = newest->note;
    if (newest->size > before) continuation.behind = newest->size - before;
  }
  if (events.empty() || options_.policy == nullptr) return continuation;
  continuation.known = events.size();
  continuation.tail_file = absl::StrCat("tail-of-", old_id, ".jsonl");
  continuation.keep_tail = [text = TailText(events)](const std::string& file) {
    return record::ReplacePrivateFile(file, text);
  };
  return continuation;
}

absl::Status Recovery::KeepEvidence(const absl::Status& why,
                                    const std::vector<std::string>& notes) const {
  const absl::Status kept =
      record::ReplacePrivateFile(options_.evidence_file, absl::StrJoin(notes, "\n"));
  return absl::DataLossError(
      absl::StrCat(why.message(), kept.ok() ? ". The checkpoint is in " : ". It cannot be kept in ",
                   options_.evidence_file));
}

}  // namespace

absl::StatusOr<backup::Continuation> GoOn(const Options& options, storage::Restore* restore) {
  if (options.policy != nullptr) {
    for (const std::string& name : options.without) {
      if (options.policy->peers().count(name) > 0) continue;
      return absl::FailedPreconditionError(absl::StrCat("the policy has no peer ", name));
    }
  }
  LIAISON_ASSIGN_OR_RETURN(const std::optional<record::NoteVerifier> key,
                           FindKey(options, restore->backup().log_id));
  if (!key && options.policy != nullptr) {
    return absl::FailedPreconditionError(absl::StrCat(
        options.keys_dir, " has not the key of this log, log-", restore->backup().log_id.ToString(),
        ".key: nothing that peers show of it could be checked. Bring it back from a copy, or begin "
        "a new log with --without-peers"));
  }
  if (!key) {
    LIAISON_RETURN_IF_ERROR(restore->BeginAnew());
    backup::Continuation continuation;
    continuation.why = "nobody was asked what they have of it, and the log's key is not there";
    return continuation;
  }
  Recovery recovery(options, restore, *key);
  LIAISON_RETURN_IF_ERROR(recovery.Gather());
  return recovery.Decide();
}

}  // namespace liaison::recovery
