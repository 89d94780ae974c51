// SPDX-License-Identifier: Apache-2.0
// The configuration file: buildkitd's [registry."host"] tables (moby/buildkit, docs/buildkitd.toml.md) and waybill's
// own keys in them (docs/registries.md), and tables with the options of commands (docs/cli.md).
#ifndef WAYBILL_OCI_REGISTRY_CONFIG_CONFIG_H_
#define WAYBILL_OCI_REGISTRY_CONFIG_CONFIG_H_

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "oci/registry/config/fallback.h"
#include "oci/registry/config/host_config.h"

namespace waybill::oci::registry::config {

struct KeyPair {
  std::string key;
  std::string cert;
};

// One [registry."host"] table.
struct RegistryTable {
  std::optional<bool> http;
  std::optional<bool> insecure;
  std::vector<std::string> mirrors;          // "host[:port][/path]"
  std::vector<std::string> ca;               // files
  std::vector<std::string> tls_directories;  // "tlsconfigdir"
  std::vector<KeyPair> key_pairs;
  std::optional<Fallback> referrers_fallback;   // "referrers-fallback"; waybill's
  std::optional<absl::Duration> silence_limit;  // "silence-limit"; waybill's
};

using RegistryTables = std::map<std::string, RegistryTable>;  // by host

// Other top-level tables are buildkitd's and left alone. Errors: INVALID_ARGUMENT naming `origin`, line and key, for
// what is no TOML, keys that are not known in a registry table, values of another type, and tables that are nearly
// called "registry".
absl::StatusOr<RegistryTables> ParseConfig(absl::string_view text, absl::string_view origin);
absl::StatusOr<RegistryTables> ReadConfig(const std::string& path);

// A key of a command's table: an option without its dashes, and the values as a command line would have them.
struct Setting {
  std::string key;
  std::vector<std::string> values;
  std::string place;  // "file:3: serve.listen", for messages
};

// The table `command` of the file, in order of the keys; nothing if there is no such table. A value is a string, a
// whole number, true or false, or a list of strings. Errors: INVALID_ARGUMENT naming `origin`, line and key, for any
// other value and for what is no TOML.
absl::StatusOr<std::vector<Setting>> ParseSettings(absl::string_view text, absl::string_view origin,
                                                   absl::string_view command);
absl::StatusOr<std::vector<Setting>> ReadSettings(const std::string& path, absl::string_view command);

// What the tables and, in Docker's way, the certificate directories say about `domain`; files are read. Errors: a file
// that cannot be read or has no certificate, naming it; more than one key pair.
absl::StatusOr<HostConfig> HostConfigFor(const RegistryTables& tables, absl::string_view domain,
                                         const std::vector<std::string>& certs_directories);

}  // namespace waybill::oci::registry::config

#endif  // WAYBILL_OCI_REGISTRY_CONFIG_CONFIG_H_
