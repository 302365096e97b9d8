// The words of the public record's pages, in the six languages of the United Nations.
#ifndef LIAISON_SERVER_WEB_PUBLIC_WORDS_H_
#define LIAISON_SERVER_WEB_PUBLIC_WORDS_H_

#include "server/web/pages.h"

namespace liaison::web {

// What stands in braces is filled in.
struct PublicWords {
  const char* own_name;  // of the language, in itself
  const char* languages;
  const char* record;
  const char* decisions;
  const char* topics;
  const char* requests;
  const char* nris;
  const char* events;
  const char* open_data;
  const char* not_there;
  const char* not_there_lead;
  const char* not_now;
  const char* not_now_lead;
  const char* by;  // {what}, {who}
  const char* retracted;
  const char* next_page;
  const char* title;
  const char* lead;  // {hub}, {n}
  const char* no_script;
  const char* feed;
  const char* calendar;
  const char* everything;
  const char* none_yet;
  const char* missing;  // {n}
  const char* due;      // {day}
  const char* overdue;
  const char* still_asked;
  const char* decided;
  const char* why;  // {state}
  const char* considered;
  const char* versions;
  const char* topic_feed;
  const char* asked;  // {from}, {to}
  const char* nris_title;
  const char* nris_lead;
  const char* in_order;
  const char* attested;
  const char* signed_by_author;
  const char* erased;
  const char* withheld;
  const char* from_hub;  // {hub}
  const char* trail;
  const char* came_from;
  const char* led_to;
  const char* event_n;  // {n}
  const char* untitled;
  const char* yes;
  const char* no;
};

const PublicWords& PublicWordsOf(PageLanguage language);

}  // namespace liaison::web

#endif  // LIAISON_SERVER_WEB_PUBLIC_WORDS_H_
