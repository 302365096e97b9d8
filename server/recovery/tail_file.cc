#include "server/recovery/tail_file.h"

#include <nlohmann/json.hpp>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "igf/liaison/v1/event.pb.h"
#include "proto/record/pae.h"
#include "server/recovery/limits.h"

namespace liaison::recovery {
namespace {

namespace pb = ::igf::liaison::v1;
using Json = nlohmann::ordered_json;

Json ToJson(const storage::StoredSection& section) {
  Json json = {{"kind", pb::SectionKind_Name(static_cast<pb::SectionKind>(section.kind))}};
  if (section.erased || section.withheld) {
    json["status"] = section.erased ? "erased" : "withheld";
    return json;
  }
  json["salt"] = absl::Base64Escape(section.salt);
  json["data"] = absl::Base64Escape(section.data);
  return json;
}

}  // namespace

std::string ToWords(const std::vector<federation::Gap>& gaps) {
  std::string words = gaps.size() == 1 && gaps[0].first == gaps[0].last ? "event " : "events ";
  for (size_t i = 0; i < gaps.size() && i < kGapsTold; ++i) {
    if (i > 0) absl::StrAppend(&words, i + 1 == gaps.size() ? " and " : ", ");
    absl::StrAppend(&words, gaps[i].first);
    if (gaps[i].last > gaps[i].first) absl::StrAppend(&words, " to ", gaps[i].last);
  }
  if (gaps.size() > kGapsTold) absl::StrAppend(&words, " and more");
  return words;
}

std::string TailText(absl::Span<const storage::StoredEvent> events) {
  std::string text;
  for (const storage::StoredEvent& event : events) {
    pb::EventHeader header;
    header.ParseFromString(event.header);
    Json json = {{"sequence", event.sequence},
                 {"digest", record::EventDigest(event.header).ToHex()},
                 {"author", header.author()},
                 {"event_id", header.event_id()},
                 {"type", pb::EventType_Name(header.type())},
                 {"leaf", absl::Base64Escape(event.leaf)},
                 {"header", absl::Base64Escape(event.header)},
                 {"sections", Json::array()}};
    for (const storage::StoredSection& section : event.sections) {
      json["sections"].push_back(ToJson(section));
    }
    absl::StrAppend(&text, json.dump(-1, ' ', false, Json::error_handler_t::replace), "\n");
  }
  return text;
}

}  // namespace liaison::recovery
