// The radar's views as programs read them. The names of the first keys of each are a promise.
#ifndef LIAISON_CLIENT_CLI_VIEW_JSON_H_
#define LIAISON_CLIENT_CLI_VIEW_JSON_H_

#include "client/cli/draft_json.h"
#include "igf/liaison/v1/radar_service.pb.h"

namespace liaison::cli {

// {"cycle":"2025","total":352,"by_stakeholder_group":{"government":58,...},"by_region":{...}}, the
// columns those of thematic_inputs.csv, those with 0 too; `unspecified` and `multiple` stand beside
// them where there are any. Then `participants` and `nris` likewise, `silences`, and the shares in
// `rows`. Thread-safe, both.
Json RepresentationToJson(const v1::GetRepresentationResponse& response);

// {"topics":[...]}, best first: topic, score, organisations, regions, stakeholder_groups, nris as
// numbers and events as the list of the sequences behind them; then all the rest.
Json RadarToJson(const v1::GetRadarResponse& response);

}  // namespace liaison::cli

#endif  // LIAISON_CLIENT_CLI_VIEW_JSON_H_
