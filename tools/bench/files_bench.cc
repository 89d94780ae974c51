// SPDX-License-Identifier: Apache-2.0
// Files out of a layer: `waybill export` of types local and tar beside `tar x` of the same layer, uncompressed and as
// gzip, in one run. Wall-clock seconds (the best of the rounds), CPU seconds and peak memory. The rounds of all rows
// alternate, so that a busy machine disturbs all of them.
//
// usage: files_bench WAYBILL [FILES [ROUNDS]]
// Default: 200000 files, 3 rounds; TMPDIR says where. With an empty WAYBILL only oci/rootfs/disk is measured.
//        files_bench unpack LAYER DIRECTORY
#include <stdlib.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "oci/compress/compression.h"
#include "oci/context.h"
#include "oci/digest.h"
#include "oci/file/atomic_file.h"
#include "oci/file/file.h"
#include "oci/rootfs/disk/directory_output.h"
#include "oci/rootfs/layer_files.h"
#include "oci/rootfs/merge.h"
#include "oci/rootfs/tree.h"
#include "oci/status_macros.h"
#include "oci/tar/writer.h"
#include "tools/bench/timed_command.h"

namespace waybill::bench {
namespace {

constexpr int kFilesPerDirectory = 100;
constexpr int kMaxFileBytes = 4096;

using Row = TimedCommand;

// A layer of `files` small files in directories of a hundred: text that compresses as text does, the same in each run.
absl::Status WriteLayer(const std::string& path, int files) {
  ABSL_ASSIGN_OR_RETURN(const auto file, oci::file::AtomicFile::Create(path, {.sync = false}));
  oci::tar::Writer archive(*file);
  std::string bytes;
  for (int i = 0; i < files; ++i) {
    const std::string directory = absl::StrFormat("usr/share/package-%06d", i / kFilesPerDirectory);
    if (i % kFilesPerDirectory == 0) {
      ABSL_RETURN_IF_ERROR(archive.Begin({.name = directory + "/", .type = oci::tar::kDirectory, .mode = 0755}));
    }
    bytes.clear();
    for (unsigned word = static_cast<unsigned>(i); bytes.size() < static_cast<size_t>(i * 37 % kMaxFileBytes);) {
      word = word * 1664525U + 1013904223U;
      absl::StrAppend(&bytes, "word-", word >> 20, " ");
    }
    ABSL_RETURN_IF_ERROR(archive.Begin({.name = absl::StrFormat("%s/file-number-%08d.txt", directory, i),
                                        .mode = 0644,
                                        .size = static_cast<int64_t>(bytes.size())}));
    ABSL_RETURN_IF_ERROR(archive.Write(bytes));
  }
  ABSL_RETURN_IF_ERROR(archive.Close());
  return file->Commit();
}

// A result bundle whose only layer is the file.
bool MakeResult(const std::string& directory, const std::string& layer, const std::string& media_type) {
  std::error_code error;
  std::filesystem::create_directories(directory + "/blobs/sha256", error);
  const std::string moved = directory + "/blobs/sha256/layer";
  std::filesystem::copy_file(layer, moved, error);
  FILE* const input = std::fopen(moved.c_str(), "rb");
  if (input == nullptr) return false;
  oci::Hasher hasher;
  std::string buffer(1 << 20, '\0');
  size_t size = 0;
  for (size_t count = 0; (count = std::fread(buffer.data(), 1, buffer.size(), input)) > 0; size += count) {
    hasher.Update({buffer.data(), count});
  }
  std::fclose(input);
  const oci::Digest digest = hasher.Current();
  std::filesystem::rename(moved, absl::StrCat(directory, "/blobs/sha256/", digest.hex()), error);
  const std::string json = absl::StrCat(
      R"({"is_map":false,"metadata":{"containerimage.config":{"text":"{\"os\":\"linux\",\"architecture\":\"amd64\"}"}},)",
      R"("refs":{"":{"layers":[{"media_type":")", media_type, R"(","digest":")", digest.ToString(), R"(","size":)",
      size, R"(,"diff_id":")", digest.ToString(), R"("}]}}})");
  FILE* const output = std::fopen((directory + "/result.json").c_str(), "wb");
  if (output == nullptr) return false;
  const bool written = std::fwrite(json.data(), 1, json.size(), output) == json.size();
  return std::fclose(output) == 0 && written && !error;
}

