#include "server/fanout/filter.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "proto/record/errors.h"
#include "proto/record/event_types.h"
#include "proto/record/hash.h"
#include "proto/record/limits.h"
#include "proto/record/macros.h"
#include "proto/record/names.h"

namespace liaison::fanout {

namespace pb = ::igf::liaison::v1;
using record::TermKind;

struct Filter::Node {
  enum class Kind { kTerm, kAnd, kOr, kNot };
  Kind kind = Kind::kTerm;
  std::vector<std::shared_ptr<const Node>> children;
  TermKind term = TermKind::kType;
  std::string value;

  bool Matches(const pb::EventHeader& header) const;
  bool TermMatches(const pb::EventHeader& header) const;
  // Appends terms of which a matching event has at least one; false where that cannot be said.
  bool DrivingTerms(std::vector<std::string>* terms) const;
};

bool Filter::Node::Matches(const pb::EventHeader& header) const {
  const auto matches = [&](const auto& child) { return child->Matches(header); };
  switch (kind) {
    case Kind::kTerm:
      return TermMatches(header);
    case Kind::kAnd:
      return std::all_of(children.begin(), children.end(), matches);
    case Kind::kOr:
      return std::any_of(children.begin(), children.end(), matches);
    case Kind::kNot:
      return !children.front()->Matches(header);
  }
  return false;
}

bool Filter::Node::TermMatches(const pb::EventHeader& header) const {
  switch (term) {
    case TermKind::kType: {
      const record::EventTypeInfo* type = record::FindEventType(header.type());
      return type != nullptr && type->name == value;
    }
    case TermKind::kTopic:
      return std::any_of(header.topics().begin(), header.topics().end(), [&](const auto& topic) {
        // Below it: the next character parts two levels, or the value is a whole scheme.
        return absl::StartsWith(topic, value) &&
               (topic.size() == value.size() || topic[value.size()] == '.' || value.back() == ':');
      });
    case TermKind::kAuthor:
      return header.author() == value;
    case TermKind::kAudience:
      return header.audience() == value;
    case TermKind::kCycle:
      return header.cycle() == value;
    case TermKind::kLanguage:
      return header.language() == value;
    case TermKind::kReference:
      return std::any_of(header.references().begin(), header.references().end(),
                         [&](const pb::Reference& r) { return r.digest() == value; });
  }
  return false;
}

bool Filter::Node::DrivingTerms(std::vector<std::string>* terms) const {
  switch (kind) {
    case Kind::kTerm:
      terms->push_back(record::Term(term, value));
      return true;
    case Kind::kNot:
      return false;
    case Kind::kOr:
      return std::all_of(children.begin(), children.end(),
                         [&](const auto& child) { return child->DrivingTerms(terms); });
    case Kind::kAnd:
      break;
  }
  // Any one side will do. The type and the audience are carried by many events, so they come last.
  std::optional<std::vector<std::string>> best;
  for (const auto& child : children) {
    std::vector<std::string> candidate;
    if (!child->DrivingTerms(&candidate)) continue;
    const bool broad = candidate.front()[0] == static_cast<char>(TermKind::kType) ||
                       candidate.front()[0] == static_cast<char>(TermKind::kAudience);
    if (!best || !broad) best = std::move(candidate);
  }
  if (!best) return false;
  terms->insert(terms->end(), best->begin(), best->end());
  return true;
}

// Recursive descent over at most kMaxFilterSizeBytes and kMaxFilterTerms.
class FilterParser {
 public:
  explicit FilterParser(absl::string_view text) : text_(text) {}

  absl::StatusOr<Filter> Parse() {
    Filter filter;
    if (text_.size() > record::kMaxFilterSizeBytes) {
      return Invalid(absl::StrCat("at most ", record::kMaxFilterSizeBytes, " bytes"));
    }
    SkipSpace();
    if (AtEnd()) return filter;
    LIAISON_ASSIGN_OR_RETURN(filter.root_, ParseExpression());
    if (!AtEnd()) return Invalid("expected AND, OR or the end");
    if (!filter.root_->DrivingTerms(&filter.driving_terms_)) filter.driving_terms_.clear();
    return filter;
  }

