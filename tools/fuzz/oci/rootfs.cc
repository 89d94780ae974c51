// SPDX-License-Identifier: Apache-2.0
// oci/rootfs: layers that a script of bytes describes are merged; the paths stay inside the tree, and the archive of
// the tree, taken as one layer, gives the same archive again. Other input is taken as a layer as it is.
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "oci/context.h"
#include "oci/io/string.h"
#include "oci/rootfs/layer_files.h"
#include "oci/rootfs/merge.h"
#include "oci/rootfs/tar_output.h"
#include "oci/rootfs/tree.h"
#include "oci/rootfs/walk.h"
#include "oci/tar/entry.h"
#include "oci/tar/writer.h"
#include "tools/fuzz/require.h"

namespace oci = waybill::oci;
namespace rootfs = waybill::oci::rootfs;
using waybill::fuzz::Require;

namespace {

// Takes bytes of the script; zeros when it is over.
class Script {
 public:
  explicit Script(absl::string_view bytes) : rest_(bytes) {}
  bool over() const { return rest_.empty(); }
  unsigned Next() {
    if (rest_.empty()) return 0;
    const unsigned char byte = static_cast<unsigned char>(rest_[0]);
    rest_.remove_prefix(1);
    return byte;
  }
  std::string Path() {
    constexpr absl::string_view kParts[] = {"a", "b", "c", "..", ".", ".wh.a", ".wh..wh..opq", "\xff"};
    std::string path = Next() % 16 == 0 ? "/" : "";
    for (unsigned parts = 1 + Next() % 4; parts > 0; --parts) {
      absl::StrAppend(&path, kParts[Next() % std::size(kParts)], parts > 1 ? "/" : "");
    }
    return path;
  }

 private:
  absl::string_view rest_;
};

std::string MakeLayer(Script& script) {
  constexpr absl::string_view kTypes = "000125556";
  std::string layer;
  oci::io::StringWriter out(layer);
  oci::tar::Writer writer(out);
  for (unsigned entries = 1 + script.Next() % 8; entries > 0 && !script.over(); --entries) {
    oci::tar::Entry entry;
    entry.type = kTypes[script.Next() % kTypes.size()];
    entry.name = script.Path();
    if (entry.type == oci::tar::kDirectory) entry.name += "/";
    if (entry.type == oci::tar::kHardLink || entry.type == oci::tar::kSymlink) entry.link = script.Path();
    entry.mode = static_cast<int64_t>(script.Next());
    if (entry.type == oci::tar::kFile) entry.size = static_cast<int64_t>(script.Next());
    if (script.Next() % 8 == 0) entry.records = {{"SCHILY.xattr.user.a", "1"}};
    if (!writer.Begin(entry).ok()) continue;
    (void)writer.Write(std::string(static_cast<size_t>(entry.size), 'x')).ok();
  }
  Require(writer.Close().ok(), "an archive of its own ends");
  return layer;
}

class Paths : public rootfs::Visitor {
 public:
  absl::Status Visit(const oci::Context&, const rootfs::Step& step) override {
    Require(seen_.insert(step.path).second, "a path comes once");
    const std::string parts = absl::StrCat("/", step.path, "/");
    Require(parts.find("/../") == parts.npos && parts.find("/./") == parts.npos && parts.find("//") == parts.npos,
            "a path stays inside the tree");
    Require(step.linked_to.empty() || seen_.contains(step.linked_to), "a hard link comes after its target");
    hides_ = hides_ || parts.find("/.wh.") != parts.npos;
    return absl::OkStatus();
  }
  absl::Status Leave(const oci::Context&, const rootfs::Step&) override { return absl::OkStatus(); }
  // Whether a directory is named like a whiteout, which it would be in a layer.
  bool hides() const { return hides_; }

 private:
  std::set<std::string> seen_;
  bool hides_ = false;
};

// The archive of the merged layers; an error when they cannot be merged, or when it would be another thing as a layer.
absl::StatusOr<std::string> Merge(const std::vector<std::string>& archives) {
  rootfs::Tree tree;
  std::vector<std::unique_ptr<oci::io::StringSource>> sources;
  std::vector<const oci::io::Source*> layers;
  for (const std::string& archive : archives) {
    oci::io::StringReader bytes(archive);
    const absl::Status status = rootfs::AddLayer(oci::Context(), bytes, static_cast<uint16_t>(layers.size()), tree);
    if (!status.ok()) return status;
    sources.push_back(std::make_unique<oci::io::StringSource>(archive));
    layers.push_back(sources.back().get());
  }
  Paths paths;
  Require(rootfs::Walk(oci::Context(), tree, rootfs::kRoot, paths).ok(), "a tree is walked");
  if (paths.hides()) return absl::UnimplementedError("a directory is named like a whiteout");
  rootfs::LayerFiles files(layers, "/nonexistent");
  std::string made;
  oci::io::StringWriter out(made);
  oci::tar::Writer writer(out);
  const absl::Status status = rootfs::WriteTar(oci::Context(), tree, files, {}, writer);
  if (!status.ok()) return status;
  Require(writer.Close().ok(), "an archive of its own ends");
  return made;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view input = waybill::fuzz::View(data, size);
  (void)[&] {
    rootfs::Tree tree;
    oci::io::StringReader bytes(input);
    return rootfs::AddLayer(oci::Context(), bytes, 0, tree).ok();
  }
  ();
  Script script(input);
  std::vector<std::string> layers;
  do layers.push_back(MakeLayer(script));
  while (!script.over() && layers.size() < 16);
  const absl::StatusOr<std::string> made = Merge(layers);
  if (!made.ok()) return 0;
  const absl::StatusOr<std::string> again = Merge({*made});
  Require(again.ok() && *again == *made, "the archive of a tree is that of the tree it makes");
  return 0;
}
