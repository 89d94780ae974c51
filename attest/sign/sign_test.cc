// SPDX-License-Identifier: Apache-2.0
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "attest/sign/bundle.h"
#include "attest/sign/check.h"
#include "attest/sign/key.h"
#include "gtest/gtest.h"
#include "oci/content/store/memory_store.h"
#include "oci/error.h"
#include "oci/io/string.h"

namespace waybill::attest::sign {
namespace {

using reader::ContentKind;
using Result = Signature::Result;

constexpr char kPassphrase[] = "wayward";

std::string File(const std::string& name) {
  std::ifstream file(absl::StrCat("testdata/keys/", name));
  std::stringstream text;
  text << file.rdbuf();
  EXPECT_FALSE(text.str().empty()) << name;
  return text.str();
}

class SignTest : public ::testing::Test {
 protected:
  oci::Descriptor Add(const std::string& bytes) {
    return {.media_type = std::string(kBundleType),
            .digest = store_.Add(bytes),
            .size = static_cast<int64_t>(bytes.size())};
  }
  absl::StatusOr<Signature> Check(const std::string& bytes, const std::vector<PublicKey>& keys,
                                  ContentKind kind = ContentKind::kBundle) {
    return CheckSignature(oci::Context(), store_, Add(bytes), kind, keys);
  }
  static PublicKey Public(const std::string& name) {
    const absl::StatusOr<PublicKey> key = PublicKey::FromPem(File(name));
    EXPECT_TRUE(key.ok()) << name << ": " << key.status();
    return *key;
  }
  static std::string Bundle(const SigningKey& key, const std::string& statement) {
    std::string bundle;
    oci::io::StringWriter out(bundle);
    EXPECT_EQ(WriteBundle(oci::Context(), key, oci::io::StringSource(statement), out), absl::OkStatus());
    return bundle;
  }

  oci::content::store::MemoryStore store_;
};

TEST_F(SignTest, ABundleOfCosignIsVerified) {
  const std::string bundle = File("bundle.json");
  const auto signature = Check(bundle, {Public("p256-sec1.pub"), Public("cosign.pub")});
  ASSERT_TRUE(signature.ok()) << signature.status();
  EXPECT_EQ(signature->result, Result::kVerified);
  EXPECT_EQ(signature->key, 1u);
  // cosign attests the blob "blob": the digest of what sits in the payload, by sha256sum.
  EXPECT_EQ(signature->payload->ToString(), "sha256:05b1157577f0bdc575435d00d63023a2782eb75a7723c0f2b1dbe5c8aca1dbda");
  EXPECT_EQ(Check(bundle, {Public("p384.pub")})->result, Result::kOtherKey);
  EXPECT_EQ(Public("cosign.pub").hint(), "+ikePt3JbAXJXKI7WbULfEpr/qVOWRE2ohiNmH0ZUtM=");
}

TEST_F(SignTest, EveryKindOfKeySigns) {
  const struct {
    const char* key;
    const char* passphrase;
    const char* pub;
  } cases[] = {{"p256-sec1.key", "", "p256-sec1.pub"},
               {"p384.key", "", "p384.pub"},
               {"ed25519.key", "", "ed25519.pub"},
               {"rsa.key", "", "rsa.pub"},
               {"cosign.key", kPassphrase, "cosign.pub"}};
  for (const auto& one : cases) {
    const auto key = SigningKey::FromPem(File(one.key), one.passphrase);
    ASSERT_TRUE(key.ok()) << one.key << ": " << key.status();
    // Sizes with every padding of base64, and one above a chunk.
    for (const size_t size : {0u, 1u, 2u, 3u, 300'000u}) {
      const std::string statement(size, 'x');
      const std::string bundle = Bundle(*key, statement);
      const auto signature = Check(bundle, {Public(one.pub)});
      ASSERT_TRUE(signature.ok()) << one.key << ": " << signature.status();
      EXPECT_EQ(signature->result, Result::kVerified) << one.key << " " << size;
      EXPECT_EQ(signature->payload, oci::Digest::Of(statement));
    }
  }
}

TEST_F(SignTest, KeysThatDoNotDo) {
  const struct {
    const char* key;
    const char* passphrase;
    const char* error;
  } cases[] = {{"p256-encrypted.key", "", "no passphrase is given"},
               {"p256-encrypted.key", "wrong", "cannot be read with this passphrase"},
               {"cosign.key", "wrong", "cannot be read with this passphrase"},
               {"p521.key", "", "secp521r1: cosign and Kyverno verify"},
               {"rsa1024.key", "", "an RSA key of 1024 bits"},
               {"cosign.pub", "", "no private key"},
               {"README.md", "", "no private key"}};
  for (const auto& one : cases) {
    const auto key = SigningKey::FromPem(File(one.key), one.passphrase);
    EXPECT_TRUE(absl::StrContains(key.status().message(), one.error)) << one.key << ": " << key.status();
  }
  EXPECT_TRUE(SigningKey::FromPem(File("p256-encrypted.key"), kPassphrase).ok());
  EXPECT_FALSE(PublicKey::FromPem(File("p521.pub")).ok());
  EXPECT_FALSE(PublicKey::FromPem("").ok());
}

TEST_F(SignTest, ACosignKeyMayNotAskForEndlessWork) {
  const struct {
    const char* params;
    bool too_much;
  } cases[] = {{R"({"N":1099511627776,"r":8,"p":1})", true},
               {R"({"N":65536,"r":8,"p":5})", true},
               {R"({"N":2,"r":8,"p":1000000})", true},
               {R"({"N":2,"r":18446744073709551615,"p":1})", true},
               {R"({"N":2,"r":8,"p":1})", false},
               {R"({"N":16384,"r":8,"p":16})", false}};
  for (const auto& one : cases) {
    const std::string asks =
        absl::StrCat(R"({"kdf":{"name":"scrypt","params":)", one.params,
                     R"(,"salt":"AAAA"},"cipher":{"name":"nacl/secretbox","nonce":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"},)"
                     R"("ciphertext":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"})");
    const std::string pem = absl::StrCat("-----BEGIN ENCRYPTED SIGSTORE PRIVATE KEY-----\n", absl::Base64Escape(asks),
                                         "\n-----END ENCRYPTED SIGSTORE PRIVATE KEY-----\n");
    const absl::Status status = SigningKey::FromPem(pem, "").status();
    EXPECT_EQ(absl::StrContains(status.message(), "too much work"), one.too_much) << one.params << ": " << status;
  }
}

