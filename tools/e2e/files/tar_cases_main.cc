// SPDX-License-Identifier: Apache-2.0
// usage: tar-cases SEED COUNT | tar_cases_main
//
// Rewrites the archives of the peer tar-cases (tools/peers/tar, which says what it writes) and compares what comes out
// with what Go's archive/tar made: to the byte, and refused where Go refuses. Prints the first ten that differ, and a
// summary. Exits with 0 when none does.
#include <array>
#include <cstdio>
#include <string>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "oci/io/string.h"
#include "oci/layer/rewrite.h"

namespace {

namespace oci = waybill::oci;

struct Case {
  int64_t epoch = 0;
  bool taken = false;
  uint64_t entries = 0;
  std::string archive;
  std::string made;
};

bool ReadText(size_t size, std::string& text) {
  text.resize(size);
  return std::fread(text.data(), 1, size, stdin) == size;
}

// False at the end of the input, or where it is cut short.
bool ReadCase(Case& next) {
  std::array<uint64_t, 6> numbers = {};
  for (uint64_t& number : numbers) {
    unsigned char bytes[8];
    if (std::fread(bytes, 1, sizeof bytes, stdin) != sizeof bytes) return false;
    for (const unsigned char byte : bytes) number = number << 8 | byte;
  }
  next.epoch = static_cast<int64_t>(numbers[0]);
  next.taken = numbers[1] == 1;
  next.entries = numbers[2];
  return ReadText(numbers[3], next.archive) && ReadText(numbers[4], next.made);
}

// What differs; empty when nothing does.
std::string Compare(const Case& expected) {
  oci::io::StringReader from(expected.archive);
  std::string made;
  oci::io::StringWriter to(made);
  const absl::Status status = oci::layer::RewriteTimestamps(oci::Context(), from, expected.epoch, to);
  if (status.ok() != expected.taken)
    return absl::StrCat(expected.taken ? "only Go takes it: " : "Go refuses it ", status.message());
  if (!status.ok() || made == expected.made) return "";
  size_t at = 0;
  while (at < made.size() && at < expected.made.size() && made[at] == expected.made[at]) ++at;
  return absl::StrCat("sizes ", made.size(), " and ", expected.made.size(), ", first difference at ", at, ": \"",
                      absl::CHexEscape(made.substr(at, 40)), "\" instead of \"",
                      absl::CHexEscape(expected.made.substr(at, 40)), "\"");
}

}  // namespace

int main() {
  int cases = 0;
  int taken = 0;
  int differ = 0;
  uint64_t entries = 0;
  for (Case next; ReadCase(next); ++cases) {
    taken += next.taken ? 1 : 0;
    entries += next.entries;
    const std::string difference = Compare(next);
    if (difference.empty()) continue;
    if (++differ <= 10)
      std::fprintf(stderr, "case %d (epoch %lld): %s\n", cases, static_cast<long long>(next.epoch), difference.c_str());
  }
  std::printf("%d archives, %d taken by Go with %llu entries, %d differ\n", cases, taken,
              static_cast<unsigned long long>(entries), differ);
  return differ == 0 && cases > 0 && taken > 0 ? 0 : 1;
}
