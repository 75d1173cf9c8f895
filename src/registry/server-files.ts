/**
 * registry/server-files — a file of servers and the Space that it is for: what applying it would change, and doing so.
 *
 * Three are compared: the file, what it said when it was last applied, and what is installed. An entry that the file has not
 * changed is left as it is, also when a person has changed the server since. A file with a fault changes nothing.
 * Knows nothing of: the store, what runs. What it may do is handed in.
 */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { describeError, type Secret } from '../base/index.ts';
import { aliasFromName, type InstalledServer, type ServerOrigin } from '../model/index.ts';
import { registryError } from './errors.ts';
import type { PlannedLaunch } from './plan-server.ts';
import { whyVariableIsRefused } from './refused-variables.ts';
import { describeFileFaults, readServerFile, type WrittenServer } from './server-file.ts';

/** What may be done to the servers of a Space. */
export interface FileControl {
  /** @throws when there is no such Space */
  installed(space: string | undefined): readonly InstalledServer[];
  add(wish: {
    readonly name: string;
    readonly alias?: string;
    readonly launch: PlannedLaunch;
    readonly isEnabled: boolean;
    readonly origin: ServerOrigin;
    readonly space?: string;
  }): Promise<unknown>;
  change(
    server: InstalledServer,
    change: {
      readonly launch: LaunchReplacement;
      readonly isEnabled: boolean;
      readonly origin: ServerOrigin;
    },
  ): Promise<unknown>;
  remove(server: InstalledServer): Promise<unknown>;
}

/** All of a launch: what is null is taken away. */
export interface LaunchReplacement {
  readonly command?: string;
  readonly args?: readonly string[];
  readonly cwd?: string | null;
  readonly env?: Readonly<Record<string, Secret | null>>;
  readonly url?: string;
  readonly flavour?: 'auto' | 'http' | 'sse';
  readonly headers?: Readonly<Record<string, Secret | null>>;
}

export interface FileStep {
  readonly act: 'add' | 'change' | 'remove' | 'keep';
  readonly name: string;
  /** What would run or be reached; undefined for one that goes. */
  readonly launch: PlannedLaunch | undefined;
  /** Variables that change what is executed. */
  readonly refused: readonly { readonly variable: string; readonly why: string }[];
}

export interface FilePlan {
  readonly path: string;
  readonly steps: readonly FileStep[];
  /** Of the file as it was read: applying another one is refused. */
  readonly digest: string;
}

interface Planned extends FileStep {
  readonly written: WrittenServer | undefined;
  readonly server: InstalledServer | undefined;
}

export interface FileWish {
  /** Absolute. */
  readonly path: string;
  readonly space: string | undefined;
}

export class ServerFiles {
  readonly #control: FileControl;

  constructor(control: FileControl) {
    this.#control = control;
  }

  /** @throws registry.bad_file with every line and reason; registry.file_conflict */
  async plan(wish: FileWish): Promise<FilePlan> {
    const { steps, digest } = await this.#plan(wish);
    return { path: wish.path, digest, steps: steps.map(shown) };
  }

  /**
   * Only the servers that the file has changed are touched, and restart.
   *
   * @param expects the digest of the plan that was shown
   * @throws registry.bad_file, registry.file_conflict, registry.refused_variable, registry.plan_changed; nothing is changed then
   */
  async apply(wish: FileWish, expects: string | undefined, allows: readonly string[]): Promise<FilePlan> {
    const { steps, digest } = await this.#plan(wish);
    if (expects !== undefined && expects !== digest) throw registryError('plan_changed', { name: wish.path });
    const allowed = new Set(allows.map((variable) => variable.toUpperCase()));
    for (const { name, refused } of steps)
      for (const { variable, why } of refused)
        if (!allowed.has(variable.toUpperCase()))
          throw registryError('refused_variable', { name, variable, why });
    for (const step of steps) await this.#carryOut(step, wish);
    return { path: wish.path, digest, steps: steps.map(shown) };
  }

