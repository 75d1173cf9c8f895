/**
 * architecture/lock — the lock file installs everywhere, and package.json pins what it names.
 */
import type { Tree, Violation } from './tree.ts';

interface LockFile {
  readonly packages: Readonly<
    Record<
      string,
      { readonly optionalDependencies?: Record<string, string>; readonly hasInstallScript?: boolean }
    >
  >;
}

interface Manifest {
  readonly allowScripts?: Record<string, boolean>;
  readonly dependencies?: Record<string, string>;
  readonly devDependencies?: Record<string, string>;
  readonly optionalDependencies?: Record<string, string>;
}

/** Every optional dependency has an entry of its own; otherwise `npm ci` fails on the platform that needs it. */
export function checkLock(tree: Tree): Violation[] {
  const file = 'package-lock.json';
  const text = tree.get(file);
  if (text === undefined) return [{ file, says: 'is missing' }];
  const { packages } = JSON.parse(text) as LockFile;
  const violations: Violation[] = [];
  for (const [place, { optionalDependencies = {} }] of Object.entries(packages)) {
    for (const name of Object.keys(optionalDependencies)) {
      if (!canResolve(packages, place, name)) {
        violations.push({
          file,
          says: `lacks ${name}, an optional dependency of ${place === '' ? 'the root' : place}`,
        });
      }
    }
  }
  return violations;
}

/** Node's own look-up: beside the package, then in every folder above it. */
function canResolve(packages: LockFile['packages'], place: string, name: string): boolean {
  for (let folder = place; ; ) {
    if (Object.hasOwn(packages, `${folder === '' ? '' : `${folder}/`}node_modules/${name}`)) return true;
    if (folder === '') return false;
    const above = folder.lastIndexOf('/node_modules/');
    folder = above === -1 ? '' : folder.slice(0, above);
  }
}

/** Exact versions only, and every install script is decided on by name. */
export function checkManifest(tree: Tree): Violation[] {
  const file = 'package.json';
  const manifest = JSON.parse(tree.get(file) ?? '{}') as Manifest;
  const violations: Violation[] = [];
  const named = { ...manifest.dependencies, ...manifest.devDependencies, ...manifest.optionalDependencies };
  for (const [name, version] of Object.entries(named)) {
    if (!/^(npm:(@[\w-]+\/)?[\w.-]+@)?\d+\.\d+\.\d+(-[\w.]+)?$/.test(version)) {
      violations.push({ file, says: `names ${name}@${version}; pin the exact version` });
    }
  }
  const lock = JSON.parse(tree.get('package-lock.json') ?? '{"packages":{}}') as LockFile;
  for (const [place, { hasInstallScript }] of Object.entries(lock.packages)) {
    const name = place.slice(place.lastIndexOf('node_modules/') + 'node_modules/'.length);
    if (hasInstallScript === true && manifest.allowScripts?.[name] === undefined) {
      violations.push({
        file,
        says: `does not say in allowScripts whether ${name} may run its install script`,
      });
    }
  }
  return violations;
}
