// SPDX-License-Identifier: Apache-2.0
#include "tools/cli/reading/output.h"

#include <iostream>

#include "oci/error.h"

namespace waybill::cli::reading {
namespace {

absl::Status Failed() { return oci::StorageError("standard output could not be written"); }

}  // namespace

absl::Status FlushOutput() { return std::cout.flush() ? absl::OkStatus() : Failed(); }

absl::Status StandardOutput::Write(absl::string_view bytes) {
  std::cout.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  return std::cout ? absl::OkStatus() : Failed();
}

}  // namespace waybill::cli::reading
