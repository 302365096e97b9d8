// The pages of enrolment, in the six languages of the United Nations.
#ifndef LIAISON_SERVER_WEB_PAGES_H_
#define LIAISON_SERVER_WEB_PAGES_H_

#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace liaison::web {

enum class PageLanguage { kEnglish, kFrench, kSpanish, kRussian, kArabic, kChinese };

// The first that we have of those that the browser asks for, in its order; English otherwise.
PageLanguage LanguageOf(absl::string_view accept_language);

enum class Message {
  kNoInvitation,  // unknown, expired, used or taken back
  kNoSession,
  kHubAway,
  kNotThere,
  kForeignForm,
};

struct Invited {
  std::string organisation;
  std::string hub;
  std::string invitation;
  absl::Time end;
};

// BCP 47.
absl::string_view TagOf(PageLanguage language);

// A document around `title`, as text of ours, and `body`, as HTML.
std::string PageDocument(PageLanguage language, absl::string_view title, absl::string_view body);

// Whole documents without a script; whatever they are given stands in them as text. Thread-safe.
std::string InvitationPage(PageLanguage language, const Invited& invited);
std::string MePage(PageLanguage language, absl::string_view organisation, absl::string_view hub);
std::string MessagePage(PageLanguage language, Message message);

absl::string_view StyleSheet();

}  // namespace liaison::web

#endif  // LIAISON_SERVER_WEB_PAGES_H_
