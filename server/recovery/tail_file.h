// What is told of a tail that the log could not get back.
#ifndef LIAISON_SERVER_RECOVERY_TAIL_FILE_H_
#define LIAISON_SERVER_RECOVERY_TAIL_FILE_H_

#include <string>
#include <vector>

#include "absl/types/span.h"
#include "server/federation/lane.h"
#include "storage/event_log.h"

namespace liaison::recovery {

// "events 7 to 9, 12 and 14 to 20"; of many only the first.
std::string ToWords(const std::vector<federation::Gap>& gaps);

// One JSON object a line for each event: sequence, digest, author, event_id, type; leaf and header
// in base64; its sections with salt and data, or whether they are erased or nobody has them.
std::string TailText(absl::Span<const storage::StoredEvent> events);

}  // namespace liaison::recovery

#endif  // LIAISON_SERVER_RECOVERY_TAIL_FILE_H_
