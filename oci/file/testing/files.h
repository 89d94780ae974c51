// SPDX-License-Identifier: Apache-2.0
// Files of tests.
#ifndef WAYBILL_OCI_FILE_TESTING_FILES_H_
#define WAYBILL_OCI_FILE_TESTING_FILES_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace waybill::oci::file::testing {

// Every file under `directory`, relative to it and sorted; directories count only when they are empty.
std::vector<std::string> FilesUnder(const std::string& directory);
// A new empty directory under TEST_TMPDIR.
std::string NewTempDir();
// `size` bytes without pattern; the same for the same seed.
std::string RandomBytes(size_t size, unsigned seed);

// The whole file; empty when there is none.
std::string ReadFile(const std::string& path);
void WriteFile(const std::string& path, absl::string_view bytes);

}  // namespace waybill::oci::file::testing

#endif  // WAYBILL_OCI_FILE_TESTING_FILES_H_
