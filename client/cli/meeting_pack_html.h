// A meeting pack as HTML; see meeting_pack.h.
#ifndef LIAISON_CLIENT_CLI_MEETING_PACK_HTML_H_
#define LIAISON_CLIENT_CLI_MEETING_PACK_HTML_H_

#include <string>
#include <vector>

#include "igf/liaison/v1/radar_service.pb.h"

namespace liaison::cli {

namespace v1 = ::igf::liaison::v1;

// Thread-safe, all of them.
std::string PackToHtml(const v1::GetMeetingPackResponse& pack);
// `files`: the names of the pages' documents.
std::string OverviewToHtml(const v1::GetMeetingPackResponse& pack,
                           const std::vector<std::string>& files);
std::string PageToHtml(const v1::GetMeetingPackResponse& pack, int page);

}  // namespace liaison::cli

#endif  // LIAISON_CLIENT_CLI_MEETING_PACK_HTML_H_
