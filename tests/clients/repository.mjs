// repository.mjs - repositories for the tests of the action and of hooks.
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { read, root, run, work } from './common.mjs';

// Git with no settings but these, and what runs it: no CI, no hook that the tests may be called from.
export const environment = {
  ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(GIT_|GITHUB_|CI$|LEFTHOOK|HUSKY|PRE_COMMIT|npm_|NO_COLOR|FORCE_COLOR)/.test(name))),
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_SYSTEM: '/dev/null',
  GIT_AUTHOR_NAME: 'a',
  GIT_AUTHOR_EMAIL: 'a@example.org',
  GIT_COMMITTER_NAME: 'a',
  GIT_COMMITTER_EMAIL: 'a@example.org',
};

export function repository(name) {
  const folder = join(work, name);
  const git = (...args) => run('git', args, { cwd: folder, env: environment }).stdout.trim();
  const write = (path, text) => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  };
  const commit = (files, message = 'a change') => {
    for (const [path, text] of Object.entries(files)) write(path, text);
    git('add', '-A');
    git('commit', '-q', '--no-verify', '-m', message);
    return git('rev-parse', 'HEAD');
  };
  mkdirSync(folder, { recursive: true });
  git('init', '-q', '-b', 'main');
  return { folder, git, write, commit };
}

// What README.md tells to write: the indented block after the paragraph that has `mark`.
export function recipe(mark) {
  const text = read(join(root, 'README.md'));
  const [, block] = text.slice(text.indexOf(mark)).match(/\n\n((?:    .*\n)+)/);
  return block.replace(/^    /gm, '');
}
