// SPDX-License-Identifier: Apache-2.0
// Whether a name says that its value is a secret, and whether a value can be one. Pure.
#ifndef WAYBILL_ATTEST_SECRETS_NAMES_H_
#define WAYBILL_ATTEST_SECRETS_NAMES_H_

#include "absl/strings/string_view.h"

namespace waybill::attest::secrets {

enum class NameSays {
  kNothing,
  kMaybe,   // such as AUTH: a secret when the value looks random
  kSecret,  // such as NPM_TOKEN
};

// Looks at the words of the name: letters between other characters, and between a small letter and a capital one. A
// name that ends in a word such as FILE, URL or ID says where the secret is, and is no sign of one; GPG_KEY and
// PUBLIC_KEY are for everybody.
NameSays LookAtName(absl::string_view name);

// Values that stand for a secret, or for none: empty, `***`, `xxxx`, `<redacted>`, `[redacted]`, `$VARIABLE`,
// `changeme`, `true`, ...
bool IsPlaceholder(absl::string_view value);

// Whether the value is at least 32 characters of base64 (either alphabet) with more than 4.2 bits of entropy for each,
// which hexadecimal digits and paths do not have.
bool LooksRandom(absl::string_view value);

}  // namespace waybill::attest::secrets

#endif  // WAYBILL_ATTEST_SECRETS_NAMES_H_
