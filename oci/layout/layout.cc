// SPDX-License-Identifier: Apache-2.0
#include "oci/layout/layout.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "oci/error.h"
#include "oci/image/referrers_tag.h"
#include "oci/json/json.h"
#include "oci/status_macros.h"
#include "oci/words/quote.h"

namespace waybill::oci::layout {
namespace {

constexpr absl::string_view kLayoutVersion = "1.0.0";

// Empty when nothing follows the path.
absl::string_view ObjectOf(absl::string_view name) {
  const size_t slash = name.find('/');
  if (slash == name.npos) return "";
  const size_t mark = name.find_first_of(":@", slash);
  if (mark == name.npos) return "";
  return name.substr(name[mark] == ':' ? mark + 1 : mark);
}

absl::string_view AnnotationOf(const Descriptor& descriptor, absl::string_view key) {
  const auto found = descriptor.annotations.find(std::string(key));
  return found == descriptor.annotations.end() ? absl::string_view() : absl::string_view(found->second);
}

constexpr size_t kMaxNamesInError = 10;

// Image names, and for images without one what else `key` says, or digests.
std::string Names(const std::vector<Descriptor>& images, absl::string_view key) {
  std::vector<std::string> names;
  for (const Descriptor& image : images) {
    if (names.size() == kMaxNamesInError) break;
    absl::string_view name = AnnotationOf(image, kImageName);
    if (name.empty()) name = AnnotationOf(image, key);
    names.push_back(name.empty() ? image.digest.ToString() : words::Quoted(name, 200));
  }
  return absl::StrJoin(names, ", ");
}

// One image may have several names.
absl::StatusOr<Descriptor> OnlyImage(const image::Index& index) {
  std::vector<Descriptor> images;
  std::set<Digest> different;
  for (const Descriptor& entry : index.manifests) {
    if (!AnnotationOf(entry, kSubjectDigest).empty() || image::NamesReferrers(AnnotationOf(entry, kRefName))) {
      continue;
    };
    images.push_back(entry);
    different.insert(entry.digest);
  }
  if (different.size() == 1) return images[0];
  if (images.empty()) return NotFoundError("the layout has no image");
  return InvalidInputError(
      absl::StrCat("the layout has ", different.size(), " images; name one: ", Names(images, kRefName)));
}

absl::Status Ambiguous(const std::vector<Descriptor>& found, absl::string_view reference) {
  return InvalidInputError(absl::StrCat("the layout has ", found.size(), " images \"", words::Quoted(reference, 200),
                                        "\"; name one: ", Names(found, kImageName)));
}

}  // namespace

std::string BlobPath(const Digest& digest) { return absl::StrCat("blobs/", digest.algorithm(), "/", digest.hex()); }

std::string RefNameInDirectory(absl::string_view name) { return std::string(ObjectOf(name)); }

std::string RefNameInArchive(absl::string_view name) {
  const absl::string_view object = ObjectOf(name);
  return std::string(object.empty() || object[0] == '@' ? name : object);
}

Descriptor NamedRoot(Descriptor root, absl::string_view image_name, absl::string_view ref_name) {
  root.annotations.insert_or_assign(std::string(kImageName), std::string(image_name));
  root.annotations.insert_or_assign(std::string(kRefName), std::string(ref_name));
  return root;
}

std::vector<Descriptor> FindReferrers(const image::Index& index, const Digest& subject) {
  std::vector<Descriptor> referrers;
  for (const Descriptor& entry : index.manifests) {
    if (AnnotationOf(entry, kSubjectDigest) == subject.ToString()) referrers.push_back(entry);
  }
  return referrers;
}

absl::StatusOr<Descriptor> FindImage(const image::Index& index, absl::string_view reference) {
  if (reference.empty()) return OnlyImage(index);
  for (const absl::string_view key : {kImageName, kRefName}) {
    std::vector<Descriptor> found;
    for (const Descriptor& image : index.manifests) {
      if (AnnotationOf(image, key) == reference) found.push_back(image);
    }
    const auto other = [&found](const Descriptor& image) { return image.digest != found.front().digest; };
    if (std::any_of(found.begin(), found.end(), other)) return Ambiguous(found, reference);
    if (!found.empty()) return found.front();
  }
  for (const Descriptor& image : index.manifests) {
    if (image.digest.ToString() == reference) return image;
  }
  return NotFoundError(absl::StrCat("the layout has no image \"", words::Quoted(reference, 200), "\""));
}

absl::Status CheckLayoutFile(absl::string_view bytes) {
  const absl::StatusOr<json::Fields> fields = json::Fields::Parse(bytes);
  if (!fields.ok()) return Annotate(fields.status(), kLayoutFile);
  const absl::StatusOr<std::string> version = json::DecodeString(fields->Find("imageLayoutVersion"));
  if (!version.ok() || version->empty()) {
    return InvalidInputError(absl::StrCat(kLayoutFile, ": it has no imageLayoutVersion"));
  }
  if (*version == kLayoutVersion) return absl::OkStatus();
  return UnsupportedError(
      absl::StrCat(kLayoutFile, ": version \"", words::Quoted(*version, 40), "\" is not supported"));
}

}  // namespace waybill::oci::layout
