#include "server/domain/sentences.h"

#include <map>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"

namespace liaison::domain {
namespace {

namespace pb = ::igf::liaison::v1;

const EnglishSentence* Find(const std::string& code) {
  static const auto& by_code = *[] {
    auto* all = new std::map<std::string_view, const EnglishSentence*>;
    for (const EnglishSentence& one : kEnglishSentences) all->emplace(one.code, &one);
    return all;
  }();
  const auto it = by_code.find(code);
  return it == by_code.end() ? nullptr : it->second;
}

std::string WordOf(const std::string& key) {
  for (const EnglishWord& word : kEnglishWords) {
    if (word.key == key) return std::string(word.word);
  }
  return key;
}

std::string ValueInEnglish(const pb::SentenceValue& value) {
  switch (value.value_case()) {
    case pb::SentenceValue::kText:
      return value.text();
    case pb::SentenceValue::kNumber:
      return absl::StrCat(value.number());
    case pb::SentenceValue::kDecimal:
      return absl::StrFormat("%.*f", static_cast<int>(value.decimal().digits()),
                             value.decimal().value());
    case pb::SentenceValue::kDay:
      return value.day();
    case pb::SentenceValue::kWord:
      return WordOf(value.word());
    case pb::SentenceValue::kList:
      return absl::StrJoin(
          value.list().sentences(), value.list().by_semicolons() ? "; " : ", ",
          [](std::string* out, const pb::Sentence& one) { out->append(InEnglish(one)); });
    default:
      return "";
  }
}

const pb::SentenceValue* Find(const pb::Sentence& sentence, std::string_view name) {
  for (const pb::SentenceValue& value : sentence.values()) {
    if (value.name() == name) return &value;
  }
  return nullptr;
}

}  // namespace

pb::SentenceValue& Say::Add(absl::string_view name) {
  pb::SentenceValue& value = *sentence_.add_values();
  value.set_name(std::string(name));
  return value;
}

void Say::AddList(absl::string_view name, std::vector<pb::Sentence> list, bool by_semicolons) {
  pb::SentenceList& into = *Add(name).mutable_list();
  for (pb::Sentence& one : list) *into.add_sentences() = std::move(one);
  into.set_by_semicolons(by_semicolons);
}

Say&& Say::With(absl::string_view name, absl::string_view text) && {
  Add(name).set_text(std::string(text));
  return std::move(*this);
}
Say&& Say::With(absl::string_view name, const char* text) && {
  return std::move(*this).With(name, absl::string_view(text));
}
Say&& Say::With(absl::string_view name, uint64_t number) && {
  Add(name).set_number(static_cast<int64_t>(number));
  return std::move(*this);
}
Say&& Say::Signed(absl::string_view name, int64_t number) && {
  Add(name).set_number(number);
  return std::move(*this);
}
Say&& Say::Decimal(absl::string_view name, double value, uint32_t digits) && {
  pb::SentenceDecimal& decimal = *Add(name).mutable_decimal();
  decimal.set_value(value);
  decimal.set_digits(digits);
  return std::move(*this);
}
Say&& Say::Day(absl::string_view name, const std::string& day) && {
  Add(name).set_day(day);
  return std::move(*this);
}
Say&& Say::Word(absl::string_view name, const std::string& key) && {
  Add(name).set_word(key);
  return std::move(*this);
}
Say&& Say::With(absl::string_view name, pb::Sentence part) && {
  AddList(name, {std::move(part)}, false);
  return std::move(*this);
}
Say&& Say::With(absl::string_view name, std::vector<pb::Sentence> list) && {
  AddList(name, std::move(list), false);
  return std::move(*this);
}
Say&& Say::Apart(absl::string_view name, std::vector<pb::Sentence> list) && {
  AddList(name, std::move(list), true);
  return std::move(*this);
}

pb::Sentence AsItIs(absl::string_view text) { return Say("list.text").With("text", text); }

std::string InEnglish(const pb::Sentence& sentence) {
  const EnglishSentence* const words = Find(sentence.code());
  if (words == nullptr) return sentence.code();
  const pb::SentenceValue* const n = Find(sentence, "n");
  std::string_view left = n != nullptr && n->number() == 1 ? words->one : words->other;
  std::string said;
  for (size_t open = left.find('{'); open != left.npos; open = left.find('{')) {
    const size_t close = left.find('}', open);
    said += left.substr(0, open);
    const pb::SentenceValue* const value = Find(sentence, left.substr(open + 1, close - open - 1));
    said += value == nullptr ? std::string(left.substr(open, close + 1 - open))
                             : ValueInEnglish(*value);
    left.remove_prefix(close + 1);
  }
  said += left;
  return said;
}

std::string InEnglish(const std::vector<pb::Sentence>& sentences, absl::string_view between) {
  return absl::StrJoin(sentences, between, [](std::string* out, const pb::Sentence& one) {
    out->append(InEnglish(one));
  });
}

std::string InEnglish(const google::protobuf::RepeatedPtrField<pb::Sentence>& sentences) {
  return absl::StrJoin(sentences, " ", [](std::string* out, const pb::Sentence& one) {
    out->append(InEnglish(one));
  });
}

}  // namespace liaison::domain
