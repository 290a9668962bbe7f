// runner.mjs - runs a composite action as GitHub's runner does: expressions, `if`, files of outputs and of the summary,
// workflow commands. Actions that it uses are given to `actions`, which answers whether they succeed.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { parse } from 'yaml';

import { work } from './common.mjs';

// The values of an expression are compared and chosen between; no more than that is used.
function evaluate(text, contexts) {
  const any = text.split('||').map((side) => {
    const [left, right, ...more] = side.split('==').map((operand) => value(operand.trim(), contexts));
    assert.equal(more.length, 0, text);
    return side.includes('==') ? left === right : left;
  });
  return any.find(Boolean) ?? any.at(-1);
}

function value(operand, contexts) {
  const literal = operand.match(/^'([^']*)'$/);
  if (literal) return literal[1];
  assert.match(operand, /^[a-z_-]+(\.[\w-]+)+$/, `an expression that this runner does not know: ${operand}`);
  return operand.split('.').reduce((object, name) => object?.[name], contexts) ?? '';
}

const expand = (text, contexts) => String(text).replace(/\$\{\{(.*?)\}\}/g, (_, inner) => String(evaluate(inner.trim(), contexts)));
const condition = (text, contexts) => evaluate(String(text).replace(/^\$\{\{|\}\}$/g, '').trim(), contexts);

const unescape = (text) => text.replace(/%(25|0D|0A|3A|2C)/g, (_, code) => String.fromCharCode(parseInt(code, 16)));

// The annotations of a log, and the lines that are not read as commands.
export function annotations(log) {
  const found = [];
  let stop = null;
  for (const line of log.split('\n')) {
    const command = line.trimStart().match(/^::([^\s:]+)(?: ([^:]*))?::(.*)$/);
    if (!command) continue;
    if (stop !== null) {
      if (command[1] === stop) stop = null;
    } else if (command[1] === 'stop-commands') {
      stop = command[3];
    } else {
      const properties = (command[2] ?? '').split(',').map((one) => one.match(/^([^=]*)=?(.*)$/).slice(1).map(unescape));
      found.push({ level: command[1], message: unescape(command[3]), ...Object.fromEntries(properties) });
    }
  }
  assert.equal(stop, null, 'commands are on again at the end');
  return found;
}

function outputsOf(path) {
  const outputs = {};
  for (const line of readFileSync(path, 'utf8').split('\n').filter(Boolean)) {
    assert.match(line, /^[\w-]+=/);
    outputs[line.slice(0, line.indexOf('='))] = line.slice(line.indexOf('=') + 1);
  }
  return outputs;
}

function shell(script, { env, cwd }) {
  return new Promise((done, failed) => {
    const child = spawn('bash', ['--noprofile', '--norc', '-eo', 'pipefail', script], { env, cwd });
    let log = '';
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (part) => (log += part));
    child.on('error', failed);
    child.on('close', (status) => done({ status, log }));
  });
}

async function runScript(step, contexts, { env, folder, workspace }) {
  const files = { GITHUB_OUTPUT: join(folder, `${step.name}.output`), GITHUB_STEP_SUMMARY: join(folder, `${step.name}.summary`) };
  for (const path of Object.values(files)) writeFileSync(path, '');
  const script = join(folder, `${step.name}.sh`);
  writeFileSync(script, expand(step.run, contexts));
  const own = Object.fromEntries(Object.entries(step.env ?? {}).map(([name, text]) => [name, expand(text, contexts)]));
  const { status, log } = await shell(script, { env: { ...env, ...own, ...files }, cwd: workspace });
  return { succeeds: status === 0, log, outputs: outputsOf(files.GITHUB_OUTPUT), summary: readFileSync(files.GITHUB_STEP_SUMMARY, 'utf8') };
}

async function runAction(step, contexts, actions) {
  const given = Object.fromEntries(Object.entries(step.with ?? {}).map(([name, text]) => [name, expand(text, contexts)]));
  const succeeds = (await actions?.(step.uses.replace(/@.*/, ''), given)) ?? true;
  return { succeeds, log: '', outputs: {}, summary: '' };
}

// Run the action of `folder`. Returns whether it succeeds, its outputs, its log, its summaries, the outcomes of its steps.
export async function runComposite(folder, { inputs = {}, github = {}, env = {}, workspace, actions }) {
  const action = parse(readFileSync(join(folder, 'action.yml'), 'utf8'));
  for (const name of Object.keys(inputs)) assert.ok(name in action.inputs, `there is no input ${name}`);
  const defaults = Object.fromEntries(Object.entries(action.inputs).map(([name, input]) => [name, input.default ?? '']));
  const contexts = { inputs: { ...defaults, ...inputs }, github, runner: { os: 'Linux' }, steps: {} };
  const scratch = mkdtempSync(join(work, 'runner-'));
  const environment = { ...env, GITHUB_ACTION_PATH: folder, RUNNER_TEMP: scratch, GITHUB_WORKSPACE: workspace };
  const all = { succeeds: true, log: '', summary: '' };
  for (const step of action.runs.steps) {
    const outcome = { outcome: 'skipped', outputs: {} };
    if (step.id) contexts.steps[step.id] = outcome;
    if (!all.succeeds || (step.if && !condition(step.if, contexts))) continue;
    const result = step.uses ? await runAction(step, contexts, actions) : await runScript(step, contexts, { env: environment, folder: scratch, workspace });
    Object.assign(outcome, { outcome: result.succeeds ? 'success' : 'failure', outputs: result.outputs });
    all.log += result.log;
    all.summary += result.summary;
    all.succeeds = result.succeeds || expand(step['continue-on-error'] ?? 'false', contexts) === 'true';
  }
  const outputs = Object.entries(action.outputs).map(([name, output]) => [name, expand(output.value, contexts)]);
  return { ...all, outputs: Object.fromEntries(outputs), steps: contexts.steps };
}
