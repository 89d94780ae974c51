// SPDX-License-Identifier: Apache-2.0
#include "tools/cli/exporting/output_flag.h"

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "exporter/request/options.h"
#include "oci/error.h"
#include "oci/status_macros.h"
#include "oci/words/nearest_name.h"
#include "oci/words/quote.h"
#include "tools/cli/files/stream_file.h"
#include "tools/cli/line/csv.h"

namespace waybill::cli::exporting {
namespace {

using DestinationKind = OutputFlag::DestinationKind;

constexpr absl::string_view kTypes[] = {"oci", "docker", "image", "registry", "local", "tar"};

bool IsType(absl::string_view text) {
  return std::find(std::begin(kTypes), std::end(kTypes), text) != std::end(kTypes);
}

// The type that was meant by `text`: "oci" for "OCI", "ocii" and "oci-archive". Empty for what is near none.
std::string TypeMeantBy(absl::string_view text) {
  const std::string name = absl::AsciiStrToLower(absl::StripAsciiWhitespace(text));
  for (const absl::string_view type : kTypes) {
    if (name == type || absl::StartsWith(name, absl::StrCat(type, "-")) ||
        absl::EndsWith(name, absl::StrCat(":", type)))
      return std::string(type);
  }
  return oci::words::NearestName(name, {std::begin(kTypes), std::end(kTypes)});
}

absl::Status UnknownType(absl::string_view type) {
  const std::string meant = TypeMeantBy(type);
  return oci::InvalidInputError(absl::StrCat("exporter \"", oci::words::Quoted(type, 200), "\" could not be found; ",
                                             meant.empty() ? absl::StrCat("types are ", absl::StrJoin(kTypes, ", "))
                                                           : absl::StrCat("did you mean type=", meant, "?")));
}

absl::Status InvalidField(const std::string& field) {
  const std::string type = TypeMeantBy(field);
  return oci::InvalidInputError(
      absl::StrCat("invalid value ", field, type.empty() ? "" : absl::StrCat("; did you mean type=", type, "?")));
}

// Whether a lone "KEY=VALUE" is a part of an output that lacks its type, and no directory.
bool LacksType(absl::string_view text) {
  const size_t equals = text.find('=');
  if (equals == absl::string_view::npos) return false;
  const std::string key = absl::AsciiStrToLower(text.substr(0, equals));
  if (key == "dest" || key == "type" || key == "output") return true;
  for (const auto type : {exporter::request::ExporterType::kImage, exporter::request::ExporterType::kOci}) {
    for (const absl::string_view known : exporter::request::AttributeKeys(type)) {
      if (key == known) return true;
    }
  }
  return absl::StartsWith(key, "annotation");
}

// What a lone word that names a directory was probably meant for; empty for most words.
std::string MeantByDirectory(absl::string_view path) {
  if (IsType(path)) return absl::StrCat("type=", path);
  const std::string name = absl::AsciiStrToLower(path);
  for (const absl::string_view suffix : {".tar", ".oci", ".tgz", ".tar.gz"}) {
    if (absl::EndsWith(name, suffix)) return absl::StrCat("type=oci,dest=", path);
  }
  if (absl::StartsWith(name, "oci:")) return absl::StrCat("type=oci,tar=false,dest=", path.substr(4));
  if (absl::StartsWith(name, "oci-archive:")) return absl::StrCat("type=oci,dest=", path.substr(12));
  if (absl::StartsWith(name, "docker-archive:")) return absl::StrCat("type=docker,dest=", path.substr(15));
  if (absl::StartsWith(name, "docker://")) return absl::StrCat("type=registry,name=", path.substr(9));
  return "";
}

struct Parsed {
  exporter::request::ExportRequest request;
  std::string dest;
  std::vector<std::string> warnings = {};
  std::string instead = {};  // what a lone word was probably meant for
};

absl::StatusOr<Parsed> ParseDirectory(absl::string_view text) {
  if (LacksType(text)) {
    return oci::InvalidInputError(absl::StrCat("type is required for output: write type=TYPE,", text, " with one of ",
                                               absl::StrJoin(kTypes, ", ")));
  }
  const absl::string_view type = text == "-" ? "tar" : "local";
  Parsed parsed{.request = {.type = std::string(type)}, .dest = std::string(text), .instead = MeantByDirectory(text)};
  if (!parsed.instead.empty()) {
    parsed.warnings.push_back(absl::StrCat("\"", text, "\" alone is a directory (type=local,dest=", text,
                                           "); did you mean ", parsed.instead, "?"));
  }
  return parsed;
}

// buildx makes the keys of --output lower case, and annotations with them.
void WarnOfCase(const std::string& written, const std::string& key, Parsed& parsed) {
  if (!absl::StartsWith(key, "annotation") || key == absl::StripAsciiWhitespace(written)) return;
  parsed.warnings.push_back(
      absl::StrCat(key, ": keys of --output are in lower case, as in buildx; --annotation keeps upper case"));
}

absl::StatusOr<Parsed> ParseFields(absl::string_view text) {
  ABSL_ASSIGN_OR_RETURN(const std::vector<std::string> fields, line::ParseCsvLine(text));
  if (fields.size() == 1 && fields[0] == text && !absl::StartsWith(text, "type=")) {
    return ParseDirectory(text);
  }
  Parsed parsed;
  for (const std::string& field : fields) {
    const size_t equals = field.find('=');
    if (equals == std::string::npos) return InvalidField(field);
    const std::string key(absl::StripAsciiWhitespace(absl::AsciiStrToLower(field.substr(0, equals))));
    std::string value = field.substr(equals + 1);
    if (key == "type") {
      parsed.request.type = std::move(value);
    } else if (key == "dest") {
      parsed.dest = std::move(value);
    } else {
      WarnOfCase(field.substr(0, equals), key, parsed);
      parsed.request.attributes[key] = std::move(value);
    }
  }
  if (parsed.request.type.empty()) return oci::InvalidInputError("type is required for output");
  if (!IsType(parsed.request.type)) return UnknownType(parsed.request.type);
  return parsed;
}

// Only a false that Go's strconv.ParseBool reads says so; the exporter refuses what is neither.
bool IsFalse(const exporter::request::Attributes& attributes, const std::string& key) {
  const auto value = attributes.find(key);
  if (value == attributes.end()) return false;
  for (const absl::string_view word : {"0", "f", "F", "FALSE", "false", "False"}) {
    if (value->second == word) return true;
  }
  return false;
}

// buildx, build/opt.go. BuildKit would push nothing and call it a success.
absl::Status CheckPushHasName(const exporter::request::ExportRequest& request) {
  const auto value = [&](const std::string& key) {
    const auto found = request.attributes.find(key);
    return found == request.attributes.end() ? "" : found->second;
  };
  const bool push = request.attributes.contains("push") && !IsFalse(request.attributes, "push");
  if (request.type != "image" || !push || !value("name").empty() || !value("dangling-name-prefix").empty()) {
    return absl::OkStatus();
  }
  return oci::InvalidInputError("a push needs a name: name=HOST/REPO[:TAG]");
}

DestinationKind KindFor(const exporter::request::ExportRequest& request) {
  if (request.type == "local") return DestinationKind::kDirectory;
  if (request.type == "tar") return DestinationKind::kFile;
  if (request.type != "oci" && request.type != "docker") return DestinationKind::kNone;
  return IsFalse(request.attributes, "tar") ? DestinationKind::kDirectory : DestinationKind::kFile;
}

absl::StatusOr<files::PathKind> KindOfDestination(const std::string& path) {
  const absl::StatusOr<files::PathKind> kind = files::KindOfPath(path);
  if (!kind.ok()) return oci::Annotate(kind.status(), "invalid destination");
  return kind;
}

absl::Status CheckStdout(const std::string& type, const OutputContext& context, const std::vector<OutputFlag>& taken) {
  const auto uses = [](const OutputFlag& output) { return output.destination == DestinationKind::kStdout; };
  if (std::any_of(taken.begin(), taken.end(), uses)) {
    return oci::InvalidInputError("multiple outputs configured to write to stdout");
  }
  if (context.stdout_is_terminal) {
    return oci::InvalidInputError(
        absl::StrCat("dest file is required for ", type, " exporter. refusing to write to console"));
  }
  return absl::OkStatus();
}

absl::Status CheckDirectory(const std::string& type, const std::string& dest) {
  if (dest.empty()) return oci::InvalidInputError(absl::StrCat("dest is required for ", type, " exporter"));
  if (dest == "-") return oci::InvalidInputError(absl::StrCat("dest cannot be stdout for ", type, " exporter"));
  std::error_code error;
  const std::filesystem::file_status status = std::filesystem::status(dest, error);
  if (exists(status) && !is_directory(status)) {
    return oci::InvalidInputError(absl::StrCat("destination directory ", dest, " is a file"));
  }
  return absl::OkStatus();
}

// An archive is written to a new file, unless `dest` is something that only a stream can go to.
absl::StatusOr<DestinationKind> ArchiveDestination(const std::string& type, const std::string& dest,
                                                   const OutputContext& context, const std::vector<OutputFlag>& taken) {
  ABSL_ASSIGN_OR_RETURN(const files::PathKind kind, KindOfDestination(dest));
  switch (kind) {
    case files::PathKind::kDirectory:
      return oci::InvalidInputError(absl::StrCat(
          "destination file ", dest, " is a directory",
          type == "tar" ? "" : absl::StrCat("; type=", type, ",tar=false writes a layout into a directory")));
    case files::PathKind::kStdout:
      ABSL_RETURN_IF_ERROR(CheckStdout(type, context, taken));
      return DestinationKind::kStdout;
    case files::PathKind::kStream:
      return DestinationKind::kStream;
    case files::PathKind::kFile:
      break;
  }
  return DestinationKind::kFile;
}

}  // namespace

absl::StatusOr<OutputFlag> ParseOutputFlag(absl::string_view text, const OutputContext& context,
                                           const std::vector<OutputFlag>& taken) {
  ABSL_ASSIGN_OR_RETURN(Parsed parsed, ParseFields(text));
  exporter::request::ExportRequest& request = parsed.request;
  std::string& dest = parsed.dest;
  if (const auto wrong = request.attributes.find("output"); wrong != request.attributes.end()) {
    return oci::InvalidInputError(
        absl::StrCat("output=", wrong->second, " not supported for --output, you meant dest=", wrong->second, "?"));
  }
  if (request.type == "registry") {
    request.type = "image";
    request.attributes["push"] = "true";
  }
  ABSL_RETURN_IF_ERROR(CheckPushHasName(request));
  OutputFlag output{.destination = KindFor(request)};
  if (output.destination == DestinationKind::kDirectory) {
    const absl::Status directory = CheckDirectory(request.type, dest);
    if (!directory.ok() && !parsed.instead.empty()) {
      return oci::InvalidInputError(absl::StrCat(directory.message(), "; did you mean ", parsed.instead, "?"));
    }
    ABSL_RETURN_IF_ERROR(directory);
  } else if (output.destination == DestinationKind::kNone) {
    if (!dest.empty()) {
      return oci::InvalidInputError(absl::StrCat("output ", dest, " is not supported by ", request.type, " exporter"));
    }
  } else {
    if (dest.empty()) dest = "-";
    ABSL_ASSIGN_OR_RETURN(output.destination, ArchiveDestination(request.type, dest, context, taken));
  }
  output.warnings = std::move(parsed.warnings);
  output.request = std::move(request);
  output.path = std::move(dest);
  return output;
}

}  // namespace waybill::cli::exporting
