// What lies on the table of a meeting: a page for each topic, to read on any screen or on paper.
#ifndef LIAISON_CLIENT_CLI_MEETING_PACK_H_
#define LIAISON_CLIENT_CLI_MEETING_PACK_H_

#include <string>
#include <vector>

#include "igf/liaison/v1/radar_service.pb.h"

namespace liaison::cli {

namespace v1 = ::igf::liaison::v1;

enum class PackFormat { kHtml, kText };

struct PackFile {
  std::string name;  // `01-core-access.html`
  std::string content;
};

// Thread-safe, both.

// All of it in one. HTML is one self-contained document: no script, nothing is loaded, every text
// says its language and direction, and everything that others wrote is escaped. It is well-formed
// XML as well.
std::string WholePack(const v1::GetMeetingPackResponse& pack, PackFormat format);

// The overview with who is heard, `00-overview`, and one document for each topic.
std::vector<PackFile> PackFiles(const v1::GetMeetingPackResponse& pack, PackFormat format);

}  // namespace liaison::cli

#endif  // LIAISON_CLIENT_CLI_MEETING_PACK_H_
