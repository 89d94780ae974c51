// SPDX-License-Identifier: Apache-2.0
#include "exporter/bridge/solve/exporter_roots.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <set>

namespace waybill::exporter::bridge::solve {
namespace {

using Report = ExporterReports::Report;

class Assignment {
 public:
  Assignment(const std::vector<Report>& reports, const std::vector<WrittenImage>& images)
      : reports_(reports), images_(images), chosen_(reports.size()) {
    std::set<oci::Digest> written;
    for (const WrittenImage& image : images) {
      left_.push_back(image.copies);
      written.insert(image.documents.begin(), image.documents.end());
    }
    for (const Report& report : reports) {
      std::set<oci::Digest>& known = known_.emplace_back();
      std::set_intersection(report.documents.begin(), report.documents.end(), written.begin(), written.end(),
                            std::inserter(known, known.end()));
    }
  }

  // What follows for certain comes before what follows from equal attributes.
  std::map<int, oci::Digest> Solve() {
    while (OneImageRemains() || OneOwnerRemains() || SameAttributes()) continue;
    std::map<int, oci::Digest> roots;
    for (size_t i = 0; i < reports_.size(); ++i) {
      if (chosen_[i].has_value()) roots.emplace(reports_[i].index, images_[*chosen_[i]].root);
    }
    return roots;
  }

 private:
  bool Possible(size_t exporter, size_t image) const {
    if (chosen_[exporter].has_value() || left_[image] == 0) return false;
    const auto& written = images_[image].documents;
    return std::includes(written.begin(), written.end(), known_[exporter].begin(), known_[exporter].end());
  }

  void Choose(size_t exporter, size_t image) {
    chosen_[exporter] = image;
    --left_[image];
  }

  // An exporter that can have written one image only.
  bool OneImageRemains() {
    for (size_t i = 0; i < reports_.size(); ++i) {
      std::vector<size_t> possible;
      for (size_t k = 0; k < images_.size(); ++k) {
        if (Possible(i, k)) possible.push_back(k);
      }
      if (possible.size() != 1) continue;
      Choose(i, possible.front());
      return true;
    }
    return false;
  }

  // An image with as many copies as there are exporters that can have written it.
  bool OneOwnerRemains() {
    for (size_t k = 0; k < images_.size(); ++k) {
      std::vector<size_t> possible;
      for (size_t i = 0; i < reports_.size(); ++i) {
        if (Possible(i, k)) possible.push_back(i);
      }
      if (possible.empty() || static_cast<int>(possible.size()) != left_[k]) continue;
      for (size_t exporter : possible) Choose(exporter, k);
      return true;
    }
    return false;
  }

  // Exporters that are asked for the same write the same.
  bool SameAttributes() {
    for (size_t i = 0; i < reports_.size(); ++i) {
      for (size_t known = 0; known < reports_.size(); ++known) {
        if (!chosen_[known].has_value() || reports_[known].attributes != reports_[i].attributes) continue;
        if (!Possible(i, *chosen_[known])) continue;
        Choose(i, *chosen_[known]);
        return true;
      }
    }
    return false;
  }

  const std::vector<Report>& reports_;
  const std::vector<WrittenImage>& images_;
  std::vector<std::set<oci::Digest>> known_;   // what each exporter reported of what was written
  std::vector<int> left_;                      // copies without an owner
  std::vector<std::optional<size_t>> chosen_;  // images by exporter
};

}  // namespace

std::map<int, oci::Digest> RootsOfExporters(const std::vector<Report>& reports,
                                            const std::vector<WrittenImage>& images) {
  return Assignment(reports, images).Solve();
}

}  // namespace waybill::exporter::bridge::solve
