#include "server/views/wording.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "proto/record/macros.h"

namespace liaison::views {
namespace {

void Append(const std::string& more, std::string* text) {
  if (more.empty()) return;
  absl::StrAppend(text, text->empty() ? "" : "\n\n", more);
}

// These take the text out of the body: many texts are long.

std::string TextOf(pb::TopicSignal* signal) {
  std::string text = std::move(*signal->mutable_text());
  Append(signal->desired_outcome(), &text);
  return text;
}

std::string TextOf(pb::LocalReport* report) {
  std::string text = std::move(*report->mutable_text());
  for (const pb::KeyMessage& message : report->key_messages()) Append(message.text(), &text);
  Append(report->convergence(), &text);
  Append(report->disagreement(), &text);
  for (const pb::ReportRequest& request : report->requests()) Append(request.text(), &text);
  Append(report->follow_up(), &text);
  return text;
}

std::string TextOf(pb::Translation* translation) {
  std::string text = std::move(*translation->mutable_text());
  for (const pb::TranslatedField& field : translation->fields()) {
    if (!absl::EndsWith(field.field(), "title")) Append(field.text(), &text);
  }
  return text;
}

// What an amendment leaves empty stays as it was. `language` may be null.
template <typename Body>
absl::StatusOr<std::unique_ptr<Body>> AsItStands(const Reading& reading, Index latest,
                                                 std::string* language) {
  LIAISON_ASSIGN_OR_RETURN(std::unique_ptr<google::protobuf::Message> body, reading.Body(latest));
  auto* const words = dynamic_cast<Body*>(body.get());
  if (words == nullptr) return std::unique_ptr<Body>();
  body.release();
  std::unique_ptr<Body> stands(words);
  if (language != nullptr) *language = reading.Header(latest).language();
  for (Index version : reading.Chain(latest)) {
    if (version < latest || reading.TypeOf(version) != pb::EVENT_TYPE_AMENDMENT) continue;
    LIAISON_ASSIGN_OR_RETURN(const auto more, reading.Body(version));
    const auto* amendment = dynamic_cast<const pb::Amendment*>(more.get());
    if (amendment == nullptr) continue;
    if (!amendment->title().empty()) stands->set_title(amendment->title());
    if (!amendment->text().empty()) {
      stands->set_text(amendment->text());
      if (language != nullptr) *language = reading.Header(version).language();
    }
    if constexpr (!std::is_same_v<Body, pb::Translation>) {
      if (!amendment->other_languages().empty()) {
        *stands->mutable_other_languages() = amendment->other_languages();
      }
    }
  }
  return stands;
}

// By its author: in the language of the event, then in others.
template <typename Body>
absl::StatusOr<std::vector<Wording>> OwnWordings(const Reading& reading, Index input,
                                                 Languages languages) {
  std::vector<Wording> wordings;
  Wording first;
  LIAISON_ASSIGN_OR_RETURN(
      const auto body,
      AsItStands<Body>(reading, reading.Latest(input),
                       languages == Languages::kNamed ? &first.language : nullptr));
  if (body == nullptr) return wordings;
  first.title = std::move(*body->mutable_title());
  first.text = TextOf(body.get());
  wordings.push_back(std::move(first));
  for (const pb::LocalisedText& text : body->other_languages()) {
    wordings.push_back({text.language(), text.title(), text.text(), false});
  }
  return wordings;
}

absl::StatusOr<std::vector<Wording>> OwnWordings(const Reading& reading, Index input,
                                                 Languages languages) {
  return reading.TypeOf(reading.RootOf(input)) == pb::EVENT_TYPE_LOCAL_REPORT
             ? OwnWordings<pb::LocalReport>(reading, input, languages)
             : OwnWordings<pb::TopicSignal>(reading, input, languages);
}

// Of the latest version: what was translated of an earlier one is not what it says now.
bool TranslatesLatest(const Reading& reading, Index translation, Index input) {
  const std::string& latest = reading.DigestOf(reading.Chain(input).back());
  const auto& references = reading.Header(translation).references();
  return std::any_of(references.begin(), references.end(), [&](const pb::Reference& reference) {
    return reference.relation() == pb::RELATION_TRANSLATES && reference.digest() == latest;
  });
}

// Names of fields that hold words which nobody reads, or reads in one language only.
bool IsRead(const google::protobuf::FieldDescriptor& field) {
  return field.name() != "other_languages" && field.name() != "links" &&
         field.name() != "external_ids" && field.name() != "acting_as";
}

// In the bodies words have numbers from `first` on, 20; what stands below is facts.
void AppendWords(const google::protobuf::Message& message, int first, std::string* text) {
  using google::protobuf::FieldDescriptor;
  const auto* reflection = message.GetReflection();
  std::vector<const FieldDescriptor*> fields;
  reflection->ListFields(message, &fields);
  for (const FieldDescriptor* field : fields) {
    if (field->number() < first || !IsRead(*field)) continue;
    const int count = field->is_repeated() ? reflection->FieldSize(message, field) : 1;
    for (int i = 0; i < count; ++i) {
      if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
        AppendWords(field->is_repeated() ? reflection->GetRepeatedMessage(message, field, i)
                                         : reflection->GetMessage(message, field),
                    0, text);
      } else if (field->type() == FieldDescriptor::TYPE_STRING) {
        Append(field->is_repeated() ? reflection->GetRepeatedString(message, field, i)
                                    : reflection->GetString(message, field),
               text);
      }
    }
  }
}

// Words that have no place in the body are read besides.
void Amend(const pb::Amendment& amendment, google::protobuf::Message* body, std::string* besides) {
  for (const auto& [name, words] :
       {std::pair("title", &amendment.title()), std::pair("text", &amendment.text())}) {
    const auto* field = body->GetDescriptor()->FindFieldByName(name);
    if (words->empty()) continue;
    if (field == nullptr) {
      Append(*words, besides);
    } else {
      body->GetReflection()->SetString(body, field, *words);
    }
  }
}

}  // namespace

