// SPDX-License-Identifier: Apache-2.0
// oci/tar: the two ways of reading an archive agree, data stays inside it, and what is written of what was read is read
// as the same.
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "oci/context.h"
#include "oci/io/string.h"
#include "oci/tar/entry.h"
#include "oci/tar/header.h"
#include "oci/tar/pax.h"
#include "oci/tar/reader.h"
#include "tools/fuzz/require.h"

namespace oci = waybill::oci;
using waybill::fuzz::Require;

namespace {

// The most that is read of an entry: a sparse file may claim any size.
constexpr int64_t kMaxRead = 4 << 20;

// The data of the current entry: how much, or that it is malformed, or not read to the end.
std::string ReadData(oci::tar::Reader& reader, const oci::tar::Entry& entry) {
  std::string buffer(4096, '\0');
  int64_t got = 0;
  while (got < kMaxRead) {
    const auto count = reader.Read(absl::MakeSpan(&buffer[0], buffer.size()));
    if (!count.ok()) return "error";
    if (*count == 0) {
      const bool has_data = oci::tar::HasData(entry.type) && entry.type != oci::tar::kPaxGlobal;
      Require(got == (has_data ? entry.size : 0), "an entry gives as much as it says");
      return "whole";
    }
    got += static_cast<int64_t>(*count);
  }
  return "part";
}

// What is encoded is decoded to the same; a form that cannot hold the entry is refused.
void RequireSameAgain(const oci::tar::Entry& entry) {
  const absl::StatusOr<std::string> header = oci::tar::EncodeHeader(entry);
  if (!header.ok()) return;
  oci::io::StringReader bytes(*header);
  oci::tar::Reader reader(bytes);
  const auto again = reader.Next(oci::Context());
  // A sparse file is written as a whole, and GNU's type then announces a map that is not there.
  if (entry.type == oci::tar::kSparse) return;
  Require(again.ok() && again->has_value(), "a header that was written is read");
  const std::string twice = *oci::tar::EncodeHeader(**again);
  Require((*again)->name == entry.name && (*again)->link == entry.link, "names stay");
  Require((*again)->size == entry.size && (*again)->uid == entry.uid && (*again)->type == entry.type, "numbers stay");
  Require(twice == *header, "writing again gives the same bytes");
}

// Names, sizes and the end of an archive as one text.
std::string Listing(oci::tar::Reader& reader, size_t archive_bytes, bool read_data) {
  std::string listing;
  while (true) {
    const auto entry = reader.Next(oci::Context());
    if (!entry.ok()) return absl::StrCat(listing, "error");
    if (!entry->has_value()) return listing;
    Require((*entry)->size >= 0 || !oci::tar::HasData((*entry)->type), "a size is not negative");
    Require(reader.data_offset() <= static_cast<int64_t>(archive_bytes), "data begins in the archive");
    absl::StrAppend(&listing, (*entry)->name, "\n", (*entry)->size, "\n");
    if (!read_data) continue;
    // A map may promise more than there is; jumping over the entry does not notice.
    if (ReadData(reader, **entry) == "error" && !reader.sparse()) return absl::StrCat(listing, "error");
    RequireSameAgain(**entry);
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
