// SPDX-License-Identifier: Apache-2.0
// The images that the exporters of one build wrote into the session's one store, where nothing says which exporter
// wrote what: each writes all documents of its image, so a document's copies tell how many images it is part of.
#ifndef WAYBILL_EXPORTER_BRIDGE_SOLVE_WRITTEN_IMAGES_H_
#define WAYBILL_EXPORTER_BRIDGE_SOLVE_WRITTEN_IMAGES_H_

#include <map>
#include <set>
#include <vector>

#include "absl/strings/string_view.h"
#include "oci/digest.h"

namespace waybill::exporter::bridge::solve {

struct WrittenImage {
  oci::Digest root;
  int copies = 0;                   // the exporters that wrote it
  std::set<oci::Digest> documents;  // the root, and all that was written below it
};

// Not thread-safe.
class WrittenImages {
 public:
  // A document, and how often it was written. Once for each document.
  void Add(const oci::Digest& digest, absl::string_view bytes, int copies);
  // Manifests and indexes that are part of no other, or that were written more often than those they are part of.
  std::vector<WrittenImage> All() const;

 private:
  struct Document {
    int copies = 0;
    std::vector<oci::Digest> successors;
  };
  int CopiesInOthers(const oci::Digest& digest) const;

  std::map<oci::Digest, Document> documents_;
};

}  // namespace waybill::exporter::bridge::solve

#endif  // WAYBILL_EXPORTER_BRIDGE_SOLVE_WRITTEN_IMAGES_H_
