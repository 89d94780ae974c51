// SPDX-License-Identifier: Apache-2.0
#include "attest/keys/percent.h"

#include <optional>
#include <utility>

#include "oci/error.h"
#include "oci/words/percent.h"

namespace waybill::attest::keys {

absl::StatusOr<std::string> PercentDecode(absl::string_view text) {
  std::optional<std::string> decoded = oci::words::PercentDecoded(text);
  if (!decoded.has_value()) return oci::InvalidInputError("a \"%\" without two hexadecimal digits");
  return *std::move(decoded);
}

}  // namespace waybill::attest::keys
