// SPDX-License-Identifier: Apache-2.0
// Names of keys in PKCS #11 tokens (RFC 7512).
#ifndef WAYBILL_ATTEST_KEYS_TOKEN_URI_H_
#define WAYBILL_ATTEST_KEYS_TOKEN_URI_H_

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace waybill::attest::keys {

inline constexpr absl::string_view kTokenScheme = "pkcs11:";

// Unset attributes match anything.
struct TokenUri {
  std::optional<std::string> token;  // its label
  std::optional<std::string> manufacturer;
  std::optional<std::string> model;
  std::optional<std::string> serial;
  std::optional<uint64_t> slot_id;
  std::optional<std::string> object;  // the key's label
  std::optional<std::string> id;      // the key's, bytes
  std::string module_path;            // "": all modules that p11-kit's configuration names
  std::string pin_file;
};

// Path attributes token, manufacturer, model, serial, slot-id, object, id and type=private; query attributes
// module-path and pin-source, a file: URI or an absolute path. Errors, without a value in them: INVALID_ARGUMENT for
// another form, for a URI that names neither object nor id, and for pin-value, because a PIN on a command line stands
// in lists of processes and in logs; UNIMPLEMENTED naming another attribute.
absl::StatusOr<TokenUri> ParseTokenUri(absl::string_view uri);

}  // namespace waybill::attest::keys

#endif  // WAYBILL_ATTEST_KEYS_TOKEN_URI_H_
