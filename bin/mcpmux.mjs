#!/usr/bin/env node
/**
 * bin/mcpmux — checks what must be true before anything is loaded, then hands over to dist/main.mjs.
 *
 * Written so that an old Node can still parse it and say what is wrong.
 */
import { existsSync } from 'node:fs';
import * as nodeModule from 'node:module';

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
const entry = new URL('../dist/main.mjs', import.meta.url);

if (major < 20 || (major === 20 && minor < 19)) {
  process.stderr.write(
    `mcpmux: Node ${process.versions.node} is too old\n  next: install Node 20.19 or newer\n`,
  );
  process.exitCode = 1;
} else if (!existsSync(entry)) {
  process.stderr.write('mcpmux: it has not been built yet\n  next: npm run build\n');
  process.exitCode = 1;
} else {
  hideExperimentalSqliteWarning();
  // Node 22.8 and newer keep compiled code between runs; the command line starts faster.
  nodeModule.enableCompileCache?.();
  await import(entry.href);
}

/** Node 22 warns when node:sqlite is loaded. It is what we mean to use; every other warning stays. */
function hideExperimentalSqliteWarning() {
  const emitWarning = process.emitWarning.bind(process);
  process.emitWarning = (warning, ...rest) => {
    const text = typeof warning === 'string' ? warning : warning.message;
    if (text.includes('SQLite is an experimental feature')) return;
    emitWarning(warning, ...rest);
  };
}
