// SPDX-License-Identifier: Apache-2.0
#include "oci/registry/auth/keychain.h"

#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <system_error>
#include <thread>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "gtest/gtest.h"
#include "oci/error.h"

namespace waybill::oci::registry::auth {
namespace {

// base64 by coreutils: printf user:pass | base64.
constexpr char kUserPass[] = "dXNlcjpwYXNz";

class KeychainTest : public ::testing::Test {
 protected:
  KeychainTest() {
    const auto* info = ::testing::UnitTest::GetInstance()->current_test_info();
    directory_ = absl::StrCat(::testing::TempDir(), "/keychain_", info->name());
    std::error_code error;
    std::filesystem::remove_all(directory_, error);
    std::filesystem::create_directories(directory_, error);
    environment_ = {{"HOME", directory_}, {"PATH", directory_ + ":/usr/bin:/bin"}, {"XDG_RUNTIME_DIR", directory_}};
  }

  void Write(const std::string& name, const std::string& text) {
    const std::string path = directory_ + "/" + name;
    std::error_code error;
    std::filesystem::create_directories(std::filesystem::path(path).parent_path(), error);
    std::ofstream(path) << text;
  }
  // A helper that runs `script` and notes each call in the file "calls".
  void WriteHelper(const std::string& suffix, const std::string& script) {
    const std::string name = "docker-credential-" + suffix;
    Write(name, absl::StrCat("#!/bin/sh\necho \"$@\" >>", directory_, "/calls\n", script, "\n"));
    ::chmod((directory_ + "/" + name).c_str(), 0755);
  }
  int Calls() {
    std::ifstream in(directory_ + "/calls");
    int lines = 0;
    for (std::string line; std::getline(in, line);) {
      EXPECT_EQ(line, "get");
      ++lines;
    }
    return lines;
  }

  Keychain Make(absl::Duration timeout = absl::Seconds(30)) {
    return Keychain({.environment = [this](absl::string_view name) -> std::optional<std::string> {
                       const auto found = environment_.find(std::string(name));
                       if (found == environment_.end()) return std::nullopt;
                       return found->second;
                     },
                     .helper_timeout = timeout});
  }
  FoundCredentials Find(const std::string& host, const std::string& repository = "app") {
    Keychain keychain = Make();
    const auto found = keychain.Find(Context(), host, repository, false);
    EXPECT_TRUE(found.ok()) << found.status();
    return found.ok() ? *found : FoundCredentials{};
  }

