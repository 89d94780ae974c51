// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "attest/keys/open_key.h"
#include "attest/keys/program_key.h"
#include "attest/keys/token_public_key.h"
#include "attest/keys/token_uri.h"
#include "gtest/gtest.h"
#include "oci/error.h"

namespace waybill::attest::keys {
namespace {

TEST(TokenUriTest, TheAttributesOfRfc7512) {
  // RFC 7512, section 3, two examples in one.
  const auto uri = ParseTokenUri(
      "pkcs11:token=The%20Software%20PKCS%2311%20Softtoken;manufacturer=Snake%20Oil,%20Inc.;model=1.0;"
      "serial=4711;slot-id=327;object=my-certificate;type=private;id=%69%95%3E%5C%F4%00"
      "?module-path=/usr/lib/libpkcs11.so.1&pin-source=file:/etc/token%20pin");
  ASSERT_TRUE(uri.ok()) << uri.status();
  EXPECT_EQ(uri->token, "The Software PKCS#11 Softtoken");
  EXPECT_EQ(uri->manufacturer, "Snake Oil, Inc.");
  EXPECT_EQ(uri->model, "1.0");
  EXPECT_EQ(uri->serial, "4711");
  EXPECT_EQ(uri->slot_id, 327u);
  EXPECT_EQ(uri->object, "my-certificate");
  EXPECT_EQ(uri->id, std::string("i\x95>\\\xf4\0", 6));
  EXPECT_EQ(uri->module_path, "/usr/lib/libpkcs11.so.1");
  EXPECT_EQ(uri->pin_file, "/etc/token pin");
  EXPECT_EQ(ParseTokenUri("pkcs11:id=%01?pin-source=file:///pin")->pin_file, "/pin");
  EXPECT_EQ(ParseTokenUri("pkcs11:id=%01?pin-source=/pin")->pin_file, "/pin");
  EXPECT_EQ(ParseTokenUri("pkcs11:id=%01")->token, std::nullopt);
}

TEST(TokenUriTest, OthersAreRefusedWithoutTheirValues) {
  const struct {
    const char* uri;
    const char* error;
  } cases[] = {{"pkcs11:", "object or id is expected"},
               {"pkcs11:token=t", "object or id is expected"},
               {"pkcs11:object=o?pin-value=hidden", "pin-value: a PIN stands in no name"},
               {"pkcs11:object=o;pin-value=hidden", "the attribute pin-value"},
               {"pkcs11:object=o?pin-source=hidden", "pin-source: file:/ABSOLUTE/PATH is expected"},
               {"pkcs11:object=o?pin-source=%7chidden", "pin-source: file:/ABSOLUTE/PATH is expected"},
               {"pkcs11:object=o?module-path=hidden.so", "module-path: an absolute path is expected"},
               {"pkcs11:object=o?module-path=/hidden%00", "a byte 0"},
               {"pkcs11:object=o;object=hidden", "object comes twice"},
               {"pkcs11:object=hidden%2", "object: a \"%\" without two hexadecimal digits"},
               {"pkcs11:object=o;type=hidden", "type: private is expected"},
               {"pkcs11:object=o;slot-id=hidden", "slot-id: a number is expected"},
               {"pkcs11:object=o;library-manufacturer=hidden", "the attribute library-manufacturer"},
               {"pkcs11:object=o?module-name=hidden", "the attribute module-name"}};
  for (const auto& one : cases) {
    const absl::Status status = ParseTokenUri(one.uri).status();
    EXPECT_TRUE(absl::StrContains(status.message(), one.error)) << one.uri << ": " << status;
    EXPECT_FALSE(absl::StrContains(status.message(), "hidden")) << one.uri << ": " << status;
  }
}

TEST(TokenUriTest, AModuleThatIsNotThere) {
  const auto key = OpenKey(oci::Context(), {.name = "pkcs11:object=o?module-path=/nowhere.so", .passphrase_file = ""});
  EXPECT_EQ(oci::ReasonOf(key.status()), oci::Reason::kNotFound);
  EXPECT_TRUE(absl::StartsWith(key.status().message(), "key pkcs11:object=o: PKCS #11 module /nowhere.so: "))
      << key.status();
}

TEST(TokenUriTest, APinIsToldNowhere) {
  for (const char* name : {"pkcs11:object=o;pin-value=hidden", "pkcs11:object=o?pin-value=hidden"}) {
    const absl::Status status = OpenKey(oci::Context(), {.name = name, .passphrase_file = ""}).status();
    EXPECT_FALSE(status.ok());
    EXPECT_FALSE(absl::StrContains(status.message(), "hidden")) << status;
  }
}

TEST(TokenPublicKeyTest, SignaturesOfTokens) {
  // Small numbers, one with its first bit set: DER by hand (X.690, 8.3).
  EXPECT_EQ(EcdsaSignature(std::string("\x00\x7f\x00\x80", 4)).value_or(""),
            std::string("\x30\x07\x02\x01\x7f\x02\x02\x00\x80", 9));
  EXPECT_FALSE(EcdsaSignature("abc").ok());
  EXPECT_FALSE(EcdsaSignature("").ok());
  EXPECT_EQ(DigestInfo(std::string(32, 'x')).size(), 51u);
}

TEST(KeyProgramTest, WordsAreSplitAtSpacesAlone) {
  const auto program = ParseKeyProgram("exec:/usr/bin/kms  --key a%20b %2c$HOME");
  ASSERT_TRUE(program.ok()) << program.status();
  EXPECT_EQ(program->path, "/usr/bin/kms");
  EXPECT_EQ(program->arguments, (std::vector<std::string>{"--key", "a b", ",$HOME"}));
  for (const char* text : {"exec:", "exec: ", "exec:kms", "exec:/kms %0", "exec:/kms %00"}) {
    EXPECT_EQ(oci::ReasonOf(ParseKeyProgram(text).status()), oci::Reason::kInvalidInput) << text;
  }
}

// Programs that are shell scripts around the command "openssl".
class ProgramKeyTest : public ::testing::Test {
 protected:
  // Answers "public-key" with the key's public half, and anything else with what the script prints.
  static std::string Script(const std::string& pub, const std::string& otherwise) {
    std::string path = absl::StrCat(testing::TempDir(), "/key-program-", getpid(), ".sh");
    std::ofstream file(path);
    file << "#!/bin/bash\nrequest=$(cat)\necho \"$request\" >>" << path << ".requests\n"
         << "case $request in *public-key*) printf '{\"version\":1,\"publicKey\":\"%s\"}' \"$(awk '{ printf "
            "\"%s\\\\n\", "
         << "$0 }' testdata/keys/" << pub << ")\"; exit ;; esac\n"
         << otherwise << "\n";
    file.close();
    EXPECT_EQ(chmod(path.c_str(), 0755), 0);
    return path;
  }
  static std::string SignDigest(const std::string& key) {
    return absl::StrCat(
        "digest=$(grep -o '\"digest\":\"[^\"]*' <<<\"$request\" | cut -d '\"' -f 4)\n"
        "signature=$(base64 -d <<<\"$digest\" | openssl pkeyutl -sign -inkey testdata/keys/",
        key, " -pkeyopt digest:sha256 | base64 -w 0)\n", R"(echo "{\"version\":1,\"signature\":\"$signature\"}")");
  }
  static absl::Status Sign(const std::string& path, absl::Duration timeout = absl::Seconds(30)) {
    absl::StatusOr<KeyProgram> program = ParseKeyProgram(absl::StrCat("exec:", path));
    if (!program.ok()) return program.status();
    program->timeout = timeout;
    const absl::StatusOr<sign::SigningKey> key = OpenProgramKey(oci::Context(), *program);
    if (!key.ok()) return key.status();
    sign::Message message(key->public_key().needs_whole());
    if (const absl::Status written = message.Write("a message"); !written.ok()) return written;
    return key->Sign(oci::Context(), message).status();
  }
};

TEST_F(ProgramKeyTest, SignaturesAreVerified) {
  EXPECT_EQ(Sign(Script("p256-sec1.pub", SignDigest("p256-sec1.key"))), absl::OkStatus());
  EXPECT_EQ(Sign(Script("p384.pub", SignDigest("p384.key"))), absl::OkStatus());
  EXPECT_EQ(Sign(Script("rsa.pub", SignDigest("rsa.key"))), absl::OkStatus());
  const absl::Status other = Sign(Script("rsa.pub", SignDigest("p384.key")));
  EXPECT_EQ(oci::ReasonOf(other), oci::Reason::kVerification) << other;
}

TEST_F(ProgramKeyTest, AnEd25519KeyGetsTheMessage) {
  const std::string path = Script("ed25519.pub", "echo no >&2; exit 7");
  const absl::Status status = Sign(path);
  EXPECT_TRUE(absl::StrContains(status.message(), "exit code 7: no")) << status;
  std::ifstream file(path + ".requests");
  std::string line;
  std::string last;
  while (std::getline(file, line)) last = line;
  // base64 of "a message" by coreutils.
  EXPECT_EQ(last, R"({"version":1,"operation":"sign","algorithm":"ed25519","message":"YSBtZXNzYWdl"})");
}

TEST_F(ProgramKeyTest, ProgramsThatFail) {
  const struct {
    const char* script;
    oci::Reason reason;
    const char* error;
  } cases[] = {
      {"echo not today >&2; echo more >&2; exit 3", oci::Reason::kRefused, "exit code 3: not today"},
      {"kill -KILL $$", oci::Reason::kRefused, "signal 9"},
      {"echo '{}'", oci::Reason::kInvalidInput, "no JSON object with"},
      {"echo '{\"version\":2,\"signature\":\"AAAA\"}'", oci::Reason::kInvalidInput, "no JSON object with"},
      {"echo '{\"version\":1,\"signature\":\"*\"}'", oci::Reason::kInvalidInput, "no JSON object with"},
      {"echo '{\"version\":1,\"signature\":\"AAAA\"}'", oci::Reason::kVerification, "not one of its public key"},
      {"cat /dev/zero", oci::Reason::kInvalidInput, "output exceeds 1 MiB"},
  };
  for (const auto& one : cases) {
    const absl::Status status = Sign(Script("p384.pub", one.script));
    EXPECT_EQ(oci::ReasonOf(status), one.reason) << one.script << ": " << status;
    EXPECT_TRUE(absl::StrContains(status.message(), one.error)) << one.script << ": " << status;
    EXPECT_FALSE(absl::StrContains(status.message(), "more")) << status;
  }
  const absl::Status late = Sign(Script("p384.pub", "tail -f /dev/null"), absl::Seconds(1));
  EXPECT_TRUE(absl::StrContains(late.message(), "no answer within 1s")) << late;
  EXPECT_EQ(oci::ReasonOf(Sign("/nowhere/program")), oci::Reason::kNotFound);
  EXPECT_EQ(oci::ReasonOf(Sign(Script("p521.pub", ""))), oci::Reason::kUnsupported);
}

TEST_F(ProgramKeyTest, ThePassphraseIsNotInherited) {
  ASSERT_EQ(setenv("WAYBILL_PASSPHRASE", "wayward", 1), 0);
  const absl::Status status = Sign(Script("p384.pub", "echo \"[$WAYBILL_PASSPHRASE]\" >&2; exit 1"));
  EXPECT_TRUE(absl::StrContains(status.message(), "exit code 1: []")) << status;
  ASSERT_EQ(unsetenv("WAYBILL_PASSPHRASE"), 0);
}

TEST(OpenKeyTest, FilesWithTheirPassphrases) {
  const std::string file = "testdata/keys/p256-encrypted.key";
  const std::string passphrase = absl::StrCat(testing::TempDir(), "/passphrase");
  std::ofstream(passphrase) << "wayward\r\n";
  EXPECT_TRUE(OpenKey(oci::Context(), {.name = file, .passphrase_file = passphrase}).ok());
  std::ofstream(passphrase) << "canarywrong\n";
  const absl::Status wrong = OpenKey(oci::Context(), {.name = file, .passphrase_file = passphrase}).status();
  EXPECT_EQ(wrong.message(), absl::StrCat("key ", file, ": the private key cannot be read with this passphrase"));
  const absl::Status meaningless =
      OpenKey(oci::Context(), {.name = "exec:/bin/true", .passphrase_file = passphrase}).status();
  EXPECT_TRUE(absl::StrContains(meaningless.message(), "has no meaning for a program")) << meaningless;
}

}  // namespace
}  // namespace waybill::attest::keys
