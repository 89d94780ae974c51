// SPDX-License-Identifier: Apache-2.0
#include "tools/bench/result_maker.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <random>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "oci/context.h"
#include "oci/digest.h"
#include "oci/error.h"
#include "oci/file/fd.h"
#include "oci/file/file.h"
#include "oci/io/stream.h"
#include "oci/json/json.h"
#include "oci/status_macros.h"

namespace waybill::bench {
namespace {

constexpr absl::string_view kLayerType = "application/vnd.oci.image.layer.v1.tar+gzip";
constexpr absl::string_view kConfig =
    R"({"architecture":"amd64","os":"linux","config":{},"rootfs":{"type":"layers","diff_ids":[]}})";

absl::StatusOr<oci::file::Fd> Create(const std::string& path) {
  oci::file::Fd file(open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
  if (!file.valid()) return oci::ErrnoError(errno, absl::StrCat("create ", path));
  return file;
}

absl::Status WriteRandom(oci::file::Fd file, const std::string& path, int64_t bytes, std::mt19937_64& random) {
  std::string chunk(oci::io::kCopyBufferBytes, '\0');
  for (int64_t rest = bytes; rest > 0; rest -= std::ssize(chunk)) {
    chunk.resize(std::min<int64_t>(rest, std::ssize(chunk)));
    std::generate(chunk.begin(), chunk.end(), [&] { return static_cast<char>(random()); });
    ABSL_RETURN_IF_ERROR(oci::file::WriteFully(file, chunk, path));
  }
  return file.Close(path);
}

absl::StatusOr<oci::Digest> HashFile(const std::string& path) {
  ABSL_ASSIGN_OR_RETURN(const auto source, oci::file::FileSource::Open(path, oci::file::Links::kNever));
  ABSL_ASSIGN_OR_RETURN(const auto reader, source->Open(oci::Context(), 0));
  oci::Hasher hasher;
  std::string buffer(oci::io::kCopyBufferBytes, '\0');
  while (true) {
    ABSL_ASSIGN_OR_RETURN(const size_t read, reader->Read(absl::MakeSpan(buffer.data(), buffer.size())));
    if (read == 0) return hasher.Current();
    hasher.Update({buffer.data(), read});
  }
}

// Writes one blob into `blobs` under the name of its digest.
absl::StatusOr<oci::Digest> MakeBlob(const std::string& blobs, const Shape& shape, std::mt19937_64& random) {
  const std::string path = absl::StrCat(blobs, "/new");
  ABSL_ASSIGN_OR_RETURN(oci::file::Fd file, Create(path));
  if (shape.fill == Shape::Fill::kRandom) {
    ABSL_RETURN_IF_ERROR(WriteRandom(std::move(file), path, shape.layer_bytes, random));
  } else if (ftruncate(file.number(), shape.layer_bytes) != 0) {
    return oci::ErrnoError(errno, absl::StrCat("truncate ", path));
  }
  ABSL_ASSIGN_OR_RETURN(const oci::Digest digest, HashFile(path));
  const std::string name = absl::StrCat(blobs, "/", digest.hex());
  if (rename(path.c_str(), name.c_str()) != 0) return oci::ErrnoError(errno, absl::StrCat("rename to ", name));
  return digest;
}

}  // namespace

absl::Status MakeResult(const std::string& directory, const Shape& shape) {
  const std::string blobs = absl::StrCat(directory, "/blobs/sha256");
  ABSL_RETURN_IF_ERROR(oci::file::MakeDirectories(blobs));
  std::mt19937_64 random(shape.layers);
  oci::json::Writer json;
  json.BeginObject().Key("is_map").Bool(false).Key("metadata").BeginObject();
  json.Key("containerimage.config").BeginObject().Key("text").String(kConfig).EndObject().EndObject();
  json.Key("refs").BeginObject().Key("").BeginObject().Key("layers").BeginArray();
  for (int i = 0; i < shape.layers; ++i) {
    ABSL_ASSIGN_OR_RETURN(const oci::Digest digest, MakeBlob(blobs, shape, random));
    json.BeginObject().Key("media_type").String(kLayerType).Key("digest").String(digest.ToString());
    json.Key("size").Int(shape.layer_bytes).Key("diff_id").String(digest.ToString()).EndObject();
  }
  json.EndArray().EndObject().EndObject().EndObject();
  const std::string path = absl::StrCat(directory, "/result.json");
  ABSL_ASSIGN_OR_RETURN(oci::file::Fd file, Create(path));
  ABSL_RETURN_IF_ERROR(oci::file::WriteFully(file, json.Take(), path));
  return file.Close(path);
}

}  // namespace waybill::bench