 private:
  using Node = Filter::Node;
  using NodePtr = std::shared_ptr<const Node>;

  absl::Status Invalid(absl::string_view what) const {
    return record::Error(record::Reason::kFilterInvalid,
                         absl::StrCat("filter, at character ", position_ + 1, ": ", what))
        .Field("filter", absl::StrCat("at character ", position_ + 1, ": ", what));
  }

  bool AtEnd() const { return position_ >= text_.size(); }
  char Peek() const { return AtEnd() ? '\0' : text_[position_]; }
  void SkipSpace() {
    while (!AtEnd() && absl::ascii_isspace(text_[position_])) ++position_;
  }
  static bool IsBare(char c) {
    return absl::ascii_isalnum(c) ||
           absl::string_view("./:@_+-").find(c) != absl::string_view::npos;
  }
  bool TakeWord(absl::string_view word) {
    if (!absl::StartsWith(text_.substr(position_), word)) return false;
    const size_t after = position_ + word.size();
    if (after < text_.size() && IsBare(text_[after])) return false;
    position_ = after;
    SkipSpace();
    return true;
  }
  bool TakeChar(char c) {
    if (Peek() != c || AtEnd()) return false;
    ++position_;
    SkipSpace();
    return true;
  }
  static NodePtr Join(Node::Kind kind, std::vector<NodePtr> children) {
    if (children.size() == 1) return std::move(children.front());
    auto node = std::make_shared<Node>();
    node->kind = kind;
    node->children = std::move(children);
    return node;
  }

  absl::StatusOr<NodePtr> ParseExpression() {
    std::vector<NodePtr> children;
    do {
      LIAISON_ASSIGN_OR_RETURN(NodePtr child, ParseSequence());
      children.push_back(std::move(child));
    } while (TakeWord("OR"));
    return Join(Node::Kind::kOr, std::move(children));
  }

  bool AtWord(absl::string_view word) {
    const size_t here = position_;
    const bool taken = TakeWord(word);
    position_ = here;
    return taken;
  }

  absl::StatusOr<NodePtr> ParseSequence() {
    std::vector<NodePtr> children;
    do {
      LIAISON_ASSIGN_OR_RETURN(NodePtr child, ParseFactor());
      children.push_back(std::move(child));
    } while (TakeWord("AND") || (!AtEnd() && Peek() != ')' && !AtWord("OR")));
    return Join(Node::Kind::kAnd, std::move(children));
  }

  absl::StatusOr<NodePtr> ParseFactor() {
    if (TakeWord("NOT") || TakeChar('-')) {
      if (++depth_ > record::kMaxFilterTerms) return Invalid("nested too deeply");
      LIAISON_ASSIGN_OR_RETURN(NodePtr child, ParseFactor());
      --depth_;
      auto node = std::make_shared<Node>();
      node->kind = Node::Kind::kNot;
      node->children.push_back(std::move(child));
      return NodePtr(std::move(node));
    }
    if (!TakeChar('(')) return ParseRestriction();
    if (++depth_ > record::kMaxFilterTerms) return Invalid("nested too deeply");
    LIAISON_ASSIGN_OR_RETURN(NodePtr inner, ParseExpression());
    --depth_;
    if (!TakeChar(')')) return Invalid("expected )");
    return inner;
  }

