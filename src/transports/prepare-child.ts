/**
 * transports/prepare-child — what a child is started with: its program, its working folder, its environment.
 *
 * Knows nothing of: the child once it runs, messages.
 */

import { existsSync, readFileSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { describeError, type McpMuxError, shellQuote } from '../base/index.ts';
import type { StdioLaunch } from '../model/index.ts';
import {
  type CommandPlan,
  makeFolders,
  planWindowsCommand,
  platform,
  windowsProgram,
} from '../platform/index.ts';
import { transportError } from './errors.ts';
import {
  type ChildKeeper,
  childEnvironment,
  type FoundCommand,
  findCommand,
  hintForCommand,
} from './process/index.ts';

export interface ChildWanted {
  /** The name a person gave the server. */
  readonly server: string;
  readonly launch: StdioLaunch;
  readonly children: ChildKeeper;
  /** Of this child, see the keeper. */
  readonly marker: string;
  /** The server's own folder: its working folder when the launch names none. Made when it is not there. */
  readonly ownFolder?: string | undefined;
  /** Becomes MCP_STATE_DIR. */
  readonly stateFolder?: string | undefined;
}

/** `file` is absolute. */
export interface PreparedChild extends CommandPlan {
  readonly cwd: string;
  readonly environment: Record<string, string>;
}

/** @throws transports.command_not_found, transports.spawn_failed */
export async function prepareChild(wanted: ChildWanted): Promise<PreparedChild> {
  const cwd = await workingFolder(wanted);
  const { environment, file } = await commandToRun(wanted, cwd);
  return { cwd, environment, ...planCommand(wanted, file) };
}

/** @throws transports.spawn_failed where a batch file cannot be given these arguments without letting them run something */
function planCommand({ server, launch }: ChildWanted, file: string): CommandPlan {
  const { args } = launch;
  if (!platform.isWindows) return { file, args, isVerbatim: false };
  const plan = planWindowsCommand({
    file,
    args,
    shell: windowsProgram('cmd', process.env),
    exists: existsSync,
    node: process.execPath,
    read: (path) => {
      try {
        return readFileSync(path, 'utf8');
      } catch {
        return undefined;
      }
    },
  });
  if (plan !== undefined) return plan;
  throw transportError('spawn_failed', {
    server,
    reason: `"${file}" is a batch file, and an argument holds a percent sign or a line break, which Windows would read as a command; name the program that it runs instead`,
  });
}

/** What the system said to a start, in words. */
export function spawnFailure(server: string, error: unknown): McpMuxError {
  const failure = error instanceof Error ? error : new Error(describeError(error));
  const code = (failure as NodeJS.ErrnoException).code ?? '';
  return transportError(
    'spawn_failed',
    {
      server,
      reason: spawnErrors.get(code) ?? failure.message,
      isForWantOfRoom: codesForWantOfRoom.includes(code),
      isFinal: finalSpawnErrors.includes(code),
    },
    error,
  );
}

async function workingFolder({ server, launch, ownFolder }: ChildWanted): Promise<string> {
  if (launch.cwd === undefined) {
    if (ownFolder === undefined) return process.cwd();
    await makeFolders(ownFolder);
    return ownFolder;
  }
  const folder = launch.cwd;
  const facts = await stat(folder).catch((error: NodeJS.ErrnoException) => error);
  if (facts instanceof Error || !facts.isDirectory()) {
    const reason =
      facts instanceof Error
        ? (folderFaults.get(facts.code ?? '') ?? `cannot be used: ${describeError(facts)}`)
        : 'is not a folder';
    throw transportError(
      'spawn_failed',
      {
        server,
        reason: `its working folder "${folder}" ${reason}`,
        hint: `make it, then: mcpmux refresh ${shellQuote(server)}; or give another: mcpmux edit ${shellQuote(server)} --cwd FOLDER`,
        isFinal: true,
      },
      facts instanceof Error ? facts : undefined,
    );
  }
  return launch.cwd;
}

async function commandToRun(
  wanted: ChildWanted,
  cwd: string,
): Promise<{ environment: Record<string, string>; file: string }> {
  const { server, launch } = wanted;
  let search = await searchCommand(wanted, cwd, false);
  if (search.found.kind === 'not-found') search = await searchCommand(wanted, cwd, true);
  const { environment, found } = search;
  switch (found.kind) {
    case 'found':
      return { environment, file: found.file };
    case 'not-executable':
      throw transportError('spawn_failed', {
        server,
        reason: `"${found.file}" is not executable`,
        hint: `chmod +x "${found.file}", then: mcpmux refresh ${shellQuote(server)}`,
        isFinal: true,
      });
    case 'not-found': {
      const { command } = launch;
      const isFile = /[\\/]/.test(command);
      throw transportError('command_not_found', {
        server,
        command,
        ...(isFile ? { file: resolve(cwd, command) } : { path: environment['PATH'] ?? '' }),
        hint: isFile
          ? 'check the path; one that does not begin with / is looked for in the folder of the server (--cwd)'
          : hintForCommand(command),
      });
    }
  }
}

async function searchCommand(
  { launch, children, marker, stateFolder }: ChildWanted,
  cwd: string,
  isThorough: boolean,
): Promise<{ environment: Record<string, string>; found: FoundCommand }> {
  const environment = childEnvironment({
    own: process.env,
    path: await children.searchPath(isThorough),
    configured: launch.env,
    marker,
    stateFolder,
  });
  const path = environment['PATH'] ?? '';
  return { environment, found: await findCommand(launch.command, path, cwd, environment['PATHEXT']) };
}

const folderFaults: ReadonlyMap<string, string> = new Map([
  ['ENOENT', 'is not there'],
  ['ENOTDIR', 'is not there: a file is in the way'],
  ['EACCES', 'may not be entered'],
]);

/** What a person has to change before another attempt can work. */
const finalSpawnErrors: readonly string[] = ['EACCES', 'EPERM', 'ENOEXEC', 'E2BIG'];

const spawnErrors: ReadonlyMap<string, string> = new Map([
  ['EACCES', 'the system does not allow to execute it'],
  ['ENOEXEC', 'it is not a program for this machine'],
  ['E2BIG', 'its arguments and environment are too large'],
  ['EAGAIN', 'the system has no room for another process'],
  ['EMFILE', 'the daemon has no room for more open files'],
  ['ENOMEM', 'the system has no memory for another process'],
  ['ENFILE', 'the system has no room for more open files'],
]);

/** The machine has no room for another process now; it will have when others end. */
const codesForWantOfRoom: readonly string[] = ['EAGAIN', 'EMFILE', 'ENFILE', 'ENOMEM'];
