/**
 * architecture/packages — a package is imported only in its room, and only when package.json names it.
 *
 * Packages are bundled into dist/ (tsdown.config.ts), so they stand in devDependencies; only an add-on that cannot be
 * bundled is installed beside McpMux.
 */
import { readSource } from './source.ts';
import { floors, packageHomes, quietRooms } from './tables.ts';
import { isSource, roomOf, type Tree, type Violation } from './tree.ts';

export function checkPackages(tree: Tree): Violation[] {
  const violations: Violation[] = [];
  const installed = namedPackages(tree.get('package.json'));
  violations.push(...checkBundled(tree.get('package.json')));
  for (const [file, text] of tree) {
    const room = roomOf(file);
    if (!isSource(file) || room === undefined) continue;
    for (const { specifier, line } of readSource(file, text).imports) {
      if (specifier.startsWith('.')) continue;
      for (const says of judge(room, packageOf(specifier), installed)) violations.push({ file, line, says });
    }
  }
  return violations;
}

function judge(room: string, name: string, installed: ReadonlySet<string> | undefined): string[] {
  const home = packageHomes[name] ?? packageHomes[`${name.split('/')[0] ?? ''}/*`];
  if (name.startsWith('node:') && home === undefined) {
    const allowed = quietRooms[room];
    if (allowed === undefined || allowed.includes(name)) return [];
    return [`imports ${name}: ${room} does no I/O${room === 'contract' ? ' and runs in browsers' : ''}`];
  }
  if (home === undefined) {
    return [`imports ${name}, which has no row in test/architecture/tables.ts (package → rooms, why)`];
  }
  const says: string[] = [];
  if (!home.rooms.includes(room))
    says.push(`imports ${name}, which lives in ${home.rooms.join(', ')}: ${home.why}`);
  if (installed !== undefined && !name.startsWith('node:') && !installed.has(name)) {
    says.push(`imports ${name}, which package.json does not name`);
  }
  return says;
}

/** `@scope/name/deep` → `@scope/name`; `node:fs/promises` → `node:fs`. A bare Node module is told apart by its missing row. */
function packageOf(specifier: string): string {
  const parts = specifier.split('/');
  return specifier.startsWith('@') ? parts.slice(0, 2).join('/') : (parts[0] as string);
}

function namedPackages(manifest: string | undefined): ReadonlySet<string> | undefined {
  if (manifest === undefined) return undefined;
  const { devDependencies = {}, optionalDependencies = {} } = JSON.parse(manifest) as {
    devDependencies?: Record<string, string>;
    optionalDependencies?: Record<string, string>;
  };
  return new Set([...Object.keys(devDependencies), ...Object.keys(optionalDependencies)]);
}

/** An installed McpMux brings no tree of packages with it. */
function checkBundled(manifest: string | undefined): Violation[] {
  const { dependencies = {} } = JSON.parse(manifest ?? '{}') as { dependencies?: Record<string, string> };
  return Object.keys(dependencies).map((name) => ({
    file: 'package.json',
    says: `has ${name} in dependencies; it is bundled into dist/, so it belongs in devDependencies`,
  }));
}

/** The tables themselves stay true: rows name rooms that the plan knows. */
export function checkPackageTable(): string[] {
  return Object.entries(packageHomes).flatMap(([name, { rooms }]) =>
    rooms
      .filter((room) => floors[room] === undefined)
      .map((room) => `${name} lives in the unknown room ${room}`),
  );
}

/** Every package of package.json has its reason on a page in docs/decisions/. */
export function checkReasons(tree: Tree): Violation[] {
  const file = 'package.json';
  const pages = [...tree].filter(([path]) => path.startsWith('docs/decisions/')).map(([, text]) => text);
  const { dependencies, optionalDependencies, devDependencies } = JSON.parse(
    tree.get(file) ?? '{}',
  ) as Record<string, Record<string, string> | undefined>;
  return Object.keys({ ...dependencies, ...optionalDependencies, ...devDependencies })
    .filter((name) => !pages.some((page) => page.includes(`\`${name}\``)))
    .map((name) => ({ file, says: `installs ${name}, and no page in docs/decisions/ says why` }));
}
