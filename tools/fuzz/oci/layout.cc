// SPDX-License-Identifier: Apache-2.0
// oci/layout: an archive that somebody hands us is read or refused, and its blobs lie inside it.
#include <sys/mman.h>
#include <unistd.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "oci/context.h"
#include "oci/image/manifest.h"
#include "oci/io/stream.h"
#include "oci/layout/layout.h"
#include "oci/layout/reader.h"
#include "tools/fuzz/require.h"

namespace oci = waybill::oci;
namespace layout = waybill::oci::layout;
using waybill::fuzz::Require;

namespace {

void CheckArchive(const std::string& path, size_t archive_bytes) {
  const auto archive = layout::OpenArchive(oci::Context(), path);
  if (!archive.ok()) return;
  for (const oci::Descriptor& root : (*archive)->index().manifests) {
    const auto blob = (*archive)->Fetch(oci::Context(), root);
    if (!blob.ok()) continue;
    const auto bytes = oci::io::ReadAll(oci::Context(), **blob, static_cast<int64_t>(archive_bytes));
    Require(bytes.ok() && static_cast<int64_t>(bytes->size()) == root.size, "a blob has the size it was asked for");
  }
}

void CheckWords(absl::string_view text) {
  (void)layout::CheckLayoutFile(text).ok();
  (void)layout::RefNameInDirectory(text);
  (void)layout::RefNameInArchive(text);
  const auto index = oci::image::ParseIndex(text);
  if (!index.ok()) return;
  const auto image = layout::FindImage(*index, "");
  Require(image.ok() == (index->manifests.size() == 1), "no name means the only image");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  CheckWords(waybill::fuzz::View(data, size));
  const int file = memfd_create("archive", MFD_CLOEXEC);
  Require(file >= 0 && write(file, data, size) == static_cast<ssize_t>(size), "a file in memory takes the input");
  CheckArchive(absl::StrCat("/proc/self/fd/", file), size);
  close(file);
  return 0;
}
