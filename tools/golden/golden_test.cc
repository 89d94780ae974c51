// SPDX-License-Identifier: Apache-2.0
// Every recorded case against the export in this process.
#include "tools/golden/golden_suite.h"
#include "tools/golden/local_subject.h"

int main(int argc, char** argv) {
  waybill::golden::LocalSubject subject;
  return waybill::golden::RunSuite(argc, argv, subject);
}
