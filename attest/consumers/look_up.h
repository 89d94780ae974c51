// SPDX-License-Identifier: Apache-2.0
// Who finds what of an image: the look-ups of the programs that read attestations, performed on a tree. Each was worked
// out from the program's source and checked by running it; the comments name the versions.
#ifndef WAYBILL_ATTEST_CONSUMERS_LOOK_UP_H_
#define WAYBILL_ATTEST_CONSUMERS_LOOK_UP_H_

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "attest/reader/tree.h"

namespace waybill::attest::consumers {

// What cosign's tags sha256-<hex>.att hold, by the node that they stand for: predicate types of DSSE envelopes.
using AttTags = std::map<size_t, std::vector<std::string>>;

struct Answer {
  std::vector<std::string> found;  // predicate types; "signature"; artifact types of programs that only list
  std::string note;                // why nothing is found, or what is wrong with what is found; "" otherwise
};

struct LookUp {
  std::string consumer;
  size_t named = 0;  // the node whose digest the program is given; the root for a tag
  Answer answer;
};

// All programs, each for the root, as a user names an image by its tag, and for each image that the root lists. In the
// order of the table, then of the nodes.
std::vector<LookUp> LookUpAll(const reader::ImageTree& tree, const AttTags& tags);

}  // namespace waybill::attest::consumers

#endif  // WAYBILL_ATTEST_CONSUMERS_LOOK_UP_H_
