#include "server/transparency/signer.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "proto/record/errors.h"
#include "proto/record/leaf.h"
#include "proto/record/macros.h"
#include "proto/record/pae.h"
#include "server/transparency/log_key.h"
#include "storage/base/fault_point.h"
#include "storage/tree/proofs.h"

namespace liaison::transparency {
namespace {

constexpr absl::Duration kSignEvery = absl::Seconds(1);
constexpr absl::Duration kSignEveryForListeners = absl::Milliseconds(100);
constexpr absl::Duration kRestAfterSigning = absl::Milliseconds(20);

absl::Status Contradicts(const std::string& origin, absl::string_view why) {
  return absl::DataLossError(absl::StrCat(why, ". This hub has signed for ", origin,
                                          " what its log no longer is: more events would split its "
                                          "history"));
}

// One event as it is read again: its leaf stands where it says, and is of that header.
absl::Status CheckEvent(const storage::EventLog::EventView& event) {
  LIAISON_ASSIGN_OR_RETURN(const record::Leaf leaf, record::DecodeLeaf(event.leaf));
  if (leaf.sequence != event.sequence) {
    return absl::DataLossError(
        absl::StrCat("the leaf of event ", event.sequence, " is that of ", leaf.sequence));
  }
  if (leaf.digest != record::EventDigest(event.header)) {
    return absl::DataLossError(
        absl::StrCat("the header of event ", event.sequence, " is not that of its leaf"));
  }
  return absl::OkStatus();
}

}  // namespace

Signer::Signer(const storage::EventLog* log, const storage::TreeStore* trees,
               record::NoteSigner key, Records records)
    : log_(log), trees_(trees) {
  const std::string registry_origin = absl::StrCat(key.verifier().name(), kRegistrySuffix);
  registry_tree_ = std::make_unique<Covered>(
      Covered{storage::Tree::kRegistry, key.WithName(registry_origin), records.registry, {}, {}});
  log_tree_ =
      std::make_unique<Covered>(Covered{storage::Tree::kLog, std::move(key), records.log, {}, {}});
}

Signer::~Signer() = default;

absl::Status Signer::Open() {
  for (Covered* covered : {log_tree_.get(), registry_tree_.get()}) {
    absl::Status opened = OpenTree(covered);
    if (opened.ok()) continue;
    Stop(opened).IgnoreError();
    return opened;
  }
  return SignHead();
}

absl::Status Signer::OpenTree(Covered* covered) const {
  const std::string& origin = covered->key.verifier().name();
  const absl::StatusOr<std::string> note = covered->record->Load();
  const auto checkpoint = ReadRecord(covered->key.verifier(), note);
  if (!checkpoint.ok()) {
    return absl::FailedPreconditionError(absl::StrCat(
        "what was signed for ", origin, " is lost or damaged: ", checkpoint.status().message(),
        ". Put the newest checkpoint there that anybody has; it is the file"));
  }
  const LogTree tree = this->tree(covered->tree);
  if (checkpoint->size > tree.size()) {
    return Contradicts(origin, absl::StrCat("its log ends at ", tree.size(), ", and ",
                                            checkpoint->size, " were signed"));
  }
  LIAISON_ASSIGN_OR_RETURN(covered->range, storage::LoadCompactRange(tree, checkpoint->size));
  if (covered->range.Root() != checkpoint->root) {
    return Contradicts(origin, absl::StrCat("its log has another root at size ", checkpoint->size));
  }
  covered->last = {{checkpoint->size, checkpoint->root}, *note};
  return absl::OkStatus();
}

absl::Status Signer::SignHead() {
  LIAISON_RETURN_IF_ERROR(condition());
  const storage::Head head = log_->head();
  const bool may_sign = may_();
  for (const auto& [covered, tree_head] :
       {std::pair<Covered*, TreeHead>{log_tree_.get(), {head.sequence, head.root}},
        std::pair<Covered*, TreeHead>{registry_tree_.get(),
                                      {head.registry_size, head.registry_root}}}) {
    if (!may_sign) break;
    if (absl::Status signed_it = SignTree(covered, tree_head); !signed_it.ok()) {
      return absl::IsDataLoss(signed_it) ? Stop(signed_it) : signed_it;
    }
  }
  auto published =
      std::make_shared<const Published>(Published{log_tree_->last, registry_tree_->last});
  {
    absl::MutexLock lock(&mu_);
    published_ = std::move(published);
  }
  LIAISON_FAULT_POINT("sign.published");
  return absl::OkStatus();
}

absl::Status Signer::SignTree(Covered* covered, const TreeHead& head) const {
  if (head.size < covered->last.head.size) {
    return absl::DataLossError(absl::StrCat("the log ends at ", head.size, " and was signed up to ",
                                            covered->last.head.size));
  }
  if (head.size == covered->last.head.size) {
    if (head.root == covered->last.head.root) return absl::OkStatus();
    return absl::DataLossError(absl::StrCat("another root at size ", head.size));
  }
  LIAISON_ASSIGN_OR_RETURN(record::CompactRange range, Reread(*covered, head.size));
  if (range.Root() != head.root) {
    return absl::DataLossError(
        absl::StrCat("what is stored up to ", head.size, " does not lead to the log's root"));
  }
  LIAISON_FAULT_POINT("sign.reread");
  const std::string text =
      record::FormatCheckpoint({covered->key.verifier().name(), head.size, head.root, {}});
  std::string note = absl::StrCat(text, "\n", covered->key.Sign(text));
  LIAISON_FAULT_POINT("sign.signed");
  LIAISON_RETURN_IF_ERROR(covered->record->Save(note));
  LIAISON_FAULT_POINT("sign.kept");
  covered->range = std::move(range);
  covered->last = {head, std::move(note)};
  return absl::OkStatus();
}

absl::StatusOr<record::CompactRange> Signer::Reread(const Covered& covered, uint64_t size) const {
  if (covered.tree == storage::Tree::kRegistry) return RereadRegistry(covered.range, size);
  record::CompactRange range = covered.range;
  absl::Status faulty;
  LIAISON_RETURN_IF_ERROR(
      log_->ScanHeaders(range.size(), [&](const storage::EventLog::EventView& event) {
        if (range.size() == size) return false;
        faulty = CheckEvent(event);
        if (faulty.ok() && event.sequence != range.size() + 1) {
          faulty = absl::DataLossError(absl::StrCat("event ", range.size() + 1, " is missing"));
        }
        if (!faulty.ok()) return false;
        range.Append(record::LeafHash(event.leaf));
        return true;
      }));
  LIAISON_RETURN_IF_ERROR(faulty);
  if (range.size() == size) return range;
  return absl::DataLossError(absl::StrCat("the log ends at ", range.size(), " before ", size));
}

absl::StatusOr<record::CompactRange> Signer::RereadRegistry(record::CompactRange range,
                                                            uint64_t size) const {
  while (range.size() < size) {
    LIAISON_ASSIGN_OR_RETURN(const std::string bytes, log_->ReadRegistryLeaf(range.size()));
    LIAISON_ASSIGN_OR_RETURN(const record::RegistryLeaf leaf, record::DecodeRegistryLeaf(bytes));
    LIAISON_ASSIGN_OR_RETURN(const storage::StoredEvent event, log_->ReadHeader(leaf.sequence));
    if (leaf.index != range.size() || leaf.digest != record::EventDigest(event.header)) {
      return absl::DataLossError(
          absl::StrCat("leaf ", range.size(), " of the registry is not that of its event"));
    }
    range.Append(record::LeafHash(bytes));
  }
  return range;
}

// What is stored is not what was written: the disk is not trusted again before a person has looked.
absl::Status Signer::Stop(const absl::Status& cause) {
  absl::Status stopped = record::Error(
      record::Reason::kInternal, absl::StrCat("this hub signs nothing more: ", cause.message()));
  absl::MutexLock lock(&mu_);
  condition_ = stopped;
  return stopped;
}

std::shared_ptr<const Published> Signer::published() const {
  absl::MutexLock lock(&mu_);
  return published_;
}

absl::Status Signer::condition() const {
  absl::MutexLock lock(&mu_);
  return condition_;
}

SigningBeat::SigningBeat(Signer* signer, std::function<void(const absl::Status&)> on_change,
                         HeadNews* news)
    : signer_(signer), on_change_(std::move(on_change)), news_(news), thread_([this] { Run(); }) {}

SigningBeat::~SigningBeat() {
  {
    absl::MutexLock lock(&mu_);
    ending_ = true;
  }
  thread_.join();
}

void SigningBeat::Hurry() {
  absl::MutexLock lock(&mu_);
  asked_ = true;
}

absl::Status SigningBeat::Sign() {
  LIAISON_RETURN_IF_ERROR(signer_->SignHead());
  const uint64_t size = signer_->published()->log.head.size;
  if (news_ != nullptr && std::exchange(told_, size) != size) news_->Tell();
  return absl::OkStatus();
}

void SigningBeat::Run() {
  absl::Status status;
  bool ending = false;
  while (!ending) {
    const absl::Status now = Sign();
    if (now.ok() != status.ok()) on_change_(now);
    status = now;
    const bool listened = news_ != nullptr && news_->has_listeners();
    absl::MutexLock lock(&mu_);
    mu_.AwaitWithTimeout(absl::Condition(&ending_), kRestAfterSigning);
    mu_.AwaitWithTimeout(absl::Condition(this, &SigningBeat::Wanted),
                         (listened ? kSignEveryForListeners : kSignEvery) - kRestAfterSigning);
    asked_ = false;
    ending = ending_;
  }
  // What was appended while it waited is covered too.
  const absl::Status last = signer_->SignHead();
  if (last.ok() != status.ok()) on_change_(last);
}

}  // namespace liaison::transparency
