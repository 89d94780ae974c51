// SPDX-License-Identifier: Apache-2.0
#include "exporter/metrics/process.h"

#include <sys/resource.h>
#include <unistd.h>

#include <cstdint>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>
#include <system_error>

#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"

namespace waybill::exporter::metrics {
namespace {

// Of proc(5), counted from the field after the name of the program.
constexpr size_t kUserTicks = 11;
constexpr size_t kSystemTicks = 12;
constexpr size_t kStartTicks = 19;
constexpr size_t kVirtualBytes = 20;
constexpr size_t kResidentPages = 21;

std::string ReadText(const char* path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

// The fields of /proc/self/stat after the program's name, which may hold anything.
std::vector<std::string> StatFields() {
  const std::string text = ReadText("/proc/self/stat");
  const size_t name = text.rfind(") ");
  if (name == std::string::npos) return {};
  return absl::StrSplit(absl::string_view(text).substr(name + 2), ' ');
}

std::optional<double> NumberAt(const std::vector<std::string>& fields, size_t place) {
  double number = 0;
  if (place >= fields.size() || !absl::SimpleAtod(fields[place], &number)) return std::nullopt;
  return number;
}

// Seconds since 1970. By the clocks, because /proc/stat is hidden from a unit with ProcSubset=pid.
std::optional<double> BootTime() {
  timespec now = {}, since_boot = {};
  if (clock_gettime(CLOCK_REALTIME, &now) != 0 || clock_gettime(CLOCK_BOOTTIME, &since_boot) != 0) return std::nullopt;
  return static_cast<double>(now.tv_sec - since_boot.tv_sec) +
         static_cast<double>(now.tv_nsec - since_boot.tv_nsec) / 1e9;
}

std::optional<double> OpenDescriptors() {
  std::error_code error;
  double count = 0;
  for (std::filesystem::directory_iterator entry("/proc/self/fd", error), end; !error && entry != end;
       entry.increment(error)) {
    ++count;
  }
  if (error) return std::nullopt;
  return count - 1;  // the one that reads
}

void Add(std::vector<Metrics::Gauge>& values, const char* name, const char* help, std::optional<double> value) {
  if (value.has_value()) values.push_back({.name = name, .help = help, .value = *value});
}

}  // namespace

ProcessValues ReadProcess() {
  ProcessValues values;
  const std::vector<std::string> fields = StatFields();
  const double ticks = static_cast<double>(sysconf(_SC_CLK_TCK));
  const auto user = NumberAt(fields, kUserTicks), system = NumberAt(fields, kSystemTicks);
  if (user.has_value() && system.has_value()) {
    Add(values.counters, "process_cpu_seconds_total", "Processor time of the process, in user and system mode.",
        (*user + *system) / ticks);
  }
  Add(values.gauges, "process_open_fds", "Open file descriptors.", OpenDescriptors());
  rlimit limit = {};
  if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
    Add(values.gauges, "process_max_fds", "Most file descriptors that may be open.",
        static_cast<double>(limit.rlim_cur));
  }
  Add(values.gauges, "process_virtual_memory_bytes", "Virtual memory.", NumberAt(fields, kVirtualBytes));
  if (const auto pages = NumberAt(fields, kResidentPages); pages.has_value()) {
    Add(values.gauges, "process_resident_memory_bytes", "Resident memory.",
        *pages * static_cast<double>(sysconf(_SC_PAGESIZE)));
  }
  const auto start = NumberAt(fields, kStartTicks), boot = BootTime();
  if (start.has_value() && boot.has_value()) {
    Add(values.gauges, "process_start_time_seconds", "Time when the process started, in seconds since 1970.",
        *boot + *start / ticks);
  }
  return values;
}

}  // namespace waybill::exporter::metrics
