// SPDX-License-Identifier: Apache-2.0
// The patch: text is copied through, and what is new goes between.
#include "attest/spdx/spdx.h"

#include "absl/strings/str_cat.h"
#include "oci/error.h"
#include "oci/json/json.h"
#include "oci/path.h"
#include "oci/status_macros.h"

namespace waybill::attest::spdx {
namespace {

namespace json = oci::json;

// A file that a layer's comment can be added to.
struct File {
  std::string path;           // absolute and clean
  absl::string_view comment;  // an empty string as it stands in the document, or nothing
};

absl::StatusOr<std::optional<File>> FileWithoutComment(absl::string_view raw) {
  if (json::KindOf(raw) == json::Kind::kNull) return std::nullopt;
  absl::string_view name;
  absl::string_view comment;
  ABSL_RETURN_IF_ERROR(json::VisitMembers(raw, [&](const json::Member& member) {
    if (json::IsField(member.key, "fileName")) name = member.value;
    if (json::IsField(member.key, "comment")) comment = member.value;
    return absl::OkStatus();
  }));
  ABSL_ASSIGN_OR_RETURN(const std::string text, json::DecodeString(comment));
  if (!text.empty()) return std::nullopt;
  ABSL_ASSIGN_OR_RETURN(const std::string file, json::DecodeString(name));
  return File{.path = oci::path::Clean(absl::StrCat("/", file)), .comment = comment};
}

using FileVisitor = absl::FunctionRef<absl::Status(absl::string_view raw)>;

// The files of one of the document's members.
absl::Status VisitFilesOf(const json::Member& member, FileVisitor visit) {
  if (json::IsField(member.key, "files")) return json::VisitElements(member.value, visit);
  if (!json::IsField(member.key, "packages")) return absl::OkStatus();
  return json::VisitElements(member.value, [visit](absl::string_view package) {
    return json::VisitMembers(package, [visit](const json::Member& inner) {
      return json::IsField(inner.key, "files") ? json::VisitElements(inner.value, visit) : absl::OkStatus();
    });
  });
}

class Patcher {
 public:
  Patcher(absl::string_view document, absl::string_view version, LayerLookup lookup, TextSink sink)
      : document_(document),
        creator_(json::Quote(absl::StrCat("Tool: buildkit-", version))),
        lookup_(lookup),
        sink_(sink) {}
  absl::Status Run();

 private:
  absl::Status PatchCreationInfo(absl::string_view raw);
  absl::Status PatchFile(absl::string_view raw);

  // Copies the document up to `end`, a position inside it.
  absl::Status CopyTo(const char* end);
  absl::Status Insert(const char* before, absl::string_view text);
  absl::Status Replace(absl::string_view raw, absl::string_view text);
  // Adds one member or element at the end of the container `raw`.
  absl::Status AddLast(absl::string_view raw, absl::string_view text);

  const absl::string_view document_;
  const std::string creator_;
  const LayerLookup lookup_;
  const TextSink sink_;
  size_t copied_ = 0;
};

absl::Status Patcher::CopyTo(const char* end) {
  const size_t position = end - document_.data();
  ABSL_RETURN_IF_ERROR(sink_(document_.substr(copied_, position - copied_)));
  copied_ = position;
  return absl::OkStatus();
}

absl::Status Patcher::Insert(const char* before, absl::string_view text) {
  ABSL_RETURN_IF_ERROR(CopyTo(before));
  return sink_(text);
}

absl::Status Patcher::Replace(absl::string_view raw, absl::string_view text) {
  ABSL_RETURN_IF_ERROR(Insert(raw.data(), text));
  copied_ += raw.size();
  return absl::OkStatus();
}

absl::Status Patcher::AddLast(absl::string_view raw, absl::string_view text) {
  const size_t close = raw.find_last_of("]}");
  const size_t last = raw.find_last_not_of(" \t\r\n", close - 1);
  const bool empty = last == raw.find_first_of("[{");
  return Insert(raw.data() + close, absl::StrCat(empty ? "" : ",", text));
}

absl::Status Patcher::PatchCreationInfo(absl::string_view raw) {
  if (json::KindOf(raw) == json::Kind::kNull) return Replace(raw, absl::StrCat("{\"creators\":[", creator_, "]}"));
  absl::string_view creators;
  ABSL_RETURN_IF_ERROR(json::VisitMembers(raw, [&creators](const json::Member& member) {
    if (json::IsField(member.key, "creators")) creators = member.value;
    return absl::OkStatus();
  }));
  if (creators.empty()) return AddLast(raw, absl::StrCat("\"creators\":[", creator_, "]"));
  if (json::KindOf(creators) == json::Kind::kNull) return Replace(creators, absl::StrCat("[", creator_, "]"));
  return AddLast(creators, creator_);
}

absl::Status Patcher::PatchFile(absl::string_view raw) {
  ABSL_ASSIGN_OR_RETURN(const std::optional<File> file, FileWithoutComment(raw));
  if (!file.has_value()) return absl::OkStatus();
  ABSL_ASSIGN_OR_RETURN(const std::optional<oci::Digest> layer, lookup_(file->path));
  if (!layer.has_value()) return absl::OkStatus();
  const std::string added = json::Quote(absl::StrCat("layerID: ", layer->ToString()));
  return file->comment.empty() ? AddLast(raw, absl::StrCat("\"comment\":", added)) : Replace(file->comment, added);
}

absl::Status Patcher::Run() {
  const char* creation_info = nullptr;  // of duplicates the last one counts
  ABSL_RETURN_IF_ERROR(json::VisitMembers(document_, [&](const json::Member& member) {
    if (json::IsField(member.key, "creationInfo")) creation_info = member.value.data();
    return absl::OkStatus();
  }));
  ABSL_RETURN_IF_ERROR(json::VisitMembers(document_, [&](const json::Member& member) {
    if (member.value.data() == creation_info) return PatchCreationInfo(member.value);
    return VisitFilesOf(member, [this](absl::string_view file) { return PatchFile(file); });
  }));
  if (creation_info == nullptr) {
    ABSL_RETURN_IF_ERROR(AddLast(document_, absl::StrCat("\"creationInfo\":{\"creators\":[", creator_, "]}")));
  }
  return CopyTo(document_.data() + document_.size());
}

}  // namespace

absl::Status VisitSpdxFiles(absl::string_view document, absl::FunctionRef<void(absl::string_view path)> visit) {
  return json::VisitMembers(document, [visit](const json::Member& member) {
    return VisitFilesOf(member, [visit](absl::string_view raw) {
      ABSL_ASSIGN_OR_RETURN(const std::optional<File> file, FileWithoutComment(raw));
      if (file.has_value()) visit(file->path);
      return absl::OkStatus();
    });
  });
}

absl::Status SupplementSpdx(absl::string_view document, absl::string_view version, LayerLookup lookup, TextSink sink) {
  return Patcher(document, version, lookup, sink).Run();
}

}  // namespace waybill::attest::spdx
