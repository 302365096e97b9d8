// Who asked what of whom.
#ifndef LIAISON_SERVER_VIEWS_REQUESTS_H_
#define LIAISON_SERVER_VIEWS_REQUESTS_H_

#include <optional>
#include <string>
#include <vector>

#include "server/views/reading.h"

namespace liaison::views {

// One request to one addressee, without its words.
struct RequestRow {
  Index request = 0;
  std::string from;
  std::string to;
  std::string requested_date;
  std::string due_date;
  pb::RequestState state = pb::REQUEST_STATE_OPEN;
  std::optional<Index> response;
  bool overdue = false;
};

// One for each addressee of the latest version that the caller may be shown; nothing where that
// asks for nothing.
std::vector<RequestRow> RequestsOf(const Reading& reading, Index root);
bool Waits(pb::RequestState state);
absl::StatusOr<pb::LiaisonRequest> ToProto(const Reading& reading, const RequestRow& row,
                                           const std::vector<uint32_t>& remind_days_before);
// 14, 7, 4, 3, 2, 1, 0.
const std::vector<uint32_t>& UsualReminders();

}  // namespace liaison::views

#endif  // LIAISON_SERVER_VIEWS_REQUESTS_H_
