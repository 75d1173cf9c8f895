/**
 * cli/io — the process as the commands see it: streams, environment, terminal. Tests hand in their own.
 */

export interface OutputStream {
  write(text: string): unknown;
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
}

export interface InputStream extends AsyncIterable<Buffer | string> {
  readonly isTTY?: boolean | undefined;
  setRawMode?(isRaw: boolean): unknown;
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
}

export function processIo(): Io {
  return {
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
