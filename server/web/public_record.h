// The public record without JavaScript.
#ifndef LIAISON_SERVER_WEB_PUBLIC_RECORD_H_
#define LIAISON_SERVER_WEB_PUBLIC_RECORD_H_

#include <string>

#include "server/web/http.h"
#include "server/web/hub_reader.h"

namespace liaison::web {

// A PublicRecord answers below /public/ with whole pages, made anew for each request from what
// anybody may read: decisions, topics, requests, initiatives, events; in the language of `lang`, or
// that the browser asks for. Whatever others wrote stands in them as text. Thread-safe; waits for
// the hub.
class PublicRecord {
 public:
  // The reader must outlive it.
  explicit PublicRecord(HubReader* hub) : hub_(*hub) {}

  // REQUIRES: the path is below /public/
  HttpResponse Handle(const HttpRequest& request);

 private:
  class Reader;

  HttpResponse Overview(const Reader& reader);
  HttpResponse Decisions(const Reader& reader);
  HttpResponse Decision(const Reader& reader, uint64_t sequence);
  HttpResponse Topics(const Reader& reader);
  HttpResponse Topic(const Reader& reader, const std::string& topic);
  HttpResponse Requests(const Reader& reader);
  HttpResponse Initiatives(const Reader& reader);
  HttpResponse Events(const Reader& reader);
  HttpResponse Event(const Reader& reader, uint64_t sequence);

  HubReader& hub_;
};

}  // namespace liaison::web

#endif  // LIAISON_SERVER_WEB_PUBLIC_RECORD_H_
