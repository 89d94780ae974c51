// SPDX-License-Identifier: Apache-2.0
// The judge is judged: exports that are wrong in one place each must be seen.
#include "tools/golden/run.h"

#include <filesystem>
#include <fstream>
#include <functional>
#include <system_error>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "gtest/gtest.h"
#include "oci/error.h"
#include "tools/golden/in_process_exporter.h"
#include "tools/golden/recorded/case.h"

namespace waybill::golden {
namespace {

using Result = absl::StatusOr<recorded::Response>;

// The export in this process, and something done to what it did.
class SpoiledExporter : public recorded::ExporterUnderTest {
 public:
  using Spoil = std::function<Result(const recorded::Job& job, Result result)>;
  explicit SpoiledExporter(Spoil spoil) : spoil_(std::move(spoil)) {}
  Result Export(const recorded::Job& job) override { return spoil_(job, local_.Export(job)); }

 private:
  InProcessExporter local_;
  const Spoil spoil_;
};

class RunTest : public ::testing::Test {
 protected:
  CaseResult Run(const std::string& name, recorded::ExporterUnderTest& exporter) {
    const std::string scratch =
        absl::StrCat(::testing::TempDir(), "/run-", ::testing::UnitTest::GetInstance()->current_test_info()->name());
    std::error_code error;
    std::filesystem::remove_all(scratch, error);
    std::filesystem::create_directories(scratch, error);
    return RunCase(name, exporter, scratch);
  }
  // The differences of a failure; empty for any other outcome.
  std::string Differences(const std::string& name, SpoiledExporter::Spoil spoil) {
    SpoiledExporter exporter(std::move(spoil));
    const CaseResult verdict = Run(name, exporter);
    return verdict.outcome == Outcome::kFailure ? absl::StrJoin(verdict.differences, "\n") : "";
  }
};

// Replaces one byte of the file at `offset`.
void Damage(const std::string& path, int offset) {
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(offset);
  file.put('!');
}

// Where the text is in the file.
int Find(const std::string& path, const std::string& text) {
  const absl::StatusOr<std::string> bytes = recorded::ReadFile(path);
  return bytes.ok() ? static_cast<int>(bytes->find(text)) : -1;
}

TEST_F(RunTest, AnHonestExportMatches) {
  InProcessExporter exporter;
  EXPECT_EQ(Run("oci-single", exporter).outcome, Outcome::kMatch);
  EXPECT_EQ(Run("err-name-invalid", exporter).outcome, Outcome::kError);
  EXPECT_EQ(Run("oci-prov-noname", exporter).outcome, Outcome::kDeviation);
  EXPECT_EQ(Run("local-single", exporter).outcome, Outcome::kMatch);
  EXPECT_EQ(Run("tar-single", exporter).outcome, Outcome::kMatch);
}

TEST_F(RunTest, SeesAnotherResponse) {
  const auto changed = [](const recorded::Job&, Result result) {
    (*result)["containerimage.digest"] += "0";
    return result;
  };
  EXPECT_TRUE(absl::StrContains(Differences("oci-single", changed), "response containerimage.digest"));
  const auto more = [](const recorded::Job&, Result result) {
    (*result)["extra"] = "1";
    return result;
  };
  EXPECT_TRUE(absl::StrContains(Differences("oci-single", more), "response extra"));
  const auto fewer = [](const recorded::Job&, Result result) {
    result->erase("containerimage.descriptor");
    return result;
  };
  EXPECT_TRUE(absl::StrContains(Differences("image-name-nopush", fewer), "response containerimage.descriptor"));
}

TEST_F(RunTest, SeesAnotherByte) {
  const auto in_a_blob = [](const recorded::Job& job, Result result) {
    Damage(job.destination, Find(job.destination, "schemaVersion"));
    return result;
  };
  EXPECT_TRUE(absl::StrContains(Differences("oci-single", in_a_blob), "archive sha256"));
  const auto after_the_end = [](const recorded::Job& job, Result result) {
    std::ofstream(job.destination, std::ios::app | std::ios::binary) << std::string(512, '\0');
    return result;
  };
  EXPECT_TRUE(absl::StrContains(Differences("oci-single", after_the_end), "archive size"));
  const auto in_a_directory = [](const recorded::Job& job, Result result) {
    Damage(job.destination + "/index.json", 5);
    return result;
  };
  EXPECT_TRUE(absl::StrContains(Differences("oci-dir", in_a_directory), "index.json"));
}

TEST_F(RunTest, SeesWhatADeviationDoesNotExcuse) {
  const auto in_the_subject = [](const recorded::Job& job, Result result) {
    Damage(job.destination, Find(job.destination, "\"name\":\"_\"") + 8);
    return result;
  };
  EXPECT_TRUE(absl::StrContains(Differences("oci-prov-noname", in_the_subject), "statement"));
  const auto in_the_sbom = [](const recorded::Job& job, Result result) {
    Damage(job.destination, Find(job.destination, "\"predicate\":") + 30);
    return result;
  };
  EXPECT_TRUE(absl::StrContains(Differences("oci-sbom-artifact", in_the_sbom), "SBOM"));
  const auto in_the_manifest = [](const recorded::Job& job, Result result) {
    Damage(job.destination, Find(job.destination, "vnd.docker.attestation.manifest"));
    return result;
  };
  EXPECT_TRUE(absl::StrContains(Differences("oci-prov-noname", in_the_manifest), "document"));
}

TEST_F(RunTest, SeesAnotherError) {
  const auto silent = [](const recorded::Job&, Result) { return Result(recorded::Response()); };
  EXPECT_TRUE(absl::StrContains(Differences("err-name-invalid", silent), "did not fail"));
  const auto other = [](const recorded::Job&, Result) { return Result(oci::InvalidInputError("no")); };
  EXPECT_TRUE(absl::StrContains(Differences("err-name-invalid", other), "error text"));
  EXPECT_TRUE(absl::StrContains(Differences("oci-single", other), "failed: INVALID_ARGUMENT"));
  const auto kind = [](const recorded::Job&, const Result& result) {
    return Result(oci::StorageError(result.status().message()));
  };
  EXPECT_TRUE(absl::StrContains(Differences("err-name-invalid", kind), "not told as invalid input"));
  const auto leftover = [](const recorded::Job& job, Result result) {
    std::ofstream(job.destination) << "half";
    return result;
  };
  EXPECT_TRUE(absl::StrContains(Differences("err-name-invalid", leftover), "left something"));
}

TEST_F(RunTest, SeesAnotherFile) {
  namespace fs = std::filesystem;
  const auto other_mode = [](const recorded::Job& job, Result result) {
    fs::permissions(job.destination + "/hello.txt", fs::perms::owner_read);
    return result;
  };
  EXPECT_TRUE(absl::StrContains(Differences("local-single", other_mode), "hello.txt"));
  const auto other_time = [](const recorded::Job& job, Result result) {
    fs::last_write_time(job.destination + "/dir/sub", fs::file_time_type());
    return result;
  };
  EXPECT_TRUE(absl::StrContains(Differences("local-single", other_time), "dir/sub "));
  const auto other_link = [](const recorded::Job& job, Result result) {
    fs::remove(job.destination + "/dir/link");
    fs::create_symlink("two.txt", job.destination + "/dir/link");
    return result;
  };
  EXPECT_TRUE(absl::StrContains(Differences("local-single", other_link), "link=two.txt"));
  const auto more = [](const recorded::Job& job, Result result) {
    fs::create_directory(job.destination + "/more");
    return result;
  };
  EXPECT_TRUE(absl::StrContains(Differences("local-single", more), "more"));
}

TEST_F(RunTest, SeesAnotherRegistry) {
  const auto more = [](const recorded::Job& job, Result result) {
    std::ofstream(job.destination + "/push1/blobs/sha256/" + std::string(64, '0')) << "more";
    return result;
  };
  EXPECT_TRUE(absl::StrContains(Differences("image-push", more), "content of push1"));
  const auto tag = [](const recorded::Job& job, Result result) {
    const std::string index = job.destination + "/push1/index.json";
    Damage(index, Find(index, "\"v1\"") + 1);
    return result;
  };
  EXPECT_TRUE(absl::StrContains(Differences("image-push", tag), "tags of push1"));
  const auto unable = [](const recorded::Job&, Result) { return Result(oci::UnsupportedError("no registry")); };
  EXPECT_TRUE(absl::StrContains(Differences("image-push", unable), "failed: UNIMPLEMENTED"));
}

}  // namespace
}  // namespace waybill::golden
