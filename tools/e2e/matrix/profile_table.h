// SPDX-License-Identifier: Apache-2.0
// The table of registries in docs/registries.md: one row for each profile of the registry for tests. A row says what
// the profile does (its switches) and how pushes with waybill's defaults went (RunMatrix).
#ifndef WAYBILL_TOOLS_E2E_MATRIX_PROFILE_TABLE_H_
#define WAYBILL_TOOLS_E2E_MATRIX_PROFILE_TABLE_H_

#include <string>
#include <vector>

#include "tools/e2e/matrix/profile_matrix.h"

namespace waybill::e2e::matrix {

// A Markdown table, in the order of the profiles. `rows` are those of RunMatrix; the table shows the pushes with the
// default form and placement. Errors and warnings become numbered notes below the table, because they are sentences.
std::string FormatTable(const std::vector<MatrixRow>& rows);

}  // namespace waybill::e2e::matrix

#endif  // WAYBILL_TOOLS_E2E_MATRIX_PROFILE_TABLE_H_
