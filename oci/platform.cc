// SPDX-License-Identifier: Apache-2.0
#include "oci/platform.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "oci/error.h"
#include "oci/path.h"
#include "oci/status_macros.h"
#include "oci/words/percent.h"

namespace waybill::oci {
namespace {

constexpr absl::string_view kHostOs = "linux";
#if defined(__x86_64__)
constexpr absl::string_view kHostArchitecture = "amd64";
#elif defined(__aarch64__)
constexpr absl::string_view kHostArchitecture = "arm64";
#elif defined(__arm__)
constexpr absl::string_view kHostArchitecture = "arm";
#elif defined(__i386__)
constexpr absl::string_view kHostArchitecture = "386";
#elif defined(__powerpc64__)
constexpr absl::string_view kHostArchitecture = "ppc64le";
#elif defined(__s390x__)
constexpr absl::string_view kHostArchitecture = "s390x";
#elif defined(__riscv)
constexpr absl::string_view kHostArchitecture = "riscv64";
#else
#error "add this architecture's name in Go"
#endif

// Names of Go's go/build/syslist.go, which containerd's parser knows.
constexpr absl::string_view kKnownOs[] = {"aix",     "android", "darwin",  "dragonfly", "freebsd", "hurd",
                                          "illumos", "ios",     "js",      "linux",     "nacl",    "netbsd",
                                          "openbsd", "plan9",   "solaris", "windows",   "zos"};
constexpr absl::string_view kKnownArchitectures[] = {
    "386",     "amd64",   "amd64p32", "arm",    "armbe",  "arm64",    "arm64be",   "ppc64",
    "ppc64le", "loong64", "mips",     "mipsle", "mips64", "mips64le", "mips64p32", "mips64p32le",
    "ppc",     "riscv",   "riscv64",  "s390",   "s390x",  "sparc",    "sparc64",   "wasm"};

constexpr absl::string_view kOsPattern = R"(^([A-Za-z0-9_-]+)(?:\(([A-Za-z0-9_.%-]*)((?:\+[A-Za-z0-9_.%-]+)*)\))?$)";
constexpr absl::string_view kComponentPattern = R"(^[A-Za-z0-9_.-]+$)";

template <size_t N>
bool Contains(const absl::string_view (&names)[N], absl::string_view name) {
  return std::find(std::begin(names), std::end(names), name) != std::end(names);
}

// One or more letters, digits and characters of `extra`.
bool IsWord(absl::string_view text, absl::string_view extra) {
  if (text.empty()) return false;
  return std::all_of(text.begin(), text.end(),
                     [&](char c) { return absl::ascii_isalnum(c) || extra.find(c) != extra.npos; });
}

std::string NormalizeOs(absl::string_view os) {
  if (os.empty()) return std::string(kHostOs);
  const std::string lower = absl::AsciiStrToLower(os);
  return lower == "macos" ? "darwin" : lower;
}

std::string NormalizeArm64Variant(const std::string& variant) {
  if (variant == "8" || variant == "v8" || variant == "v8.0") return "";
  if (variant == "9" || variant == "9.0" || variant == "v9.0") return "v9";
  return variant;
}

std::string NormalizeArmVariant(const std::string& variant) {
  if (variant.empty() || variant == "7") return "v7";
  if (variant == "5" || variant == "6" || variant == "8") return "v" + variant;
  return variant;
}

void NormalizeArchitecture(Platform& platform) {
  absl::AsciiStrToLower(&platform.architecture);
  absl::AsciiStrToLower(&platform.variant);
  std::string& architecture = platform.architecture;
  std::string& variant = platform.variant;
  if (architecture == "i386") {
    architecture = "386";
    variant.clear();
  } else if (architecture == "x86_64" || architecture == "x86-64" || architecture == "amd64") {
    architecture = "amd64";
    if (variant == "v1") variant.clear();
  } else if (architecture == "aarch64" || architecture == "arm64") {
    architecture = "arm64";
    variant = NormalizeArm64Variant(variant);
  } else if (architecture == "armhf" || architecture == "armel") {
    variant = architecture == "armhf" ? "v7" : "v6";
    architecture = "arm";
  } else if (architecture == "arm") {
    variant = NormalizeArmVariant(variant);
  }
}

std::string EncodeOption(absl::string_view option) {
  return absl::StrReplaceAll(option, {{"%", "%25"}, {"+", "%2B"}, {"(", "%28"}, {")", "%29"}, {"/", "%2F"}});
}

absl::StatusOr<std::string> DecodeOption(absl::string_view option) {
  absl::string_view wrong;
  std::optional<std::string> decoded = words::PercentDecoded(option, &wrong);
  if (!decoded.has_value()) return InvalidInputError(absl::StrCat("invalid URL escape \"", wrong, "\""));
  return *std::move(decoded);
}

std::string Quoted(absl::string_view text) { return absl::StrCat("\"", absl::Utf8SafeCHexEscape(text), "\""); }

absl::Status InvalidArgument(absl::string_view specifier, absl::string_view problem) {
  return InvalidInputError(absl::StrCat(Quoted(specifier), ": ", problem, ": invalid argument"));
}

// The text between the parentheses: version, then features that each follow a plus.
absl::Status ParseOptions(absl::string_view specifier, absl::string_view options, Platform& platform) {
  const std::vector<absl::string_view> parts = absl::StrSplit(options, '+');
  absl::StatusOr<std::string> version = DecodeOption(parts[0]);
  if (!version.ok()) {
    return Annotate(version.status(), absl::StrCat(Quoted(specifier), " has an invalid OS version ", Quoted(parts[0])));
  }
  platform.os_version = *std::move(version);
  for (size_t i = 1; i < parts.size(); ++i) {
    absl::StatusOr<std::string> feature = DecodeOption(parts[i]);
    if (!feature.ok()) {
      return Annotate(feature.status(), absl::StrCat(Quoted(specifier), " has invalid OS features: invalid os feature ",
                                                     Quoted(parts[i])));
    }
    platform.os_features.push_back(*std::move(feature));
  }
  return absl::OkStatus();
}

// "os[(version[+feature...])]"
absl::Status ParseOs(absl::string_view specifier, absl::string_view part, Platform& platform) {
  const size_t open = std::min(part.find('('), part.size());
  const absl::string_view name = part.substr(0, open);
  absl::string_view options = part.substr(open);
  bool valid = IsWord(name, "_-");
  if (!options.empty()) {
    valid = valid && options.size() >= 2 && options.back() == ')';
    options = options.substr(1, valid ? options.size() - 2 : 0);
    const std::vector<absl::string_view> words = absl::StrSplit(options, '+');
    for (size_t i = 0; i < words.size(); ++i)
      valid = valid && (IsWord(words[i], "_.%-") || (i == 0 && words[0].empty()));
  }
  if (!valid) {
    return InvalidInputError(absl::StrCat(Quoted(part), " is an invalid OS component of ", Quoted(specifier),
                                          ": OSAndVersion specifier component must match ", Quoted(kOsPattern),
                                          ": invalid argument"));
  }
  platform.os = NormalizeOs(name);
  return ParseOptions(specifier, options, platform);
}

}  // namespace

Platform HostPlatform() {
  return Normalize({.architecture = std::string(kHostArchitecture), .os = std::string(kHostOs)});
}

Platform Normalize(Platform platform) {
  platform.os = NormalizeOs(platform.os);
  NormalizeArchitecture(platform);
  std::vector<std::string>& features = platform.os_features;
  std::sort(features.begin(), features.end());
  features.erase(std::unique(features.begin(), features.end()), features.end());
  return platform;
}

bool Matches(const Platform& wanted, const Platform& platform) {
  return wanted.os == platform.os && wanted.architecture == platform.architecture &&
         wanted.variant == platform.variant && (wanted.os_version.empty() || wanted.os_version == platform.os_version);
}

std::string FormatFull(const Platform& platform) {
  if (platform.os.empty()) return "unknown";
  std::vector<std::string> features = platform.os_features;
  std::sort(features.begin(), features.end());
  features.erase(std::unique(features.begin(), features.end()), features.end());
  std::string options = EncodeOption(platform.os_version);
  for (const std::string& feature : features) {
    if (!feature.empty()) absl::StrAppend(&options, "+", EncodeOption(feature));
  }
  const std::string os = options.empty() ? platform.os : absl::StrCat(platform.os, "(", options, ")");
  return path::Join({os, platform.architecture, platform.variant});
}

std::string FormatShort(const Platform& platform) {
  if (platform.os.empty()) return "unknown";
  return path::Join({platform.os, platform.architecture, platform.variant});
}

absl::StatusOr<Platform> ParsePlatform(absl::string_view text) {
  if (text.find('*') != text.npos) return InvalidArgument(text, "wildcards not yet supported");
  if (text.empty()) text = "";  // a default-constructed view would split into no parts at all
  const std::vector<absl::string_view> parts = absl::StrSplit(text, absl::MaxSplits('/', 3));
  Platform platform;
  ABSL_RETURN_IF_ERROR(ParseOs(text, parts[0], platform));
  for (size_t i = 1; i < parts.size(); ++i) {
    // containerd takes these, and loses them where it joins the parts to a path: "linux/./v8" would become "linux/v8".
    if (parts[i] == "." || parts[i] == "..") {
      return InvalidArgument(text, absl::StrCat(Quoted(parts[i]), " is an invalid component"));
    }
    if (IsWord(parts[i], "_.-")) continue;
    return InvalidInputError(absl::StrCat(Quoted(parts[i]), " is an invalid component of ", Quoted(text),
                                          ": platform specifier component must match ", Quoted(kComponentPattern),
                                          ": invalid argument"));
  }
  if (parts.size() > 3) return InvalidArgument(text, "cannot parse platform specifier");
  if (parts.size() > 1) {
    platform.architecture = std::string(parts[1]);
    if (parts.size() > 2) platform.variant = std::string(parts[2]);
    return Normalize(std::move(platform));
  }
  if (Contains(kKnownOs, platform.os)) {
    platform.architecture = std::string(kHostArchitecture);
    return Normalize(std::move(platform));
  }
  platform.os = std::string(kHostOs);
  platform.architecture = std::string(parts[0]);
  platform = Normalize(std::move(platform));
  if (!Contains(kKnownArchitectures, platform.architecture)) {
    return InvalidArgument(text, "unknown operating system or architecture");
  }
  return platform;
}

}  // namespace waybill::oci
