// A hub with a log, a signer and a policy: what other hubs pull from. Everybody in it is fictional.
#ifndef LIAISON_TESTS_UNIT_SERVER_FEDERATION_SHOWN_HUB_H_
#define LIAISON_TESTS_UNIT_SERVER_FEDERATION_SHOWN_HUB_H_

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "proto/record/uuid.h"
#include "server/federation/source.h"
#include "server/transparency/log_key.h"
#include "server/transparency/note_file.h"
#include "server/transparency/signer.h"
#include "storage/rocks/open.h"
#include "storage/trees.h"
#include "tests/support/test_hub.h"

namespace liaison::testing {

class ShownHub {
 public:
  // Of `text`, a policy, $origin and $vkey are this hub's.
  explicit ShownHub(const std::string& text) {
    const transparency::LogKeyOptions keys{dir.path() + "/keys", "igf", "hub.example",
                                           hub.log().log_id()};
    auto key = transparency::FindOrMakeLogKey(keys);
    EXPECT_TRUE(key.ok()) << key.status();
    log_record_ = std::make_unique<transparency::NoteFile>(transparency::CheckpointFile(keys));
    registry_record_ =
        std::make_unique<transparency::NoteFile>(transparency::RegistryCheckpointFile(keys));
    signer = std::make_unique<transparency::Signer>(
        &hub.log(), &storage::TreesOf(hub.log()), *std::move(key),
        transparency::Signer::Records{log_record_.get(), registry_record_.get()});
    EXPECT_TRUE(signer->Open().ok());
    auto parsed = federation::Policy::Parse(absl::StrReplaceAll(
        text, {{"$origin", signer->origin()}, {"$vkey", signer->verifier().ToString()}}));
    EXPECT_TRUE(parsed.ok()) << parsed.status();
    policy = *std::move(parsed);
    source = std::make_unique<federation::Source>(&hub.log(), signer.get(), &policy);
  }

  // The sequence it got.
  uint64_t Publish(pb::PublishItem item) {
    auto receipt = hub.Publish(std::move(item));
    EXPECT_TRUE(receipt.ok()) << receipt.status();
    return receipt.ok() ? receipt->leaf.sequence : 0;
  }
  uint64_t Publish(pb::Draft draft) { return Publish(Item(std::move(draft))); }
  // The same so often, in batches.
  void PublishMany(const pb::Draft& draft, uint64_t count) {
    constexpr uint64_t kBatch = 500;
    for (uint64_t done = 0; done < count; done += kBatch) {
      std::vector<pb::Draft> drafts(std::min(kBatch, count - done), draft);
      for (pb::Draft& each : drafts) each.set_event_id(record::Uuid::Random().ToString());
      for (const auto& answer : hub.PublishBatch(std::move(drafts), /*atomic=*/true)) {
        ASSERT_TRUE(answer.ok()) << answer.status();
      }
    }
  }
  void Sign() { ASSERT_TRUE(signer->SignHead().ok()); }
  record::Hash DigestOf(uint64_t sequence) {
    return record::DecodeLeaf(hub.log().ReadHeader(sequence)->leaf)->digest;
  }

  TempDir dir;
  TestHub hub;
  std::unique_ptr<transparency::Signer> signer;
  federation::Policy policy;
  std::unique_ptr<federation::Source> source;

 private:
  std::unique_ptr<transparency::NoteFile> log_record_;
  std::unique_ptr<transparency::NoteFile> registry_record_;
};

}  // namespace liaison::testing

#endif  // LIAISON_TESTS_UNIT_SERVER_FEDERATION_SHOWN_HUB_H_
