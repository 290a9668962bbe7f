// sarif.mjs - the SARIF report, judged by Microsoft's validator with GitHub's rules and by the schema that comes with it.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

import { hostileProject, largeProject, project, read, readJson, root, run, seqscan, shop, slowCode, work } from './common.mjs';

const require = createRequire(import.meta.url);
const Ajv = require('ajv/dist/2020').default;
const addFormats = require('ajv-formats').default;
const multitool = require('@microsoft/sarif-multitool-linux');
const schema = readJson(join(multitool, '../sarif-2.1.0.json'));
const isValid = addFormats(new Ajv({ strict: false, allErrors: true })).compile(schema);

function complaints(path) {
  const judged = `${path}.judged`;
  run(multitool, ['validate', path, '--rule-kind', 'Sarif;Ghas', '--output', judged, '--log', 'ForceOverwrite'], { status: null });
  const [{ results = [] }] = readJson(judged).runs;
  return results.filter(({ level = 'warning' }) => level !== 'note').map(({ ruleId, message }) => [ruleId, ...message.arguments]);
}

// The run of the report on `folder`.
function check(name, folder, args = []) {
  const path = join(work, `${name}.sarif`);
  seqscan(['--all-contexts', '-f', `sarif=${path}`, ...args, folder]);
  const log = readJson(path);
  log.runs[0].results.splice(500);  // the schema takes its time
  assert.ok(isValid(log), `${name}: ${JSON.stringify(isValid.errors?.slice(0, 3))}`);
  assert.deepEqual(complaints(path), [], name);
  return readJson(path).runs[0];
}

// A message links to each of its locations, by numbers that they have.
function checkLinks(result) {
  const linked = [...result.message.text.matchAll(/(?<!\\)\]\((\d+)\)/g)].map(([, id]) => Number(id));
  assert.deepEqual(linked, (result.relatedLocations ?? []).map(({ id }) => id), result.message.text);
}

function checkSteps(result) {
  const region = result.locations[0].physicalLocation.region;
  assert.equal(region.endLine, undefined, 'a primary place is one line');
  const flow = result.codeFlows?.[0].threadFlows[0].locations ?? [];
  const steps = (result.relatedLocations ?? []).slice(0, flow.length);
  assert.deepEqual(flow.map(({ location }) => location.message.text), steps.map(({ message }) => message.text));
}

const readFixture = (path) => read(join(root, 'fixtures', path));

// The text with the replacements of SARIF made, from the end backwards. A mark at the start of a file is no column.
function replaced(text, replacements) {
  const mark = text.startsWith('\uFEFF') ? 1 : 0;
  const starts = [mark];
  for (let i = text.indexOf('\n'); i >= 0; i = text.indexOf('\n', i + 1)) starts.push(i + 1);
  const offset = (line, column) => starts[line - 1] + column - 1;
  for (const { deletedRegion: r, insertedContent } of replacements.toReversed())
    text = text.slice(0, offset(r.startLine, r.startColumn)) + insertedContent.text + text.slice(offset(r.endLine ?? r.startLine, r.endColumn));
  return text;
}

const shopRun = check('shop', shop);
assert.ok(shopRun.results.length > 5);
assert.equal(shopRun.columnKind, 'utf16CodeUnits');
assert.match(shopRun.originalUriBaseIds['%SRCROOT%'].uri, /^file:\/\/\/.*\/$/);
assert.equal(new Set(shopRun.results.map((result) => result.partialFingerprints['seqscan/v1'])).size, shopRun.results.length);
for (const rule of shopRun.tool.driver.rules) assert.match(rule.help.markdown, new RegExp(`^# ${rule.id}\n`));
assert.ok(shopRun.results.some((result) => result.codeFlows?.[0].threadFlows[0].locations.length >= 3));

const hostileRun = check('hostile', hostileProject());
const uris = hostileRun.results.map((result) => result.locations[0].physicalLocation.artifactLocation.uri);
assert.ok(uris.includes('src/%5Bid%5D/a%20b%2Cc%25.ts'));
const notices = hostileRun.invocations[0].toolExecutionNotifications;
assert.ok(notices.some(({ descriptor, locations }) =>
  descriptor.id === 'file-partly-understood' && locations[0].physicalLocation.artifactLocation.uri === 'src/broken.ts'));
for (const result of [...shopRun.results, ...hostileRun.results]) checkLinks(result), checkSteps(result);

