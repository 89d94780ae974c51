// SPDX-License-Identifier: Apache-2.0
// oci/tar: the two ways of reading an archive agree, and data stays inside it.
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "oci/context.h"
#include "oci/io/string.h"
#include "oci/tar/header.h"
#include "oci/tar/reader.h"
#include "tools/fuzz/require.h"

namespace oci = waybill::oci;
using waybill::fuzz::Require;

namespace {

// Names, sizes and the end of an archive as one text.
std::string Listing(oci::tar::Reader& reader, size_t archive_bytes, bool read_data) {
  std::string listing;
  while (true) {
    const auto entry = reader.Next(oci::Context());
    if (!entry.ok()) return absl::StrCat(listing, "error");
    if (!entry->has_value()) return listing;
    Require((*entry)->size >= 0, "a size is not negative");
    Require(reader.data_offset() <= static_cast<int64_t>(archive_bytes), "data begins in the archive");
    absl::StrAppend(&listing, (*entry)->name, "\n", (*entry)->size, "\n");
    if (!read_data) continue;
    std::string buffer(4096, '\0');
    int64_t got = 0;
    while (true) {
      const auto count = reader.Read(absl::MakeSpan(&buffer[0], buffer.size()));
      if (!count.ok()) return absl::StrCat(listing, "error");
      if (*count == 0) break;
      got += static_cast<int64_t>(*count);
    }
    Require(got == (*entry)->size, "an entry gives as much as it says");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string archive(waybill::fuzz::View(data, size));
  const oci::io::StringSource source(archive);
  oci::tar::Reader jumping(source);
  const std::string jumped = Listing(jumping, size, false);
  oci::tar::Reader reading(source);
  Require(Listing(reading, size, true) == jumped, "reading and jumping see the same entries");
  if (size >= oci::tar::kBlockBytes) (void)oci::tar::DecodeHeader(archive.substr(0, oci::tar::kBlockBytes)).ok();
  (void)oci::tar::ParsePaxRecords(archive).ok();
  return 0;
}
