// SPDX-License-Identifier: Apache-2.0
// Package URLs of images (purl-spec, type docker) as BuildKit names the subjects of statements.
#ifndef WAYBILL_ATTEST_PURL_H_
#define WAYBILL_ATTEST_PURL_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "oci/platform.h"

namespace waybill::attest {

// "pkg:docker/user/app@1.0?platform=linux%2Farm64" for the image `name`. Without tag and digest the version is
// "latest". Errors: INVALID_ARGUMENT `failed to parse ref "<name>": invalid reference format`.
absl::StatusOr<std::string> ImagePurl(absl::string_view name, const oci::Platform& platform);

}  // namespace waybill::attest

#endif  // WAYBILL_ATTEST_PURL_H_
