// github.mjs - annotations against those that GitHub's own library writes, and the summary of the step.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { writeFileSync } from 'node:fs';

import * as core from '@actions/core';

import { hostileProject, largeProject, read, report, shop, work } from './common.mjs';

// What the library prints for an annotation.
function written(command, message, properties) {
  const write = process.stdout.write;
  let text = '';
  process.stdout.write = (part) => ((text += part), true);
  core[command](message, properties);
  process.stdout.write = write;
  return text.trimEnd();
}

const unescape = (text) => text.replace(/%(0D|0A|3A|2C|25)/g, (_, code) => String.fromCharCode(parseInt(code, 16)));

// Read an annotation back and let the library write it: the lines must be equal but for the order of properties.
function check(line) {
  const [, command, list, data] = line.match(/^::(error|warning|notice) (.*?)::(.*)$/);
  const properties = Object.fromEntries(list.split(',').map((one) => [one.split('=')[0], unescape(one.slice(one.indexOf('=') + 1))]));
  const { line: startLine, endLine, col: startColumn, endColumn, ...others } = properties;
  const theirs = written(command, unescape(data), { ...others, startLine, endLine, startColumn, endColumn });
  const parts = (text) => [text.slice(0, text.indexOf(' ')), text.slice(text.indexOf(' ') + 1, text.indexOf('::', 2)).split(',').sort(), text.slice(text.indexOf('::', 2))];
  assert.deepEqual(parts(line), parts(theirs));
  assert.equal(startLine, endLine);
  return { command, ...properties };
}

const commands = (text) => text.split('\n').filter((line) => line.startsWith('::'));
const annotationsOf = (folder, options) => commands(report(folder, 'github', options)).map(check);

assert.ok(annotationsOf(shop).some(({ title }) => title === 'query-in-loop'));
const files = annotationsOf(hostileProject()).map(({ file }) => file);
assert.ok(files.includes('src/::error file=x::y.ts'));
assert.ok(files.includes('src/[id]/a b,c%.ts'));

// Ten of a level, errors first; everything else is in the summary, which keeps what was there and stays within 1 MiB.
const summary = join(work, 'summary.md');
const large = largeProject(900);
writeFileSync(summary, 'before\n');
const shown = annotationsOf(large, { env: { GITHUB_STEP_SUMMARY: summary } }).map(({ command }) => command);
assert.deepEqual(shown, [...Array(10).fill('error'), ...Array(10).fill('warning')]);
assert.match(read(summary), /^before\n<!-- seqscan -->\n### seqscan: 900 findings: 600 errors, 300 warnings\n/);
assert.equal(read(summary).match(/<details>/g).length, 900);
writeFileSync(summary, 'x'.repeat(1040000));
annotationsOf(large, { env: { GITHUB_STEP_SUMMARY: summary } });
assert.match(read(summary), /more findings, for which there is no room here/);
assert.ok(read(summary).length <= 1 << 20);
writeFileSync(summary, 'x'.repeat((1 << 20) - 100));
annotationsOf(large, { env: { GITHUB_STEP_SUMMARY: summary } });
assert.equal(read(summary).length, (1 << 20) - 100);
report(shop, 'github', { env: { GITHUB_STEP_SUMMARY: join(work, 'no/such/folder.md') }, status: 3 });
