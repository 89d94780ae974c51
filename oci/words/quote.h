// SPDX-License-Identifier: Apache-2.0
// Words of others in our messages: a registry's reply, a helper's complaint, a client's request. This is the one place
// that bounds, escapes and redacts them.
#ifndef WAYBILL_OCI_WORDS_QUOTE_H_
#define WAYBILL_OCI_WORDS_QUOTE_H_

#include <cstddef>
#include <string>

#include "absl/strings/string_view.h"

namespace waybill::oci::words {

// Bytes of what is quoted in a message.
inline constexpr size_t kMaxQuotedBytes = 1024;
// Bytes of a whole message, whatever its parts are. gRPC's headers, in which a message travels, take 8 KiB.
inline constexpr size_t kMaxMessageBytes = 4096;

// `text` on one line: without the secrets that this process holds (secrets.h), with tabs and line ends as spaces, then
// as Escaped does it, and cut at `limit` bytes, but never within a character. Any bytes are taken.
std::string Quoted(absl::string_view text, size_t limit = kMaxQuotedBytes);

// Characters that could change how a terminal or a log shows what is around them, as \x1b or \u202e: C0 and C1
// controls, marks of writing direction, line and paragraph separators, the byte order mark, and bytes that are not
// UTF-8. Backslashes stay, so that escaping twice changes nothing.
std::string Escaped(absl::string_view text);

// As much of `text`, which is UTF-8, as fits into `limit` bytes without cutting a character.
absl::string_view CutToBytes(absl::string_view text, size_t limit);

}  // namespace waybill::oci::words

#endif  // WAYBILL_OCI_WORDS_QUOTE_H_
