/**
 * support/cli-bench — the command line in this process, against a fake gateway behind a real admin socket.
 *
 * In: words, what is piped in, whether there is a terminal. Out: exit code, stdout, stderr.
 */
import { mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { type AdminParts, type AdminServer, createAdminServer } from '../../src/admin/index.ts';
import type { Io } from '../../src/cli/io.ts';
import { runCli } from '../../src/cli/run.ts';
import { createFakeAdmin, type FakeAdmin, fakeNow } from './fake-admin.ts';

export interface CliResult {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

export interface RunOptions {
  readonly input?: string;
  /** Standard input stays open, as a terminal does. */
  readonly isInputOpen?: boolean;
  readonly env?: Readonly<Record<string, string>>;
  /** Columns of the terminal that stdout is; undefined = stdout is none. */
  readonly columns?: number;
  /** Somebody sits at stdin: what is typed is `input`, and this edits files. Gets the text, gives the new one. */
  readonly edits?: (text: string) => string;
  /** Somebody sits at stdin. */
  readonly isTerminal?: boolean;
}

export interface CliBench {
  /** The gateway behind the socket; another one after each `reset`. */
  fake: FakeAdmin;
  readonly folder: string;
  run(words: readonly string[], options?: RunOptions): Promise<CliResult>;
  /** The same, with the text so far on every write. */
  runAndWatch(
    words: readonly string[],
    onOutput: (out: string) => void,
    options?: RunOptions,
  ): Promise<CliResult>;
  /** A fresh gateway behind the same socket: starting the admin server anew for each test would take most of the time. */
  reset(): void;
  /** Later runs look for a daemon where none is, until the next `reset`. */
  hideDaemon(): void;
  /** Ends the daemon for good. */
  stopDaemon(): Promise<void>;
  close(): Promise<void>;
}

/** One hour after everything in the fake gateway happened. */
export const benchNow = fakeNow + 3_600_000;

export async function openCliBench(): Promise<CliBench> {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'mcpmux-cli-')));
  const socketPath = join(folder, 'run', 'admin.sock');
  let isHidden = false;
  const bench = { fake: createFakeAdmin() };
  const part = <Name extends keyof AdminParts>(name: Name): AdminParts[Name] =>
    delegate(() => bench.fake.parts[name]);
  const server: AdminServer = await createAdminServer({
    browsers: part('browsers'),
    door: part('door'),
    audit: part('audit'),
    exposure: part('exposure'),
    control: part('control'),
    builtIn: part('builtIn'),
    listModes: part('listModes'),
    tokens: part('tokens'),
    access: part('access'),
    signInControl: part('signInControl'),
    definitions: part('definitions'),
    approvals: part('approvals'),
    presentations: part('presentations'),
    review: part('review'),
    vault: part('vault'),
    apiKeys: part('apiKeys'),
    clients: part('clients'),
    serverLog: part('serverLog'),
    events: part('events'),
    settings: part('settings'),
    problems: part('problems'),
    machine: part('machine'),
    history: part('history'),
    explainer: part('explainer'),
    metrics: part('metrics'),
    daemon: part('daemon'),
    logger: part('logger'),
    socketPath,
  });

  const perform = async (
    words: readonly string[],
    { input, isInputOpen = false, env = {}, columns, edits, isTerminal = edits !== undefined }: RunOptions,
    onOutput: (out: string) => void = () => {},
  ): Promise<CliResult> => {
    let out = '';
    let err = '';
    const io: Io = {
      env: {
        MCPMUX_DATA_DIR: folder,
        MCPMUX_SOCKET: isHidden ? join(folder, 'nobody.sock') : socketPath,
        PATH: process.env['PATH'],
        ...env,
      },
      stdin: isTerminal
        ? Object.assign(inputOf(input), { isTTY: true, setRawMode: () => {} })
        : isInputOpen
          ? new PassThrough()
          : inputOf(input),
      stdout: {
        isTTY: columns !== undefined,
        columns,
        write(text) {
          out += text;
          onOutput(out);
        },
      },
      stderr: {
        write(text) {
          err += text;
        },
      },
      cwd: () => folder,
      now: () => benchNow,
      ...(edits === undefined
        ? {}
        : {
            runEditor: async (_editor: string, file: string) => {
              writeFileSync(file, edits(readFileSync(file, 'utf8')));
              return 0;
            },
          }),
    };
    const code = await runCli(words, io);
    return { code, out, err };
  };
  return Object.assign(bench, {
    folder,
    run: (words: readonly string[], options: RunOptions = {}) => perform(words, options),
    runAndWatch: (words: readonly string[], onOutput: (out: string) => void, options: RunOptions = {}) =>
      perform(words, options, onOutput),
    reset() {
      isHidden = false;
      bench.fake = createFakeAdmin();
    },
    hideDaemon() {
      isHidden = true;
    },
    stopDaemon: () => server.close(),
    async close() {
      await server.close();
      rmSync(folder, { recursive: true, force: true });
    },
  });
}

/** An object that is whatever `current` gives at the moment of use. */
function delegate<T extends object>(current: () => T): T {
  return new Proxy({} as T, {
    get(_, name) {
      const target = current();
      const value = Reflect.get(target, name, target) as unknown;
      return typeof value === 'function' ? (value as (...args: unknown[]) => unknown).bind(target) : value;
    },
  });
}

async function* inputOf(text: string | undefined): AsyncGenerator<Buffer> {
  if (text !== undefined) yield Buffer.from(text);
}
