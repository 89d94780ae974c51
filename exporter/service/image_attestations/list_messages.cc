// SPDX-License-Identifier: Apache-2.0
#include "exporter/service/image_attestations/list_messages.h"

#include <algorithm>
#include <cstddef>
#include <string>
#include <utility>

#include "absl/strings/string_view.h"
#include "attest/reader/look.h"
#include "attest/reader/words.h"
#include "exporter/rpc/utf8.h"
#include "exporter/service/messages/result_codec.h"
#include "oci/error.h"
#include "oci/io/string.h"
#include "oci/platform.h"
#include "oci/status_macros.h"

namespace waybill::exporter::service::image_attestations {
namespace {

using attest::reader::Item;
using attest::reader::Word;
using exporter::attestations::Entry;

// Of what others wrote.
constexpr size_t kMaxTextBytes = 4096;

void SetText(absl::string_view text, std::string& field) { field = rpc::ToUtf8(text, kMaxTextBytes); }

v1::ImageAttestation ToMessage(const Entry& entry) {
  const Item& item = *entry.item;
  v1::ImageAttestation message;
  *message.mutable_blob() = messages::ToProto(item.descriptor);
  SetText(item.predicate_type(), *message.mutable_predicate_type());
  message.set_content(std::string(Word(item.content.kind)));
  message.set_manifest(entry.manifest->descriptor.digest.ToString());
  message.set_about(entry.about->descriptor.digest.ToString());
  message.set_about_kind(std::string(Word(entry.about->kind)));
  if (entry.about->platform.has_value()) {
    const oci::Platform platform = oci::Normalize(*entry.about->platform);
    SetText(platform.architecture, *message.mutable_platform()->mutable_architecture());
    SetText(platform.os, *message.mutable_platform()->mutable_os());
    SetText(platform.os_version, *message.mutable_platform()->mutable_os_version());
    SetText(platform.variant, *message.mutable_platform()->mutable_variant());
  }
  for (const attest::reader::Source source : entry.sources) {
    message.add_sources(std::string(attest::reader::SourceName(source)));
  }
  message.set_subject_match(std::string(Word(entry.match)));
  if (!item.content.statement_type.empty() && !item.content.has_more_subjects) {
    message.set_is_about_image(item.content.IsAbout(entry.about->descriptor.digest));
  }
  SetText(item.status.ok() ? item.content.fault : std::string(item.status.message()), *message.mutable_fault());
  return message;
}

}  // namespace

absl::Status Fill(const oci::Context& context, const exporter::attestations::Listing& listing,
                  const v1::ListImageAttestationsRequest& request, v1::ListImageAttestationsResponse& response) {
  if (request.statement_limit() < 0) return oci::InvalidInputError("statement_limit is below 0");
  const int64_t limit = request.statement_limit() == 0 ? kStatementLimit : request.statement_limit();
  int64_t left = kStatementsLimit;
  for (const Entry& entry : listing.entries()) {
    v1::ImageAttestation message = ToMessage(entry);
    // A statement inside an envelope is smaller than its blob.
    const int64_t size = entry.item->descriptor.size;
    if (request.statements() && message.fault().empty() && size <= std::min(limit, left)) {
      std::string statement;
      oci::io::StringWriter out(statement);
      const absl::Status written =
          attest::reader::WritePart(context, listing.content(), entry.item->descriptor, entry.item->content.kind,
                                    attest::reader::Part::kStatement, out);
      ABSL_RETURN_IF_ERROR(context.Check());
      left -= size;
      if (written.ok()) {
        message.set_statement(std::move(statement));
      } else {
        SetText(listing.Told(written).message(), *message.mutable_fault());
      }
    }
    *response.add_attestations() = std::move(message);
  }
  for (const std::string& gap : listing.gaps()) SetText(gap, *response.add_gaps());
  return absl::OkStatus();
}

}  // namespace waybill::exporter::service::image_attestations
