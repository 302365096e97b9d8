#include "server/web/html_text.h"

#include <gtest/gtest.h>

#include <set>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "igf/liaison/v1/bodies.pb.h"
#include "proto/record/event_types.h"

namespace liaison::web {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

constexpr const char* kHostile[] = {"<script>alert(1)</script>",
                                    "\"><img src=x onerror=alert(1)>",
                                    "'><svg/onload=alert(1)>",
                                    "</bdi></dd><iframe src=//e>",
                                    "<!--",
                                    "javascript:alert(1)",
                                    "https://e/\"onmouseover=\"x",
                                    "http://e/'><script>",
                                    "]]><x/>",
                                    "\x01<b>\x1f"};

// Puts the words into every text of a message, and of the messages in it. Returns how many.
int Fill(Message* message, const std::string& words, int depth = 0) {
  int count = 0;
  for (int i = 0; i < message->GetDescriptor()->field_count(); ++i) {
    const FieldDescriptor* field = message->GetDescriptor()->field(i);
    const auto* reflection = message->GetReflection();
    if (field->type() == FieldDescriptor::TYPE_STRING) {
      field->is_repeated() ? reflection->AddString(message, field, words)
                           : reflection->SetString(message, field, words);
      ++count;
    } else if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE && depth < 4) {
      count += Fill(field->is_repeated() ? reflection->AddMessage(message, field)
                                         : reflection->MutableMessage(message, field),
                    words, depth + 1);
    }
  }
  return count;
}

// What is left when our own marks are gone.
std::string WithoutOurMarks(std::string html, const std::string& escaped) {
  const std::string link =
      absl::StrCat("<a rel=\"nofollow noopener noreferrer\" href=\"", escaped, "\">");
  html = absl::StrReplaceAll(html, {{link, ""}});
  return absl::StrReplaceAll(html, {{"<dl>", ""},
                                    {"</dl>", ""},
                                    {"<dt>", ""},
                                    {"</dt>", ""},
                                    {"<dd>", ""},
                                    {"</dd>", ""},
                                    {"<bdi>", ""},
                                    {"</bdi>", ""},
                                    {"</a>", ""},
                                    {"<code>", ""},
                                    {"</code>", ""}});
}

TEST(HtmlTextTest, HostileWordsInEveryTextOfEveryEventTypeShowAsText) {
  for (const record::EventTypeInfo& type : record::EventTypes()) {
    for (const char* words : kHostile) {
      const auto body = record::NewBody(type.type);
      ASSERT_NE(body, nullptr) << type.name;
      const int count = Fill(body.get(), words);
      const std::string html = Described(*body, words, PageLanguage::kFrench);
      const std::string left = WithoutOurMarks(html, Escaped(words));
      EXPECT_EQ(left.find_first_of("<>\"'"), std::string::npos) << type.name << "\n" << left;
      int seen = 0;
      const std::string shown = absl::StrCat(">", Escaped(words), "</bdi>");
      for (size_t at = 0; (at = html.find(shown, at)) != std::string::npos; ++at) ++seen;
      EXPECT_EQ(seen, count) << type.name;
    }
  }
}

TEST(HtmlTextTest, OnlyWebAddressesAreLinks) {
  igf::liaison::v1::Link link;
  link.set_uri("https://example.org/a?b=c&d");
  EXPECT_NE(Described(link, "en", PageLanguage::kEnglish)
                .find("href=\"https://example.org/a?b=c&amp;d\""),
            std::string::npos);
  for (const char* uri : {"javascript:alert(1)", "data:text/html,x", "//e", " https://e",
                          "https://e/ x", "HTTPS://e", "ftp://e"}) {
    link.set_uri(uri);
    EXPECT_EQ(Described(link, "en", PageLanguage::kEnglish).find("href"), std::string::npos) << uri;
  }
}

TEST(HtmlTextTest, ALanguageThatIsNoneIsNotSaid) {
  EXPECT_EQ(Words("x", "fr"), "<bdi lang=\"fr\">x</bdi>");
  EXPECT_EQ(Words("x", "fr\" onclick=\"y"), "<bdi>x</bdi>");
  EXPECT_EQ(Words("x"), "<bdi>x</bdi>");
}

TEST(HtmlTextTest, NamesOfEnums) {
  namespace pb = igf::liaison::v1;
  EXPECT_EQ(NameOf(pb::DecisionState_descriptor(), pb::DECISION_STATE_ADOPTED_INCOMPLETE),
            "adopted incomplete");
  EXPECT_EQ(NameOf(pb::DecisionState_descriptor(), 0), "");
  EXPECT_EQ(NameOf(pb::DecisionState_descriptor(), 999), "");
}

}  // namespace
}  // namespace liaison::web
