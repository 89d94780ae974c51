// SPDX-License-Identifier: Apache-2.0
#include "tools/cli/reading/tree_json.h"

#include "absl/strings/str_cat.h"
#include "attest/reader/words.h"
#include "oci/image/manifest.h"
#include "oci/platform.h"

namespace waybill::cli::reading {
namespace {

using attest::reader::Attestation;
using attest::reader::Content;
using attest::reader::Edge;
using attest::reader::ImageTree;
using attest::reader::Item;
using attest::reader::Node;
using attest::reader::NodeKind;
using attest::reader::Word;
using oci::json::Writer;

void WriteText(Writer& writer, absl::string_view key, absl::string_view text) {
  if (!text.empty()) writer.Key(key).String(text);
}

void WriteAnnotations(Writer& writer, const oci::Annotations& annotations) {
  if (annotations.empty()) return;
  writer.Key("annotations").BeginObject();
  for (const auto& [key, value] : annotations) writer.Key(key).String(value);
  writer.EndObject();
}

void WriteEdges(Writer& writer, absl::string_view key, const std::vector<Edge>& edges) {
  if (edges.empty()) return;
  writer.Key(key).BeginArray();
  for (const Edge& edge : edges) {
    writer.BeginObject();
    writer.Key("source").String(attest::reader::SourceName(edge.source));
    WriteText(writer, "subject", Word(edge.match));
    writer.Key("read").Bool(edge.node.has_value());
    writer.Key("descriptor").Raw(oci::image::ToCompactJson(edge.descriptor));
    writer.EndObject();
  }
  writer.EndArray();
}

void WriteSubjects(Writer& writer, const Content& content) {
  writer.Key("subjects").BeginArray();
  for (const attest::StatementSubject& subject : content.subjects) {
    writer.BeginObject();
    WriteText(writer, "name", subject.name);
    writer.Key("digest").BeginObject();
    for (const auto& [algorithm, hex] : subject.digests) writer.Key(algorithm).String(hex);
    writer.EndObject().EndObject();
  }
  writer.EndArray();
  if (content.has_more_subjects) writer.Key("moreSubjects").Bool(true);
}

// The members of an object that is open.
void WriteItem(Writer& writer, const Item& item) {
  writer.Key("digest").String(item.descriptor.digest.ToString());
  writer.Key("size").Int(item.descriptor.size);
  writer.Key("mediaType").String(item.descriptor.media_type);
  writer.Key("content").String(Word(item.content.kind));
  WriteText(writer, "predicateType", item.predicate_type());
  WriteText(writer, "statementType", item.content.statement_type);
  WriteText(writer, "payloadType", item.content.payload_type);
  if (!item.content.statement_type.empty()) WriteSubjects(writer, item.content);
  WriteText(writer, "fault", item.content.fault);
  WriteText(writer, "error", item.status.message());
}

void WriteNode(Writer& writer, const Node& node) {
  writer.BeginObject();
  writer.Key("digest").String(node.descriptor.digest.ToString());
  writer.Key("mediaType").String(node.descriptor.media_type);
  writer.Key("size").Int(node.size >= 0 ? node.size : node.descriptor.size);
  writer.Key("kind").String(Word(node.kind));
  if (node.platform.has_value()) WriteText(writer, "platform", oci::FormatFull(oci::Normalize(*node.platform)));
  WriteText(writer, "artifactType", node.artifact_type);
  if (node.kind == NodeKind::kAttestation) {
    writer.Key("form").String(node.form == attest::AttestationForm::kLegacy ? "legacy" : "artifact");
  }
  if (node.image.has_value()) writer.Key("image").String(node.image->ToString());
  if (node.subject.has_value()) writer.Key("subject").Raw(oci::image::ToCompactJson(*node.subject));
  WriteAnnotations(writer, node.annotations);
  WriteText(writer, "error", node.status.message());
  WriteText(writer, "referrersError", node.referrers_status.message());
  WriteEdges(writer, "manifests", node.children);
  WriteEdges(writer, "referrers", node.referrers);
  if (!node.items.empty()) {
    writer.Key("statements").BeginArray();
    for (const Item& item : node.items) {
      writer.BeginObject();
      WriteItem(writer, item);
      writer.EndObject();
    }
    writer.EndArray();
  }
  if (node.left_out + node.items_left_out > 0) writer.Key("leftOut").Int(node.left_out + node.items_left_out);
  writer.EndObject();
}

}  // namespace

void WriteFindings(Writer& writer, const std::vector<attest::verify::Finding>& findings) {
  writer.Key("findings").BeginArray();
  for (const attest::verify::Finding& finding : findings) {
    writer.BeginObject();
    writer.Key("rule").String(finding.rule);
    writer.Key("object").String(finding.object);
    writer.Key("message").String(finding.message);
    writer.EndObject();
  }
  writer.EndArray();
}

std::string TreeJson(const ImageTree& tree, const std::vector<attest::verify::Finding>& findings) {
  Writer writer;
  writer.BeginObject();
  writer.Key("root").String(tree.root().descriptor.digest.ToString());
  writer.Key("objects").BeginArray();
  for (const Node& node : tree.nodes) WriteNode(writer, node);
  writer.EndArray();
  WriteFindings(writer, findings);
  writer.EndObject();
  return oci::json::Indent(writer.Take());
}

std::string AttestationsJson(const ImageTree& tree, const std::vector<Attestation>& attestations) {
  Writer writer;
  writer.BeginArray();
  for (const Attestation& one : attestations) {
    const Node& node = tree.nodes[one.node];
    const Node& about = tree.nodes[one.about];
    writer.BeginObject();
    WriteItem(writer, node.items[one.item]);
    writer.Key("manifest").String(node.descriptor.digest.ToString());
    writer.Key("manifestKind").String(Word(node.kind));
    WriteText(writer, "artifactType", node.artifact_type);
    writer.Key("about").BeginObject();
    writer.Key("digest").String(about.descriptor.digest.ToString());
    writer.Key("kind").String(Word(about.kind));
    if (about.platform.has_value()) WriteText(writer, "platform", oci::FormatFull(oci::Normalize(*about.platform)));
    writer.EndObject();
    writer.Key("sources").BeginArray();
    for (const attest::reader::Source source : one.sources) writer.String(attest::reader::SourceName(source));
    writer.EndArray();
    WriteText(writer, "subject", Word(one.match));
    writer.EndObject();
  }
  writer.EndArray();
  return oci::json::Indent(writer.Take());
}

}  // namespace waybill::cli::reading
