// SPDX-License-Identifier: Apache-2.0
// The recorded cases as a GoogleTest program: one test per case, a summary line at the end.
#ifndef WAYBILL_TOOLS_GOLDEN_GOLDEN_SUITE_H_
#define WAYBILL_TOOLS_GOLDEN_GOLDEN_SUITE_H_

#include "tools/golden/recorded/exporter_under_test.h"

namespace waybill::golden {

// Runs all cases against `exporter` and returns what main() returns. GoogleTest's filters work.
int RunSuite(int argc, char** argv, recorded::ExporterUnderTest& exporter);

}  // namespace waybill::golden

#endif  // WAYBILL_TOOLS_GOLDEN_GOLDEN_SUITE_H_
