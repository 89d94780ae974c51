// SPDX-License-Identifier: Apache-2.0
// A daemon's content store with documents that it pulled.
#include "exporter/bridge/remote/layer_origins.h"

#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "oci/clock.h"
#include "oci/digest.h"
#include "proto/containerd/services/content/v1/content.grpc.pb.h"

namespace waybill::exporter::bridge::remote {
namespace {

namespace wire = containerd::services::content::v1;

struct Document {
  std::string bytes;
  std::map<std::string, std::string> labels;
};

// Lists everything, whatever the filters, as a daemon may that knows none.
class FakeContent : public wire::Content::Service {
 public:
  std::vector<Document> documents;
  std::vector<std::string> filters;
  grpc::Status answer = grpc::Status::OK;
  int reads = 0;

  grpc::Status List(grpc::ServerContext*, const wire::ListContentRequest* request,
                    grpc::ServerWriter<wire::ListContentResponse>* writer) override {
    filters.assign(request->filters().begin(), request->filters().end());
    for (const Document& document : documents) {
      wire::ListContentResponse response;
      Describe(document, *response.add_info());
      writer->Write(response);
    }
    return answer;
  }
  grpc::Status Info(grpc::ServerContext*, const wire::InfoRequest* request, wire::InfoResponse* response) override {
    for (const Document& document : documents) {
      if (oci::Digest::Of(document.bytes).ToString() == request->digest())
        Describe(document, *response->mutable_info());
    }
    return grpc::Status::OK;
  }
  grpc::Status Read(grpc::ServerContext*, const wire::ReadContentRequest* request,
                    grpc::ServerWriter<wire::ReadContentResponse>* writer) override {
    ++reads;
    for (const Document& document : documents) {
      if (oci::Digest::Of(document.bytes).ToString() != request->digest()) continue;
      wire::ReadContentResponse response;
      response.set_data(document.bytes);
      writer->Write(response);
    }
    return grpc::Status::OK;
  }

 private:
  static void Describe(const Document& document, wire::Info& info) {
    info.set_digest(oci::Digest::Of(document.bytes).ToString());
    info.set_size(static_cast<int64_t>(document.bytes.size()));
    for (const auto& [key, value] : document.labels) (*info.mutable_labels())[key] = value;
  }
};

class LayerOriginsTest : public testing::Test {
 protected:
  LayerOriginsTest() {
    grpc::ServerBuilder builder;
    int port = 0;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
    builder.RegisterService(&content_);
    server_ = builder.BuildAndStart();
    channel_ = grpc::CreateChannel(absl::StrCat("127.0.0.1:", port), grpc::InsecureChannelCredentials());
  }
  static std::string Manifest(const std::vector<oci::Digest>& layers) {
    std::string text = absl::StrCat(R"({"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json",)",
                                    R"("config":{"mediaType":"application/vnd.oci.image.config.v1+json","digest":")",
                                    oci::Digest::Of("{}").ToString(), R"(","size":2},"layers":[)");
    for (size_t i = 0; i < layers.size(); ++i) {
      absl::StrAppend(&text, i == 0 ? "" : ",",
                      R"({"mediaType":"application/vnd.oci.image.layer.v1.tar+gzip","size":1,)", R"("digest":")",
                      layers[i].ToString(), "\"}");
    }
    return text + "]}";
  }
  auto Origins(const std::set<std::string>& hosts) { return LayerOrigins({}, channel_, hosts, clock_); }

  const oci::Digest a_ = oci::Digest::Of("a"), b_ = oci::Digest::Of("b");
  oci::SystemClock clock_;
  FakeContent content_;
  std::unique_ptr<grpc::Server> server_;
  std::shared_ptr<grpc::Channel> channel_;
};

TEST_F(LayerOriginsTest, LayersOfManifestsByHost) {
  content_.documents = {
      {"{}", {{"containerd.io/distribution.source.ghcr.io", "org/base"}}},
      {Manifest({a_, b_}), {{"containerd.io/distribution.source.ghcr.io", "org/base,org/copy"}}},
      {Manifest({b_}),
       {{"containerd.io/distribution.source.127.0.0.1", "local"},
        {"containerd.io/distribution.source.docker.io", "library/x"}}},
      {Manifest({a_}), {{"containerd.io/gc.ref.content.0", "x"}}},
  };
  using Repositories = std::vector<std::string>;
  EXPECT_EQ(Origins({"ghcr.io", "127.0.0.1"}),
            (std::map<oci::Digest, Repositories>{{a_, {"ghcr.io/org/base", "ghcr.io/org/copy"}},
                                                 {b_, {"ghcr.io/org/base", "ghcr.io/org/copy", "127.0.0.1/local"}}}));
  EXPECT_EQ(content_.filters, (Repositories{"labels.\"containerd.io/distribution.source.127.0.0.1\"",
                                            "labels.\"containerd.io/distribution.source.ghcr.io\""}));
  EXPECT_TRUE(Origins({"quay.io"}).empty());
  EXPECT_TRUE(Origins({}).empty());
}

TEST_F(LayerOriginsTest, ADaemonThatDoesNotTell) {
  content_.answer = {grpc::StatusCode::UNIMPLEMENTED, "unknown service"};
  EXPECT_TRUE(Origins({"ghcr.io"}).empty());
}

TEST_F(LayerOriginsTest, LooksIntoALimitedNumberOfDocuments) {
  for (int i = 0; i < 300; ++i) {
    content_.documents.push_back({absl::StrCat("{\"n\":", i, "}"), {{"containerd.io/distribution.source.h", "x"}}});
  }
  EXPECT_TRUE(Origins({"h"}).empty());
  EXPECT_EQ(content_.reads, 256);
}

}  // namespace
}  // namespace waybill::exporter::bridge::remote
