// Takes the power away under an outbox, seed after seed, and looks whether what it had taken is
// there.
#include <gmock/gmock.h>
#include <sqlite3.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <filesystem>
#include <iostream>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "liaison/outbox.h"
#include "proto/record/uuid.h"
#include "tests/support/power_loss_vfs.h"
#include "tests/unit/client/outbox/paper_hub.h"

namespace liaison {
namespace {

using testing::PaperHub;
using testing::PowerLossVfs;
using Lie = PowerLossVfs::Lie;

constexpr char kLog[] = "6f9619ff-8b86-4011-b42d-00cf4fc964ff";
constexpr int kMaxChanges = 250;

// What the outbox has promised about an event.
enum class Promise {
  kMayBeThere,  // the call that took it, or took it out, did not return
  kThere,
  kSettled,  // its receipt was written down
};

// A Round is one life of an outbox, from its first event to the loss of power.
class Round {
 public:
  Round(uint32_t seed, Lie lie) : random_(seed), vfs_("power-loss", lie) {
    std::string name = std::filesystem::temp_directory_path() / "liaison-power-XXXXXX";
    folder_ = mkdtemp(name.data());
    after_ = folder_ + "/after";
    std::filesystem::create_directory(after_);
  }
  ~Round() {
    outbox_.reset();
    std::filesystem::remove_all(folder_);
  }

  // What is wrong; empty: nothing.
  std::string Run() {
    Open();
    vfs_.CutAfter(static_cast<int>(random_() % kMaxChanges) + 1);
    while (!vfs_.is_cut()) Act();
    outbox_.reset();
    vfs_.Restore(after_, &random_);
    return Judge();
  }
  size_t promised() const { return promises_.size(); }

 private:
  void Open() {
    outbox_.reset();
    OutboxOptions options;
    options.sqlite_vfs = vfs_.name();
    auto opened = Outbox::Open(folder_ + "/outbox", options);
    if (opened.ok()) outbox_ = *std::move(opened);
  }

  void Act() {
    if (outbox_ == nullptr) return Open();
    switch (random_() % 8) {
      case 0:
        return Open();
      case 1:
        return Drop();
      case 2:
        return Forget();
      case 3:
      case 4:
        return Flush();
      default:
        return Publish();
    }
  }

  void Publish() {
    std::vector<v1::Draft> drafts(random_() % 3 + 1);
    for (v1::Draft& draft : drafts) {
      draft.set_author("org/example-igf");
      draft.set_event_id(record::Uuid::Random().ToString());
      draft.mutable_topic_signal()->set_title("fictional");
      draft.mutable_topic_signal()->set_text(std::string(random_() % 9000, 'x'));
      order_.push_back(draft.event_id());
      promises_[draft.event_id()] = Promise::kMayBeThere;
    }
    if (!outbox_->PublishAll(drafts).ok()) return;
    for (const v1::Draft& draft : drafts) promises_[draft.event_id()] = Promise::kThere;
  }

  void Flush() {
    if (!outbox_->Flush(hub_, {}).ok()) return;
    for (auto& promise : promises_) {
      if (promise.second == Promise::kThere) promise.second = Promise::kSettled;
    }
  }

  void Forget() {
    const auto items = outbox_->List(0, 3);
    if (!items.ok()) return;
    std::vector<uint64_t> numbers;
    for (const OutboxItem& item : *items) {
      if (item.state != OutboxItemState::kAccepted) continue;
      numbers.push_back(item.number);
      promises_[item.event_id] = Promise::kMayBeThere;
    }
    if (!outbox_->Forget(numbers).ok()) return;
    for (const OutboxItem& item : *items) {
      if (item.state == OutboxItemState::kAccepted) Gone(item.event_id);
    }
  }

  void Drop() {
    const auto items = outbox_->List(0, 100);
    if (!items.ok() || items->empty()) return;
    const OutboxItem& item = (*items)[random_() % items->size()];
    promises_[item.event_id] = Promise::kMayBeThere;
    if (outbox_->Drop(item.number).ok()) Gone(item.event_id);
  }
  void Gone(const std::string& event_id) {
    promises_.erase(event_id);
    gone_.insert(event_id);
  }

