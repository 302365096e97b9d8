// The words of the report's plain form, in the six languages of the United Nations.
#ifndef LIAISON_SERVER_WEB_REPORT_WORDS_H_
#define LIAISON_SERVER_WEB_REPORT_WORDS_H_

#include "server/web/pages.h"

namespace liaison::web {

struct ReportWords {
  const char* heading;
  const char* title;
  const char* title_hint;
  const char* first_day;
  const char* last_day;
  const char* venue;
  const char* mode;
  const char* not_said;
  const char* onsite;
  const char* online;
  const char* hybrid;
  const char* what_happened;
  const char* key_messages;
  const char* key_messages_hint;
  const char* message_n;  // {n}: its number
  const char* on_topic;
  const char* asks;
  const char* asks_hint;
  const char* by_when;
  const char* preview;
  const char* preview_lead;
  const char* publish;
  const char* back;
  const char* refused;
  const char* needed;
  const char* you_write_as;
  const char* lead;
  const char* expired;
};

const ReportWords& ReportWordsOf(PageLanguage language);

}  // namespace liaison::web

#endif  // LIAISON_SERVER_WEB_REPORT_WORDS_H_
