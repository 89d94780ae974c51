// SPDX-License-Identifier: Apache-2.0
#include "attest/spdx/layer_files.h"

#include <openssl/sha.h>

#include <cstring>
#include <memory>
#include <string>

#include "absl/functional/function_ref.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "oci/compress/bounded.h"
#include "oci/compress/compression.h"
#include "oci/error.h"
#include "oci/path.h"
#include "oci/status_macros.h"
#include "oci/tar/reader.h"

namespace waybill::attest::spdx {
namespace {

constexpr absl::string_view kWhiteoutPrefix = ".wh.";

// Calls `visit` with the clean absolute path of each entry of the tar archive.
absl::Status VisitNames(const oci::Context& context, oci::tar::Reader& archive,
                        absl::FunctionRef<void(absl::string_view)> visit) {
  while (true) {
    ABSL_RETURN_IF_ERROR(context.Check());
    ABSL_ASSIGN_OR_RETURN(const std::optional<oci::tar::Entry> entry, archive.Next(context));
    if (!entry.has_value()) return absl::OkStatus();
    const std::string path = oci::path::Clean(absl::StrCat("/", entry->name));
    if (!absl::StartsWith(oci::path::Base(path), kWhiteoutPrefix)) visit(path);
  }
}

// What is not compressed is jumped through, everything else read from end to end.
absl::Status VisitLayer(const oci::Context& context, const oci::io::Source& layer,
                        absl::FunctionRef<void(absl::string_view)> visit) {
  char magic[oci::compress::kMagicBytes];
  size_t size = 0;
  ABSL_ASSIGN_OR_RETURN(std::unique_ptr<oci::io::Reader> start, layer.Open(context, 0));
  while (size < sizeof magic) {
    ABSL_ASSIGN_OR_RETURN(const size_t read, start->Read(absl::MakeSpan(magic).subspan(size)));
    if (read == 0) break;
    size += read;
  }
  if (oci::compress::DetectFormat(absl::string_view(magic, size)) == oci::compress::Format::kNone) {
    oci::tar::Reader archive(layer);
    return VisitNames(context, archive, visit);
  }
  ABSL_ASSIGN_OR_RETURN(std::unique_ptr<oci::io::Reader> compressed, layer.Open(context, 0));
  ABSL_ASSIGN_OR_RETURN(const std::unique_ptr<oci::io::Reader> bytes,
                        oci::compress::NewBoundedDecompressor(std::move(compressed), context.unpack_limits()));
  oci::tar::Reader archive(*bytes);
  return VisitNames(context, archive, visit);
}

// Reads `source` from end to end. kVerification when it does not hold what `layer` says.
absl::Status VerifyBytes(const oci::Context& context, const oci::io::Source& source, const oci::Descriptor& layer) {
  const std::unique_ptr<char[]> buffer = std::make_unique_for_overwrite<char[]>(oci::io::kCopyBufferBytes);
  ABSL_ASSIGN_OR_RETURN(const std::unique_ptr<oci::io::Reader> reader, source.Open(context, 0));
  oci::Hasher hasher(layer.digest);
  for (int64_t size = 0;;) {
    ABSL_RETURN_IF_ERROR(context.Check());
    ABSL_ASSIGN_OR_RETURN(const size_t count, reader->Read(absl::MakeSpan(buffer.get(), oci::io::kCopyBufferBytes)));
    if (count == 0) return oci::content::Verify(layer, hasher.Current(), size);
    hasher.Update(absl::string_view(buffer.get(), count));
    size += static_cast<int64_t>(count);
  }
}

}  // namespace

// Half of a SHA-256: names come from outside, and none must pass for another.
LayerFiles::Name LayerFiles::HashOf(absl::string_view path) {
  unsigned char hash[SHA256_DIGEST_LENGTH];
  SHA256(reinterpret_cast<const unsigned char*>(path.data()), path.size(), hash);
  Name name;
  std::memcpy(name.data(), hash, sizeof name);
  return name;
}

std::optional<uint32_t>& LayerFiles::RowOf(absl::string_view path) {
  const auto [row, added] = names_.try_emplace(HashOf(path));
  if (added) unread_ = layers_.size();
  return row->second;
}

void LayerFiles::Want(absl::string_view path) { RowOf(path); }

absl::Status LayerFiles::ReadLayer(size_t index) {
  ABSL_ASSIGN_OR_RETURN(const std::unique_ptr<oci::io::Source> layer, source_.Fetch(context_, layers_[index]));
  const absl::Status visited = VisitLayer(context_, *layer, [this, index](absl::string_view path) {
    const auto row = names_.find(HashOf(path));
    if (row != names_.end() && !row->second.has_value()) row->second = static_cast<uint32_t>(index);
  });
  if (visited.ok()) return visited;
  // That the bytes are not the layer's is a better answer than what they look like.
  ABSL_RETURN_IF_ERROR(VerifyBytes(context_, *layer, layers_[index]));
  return visited;
}

absl::StatusOr<std::optional<oci::Digest>> LayerFiles::Find(absl::string_view path) {
  const std::optional<uint32_t>& found = RowOf(path);  // no row is added below
  while (!found.has_value() && unread_ > 0) {
    --unread_;
    const absl::Status read = ReadLayer(unread_);
    if (!read.ok()) {
      return oci::Annotate(read, absl::StrCat("list files of layer ", layers_[unread_].digest.ToString()));
    }
  }
  if (!found.has_value()) return std::optional<oci::Digest>();
  return std::optional<oci::Digest>(layers_[*found].digest);
}

}  // namespace waybill::attest::spdx
