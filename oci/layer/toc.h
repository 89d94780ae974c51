// SPDX-License-Identifier: Apache-2.0
// The table of contents of an eStargz layer (stargz-snapshotter, docs/estargz.md), as containerd's library writes it.
#ifndef WAYBILL_OCI_LAYER_TOC_H_
#define WAYBILL_OCI_LAYER_TOC_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "oci/digest.h"
#include "oci/tar/entry.h"

namespace waybill::oci::layer {

// The name of the table in the layer's archive.
inline constexpr absl::string_view kTocName = "stargz.index.json";

// A piece of a file that can be unpacked alone.
struct Chunk {
  int64_t blob_offset = 0;  // where its gzip member begins
  int64_t file_offset = 0;
  int64_t size = 0;  // 0 of the last, shorter one
  Digest digest;
};

// Collects the entries and writes them as Go's json.MarshalIndent does. Memory: the document, about 350 bytes a file.
class Toc {
 public:
  // INVALID_ARGUMENT for a type that the format does not have, in BuildKit's words.
  static absl::Status CheckType(const tar::Entry& entry);

  // An entry that CheckType accepts. Regular files have a digest, and chunks when they are not empty.
  void Add(const tar::Entry& entry, const Digest* digest, const std::vector<Chunk>& chunks);
  // The whole document; nothing may be added afterwards.
  std::string Take();

 private:
  // The name when it differs from the last one of that id.
  std::string IfChanged(std::map<int64_t, std::string>& last, int64_t id, const std::string& name);
  void AddObject(const std::vector<std::string>& fields);

  std::string entries_;
  std::map<int64_t, std::string> users_;
  std::map<int64_t, std::string> groups_;
};

}  // namespace waybill::oci::layer

#endif  // WAYBILL_OCI_LAYER_TOC_H_
