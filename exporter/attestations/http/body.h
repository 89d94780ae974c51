// SPDX-License-Identifier: Apache-2.0
// The bodies of answers: lists of attestations as moby's API has them, and blobs.
#ifndef WAYBILL_EXPORTER_ATTESTATIONS_HTTP_BODY_H_
#define WAYBILL_EXPORTER_ATTESTATIONS_HTTP_BODY_H_

#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "exporter/attestations/blob.h"
#include "exporter/attestations/listing.h"
#include "exporter/http/message.h"
#include "oci/context.h"
#include "oci/descriptor.h"
#include "oci/io/stream.h"
#include "oci/json/scanner.h"

namespace waybill::exporter::attestations::http {

using exporter::http::Reply;

// Descriptor and PredicateType as in moby, and beside them what moby's client passes over: Content
// (attest/reader/words.h), Sources, SubjectMatch, Platform, Manifest, About, IsAboutImage. Without the brace at its
// end, so that a statement can follow.
std::string OpenEntryJson(const Entry& entry);

// The list, without statements.
std::string ListJson(const Listing& listing);

// OK when each statement can be given: it was looked at, and is a statement, or holds one.
absl::Status CheckStatements(const Listing& listing);

// The list with the statements in it, each as it is stored, or as an envelope or a bundle holds it. They stream.
// Bytes that are not one JSON value are an error before they are written, so that no statement can end its entry.
absl::Status WriteList(const oci::Context& context, const Listing& listing, Reply& reply);

// `range` of the blob, or all of it, whose digest is checked then.
absl::Status WriteBlob(const oci::Context& context, const Listing& listing, const oci::Descriptor& blob,
                       const std::optional<Range>& range, Reply& reply);

// Passes one JSON value on and nothing else.
class JsonGuard final : public oci::io::Writer {
 public:
  // `out` must outlive this.
  explicit JsonGuard(oci::io::Writer& out) : out_(out) {}
  // Errors: INVALID_ARGUMENT with the syntax error; nothing of `bytes` was written then. Those of `out`.
  absl::Status Write(absl::string_view bytes) override;
  // Checks that the value was complete; does not close `out`.
  absl::Status Close() override;

 private:
  oci::io::Writer& out_;
  oci::json::Scanner scanner_;
};

}  // namespace waybill::exporter::attestations::http

#endif  // WAYBILL_EXPORTER_ATTESTATIONS_HTTP_BODY_H_
