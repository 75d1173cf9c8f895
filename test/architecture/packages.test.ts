import { describe, expect, it } from 'vitest';
import { checkPackages, checkPackageTable, checkReasons } from './packages.ts';
import { plant, readRepository, report } from './tree.ts';

const repository = readRepository();

describe('packages', () => {
  it('are imported only in their rooms in this repository', () => {
    expect(report(checkPackages(repository))).toEqual([]);
  });

  it('have rows that name rooms', () => {
    expect(checkPackageTable()).toEqual([]);
  });

  it.each([
    [
      'a package outside its room',
      'src/gateway/a.ts',
      "import spawn from 'cross-spawn';",
      'imports cross-spawn, which lives in transports',
    ],
    [
      'a deep path of it',
      'src/gateway/a.ts',
      "import x from 'cross-spawn/lib/x.js';",
      'imports cross-spawn, which lives in transports',
    ],
    [
      'it, loaded when called',
      'src/daemon/a.ts',
      "await import('fastify');",
      'imports fastify, which lives in admin',
    ],
    [
      'a scoped package',
      'src/daemon/a.ts',
      "import x from '@fastify/swagger';",
      'imports @fastify/swagger, which lives in admin',
    ],
    [
      'a package without a row',
      'src/cli/a.ts',
      "import x from 'left-pad';",
      'imports left-pad, which has no row',
    ],
    [
      'a development package',
      'src/cli/a.ts',
      "import { it } from 'vitest';",
      'imports vitest, which has no row',
    ],
    [
      'SQLite outside the store',
      'src/auth/a.ts',
      "import { DatabaseSync } from 'node:sqlite';",
      'which lives in store',
    ],
    [
      'a package in base',
      'src/base/a.ts',
      "import spawn from 'cross-spawn';",
      'imports cross-spawn, which lives in',
    ],
    [
      'I/O in a quiet room',
      'src/gateway/a.ts',
      "import { readFile } from 'node:fs/promises';",
      'gateway does no I/O',
    ],
    ['Node in the contract', 'src/contract/a.ts', "import { hash } from 'node:crypto';", 'runs in browsers'],
  ])('refuses %s', (_, file, text, says) => {
    expect(report(checkPackages(plant({ [file]: text }))).join()).toContain(says);
  });

  it('refuses a package that package.json does not name', () => {
    const tree = plant({
      'src/cli/a.ts': "import { Command } from 'commander';",
      'package.json': '{"devDependencies":{"pg":"1.0.0"}}',
    });
    expect(report(checkPackages(tree))).toEqual([
      'src/cli/a.ts:1 imports commander, which package.json does not name',
    ]);
  });

  it('R63 refuses a package that an install would bring along', () => {
    const tree = plant({ 'package.json': '{"dependencies":{"pg":"1.0.0"}}' });
    expect(report(checkPackages(tree))).toEqual([
      'package.json has pg in dependencies; it is bundled into dist/, so it belongs in devDependencies',
    ]);
  });

  it.each([
    ['a package in its room', 'src/transports/a.ts', "import spawn from 'cross-spawn';"],
    ['anything in a test', 'src/upstream/a.test.ts', "import { it } from 'vitest';"],
    ['I/O where a room does it', 'src/store/a.ts', "import { readFile } from 'node:fs/promises';"],
  ])('allows %s', (_, file, text) => {
    expect(report(checkPackages(plant({ [file]: text })))).toEqual([]);
  });
});

describe('reasons', () => {
  it('are given for every package of this repository', () => {
    expect(report(checkReasons(repository))).toEqual([]);
  });

  it('are missing for a package that no page names', () => {
    const tree = plant({
      'package.json': '{"dependencies":{"pg":"1.0.0"},"devDependencies":{"left-pad":"1.0.0"}}',
      'docs/decisions/packages-store.md': '| `pg` | driver |',
    });
    expect(report(checkReasons(tree))).toEqual([
      'package.json installs left-pad, and no page in docs/decisions/ says why',
    ]);
  });
});
