// SPDX-License-Identifier: Apache-2.0
// usage: profile_matrix BUNDLE      Prints the table of docs/registries.md.
#include <iostream>

#include "exporter/input/result_directory.h"
#include "oci/context.h"
#include "tools/e2e/matrix/profile_matrix.h"
#include "tools/e2e/matrix/profile_table.h"

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: profile_matrix BUNDLE\n";
    return 1;
  }
  auto sample = waybill::exporter::input::OpenResultDirectory(waybill::oci::Context(), argv[1]);
  if (!sample.ok()) {
    std::cerr << sample.status() << "\n";
    return 1;
  }
  const auto rows = waybill::e2e::matrix::RunMatrix(*sample);
  if (!rows.ok()) {
    std::cerr << rows.status() << "\n";
    return 1;
  }
  std::cout << waybill::e2e::matrix::FormatTable(*rows);
}
