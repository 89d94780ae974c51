// SPDX-License-Identifier: Apache-2.0
// Every recorded case through a running service.
#include <iostream>
#include <memory>

#include "gtest/gtest.h"
#include "tools/golden/golden_suite.h"
#include "tools/golden/service_exporter.h"

int main(int argc, char** argv) {
  const auto exporter = waybill::golden::ServiceExporter::Start(::testing::TempDir());
  if (!exporter.ok()) {
    std::cerr << exporter.status() << "\n";
    return 1;
  }
  return waybill::golden::RunSuite(argc, argv, **exporter);
}
