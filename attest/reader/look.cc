// SPDX-License-Identifier: Apache-2.0
#include "attest/reader/look.h"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "attest/reader/part_writer.h"
#include "oci/digest.h"
#include "oci/error.h"
#include "oci/io/hashing.h"
#include "oci/status_macros.h"

namespace waybill::attest::reader {
namespace {

constexpr size_t kChunkBytes = 64 << 10;

// A blob on its way, hashed.
class BlobStream {
 public:
  static absl::StatusOr<BlobStream> Open(const oci::Context& context, oci::content::Fetcher& from,
                                         const oci::Descriptor& descriptor) {
    ABSL_ASSIGN_OR_RETURN(std::unique_ptr<oci::io::Source> source, from.Fetch(context, descriptor));
    ABSL_ASSIGN_OR_RETURN(std::unique_ptr<oci::io::Reader> reader, source->Open(context, 0));
    return BlobStream(std::move(source), std::move(reader), descriptor);
  }

  // Empty at the end. Errors: the source's; kVerification for more bytes than the descriptor has.
  absl::StatusOr<absl::string_view> Next(const oci::Context& context) {
    ABSL_RETURN_IF_ERROR(context.Check());
    ABSL_ASSIGN_OR_RETURN(const size_t size, reader_->Read(absl::MakeSpan(chunk_)));
    if (reader_->size() > descriptor_.size) {
      return oci::VerificationError(
          absl::StrCat("blob ", descriptor_.digest.ToString(), " has more than ", descriptor_.size, " bytes"));
    }
    return absl::string_view(chunk_).substr(0, size);
  }
  absl::Status Verify() const { return oci::content::Verify(descriptor_, reader_->digest(), reader_->size()); }
  int64_t size() const { return reader_->size(); }

 private:
  BlobStream(std::unique_ptr<oci::io::Source> source, std::unique_ptr<oci::io::Reader> reader,
             const oci::Descriptor& descriptor)
      : descriptor_(descriptor),
        source_(std::move(source)),
        reader_(std::make_unique<oci::io::HashingReader>(std::move(reader), oci::Hasher(descriptor.digest))),
        chunk_(kChunkBytes, '\0') {}

  oci::Descriptor descriptor_;
  std::unique_ptr<oci::io::Source> source_;
  std::unique_ptr<oci::io::HashingReader> reader_;
  std::string chunk_;
};

absl::Status WriteAll(const oci::Context& context, BlobStream& blob, oci::io::Writer& out) {
  while (true) {
    ABSL_ASSIGN_OR_RETURN(const absl::string_view bytes, blob.Next(context));
    if (bytes.empty()) return blob.Verify();
    ABSL_RETURN_IF_ERROR(out.Write(bytes));
  }
}

}  // namespace

absl::StatusOr<Content> LookAt(const oci::Context& context, oci::content::Fetcher& from,
                               const oci::Descriptor& descriptor, int64_t look_bytes) {
  ABSL_ASSIGN_OR_RETURN(BlobStream blob, BlobStream::Open(context, from, descriptor));
  const bool to_the_end = descriptor.size <= kSmallBlobBytes || look_bytes == kWholeBlob;
  ContentScanner scanner;
  while (to_the_end || (blob.size() < look_bytes && !scanner.has_enough())) {
    ABSL_ASSIGN_OR_RETURN(const absl::string_view bytes, blob.Next(context));
    if (bytes.empty()) {
      ABSL_RETURN_IF_ERROR(blob.Verify());
      Content content = scanner.Finish(/*whole=*/true);
      content.is_whole = true;
      return content;
    }
    scanner.Feed(bytes);
  }
  return scanner.Finish(/*whole=*/false);
}

absl::Status WritePart(const oci::Context& context, oci::content::Fetcher& from, const oci::Descriptor& descriptor,
                       ContentKind kind, Part part, oci::io::Writer& out) {
  ABSL_ASSIGN_OR_RETURN(BlobStream blob, BlobStream::Open(context, from, descriptor));
  if (part == Part::kBlob) return WriteAll(context, blob, out);
  PredicateWriter predicate(out);
  oci::io::Writer& statement = part == Part::kPredicate ? static_cast<oci::io::Writer&>(predicate) : out;
  PayloadWriter payload(statement);
  switch (kind) {
    case ContentKind::kStatement:
      ABSL_RETURN_IF_ERROR(WriteAll(context, blob, statement));
      break;
    case ContentKind::kEnvelope:
    case ContentKind::kBundle:
      ABSL_RETURN_IF_ERROR(WriteAll(context, blob, payload));
      ABSL_RETURN_IF_ERROR(payload.Close());
      break;
    default:
      return oci::InvalidInputError(
          absl::StrCat("blob ", descriptor.digest.ToString(), " (", KindName(kind), ") has no statement"));
  }
  return part == Part::kPredicate ? predicate.Close() : absl::OkStatus();
}

}  // namespace waybill::attest::reader
