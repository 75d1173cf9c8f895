/**
 * cli/start-cost.test — the command line starts quickly because of what it does not load. This holds it to that.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const here = dirname(fileURLToPath(import.meta.url));

/** Packages that are loaded with `file`, by its static imports and theirs. Types and dynamic imports load nothing. */
function packagesLoadedWith(file: string): string[] {
  const packages = new Set<string>();
  const seen = new Set<string>();
  const visit = (path: string): void => {
    if (seen.has(path) || !existsSync(path)) return;
    seen.add(path);
    const text = readFileSync(path, 'utf8');
    for (const [statement, specifier = ''] of text.matchAll(/^(?:import|export)\s[^;]*?from '([^']+)'/gm)) {
      const isType = /^(?:import|export) type\s/.test(statement) || namesOnlyTypes(statement);
      if (isType || specifier.startsWith('node:')) continue;
      if (specifier.startsWith('.')) visit(join(dirname(path), specifier));
      else packages.add(specifier);
    }
  };
  visit(file);
  return [...packages].sort();
}

/** `import { type A, type B } from …` is left out by the compiler too. */
function namesOnlyTypes(statement: string): boolean {
  const names = /^(?:import|export)\s*\{([^}]*)\}/.exec(statement)?.[1];
  return names?.split(',').every((name) => name.trim() === '' || name.trim().startsWith('type ')) ?? false;
}

describe('what is loaded', () => {
  it('is commander and nothing else before a command is known', () => {
    expect(packagesLoadedWith(join(here, 'main.ts'))).toEqual(['commander']);
  });

  const commands = readdirSync(join(here, 'commands')).filter((name) => name.endsWith('.ts'));
  it.each(commands)('is no package for commands/%s', (name) => {
    expect(packagesLoadedWith(join(here, 'commands', name))).toEqual([]);
  });

  it('is no package for the context that every command gets', () => {
    expect(packagesLoadedWith(join(here, 'context.ts'))).toEqual([]);
  });

  it('would be noticed: the daemon loads some', () => {
    expect(packagesLoadedWith(join(here, '..', 'admin', 'app.ts'))).toEqual(
      expect.arrayContaining(['fastify', 'zod']),
    );
  });
});
