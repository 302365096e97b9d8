// What feed readers and calendars take: Atom (RFC 4287) and iCalendar (RFC 5545).
#ifndef LIAISON_SERVER_WEB_FEEDS_H_
#define LIAISON_SERVER_WEB_FEEDS_H_

#include <string>
#include <vector>

#include "server/web/http.h"
#include "server/web/hub_reader.h"

namespace liaison::web {

struct FeedEntry {
  std::string id;    // the same for the same thing, for ever
  std::string path;  // of its page
  std::string title;
  std::string author;
  std::string summary;
  std::string language;
  absl::Time updated;
};
// `id` is the same wherever the feed is read, for ever; `base` is the site's address without a
// slash at its end, `path` the feed's own.
std::string WriteAtom(absl::string_view id, absl::string_view base, absl::string_view path,
                      absl::string_view title, const std::vector<FeedEntry>& entries);

// From a day to another, both included.
struct CalendarDays {
  std::string uid;  // the same for the same thing, for ever
  std::string first;
  std::string last;
  std::string summary;
  std::string description;
  std::string category;
  uint64_t sequence = 0;  // the larger of two with the same uid is the later version
  absl::Time changed;
};
// Lines end with CR LF and are folded at 75 octets. What has no day that is one is left out.
std::string WriteDays(absl::string_view name, const std::vector<CalendarDays>& entries);

// A Feeds answers /feeds/decisions.atom, /feeds/topics/TOPIC.atom and /calendar.ics: phases of the
// cycles, dates of requests and decisions, meetings of the initiatives. Thread-safe; waits for the
// hub.
class Feeds {
 public:
  // The reader must outlive it.
  explicit Feeds(HubReader* hub) : hub_(*hub) {}

  static bool IsFeed(absl::string_view path);
  // REQUIRES: IsFeed
  HttpResponse Handle(const HttpRequest& request);

 private:
  HttpResponse Decisions(const std::string& base);
  HttpResponse Topic(const std::string& base, const std::string& path, const std::string& topic);
  HttpResponse Calendar();
  // The latest version of each; what was retracted is not there.
  absl::Status AddMeetings(const std::string& hub, std::vector<CalendarDays>* days);

  HubReader& hub_;
};

}  // namespace liaison::web

#endif  // LIAISON_SERVER_WEB_FEEDS_H_
