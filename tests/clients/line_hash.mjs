// line_hash.mjs - our hash of each line against that of Microsoft's SARIF tools, on lines that are made here.
//
// A byte order mark is left out: those tools drop it, GitHub's upload hashes it with the first line, and so do we.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

import { readJson, run, work } from './common.mjs';

const multitool = createRequire(import.meta.url)('@microsoft/sarif-multitool-linux');

// The same numbers in each run.
let state = 5;
const random = (below) => (state = (state * 1103515245 + 12345) % 2 ** 31) % below;
const one = (list) => list[random(list.length)];

const bytes = (...list) => Buffer.from(list);
const pieces = ['const a = 1;', '\t', '  ', 'x', '}', '', '\0', '\u000b', '\f', '\u0085', '\u2028', '日', '😀',
  'return await db.user.findMany({ where: { id } });', bytes(0xff), bytes(0xe2, 0x82), bytes(0xed, 0xa0, 0x80),
  bytes(0xc0, 0xaf), bytes(0xf0, 0x9f, 0x98)].map((piece) => Buffer.from(piece));
const ends = ['\n', '\n', '\n', '\r\n', '\r\n', '\r', '\n\r', '\r \n'].map((end) => Buffer.from(end));

function makeLines(count) {
  const parts = [];
  for (let i = 0; i < count; i++) {
    for (let n = one([0, 1, 1, 2, 3, 4, 10, 40]); n > 0; n--) parts.push(one(pieces));
    parts.push(one(ends));
  }
  return Buffer.concat(parts);
}

const contents = ['\n', 'a', 'a\nb\r\nc\n\n\nd', '\r\r\r', `${'x'.repeat(99)}\ny`, 'x\n'.repeat(300)];
for (let i = 0; i < 4; i++) contents.push(makeLines(2500));

// One log, with a run for each file.
const logs = contents.map((content, i) => {
  const path = join(work, `lines${i}.ts`);
  writeFileSync(path, content);
  return JSON.parse(run(process.env.LINE_HASHES, [path]).stdout);
});
const ours = join(work, 'ours.sarif'), theirs = join(work, 'theirs.sarif');
writeFileSync(ours, JSON.stringify({ ...logs[0], runs: logs.flatMap(({ runs }) => runs) }));
run(multitool, ['rewrite', ours, '--insert', 'RollingHashPartialFingerprints', '--output', theirs, '--log', 'ForceOverwrite']);

const results = readJson(theirs).runs.flatMap((one) => one.results);
for (const { locations, properties, partialFingerprints } of results)
  assert.equal(properties.ours, partialFingerprints?.primaryLocationLineHash, JSON.stringify(locations));
assert.ok(results.length > 10000);
console.log(`${results.length} lines have the same hash`);
