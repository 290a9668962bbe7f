// sarif_place.c - files and places in SARIF: relative URIs, regions, and what the URIs are relative to.
#include "sarif.h"

#include <string.h>

#include "../json_text.h"
#include "report.h"

static const char base_id[] = "%SRCROOT%";

json_t *sarif_artifact(const char *path) {
  Text uri = {0};
  add_uri(&uri, path);
  json_t *artifact = json_pack("{s:s, s:s}", "uri", uri.at, "uriBaseId", base_id);
  text_release(&uri);
  return artifact;
}

static json_t *region_of(const Place *place, bool primary) {
  bool cut = primary && place->end_line > place->line;
  json_t *region = json_object();
  json_set_number(region, "startLine", place->line);
  json_set_number(region, "startColumn", place->column);
  if (!cut && place->end_line > place->line)
    json_set_number(region, "endLine", place->end_line);
  json_set_number(region, "endColumn", cut ? place->first_end : place->end_column);
  return region;
}

json_t *sarif_region(const Place *place) { return region_of(place, false); }

json_t *sarif_location(const Place *place, bool primary) {
  return json_pack("{s:{s:o, s:o}}", "physicalLocation", "artifactLocation", sarif_artifact(place->source->path),
                   "region", region_of(place, primary));
}

json_t *sarif_base_ids(const Tree *tree) {
  json_t *base = json_pack("{s:o}", "description", sarif_message("The folder of the repository."));
  if (tree_is_on_disk(tree)) {
    Text uri = {0};
    text_puts(&uri, "file://");
    add_uri(&uri, tree_root(tree));
    text_puts(&uri, strcmp(tree_root(tree), "/") ? "/" : "");
    json_set_text(base, "uri", uri.at);
    text_release(&uri);
  }
  return json_pack("{s:o}", base_id, base);
}

json_t *sarif_provenance(const Tree *tree) {
  const Provenance *from = tree_provenance(tree);
  if (!from->repository)
    return NULL;
  json_t *provenance = json_pack("{s:s, s:{s:s}}", "repositoryUri", from->repository, "mappedTo", "uriBaseId", base_id);
  if (from->revision)
    json_set_text(provenance, "revisionId", from->revision);
  if (from->branch)
    json_set_text(provenance, "branch", from->branch);
  return provenance;
}
