// The hub's sentences: by code and values, for whoever words them in another language, and in
// English. The words are those of proto/words/sentences, put into the program when it is built.
#ifndef LIAISON_SERVER_DOMAIN_SENTENCES_H_
#define LIAISON_SERVER_DOMAIN_SENTENCES_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "google/protobuf/repeated_ptr_field.h"
#include "igf/liaison/v1/sentence.pb.h"
#include "server/domain/english_sentences.h"

namespace liaison::domain {

// One of those that there are words for; another one does not compile.
class SentenceCode {
 public:
  consteval SentenceCode(const char* code)  // NOLINT(google-explicit-constructor): it is one
      : code_(code) {
    bool has_words = false;
    for (const EnglishSentence& one : kEnglishSentences) has_words |= one.code == code_;
    if (!has_words) throw "no words in proto/words/sentences/en.json";  // stops the compiler
  }
  constexpr std::string_view code() const { return code_; }

 private:
  std::string_view code_;
};

// A Say puts a sentence together: Say("gap.raised").With("n", 3). Not thread-safe.
class Say {
 public:
  explicit Say(SentenceCode code) { sentence_.set_code(std::string(code.code())); }

  // As it is.
  Say&& With(absl::string_view name, absl::string_view text) &&;
  Say&& With(absl::string_view name, const char* text) &&;
  Say&& With(absl::string_view name, uint64_t number) &&;
  Say&& Signed(absl::string_view name, int64_t number) &&;
  Say&& Decimal(absl::string_view name, double value, uint32_t digits) &&;
  // YYYY-MM-DD.
  Say&& Day(absl::string_view name, const std::string& day) &&;
  // A key of proto/words.
  Say&& Word(absl::string_view name, const std::string& key) &&;
  Say&& With(absl::string_view name, igf::liaison::v1::Sentence part) &&;
  Say&& With(absl::string_view name, std::vector<igf::liaison::v1::Sentence> list) &&;
  // Between those of the list there are semicolons, because there are commas within them.
  Say&& Apart(absl::string_view name, std::vector<igf::liaison::v1::Sentence> list) &&;

  operator igf::liaison::v1::Sentence() && {  // NOLINT(google-explicit-constructor)
    return std::move(sentence_);
  }

 private:
  igf::liaison::v1::SentenceValue& Add(absl::string_view name);
  void AddList(absl::string_view name, std::vector<igf::liaison::v1::Sentence> list,
               bool by_semicolons);

  igf::liaison::v1::Sentence sentence_;
};

// One that says the text, for lists of texts.
igf::liaison::v1::Sentence AsItIs(absl::string_view text);

// Thread-safe, both of them. A code without words is said as it is, and so is a place that nothing
// fills.
std::string InEnglish(const igf::liaison::v1::Sentence& sentence);
// One after another.
std::string InEnglish(
    const google::protobuf::RepeatedPtrField<igf::liaison::v1::Sentence>& sentences);
std::string InEnglish(const std::vector<igf::liaison::v1::Sentence>& sentences,
                      absl::string_view between = " ");

}  // namespace liaison::domain

#endif  // LIAISON_SERVER_DOMAIN_SENTENCES_H_