// Keys whose derivation was changed from what `openssl pkcs8 -topk8` writes (testdata/keys/README.md).
TEST_F(SignTest, AnEncryptedKeyMayNotAskForEndlessWork) {
  for (const char* name : {"p256-pbkdf2-endless.key", "p256-scrypt-endless.key", "p256-pbes1-endless.key"}) {
    const absl::Status status = SigningKey::FromPem(File(name), kPassphrase).status();
    EXPECT_TRUE(absl::StrContains(status.message(), "asks for too much work")) << name << ": " << status;
  }
  EXPECT_TRUE(SigningKey::FromPem(File("p256-scrypt.key"), kPassphrase).ok());
}

TEST_F(SignTest, ForgedBundles) {
  const std::string bundle = File("bundle.json");
  const std::vector<PublicKey> keys = {Public("cosign.pub")};
  const struct {
    std::string from;
    std::string to;
    Result result;
  } cases[] = {
      {"eyJfdHlwZSI6", "eyJfdHlwZSI7", Result::kWrong},  // another payload
      {"\"sig\":\"MEQ", "\"sig\":\"MEU", Result::kWrong},
      {"\"sig\":\"MEQ", "\"sig\":\"!MEQ", Result::kWrong},
      {"+ikePt3J", "+ikePt3K", Result::kVerified},  // the hint is a hint
      {"bundle.v0.3+json", "bundle.v0.2+json", Result::kCannotTell},
      {"\"payloadType\":\"application/vnd.in-toto+json\"", "\"payloadType\":\"text/plain\"", Result::kCannotTell},
      {"\"payloadType\"", "\"payloadType\":\"application/vnd.in-toto+json\",\"payloadType\"", Result::kCannotTell},
      {"[{\"sig\"", "[{\"sig\":\"AAAA\"},{\"sig\"", Result::kCannotTell},
      {"[{\"sig\"", "[{\"keyid\":\"a\",\"sig\"", Result::kCannotTell},
      {"[{\"sig\"", "[{\"keyid\":\"\",\"sig\"", Result::kVerified},
      {"\"publicKey\":{", "\"certificate\":{\"rawBytes\":\"AAAA\"},\"publicKey\":{", Result::kCannotTell},
  };
  for (const auto& one : cases) {
    const std::string forged = absl::StrReplaceAll(bundle, {{one.from, one.to}});
    ASSERT_NE(forged, bundle) << one.from;
    const auto signature = Check(forged, keys);
    ASSERT_TRUE(signature.ok()) << one.to << ": " << signature.status();
    EXPECT_EQ(signature->result, one.result) << one.to << ": " << signature->reason;
  }
  for (const std::string& broken : {std::string("{}"), bundle.substr(0, bundle.size() / 2), std::string("x"),
                                    absl::StrReplaceAll(bundle, {{"\"payload\":\"", "\"payload\":\"*"}})}) {
    EXPECT_EQ(oci::ReasonOf(Check(broken, keys).status()), oci::Reason::kInvalidInput) << broken;
  }
}

TEST_F(SignTest, AnEnvelopeMayHaveSeveralSignatures) {
  const std::string bundle = File("bundle.json");
  const size_t from = bundle.find("{\"payload\"");
  const std::string envelope = bundle.substr(from, bundle.size() - from - 1);
  EXPECT_EQ(Check(envelope, {Public("cosign.pub")}, ContentKind::kEnvelope)->result, Result::kVerified);
  const std::string two =
      absl::StrReplaceAll(envelope, {{"[{\"sig\"", "[{\"keyid\":\"a\",\"sig\":\"AAAA\"},{\"sig\""}});
  EXPECT_EQ(Check(two, {Public("cosign.pub")}, ContentKind::kEnvelope)->result, Result::kVerified);
  EXPECT_EQ(Check(two, {Public("rsa.pub")}, ContentKind::kEnvelope)->result, Result::kOtherKey);
}

}  // namespace
}  // namespace waybill::attest::sign
