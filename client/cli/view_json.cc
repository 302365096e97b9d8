#include "client/cli/view_json.h"

#include <set>
#include <string>
#include <utility>

#include "client/cli/plain_json.h"

namespace liaison::cli {
namespace {

using Rows = google::protobuf::RepeatedPtrField<v1::RepresentationRow>;

// Rows beside the columns of the tables are there for what has no column.
bool IsBesideTheColumns(const std::string& column) {
  return column == "unspecified" || column == "multiple";
}

Json Column(const Rows& rows, uint64_t (v1::RepresentationRow::*count)() const) {
  Json json = Json::object();
  for (const v1::RepresentationRow& row : rows) {
    const uint64_t value = (row.*count)();
    if (value > 0 || !IsBesideTheColumns(row.column())) json[row.column()] = value;
  }
  return json;
}

Json Counts(const v1::GetRepresentationResponse& response, uint64_t total,
            uint64_t (v1::RepresentationRow::*count)() const) {
  Json json = Json::object();
  json["total"] = total;
  json["by_stakeholder_group"] = Column(response.by_stakeholder_group(), count);
  json["by_region"] = Column(response.by_region(), count);
  return json;
}

Json TopicToJson(const v1::RadarTopic& topic) {
  std::set<uint64_t> events;
  for (const v1::RadarContributor& one : topic.contributors()) {
    events.insert(one.sequences().begin(), one.sequences().end());
  }
  Json json = Json::object();
  json["topic"] = topic.topic();
  json["score"] = topic.score();
  json["organisations"] = topic.organisations();
  json["regions"] = topic.regions();
  json["stakeholder_groups"] = topic.stakeholder_groups();
  json["nris"] = topic.nris();
  json["events"] = events;
  // There may be more than are named.
  json["total_events"] = topic.events();
  const Json all = ToPlainJson(topic);
  for (const auto& [key, value] : all.items()) {
    if (!json.contains(key)) json[key] = value;
  }
  return json;
}

}  // namespace

Json RepresentationToJson(const v1::GetRepresentationResponse& response) {
  Json json = Json::object();
  json["cycle"] = response.window().cycle();
  json["total"] = response.inputs();
  json["by_stakeholder_group"] =
      Column(response.by_stakeholder_group(), &v1::RepresentationRow::inputs);
  json["by_region"] = Column(response.by_region(), &v1::RepresentationRow::inputs);
  json["participants"] =
      Counts(response, response.participants(), &v1::RepresentationRow::participants);
  json["attendances"] = response.attendances();
  if (response.attendances_replaced_size() > 0) {
    json["attendances_replaced"] = Json(std::vector<uint64_t>(
        response.attendances_replaced().begin(), response.attendances_replaced().end()));
  }
  json["nris"] = Counts(response, response.nris(), &v1::RepresentationRow::nris);
  Json all = ToPlainJson(response);
  json["silences"] = std::move(all["silences"]);
  json["rows"] = Json::object();
  json["rows"]["by_stakeholder_group"] = std::move(all["by_stakeholder_group"]);
  json["rows"]["by_region"] = std::move(all["by_region"]);
  if (all.contains("window")) json["window"] = std::move(all["window"]);
  json["as_of_sequence"] = response.as_of_sequence();
  return json;
}

Json RadarToJson(const v1::GetRadarResponse& response) {
  Json json = Json::object();
  json["topics"] = Json::array();
  for (const v1::RadarTopic& topic : response.topics())
    json["topics"].push_back(TopicToJson(topic));
  const Json all = ToPlainJson(response);
  for (const auto& [key, value] : all.items()) {
    if (key != "topics") json[key] = value;
  }
  return json;
}

}  // namespace liaison::cli
