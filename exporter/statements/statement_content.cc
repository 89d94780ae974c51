// SPDX-License-Identifier: Apache-2.0
#include "exporter/statements/statement_content.h"

#include <limits>

#include "absl/strings/str_cat.h"
#include "oci/digest.h"
#include "oci/error.h"
#include "oci/io/hashing.h"
#include "oci/progress.h"
#include "oci/status_macros.h"

namespace waybill::exporter::statements {
namespace {

constexpr int64_t kNoLimit = std::numeric_limits<int64_t>::max();

}  // namespace

absl::StatusOr<std::unique_ptr<oci::io::Source>> ContentReader::Fetch(absl::string_view path,
                                                                      const oci::Descriptor& file) const {
  ABSL_ASSIGN_OR_RETURN(std::unique_ptr<oci::io::Source> source, source_.Fetch(context_, file));
  const int64_t size = source->size();
  if (limit_ > 0 && size > limit_) return oci::InvalidInputError(absl::StrCat(path, " exceeds ", limit_, " bytes"));
  if (size > kUsualAttestationBytes) {
    context_.Report({.item = std::string(path),
                     .state = oci::ProgressEvent::State::kWarning,
                     .detail = absl::StrCat("attestation ", path, " has ", size, " bytes; BuildKit takes no more than ",
                                            kUsualAttestationBytes)});
  }
  return source;
}

absl::Status ContentReader::Copy(absl::string_view path, const oci::Descriptor& file, oci::io::Writer& to) const {
  ABSL_ASSIGN_OR_RETURN(const std::unique_ptr<oci::io::Source> source, Fetch(path, file));
  ABSL_ASSIGN_OR_RETURN(std::unique_ptr<oci::io::Reader> reader, source->Open(context_, 0));
  oci::io::HashingReader hashing(std::move(reader), oci::Hasher(file.digest));
  ABSL_RETURN_IF_ERROR(oci::io::Copy(context_, hashing, to).status());
  return oci::content::Verify(file, hashing.digest(), hashing.size());
}

absl::StatusOr<std::unique_ptr<oci::file::Mapping>> ContentReader::Map(absl::string_view path,
                                                                       const oci::Descriptor& file) const {
  ABSL_ASSIGN_OR_RETURN(const std::unique_ptr<oci::io::Source> source, Fetch(path, file));
  ABSL_ASSIGN_OR_RETURN(std::unique_ptr<oci::io::Reader> reader, source->Open(context_, 0));
  oci::io::HashingReader hashing(std::move(reader), oci::Hasher(file.digest));
  ABSL_ASSIGN_OR_RETURN(std::unique_ptr<oci::file::Mapping> mapping, Map(hashing));
  ABSL_RETURN_IF_ERROR(oci::content::Verify(file, hashing.digest(), hashing.size()));
  return mapping;
}

absl::StatusOr<std::unique_ptr<oci::file::Mapping>> ContentReader::Map(oci::io::Reader& from) const {
  return oci::file::Mapping::Spool(context_, from, scratch_directory_, kNoLimit);
}

}  // namespace waybill::exporter::statements
