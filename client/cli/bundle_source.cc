#include "client/cli/bundle_source.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "liaison/directory_client.h"
#include "proto/record/foreign.h"
#include "proto/record/macros.h"

namespace liaison::cli {
namespace {

constexpr absl::Duration kAskAgainAfter = absl::Milliseconds(200);

std::string BeginOf(const v1::GetCheckpointResponse& checkpoint, uint64_t first) {
  Payload begin;
  begin.Sized(2, checkpoint.log_origin())
      .Sized(2, checkpoint.log_vkey())
      .Number(8, first)
      .Number(8, checkpoint.size());
  return begin.bytes();
}

std::string EventRecordOf(const v1::Event& event) {
  Payload payload;
  payload.Sized(2, event.leaf()).Sized(4, event.header()).Number(1, event.sections_size());
  for (const v1::Section& section : event.sections()) {
    const BundledSection status =
        section.status() == v1::SECTION_STATUS_ERASED     ? BundledSection::kErased
        : section.status() == v1::SECTION_STATUS_WITHHELD ? BundledSection::kNotIncluded
                                                          : BundledSection::kPresent;
    payload.Number(2, section.kind()).Number(1, static_cast<uint64_t>(status));
    if (status == BundledSection::kPresent) {
      payload.Bytes(section.salt()).Sized(4, section.data());
    }
  }
  return payload.bytes();
}

}  // namespace

BundleSource::BundleSource(std::shared_ptr<Connection> connection, absl::Duration patience,
                           std::function<void(uint64_t)> progress)
    : connection_(std::move(connection)), patience_(patience), progress_(std::move(progress)) {}

BundleSource::~BundleSource() = default;

absl::StatusOr<v1::GetHubResponse> BundleSource::Hub() const {
  return DirectoryClient(connection_).Hub();
}

absl::StatusOr<v1::GetCheckpointResponse> BundleSource::Checkpoint(uint64_t covering) const {
  return TransparencyClient(connection_).Checkpoint(covering, patience_);
}

absl::StatusOr<v1::GetCheckpointResponse> BundleSource::WitnessedCheckpoint(
    uint64_t covering) const {
  const absl::Time end = absl::Now() + patience_;
  while (true) {
    LIAISON_ASSIGN_OR_RETURN(v1::GetCheckpointResponse checkpoint, Checkpoint(covering));
    if (checkpoint.witnessed_note().empty()) return checkpoint;
    if (checkpoint.witnessed_size() >= covering) {
      checkpoint.set_note(checkpoint.witnessed_note());
      checkpoint.set_size(checkpoint.witnessed_size());
      return checkpoint;
    }
    if (absl::Now() > end) return checkpoint;
    absl::SleepFor(kAskAgainAfter);
  }
}

absl::Status BundleSource::Read(const v1::GetHubResponse& hub,
                                const v1::GetCheckpointResponse& checkpoint,
                                record::CompactRange* done, BundleSink* sink) {
  const uint64_t last = checkpoint.size();
  LIAISON_RETURN_IF_ERROR(sink->Take('B', BeginOf(checkpoint, done->size() + 1)));
  LIAISON_RETURN_IF_ERROR(sink->Take('C', checkpoint.note()));
  LIAISON_RETURN_IF_ERROR(sink->Take('G', checkpoint.registry_note()));
  LIAISON_RETURN_IF_ERROR(ReadRegistry(checkpoint.registry_size(), sink));
  Payload place;
  place.Number(1, done->roots().size()).Hashes(done->roots()).Number(1, 0);
  LIAISON_RETURN_IF_ERROR(sink->Take('P', place.bytes()));
  v1::Position after = hub.head();
  after.set_sequence(done->size());
  Subscribe(after);
  while (done->size() < last) {
    LIAISON_ASSIGN_OR_RETURN(const std::optional<Event> event, Next(last));
    LIAISON_RETURN_IF_ERROR(PassHidden(event ? event->sequence() - 1 : last, done, sink));
    if (!event) break;
    LIAISON_RETURN_IF_ERROR(sink->Take('E', EventRecordOf(event->proto())));
    LIAISON_RETURN_IF_ERROR(PassOrigin(*event, sink));
    NoteErasures(*event);
    ++events_;
    done->Append(record::LeafHash(event->proto().leaf()));
    LIAISON_RETURN_IF_ERROR(Mark(*done, sink));
    progress_(done->size());
  }
  return absl::OkStatus();
}

absl::Status BundleSource::ReadRegistry(uint64_t size, BundleSink* sink) const {
  LIAISON_ASSIGN_OR_RETURN(const std::vector<v1::RegistryTreeEntry> entries,
                           TransparencyClient(connection_).Registry(size));
  for (const v1::RegistryTreeEntry& entry : entries) {
    LIAISON_RETURN_IF_ERROR(sink->Take('K', absl::StrCat(entry.leaf(), entry.header())));
  }
  return absl::OkStatus();
}

void BundleSource::Subscribe(const v1::Position& after) {
  if (subscription_) return;
  SubscribeParams params;
  params.start = After{after.log_id(), after.sequence()};
  params.options.give_up_after = patience_;
  subscription_ = EventClient(connection_).Subscribe(std::move(params));
}

absl::StatusOr<std::optional<Event>> BundleSource::Next(uint64_t last) {
  if (ahead_) {
    if (ahead_->sequence() > last) return std::optional<Event>();
    return std::exchange(ahead_, std::nullopt);
  }
  uint64_t seen = subscription_->position().sequence();
  while (seen < last) {
    LIAISON_ASSIGN_OR_RETURN(std::optional<Event> event, subscription_->Next(patience_));
    if (event && event->sequence() <= last) return event;
    if (event) {
      ahead_ = std::move(event);
      break;
    }
    const uint64_t now = subscription_->position().sequence();
    if (now <= seen && now < last) {
      return absl::UnavailableError(
          absl::StrCat("the hub sends nothing after event ", now, ", and has signed ", last));
    }
    seen = now;
  }
  return std::optional<Event>();
}

// Another hub's event comes with its leaf there, and the proof of it.
absl::Status BundleSource::PassOrigin(const Event& event, BundleSink* sink) const {
  if (!event.leaf().relayed) return absl::OkStatus();
  LIAISON_ASSIGN_OR_RETURN(const std::string evidence,
                           EventClient(connection_).Evidence(event.sequence()));
  return sink->Take('F', evidence);
}

void BundleSource::NoteErasures(const Event& event) {
  for (const v1::Section& section : event.proto().sections()) {
    if (section.status() != v1::SECTION_STATUS_ERASED) continue;
    erased_.emplace(std::make_pair(std::string(event.digest().bytes()), section.kind()),
                    Erased{event.author(), event.leaf()});
  }
  const v1::RedactionFacts& redaction = event.header().redaction();
  const auto erased = erased_.find({redaction.target_digest(), redaction.section()});
  if (erased == erased_.end()) return;
  const bool has_say =
      !event.leaf().relayed ||
      record::MayErase(event.leaf(), event.author(), erased->second.leaf, erased->second.author);
  if (has_say) erased_.erase(erased);
}

// What the caller may not read, up to and with `through`.
absl::Status BundleSource::PassHidden(uint64_t through, record::CompactRange* done,
                                      BundleSink* sink) {
  if (done->size() >= through) return absl::OkStatus();
  Payload run;
  const auto flush = [&]() -> absl::Status {
    if (run.bytes().empty()) return absl::OkStatus();
    return sink->Take('H', std::exchange(run, Payload()).bytes());
  };
  const absl::Status passed = TransparencyClient(connection_)
                                  .LeafHashes(v1::TREE_LOG, done->size(), through,
                                              [&](const record::Hash& hash) -> absl::Status {
                                                run.Bytes(hash.bytes());
                                                ++hidden_;
                                                done->Append(hash);
                                                if (done->size() % kBundleMarkEvery != 0)
                                                  return absl::OkStatus();
                                                LIAISON_RETURN_IF_ERROR(flush());
                                                return Mark(*done, sink);
                                              });
  LIAISON_RETURN_IF_ERROR(passed);
  return flush();
}

absl::Status BundleSource::Mark(const record::CompactRange& done, BundleSink* sink) const {
  if (done.size() % kBundleMarkEvery != 0) return absl::OkStatus();
  Payload mark;
  mark.Number(8, done.size()).Hashes(done.roots());
  return sink->Take('M', mark.bytes());
}

}  // namespace liaison::cli
