// SPDX-License-Identifier: Apache-2.0
// Compressors beside each other on the same real files in one run: both engines of oci/deflate, Go's compress/gzip and
// klauspost's gzip and zstd (tools/peers/deflate), gzip, pigz and zstd, where they are installed. Each row is the best
// of three rounds; the rounds of all rows alternate, so that a busy machine disturbs all of them.
//
// usage: deflate_bench [MEGABYTES [LEVEL]...]     default: 400 MB of /usr as one tar file, level 6, and every level of
//                                                 the fast engine; TMPDIR says where
//        deflate_bench compress exact|fast LEVEL THREADS <input >output
#include <stdlib.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/string_view.h"
#include "oci/deflate/engine.h"
#include "oci/deflate/fast_gzip_writer.h"
#include "oci/deflate/gzip_writer.h"
#include "oci/deflate/stage.h"
#include "oci/io/stream.h"
#include "tools/bench/timed_command.h"
#include "tools/deflate/go_gzip.h"

namespace waybill::bench {
namespace {

constexpr int kRounds = 3;

class StandardOutput : public oci::io::Writer {
 public:
  absl::Status Write(absl::string_view bytes) override {
    const bool written = std::fwrite(bytes.data(), 1, bytes.size(), stdout) == bytes.size();
    return written ? absl::OkStatus() : absl::ErrnoToStatus(errno, "write");
  }
  absl::Status Close() override {
    return std::fflush(stdout) == 0 ? absl::OkStatus() : absl::ErrnoToStatus(errno, "write");
  }
};

absl::StatusOr<std::unique_ptr<oci::io::Writer>> NewWriter(absl::string_view kind, oci::deflate::Engine& engine,
                                                           oci::io::Writer& to, int level) {
  if (kind == "fast") return oci::deflate::FastGzipWriter::New(engine, to, level);
  return oci::deflate::GzipWriter::New(engine, to, {.level = level});
}

// The pieces in which io.Copy of Go moves bytes are of the same size.
absl::Status Compress(absl::string_view kind, int level, int threads) {
  oci::deflate::Engine engine(threads);
  StandardOutput to;
  const auto writer = NewWriter(kind, engine, to, level);
  if (!writer.ok()) return writer.status();
  std::string buffer(32 << 10, '\0');
  ssize_t count = 0;
  absl::Status status;
  while (status.ok() && (count = read(STDIN_FILENO, buffer.data(), buffer.size())) > 0) {
    status = (*writer)->Write({buffer.data(), static_cast<size_t>(count)});
  }
  if (status.ok()) status = (*writer)->Close();
  return status.ok() ? to.Close() : status;
}

using Row = TimedCommand;

bool Same(const std::string& a, const std::string& b) {
  return std::system(absl::StrCat("cmp -s '", a, "' '", b, "'").c_str()) == 0;
}

std::string Threads(int threads) { return absl::StrCat(threads, threads == 1 ? " thread" : " threads"); }

// What the caller's thread does counts, too.
Row Ours(const std::string& self, absl::string_view engine, int level, int threads) {
  return {absl::StrCat(engine, " ", level, ", ", Threads(threads)),
          {self, "compress", std::string(engine), absl::StrCat(level), absl::StrCat(threads)}};
}

int Cores() { return static_cast<int>(std::max(1U, std::thread::hardware_concurrency())); }

Row Go(int level) {
  return {absl::StrCat("Go compress/gzip ", level), {deflate_tools::PeerProgram("go-gzip"), absl::StrCat(level)}};
}

// One level of all programs. The first three rows are compared.
std::vector<Row> RowsOf(const std::string& self, int level) {
  std::vector<Row> rows = {Go(level), Ours(self, "exact", level, Cores()), Ours(self, "exact", level, 0),
                           Ours(self, "fast", level, Cores()), Ours(self, "fast", level, 0)};
  if (level < 1) return rows;
  const std::string digit = absl::StrCat(level);
  const std::string option = absl::StrCat("-", level);
  rows.push_back({absl::StrCat("klauspost gzip ", level), {deflate_tools::PeerProgram("klauspost"), "gzip", digit}});
  rows.push_back({absl::StrCat("gzip ", level), {"gzip", "-n", option}});
  rows.push_back({absl::StrCat("pigz ", level), {"pigz", "-n", option}});
  return rows;
}

// The usual level of all programs, every level of the fast engine, and zstd.
std::vector<Row> AllRows(const std::string& self) {
  std::vector<Row> rows = RowsOf(self, oci::deflate::kDefaultLevel);
  for (int level = 1; level <= oci::deflate::kMostLevel; ++level) {
    if (level != oci::deflate::kDefaultLevel) rows.push_back(Ours(self, "fast", level, Cores()));
  }
  rows.push_back({"klauspost zstd 3", {deflate_tools::PeerProgram("klauspost"), "zstd", "3"}});
  rows.push_back({"zstd -T0", {"zstd", "-q", "-T0", "-c"}});
  return rows;
}

void Print(const std::vector<Row>& rows, int64_t size) {
  const double go_seconds = rows[0].seconds;
  absl::PrintF("%.1f MB, best of %d rounds\n%-20s %8s %8s %8s %8s %12s %9s\n", static_cast<double>(size) / 1e6, kRounds,
               "", "seconds", "MB/s", "x Go", "CPU s", "bytes", "peak MiB");
  for (const Row& row : rows) {
    if (row.seconds == 0) {
      absl::PrintF("%-20s %8s\n", row.name, "not there");
      continue;
    }
    absl::PrintF("%-20s %8.2f %8.1f %8.2f %8.2f %12d %9.1f\n", row.name, row.seconds,
                 static_cast<double>(size) / 1e6 / row.seconds, go_seconds / row.seconds, row.cpu_seconds, row.bytes,
                 static_cast<double>(row.peak_kib) / 1024);
  }
}

bool Measure(const std::string& folder, int64_t size, std::vector<Row> rows) {
  const std::string input = absl::StrCat(folder, "/input.tar");
  const auto output = [&](size_t i) { return absl::StrCat(folder, "/output.", i); };
  for (int round = 0; round < kRounds; ++round) {
    for (size_t i = 0; i < rows.size(); ++i) {
      if (!RunOnce(input, output(i), rows[i])) rows[i].seconds = 0;
    }
  }
  Print(rows, size);
  const bool go = rows[0].seconds != 0;
  const bool same = !go || (Same(output(0), output(1)) && Same(output(0), output(2)));
  absl::PrintF("%s\n\n", !go ? "not compared with Go" : same ? "exact has Go's bytes" : "BYTES DIFFER");
  return same;
}

int Main(int argc, char** argv) {
  int64_t megabytes = 400;
  std::vector<int> levels;
  if (argc == 5 && absl::string_view(argv[1]) == "compress") {
    int level = 0;
    int threads = 0;
    if (!absl::SimpleAtoi(argv[3], &level) || !absl::SimpleAtoi(argv[4], &threads)) return 2;
    const absl::Status status = Compress(argv[2], level, threads);
    if (!status.ok()) std::fprintf(stderr, "%s\n", std::string(status.message()).c_str());
    return status.ok() ? 0 : 1;
  }
  if (argc > 1 && !absl::SimpleAtoi(argv[1], &megabytes)) return 2;
  for (int i = 2; i < argc; ++i) {
    if (!absl::SimpleAtoi(argv[i], &levels.emplace_back())) return 2;
  }
  std::error_code error;
  std::string folder = absl::StrCat(std::filesystem::temp_directory_path(error).string(), "/deflate_bench.XXXXXX");
  if (mkdtemp(folder.data()) == nullptr) return 1;
  const std::string input = absl::StrCat(folder, "/input.tar");
  // Sorted, so that two runs compress the same; tar complains when head has enough.
  const std::string pack = absl::StrCat("tar --sort=name -cf - -C / usr/bin usr/lib usr/share 2>/dev/null | head -c ",
                                        megabytes * 1'000'000, " >'", input, "'");
  bool good = std::system(pack.c_str()) == 0;
  const auto size = static_cast<int64_t>(std::filesystem::file_size(input, error));
  const std::string self = std::filesystem::read_symlink("/proc/self/exe", error).string();
  if (levels.empty()) good = Measure(folder, size, AllRows(self)) && good;
  for (const int level : levels) good = Measure(folder, size, RowsOf(self, level)) && good;
  std::filesystem::remove_all(folder, error);
  return good ? 0 : 1;
}

}  // namespace
}  // namespace waybill::bench

int main(int argc, char** argv) { return waybill::bench::Main(argc, argv); }
