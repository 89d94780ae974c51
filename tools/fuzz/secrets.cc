// SPDX-License-Identifier: Apache-2.0
// attest/secrets: the places that are told do not depend on how the bytes come, are bounded, and are one line each.
// Input: one byte, the size of a piece, then the statement.
#include "attest/secrets/secret_scanner.h"

#include <algorithm>
#include <vector>

#include "tools/fuzz/require.h"

namespace secrets = waybill::attest::secrets;
using waybill::fuzz::Require;

namespace {

std::vector<secrets::Place> Look(absl::string_view statement, size_t piece) {
  secrets::SecretScanner scanner;
  for (size_t at = 0; at < statement.size(); at += piece) {
    if (!scanner.Feed(statement.substr(at, piece)).ok()) break;
  }
  return scanner.places();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 2) return 0;
  const size_t piece = data[0] + size_t{1};
  const absl::string_view statement = waybill::fuzz::View(data + 1, size - 1);
  const std::vector<secrets::Place> whole = Look(statement, statement.size()), cut = Look(statement, piece);
  Require(whole.size() <= secrets::kMaxPlaces, "places are bounded");
  Require(std::equal(whole.begin(), whole.end(), cut.begin(), cut.end(),
                     [](const secrets::Place& a, const secrets::Place& b) {
                       return a.path == b.path && a.looks_like == b.looks_like;
                     }),
          "pieces do not matter");
  for (const secrets::Place& place : whole) {
    Require(place.path.size() < 8192, "paths are short");
    Require(std::none_of(place.path.begin(), place.path.end(), [](char byte) { return byte == '\n' || byte == '\r'; }),
            "and one line");
  }
  return 0;
}
