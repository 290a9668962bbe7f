// hooks.mjs - the recipes of README.md and .pre-commit-hooks.yaml, run by pre-commit, lefthook, husky and lint-staged.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, symlinkSync } from 'node:fs';
import { delimiter, join } from 'node:path';

import { parse } from 'yaml';

import { read, readJson, root, run, slowCode, work } from './common.mjs';
import { publish, serve, version } from './registry.mjs';
import { environment, recipe, repository } from './repository.mjs';

// Programs by name: seqscan, and the clients of tests/clients.
const bin = join(work, 'bin');
mkdirSync(bin);
symlinkSync(process.env.SEQSCAN, join(bin, 'seqscan'));
const clients = join(root, 'tests/clients/node_modules/.bin');
const host = await serve();
publish(host);
const env = {
  ...environment,
  ...host.npm,
  PATH: [bin, clients, environment.PATH].join(delimiter),
  SEQSCAN_BINARY: process.env.SEQSCAN,
  PRE_COMMIT_HOME: join(work, 'pre-commit'),
  HOME: work,
};

// As spawnSync, but the server goes on.
function start(program, args, cwd) {
  return new Promise((done, failed) => {
    const child = spawn(program, args, { cwd, env });
    let log = '';
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (part) => (log += part));
    child.on('error', failed);
    child.on('close', (status) => done({ status, log }));
  });
}

async function succeeds(program, args, cwd) {
  const { status, log } = await start(program, args, cwd);
  assert.equal(status, 0, `${program} ${args.join(' ')}\n${log}`);
  return log;
}

const fine = 'export const fine = 1;\n';
const names = ['src/[id].tsx', 'src/a b/page (1).ts', 'src/-x.ts'];

// A repository with a known finding, and seqscan as a package of it.
function application(name) {
  const app = repository(name);
  app.commit({ 'src/old.ts': slowCode, '.gitignore': 'node_modules\n', 'package.json': '{}\n' });
  mkdirSync(join(app.folder, 'node_modules/.bin'), { recursive: true });
  symlinkSync(process.env.SEQSCAN, join(app.folder, 'node_modules/.bin/seqscan'));
  return app;
}

// Commit by git, which runs the hook. Tells whether it was committed, and what was printed.
async function commit(app, ...options) {
  const before = app.git('rev-parse', 'HEAD');
  const { status, log } = await start('git', ['commit', '-m', 'a change', ...options], app.folder);
  assert.equal(app.git('rev-parse', 'HEAD') !== before, status === 0, log);
  return { done: status === 0, log };
}

// Findings that are staged hold a commit back; the names are told, and nothing else is touched.
const all = (app, text) => names.every((name) => read(join(app.folder, name)) === text);
async function checkHeld(app) {
  for (const name of names) app.write(name, slowCode);
  app.git('add', '-A');
  const held = await commit(app);
  assert.ok(!held.done, held.log);
  for (const name of names) assert.ok(held.log.includes(`${name}:4:`), held.log);
  assert.ok(!held.log.includes('old.ts:4:'), held.log);
  assert.ok(all(app, slowCode));
}

// What any hook must do, when it is installed.
async function checkHook(app) {
  await checkHeld(app);

  // The index counts: they are still there, whatever the worktree says.
  const write = (text) => names.forEach((name) => app.write(name, text));
  write(fine);
  assert.ok(!(await commit(app)).done);
  assert.ok(all(app, fine));

  // And the other way round: what is not staged is not looked at, and is kept.
  app.git('add', '-A');
  write(slowCode);
  const done = await commit(app);
  assert.ok(done.done, done.log);
  assert.ok(all(app, slowCode));
  app.git('checkout', '-q', '--', '.');

  // A part of a file: the second of two loops is staged, the first is known.
  const second = slowCode.slice(slowCode.indexOf('export')).replace('f(', 'g(').replace('name', 'mail');
  app.write('src/old.ts', slowCode + second);
  app.git('add', '-A');
  app.write('src/old.ts', fine);
  const part = await commit(app);
  assert.ok(!part.done && part.log.includes('old.ts:7:') && !part.log.includes('old.ts:4:'), part.log);
  app.git('checkout', '-q', '-f', 'HEAD', '--', '.');

  // Nothing to look at: no change, other files, a file that is gone or has moved.
  assert.ok((await commit(app, '--allow-empty')).done);
  app.write('notes.md', 'text\n');
  app.git('add', '-A');
  assert.ok((await commit(app)).done);
  app.git('mv', 'src/old.ts', 'src/moved.ts');
  assert.ok((await commit(app)).done);
  app.git('rm', '-q', 'src/moved.ts');
  assert.ok((await commit(app)).done);
}

