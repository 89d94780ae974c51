// SPDX-License-Identifier: Apache-2.0
#include "exporter/attestations/http/body.h"

#include "absl/strings/str_cat.h"
#include "attest/reader/look.h"
#include "attest/reader/words.h"
#include "oci/error.h"
#include "oci/image/manifest.h"
#include "oci/json/json.h"
#include "oci/platform.h"
#include "oci/status_macros.h"

namespace waybill::exporter::attestations::http {
namespace {

using attest::reader::ContentKind;
using attest::reader::Part;
using attest::reader::Word;

class ReplyWriter final : public oci::io::Writer {
 public:
  explicit ReplyWriter(Reply& reply) : reply_(reply) {}
  absl::Status Write(absl::string_view bytes) override { return reply_.Write(bytes); }
  absl::Status Close() override { return absl::OkStatus(); }

 private:
  Reply& reply_;
};

bool HasStatement(ContentKind kind) {
  return kind == ContentKind::kStatement || kind == ContentKind::kEnvelope || kind == ContentKind::kBundle;
}

void WriteAbout(oci::json::Writer& writer, const Entry& entry) {
  writer.Key("About").BeginObject();
  writer.Key("Digest").String(entry.about->descriptor.digest.ToString());
  writer.Key("Kind").String(Word(entry.about->kind));
  writer.EndObject();
  if (!entry.about->platform.has_value()) return;
  const oci::Platform platform = oci::Normalize(*entry.about->platform);
  writer.Key("Platform").BeginObject();
  writer.Key("architecture").String(platform.architecture);
  writer.Key("os").String(platform.os);
  if (!platform.os_version.empty()) writer.Key("os.version").String(platform.os_version);
  if (!platform.variant.empty()) writer.Key("variant").String(platform.variant);
  writer.EndObject();
}

}  // namespace

std::string OpenEntryJson(const Entry& entry) {
  const attest::reader::Item& item = *entry.item;
  oci::json::Writer writer;
  writer.BeginObject();
  writer.Key("Descriptor").Raw(oci::image::ToCompactJson(item.descriptor));
  writer.Key("PredicateType").String(item.predicate_type());
  writer.Key("Content").String(Word(item.content.kind));
  writer.Key("Manifest").String(entry.manifest->descriptor.digest.ToString());
  WriteAbout(writer, entry);
  writer.Key("Sources").BeginArray();
  for (const attest::reader::Source source : entry.sources) writer.String(attest::reader::SourceName(source));
  writer.EndArray();
  if (!Word(entry.match).empty()) writer.Key("SubjectMatch").String(Word(entry.match));
  const bool knows_subjects = !item.content.statement_type.empty() && !item.content.has_more_subjects;
  if (knows_subjects) writer.Key("IsAboutImage").Bool(item.content.IsAbout(entry.about->descriptor.digest));
  if (!item.content.fault.empty()) writer.Key("Fault").String(item.content.fault);
  writer.EndObject();
  std::string json = writer.Take();
  json.pop_back();
  return json;
}

std::string ListJson(const Listing& listing) {
  std::string json = "[";
  for (const Entry& entry : listing.entries()) {
    absl::StrAppend(&json, json.size() > 1 ? "," : "", OpenEntryJson(entry), "}");
  }
  return absl::StrCat(json, "]\n");
}

absl::Status CheckStatements(const Listing& listing) {
  for (const Entry& entry : listing.entries()) {
    const std::string digest = entry.item->descriptor.digest.ToString();
    // NOT_FOUND would say that there is no such image.
    if (!entry.item->status.ok()) {
      return oci::VerificationError(absl::StrCat("statement ", digest, ": ", entry.item->status.message()));
    }
    if (!entry.item->content.fault.empty() || !HasStatement(entry.item->content.kind)) {
      return oci::VerificationError(absl::StrCat(
          "blob ", digest, " is not a statement: ",
          entry.item->content.fault.empty() ? KindName(entry.item->content.kind) : entry.item->content.fault));
    }
  }
  return absl::OkStatus();
}

absl::Status WriteList(const oci::Context& context, const Listing& listing, Reply& reply) {
  ReplyWriter out(reply);
  absl::string_view before = "[";
  for (const Entry& entry : listing.entries()) {
    ABSL_RETURN_IF_ERROR(reply.Write(absl::StrCat(before, OpenEntryJson(entry), ",\"Statement\":")));
    JsonGuard guard(out);
    ABSL_RETURN_IF_ERROR(attest::reader::WritePart(context, listing.content(), entry.item->descriptor,
                                                   entry.item->content.kind, Part::kStatement, guard));
    ABSL_RETURN_IF_ERROR(guard.Close());
    before = "},";
  }
  return reply.Write(listing.entries().empty() ? "[]\n" : "}]\n");
}

absl::Status WriteBlob(const oci::Context& context, const Listing& listing, const oci::Descriptor& blob,
                       const std::optional<Range>& range, Reply& reply) {
  ReplyWriter out(reply);
  if (range.has_value()) return WriteRange(context, listing.content(), blob, *range, out);
  return attest::reader::WritePart(context, listing.content(), blob, ContentKind::kUnknown, Part::kBlob, out);
}

absl::Status JsonGuard::Write(absl::string_view bytes) {
  for (const char byte : bytes) {
    // Most of a statement lies in strings.
    if (scanner_.in_string() && byte != '"' && byte != '\\' && static_cast<unsigned char>(byte) >= ' ') continue;
    if (scanner_.Feed(byte) == oci::json::Scanner::ByteClass::kError) return scanner_.error();
  }
  return out_.Write(bytes);
}

absl::Status JsonGuard::Close() { return scanner_.Finish(); }

}  // namespace waybill::exporter::attestations::http
