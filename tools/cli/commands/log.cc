// SPDX-License-Identifier: Apache-2.0
#include "tools/cli/commands/log.h"

#include <map>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "oci/error.h"
#include "oci/json/json.h"
#include "oci/words/quote.h"

namespace waybill::cli::commands {
namespace {

absl::string_view NameOf(Log::Level level) {
  switch (level) {
    case Log::Level::kWarning:
      return "warning";
    case Log::Level::kError:
      return "error";
    case Log::Level::kInfo:
      break;
  }
  return "info";
}

void WriteValue(const Log::Field& field, oci::json::Writer& writer) {
  writer.Key(field.key);
  if (const auto* const text = std::get_if<std::string>(&field.value)) {
    writer.String(*text);
  } else if (const auto* const number = std::get_if<int64_t>(&field.value)) {
    writer.Int(*number);
  } else {
    writer.Raw(absl::StrFormat("%.6f", std::get<double>(field.value)));
  }
}

}  // namespace

void Log::AddFlags(CLI::App& command, Flags& flags) {
  static const auto* const names =
      new std::map<std::string, LogFormat>{{"json", LogFormat::kJson}, {"text", LogFormat::kText}};
  command.add_option("--log-format", flags.format, "Form of the lines on standard error: text or json")
      ->transform(CLI::Transformer(*names))
      ->type_name("FORMAT")
      ->default_str("text");
  static const auto* const levels =
      new std::map<std::string, Level>{{"info", Level::kInfo}, {"warning", Level::kWarning}, {"error", Level::kError}};
  command.add_option("--log-level", flags.level, "Lowest level of the lines on standard error: info, warning or error")
      ->transform(CLI::Transformer(*levels))
      ->type_name("LEVEL")
      ->default_str("info");
}

void Log::Write(Level level, absl::string_view text, const std::vector<Field>& fields) const {
  if (level < level_.load()) return;
  std::string line(text);
  if (format_ == LogFormat::kJson) {
    oci::json::Writer writer;
    writer.BeginObject();
    writer.Key("time").String(absl::FormatTime("%Y-%m-%dT%H:%M:%E6SZ", now_(), absl::UTCTimeZone()));
    writer.Key("level").String(NameOf(level));
    writer.Key("message").String(text);
    for (const Field& field : fields) WriteValue(field, writer);
    writer.EndObject();
    line = writer.Take();
  }
  out_ << absl::StrCat(line, "\n") << std::flush;
}

void Log::Write(const exporter::ExportEnd& end) const {
  const std::string type = oci::words::Quoted(end.type);
  const std::string names = end.names.empty() ? "-" : oci::words::Quoted(end.names);
  const std::string id = end.id.empty() ? "-" : oci::words::Quoted(end.id);
  const std::string code = absl::StatusCodeToString(end.status.code());
  std::string text = absl::StrCat("export ", type, " ", names, ": ", code, " in ",
                                  absl::FormatDuration(absl::Trunc(end.took, absl::Milliseconds(1))), " (", id, ")");
  std::vector<Field> fields = {{"event", "export"}, {"id", id},     {"type", type},
                               {"names", names},    {"code", code}, {"seconds", absl::ToDoubleSeconds(end.took)}};
  if (!end.status.ok()) {
    const std::string error = oci::words::Quoted(end.status.message(), oci::words::kMaxMessageBytes);
    absl::StrAppend(&text, ": ", error);
    fields.push_back(
        {"reason", std::string(oci::ReasonName(oci::ReasonOf(end.status).value_or(oci::Reason::kInternal)))});
    fields.push_back({"error", error});
  }
  Write(end.status.ok() ? Level::kInfo : Level::kError, text, fields);
}

}  // namespace waybill::cli::commands