  absl::StatusOr<NodePtr> ParseRestriction() {
    if (++terms_ > record::kMaxFilterTerms) {
      return Invalid(absl::StrCat("at most ", record::kMaxFilterTerms, " terms"));
    }
    const size_t field_start = position_;
    while (!AtEnd() && (absl::ascii_isalnum(Peek()) || Peek() == '_')) ++position_;
    const absl::string_view field = text_.substr(field_start, position_ - field_start);
    auto node = std::make_shared<Node>();
    const std::optional<TermKind> kind = FieldKind(field);
    if (!kind) {
      position_ = field_start;
      return Invalid(
          "expected a field: type, topic, author, audience, cycle, language or reference");
    }
    node->term = *kind;
    SkipSpace();
    const bool negated = Peek() == '!';
    if (negated) ++position_;
    if (!TakeChar('=') && (negated || !TakeChar(':'))) return Invalid("expected = or !=");
    LIAISON_ASSIGN_OR_RETURN(std::string value, ParseValue());
    LIAISON_RETURN_IF_ERROR(SetValue(std::move(value), node.get()));
    if (!negated) return NodePtr(std::move(node));
    auto outer = std::make_shared<Node>();
    outer->kind = Node::Kind::kNot;
    outer->children.push_back(std::move(node));
    return NodePtr(std::move(outer));
  }

  static std::optional<TermKind> FieldKind(absl::string_view field) {
    if (field == "type") return TermKind::kType;
    if (field == "topic") return TermKind::kTopic;
    if (field == "author") return TermKind::kAuthor;
    if (field == "audience") return TermKind::kAudience;
    if (field == "cycle") return TermKind::kCycle;
    if (field == "language") return TermKind::kLanguage;
    if (field == "reference") return TermKind::kReference;
    return std::nullopt;
  }

  absl::StatusOr<std::string> ParseValue() {
    std::string value;
    if (Peek() == '"') {
      ++position_;
      while (!AtEnd() && Peek() != '"') {
        if (Peek() == '\\' && position_ + 1 < text_.size()) ++position_;
        value.push_back(text_[position_++]);
      }
      if (AtEnd()) return Invalid("the quotation mark is not closed");
      ++position_;
    } else {
      while (!AtEnd() && IsBare(Peek())) value.push_back(text_[position_++]);
    }
    if (value.empty()) return Invalid("expected a value");
    SkipSpace();
    return value;
  }

  absl::Status SetValue(std::string value, Node* node) const {
    const auto check = [&](bool fits, absl::string_view what) {
      return fits ? absl::OkStatus() : Invalid(absl::StrCat("\"", value, "\" is no ", what));
    };
    absl::Status status;
    switch (node->term) {
      case TermKind::kType:
        status = check(record::FindEventTypeByName(value) != nullptr, "event type of this hub");
        break;
      case TermKind::kTopic: {
        const bool whole_scheme = value.back() == ':';
        status = check(whole_scheme ? record::IsScheme(value.substr(0, value.size() - 1))
                                    : record::IsTopic(value),
                       "topic; write SCHEME:CODE or SCHEME:");
        break;
      }
      case TermKind::kAuthor:
        status = check(record::IsOrganisation(value), "organisation; write org/name");
        break;
      case TermKind::kAudience:
        status = check(record::IsAudience(value), "audience; write igf/public");
        break;
      case TermKind::kCycle:
        status = check(record::IsCycle(value), "cycle");
        break;
      case TermKind::kLanguage:
        status = check(record::IsLanguage(value), "language tag");
        break;
      case TermKind::kReference: {
        absl::StatusOr<record::Hash> digest = record::Hash::FromHex(value);
        status = check(digest.ok(), "digest of 64 hexadecimal digits");
        if (status.ok()) value = std::string(digest->bytes());
        break;
      }
    }
    node->value = std::move(value);
    return status;
  }

  absl::string_view text_;
  size_t position_ = 0;
  int terms_ = 0;
  int depth_ = 0;
};

absl::StatusOr<Filter> Filter::Parse(absl::string_view text) { return FilterParser(text).Parse(); }

bool Filter::Matches(const pb::EventHeader& header) const {
  return root_ == nullptr || root_->Matches(header);
}

}  // namespace liaison::fanout
