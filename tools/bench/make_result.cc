// SPDX-License-Identifier: Apache-2.0
// usage: make_result DIR LAYERS BYTES random|sparse    writes a result bundle of that shape.
#include <cstdio>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/string_view.h"
#include "tools/bench/result_maker.h"

int main(int argc, char** argv) {
  using waybill::bench::Shape;
  Shape shape;
  const absl::string_view fill = argc == 5 ? argv[4] : "";
  if (argc != 5 || !absl::SimpleAtoi(argv[2], &shape.layers) || !absl::SimpleAtoi(argv[3], &shape.layer_bytes) ||
      (fill != "random" && fill != "sparse")) {
    std::fputs("usage: make_result DIR LAYERS BYTES random|sparse\n", stderr);
    return 1;
  }
  shape.fill = fill == "sparse" ? Shape::Fill::kSparse : Shape::Fill::kRandom;
  const absl::Status status = waybill::bench::MakeResult(argv[1], shape);
  if (status.ok()) return 0;
  std::fprintf(stderr, "make_result: %s\n", status.ToString().c_str());
  return 1;
}
