/**
 * Bundles the command line and the daemon into dist/. Packages stay outside; each dynamic import becomes a file of its
 * own, so that `mcpmux status` does not read the daemon.
 */
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
  deps: { skipNodeModulesBundle: true },
});
