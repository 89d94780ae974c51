// SPDX-License-Identifier: Apache-2.0
#include "oci/registry/config.h"

#include <functional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "oci/error.h"
#include "oci/registry/settings_file.h"
#include "oci/status_macros.h"

// The library as it is installed throws; its header alone can do without.
// Version 3.3 asserts of "[[[" what it goes on to check: that must neither abort nor, with NDEBUG, be assumed.
#undef NDEBUG
#define TOML_ASSERT(condition) static_cast<void>(0)
#define TOML_HEADER_ONLY 1
#define TOML_EXCEPTIONS 0
#include "toml++/toml.h"

namespace waybill::oci::registry {
namespace {

// Where a fault is, for messages.
struct Place {
  absl::string_view origin;
  std::string table;
};

absl::Status ErrorAt(const Place& place, const toml::node& node, absl::string_view key, absl::string_view message) {
  return InvalidInputError(
      absl::StrCat(place.origin, ":", node.source().begin.line, ": ", place.table, ".", key, ": ", message));
}

absl::StatusOr<bool> Bool(const Place& place, absl::string_view key, const toml::node& node) {
  const auto value = node.value_exact<bool>();
  if (!value.has_value()) return ErrorAt(place, node, key, "true or false is wanted");
  return *value;
}

absl::StatusOr<std::vector<std::string>> Strings(const Place& place, absl::string_view key, const toml::node& node) {
  std::vector<std::string> strings;
  const toml::array* array = node.as_array();
  if (array == nullptr) return ErrorAt(place, node, key, "a list of strings is wanted");
  for (const toml::node& element : *array) {
    const auto value = element.value_exact<std::string>();
    if (!value.has_value() || value->empty()) return ErrorAt(place, element, key, "a string is wanted");
    strings.push_back(*value);
  }
  return strings;
}

absl::StatusOr<std::vector<KeyPair>> KeyPairs(const Place& place, absl::string_view key, const toml::node& node) {
  std::vector<KeyPair> pairs;
  const toml::array* array = node.as_array();
  if (array == nullptr) return ErrorAt(place, node, key, "a list of tables is wanted");
  for (const toml::node& element : *array) {
    const toml::table* table = element.as_table();
    if (table == nullptr || table->size() != 2) return ErrorAt(place, element, key, "key and cert are wanted");
    const auto file = (*table)["key"].value_exact<std::string>();
    const auto cert = (*table)["cert"].value_exact<std::string>();
    if (!file.has_value() || !cert.has_value()) return ErrorAt(place, element, key, "key and cert are wanted");
    pairs.push_back({*file, *cert});
  }
  return pairs;
}

absl::StatusOr<Fallback> FallbackValue(const Place& place, absl::string_view key, const toml::node& node) {
  const std::string text = node.value_exact<std::string>().value_or("");
  for (const FallbackWord& word : kFallbackWords) {
    if (text == word.text) return word.value;
  }
  return ErrorAt(place, node, key, "auto, always, never or require-api is wanted");
}

// Reads one key of a table, or says that there is no such key.
absl::Status ReadKey(const Place& place, absl::string_view key, const toml::node& node, RegistryTable& out) {
  const auto assign = [&](auto& member, auto parsed) -> absl::Status {
    ABSL_RETURN_IF_ERROR(parsed.status());
    member = *std::move(parsed);
    return absl::OkStatus();
  };
  if (key == "http") return assign(out.http, Bool(place, key, node));
  if (key == "insecure") return assign(out.insecure, Bool(place, key, node));
  if (key == "mirrors") return assign(out.mirrors, Strings(place, key, node));
  if (key == "ca") return assign(out.ca, Strings(place, key, node));
  if (key == "tlsconfigdir") return assign(out.tls_directories, Strings(place, key, node));
  if (key == "keypair") return assign(out.key_pairs, KeyPairs(place, key, node));
  if (key == "referrers-fallback") return assign(out.referrers_fallback, FallbackValue(place, key, node));
  return ErrorAt(place, node, key, "no such key");
}

// A file that a key names.
absl::StatusOr<std::string> ReadFile(absl::string_view domain, absl::string_view key, const std::string& path) {
  absl::StatusOr<std::string> text = ReadSettingsFile(path);
  if (!text.ok()) return Annotate(text.status(), absl::StrCat("registry.\"", domain, "\".", key));
  return text;
}

void Add(http::TlsSettings& tls, const http::TlsSettings& more) {
  absl::StrAppend(&tls.extra_roots, more.extra_roots);
  if (more.certificate_file.empty()) return;
  tls.certificate_file = more.certificate_file;
  tls.key_file = more.key_file;
}

}  // namespace

absl::StatusOr<RegistryTables> ParseConfig(absl::string_view text, absl::string_view origin) {
  const toml::parse_result parsed = toml::parse(std::string(text));
  if (!parsed) {
    return InvalidInputError(
        absl::StrCat(origin, ":", parsed.error().source().begin.line, ": ", std::string(parsed.error().description())));
  }
  RegistryTables tables;
  const toml::node* registry = parsed.table().get("registry");
  if (registry == nullptr) return tables;
  if (!registry->is_table()) return ErrorAt({origin, "registry"}, *registry, "", "a table of hosts is wanted");
  for (const auto& [host, node] : *registry->as_table()) {
    const Place place{origin, absl::StrCat("registry.\"", std::string(host.str()), "\"")};
    const toml::table* table = node.as_table();
    if (table == nullptr) return ErrorAt(place, node, "", "a table is wanted");
    RegistryTable& out = tables[std::string(host.str())];
    for (const auto& [key, value] : *table) {
      ABSL_RETURN_IF_ERROR(ReadKey(place, std::string(key.str()), value, out));
    }
  }
  return tables;
}

absl::StatusOr<RegistryTables> ReadConfig(const std::string& path) {
  ABSL_ASSIGN_OR_RETURN(const std::string text, ReadSettingsFile(path));
  return ParseConfig(text, path);
}

absl::StatusOr<HostConfig> HostConfigFor(const RegistryTables& tables, absl::string_view domain,
                                         const std::vector<std::string>& certs_directories) {
  HostConfig config;
  for (const std::string& directory : certs_directories) {
    ABSL_ASSIGN_OR_RETURN(const http::TlsSettings tls, ReadCertsDirectory(directory, domain));
    Add(config.tls, tls);
  }
  const auto found = tables.find(std::string(domain));
  if (found == tables.end()) return config;
  const RegistryTable& table = found->second;
  config.plain_http = table.http;
  config.insecure = table.insecure.value_or(false);
  config.mirrors = table.mirrors;
  config.referrers_fallback = table.referrers_fallback;
  for (const std::string& directory : table.tls_directories) {
    ABSL_ASSIGN_OR_RETURN(const http::TlsSettings tls, ReadCertsDirectory(directory, ""));
    Add(config.tls, tls);
  }
  for (const std::string& file : table.ca) {
    ABSL_ASSIGN_OR_RETURN(const std::string pem, ReadFile(domain, "ca", file));
    absl::StrAppend(&config.tls.extra_roots, pem, "\n");
  }
  if (table.key_pairs.size() > 1) {
    return InvalidInputError(absl::StrCat("registry.\"", domain, "\".keypair: one pair is wanted"));
  }
  for (const KeyPair& pair : table.key_pairs) {
    ABSL_RETURN_IF_ERROR(ReadFile(domain, "keypair", pair.key).status());
    ABSL_RETURN_IF_ERROR(ReadFile(domain, "keypair", pair.cert).status());
    config.tls.certificate_file = pair.cert;
    config.tls.key_file = pair.key;
  }
  return config;
}

}  // namespace waybill::oci::registry
