// SPDX-License-Identifier: Apache-2.0
// Every recorded case against the export in this process.
#include "tools/golden/golden_suite.h"
#include "tools/golden/in_process_exporter.h"

int main(int argc, char** argv) {
  waybill::golden::InProcessExporter exporter;
  return waybill::golden::RunSuite(argc, argv, exporter);
}