  async #plan({
    path,
    space,
  }: FileWish): Promise<{ readonly steps: readonly Planned[]; readonly digest: string }> {
    const text = await readFile(path, 'utf8').catch((error: unknown) => {
      throw registryError('bad_file', { path, reason: describeError(error) }, error);
    });
    const { servers, faults } = await readServerFile(text);
    if (faults.length > 0) throw registryError('bad_file', { path, reason: describeFileFaults(faults) });
    return {
      steps: planSteps(path, servers, this.#control.installed(space)),
      digest: createHash('sha256').update(text).digest('hex').slice(0, 32),
    };
  }

  async #carryOut({ act, written, server }: Planned, { path, space }: FileWish): Promise<void> {
    if (act === 'keep') return;
    if (written === undefined) {
      if (server !== undefined) await this.#control.remove(server);
      return;
    }
    const { name, alias, launch, isEnabled, hash } = written;
    const origin = { source: 'file', definition: name, file: path, fileHash: hash };
    if (server !== undefined) {
      await this.#control.change(server, { launch: replacementOf(server, launch), isEnabled, origin });
      return;
    }
    await this.#control.add({
      name,
      launch,
      isEnabled,
      origin,
      ...(alias !== undefined && { alias }),
      ...(space !== undefined && { space }),
    });
  }
}

/** @throws registry.file_conflict: a server of that name is there, and not from this file */
function planSteps(
  path: string,
  servers: readonly WrittenServer[],
  installed: readonly InstalledServer[],
): readonly Planned[] {
  const own = installed.filter(({ origin }) => origin?.file === path);
  const others = installed.filter(({ origin }) => origin?.file !== path);
  const steps = servers.map((written): Planned => {
    const { name, launch } = written;
    const alias = written.alias ?? aliasFromName(name);
    const twin = others.find(
      (server) => server.name.toLowerCase() === name.toLowerCase() || server.alias === alias,
    );
    if (twin !== undefined)
      throw registryError('file_conflict', {
        path,
        line: written.line,
        name,
        twin: twin.name,
        alias: twin.alias,
      });
    const server = own.find(({ origin }) => origin?.definition === name);
    const isSame = server?.origin?.fileHash === written.hash;
    const act = server === undefined ? 'add' : isSame ? 'keep' : 'change';
    return { act, name, launch, written, server, refused: act === 'keep' ? [] : refusedIn(launch) };
  });
  const gone = own
    .filter(({ origin }) => !servers.some(({ name }) => name === origin?.definition))
    .map(
      (server): Planned => ({
        act: 'remove',
        name: server.name,
        launch: undefined,
        refused: [],
        written: undefined,
        server,
      }),
    );
  // First what goes: its name may be wanted.
  return [...gone, ...steps];
}

function refusedIn(launch: PlannedLaunch): FileStep['refused'] {
  if (launch.kind === 'http') return [];
  return Object.keys(launch.env).flatMap((variable) => {
    const why = whyVariableIsRefused(variable);
    return why === undefined ? [] : [{ variable, why }];
  });
}

function shown({ act, name, launch, refused }: Planned): FileStep {
  return { act, name, launch, refused };
}

/** What is in the file is all there is: variables and headers that it no longer has go. */
function replacementOf({ launch: old }: InstalledServer, launch: PlannedLaunch): LaunchReplacement {
  const without = (
    before: Readonly<Record<string, Secret>>,
    now: Readonly<Record<string, Secret>>,
  ): Record<string, Secret | null> => {
    const gone = Object.keys(before).filter((name) => now[name] === undefined);
    return { ...Object.fromEntries(gone.map((name) => [name, null])), ...now };
  };
  return launch.kind === 'stdio'
    ? {
        command: launch.command,
        args: launch.args,
        cwd: launch.cwd ?? null,
        env: without(old.kind === 'stdio' ? old.env : {}, launch.env),
      }
    : {
        url: launch.url,
        flavour: launch.flavour,
        headers: without(old.kind === 'http' ? old.headers : {}, launch.headers),
      };
}
