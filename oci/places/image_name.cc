// SPDX-License-Identifier: Apache-2.0
#include "oci/places/image_name.h"

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "oci/error.h"

namespace waybill::oci::places {
namespace {

struct Scheme {
  absl::string_view prefix;
  ImageName::Kind kind;
};

constexpr absl::string_view kRegistryScheme = "docker://";
constexpr Scheme kFileSchemes[] = {
    {"oci:", ImageName::Kind::kDirectory},
    {"oci-archive:", ImageName::Kind::kArchive},
    {"docker-archive:", ImageName::Kind::kDockerArchive},
};

bool Exists(absl::string_view path) {
  std::error_code error;
  return std::filesystem::exists(std::string(path), error);
}

// The length of the path before the tag, or of all of `text`.
size_t ExistingPath(absl::string_view text) {
  for (size_t end = text.size(); end != absl::string_view::npos && end > 0; end = text.rfind(':', end - 1)) {
    if (Exists(text.substr(0, end))) return end;
  }
  return text.size();
}

size_t NewPath(absl::string_view text) {
  size_t directory = text.rfind('/');
  while (directory != text.npos && directory > 0 && !Exists(text.substr(0, directory + 1))) {
    directory = text.rfind('/', directory - 1);
  }
  const size_t existing = ExistingPath(text);
  if (Exists(text.substr(0, existing)) && (directory == text.npos || existing > directory)) return existing;
  return std::min(text.find(':', directory == text.npos ? 0 : directory), text.size());
}

absl::StatusOr<ImageName> Parse(absl::string_view text, size_t (*path_length)(absl::string_view)) {
  ImageName name{.text = std::string(text)};
  for (const Scheme& scheme : kFileSchemes) {
    absl::string_view rest = text;
    if (!absl::ConsumePrefix(&rest, scheme.prefix)) continue;
    name.kind = scheme.kind;
    const size_t length = path_length(rest);
    name.path = std::string(rest.substr(0, length));
    name.tag = std::string(absl::ClippedSubstr(rest, length + 1));
    if (name.path.empty()) return InvalidInputError(absl::StrCat("image ", text, ": a path is missing"));
    return name;
  }
  absl::StatusOr<image::Reference> reference = image::Reference::Parse(absl::StripPrefix(text, kRegistryScheme));
  if (!reference.ok()) {
    return InvalidInputError(
        absl::StrCat("image ", text, ": ", reference.status().message(), "; expected ", kImageNameForms));
  }
  name.reference = *std::move(reference);
  return name;
}

}  // namespace

absl::StatusOr<ImageName> ParseImageName(absl::string_view text) {
  absl::StatusOr<ImageName> name = Parse(text, &ExistingPath);
  if (name.ok() && name->reference.has_value()) name->reference = name->reference->WithDefaultTag();
  return name;
}

absl::StatusOr<ImageName> ParseDestinationName(absl::string_view text) { return Parse(text, &NewPath); }

bool NamesOneImage(const ImageName& name) {
  return !name.tag.empty() ||
         (name.reference.has_value() && (!name.reference->tag().empty() || name.reference->digest().has_value()));
}

}  // namespace waybill::oci::places
