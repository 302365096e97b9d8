// What a hub is given to do when the cost of its rules is measured. Everything in it is fictional.
#ifndef LIAISON_TESTS_BENCH_DOMAIN_WORK_H_
#define LIAISON_TESTS_BENCH_DOMAIN_WORK_H_

#include <cstddef>
#include <vector>

#include "absl/strings/string_view.h"
#include "igf/liaison/v1/event.pb.h"
#include "proto/record/hash.h"

namespace liaison::bench {

namespace pb = ::igf::liaison::v1;

enum class Work {
  kPlain,  // signals that name nothing and ask nobody
  kMixed,  // half of them plain; the others say something of what is there
};

// What has to be there first, to be published in this order.
std::vector<pb::Draft> Before();

// `count` statements of about 1 KiB, each about events of Before(), whose digests are given in its
// order. All of them are accepted, under any rules and in any order: none depends on another.
std::vector<pb::Draft> Measured(Work work, size_t count, const std::vector<record::Hash>& before);

}  // namespace liaison::bench

#endif  // LIAISON_TESTS_BENCH_DOMAIN_WORK_H_
