/**
 * cli/io — the process as the commands see it: streams, environment, terminal. Tests hand in their own.
 *
 * Owns: what happens when nobody takes the output any more. A command that answers a question ends, one that serves
 * others (`outliveOutput`) goes on.
 */
import { constants } from 'node:os';
import { platform } from '../platform/index.ts';

export interface OutputStream {
  write(text: string): unknown;
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
}

export interface InputStream extends AsyncIterable<Buffer | string> {
  readonly isTTY?: boolean | undefined;
  setRawMode?(isRaw: boolean): unknown;
  /** Ends a read that is waiting. */
  destroy?(): unknown;
}

export interface Io {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdin: InputStream;
  /** Data that was asked for, nothing else. */
  readonly stdout: OutputStream;
  /** Messages for a person. */
  readonly stderr: OutputStream;
  cwd(): string;
  /** Epoch ms. */
  now(): number;
  /** Lets a person edit a file. @returns the editor's exit code. Undefined where there is nobody */
  runEditor?(editor: string, file: string): Promise<number>;
  /** From here on the process goes on when stdout cannot be written. */
  outliveOutput?(): void;
}

export function processIo(): Io {
  let endsWithOutput = true;
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (endsWithOutput) endForOutput(error);
  });
  // Messages that nobody reads: what was asked for is done all the same.
  process.stderr.on('error', () => {});
  return {
    outliveOutput: () => {
      endsWithOutput = false;
    },
    runEditor: startEditor,
    env: process.env,
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    cwd: () => process.cwd(),
    now: () => Date.now(),
  };
}

/** All of standard input as text. */
export async function readAllInput(stdin: InputStream): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stdin) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks).toString('utf8');
}

/** As git does it: the variable holds a command line, so a shell reads it. */
async function startEditor(editor: string, file: string): Promise<number> {
  const { spawn } = await import('node:child_process');
  const child = platform.isWindows
    ? spawn(`${editor} "${file}"`, { stdio: 'inherit', shell: true })
    : spawn('/bin/sh', ['-c', `${editor} "$1"`, 'sh', file], { stdio: 'inherit' });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => resolve(code ?? 128 + constants.signals[signal ?? 'SIGTERM']));
  });
}

/** `mcpmux logs | head` closes our stdout; that is the reader's right. Anything else lost data, and says so. */
function endForOutput(error: NodeJS.ErrnoException): never {
  if (error.code === 'EPIPE') process.exit(0);
  const reason = outputFaults[error.code ?? ''] ?? error.message;
  process.stderr.write(`mcpmux: the output cannot be written: ${reason}\n`);
  process.exit(error.code === 'EIO' ? 128 + constants.signals.SIGHUP : 1);
}

const outputFaults: Readonly<Record<string, string>> = {
  ENOSPC: 'no space is left on its device',
  EIO: 'the terminal is gone',
  EFBIG: 'the file would be too large',
  EDQUOT: 'the disk quota is used up',
};
