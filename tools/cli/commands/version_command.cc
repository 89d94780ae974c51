// SPDX-License-Identifier: Apache-2.0
#include "tools/cli/commands/version_command.h"

#include <curl/curl.h>
#include <grpc/grpc.h>
#include <openssl/crypto.h>
#include <zlib.h>
#include <zstd.h>

#include <iostream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "oci/json/json.h"
#include "tools/cli/line/version.h"

namespace waybill::cli::commands {
namespace {

// Those that the system has now; it may have had others when waybill was built.
std::vector<std::pair<std::string, std::string>> Libraries() {
  return {{"grpc-core", grpc_version_string()},
          {"libcurl", curl_version_info(CURLVERSION_NOW)->version},
          {"openssl", OpenSSL_version(OPENSSL_VERSION_STRING)},
          {"zlib", zlibVersion()},
          {"zstd", ZSTD_versionString()}};
}

std::string AsJson() {
  oci::json::Writer writer;
  writer.BeginObject();
  writer.Key("version").String(line::kVersion);
  writer.Key("buildkit").String(line::kBuildKitVersion);
  writer.Key("compiler").String(__VERSION__);
  writer.Key("libraries").BeginObject();
  for (const auto& [name, version] : Libraries()) writer.Key(name).String(version);
  writer.EndObject();
  writer.EndObject();
  return oci::json::Indent(writer.Take());
}

std::string AsText() {
  std::string text = absl::StrCat("waybill ", line::kVersion, "\nexports as BuildKit ", line::kBuildKitVersion,
                                  "\nbuilt by ", __VERSION__);
  for (const auto& [name, version] : Libraries()) absl::StrAppend(&text, "\n", name, " ", version);
  return text;
}

}  // namespace

void AddVersionCommand(CLI::App& app, line::Invocation& invocation) {
  const auto json = std::make_shared<bool>(false);
  CLI::App& command =
      *app.add_subcommand("version", "Tell the versions of waybill and of the libraries that it runs with");
  command.add_flag("--json", *json, "Print JSON");
  command.callback([json, &invocation] {
    invocation.run = [json](const oci::Context&) {
      std::cout << (*json ? AsJson() : AsText()) << std::endl;
      return absl::OkStatus();
    };
  });
}

}  // namespace waybill::cli::commands
