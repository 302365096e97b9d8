// Of many inputs those that may be like one, found without reading any of them closely.
#ifndef LIAISON_SERVER_VIEWS_SHORTLIST_H_
#define LIAISON_SERVER_VIEWS_SHORTLIST_H_

#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "absl/container/node_hash_map.h"
#include "absl/strings/string_view.h"
#include "server/views/wording.h"

namespace liaison::views {

// A Shortlist looks at beginnings of words: what it finds is compared by whole ones afterwards.
class Shortlist {
 public:
  // Topics are as rare as words are: by how many of those added have them.
  Shortlist(const std::vector<Wording>& like, const std::set<std::string>& topics);

  void Add(uint64_t sequence, const std::string& speaker, const std::vector<Wording>& wordings,
           const std::set<std::string>& topics);
  // Everybody's one that shares most, then everybody's second, and so on: nobody's many copies push
  // out those of others. What shares nothing is not there.
  std::vector<uint64_t> Best(size_t most) const;

 private:
  // Of the one: words and topics.
  struct Mark {
    size_t number = 0;
    size_t bearers = 0;  // how many of the rows have it
    size_t last = 0;     // the last of these, counted from 1
  };
  struct Row {
    uint64_t sequence = 0;
    std::string speaker;
    std::vector<const Mark*> shared;
  };

  void Meet(absl::string_view mark);
  double WeightOf(const Row& row) const;

  absl::node_hash_map<std::string, Mark> marks_;
  std::vector<Row> rows_;
};

}  // namespace liaison::views

#endif  // LIAISON_SERVER_VIEWS_SHORTLIST_H_
