// SPDX-License-Identifier: Apache-2.0
// The image that a command reads.
#ifndef WAYBILL_TOOLS_CLI_READING_IMAGE_FLAGS_H_
#define WAYBILL_TOOLS_CLI_READING_IMAGE_FLAGS_H_

#include <memory>
#include <string>
#include <vector>

#include "CLI/App.hpp"
#include "absl/status/statusor.h"
#include "attest/reader/reader.h"
#include "oci/context.h"
#include "oci/places/open_image.h"
#include "oci/platform.h"
#include "oci/registry/environment_client.h"

namespace waybill::cli::reading {

struct ImageFlags {
  std::string image;
  std::string config;
};

// REF and --config.
void AddImageFlags(CLI::App& command, ImageFlags& flags);

// Whether REF names an image in a registry; false for a name that is none.
bool IsInRegistry(const ImageFlags& flags);

// An image that was read, with its place for what is read later.
struct ReadImage {
  std::unique_ptr<oci::registry::EnvironmentClient> client;  // none for files
  std::unique_ptr<oci::places::OpenedImage> place;
  attest::reader::ImageTree tree;
};

// Everything about the image in ten minutes at most. Errors: those of the name, of its place and of ReadImage;
// NOT_FOUND when the image has no manifest for a platform that is wanted.
absl::StatusOr<ReadImage> OpenAndRead(const oci::Context& context, const ImageFlags& flags,
                                      const attest::reader::ReadOptions& options);

// "all" gives none, which stands for all. Errors: INVALID_ARGUMENT naming the text.
absl::StatusOr<std::vector<oci::Platform>> ParsePlatforms(const std::vector<std::string>& texts);

}  // namespace waybill::cli::reading

#endif  // WAYBILL_TOOLS_CLI_READING_IMAGE_FLAGS_H_
