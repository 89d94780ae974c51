// SPDX-License-Identifier: Apache-2.0
#include "oci/layout/reader.h"

#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <system_error>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "oci/compress/compression.h"
#include "oci/content/graph.h"
#include "oci/content/store/file_store.h"
#include "oci/error.h"
#include "oci/file/file.h"
#include "oci/image/media_types.h"
#include "oci/layout/layout.h"
#include "oci/status_macros.h"
#include "oci/tar/reader.h"
#include "oci/words/quote.h"

namespace waybill::oci::layout {
namespace {

// An archive may claim any number.
constexpr size_t kMaxArchiveEntries = 1'000'000;

struct Region {
  int64_t offset;
  int64_t size;
};

absl::StatusOr<std::string> ReadDocument(const Context& context, const io::Source& source, const std::string& name,
                                         int64_t limit) {
  absl::StatusOr<std::string> bytes = io::ReadAll(context, source, limit);
  if (!bytes.ok()) return Annotate(bytes.status(), name);
  return bytes;
}

absl::StatusOr<image::Index> ReadLayout(const Context& context, const std::string& name, const io::Source& layout,
                                        const io::Source& index) {
  ABSL_ASSIGN_OR_RETURN(const std::string version, ReadDocument(context, layout, name, kMaxLayoutFileBytes));
  ABSL_RETURN_IF_ERROR(Annotate(CheckLayoutFile(version), name));
  const std::string index_name = absl::StrCat(name, "/", kIndexFile);
  ABSL_ASSIGN_OR_RETURN(const std::string bytes, ReadDocument(context, index, index_name, image::kMaxManifestBytes));
  absl::StatusOr<image::Index> parsed = image::ParseIndex(bytes);
  if (!parsed.ok()) return Annotate(parsed.status(), index_name);
  return parsed;
}

class DirectoryReader : public LayoutReader {
 public:
  DirectoryReader(const std::string& root, image::Index index)
      : root_(root), blobs_(root, {}), index_(std::move(index)) {}
  const image::Index& index() const override { return index_; }
  absl::StatusOr<std::unique_ptr<io::Source>> Fetch(const Context& context, const Descriptor& descriptor) override {
    const std::string blobs = absl::StrCat(root_, "/blobs");
    for (const std::string& directory : {blobs, absl::StrCat(blobs, "/", descriptor.digest.algorithm())}) {
      std::error_code error;
      if (!std::filesystem::is_symlink(directory, error)) continue;
      return InvalidInputError(absl::StrCat(directory, " is a symbolic link; links are not followed"));
    }
    return blobs_.Fetch(context, descriptor);
  }

 private:
  const std::string root_;
  content::store::FileStore blobs_;
  const image::Index index_;
};

// The files of a layout in an archive, and links in their places, which lead out of the archive or to other bytes.
struct ArchiveEntries {
  std::map<std::string, Region> files;  // by name
  std::map<std::string, char> links;    // to the type

  // INVALID_ARGUMENT when the file, or a directory above it, is a link.
  absl::Status CheckLinks(absl::string_view name) const {
    for (absl::string_view part = name; !part.empty(); part = part.substr(0, part.rfind('/'))) {
      const auto found = links.find(std::string(part));
      if (found != links.end()) {
        return InvalidInputError(absl::StrCat(part, " is a ", found->second == tar::kSymlink ? "symbolic" : "hard",
                                              " link in the archive; links are not followed"));
      }
      if (!absl::StrContains(part, '/')) break;
    }
    return absl::OkStatus();
  }
};

class ArchiveReader : public LayoutReader {
 public:
  ArchiveReader(std::string path, ArchiveEntries entries, image::Index index)
      : path_(std::move(path)), entries_(std::move(entries)), index_(std::move(index)) {}
  const image::Index& index() const override { return index_; }
  absl::StatusOr<std::unique_ptr<io::Source>> Fetch(const Context& context, const Descriptor& descriptor) override {
    ABSL_RETURN_IF_ERROR(context.Check());
    const std::string name = BlobPath(descriptor.digest);
    ABSL_RETURN_IF_ERROR(Annotate(entries_.CheckLinks(name), path_));
    const auto found = entries_.files.find(name);
    if (found == entries_.files.end()) return content::BlobNotFound(descriptor.digest);
    ABSL_RETURN_IF_ERROR(content::VerifySize(descriptor, found->second.size));
    return std::make_unique<file::FileSource>(path_, file::Links::kFollow, found->second.offset, found->second.size);
  }

