// common.mjs - what the tests of report formats share: running seqscan on code that is made here.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = join(dirname(fileURLToPath(import.meta.url)), '../..');
export const shop = join(root, 'fixtures/projects/shop');
export const work = mkdtempSync(join(tmpdir(), 'seqscan-clients-'));
process.on('exit', () => rmSync(work, { recursive: true, force: true }));

// Run a program; its status must be `status` unless that is null.
export function run(program, args, { status = 0, ...options } = {}) {
  const result = spawnSync(program, args, { encoding: 'utf8', maxBuffer: 1 << 30, ...options });
  if (result.error) throw result.error;
  if (status !== null) assert.equal(result.status, status, `${program} ${args.join(' ')}\n${result.stdout}${result.stderr}`);
  return result;
}

const variables = /^(GITHUB_|CI_|NO_COLOR|FORCE_COLOR)/;
const environment = Object.fromEntries(Object.entries(process.env).filter(([name]) => !variables.test(name)));

export function seqscan(args, { env = {}, ...options } = {}) {
  return run(process.env.SEQSCAN, args, { status: 1, env: { ...environment, ...env }, ...options });
}

// The report of `folder` in one format, as text.
export function report(folder, format, options) {
  return seqscan(['--all-contexts', '-f', format, folder], options).stdout;
}

export const read = (path) => readFileSync(path, 'utf8');
export const readJson = (path) => JSON.parse(read(path));

// Write files below a new folder of that name; returns the folder.
export function project(name, files) {
  const folder = join(work, name);
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
  return folder;
}

const client = "import { PrismaClient } from '@prisma/client';\nconst db = new PrismaClient();\n";

const loop = (list, value) =>
  `export async function f(lists) {\n  for (const x of ${list}) await db.user.findFirst({ where: { name: ${value} } });\n}\n`;

// A file with one finding, on its fourth line.
export const slowCode = client + loop('lists', 'x');

// Code that would break a report which takes it at its word.
export function hostileProject() {
  return project('hostile', {
    'src/[id]/a b,c%.ts': client + loop('lists["<script>alert(1)</script>"](1)', 'x["`](2)"]'),
    'src/::error file=x::y.ts': client + loop('lists["]]>&amp;\\u0001\u0001\u0085\uFFFE"]', 'x.é日本😀'),
    'src/@octocat #1 *b* _i_ <b>&.ts': client + loop('lists`<img src=x>|@octocat #1`', 'x.a'),
    'src/a\n\n<i>\r\r*b*.ts': slowCode,
    'src/broken.ts': 'import "pg";\nexport const = ;;; function (((',
    'src/bad.ts': Buffer.concat([Buffer.from(client), Buffer.from([0xff, 0xe2, 0x82]), Buffer.from('\n' + loop('lists', 'x'))]),
    'src/lines.ts': '\uFEFF' + slowCode.replaceAll('\n', '\r\n'),
  });
}

// Code with `count` findings, a third of them warnings.
export function largeProject(count) {
  const files = {};
  for (let first = 0; first < count; first += 100) {
    let code = client;
    for (let i = first; i < first + 100; i++) {
      const call = i % 3 ? `findFirst({ where: { name: x.n${i} } })` : 'create({ data: x })';
      code += `export async function f${i}() {\n  const list${i} = await db.list.findMany();\n  for (const x of list${i})\n    await db.user.${call};\n}\n`;
    }
    files[`src/folder${first % 700}/file${first}.ts`] = code;
  }
  return project('large', files);
}
