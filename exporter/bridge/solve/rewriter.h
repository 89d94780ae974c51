// SPDX-License-Identifier: Apache-2.0
// What becomes of a Solve request on its way to the daemon, as a pure function. Exporters that waybill takes over are
// swapped for `oci,tar=false`, whose blobs the daemon offers to the session; all else is left as it was.
#ifndef WAYBILL_EXPORTER_BRIDGE_SOLVE_REWRITER_H_
#define WAYBILL_EXPORTER_BRIDGE_SOLVE_REWRITER_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "exporter/request/export_request.h"
#include "exporter/request/options.h"
#include "proto/moby/control.pb.h"

namespace waybill::exporter::bridge::solve {

enum class TakenKind {
  kRegistry,      // type image with push
  kClientFile,    // an archive, written by the client
  kClientLayout,  // the client's own content store
};

// One exporter of the client that waybill does.
struct TakenExporter {
  int index = 0;  // among the request's exporters: its id
  TakenKind kind = TakenKind::kRegistry;
  request::ExportOptions options;
  request::Attributes upstream_attributes;  // what the daemon was given instead
  // The daemon was asked for layers without compression, and waybill makes those that `options` say.
  bool compresses = false;
};

struct RewriteSettings {
  bool compress = false;  // compressor=waybill is the default
};

struct Rewritten {
  // What goes to the daemon. Equal to what came when nothing was taken.
  moby::buildkit::v1::SolveRequest request;
  std::vector<TakenExporter> taken;  // by index
  // The client asked for session exporters itself: calls of that service go on to it.
  bool client_exporters = false;
};

// Taken are: image exporters that push; oci and docker archives; oci and docker exporters into the client's own layout
// that ask for oci-artifact, or beside one of the others, whose blobs would land in the same store. An image that is
// not pushed, files, and all of a build without a session stay the daemon's.
//
// With `compressor=waybill` the daemon is asked for uncompressed new layers, for all exporters of the build that
// waybill does: they share the daemon's blobs. A build that also exports a cache of layers is left as it is, unless it
// asks by name, which is an error: the cache would get layers without compression. Errors: INVALID_ARGUMENT in
// BuildKit's words for a bad attribute of a taken exporter, and for attributes of waybill's where they have no meaning;
// UNIMPLEMENTED for what the bridge cannot honour.
absl::StatusOr<Rewritten> RewriteSolve(moby::buildkit::v1::SolveRequest request, const RewriteSettings& settings = {});

}  // namespace waybill::exporter::bridge::solve

#endif  // WAYBILL_EXPORTER_BRIDGE_SOLVE_REWRITER_H_
