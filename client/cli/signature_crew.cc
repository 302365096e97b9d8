#include "client/cli/signature_crew.h"

#include <algorithm>
#include <cstring>
#include <iterator>
#include <utility>

#include "proto/record/pae.h"

namespace liaison::cli {
namespace {

// A batch is a hundredth of a second of work, or as many bytes as a few large headers.
constexpr size_t kBatchClaims = 64;
constexpr size_t kBatchSizeBytes = 256 << 10;
constexpr size_t kMaxWaitingPerThread = 4;
constexpr size_t kMaxThreads = 63;
constexpr size_t kMaxWrongKept = 200;

}  // namespace

size_t SignatureCrew::OtherProcessors() {
  const size_t processors = std::max(1U, std::thread::hardware_concurrency());
  return std::min(processors - 1, kMaxThreads);
}

SignatureCrew::SignatureCrew(size_t threads)
    : thread_count_(std::min(threads, kMaxThreads)), open_(std::make_unique<Batch>()) {}

SignatureCrew::~SignatureCrew() {
  {
    absl::MutexLock lock(&mu_);
    ended_ = true;
    waiting_.clear();
  }
  for (std::thread& thread : threads_) thread.join();
}

void SignatureCrew::Add(const Claim& claim) {
  if (claim.public_key.size() != record::kPublicKeySizeBytes ||
      claim.signature.size() != record::kSignatureSizeBytes) {
    return Count({0, 1, {{claim.number, std::string(claim.words)}}});
  }
  const std::string message = record::Pae(record::kEventHeaderType, claim.header);
  Job& job = open_->jobs.emplace_back();
  job.number = claim.number;
  job.words_size_bytes = claim.words.size();
  job.message_size_bytes = message.size();
  std::memcpy(job.public_key, claim.public_key.data(), sizeof(job.public_key));
  std::memcpy(job.signature, claim.signature.data(), sizeof(job.signature));
  open_->bytes.append(claim.words.data(), claim.words.size());
  open_->bytes.append(message);
  if (open_->jobs.size() == kBatchClaims || open_->bytes.size() >= kBatchSizeBytes) HandOver();
}

void SignatureCrew::HandOver() {
  std::unique_ptr<Batch> batch = std::exchange(open_, std::make_unique<Batch>());
  // One batch does not pay for a thread.
  if (++batches_ == 2) {
    for (size_t i = 0; i < thread_count_; ++i) threads_.emplace_back([this] { Work(); });
  }
  if (!threads_.empty()) {
    absl::MutexLock lock(&mu_);
    if (waiting_.size() < kMaxWaitingPerThread * threads_.size()) {
      waiting_.push_back(std::move(batch));
      return;
    }
  }
  Verify(*batch);
}

std::unique_ptr<SignatureCrew::Batch> SignatureCrew::TakeLocked() {
  if (waiting_.empty()) return nullptr;
  std::unique_ptr<Batch> batch = std::move(waiting_.front());
  waiting_.pop_front();
  ++at_work_;
  return batch;
}

void SignatureCrew::Work() {
  while (true) {
    std::unique_ptr<Batch> batch;
    {
      absl::MutexLock lock(&mu_);
      mu_.Await(absl::Condition(this, &SignatureCrew::SomethingToDo));
      batch = TakeLocked();
    }
    if (batch == nullptr) return;
    Verify(*batch);
    absl::MutexLock lock(&mu_);
    --at_work_;
  }
}

void SignatureCrew::Verify(const Batch& batch) {
  Verdict found;
  absl::string_view rest = batch.bytes;
  for (const Job& job : batch.jobs) {
    const absl::string_view words = rest.substr(0, job.words_size_bytes);
    rest.remove_prefix(job.words_size_bytes);
    const absl::string_view message = rest.substr(0, job.message_size_bytes);
    rest.remove_prefix(job.message_size_bytes);
    if (record::VerifyMessage({job.public_key, sizeof(job.public_key)}, message,
                              {job.signature, sizeof(job.signature)})) {
      ++found.right;
    } else {
      ++found.wrong;
      found.first_wrong.emplace(job.number, words);
    }
  }
  Count(std::move(found));
}

void SignatureCrew::Count(Verdict found) {
  absl::MutexLock lock(&mu_);
  verdict_.right += found.right;
  verdict_.wrong += found.wrong;
  verdict_.first_wrong.merge(found.first_wrong);
  while (verdict_.first_wrong.size() > kMaxWrongKept) {
    verdict_.first_wrong.erase(std::prev(verdict_.first_wrong.end()));
  }
}

SignatureCrew::Verdict SignatureCrew::Finish() {
  Verify(*std::exchange(open_, std::make_unique<Batch>()));
  while (true) {
    std::unique_ptr<Batch> batch;
    {
      absl::MutexLock lock(&mu_);
      batch = TakeLocked();
      if (batch == nullptr) {
        mu_.Await(absl::Condition(this, &SignatureCrew::AllDone));
        return verdict_;
      }
    }
    Verify(*batch);
    absl::MutexLock lock(&mu_);
    --at_work_;
  }
}

}  // namespace liaison::cli