// Fixes: what their regions and texts make of the files is what --fix writes.
const wide = readFixture('rules/overfetch/prisma/prisma/schema.prisma');
const users = `// \u{1F600}\n${readFixture('rules/overfetch/prisma/users.ts').replace("'x'", "/* \u{1F600}\u00e9 */ 'x'")}`;
const fixed = project('fixed', { 'prisma/schema.prisma': wide, 'users.ts': users, 'crlf.ts': `\uFEFF${users.replaceAll('\n', '\r\n')}` });
const applied = new Map();
for (const { fixes = [] } of check('fixed', fixed).results)
  for (const fix of fixes) {
    if (!fix.properties.safe) continue;
    const [{ artifactLocation, replacements }] = fix.artifactChanges;
    applied.set(artifactLocation.uri, [...(applied.get(artifactLocation.uri) ?? []), ...replacements]);
  }
assert.equal(applied.size, 2);
const expected = new Map([...applied].map(([uri, replacements]) => [uri, replaced(read(join(fixed, uri)), replacements)]));
run(process.env.SEQSCAN, ['--fix', '-q', fixed], { status: null });
for (const [uri, text] of expected) assert.equal(read(join(fixed, uri)), text, uri);

// Where the code is from, without the password of its address.
const repository = project('repository', { 'a.ts': slowCode });
const git = (...args) => run('git', ['-C', repository, '-c', 'user.name=a', '-c', 'user.email=a@example.org', ...args]).stdout.trim();
git('init', '-q', '-b', 'trunk');
git('add', '.');
git('commit', '-qm', 'one');
for (const [remote, uri] of [
  ['https://user:secret@example.org/owner/shop.git', 'https://example.org/owner/shop'],
  ['git@example.org:owner/shop.git', 'ssh://example.org/owner/shop'],
  ['ssh://git@example.org:22/owner/shop', 'ssh://example.org:22/owner/shop'],
  ['/srv/git/shop.git', null],
  ['file:///srv/git/shop.git', null],
]) {
  git('config', 'remote.origin.url', remote);
  const path = join(work, 'repository.sarif');
  seqscan(['-f', `sarif=${path}`, repository]);
  const expected = { repositoryUri: uri, mappedTo: { uriBaseId: '%SRCROOT%' }, revisionId: git('rev-parse', 'HEAD'), branch: 'trunk' };
  assert.deepEqual(readJson(path).runs[0].versionControlProvenance, uri ? [expected] : undefined);
  if (uri?.startsWith('ssh://example.org:')) assert.deepEqual(complaints(path), []);
}
seqscan(['--rev', 'HEAD', '-f', `sarif=${join(work, 'revision.sarif')}`, repository]);
assert.deepEqual(complaints(join(work, 'revision.sarif')), []);
assert.equal(readJson(join(work, 'revision.sarif')).runs[0].originalUriBaseIds['%SRCROOT%'].uri, undefined);

// What is new, known and suppressed.
const slow = project('states', { 'a.ts': slowCode, 'b.ts': slowCode.replace('  for', '  // seqscan-ignore-next-line query-in-loop -- three at most\n  for'), 'c.ts': slowCode });
const known = join(work, 'known.baseline');
seqscan(['--write-baseline', known, join(slow, 'c.ts')], { status: 0 });
const states = check('states', slow, ['--baseline', known]).results.map((result) => [
  result.locations[0].physicalLocation.artifactLocation.uri, result.baselineState, result.suppressions.map(({ kind }) => kind)]);
assert.deepEqual(states, [['a.ts', 'new', []], ['b.ts', undefined, ['inSource']], ['c.ts', 'unchanged', ['external']]]);

// More findings than GitHub takes: the warnings that are too many are left out, and that is said.
const largeRun = check('large', largeProject(30000), ['-f', `jsonl=${join(work, 'large.jsonl')}`]);
const all = read(join(work, 'large.jsonl')).trim().split('\n').map((line) => JSON.parse(line).level);
const count = (list, level) => list.filter((one) => one === level).length;
const kept = largeRun.results.map((result) => result.level);
assert.ok(all.length >= 30000, `${all.length} findings`);
assert.equal(kept.length, 25000);
assert.equal(count(kept, 'error'), count(all, 'error'));
assert.match(largeRun.invocations[0].toolExecutionNotifications[0].message.text, new RegExp(`^${all.length - 25000} findings`));
const packed = gzipSync(read(join(work, 'large.sarif'))).length;
assert.ok(packed < 10e6, `${packed} bytes compressed`);
console.log(`${all.length} findings, ${kept.length} results, ${packed} bytes compressed`);
