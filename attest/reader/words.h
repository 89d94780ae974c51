// SPDX-License-Identifier: Apache-2.0
// The words for what was found, as programs read them: in the command's JSON and in the service's answers.
#ifndef WAYBILL_ATTEST_READER_WORDS_H_
#define WAYBILL_ATTEST_READER_WORDS_H_

#include "absl/strings/string_view.h"
#include "attest/reader/content.h"
#include "attest/reader/tree.h"

namespace waybill::attest::reader {

// "index", "image", "attestation", "artifact" or "unread".
absl::string_view Word(NodeKind kind);
// "statement", "dsse", "sigstore-bundle", ...
absl::string_view Word(ContentKind kind);
// "matches", "other-digest" or "other-size"; "" when there is no subject.
absl::string_view Word(SubjectMatch match);

}  // namespace waybill::attest::reader

#endif  // WAYBILL_ATTEST_READER_WORDS_H_
