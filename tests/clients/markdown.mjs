// markdown.mjs - the comment of a pull request, as GitHub's Markdown renders it.
import assert from 'node:assert/strict';

import { hostileProject, largeProject, project, report, run, shop, slowCode } from './common.mjs';

const render = (text) => run('cmark-gfm', ['--unsafe', '-e', 'autolink', '-e', 'tagfilter', '-e', 'table'], { input: text }).stdout;

// Tags that are opened are closed again, in order; returns the names of all.
function tagsOf(html) {
  const open = [], names = new Set();
  for (const [, slash, name] of html.matchAll(/<(\/?)([a-z0-9]+)[^>]*>/g)) {
    names.add(name);
    if (slash) assert.equal(open.pop(), name);
    else if (name !== 'br') open.push(name);
  }
  assert.deepEqual(open, []);
  return [...names].sort();
}

const known = ['a', 'br', 'code', 'b', 'details', 'h3', 'li', 'ol', 'p', 'sub', 'summary'];
function check(folder, options) {
  const html = render(report(folder, 'markdown', options));
  assert.deepEqual(tagsOf(html).filter((name) => !known.includes(name)), []);
  return html;
}

assert.match(check(shop), /<details><summary><b>error<\/b> <code>[^<]*orders\.ts:13<\/code> db\.customer\.findFirst reads/);
const hostile = check(hostileProject());
assert.match(hostile, /&lt;script&gt;/);
assert.doesNotMatch(hostile.replace(/<code>.*?<\/code>/gs, ''), /@octocat|#1/);

// A comment holds 65,536 characters.
const large = report(largeProject(300), 'markdown');
assert.ok(large.length < 65536);
assert.match(large, /\d+ more findings, for which there is no room here/);

// Places are links where a service runs us that shows the files of a commit.
const repository = project('linked', { 'src/[id].ts': slowCode });
const git = (...args) => run('git', ['-C', repository, '-c', 'user.name=a', '-c', 'user.email=a@example.org', ...args]).stdout.trim();
git('init', '-q');
git('add', '.');
git('commit', '-qm', 'one');
const env = { GITHUB_SERVER_URL: 'https://example.org', GITHUB_REPOSITORY: 'owner/shop' };
const linked = report(repository, 'markdown', { env });
assert.ok(linked.includes(`<a href="https://example.org/owner/shop/blob/${git('rev-parse', 'HEAD')}/src/%5Bid%5D.ts#L4">`), linked);
