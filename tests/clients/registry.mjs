// registry.mjs - a server that answers like GitHub's API and releases and like an npm registry, for programs that ask them.
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';

import { run, work } from './common.mjs';
import { environment } from './repository.mjs';

// A program that runs the one under test.
export const launcher = '#!/bin/sh\nexec "$SEQSCAN_BINARY" "$@"\n';
export const version = run(process.env.SEQSCAN, ['--version']).stdout.trim().split(' ')[1];

// `files` holds what is there by its path; API paths that are not there are answered with `answer`. `asked` is what was asked.
export async function serve() {
  const served = { files: new Map(), answer: 404, asked: [] };
  const server = createServer((request, response) => {
    served.asked.push([request.url, request.headers.authorization]);
    const body = served.files.get(request.url);
    response.writeHead(body ? 200 : request.url.startsWith('/repos/') ? served.answer : 404).end(body);
  });
  await new Promise((listening) => server.listen(0, '127.0.0.1', listening));
  server.unref();
  served.address = `http://127.0.0.1:${server.address().port}`;
  served.npm = { npm_config_registry: `${served.address}/npm/`, npm_config_fetch_retries: '0', npm_config_cache: join(work, 'npm') };
  return served;
}

// Put the package seqscan there.
export function publish(served) {
  const folder = join(work, 'package');
  const description = { name: 'seqscan', version, bin: { seqscan: 'seqscan.sh' } };
  mkdirSync(folder);
  writeFileSync(join(folder, 'package.json'), JSON.stringify(description));
  writeFileSync(join(folder, 'seqscan.sh'), launcher);
  chmodSync(join(folder, 'seqscan.sh'), 0o755);
  run('npm', ['pack', '--silent', '--pack-destination', work], { cwd: folder, env: environment });
  const tarball = `/npm/seqscan-${version}.tgz`;
  served.files.set(tarball, readFileSync(join(work, `seqscan-${version}.tgz`)));
  const versions = { [version]: { ...description, dist: { tarball: served.address + tarball } } };
  served.files.set('/npm/seqscan', JSON.stringify({ name: 'seqscan', 'dist-tags': { latest: version }, versions }));
}
