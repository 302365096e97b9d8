// The report's plain form as HTML, in the six languages of the United Nations.
#ifndef LIAISON_SERVER_WEB_REPORT_PAGE_H_
#define LIAISON_SERVER_WEB_REPORT_PAGE_H_

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "proto/record/errors.h"
#include "server/web/pages.h"

namespace liaison::web {

inline constexpr int kReportMessages = 3;

// What stands on the page.
struct ReportPage {
  PageLanguage language = PageLanguage::kEnglish;
  std::string organisation;  // that writes
  std::string event_id;      // from the first view on: sending twice has one effect
  std::string proof;         // that this form was given out here, see ReportForm
  std::vector<std::pair<std::string, std::string>> topics;  // and their labels
  std::map<std::string, std::string> fields;                // by the names in ReportFieldNames
  // Why it was not taken; the hub's words are in English.
  std::string notice;
  std::vector<record::FieldViolation> by_hub;

  std::string field(const std::string& name) const;
};

const std::vector<std::string>& ReportFieldNames();

// Whole documents without a script; whatever they are given stands in them as text. Thread-safe.
std::string ReportFormPage(const ReportPage& page);
std::string ReportPreviewPage(const ReportPage& page);

}  // namespace liaison::web

#endif  // LIAISON_SERVER_WEB_REPORT_PAGE_H_
