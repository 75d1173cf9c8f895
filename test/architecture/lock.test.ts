import { describe, expect, it } from 'vitest';
import { checkLock, checkManifest } from './lock.ts';
import { plant, readRepository, report } from './tree.ts';

const repository = readRepository();

describe('the lock file', () => {
  it('has an entry for every optional dependency in this repository', () => {
    expect(report(checkLock(repository))).toEqual([]);
  });

  it('refuses a platform package that has no entry', () => {
    const lock = {
      packages: {
        'node_modules/tool': { optionalDependencies: { '@tool/linux': '1.0.0', '@tool/win32': '1.0.0' } },
        'node_modules/@tool/linux': {},
        'node_modules/other/node_modules/@tool/win32': {},
      },
    };
    expect(report(checkLock(plant({ 'package-lock.json': JSON.stringify(lock) })))).toEqual([
      'package-lock.json lacks @tool/win32, an optional dependency of node_modules/tool',
    ]);
  });

  it('finds an entry beside a nested package', () => {
    const lock = {
      packages: {
        'node_modules/a/node_modules/tool': { optionalDependencies: { x: '1.0.0' } },
        'node_modules/a/node_modules/x': {},
      },
    };
    expect(report(checkLock(plant({ 'package-lock.json': JSON.stringify(lock) })))).toEqual([]);
  });

  it('refuses to be missing', () => {
    expect(report(checkLock(plant({})))).toEqual(['package-lock.json is missing']);
  });
});

describe('package.json', () => {
  it('pins exact versions and decides on install scripts in this repository', () => {
    expect(report(checkManifest(repository))).toEqual([]);
  });

  it.each(['^1.2.3', '~1.2.3', '*', 'latest', '1.x', 'npm:thing@^2.0.0'])(
    'refuses the version %s',
    (version) => {
      const tree = plant({ 'package.json': JSON.stringify({ dependencies: { thing: version } }) });
      expect(report(checkManifest(tree))).toHaveLength(1);
    },
  );

  it('refuses an install script that nobody decided on', () => {
    const lock = { packages: { 'node_modules/a/node_modules/@x/native': { hasInstallScript: true } } };
    const tree = plant({ 'package.json': '{}', 'package-lock.json': JSON.stringify(lock) });
    expect(report(checkManifest(tree))).toEqual([
      'package.json does not say in allowScripts whether @x/native may run its install script',
    ]);
  });
});
