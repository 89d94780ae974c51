// SPDX-License-Identifier: Apache-2.0
// The export beside what bounds it: MB/s of `waybill export` to an archive and to a directory, of SHA-256 and of cp, on
// the same bytes (already compressed layers) in one run. Each row is the best of three.
//
// usage: export_bench WAYBILL [LAYERS [MIB PER LAYER]]     TMPDIR says where (needs three times the size).
#include <fcntl.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "oci/digest.h"
#include "tools/bench/result_maker.h"

namespace waybill::bench {
namespace {

constexpr int kRepeats = 3;

struct Row {
  std::string name;
  std::function<bool()> run;
  double megabytes_per_second = 0;
};

// A folder under TMPDIR that goes when the program ends.
class Scratch {
 public:
  Scratch() {
    std::error_code error;
    path_ = absl::StrCat(std::filesystem::temp_directory_path(error).string(), "/export_bench.XXXXXX");
    if (mkdtemp(path_.data()) == nullptr) path_.clear();
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  ~Scratch() {
    std::error_code error;
    if (!path_.empty()) std::filesystem::remove_all(path_, error);
  }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

// Runs a program and waits for it.
bool Run(const std::vector<std::string>& command) {
  std::vector<char*> arguments;
  for (const std::string& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  const pid_t child = fork();
  if (child == 0) {
    execvp(arguments[0], arguments.data());
    _exit(127);
  }
  int status = 0;
  return child > 0 && waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

// Hashes every file of a folder, one after the other.
bool HashFiles(const std::string& folder) {
  std::string buffer(1 << 20, '\0');
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
    const int file = open(entry.path().c_str(), O_RDONLY | O_CLOEXEC);
    if (file < 0) return false;
    oci::Hasher hasher;
    ssize_t got = 0;
    while ((got = read(file, buffer.data(), buffer.size())) > 0) {
      hasher.Update({buffer.data(), static_cast<size_t>(got)});
    }
    close(file);
    if (got < 0 || hasher.Current().hex() != entry.path().filename().string()) return false;
  }
  return !error;
}

// Best of kRepeats; `output` is removed and the disk left idle before each, outside the time.
bool Measure(Row& row, const std::string& output, double megabytes) {
  for (int i = 0; i < kRepeats; ++i) {
    std::error_code error;
    std::filesystem::remove_all(output, error);
    sync();
    const absl::Time start = absl::Now();
    if (!row.run()) return false;
    const double seconds = absl::ToDoubleSeconds(absl::Now() - start);
    row.megabytes_per_second = std::max(row.megabytes_per_second, megabytes / seconds);
  }
  return true;
}

void Print(const std::vector<Row>& rows, const Shape& shape) {
  std::printf("\n%d layers of %.0f MiB, best of %d\n\n", shape.layers,
              static_cast<double>(shape.layer_bytes) / (1 << 20), kRepeats);
  std::printf("%-28s %8s", "", "MB/s");
  for (size_t i = 0; i < 3; ++i) std::printf("  %14s", absl::StrCat("/ ", rows[i].name).c_str());
  std::printf("\n");
  for (const Row& row : rows) {
    std::printf("%-28s %8.0f", row.name.c_str(), row.megabytes_per_second);
    for (size_t i = 0; i < 3; ++i) std::printf("  %14.2f", row.megabytes_per_second / rows[i].megabytes_per_second);
    std::printf("\n");
  }
}

int Main(const std::string& waybill, const Shape& shape) {
  const Scratch scratch;
  const std::string input = absl::StrCat(scratch.path(), "/result"), output = absl::StrCat(scratch.path(), "/output");
  const absl::Status made = MakeResult(input, shape);
  if (scratch.path().empty() || !made.ok()) {
    std::fprintf(stderr, "export_bench: %s\n", made.ToString().c_str());
    return 1;
  }
  const auto copy_and_sync = [&] {
    return Run({"cp", "-r", input, output}) && Run({"find", output, "-type", "f", "-exec", "sync", "{}", "+"});
  };
  const auto export_to = [&](const std::string& attributes) {
    return Run({waybill, "export", "--progress", "quiet", "--result", input, "--output",
                absl::StrCat("type=oci,name=example.com/bench:1,dest=", output, attributes)});
  };
  std::vector<Row> rows = {
      {.name = "SHA-256", .run = [&] { return HashFiles(input + "/blobs/sha256"); }},
      {.name = "cp",
       .run =
           [&] {
             return Run({"cp", "-r", input, output});
           }},
      {.name = "cp and sync", .run = copy_and_sync},
      {.name = "waybill to an archive", .run = [&] { return export_to(""); }},
      {.name = "waybill to a directory", .run = [&] { return export_to(",tar=false"); }},
  };
  const double megabytes = static_cast<double>(shape.layers) * static_cast<double>(shape.layer_bytes) / 1e6;
  for (Row& row : rows) {
    if (!Measure(row, output, megabytes)) {
      std::fprintf(stderr, "export_bench: %s failed\n", row.name.c_str());
      return 1;
    }
  }
  Print(rows, shape);
  return 0;
}

}  // namespace
}  // namespace waybill::bench

int main(int argc, char** argv) {
  waybill::bench::Shape shape;
  int mebibytes = 10;
  if (argc < 2 || argc > 4 || (argc > 2 && !absl::SimpleAtoi(argv[2], &shape.layers)) ||
      (argc > 3 && !absl::SimpleAtoi(argv[3], &mebibytes))) {
    std::fputs("usage: export_bench WAYBILL [LAYERS [MIB PER LAYER]]\n", stderr);
    return 1;
  }
  shape.layer_bytes = int64_t{mebibytes} << 20;
  return waybill::bench::Main(argv[1], shape);
}