 private:
  const std::string path_;
  const ArchiveEntries entries_;
  const image::Index index_;
};

// What a layout consists of; anything else in an archive is passed over.
bool BelongsToLayout(absl::string_view name) {
  if (name == kLayoutFile || name == kIndexFile) return true;
  if (!absl::ConsumePrefix(&name, "blobs/")) return false;
  const size_t slash = name.find('/');
  if (slash == name.npos) return false;
  return Digest::Parse(absl::StrCat(name.substr(0, slash), ":", name.substr(slash + 1))).ok();
}

absl::Status RefuseCompressed(const Context& context, const io::Source& archive) {
  ABSL_ASSIGN_OR_RETURN(const std::unique_ptr<io::Reader> reader, archive.Open(context, 0));
  std::string magic(compress::kMagicBytes, '\0');
  ABSL_ASSIGN_OR_RETURN(const size_t count, reader->Read(absl::MakeSpan(magic.data(), magic.size())));
  if (compress::DetectFormat(absl::string_view(magic).substr(0, count)) == compress::Format::kNone) {
    return absl::OkStatus();
  }
  return UnsupportedError("the archive is compressed; uncompress it first");
}

// As extraction would, the last of several entries with one name counts.
absl::StatusOr<ArchiveEntries> ReadEntries(const Context& context, const io::Source& archive) {
  ABSL_RETURN_IF_ERROR(RefuseCompressed(context, archive));
  ArchiveEntries entries;
  tar::Reader reader(archive);
  for (size_t count = 0;; ++count) {
    ABSL_ASSIGN_OR_RETURN(const std::optional<tar::Entry> entry, reader.Next(context));
    if (!entry.has_value()) return entries;
    if (count == kMaxArchiveEntries) return InvalidInputError("the archive has too many entries");
    const absl::string_view name = absl::StripPrefix(entry->name, "./");
    if (entry->type == tar::kSymlink || entry->type == tar::kHardLink) {
      const absl::string_view linked = absl::StripSuffix(name, "/");
      if (!BelongsToLayout(linked) && linked != "blobs" && !absl::StartsWith(linked, "blobs/")) continue;
      entries.links.insert_or_assign(std::string(linked), entry->type);
      entries.files.erase(std::string(linked));
      continue;
    }
    if (!BelongsToLayout(name)) continue;
    if (reader.sparse()) {
      return UnsupportedError(absl::StrCat("sparse file in a tar archive: \"", words::Quoted(name, 200), "\""));
    }
    if (entry->type != tar::kFile) continue;
    if (entry->size > archive.size() - reader.data_offset()) return InvalidInputError("the tar archive is cut short");
    entries.files.insert_or_assign(std::string(name), Region{reader.data_offset(), entry->size});
    entries.links.erase(std::string(name));
  }
}

}  // namespace

absl::StatusOr<Descriptor> LayoutReader::Resolve(const Context& context, absl::string_view name) {
  absl::StatusOr<Descriptor> image = FindImage(index(), name);
  const absl::StatusOr<Digest> digest = Digest::Parse(name);
  if (image.ok() || ReasonOf(image.status()) != Reason::kNotFound || !digest.ok()) return image;
  content::GraphBudget budget;
  for (const Descriptor& entry : index().manifests) {
    if (!image::IsIndex(entry.media_type)) continue;
    const absl::StatusOr<content::Graph> graph =
        content::ReadGraph(context, *this, {entry}, {.keep_missing = true}, budget);
    if (ReasonOf(graph.status()) == Reason::kNotFound) continue;  // the entry is not there
    ABSL_RETURN_IF_ERROR(graph.status());
    const content::GraphNode* const node = graph->Find(*digest);
    if (node != nullptr && node->is_document) return node->descriptor;
  }
  return image;
}

absl::StatusOr<content::ReferrerList> LayoutReader::ListReferrers(const Context& context, const Digest& subject,
                                                                  size_t limit) {
  return ListLayoutReferrers(context, *this, index(), subjects_, subject, limit);
}

absl::StatusOr<content::TagList> LayoutReader::ListTags(const Context& context, size_t limit) {
  ABSL_RETURN_IF_ERROR(context.Check());
  std::set<std::string> names;
  for (const Descriptor& entry : index().manifests) {
    const auto name = entry.annotations.find(std::string(kRefName));
    if (name != entry.annotations.end() && !name->second.empty()) names.insert(name->second);
  }
  content::TagList list{.is_cut = names.size() > limit};
  for (const std::string& name : names) {
    if (list.tags.size() < limit) list.tags.push_back(name);
  }
  return list;
}

absl::StatusOr<std::unique_ptr<LayoutReader>> OpenDirectory(const Context& context, const std::string& root) {
  const auto open = [&](absl::string_view name) {
    return file::FileSource::Open(absl::StrCat(root, "/", name), file::Links::kNever);
  };
  ABSL_ASSIGN_OR_RETURN(const std::unique_ptr<file::FileSource> layout_file, open(kLayoutFile));
  ABSL_ASSIGN_OR_RETURN(const std::unique_ptr<file::FileSource> index_file, open(kIndexFile));
  ABSL_ASSIGN_OR_RETURN(image::Index index, ReadLayout(context, root, *layout_file, *index_file));
  return std::make_unique<DirectoryReader>(root, std::move(index));
}

absl::StatusOr<std::unique_ptr<LayoutReader>> OpenArchive(const Context& context, const std::string& path) {
  ABSL_ASSIGN_OR_RETURN(const std::unique_ptr<file::FileSource> archive,
                        file::FileSource::Open(path, file::Links::kFollow));
  absl::StatusOr<ArchiveEntries> entries = ReadEntries(context, *archive);
  if (!entries.ok()) return Annotate(entries.status(), path);
  const auto find = [&](absl::string_view name) -> absl::StatusOr<file::FileSource> {
    ABSL_RETURN_IF_ERROR(Annotate(entries->CheckLinks(name), path));
    const auto found = entries->files.find(std::string(name));
    if (found == entries->files.end()) return NotFoundError(absl::StrCat(path, ": it has no ", name));
    return file::FileSource(path, file::Links::kFollow, found->second.offset, found->second.size);
  };
  ABSL_ASSIGN_OR_RETURN(const file::FileSource layout_file, find(kLayoutFile));
  ABSL_ASSIGN_OR_RETURN(const file::FileSource index_file, find(kIndexFile));
  ABSL_ASSIGN_OR_RETURN(image::Index index, ReadLayout(context, path, layout_file, index_file));
  return std::make_unique<ArchiveReader>(path, *std::move(entries), std::move(index));
}

}  // namespace waybill::oci::layout
