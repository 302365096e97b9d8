// Words that connect nothing: whoever shares them shares no topic.
#ifndef LIAISON_SERVER_DOMAIN_STOP_LIST_H_
#define LIAISON_SERVER_DOMAIN_STOP_LIST_H_

#include <string>

#include "absl/container/btree_map.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "server/domain/words.h"

namespace liaison::domain {

enum class StopReason {
  kFunctionWord,    // `of`, `и`, `的`
  kWordOfTheField,  // `internet`, `governance`: in every input
  kPlaceName,       // countries and regions of the world
  kAdded,           // by whoever asks
};

// `a word of this field`.
absl::string_view InWords(StopReason reason);

// A StopList holds such words of the six UN languages. Names of places are those of ICU, which
// knows every country and region in all of them. Value type.
class StopList {
 public:
  // INTERNAL where ICU lacks its data.
  static absl::StatusOr<StopList> Create(WordSplitter* splitter);

  // All words of the text. Whatever stands here already keeps its reason.
  void Add(absl::string_view text, StopReason reason, WordSplitter* splitter);
  // nullptr for a word that may connect something.
  const StopReason* Find(absl::string_view key) const;
  // True iff the text has words and all of them stand here: `Internet in Switzerland`. Of `Internet
  // of Things` one does not.
  bool Covers(absl::string_view text, WordSplitter* splitter) const;

 private:
  absl::btree_map<std::string, StopReason> words_;  // by key
};

}  // namespace liaison::domain

#endif  // LIAISON_SERVER_DOMAIN_STOP_LIST_H_