// What the export does with a layer, without the export around it.
absl::Status Unpack(const std::string& layer, const std::string& directory) {
  ABSL_ASSIGN_OR_RETURN(const auto bytes, oci::file::FileSource::Open(layer, oci::file::Links::kFollow));
  ABSL_ASSIGN_OR_RETURN(auto reader, bytes->Open(oci::Context(), 0));
  ABSL_ASSIGN_OR_RETURN(const auto archive, oci::compress::NewDecompressor(std::move(reader)));
  oci::rootfs::Tree tree;
  ABSL_RETURN_IF_ERROR(oci::rootfs::AddLayer(oci::Context(), *archive, 0, tree));
  std::error_code error;
  oci::rootfs::LayerFiles files({bytes.get()}, std::filesystem::temp_directory_path(error).string());
  return oci::rootfs::disk::WriteDirectory(oci::Context(), directory, {{.tree = tree, .files = files}}, {}).status();
}

std::vector<Row> Rows(const std::string& waybill, const std::string& self, const std::string& folder) {
  const std::string output = folder + "/output";
  const auto unpack = [&](const std::string& name, const std::string& layer) -> Row {
    return {name,
            {"sh", "-c",
             absl::StrCat("mkdir '", output, "' && exec tar -xf '", folder, "/", layer, "' -C '", output, "'")}};
  };
  const auto exported = [&](const std::string& name, const std::string& result, const std::string& type) -> Row {
    return {name,
            {waybill, "export", "--progress", "quiet", "--result", absl::StrCat(folder, "/", result), "--output",
             absl::StrCat("type=", type, ",dest=", output)}};
  };
  const auto library = [&](const std::string& name, const std::string& layer) -> Row {
    return {name, {self, "unpack", absl::StrCat(folder, "/", layer), output}};
  };
  std::vector<Row> rows = {unpack("tar x", "layer.tar"), library("oci/rootfs/disk", "layer.tar"),
                           unpack("tar x, gzip", "layer.tar.gz"), library("oci/rootfs/disk, gzip", "layer.tar.gz")};
  if (waybill.empty()) return rows;
  rows.push_back(exported("waybill, local", "plain", "local"));
  rows.push_back(exported("waybill, tar", "plain", "tar"));
  rows.push_back(exported("waybill, local, gzip", "gzip", "local"));
  rows.push_back(exported("waybill, tar, gzip", "gzip", "tar"));
  return rows;
}

bool Measure(std::vector<Row>& rows, const std::string& folder, int rounds) {
  for (int round = 0; round < rounds; ++round) {
    for (Row& row : rows) {
      std::error_code error;
      std::filesystem::remove_all(folder + "/output", error);
      sync();
      if (RunOnce("", "", row)) continue;
      std::fprintf(stderr, "files_bench: %s failed\n", row.name.c_str());
      return false;
    }
  }
  return true;
}

int Main(const std::string& waybill, int files, int rounds) {
  std::error_code error;
  std::string folder = absl::StrCat(std::filesystem::temp_directory_path(error).string(), "/files_bench.XXXXXX");
  if (mkdtemp(folder.data()) == nullptr) return 1;
  const std::string layer = folder + "/layer.tar";
  const bool made = WriteLayer(layer, files).ok() &&
                    std::system(absl::StrCat("gzip -k -6 '", layer, "'").c_str()) == 0 &&
                    MakeResult(folder + "/plain", layer, "application/vnd.oci.image.layer.v1.tar") &&
                    MakeResult(folder + "/gzip", layer + ".gz", "application/vnd.oci.image.layer.v1.tar+gzip");
  const std::string self = std::filesystem::read_symlink("/proc/self/exe", error).string();
  std::vector<Row> rows = Rows(waybill, self, folder);
  const bool measured = made && Measure(rows, folder, rounds);
  if (measured) {
    absl::PrintF("%d files, best of %d\n%-24s %8s %8s %9s %12s\n", files, rounds, "", "seconds", "CPU s", "peak MiB",
                 "bytes a file");
    for (const Row& row : rows) {
      absl::PrintF("%-24s %8.2f %8.2f %9.1f %12.0f\n", row.name, row.seconds, row.cpu_seconds,
                   static_cast<double>(row.peak_kib) / 1024, static_cast<double>(row.peak_kib) * 1024 / files);
    }
  }
  std::filesystem::remove_all(folder, error);
  return measured ? 0 : 1;
}

}  // namespace
}  // namespace waybill::bench

int main(int argc, char** argv) {
  if (argc == 4 && std::string(argv[1]) == "unpack") {
    const absl::Status status = waybill::bench::Unpack(argv[2], argv[3]);
    if (!status.ok()) std::fprintf(stderr, "%s\n", status.ToString().c_str());
    return status.ok() ? 0 : 1;
  }
  int files = 200000;
  int rounds = 3;
  if (argc < 2 || argc > 4 || (argc > 2 && !absl::SimpleAtoi(argv[2], &files)) ||
      (argc > 3 && !absl::SimpleAtoi(argv[3], &rounds)) || files < 1 || rounds < 1) {
    std::fputs("usage: files_bench WAYBILL [FILES [ROUNDS]]\n", stderr);
    return 1;
  }
  return waybill::bench::Main(argv[1], files, rounds);
}
