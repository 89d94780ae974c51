// SPDX-License-Identifier: Apache-2.0
// The bytes of attestation files: verified as they are read, within the limit.
#ifndef WAYBILL_EXPORTER_STATEMENTS_STATEMENT_CONTENT_H_
#define WAYBILL_EXPORTER_STATEMENTS_STATEMENT_CONTENT_H_

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "oci/content/content.h"
#include "oci/context.h"
#include "oci/descriptor.h"
#include "oci/file/mapping.h"
#include "oci/io/stream.h"

namespace waybill::exporter::statements {

// BuildKit's limit for one attestation file; more is reported as a warning.
inline constexpr int64_t kUsualAttestationBytes = 80 << 20;

// Reads attestation files by their descriptors. Errors: what the source reports; kVerification for bytes that are not
// the descriptor's; INVALID_ARGUMENT "<path> exceeds <limit> bytes".
class ContentReader {
 public:
  // A limit of 0 is none. The references must outlive this.
  ContentReader(const oci::Context& context, oci::content::Fetcher& source, int64_t limit,
                std::string scratch_directory)
      : context_(context), source_(source), limit_(limit), scratch_directory_(std::move(scratch_directory)) {}

  // Copies the file to `to`, which may have got a part of it when this fails.
  absl::Status Copy(absl::string_view path, const oci::Descriptor& file, oci::io::Writer& to) const;
  // The file for reading at random.
  absl::StatusOr<std::unique_ptr<oci::file::Mapping>> Map(absl::string_view path, const oci::Descriptor& file) const;
  // The same for bytes that need no verification.
  absl::StatusOr<std::unique_ptr<oci::file::Mapping>> Map(oci::io::Reader& from) const;

 private:
  absl::StatusOr<std::unique_ptr<oci::io::Source>> Fetch(absl::string_view path, const oci::Descriptor& file) const;

  const oci::Context context_;
  oci::content::Fetcher& source_;
  const int64_t limit_;
  const std::string scratch_directory_;
};

}  // namespace waybill::exporter::statements

#endif  // WAYBILL_EXPORTER_STATEMENTS_STATEMENT_CONTENT_H_
