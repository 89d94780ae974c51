// SPDX-License-Identifier: Apache-2.0
// The expected texts are answers of distribution/reference v0.6.0.
#include "oci/image/reference.h"

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "oci/error.h"

namespace waybill::oci::image {
namespace {

struct GoodCase {
  absl::string_view text;
  absl::string_view domain;
  absl::string_view path;
  absl::string_view tag;
  absl::string_view digest;
  absl::string_view full;
  absl::string_view familiar;
  absl::string_view familiar_name;
  absl::string_view with_default_tag;
};

struct BadCase {
  absl::string_view text;
  absl::string_view message;
};

// clang-format off
constexpr GoodCase kGood[] = {
    {"alpine", "docker.io", "library/alpine", "", "", "docker.io/library/alpine", "alpine", "alpine", "docker.io/library/alpine:latest"},
    {"docker.io/library/alpine:3", "docker.io", "library/alpine", "3", "", "docker.io/library/alpine:3", "alpine:3", "alpine", "docker.io/library/alpine:3"},
    {"user/repo", "docker.io", "user/repo", "", "", "docker.io/user/repo", "user/repo", "user/repo", "docker.io/user/repo:latest"},
    {"localhost/x", "localhost", "x", "", "", "localhost/x", "localhost/x", "localhost/x", "localhost/x:latest"},
    {"localhost:5000/a/b/c_d:v1.0", "localhost:5000", "a/b/c_d", "v1.0", "", "localhost:5000/a/b/c_d:v1.0", "localhost:5000/a/b/c_d:v1.0", "localhost:5000/a/b/c_d", "localhost:5000/a/b/c_d:v1.0"},
    {"index.docker.io/foo/bar:T_1-x.y", "docker.io", "foo/bar", "T_1-x.y", "", "docker.io/foo/bar:T_1-x.y", "foo/bar:T_1-x.y", "foo/bar", "docker.io/foo/bar:T_1-x.y"},
    {"index.docker.io/foo", "docker.io", "library/foo", "", "", "docker.io/library/foo", "foo", "foo", "docker.io/library/foo:latest"},
    {"reg.example.com/a@sha256:1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a", "reg.example.com", "a", "", "sha256:1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a", "reg.example.com/a@sha256:1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a", "reg.example.com/a@sha256:1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a", "reg.example.com/a", "reg.example.com/a@sha256:1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a"},
    {"foo:bar@sha256:1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a", "docker.io", "library/foo", "bar", "sha256:1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a", "docker.io/library/foo:bar@sha256:1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a", "foo:bar@sha256:1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a", "foo", "docker.io/library/foo:bar@sha256:1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a"},
    {"docker.io/alpine", "docker.io", "library/alpine", "", "", "docker.io/library/alpine", "alpine", "alpine", "docker.io/library/alpine:latest"},
    {"docker.io/library/a/b", "docker.io", "library/a/b", "", "", "docker.io/library/a/b", "library/a/b", "library/a/b", "docker.io/library/a/b:latest"},
    {"Foo/bar", "Foo", "bar", "", "", "Foo/bar", "Foo/bar", "Foo/bar", "Foo/bar:latest"},
    {"FOO:80/bar", "FOO:80", "bar", "", "", "FOO:80/bar", "FOO:80/bar", "FOO:80/bar", "FOO:80/bar:latest"},
    {"a.b/c", "a.b", "c", "", "", "a.b/c", "a.b/c", "a.b/c", "a.b/c:latest"},
    {"[::1]:5000/x:1", "[::1]:5000", "x", "1", "", "[::1]:5000/x:1", "[::1]:5000/x:1", "[::1]:5000/x", "[::1]:5000/x:1"},
    {"[2001:db8::1]/x", "[2001:db8::1]", "x", "", "", "[2001:db8::1]/x", "[2001:db8::1]/x", "[2001:db8::1]/x", "[2001:db8::1]/x:latest"},
    {"a__b/c---d.e", "docker.io", "a__b/c---d.e", "", "", "docker.io/a__b/c---d.e", "a__b/c---d.e", "a__b/c---d.e", "docker.io/a__b/c---d.e:latest"},
    {"a_b.c/foo", "", "a_b.c/foo", "", "", "a_b.c/foo", "a_b.c/foo", "a_b.c/foo", "a_b.c/foo:latest"},
    {"x:5000", "docker.io", "library/x", "5000", "", "docker.io/library/x:5000", "x:5000", "x", "docker.io/library/x:5000"},
    {"192.168.0.1/a", "192.168.0.1", "a", "", "", "192.168.0.1/a", "192.168.0.1/a", "192.168.0.1/a", "192.168.0.1/a:latest"},
    {"sub-dom.ex-ample.com:443/a/b:_", "sub-dom.ex-ample.com:443", "a/b", "_", "", "sub-dom.ex-ample.com:443/a/b:_", "sub-dom.ex-ample.com:443/a/b:_", "sub-dom.ex-ample.com:443/a/b", "sub-dom.ex-ample.com:443/a/b:_"},
    {"0/0", "docker.io", "0/0", "", "", "docker.io/0/0", "0/0", "0/0", "docker.io/0/0:latest"},
    {"a-b/c", "docker.io", "a-b/c", "", "", "docker.io/a-b/c", "a-b/c", "a-b/c", "docker.io/a-b/c:latest"},
    {"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "docker.io", "library/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "", "", "docker.io/library/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "docker.io/library/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa:latest"},
    {"a.b/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "a.b", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "", "", "a.b/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "a.b/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "a.b/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "a.b/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa:latest"},
    {"localhost:5000/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "localhost:5000", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "", "", "localhost:5000/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "localhost:5000/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "localhost:5000/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "localhost:5000/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa:latest"},
    {"x:tttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttt", "docker.io", "library/x", "tttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttt", "", "docker.io/library/x:tttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttt", "x:tttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttt", "x", "docker.io/library/x:tttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttt"},
    {"foo@sha512:1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a", "docker.io", "library/foo", "", "sha512:1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a", "docker.io/library/foo@sha512:1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a", "foo@sha512:1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a", "foo", "docker.io/library/foo@sha512:1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a"},
    {"xn--n3h.com/x", "xn--n3h.com", "x", "", "", "xn--n3h.com/x", "xn--n3h.com/x", "xn--n3h.com/x", "xn--n3h.com/x:latest"},
    {"library/x", "docker.io", "library/x", "", "", "docker.io/library/x", "x", "x", "docker.io/library/x:latest"},
    {"docker.io/library/library/x", "docker.io", "library/library/x", "", "", "docker.io/library/library/x", "library/library/x", "library/library/x", "docker.io/library/library/x:latest"},
    {"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "docker.io", "library/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "", "", "docker.io/library/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "docker.io/library/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa:latest"},
    {"foo/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "docker.io", "foo/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "", "", "docker.io/foo/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "foo/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "foo/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "docker.io/foo/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa:latest"},
    {"example.com:00/x", "example.com:00", "x", "", "", "example.com:00/x", "example.com:00/x", "example.com:00/x", "example.com:00/x:latest"},
};

constexpr BadCase kBad[] = {
    {"a..b/c.d", "invalid reference format"},
    {"", "invalid reference format"},
    {"*", "invalid reference format"},
    {"A", "invalid reference format: repository name (library/A) must be lowercase"},
    {"foo/A", "invalid reference format: repository name (foo/A) must be lowercase"},
    {"foo:A B", "invalid reference format"},
    {"foo/", "invalid reference format"},
    {"/foo", "invalid reference format"},
    {"foo//bar", "invalid reference format"},
    {"foo.", "invalid reference format"},
    {"-foo", "invalid reference format"},
    {"foo-", "invalid reference format"},
    {"foo_-bar", "invalid reference format"},
    {"foo___bar", "invalid reference format"},
    {"foo..bar/x", "invalid reference format"},
    {"a.b/", "invalid reference format"},
    {":", "invalid reference format"},
    {"foo:", "invalid reference format"},
    {"foo@", "invalid reference format"},
    {"foo@sha256:abc", "invalid reference format"},
    {"foo@sha256:1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a@sha256:1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a", "invalid reference format"},
    {"foo:.x", "invalid reference format"},
    {"foo:-x", "invalid reference format"},
    {"x:ttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttt", "invalid reference format"},
    {"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "repository name must not be more than 255 characters"},
    {"1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a", "invalid repository name (1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a), cannot specify 64-byte hexadecimal strings"},
    {"1A1A1A1A1A1A1A1A1A1A1A1A1A1A1A1A1A1A1A1A1A1A1A1A1A1A1A1A1A1A1A1A", "invalid reference format: repository name (library/1A1A1A1A1A1A1A1A1A1A1A1A1A1A1A1A1A1A1A1A1A1A1A1A1A1A1A1A1A1A1A1A) must be lowercase"},
    {"[::1/x", "invalid reference format"},
    {"[]/x:1", "invalid reference format"},
    {"a:b/c", "invalid reference format"},
    {"a:80:90/c", "invalid reference format"},
    {"-a.b/c", "invalid reference format"},
    {"a-.b/c", "invalid reference format"},
    {"http://foo/bar", "invalid reference format"},
    {"foo bar", "invalid reference format"},
    {" foo", "invalid reference format"},
    {"foo\n", "invalid reference format"},
    {"foo@SHA256:1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a", "invalid reference format: repository name (library/foo@SHA256) must be lowercase"},
    {"localhost:5000/Foo:x", "invalid reference format: repository name (Foo) must be lowercase"},
    {"a.b/c:d/e", "invalid reference format"},
    {"x@1a:1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a", "invalid reference format"},
    {"foo.com@sha256:1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a/x", "invalid reference format"},
    {"A_B/c", "repository name must be lowercase"},
    {"A_b.C/c", "repository name must be lowercase"},
    {absl::string_view("foo\0", 4), "invalid reference format"},
};
// clang-format on

TEST(ReferenceTest, ParsesAndFormats) {
  for (const GoodCase& good : kGood) {
    SCOPED_TRACE(good.text);
    const absl::StatusOr<Reference> reference = Reference::Parse(good.text);
    ASSERT_TRUE(reference.ok()) << reference.status();
    EXPECT_EQ(reference->domain(), good.domain);
    EXPECT_EQ(reference->path(), good.path);
    EXPECT_EQ(reference->tag(), good.tag);
    EXPECT_EQ(reference->digest().has_value() ? reference->digest()->ToString() : "", good.digest);
    EXPECT_EQ(reference->ToString(), good.full);
    EXPECT_EQ(reference->Familiar(), good.familiar);
    EXPECT_EQ(reference->FamiliarName(), good.familiar_name);
    EXPECT_EQ(reference->WithDefaultTag().ToString(), good.with_default_tag);
  }
}

TEST(ReferenceTest, RefusesWithDistributionsWording) {
  for (const BadCase& bad : kBad) {
    const absl::StatusOr<Reference> reference = Reference::Parse(bad.text);
    EXPECT_EQ(reference.status().message(), bad.message) << bad.text;
    EXPECT_EQ(ReasonOf(reference.status()), Reason::kInvalidInput) << bad.text;
  }
}

TEST(ReferenceTest, NamesADigestThatIsNone) {
  for (absl::string_view digest : {"md5:11111111111111111111111111111111", "sha256:11111111111111111111111111111111"}) {
    EXPECT_EQ(Reference::Parse(absl::StrCat("foo@", digest)).status().message(),
              absl::StrCat("invalid digest \"", digest, "\""));
  }
}

}  // namespace
}  // namespace waybill::oci::image
