/**
 * cli/main — the process `mcpmux`: its words in, its exit code out.
 */
import { processIo } from './io.ts';
import { runCli } from './run.ts';

// `mcpmux logs | head` closes our stdout; that is the reader's right and no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});

process.exitCode = await runCli(process.argv.slice(2), processIo());