// pre-commit

run('pre-commit', ['validate-manifest', join(root, '.pre-commit-hooks.yaml')], { env });
const hooks = parse(read(join(root, '.pre-commit-hooks.yaml')));
assert.deepEqual(hooks[0].additional_dependencies, [`seqscan@${version}`]);
assert.equal(readJson(join(root, 'package.json')).version, version);
for (const { files } of hooks) {
  for (const name of ['a.ts', 'a/b.d.mts', 'a.jsx', 'x/schema.prisma', 'm.sql', 's.graphql', 'package.json', 'a/tsconfig.base.json', ...names])
    assert.match(name, new RegExp(files));
  for (const name of ['a.md', 'a.json', 'a.mtsx', 'my-package.json', 'tsx']) assert.doesNotMatch(name, new RegExp(files));
}

const source = repository('hooks');
for (const file of ['.pre-commit-hooks.yaml', 'package.json']) cpSync(join(root, file), join(source.folder, file));
source.commit({});
source.git('tag', `v${version}`);

const tried = application('tried');
for (const id of ['seqscan-system', 'seqscan']) {
  const attempt = () => start('pre-commit', ['try-repo', source.folder, id, '--verbose'], tried.folder);
  const nothing = await attempt();
  assert.equal(nothing.status, 0, nothing.log);
  tried.write('src/[id].tsx', slowCode);
  tried.git('add', '-A');
  const found = await attempt();
  assert.equal(found.status, 1, found.log);
  assert.match(found.log, /src\/\[id\]\.tsx:4:\d+: error: /);
  tried.git('reset', '-q', '--hard');
}
assert.ok(host.asked.some(([path]) => path.endsWith('.tgz')), 'the package was installed');

const config = recipe('`.pre-commit-config.yaml` of').replace('https://github.com/OWNER/seqscan', source.folder).replace(/rev: .*/, `rev: v${version}`);
const preCommit = application('pre-commit-app');
preCommit.commit({ '.pre-commit-config.yaml': config });
await succeeds('pre-commit', ['validate-config'], preCommit.folder);
await succeeds('pre-commit', ['install'], preCommit.folder);
await checkHook(preCommit);

// lefthook: the recipe, and with names, which are relative to the repository.

const jobs = recipe('`lefthook.yml` of');
const lefthook = application('lefthook-app');
lefthook.commit({ 'lefthook.yml': jobs });
await succeeds('lefthook', ['install'], lefthook.folder);
await checkHook(lefthook);
const named = application('lefthook-names');
named.commit({ 'lefthook.yml': jobs.replace('--staged', '--staged -- {staged_files}') });
await succeeds('lefthook', ['install'], named.folder);
await checkHeld(named);

// husky: the recipe, and as what runs lint-staged.

async function huskyApplication(name, files) {
  const app = application(name);
  await succeeds('husky', [], app.folder);
  app.commit(files);
  assert.ok(existsSync(join(app.folder, '.husky/_')));
  return app;
}
await checkHeld(await huskyApplication('husky-app', { '.husky/pre-commit': recipe('`.husky/pre-commit` of') }));

// lint-staged: the recipe, and with names, which are absolute.

const stages = { '.husky/pre-commit': 'lint-staged\n' };
await checkHook(await huskyApplication('lint-staged-app', { ...stages, 'lint-staged.config.mjs': recipe('`lint-staged.config.mjs` of') }));
const list = { 'lint-staged': { '*.{ts,tsx}': 'seqscan --staged --' } };
await checkHeld(await huskyApplication('lint-staged-names', { ...stages, 'package.json': JSON.stringify(list) }));

// No names at all, and thousands.
const many = application('many');
await succeeds('seqscan', ['--staged', '--'], many.folder);
for (let i = 0; i < 3000; i++) many.write(`src/pages of the shop/[page${i}]/index.ts`, fine);
many.write('src/pages of the shop/[page7]/slow.ts', slowCode);
many.git('add', '-A');
const listed = many.git('diff', '--cached', '--name-only', '-z').split('\0').filter(Boolean);
const found = await start('seqscan', ['--quiet', '--staged', '--', ...listed], many.folder);
assert.equal(found.status, 1, found.log);
assert.equal(found.log.trim().split('\n').length, 1, found.log);
