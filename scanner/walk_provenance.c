// walk_provenance.c - from which repository, revision and branch a tree is, for reports that travel. What git does not
// understand of that is left out; what it cannot read is a failure.
#include "walk_git.h"

#include <string.h>

// Whether all characters may stand in a URI.
static bool is_uri(const char *text) {
  for (; *text; text++)
    if (*text <= ' ' || *text > '~' || strchr("\"<>\\^`{|}", *text))
      return false;
  return true;
}

static const char *keep(Tree *tree, const char *text) { return arena_copy(&tree->arena, text, strlen(text)); }

// The address of a remote as a URI without user and password: `git@host:owner/name.git` is ssh://host/owner/name.
// NULL for what is no address of a host.
static const char *public_address(Tree *tree, const char *url) {
  const char *scheme = strstr(url, "://"), *host = scheme ? scheme + 3 : url;
  size_t length = strcspn(host, "/"), end = strlen(host);
  const char *at = memchr(host, '@', length);
  bool is_short = !scheme && memchr(host, ':', length);
  if ((scheme && !strncmp(url, "file:", 5)) || (!scheme && !is_short) || *host == '/' || !is_uri(url))
    return NULL;
  if (at)
    host = at + 1, end = strlen(host);
  if (end > 4 && !strcmp(host + end - 4, ".git"))
    end -= 4;
  char *address = scheme ? arena_printf(&tree->arena, "%.*s%.*s", (int)(scheme + 3 - url), url, (int)end, host)
                         : arena_printf(&tree->arena, "ssh://%.*s", (int)end, host);
  char *colon = is_short ? strchr(address + strlen("ssh://"), ':') : NULL;
  if (colon)
    *colon = '/';
  return address;
}

// The result of what ended by a status of git.
static int result(int status, const char *what, Error *err) {
  const git_error *last = git_error_last();
  return status && last && last->klass == GIT_ERROR_OS ? git_fail(err, what) : 0;
}

static int note_remote(Tree *tree, git_repository *repo, Error *err) {
  git_remote *remote = NULL;
  int status = git_remote_lookup(&remote, repo, "origin");
  if (!status && git_remote_url(remote))
    tree->provenance.repository = public_address(tree, git_remote_url(remote));
  git_remote_free(remote);
  return result(status, "remote origin", err);
}

static void note_revision(Tree *tree, const git_oid *commit) {
  char text[GIT_OID_HEXSZ + 1];
  tree->provenance.revision = keep(tree, git_oid_tostr(text, sizeof text, commit));
}

// The commit and the branch that are checked out, if there are any yet.
static int note_head(Tree *tree, git_repository *repo, Error *err) {
  git_reference *head = NULL;
  int status = git_repository_head(&head, repo);
  if (status)
    return result(status, "HEAD", err);
  if (git_reference_target(head))
    note_revision(tree, git_reference_target(head));
  if (git_reference_is_branch(head))
    tree->provenance.branch = keep(tree, git_reference_shorthand(head));
  git_reference_free(head);
  return 0;
}

int note_provenance(Tree *tree, git_repository *repo, const git_oid *commit, Error *err) {
  if (note_remote(tree, repo, err))
    return -1;
  if (!commit)
    return note_head(tree, repo, err);
  if (!git_oid_is_zero(commit))
    note_revision(tree, commit);
  return 0;
}

const Provenance *tree_provenance(const Tree *tree) { return &tree->provenance; }

bool tree_is_whole(const Tree *tree) {
  for (uint32_t i = 0; i < tree->prefixes.n; i++)
    if (!*tree->prefixes.at[i])
      return true;
  return false;
}

bool tree_is_on_disk(const Tree *tree) { return !tree->objects; }
