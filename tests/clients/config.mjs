// config.mjs - the JSON schema of the configuration says the same of configurations as the program does.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { project, readJson, run } from './common.mjs';

const require = createRequire(import.meta.url);
const Ajv = require('ajv/dist/2020').default;
const schema = readJson(process.env.SCHEMA);
const validate = new Ajv({ allErrors: true, strict: true, strictTypes: false }).compile(schema);

// Every rule is in the schema, with its summary.
const rules = run(process.env.SEQSCAN, ['rules']).stdout.trim().split('\n').map((line) => line.split(' ')[0]);
assert.deepEqual(Object.keys(schema.$defs.rules.properties), rules);
for (const rule of Object.values(schema.$defs.rules.properties)) assert.match(rule.description, /^[A-Z].* /);

const good = [
  {},
  { $schema: './node_modules/seqscan/seqscan.schema.json' },
  { rules: { 'query-in-loop': 'off', 'write-in-loop': 'error' }, failOn: 'never', allContexts: true },
  { ignore: ['legacy', 'src/**/*.gen.{ts,tsx}', 'app/[id]/page.tsx', '/x/'] },
  { overrides: [{ files: ['a/**'], rules: { 'deep-include': 'note' } }, { files: ['b'] }] },
  { contexts: { app: ['scripts/server'], test: [], story: [], seed: ['x'], migration: ['y'], script: [], example: [] } },
  { libraries: [], overrides: [], rules: {}, contexts: {}, ignore: [], ownRules: [] },
  { rules: { 'own-rule': 'off' }, overrides: [{ files: ['a'], rules: { 'own-rule': 'note' } }], ownRules: ['own.scm'] },
];

const bad = [
  [],
  'text',
  1,
  null,
  { ignroe: [] },
  { rules: [] },
  { rules: { 'query-in-lop': 'off' } },
  { rules: { 'query-in-loop': 'fatal' } },
  { rules: { 'query-in-loop': true } },
  { ignore: 'legacy' },
  { ignore: [''] },
  { ignore: [1] },
  { overrides: {} },
  { overrides: [{ rules: {} }] },
  { overrides: [{ files: [], rules: {} }] },
  { overrides: [{ files: ['a'], level: 'off' }] },
  { contexts: { prod: ['a'] } },
  { contexts: { app: 'a' } },
  { contexts: [] },
  { libraries: 'a.yml' },
  { libraries: [''] },
  { ownRules: 'own.scm' },
  { ownRules: [''] },
  { ownRules: ['own.scm'], rules: { 'Own-Rule': 'off' } },
  { rules: { 'own-rule': 'off' } },
  { overrides: [{ files: ['a'], rules: { 'own-rule': 'off' } }] },
  { failOn: 'info' },
  { failOn: null },
  { allContexts: 'yes' },
  { baseline: '' },
  { baseline: false },
  { $schema: 1 },
];

const folder = project('config', {
  'a.ts': 'export const a = 1;\n',
  'own.scm': '((debugger_statement) @finding (#set! rule "own-rule") (#set! message "x"))',
});
const file = join(folder, 'seqscan.json');

function check(config, valid) {
  const text = JSON.stringify(config, null, 2);
  assert.equal(validate(config), valid, text);
  writeFileSync(file, text);
  const { stderr, stdout } = run(process.env.SEQSCAN, ['config', folder], { status: valid ? 0 : 2 });
  if (!valid) return assert.match(stderr, /^seqscan: seqscan\.json:\d+:\d+: /);
  // What is printed is a configuration itself, and says the same.
  assert.ok(validate(JSON.parse(stdout)), stdout);
  writeFileSync(file, stdout);
  assert.equal(run(process.env.SEQSCAN, ['config', folder]).stdout, stdout);
}

for (const config of good) check(config, true);
for (const config of bad) check(config, false);
console.log(`${good.length + bad.length} configurations`);
