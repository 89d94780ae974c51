// SPDX-License-Identifier: Apache-2.0
#include "exporter/bridge/solve/exporter_roots.h"

#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "oci/digest.h"

namespace waybill::exporter::bridge::solve {
namespace {

using Reports = std::vector<ExporterReports::Report>;
using Roots = std::map<int, oci::Digest>;

oci::Digest D(char c) { return *oci::Digest::Parse("sha256:" + std::string(64, c)); }

ExporterReports::Report Report(int index, const std::string& compression, std::set<oci::Digest> documents) {
  return {.index = index, .attributes = {{"compression", compression}}, .documents = std::move(documents)};
}

WrittenImage Image(char root, int copies, std::set<oci::Digest> below) {
  below.insert(D(root));
  return {.root = D(root), .copies = copies, .documents = std::move(below)};
}

// `a` and `b` are manifests with the config `c`, `e` is an index of `a`.
TEST(ExporterRootsTest, EachReportedItsOwn) {
  const Reports reports = {Report(0, "gzip", {D('a'), D('c')}), Report(2, "zstd", {D('b'), D('c')})};
  EXPECT_EQ(RootsOfExporters(reports, {Image('a', 1, {D('c')}), Image('b', 1, {D('c')})}),
            (Roots{{0, D('a')}, {2, D('b')}}));
}

TEST(ExporterRootsTest, OneImageIsEverybodys) {
  const Reports reports = {Report(0, "gzip", {}), Report(1, "zstd", {}), Report(2, "gzip", {D('a')})};
  EXPECT_EQ(RootsOfExporters(reports, {Image('a', 3, {D('c')})}), (Roots{{0, D('a')}, {1, D('a')}, {2, D('a')}}));
}

TEST(ExporterRootsTest, AllRowsOfOneWereLost) {
  // What an end-to-end test met: the second of two equal exporters reported nothing.
  const Reports reports = {Report(0, "inline", {D('e'), D('a'), D('c')}), Report(1, "gzip", {D('a'), D('c')}),
                           Report(2, "gzip", {}), Report(3, "zstd", {D('b'), D('c')})};
  EXPECT_EQ(
      RootsOfExporters(reports, {Image('a', 2, {D('c')}), Image('e', 1, {D('a'), D('c')}), Image('b', 1, {D('c')})}),
      (Roots{{0, D('e')}, {1, D('a')}, {2, D('a')}, {3, D('b')}}));
}

TEST(ExporterRootsTest, EqualAttributesDecideWhatNothingElseDoes) {
  const Reports reports = {Report(0, "gzip", {D('a')}), Report(1, "zstd", {D('b')}), Report(2, "gzip", {D('c')}),
                           Report(3, "zstd", {})};
  EXPECT_EQ(RootsOfExporters(reports, {Image('a', 2, {D('c')}), Image('b', 2, {D('c')})}),
            (Roots{{0, D('a')}, {1, D('b')}, {2, D('a')}, {3, D('b')}}));
}

TEST(ExporterRootsTest, WhatRemainsOpenIsLeftOut) {
  const Reports reports = {Report(0, "gzip", {D('c')}), Report(1, "zstd", {})};
  EXPECT_EQ(RootsOfExporters(reports, {Image('a', 1, {D('c')}), Image('b', 1, {D('c')})}), Roots{});
  EXPECT_EQ(RootsOfExporters(reports, {}), Roots{});
}

TEST(ExporterRootsTest, ReportsOfWhatWasNotWrittenCountForNothing) {
  const Reports reports = {Report(0, "gzip", {D('a'), D('9')})};
  EXPECT_EQ(RootsOfExporters(reports, {Image('a', 1, {D('c')})}), (Roots{{0, D('a')}}));
}

}  // namespace
}  // namespace waybill::exporter::bridge::solve
