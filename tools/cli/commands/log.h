// SPDX-License-Identifier: Apache-2.0
// The log of a command that serves: standard error, a line for each event, as text or as JSON.
#ifndef WAYBILL_TOOLS_CLI_COMMANDS_LOG_H_
#define WAYBILL_TOOLS_CLI_COMMANDS_LOG_H_

#include <atomic>
#include <cstdint>
#include <functional>
#include <ostream>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "CLI/CLI.hpp"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "exporter/export_end.h"

namespace waybill::cli::commands {

enum class LogFormat { kText, kJson };

// Thread-safe: a line is one write. What clients wrote is quoted before it comes here, and cannot add lines.
class Log {
 public:
  enum class Level { kInfo, kWarning, kError };
  struct Field {
    std::string key;
    std::variant<std::string, int64_t, double> value;
  };

  // How a log begins. Outlives the parser's callbacks.
  struct Flags {
    LogFormat format = LogFormat::kText;
    Level level = Level::kInfo;
  };
  static void AddFlags(CLI::App& command, Flags& flags);

  // `out` and `now` outlive this.
  Log(const Flags& flags, std::ostream& out, std::function<absl::Time()> now)
      : format_(flags.format), out_(out), now_(std::move(now)), level_(flags.level) {}

  // Lines of a lower level are left out from now on.
  void SetLevel(Level level) { level_ = level; }

  // As text, the line is `text`. As JSON it is {"time": ..., "level": ..., "message": text} and the fields.
  void Write(Level level, absl::string_view text, const std::vector<Field>& fields = {}) const;
  // The line of an export: id, type, names, code, duration, and the message of an error.
  void Write(const exporter::ExportEnd& end) const;

 private:
  const LogFormat format_;
  std::ostream& out_;
  const std::function<absl::Time()> now_;
  std::atomic<Level> level_;
};

}  // namespace waybill::cli::commands

#endif  // WAYBILL_TOOLS_CLI_COMMANDS_LOG_H_
