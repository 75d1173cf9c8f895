/**
 * Bundles the command line and the daemon into dist/. Each dynamic import becomes a file of its own, so that
 * `mcpmux status` does not read the daemon.
 *
 * Packages stay outside, except those that are needed before the port opens: as hundreds of small files, Kysely alone
 * costs more than everything else until then (CPU until the port is open: 750 ms outside, 430 ms bundled).
 */
import { defineConfig } from 'tsdown';

// Not jsonc-parser: its CommonJS form requires files that a bundle does not have.
const bundled = ['commander', 'kysely', 'cross-spawn'];

export default defineConfig({
  entry: { main: 'src/cli/main.ts' },
  outDir: 'dist',
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  fixedExtension: true,
  dts: false,
  clean: true,
  sourcemap: true,
  report: false,
  noExternal: bundled,
  // Every bare specifier that is not bundled.
  external: [new RegExp(`^(?!\\.|/|(?:${bundled.join('|')})(?:/|$))`)],
});
