// SPDX-License-Identifier: Apache-2.0
// What a fuzz target demands of the code: a broken demand ends the program, which libFuzzer and the corpus tests
// report.
#ifndef WAYBILL_TOOLS_FUZZ_REQUIRE_H_
#define WAYBILL_TOOLS_FUZZ_REQUIRE_H_

#include <cstdint>
#include <cstdio>
#include <cstdlib>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace waybill::fuzz {

inline void Require(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "broken: %s\n", what);
  std::abort();
}

template <typename T>
bool Is(const absl::StatusOr<T>& got, const T& expected) {
  return got.ok() && *got == expected;
}

inline absl::string_view View(const uint8_t* data, size_t size) { return {reinterpret_cast<const char*>(data), size}; }

}  // namespace waybill::fuzz

#endif  // WAYBILL_TOOLS_FUZZ_REQUIRE_H_
