// gitlab.mjs - the code quality report has what GitLab's documentation asks for. No package offers its schema.
import assert from 'node:assert/strict';

import { hostileProject, report, shop } from './common.mjs';

const severities = ['info', 'minor', 'major', 'critical', 'blocker'];

function check(folder) {
  const issues = JSON.parse(report(folder, 'gitlab'));
  for (const issue of issues) {
    assert.equal(issue.type, 'issue');
    for (const key of ['description', 'check_name', 'fingerprint']) assert.ok(issue[key] && typeof issue[key] === 'string', key);
    assert.ok(severities.includes(issue.severity));
    assert.ok(!issue.location.path.startsWith('/') && !issue.location.path.startsWith('./'));
    assert.ok(Number.isInteger(issue.location.lines.begin) && issue.location.lines.begin > 0);
  }
  assert.equal(new Set(issues.map(({ fingerprint }) => fingerprint)).size, issues.length);
  return issues;
}

assert.ok(check(shop).length > 5);
assert.ok(check(hostileProject()).some(({ location }) => location.path === 'src/[id]/a b,c%.ts'));