  std::string directory_;
  std::map<std::string, std::string> environment_;
};

TEST_F(KeychainTest, NothingFoundTellsWhereItLooked) {
  Write(".docker/config.json", "{}");
  const FoundCredentials found = Find("registry.example");
  EXPECT_TRUE(found.credentials.empty());
  EXPECT_EQ(found.origin, absl::StrCat("none for registry.example; looked in ", directory_, "/.docker/config.json"));
}

TEST_F(KeychainTest, SourcesInOrder) {
  const auto file = [](const char* user) {
    return absl::StrCat(R"({"auths":{"h":{"username":")", user, R"(","password":"p"}}})");
  };
  Write(".config/containers/auth.json", file("podman-config"));
  EXPECT_EQ(Find("h").credentials.username, "podman-config");
  Write("containers/auth.json", file("podman-run"));
  EXPECT_EQ(Find("h").credentials.username, "podman-run");
  Write(".docker/config.json", file("docker"));
  EXPECT_EQ(Find("h").credentials.username, "docker");
  Write("elsewhere/config.json", file("docker-config"));
  environment_["DOCKER_CONFIG"] = directory_ + "/elsewhere";
  EXPECT_EQ(Find("h").credentials.username, "docker-config");
  Write("auth-file", file("registry-auth-file"));
  environment_["REGISTRY_AUTH_FILE"] = directory_ + "/auth-file";
  EXPECT_EQ(Find("h").credentials.username, "registry-auth-file");
  environment_["DOCKER_AUTH_CONFIG"] = file("inline");
  EXPECT_EQ(Find("h").credentials.username, "inline");
  EXPECT_EQ(Find("h").origin, "DOCKER_AUTH_CONFIG");
}

TEST_F(KeychainTest, KeysAndForms) {
  Write(".docker/config.json", absl::StrCat(R"({"auths":{
    "https://index.docker.io/v1/":{"auth":")",
                                            kUserPass, R"("},
    "https://old.example/v1/":{"auth":"dTpwOnE="},
    "h:5000":{"identitytoken":"it"},
    "h":{"auth":""},
    "h/ns":{"username":"ns","password":"p"},
    "h/ns/app":{"username":"app","password":"p"},
    "ready":{"registrytoken":"rt"},
    "nul":{"auth":"dTpwAAA="}}})"));
  for (const char* hub : {"docker.io", "index.docker.io", "registry-1.docker.io"}) {
    EXPECT_EQ(Find(hub, "library/alpine").credentials.username, "user") << hub;
    EXPECT_EQ(Find(hub, "library/alpine").credentials.password, "pass") << hub;
  }
  EXPECT_EQ(Find("old.example").credentials.password, "p:q");  // split at the first colon
  EXPECT_EQ(Find("h:5000").credentials.identity_token, "it");
  EXPECT_TRUE(Find("h", "other").credentials.empty());
  EXPECT_EQ(Find("h", "ns/other").credentials.username, "ns");
  EXPECT_EQ(Find("h", "ns/app").credentials.username, "app");
  EXPECT_EQ(Find("h", "ns/app/sub").credentials.username, "app");
  EXPECT_TRUE(Find("h", "nsx").credentials.empty());
  EXPECT_EQ(Find("ready").credentials.registry_token, "rt");
  EXPECT_EQ(Find("nul").credentials.password, "p");
}

TEST_F(KeychainTest, BrokenFileIsNamedAndNotQuoted) {
  for (const char* text :
       {"{\"auths\":\"s3cret\"", R"({"auths":{"h":{"auth":"s3cret!"}}})", R"({"auths":["s3cret"]})"}) {
    Write(".docker/config.json", text);
    Keychain keychain = Make();
    const auto found = keychain.Find(Context(), "h", "app", false);
    EXPECT_EQ(ReasonOf(found.status()), Reason::kInvalidInput);
    EXPECT_TRUE(absl::StrContains(found.status().message(), ".docker/config.json")) << found.status();
    EXPECT_FALSE(absl::StrContains(found.status().message(), "s3cret")) << found.status();
  }
}

TEST_F(KeychainTest, HelperGivesUserAndSecret) {
  WriteHelper("good", R"(read server; echo "{\"ServerURL\":\"$server\",\"Username\":\"u-$server\",\"Secret\":\"s\"}")");
  Write(".docker/config.json", R"({"credHelpers":{"h":"good"},"credsStore":"good"})");
  EXPECT_EQ(Find("h").credentials.username, "u-h");
  EXPECT_EQ(Find("docker.io").credentials.username, "u-https://index.docker.io/v1/");
}

TEST_F(KeychainTest, HelperTokenIsAnIdentityToken) {
  WriteHelper("token", R"(cat >/dev/null; echo '{"Username":"<token>","Secret":"refresh"}')");
  Write(".docker/config.json", R"({"credsStore":"token"})");
  const Credentials credentials = Find("h").credentials;
  EXPECT_EQ(credentials.identity_token, "refresh");
  EXPECT_TRUE(credentials.username.empty());
}

TEST_F(KeychainTest, HelperWithoutCredentialsFallsBackToTheFile) {
  WriteHelper("empty", "cat >/dev/null; echo 'credentials not found in native keychain'; exit 1");
  Write(".docker/config.json", absl::StrCat(R"({"credsStore":"empty","auths":{"h":{"auth":")", kUserPass, R"("}}})"));
  EXPECT_EQ(Find("h").credentials.username, "user");
  EXPECT_TRUE(Find("other").credentials.empty());
}

TEST_F(KeychainTest, AnswersAreKeptUntilTheyAreRefused) {
  WriteHelper("good", R"(cat >/dev/null; echo '{"Username":"u","Secret":"s"}')");
  Write(".docker/config.json", R"({"credsStore":"good"})");
  Keychain keychain = Make();
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(keychain.Find(Context(), "h", "app", false).ok());
  EXPECT_EQ(Calls(), 1);
  ASSERT_TRUE(keychain.Find(Context(), "h", "app", true).ok());
  EXPECT_EQ(Calls(), 2);
}

TEST_F(KeychainTest, HelperFailuresNameProgramAndFile) {
  WriteHelper("angry", "echo 'keychain is locked'; exit 2");
  WriteHelper("garbage", "echo nonsense");
  WriteHelper("hang", "sleep 60 & wait");
  WriteHelper("silent", "exec <&- >&-; exec sleep 60");
  WriteHelper("leaky", R"(echo '{"Username":"u","Secret":"hunter2"}'; exit 1)");
  WriteHelper("chatty", "exec cat /dev/zero");
  constexpr absl::Duration kShort = absl::Milliseconds(300);
  struct Row {
    const char* suffix;
    Reason reason;
    const char* words;
    absl::Duration timeout = absl::Seconds(30);
  };
  const Row kRows[] = {{"angry", Reason::kAuth, "docker-credential-angry get h: keychain is locked"},
                       {"leaky", Reason::kAuth, "docker-credential-leaky get h: it failed"},
                       {"garbage", Reason::kInvalidInput, "docker-credential-garbage get h: output is no JSON object"},
                       {"absent", Reason::kNotFound, "docker-credential-absent is not in PATH"},
                       {"../evil", Reason::kInvalidInput, "bad name of a credential helper"},
                       {"hang", Reason::kAuth, "docker-credential-hang get h: no answer within 300ms", kShort},
                       {"silent", Reason::kAuth, "docker-credential-silent get h: no answer within 300ms", kShort},
                       {"chatty", Reason::kInvalidInput, "docker-credential-chatty get h: output exceeds 1 MiB"}};
  for (const Row& row : kRows) {
    Write(".docker/config.json", absl::StrCat(R"({"credsStore":")", row.suffix, R"("})"));
    Keychain keychain = Make(row.timeout);
    const absl::Time start = absl::Now();
    const auto found = keychain.Find(Context(), "h", "app", false);
    EXPECT_EQ(ReasonOf(found.status()), row.reason) << found.status();
    EXPECT_TRUE(absl::StrContains(found.status().message(), row.words)) << found.status();
    EXPECT_FALSE(absl::StrContains(found.status().message(), "hunter2")) << found.status();
    EXPECT_TRUE(absl::StrContains(found.status().message(), ".docker/config.json (helper ")) << found.status();
    EXPECT_LT(absl::Now() - start, absl::Seconds(20));
  }
}

// Words that a helper says when it fails, with the secret in them.
TEST_F(KeychainTest, WordsThatMayHoldASecretAreNotQuoted) {
  for (const std::string words :
       {R"(warning: old format\n{\"Username\":\"u\",\"Secret\":\"hunter2\"} trailing)", "cannot store password=hunter2",
        "Token: hunter2 has expired", R"(dump: 'secret' : hunter2)"}) {
    WriteHelper("leaky", absl::StrCat("printf \"%b\" \"", words, "\"; exit 1"));
    Write(".docker/config.json", R"({"credsStore":"leaky"})");
    const absl::Status status = Make().Find(Context(), "h", "app", false).status();
    EXPECT_TRUE(absl::StrContains(status.message(), "it failed, and its words may hold a secret")) << status;
    EXPECT_FALSE(absl::StrContains(status.message(), "hunter2")) << status;
  }
  WriteHelper("dbus", "echo 'The name org.freedesktop.secrets was not provided by any .service files'; exit 1");
  Write(".docker/config.json", R"({"credsStore":"dbus"})");
  const absl::Status status = Make().Find(Context(), "h", "app", false).status();
  EXPECT_TRUE(absl::StrContains(status.message(), "org.freedesktop.secrets was not provided")) << status;
}

// Whether a process is there; a zombie that nobody has reaped yet does not count.
bool IsAlive(const std::string& pid) {
  std::ifstream in(absl::StrCat("/proc/", pid, "/stat"));
  std::string line;
  std::getline(in, line);
  return !line.empty() && !absl::StrContains(line, ") Z ");
}

TEST_F(KeychainTest, WhatAHelperStartedEndsWithIt) {
  const std::pair<std::string, bool> kEnds[] = {
      {R"(echo '{"Username":"u","Secret":"s"}')", true}, {"echo locked; exit 1", false}, {"wait", false}};
  for (const auto& [end, succeeds] : kEnds) {
    WriteHelper("parent", absl::StrCat("sleep 300 >/dev/null 2>&1 & echo $! >", directory_, "/child; ", end));
    Write(".docker/config.json", R"({"credsStore":"parent"})");
    const absl::Duration timeout = succeeds ? absl::Seconds(30) : absl::Milliseconds(300);
    EXPECT_EQ(Make(timeout).Find(Context(), "h", "app", false).ok(), succeeds);
    std::ifstream in(directory_ + "/child");
    std::string child;
    ASSERT_TRUE(std::getline(in, child));
    // The kernel ends it soon after the signal.
    for (int i = 0; i < 10000 && IsAlive(child); ++i) std::this_thread::yield();
    EXPECT_FALSE(IsAlive(child)) << end;
  }
}

TEST_F(KeychainTest, AnEntryThatIsNoneIsItsOwnHostsError) {
  Write(".docker/config.json",
        absl::StrCat(R"({"auths":{"other.example":{"auth":"s3cret!"},"h":{"auth":")", kUserPass, R"("}}})"));
  EXPECT_EQ(Find("h").credentials.username, "user");
  Keychain keychain = Make();
  const absl::Status status = keychain.Find(Context(), "other.example", "app", false).status();
  EXPECT_EQ(ReasonOf(status), Reason::kInvalidInput);
  EXPECT_EQ(status.message(), absl::StrCat(directory_, "/.docker/config.json: bad entry for other.example"));
}

TEST_F(KeychainTest, AFileThatAVariableNamesMustBeReadable) {
  environment_["REGISTRY_AUTH_FILE"] = directory_ + "/absent.json";
  const absl::Status absent = Make().Find(Context(), "h", "app", false).status();
  EXPECT_EQ(ReasonOf(absent), Reason::kNotFound);
  EXPECT_EQ(absent.message(),
            absl::StrCat("REGISTRY_AUTH_FILE: open ", directory_, "/absent.json: No such file or directory"));
  environment_.erase("REGISTRY_AUTH_FILE");
  environment_["DOCKER_CONFIG"] = directory_ + "/docker";
  EXPECT_EQ(Find("h").origin,
            absl::StrCat("none for h; looked in ", directory_, "/docker/config.json (No such file or directory)"));
  Write("docker/config.json/a-file-in-it", "");
  const absl::Status unreadable = Make().Find(Context(), "h", "app", false).status();
  EXPECT_TRUE(absl::StrContains(unreadable.message(), "DOCKER_CONFIG: read ")) << unreadable;
}

TEST_F(KeychainTest, OtherFilesThatCannotBeReadAreToldOf) {
  Write(".docker/config.json/a-file-in-it", "");
  EXPECT_EQ(Find("h").origin,
            absl::StrCat("none for h; looked in ", directory_, "/.docker/config.json (Is a directory)"));
}

TEST_F(KeychainTest, FilesAreReadAgainForAFreshAnswer) {
  Keychain keychain = Make();
  EXPECT_TRUE(keychain.Find(Context(), "h", "app", false)->credentials.empty());
  Write(".docker/config.json", absl::StrCat(R"({"auths":{"h":{"auth":")", kUserPass, R"("}}})"));
  EXPECT_TRUE(keychain.Find(Context(), "h", "app", false)->credentials.empty());
  EXPECT_EQ(keychain.Find(Context(), "h", "app", true)->credentials.username, "user");
  EXPECT_EQ(keychain.Find(Context(), "h", "app", false)->credentials.username, "user");
}

TEST_F(KeychainTest, AFileWithoutEndIsRefused) {
  std::error_code error;
  std::filesystem::create_directories(directory_ + "/.docker", error);
  std::filesystem::create_symlink("/dev/zero", directory_ + "/.docker/config.json", error);
  Keychain keychain = Make();
  const absl::Status status = keychain.Find(Context(), "h", "app", false).status();
  EXPECT_EQ(ReasonOf(status), Reason::kInvalidInput);
  EXPECT_EQ(status.message(), absl::StrCat(directory_, "/.docker/config.json: more than 4 MiB"));
}

}  // namespace
}  // namespace waybill::oci::registry::auth
