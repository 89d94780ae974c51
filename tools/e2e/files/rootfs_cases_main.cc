// SPDX-License-Identifier: Apache-2.0
// usage: rootfs-cases SEED COUNT DIRECTORY | rootfs_cases_main DIRECTORY
//
// Merges the layers of the peer rootfs-cases (tools/peers/rootfs, which says what it writes), writes the tree as a tar
// archive and compares that with what containerd, the kernel and BuildKit's library made, to the byte. DIRECTORY takes
// temporary files. Prints the first ten that differ, and a summary. Exits with 0 when none does.
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "oci/io/string.h"
#include "oci/rootfs/layer_files.h"
#include "oci/rootfs/merge.h"
#include "oci/rootfs/tar_output.h"
#include "oci/rootfs/tree.h"
#include "oci/status_macros.h"
#include "oci/tar/reader.h"
#include "oci/tar/writer.h"

namespace {

namespace oci = waybill::oci;
namespace rootfs = waybill::oci::rootfs;

constexpr int64_t kEpoch = 1500000000;

struct Case {
  std::vector<std::string> layers;
  std::string expected;
};

bool ReadNumber(uint64_t& number) {
  unsigned char bytes[8];
  if (std::fread(bytes, 1, sizeof bytes, stdin) != sizeof bytes) return false;
  for (const unsigned char byte : bytes) number = number << 8 | byte;
  return true;
}

bool ReadText(std::string& text) {
  uint64_t size = 0;
  if (!ReadNumber(size)) return false;
  text.resize(size);
  return std::fread(text.data(), 1, size, stdin) == size;
}

// Nothing at the end of the input, or where it is cut short.
std::optional<Case> ReadCase() {
  uint64_t layers = 0;
  Case next;
  if (!ReadNumber(layers)) return std::nullopt;
  next.layers.resize(layers);
  for (std::string& layer : next.layers) {
    if (!ReadText(layer)) return std::nullopt;
  }
  if (!ReadText(next.expected)) return std::nullopt;
  return next;
}

absl::StatusOr<std::string> Merge(const Case& given, const std::string& spool) {
  rootfs::Tree tree;
  std::vector<std::unique_ptr<oci::io::StringSource>> sources;
  std::vector<const oci::io::Source*> layers;
  for (const std::string& layer : given.layers) {
    oci::io::StringReader tar(layer);
    ABSL_RETURN_IF_ERROR(rootfs::AddLayer(oci::Context(), tar, static_cast<uint16_t>(layers.size()), tree));
    sources.push_back(std::make_unique<oci::io::StringSource>(layer));
    layers.push_back(sources.back().get());
  }
  rootfs::LayerFiles files(layers, spool);
  std::string archive;
  oci::io::StringWriter out(archive);
  oci::tar::Writer writer(out);
  ABSL_RETURN_IF_ERROR(rootfs::WriteTar(oci::Context(), tree, files, {.epoch = kEpoch}, writer));
  ABSL_RETURN_IF_ERROR(writer.Close());
  return archive;
}

std::string Names(const std::string& archive) {
  oci::io::StringReader from(archive);
  oci::tar::Reader reader(from);
  std::string names;
  while (true) {
    const auto entry = reader.Next(oci::Context());
    if (!entry.ok() || !entry->has_value()) return names;
    const oci::tar::Entry& e = **entry;
    absl::StrAppend(&names, "  ", std::string(1, e.type), " ", absl::CHexEscape(e.name), " ", e.size, " ", e.mode, " ",
                    e.uid, " ", e.gid, " ", e.link, " ", e.records.size(), "\n");
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  int cases = 0;
  int differ = 0;
  for (std::optional<Case> next = ReadCase(); next.has_value(); next = ReadCase(), ++cases) {
    const absl::StatusOr<std::string> made = Merge(*next, argv[1]);
    if (made.ok() && *made == next->expected) continue;
    if (++differ > 10) continue;
    std::fprintf(stderr, "case %d:\n", cases);
    for (const std::string& layer : next->layers) std::fprintf(stderr, " layer\n%s", Names(layer).c_str());
    const std::string what = made.ok() ? Names(*made) : std::string(made.status().message());
    std::fprintf(stderr, " made\n%s\n instead of\n%s", what.c_str(), Names(next->expected).c_str());
  }
  std::printf("%d stacks of layers, %d differ\n", cases, differ);
  return differ == 0 && cases > 0 ? 0 : 1;
}
