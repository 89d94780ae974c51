// SPDX-License-Identifier: Apache-2.0
// Platforms as containerd's `platforms` package reads and writes them (image-spec, image-index.md "platform").
#ifndef WAYBILL_OCI_PLATFORM_H_
#define WAYBILL_OCI_PLATFORM_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace waybill::oci {

struct Platform {
  std::string architecture;
  std::string os;
  std::string os_version;
  std::vector<std::string> os_features;
  std::string variant;
  friend bool operator==(const Platform&, const Platform&) = default;
};

// The platform of the machine this program runs on, normalised.
Platform HostPlatform();

// Lower case, common aliases resolved ("x86_64" -> "amd64", "aarch64" -> "arm64", "arm" -> "arm/v7"), features sorted.
Platform Normalize(Platform platform);

// Whether `platform` is what `wanted` asks for, both normalised. A wanted platform without an OS version stands for all
// versions. Features are not compared.
bool Matches(const Platform& wanted, const Platform& platform);

// "os[(version[+feature...])]/arch[/variant]", with "%+()/" percent-encoded inside the parentheses.
std::string FormatFull(const Platform& platform);
// "os/arch[/variant]"
std::string FormatShort(const Platform& platform);

// Reads "linux/arm64", "arm64", "linux", ... and normalises. Errors name the text, with containerd's wording.
absl::StatusOr<Platform> ParsePlatform(absl::string_view text);

}  // namespace waybill::oci

#endif  // WAYBILL_OCI_PLATFORM_H_
