// How much of answers waits in this process for those who read them.
#ifndef LIAISON_SERVER_WEB_ANSWER_BUDGET_H_
#define LIAISON_SERVER_WEB_ANSWER_BUDGET_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>

namespace liaison::web {

// An AnswerBudget is one for all answers together: slow readers, however many, cost so much and no
// more. Thread-safe; outlives its shares.
class AnswerBudget {
 public:
  // Some bytes of it, given back when it goes.
  class Share {
   public:
    Share() = default;
    Share(Share&& other) noexcept { *this = std::move(other); }
    Share& operator=(Share&& other) noexcept {
      if (this == &other) return *this;
      GiveBack();
      budget_ = std::exchange(other.budget_, nullptr);
      size_ = std::exchange(other.size_, 0);
      return *this;
    }
    ~Share() { GiveBack(); }

   private:
    friend class AnswerBudget;
    Share(AnswerBudget* budget, size_t size) : budget_(budget), size_(size) {}
    void GiveBack() {
      if (budget_ != nullptr) budget_->taken_ -= static_cast<int64_t>(size_);
      budget_ = nullptr;
    }

    AnswerBudget* budget_ = nullptr;
    size_t size_ = 0;
  };

  explicit AnswerBudget(size_t size_bytes) : size_(static_cast<int64_t>(size_bytes)) {}

  // nullopt: there is no room for it.
  std::optional<Share> Take(size_t size_bytes) {
    const auto size = static_cast<int64_t>(size_bytes);
    if (taken_.fetch_add(size) + size > size_) {
      taken_ -= size;
      ++refused_;
      return std::nullopt;
    }
    return Share(this, size_bytes);
  }

  int64_t taken_bytes() const { return taken_; }
  int64_t refused() const { return refused_; }

 private:
  const int64_t size_;
  std::atomic<int64_t> taken_{0};
  std::atomic<int64_t> refused_{0};
};

}  // namespace liaison::web

#endif  // LIAISON_SERVER_WEB_ANSWER_BUDGET_H_