  std::string Judge() {
    const auto opened = Outbox::Open(after_ + "/outbox");
    if (!opened.ok()) return absl::StrCat("does not open: ", opened.status().ToString());
    const auto items = (*opened)->List(0, 100'000);
    if (!items.ok()) return absl::StrCat("cannot be read: ", items.status().ToString());
    std::map<std::string, OutboxItemState> found;
    for (const OutboxItem& item : *items) found[item.event_id] = item.state;
    for (const auto& promise : promises_) {
      const auto there = found.find(promise.first);
      if (promise.second == Promise::kMayBeThere) continue;
      if (there == found.end()) return absl::StrCat("lost: ", promise.first);
      if (promise.second == Promise::kSettled && there->second != OutboxItemState::kAccepted) {
        return absl::StrCat("its receipt is lost: ", promise.first);
      }
    }
    for (const auto& there : found) {
      if (gone_.count(there.first) > 0) return absl::StrCat("is back: ", there.first);
    }
    if (!(*opened)->Flush(hub_, {}).ok()) return "what is left cannot be sent";
    return JudgeHub();
  }

  // Everything that was promised is in the hub's log, once and in order.
  std::string JudgeHub() {
    const std::vector<std::string> log = hub_->log();
    const std::set<std::string> in_log(log.begin(), log.end());
    if (in_log.size() != log.size()) return "arrived twice";
    for (const auto& promise : promises_) {
      if (promise.second != Promise::kMayBeThere && in_log.count(promise.first) == 0) {
        return absl::StrCat("never arrived: ", promise.first);
      }
    }
    std::vector<std::string> in_order;
    for (const std::string& id : order_) {
      if (in_log.count(id) > 0) in_order.push_back(id);
    }
    return in_order == log ? "" : "arrived in another order";
  }

  std::mt19937 random_;
  PowerLossVfs vfs_;
  std::string folder_;
  std::string after_;
  std::shared_ptr<PaperHub> hub_ = std::make_shared<PaperHub>(kLog);
  std::unique_ptr<Outbox> outbox_;
  std::vector<std::string> order_;
  std::map<std::string, Promise> promises_;
  std::set<std::string> gone_;
};

}  // namespace
}  // namespace liaison

int main(int argc, char** argv) {
  using liaison::testing::PowerLossVfs;
  uint32_t first_seed = std::random_device()();
  int seeds = 500;
  std::string lie_name = "none";
  CLI::App app(
      "Takes the power away under an outbox, and looks whether what it had taken is there");
  app.add_option("--first-seed", first_seed, "Of the first round; the next has the next");
  app.add_option("--seeds", seeds, "Rounds");
  app.add_option("--lie", lie_name,
                 "A disk that does not sync (`sync`), or whose folder is not synced (`folder`): "
                 "then a loss must be found")
      ->check(CLI::IsMember({"none", "sync", "folder"}));
  CLI11_PARSE(app, argc, argv);
  const PowerLossVfs::Lie lie = lie_name == "sync"     ? PowerLossVfs::Lie::kNothingIsSynced
                                : lie_name == "folder" ? PowerLossVfs::Lie::kFolderIsNotSynced
                                                       : PowerLossVfs::Lie::kNone;
  int wrong = 0;
  size_t promised = 0;
  for (int i = 0; i < seeds; ++i) {
    const uint32_t seed = first_seed + static_cast<uint32_t>(i);
    liaison::Round round(seed, lie);
    const std::string fault = round.Run();
    promised += round.promised();
    if (fault.empty()) continue;
    ++wrong;
    if (wrong <= 5) std::cout << "seed " << seed << ": " << fault << "\n";
  }
  std::cout << seeds << " losses of power from seed " << first_seed << ", disk lies about "
            << lie_name << ": " << promised << " events in the outboxes, " << wrong
            << " rounds with a loss\n";
  const bool lies = lie != PowerLossVfs::Lie::kNone;
  if (lies && wrong == 0) std::cout << "a disk that lies was not noticed\n";
  return lies == (wrong > 0) ? 0 : 1;
}
