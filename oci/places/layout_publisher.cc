// SPDX-License-Identifier: Apache-2.0
#include "oci/places/layout_publisher.h"

#include <utility>
#include <vector>

#include "oci/content/copy_graph.h"
#include "oci/error.h"
#include "oci/file/atomic_file.h"
#include "oci/layout/archive.h"
#include "oci/layout/directory.h"
#include "oci/layout/layout.h"
#include "oci/layout/referrers.h"
#include "oci/status_macros.h"

namespace waybill::oci::places {
namespace {

using registry::push::PushReport;

constexpr absl::string_view kDefaultTag = "latest";

Descriptor WithRefName(Descriptor entry, absl::string_view name) {
  entry.annotations.insert_or_assign(std::string(layout::kRefName), std::string(name));
  return entry;
}

bool IsImageName(absl::string_view tag) { return tag.find_first_of("/:@") != tag.npos; }

// What both kinds of layouts have in common: blobs, and entries of the index besides those of the root.
absl::StatusOr<std::vector<Descriptor>> Deliver(const Context& context, const Publication& publication,
                                                content::Pusher& to) {
  if (!publication.shared_tags.empty()) {
    return UnsupportedError("tags of attestations are for registries: cosign reads none in a layout");
  }
  // A layout may have lost what its manifests name.
  const content::CopyOptions options{.trust_manifests = false};
  ABSL_RETURN_IF_ERROR(content::CopyGraph(context, publication.content, to, publication.root, options));
  std::vector<Descriptor> entries;
  for (const Descriptor& referrer : publication.referrers) {
    ABSL_RETURN_IF_ERROR(content::CopyGraph(context, publication.content, to, referrer, options));
    ABSL_ASSIGN_OR_RETURN(Descriptor entry, layout::ReferrerEntry(context, publication.content, referrer));
    entries.push_back(std::move(entry));
  }
  for (const Companion& companion : publication.companions) {
    ABSL_RETURN_IF_ERROR(content::CopyGraph(context, publication.content, to, companion.manifest, options));
    entries.push_back(WithRefName(companion.manifest, companion.tag));
  }
  return entries;
}

PushReport ReportOf(const Publication& publication) {
  return {.digest = publication.root.digest, .tags = publication.tags};
}

class DirectoryPublisher final : public Publisher {
 public:
  DirectoryPublisher(std::string path, std::unique_ptr<layout::Directory> directory)
      : path_(std::move(path)), directory_(std::move(directory)) {}

  absl::StatusOr<PushReport> Publish(const Context& context, const Publication& publication) override {
    ABSL_RETURN_IF_ERROR(Annotate(PublishHere(context, publication), path_));
    return ReportOf(publication);
  }
  absl::Status Finish(const Context&) override { return absl::OkStatus(); }

 private:
  absl::Status PublishHere(const Context& context, const Publication& publication) {
    ABSL_ASSIGN_OR_RETURN(const std::vector<Descriptor> others, Deliver(context, publication, *directory_));
    // The image first: some tools take the first entry of an index.
    std::vector<Descriptor> entries;
    if (publication.tags.empty()) entries.push_back(WithRefName(publication.root, kDefaultTag));
    for (const std::string& tag : publication.tags) {
      entries.push_back(IsImageName(tag) ? layout::NamedRoot(publication.root, tag, layout::RefNameInDirectory(tag))
                                         : WithRefName(publication.root, tag));
    }
    entries.insert(entries.end(), others.begin(), others.end());
    return directory_->Enter(context, entries);
  }

  const std::string path_;
  const std::unique_ptr<layout::Directory> directory_;
};

class ArchivePublisher final : public Publisher {
 public:
  ArchivePublisher(std::string path, std::unique_ptr<file::AtomicFile> file)
      : path_(std::move(path)), file_(std::move(file)) {}

  absl::StatusOr<PushReport> Publish(const Context& context, const Publication& publication) override {
    ABSL_RETURN_IF_ERROR(Annotate(Collect(context, publication), path_));
    return ReportOf(publication);
  }

  absl::Status Finish(const Context& context) override { return Annotate(Write(context), path_); }

 private:
  absl::Status Collect(const Context& context, const Publication& publication) {
    ABSL_ASSIGN_OR_RETURN(std::vector<Descriptor> entries, Deliver(context, publication, archive_));
    if (publication.tags.empty()) ABSL_RETURN_IF_ERROR(archive_.Tag(context, publication.root, ""));
    for (const std::string& tag : publication.tags) {
      if (IsImageName(tag)) {
        ABSL_RETURN_IF_ERROR(archive_.Tag(context, publication.root, tag));
      } else {
        ABSL_RETURN_IF_ERROR(archive_.Enter(context, WithRefName(publication.root, tag)));
      }
    }
    for (Descriptor& entry : entries) ABSL_RETURN_IF_ERROR(archive_.Enter(context, std::move(entry)));
    return absl::OkStatus();
  }

  absl::Status Write(const Context& context) {
    ABSL_RETURN_IF_ERROR(archive_.Finish(context, *file_));
    ABSL_RETURN_IF_ERROR(context.Check());
    return file_->Commit();
  }

  const std::string path_;
  const std::unique_ptr<file::AtomicFile> file_;
  layout::Archive archive_{{}};
};

}  // namespace

absl::StatusOr<std::unique_ptr<Publisher>> OpenDirectoryPublisher(const std::string& path) {
  ABSL_ASSIGN_OR_RETURN(std::unique_ptr<layout::Directory> directory, layout::Directory::Open(path));
  return std::make_unique<DirectoryPublisher>(path, std::move(directory));
}

absl::StatusOr<std::unique_ptr<Publisher>> OpenArchivePublisher(const std::string& path) {
  ABSL_ASSIGN_OR_RETURN(std::unique_ptr<file::AtomicFile> file, file::AtomicFile::Create(path, {}));
  return std::make_unique<ArchivePublisher>(path, std::move(file));
}

}  // namespace waybill::oci::places
