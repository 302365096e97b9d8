// Lists that are kept sorted and without repeats, and mostly grow at their end.
#ifndef LIAISON_SERVER_VIEWS_SORTED_LIST_H_
#define LIAISON_SERVER_VIEWS_SORTED_LIST_H_

#include <algorithm>
#include <vector>

namespace liaison::views {

template <typename Number>
void Insert(Number number, std::vector<Number>* list) {
  // What comes is nearly always the greatest.
  if (list->empty() || list->back() < number) {
    list->push_back(number);
    return;
  }
  const auto at = std::lower_bound(list->begin(), list->end(), number);
  if (*at != number) list->insert(at, number);
}

template <typename Number>
void Erase(Number number, std::vector<Number>* list) {
  const auto at = std::lower_bound(list->begin(), list->end(), number);
  if (at != list->end() && *at == number) list->erase(at);
}

}  // namespace liaison::views

#endif  // LIAISON_SERVER_VIEWS_SORTED_LIST_H_
