// SPDX-License-Identifier: Apache-2.0
// What a blob of an attestation is, told by its content: media types are wrong too often (a "statement" of
// application/vnd.in-toto+json may be an envelope).
#ifndef WAYBILL_ATTEST_READER_CONTENT_H_
#define WAYBILL_ATTEST_READER_CONTENT_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "attest/statement.h"
#include "oci/digest.h"

namespace waybill::attest::reader {

enum class ContentKind {
  kUnknown,        // nothing told it in the part that was looked at
  kNotJson,        // it begins with something else
  kOtherJson,      // JSON of a kind that is not in this list
  kStatement,      // in-toto
  kEnvelope,       // DSSE around a statement or something else
  kBundle,         // of Sigstore, around an envelope or a signature
  kSimpleSigning,  // a signature's payload as cosign and Red Hat write it
  kSpdx,           // the documents themselves, without a statement
  kCycloneDx,
};

// "statement", "DSSE envelope", ...
absl::string_view KindName(ContentKind kind);

// Subjects beyond these are not kept.
inline constexpr size_t kMaxKeptSubjects = 1000;
inline constexpr size_t kMaxSubjectBytes = 1 << 20;
// Longer strings are kept cut off.
inline constexpr size_t kMaxStringBytes = 4096;

struct Content {
  ContentKind kind = ContentKind::kUnknown;
  // Of the statement, also of one inside an envelope.
  std::string statement_type;  // "_type"
  std::string predicate_type;
  std::vector<StatementSubject> subjects;
  bool has_more_subjects = false;  // not all were kept, or looked at
  std::string payload_type;        // of an envelope
  std::string signed_digest;       // of a simple signing payload: of the manifest
  bool is_signature = false;       // a bundle of a bare signature
  std::string fault;               // why it is not what it should be, such as a syntax error; empty: nothing was seen
  int64_t looked_at = 0;           // bytes
  bool is_whole = false;           // all bytes were looked at, and have the descriptor's digest and size

  // Whether one of the kept subjects has the digest.
  bool IsAbout(const oci::Digest& digest) const;
};

// Looks at a blob that comes in pieces. Memory is bounded by the limits above and by the JSON's depth. Not thread-safe.
class ContentScanner {
 public:
  ContentScanner();
  ~ContentScanner();
  void Feed(absl::string_view bytes);
  // Whether nothing that comes can add to the answer, but for faults.
  bool has_enough() const;
  // Nothing more comes: `whole` tells whether that is the end of the blob. Call once.
  Content Finish(bool whole);

 private:
  class Fields;
  std::unique_ptr<Fields> fields_;
};

}  // namespace waybill::attest::reader

#endif  // WAYBILL_ATTEST_READER_CONTENT_H_
