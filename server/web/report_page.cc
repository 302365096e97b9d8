#include "server/web/report_page.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "server/web/html_text.h"
#include "server/web/report_words.h"

namespace liaison::web {
namespace {

std::string Numbered(const char* text, int n) {
  return absl::StrReplaceAll(text, {{"{n}", absl::StrCat(n)}});
}

// A label, and below it the field that `tag` begins.
std::string Field(absl::string_view label, absl::string_view hint, absl::string_view name,
                  absl::string_view field) {
  return absl::StrCat("<p><label for=\"", name, "\">", label, "</label>",
                      hint.empty() ? "" : absl::StrCat("<small>", hint, "</small>"), field,
                      "</p>\n");
}

std::string Line(const ReportPage& page, absl::string_view label, const std::string& name,
                 absl::string_view type = "text", absl::string_view hint = "",
                 bool required = false) {
  return Field(label, hint, name,
               absl::StrCat("<input id=\"", name, "\" name=\"", name, "\" type=\"", type, "\"",
                            type == "text" ? " dir=\"auto\"" : "", required ? " required" : "",
                            " value=\"", Escaped(page.field(name)), "\">"));
}

// A line end right after the tag belongs to HTML, not to the words.
std::string Paragraphs(const ReportPage& page, absl::string_view label, const std::string& name) {
  return Field(
      label, "", name,
      absl::StrCat("<textarea id=\"", name, "\" name=\"", name, "\" rows=\"3\" dir=\"auto\">\n",
                   Escaped(page.field(name)), "</textarea>"));
}

using Options = std::vector<std::pair<std::string, std::string>>;

std::string Choice(const ReportPage& page, absl::string_view label, const std::string& name,
                   const Options& options) {
  std::string select = absl::StrCat("<select id=\"", name, "\" name=\"", name, "\">");
  for (const auto& [value, text] : options) {
    absl::StrAppend(&select, "<option value=\"", Escaped(value), "\"",
                    value == page.field(name) ? " selected" : "", ">", Escaped(text), "</option>");
  }
  return Field(label, "", name, select + "</select>");
}

Options Modes(const ReportWords& words) {
  return {{"0", words.not_said}, {"1", words.onsite}, {"2", words.online}, {"3", words.hybrid}};
}

Options Topics(const ReportPage& page, const ReportWords& words) {
  Options options = {{"", words.not_said}};
  options.insert(options.end(), page.topics.begin(), page.topics.end());
  return options;
}

std::string Hidden(absl::string_view name, absl::string_view value) {
  return absl::StrCat("<input type=\"hidden\" name=\"", name, "\" value=\"", Escaped(value), "\">");
}

std::string FormBegin(const ReportPage& page) {
  return absl::StrCat("<form class=\"report\" method=\"post\" action=\"/report\">\n",
                      Hidden("lang", TagOf(page.language)), Hidden("event_id", page.event_id),
                      Hidden("proof", page.proof), "\n");
}

std::string Button(absl::string_view step, absl::string_view text) {
  return absl::StrCat("<button name=\"step\" value=\"", step, "\">", text, "</button>\n");
}

// What the field at the end of a path is called on the page; empty where it has no name here.
absl::string_view LabelOfField(absl::string_view path, const ReportWords& words) {
  const absl::string_view field = path.substr(path.rfind('.') + 1);
  const std::pair<absl::string_view, const char*> labels[] = {
      {"title", words.title}, {"starts_on", words.first_day}, {"ends_on", words.last_day},
      {"venue", words.venue}, {"by", words.by_when},          {"text", words.what_happened},
  };
  for (const auto& [name, label] : labels) {
    if (name == field) return label;
  }
  return "";
}

std::string Notice(const ReportPage& page, const ReportWords& words) {
  if (page.notice.empty()) return "";
  std::string html = absl::StrCat("<div role=\"alert\"><p>", page.notice, "</p>\n");
  for (const record::FieldViolation& one : page.by_hub) {
    const absl::string_view label = LabelOfField(one.field, words);
    absl::StrAppend(&html, "<p>", label, label.empty() ? "" : ": ", Words(one.description, "en"),
                    "</p>\n");
  }
  return html + "</div>\n";
}

std::string Writer(const ReportPage& page, const ReportWords& words) {
  return absl::StrCat("<p>", words.you_write_as, " ", Words(page.organisation), "</p>\n");
}

std::string Messages(const ReportPage& page, const ReportWords& words) {
  std::string html = absl::StrCat("<fieldset><legend>", words.key_messages, "</legend>\n<p>",
                                  words.key_messages_hint, "</p>\n");
  for (int i = 1; i <= kReportMessages; ++i) {
    absl::StrAppend(
        &html, Paragraphs(page, Numbered(words.message_n, i), absl::StrCat("message", i)),
        page.topics.empty()
            ? ""
            : Choice(page, words.on_topic, absl::StrCat("topic", i), Topics(page, words)));
  }
  return html + "</fieldset>\n";
}

// One fact of the preview; nothing where it was left out.
std::string Fact(absl::string_view label, absl::string_view text) {
  if (text.empty()) return "";
  return absl::StrCat("<dt>", label, "</dt><dd>", Words(text), "</dd>\n");
}

std::string LabelOf(const Options& options, const std::string& value) {
  for (const auto& [option, text] : options) {
    if (option == value) return text;
  }
  return value;
}

std::string Facts(const ReportPage& page, const ReportWords& words) {
  std::string html = "<dl>\n";
  absl::StrAppend(
      &html, Fact(words.title, page.field("title")), Fact(words.first_day, page.field("starts_on")),
      Fact(words.last_day, page.field("ends_on")), Fact(words.venue, page.field("venue")));
  if (const std::string mode = page.field("mode"); !mode.empty() && mode != "0") {
    html.append(Fact(words.mode, LabelOf(Modes(words), mode)));
  }
  html.append(Fact(words.what_happened, page.field("text")));
  for (int i = 1; i <= kReportMessages; ++i) {
    html.append(Fact(Numbered(words.message_n, i), page.field(absl::StrCat("message", i))));
    const std::string topic = page.field(absl::StrCat("topic", i));
    if (!topic.empty()) html.append(Fact(words.on_topic, LabelOf(page.topics, topic)));
  }
  absl::StrAppend(&html, Fact(words.asks, page.field("asks")),
                  page.field("asks").empty() ? "" : Fact(words.by_when, page.field("asks_by")));
  return html + "</dl>\n";
}

}  // namespace

std::string ReportPage::field(const std::string& name) const {
  const auto it = fields.find(name);
  return it == fields.end() ? "" : it->second;
}

const std::vector<std::string>& ReportFieldNames() {
  static const auto* const names = new std::vector<std::string>{
      "title",  "starts_on", "ends_on", "venue",    "mode",   "text", "message1",
      "topic1", "message2",  "topic2",  "message3", "topic3", "asks", "asks_by"};
  return *names;
}

std::string ReportFormPage(const ReportPage& page) {
  const ReportWords& words = ReportWordsOf(page.language);
  return PageDocument(
      page.language, words.heading,
      absl::StrCat(
          Notice(page, words), "<p>", words.lead, "</p>\n", Writer(page, words), FormBegin(page),
          Line(page, absl::StrCat(words.title, " (", words.needed, ")"), "title", "text",
               words.title_hint, true),
          Line(page, words.first_day, "starts_on", "date"),
          Line(page, words.last_day, "ends_on", "date"), Line(page, words.venue, "venue"),
          Choice(page, words.mode, "mode", Modes(words)),
          Paragraphs(page, words.what_happened, "text"), Messages(page, words),
          "<fieldset><legend>", words.asks, "</legend>\n<p>", words.asks_hint, "</p>\n",
          Paragraphs(page, words.asks, "asks"), Line(page, words.by_when, "asks_by", "date"),
          "</fieldset>\n", Button("preview", words.preview), "</form>\n"));
}

std::string ReportPreviewPage(const ReportPage& page) {
  const ReportWords& words = ReportWordsOf(page.language);
  std::string kept;
  for (const std::string& name : ReportFieldNames()) {
    absl::StrAppend(&kept, Hidden(name, page.field(name)), "\n");
  }
  return PageDocument(
      page.language, words.preview,
      absl::StrCat("<p>", words.preview_lead, "</p>\n", Writer(page, words), Facts(page, words),
                   FormBegin(page), kept, Button("publish", words.publish),
                   Button("edit", words.back), "</form>\n"));
}

}  // namespace liaison::web