absl::StatusOr<Wording> WordsToRead(const Reading& reading, Index index) {
  const pb::EventType type = reading.TypeOf(reading.RootOf(index));
  if (type == pb::EVENT_TYPE_TOPIC_SIGNAL || type == pb::EVENT_TYPE_LOCAL_REPORT) {
    return WordingOf(reading, index);
  }
  Wording wording;
  std::unique_ptr<google::protobuf::Message> stands;
  for (Index version : reading.Chain(index)) {
    LIAISON_ASSIGN_OR_RETURN(auto body, reading.Body(version));
    if (reading.TypeOf(version) == type) {
      wording.language = reading.Header(version).language();
      if (stands != nullptr && body != nullptr && type == pb::EVENT_TYPE_DECISION) {
        stands->MergeFrom(*body);
      } else if (type != pb::EVENT_TYPE_DECISION || stands == nullptr) {
        stands = std::move(body);
      }
    } else if (const auto* amendment = dynamic_cast<const pb::Amendment*>(body.get());
               amendment != nullptr && stands != nullptr) {
      if (!amendment->text().empty()) wording.language = reading.Header(version).language();
      Amend(*amendment, stands.get(), &wording.text);
    }
  }
  if (stands != nullptr) AppendWords(*stands, 20, &wording.text);
  return wording;
}

absl::StatusOr<Wording> WordingOf(const Reading& reading, Index input) {
  LIAISON_ASSIGN_OR_RETURN(std::vector<Wording> own,
                           OwnWordings(reading, input, Languages::kNamed));
  return own.empty() ? Wording() : std::move(own.front());
}

absl::StatusOr<std::vector<Wording>> WordingsOf(const Reading& reading, Index input,
                                                Languages languages) {
  LIAISON_ASSIGN_OR_RETURN(std::vector<Wording> wordings, OwnWordings(reading, input, languages));
  if (wordings.empty()) return wordings;
  for (Index index : reading.Naming(input, pb::RELATION_TRANSLATES)) {
    if (reading.TypeOf(index) != pb::EVENT_TYPE_TRANSLATION || reading.Latest(index) != index ||
        reading.Retracted(index) || !TranslatesLatest(reading, index, input)) {
      continue;
    }
    Wording wording;
    wording.translated = true;
    LIAISON_ASSIGN_OR_RETURN(const auto body,
                             AsItStands<pb::Translation>(reading, index, &wording.language));
    if (body == nullptr) continue;
    wording.title = std::move(*body->mutable_title());
    wording.text = TextOf(body.get());
    wordings.push_back(std::move(wording));
  }
  return wordings;
}

}  // namespace liaison::views
