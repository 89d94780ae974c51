// SPDX-License-Identifier: Apache-2.0
#include "oci/places/image_name.h"

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

void SplitPath(absl::string_view text, ImageName& name) {
  for (size_t end = text.size(); end != absl::string_view::npos && end > 0; end = text.rfind(':', end - 1)) {
    std::string path(text.substr(0, end));
    std::error_code error;
    if (!std::filesystem::exists(path, error)) continue;
    name.path = std::move(path);
    name.tag = std::string(absl::ClippedSubstr(text, end + 1));
    return;
  }
  name.path = std::string(text);
}

}  // namespace

absl::StatusOr<ImageName> ParseImageName(absl::string_view text) {
  ImageName name{.text = std::string(text)};
  for (const Scheme& scheme : kFileSchemes) {
    absl::string_view rest = text;
    if (!absl::ConsumePrefix(&rest, scheme.prefix)) continue;
    name.kind = scheme.kind;
    SplitPath(rest, name);
    if (name.path.empty()) return InvalidInputError(absl::StrCat("image ", text, ": a path is missing"));
    return name;
  }
  absl::StatusOr<image::Reference> reference = image::Reference::Parse(absl::StripPrefix(text, kRegistryScheme));
  if (!reference.ok()) {
    return InvalidInputError(
        absl::StrCat("image ", text, ": ", reference.status().message(), "; expected ", kImageNameForms));
  }
  name.reference = reference->WithDefaultTag();
  return name;
}

}  // namespace waybill::oci::places
