// SPDX-License-Identifier: Apache-2.0
// How hard the levels 2 to 9 look for matches.
#ifndef WAYBILL_OCI_DEFLATE_MATCH_TUNING_H_
#define WAYBILL_OCI_DEFLATE_MATCH_TUNING_H_

#include <cstdint>

namespace waybill::oci::deflate::match {

struct Tuning {
  uint32_t lazy = 0;  // a match this long is taken without looking at the next position; 0: every match is
  uint32_t nice = 0;  // a match this long ends the search
  int chain = 0;      // candidates looked at
  uint32_t skip = 0;  // bytes of a longer match are no candidates; only without `lazy`
};

// `level` is 2 to 9.
constexpr Tuning TuningOf(int level) {
  constexpr Tuning kTunings[] = {
      {.nice = 16, .chain = 8, .skip = 5},       {.nice = 32, .chain = 32, .skip = 6},
      {.lazy = 4, .nice = 16, .chain = 16},      {.lazy = 16, .nice = 32, .chain = 32},
      {.lazy = 16, .nice = 128, .chain = 128},   {.lazy = 32, .nice = 128, .chain = 256},
      {.lazy = 128, .nice = 258, .chain = 1024}, {.lazy = 258, .nice = 258, .chain = 4096},
  };
  return kTunings[level - 2];
}

}  // namespace waybill::oci::deflate::match

#endif  // WAYBILL_OCI_DEFLATE_MATCH_TUNING_H_
