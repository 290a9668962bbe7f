#!/usr/bin/env node
'use strict';
// Run the program that SEQSCAN_BINARY names, or that of the package for this platform.
const { spawn } = require('child_process');
const { constants } = require('os');

const TROUBLE = 3;

function fail(message) {
  console.error(`seqscan: ${message}`);
  process.exit(TROUBLE);
}

function program() {
  if (process.env.SEQSCAN_BINARY) return process.env.SEQSCAN_BINARY;
  const name = `@seqscan/${process.platform}-${process.arch}`;
  try {
    return require.resolve(`${name}/bin/seqscan`);
  } catch {
    return fail(
      `the package ${name} is not installed: optional dependencies were left out, or there is none for this platform; ` +
        'SEQSCAN_BINARY may name a program that you built',
    );
  }
}

const path = program();
const child = spawn(path, process.argv.slice(2), { stdio: 'inherit' });
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
child.on('error', (error) => fail(`${path} does not run: ${error.message}`));
child.on('exit', (status, signal) => process.exit(signal ? 128 + constants.signals[signal] : status));
