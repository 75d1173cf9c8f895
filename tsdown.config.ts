/**
 * Bundles the command line, the daemon and every package that they use into dist/. Each dynamic import becomes a file of
 * its own, so that `mcpmux status` does not read the daemon.
 *
 * Packages are bundled for two reasons: as hundreds of small files they cost more than everything else until the port is
 * open, and an installed McpMux then brings no tree of packages with it (decisions/tooling.md).
 */
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'tsdown';

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
  deps: {
    alwaysBundle: [/.*/],
    // A native add-on with a package for each system; one that nobody has; one that is part of newer Nodes.
    neverBundle: ['@napi-rs/keyring', 'pg-native', 'node:sqlite'],
    onlyBundle: false,
  },
  // Its CommonJS form requires files that a bundle does not have.
  alias: {
    'jsonc-parser': fileURLToPath(new URL('node_modules/jsonc-parser/lib/esm/main.js', import.meta.url)),
  },
});
