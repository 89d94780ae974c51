// SPDX-License-Identifier: Apache-2.0
#include "exporter/bridge/store/find_store.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "exporter/bridge/store/inside.h"
#include "exporter/bridge/store/root_directories.h"
#include "oci/error.h"
#include "oci/rootfs/disk/beneath.h"
#include "oci/status_macros.h"

namespace waybill::exporter::bridge::store {
namespace {

constexpr size_t kMaxSettingsBytes = 1 << 20;
// Directories of workers in one root: a daemon has one or two.
constexpr size_t kMaxWorkers = 16;
// Blobs that are compared until one is known on both sides. Some are garbage, which the API does not show.
constexpr size_t kProbes = 32;
constexpr int64_t kMaxProbeBytes = 1 << 20;

constexpr char kContainerdStore[] = "/var/lib/containerd/io.containerd.content.v1.content";

std::optional<std::string> RootInSettings(const DaemonProcess& process) {
  for (const std::string& file : SettingsFiles(process.arguments, process.environment)) {
    const absl::StatusOr<std::string> toml = ReadFileIn(process.root, file, kMaxSettingsBytes);
    if (toml.ok()) return RootOfSettings(*toml);
  }
  return std::nullopt;
}

// Of workers "runc-overlayfs", "runc-native", "containerd-overlayfs", ...
std::vector<std::string> StoresBelow(const oci::file::Fd& process_root, const std::string& root) {
  std::vector<std::string> stores;
  const absl::StatusOr<oci::file::Fd> directory = OpenDirectoryIn(process_root, root);
  if (!directory.ok()) return stores;
  const absl::StatusOr<std::vector<std::string>> names = oci::rootfs::disk::NamesIn(*directory);
  if (!names.ok()) return stores;
  for (const std::string& name : *names) {
    const bool worker = absl::StartsWith(name, "runc-") || absl::StartsWith(name, "containerd-");
    if (worker && stores.size() < kMaxWorkers) stores.push_back(absl::StrCat(root, "/", name, "/content"));
  }
  stores.push_back(absl::StrCat(root, "/content"));
  return stores;
}

// Both sides verify the digest, so that the same digest means the same bytes.
bool BothGive(const oci::Context& context, const oci::Descriptor& blob, BlobDirectory& directory,
              oci::content::Fetcher& api) {
  return oci::content::VerifiedBytes(context, directory, blob, kMaxProbeBytes).ok() &&
         oci::content::VerifiedBytes(context, api, blob, kMaxProbeBytes).ok();
}

}  // namespace

absl::StatusOr<std::unique_ptr<BlobDirectory>> FindStore(const oci::Context& context, const DaemonProcess& process,
                                                         oci::content::Fetcher& api) {
  std::vector<std::string> stores;
  for (const std::string& root : RootDirectories(process.arguments, process.environment, RootInSettings(process))) {
    for (std::string& store : StoresBelow(process.root, root)) stores.push_back(std::move(store));
  }
  stores.emplace_back(kContainerdStore);
  for (const std::string& path : stores) {
    ABSL_RETURN_IF_ERROR(context.Check());
    absl::StatusOr<oci::file::Fd> opened = OpenDirectoryIn(process.root, path);
    if (!opened.ok()) continue;
    auto directory = std::make_unique<BlobDirectory>(*std::move(opened), path);
    for (const oci::Descriptor& blob : directory->SmallBlobs(kProbes, kMaxProbeBytes)) {
      if (BothGive(context, blob, *directory, api)) return directory;
    }
  }
  return oci::NotFoundError("no directory has blobs that the daemon also gives through its content API");
}

}  // namespace waybill::exporter::bridge::store
