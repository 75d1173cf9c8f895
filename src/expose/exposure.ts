/**
 * expose/exposure — is this machine reachable through a tunnel, through which, and for what.
 *
 *     off ─start→ opening ─address→ on ─stop→ off
 *                    └──fails──▶ off      on ─the tunnel dies→ ended (port closed, nothing reachable) ─stop→ off
 *
 * The tunnel gets a port of its own. Whatever comes in there comes from outside, whatever its headers say; so no header can
 * make a request look like one of this machine.
 * Owns: that port and the tunnel's process. Knows nothing of: what is behind the port, who may see which server.
 */

import { access, constants } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock, Closeable, Logger } from '../base/index.ts';
import type { ServerId } from '../model/index.ts';
import type { ChildKeeper } from '../transports/index.ts';
import { exposeError } from './errors.ts';
import { TunnelProcess } from './tunnel-process.ts';
import { type TunnelProgram, tunnelPrograms } from './tunnel-programs.ts';

export type ExposureState =
  | { readonly status: 'off' }
  | { readonly status: 'opening'; readonly program: string; readonly serverIds: readonly ServerId[] }
  | {
      readonly status: 'on';
      readonly program: string;
      /** `https://HOST`: clients add `/mcp`. */
      readonly url: string;
      readonly serverIds: readonly ServerId[];
      /** Epoch ms. */
      readonly since: number;
    }
  | {
      /** It was on and is not any more: a person should know. */
      readonly status: 'ended';
      readonly program: string;
      readonly reason: string;
      readonly serverIds: readonly ServerId[];
      readonly since: number;
    };

/** The port for the tunnel. */
export interface TunnelPort {
  readonly port: number;
  /** From here on requests with this host are answered. */
  admit(url: string): void;
  close(): Promise<void>;
}

export interface ExposureOptions {
  readonly children: ChildKeeper;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly isAuthenticationOff: boolean;
  openPort(): Promise<TunnelPort>;
  /** From now on these, and only these, may be seen from outside. */
  chosen(serverIds: readonly ServerId[]): void;
  /** Told after each change of the state. */
  changed(state: ExposureState): void;
}

export interface FoundProgram {
  readonly name: string;
  readonly title: string;
}

interface Running {
  readonly tunnel: TunnelProcess;
  readonly port: TunnelPort;
}

export class Exposure implements Closeable {
  readonly #options: ExposureOptions;
  #state: ExposureState = { status: 'off' };
  #running: Running | undefined;
  /** Starts and stops happen one after another. */
  #work: Promise<unknown> = Promise.resolve();

  constructor(options: ExposureOptions) {
    this.#options = options;
  }

  get state(): ExposureState {
    return this.#state;
  }

  /** The address from outside, while it is reachable. */
  get url(): string | undefined {
    return this.#state.status === 'on' ? this.#state.url : undefined;
  }

  /** The tunnel programs of this machine. */
  async programs(): Promise<readonly FoundProgram[]> {
    const found = await this.#find();
    return found.map(({ program: { name, title } }) => ({ name, title }));
  }

  /**
   * Opens a tunnel for these servers.
   *
   * @param name a program; undefined = the first that is found
   * @throws expose.*
   */
  start(serverIds: readonly ServerId[], name: string | undefined): Promise<ExposureState> {
    return this.#next(() => this.#start(serverIds, name));
  }

  /** Other servers, the same tunnel. @throws expose.no_servers */
  choose(serverIds: readonly ServerId[]): Promise<ExposureState> {
    return this.#next(async () => {
      if (serverIds.length === 0) throw exposeError('no_servers');
      if (this.#state.status !== 'on') return this.#state;
      this.#options.chosen(serverIds);
      return this.#become({ ...this.#state, serverIds });
    });
  }

  /** Ends all of it. Safe to call twice. */
  stop(): Promise<ExposureState> {
    return this.#next(async () => {
      await this.#closeAll();
      return this.#state.status === 'off' ? this.#state : this.#become({ status: 'off' });
    });
  }

  async close(): Promise<void> {
    await this.#next(() => this.#closeAll());
  }

  async #start(serverIds: readonly ServerId[], name: string | undefined): Promise<ExposureState> {
    const { children, clock, isAuthenticationOff } = this.#options;
    if (isAuthenticationOff) throw exposeError('needs_sign_in');
    if (serverIds.length === 0) throw exposeError('no_servers');
    if (this.#state.status === 'on') throw exposeError('already_on', { program: this.#state.program });
    const { program, file, path } = await this.#choose(name);
    this.#become({ status: 'opening', program: program.title, serverIds });
    let running: Running | undefined;
    try {
      const port = await this.#options.openPort();
      const tunnel = new TunnelProcess({
        program,
        file,
        path,
        port: port.port,
        children,
        clock,
        ended: (reason) => void this.#next(() => this.#died(running, reason)),
      });
      running = { tunnel, port };
      this.#running = running;
      const url = await tunnel.open();
      this.#options.chosen(serverIds);
      port.admit(url);
      return this.#become({ status: 'on', program: program.title, url, serverIds, since: clock.now() });
    } catch (error) {
      await this.#closeAll();
      this.#become({ status: 'off' });
      throw error;
    }
  }

  /** The tunnel has ended by itself: what was open for it is closed, and the state says so. */
  async #died(running: Running | undefined, reason: string): Promise<void> {
    if (running === undefined || this.#running !== running || this.#state.status !== 'on') return;
    const { program, serverIds } = this.#state;
    await this.#closeAll();
    this.#options.logger.warn({ program, reason }, 'the tunnel has ended; nothing is reachable from outside');
    this.#become({ status: 'ended', program, reason, serverIds, since: this.#options.clock.now() });
  }

  async #closeAll(): Promise<void> {
    const running = this.#running;
    this.#running = undefined;
    this.#options.chosen([]);
    await running?.port.close();
    await running?.tunnel.stop();
  }

  async #choose(name: string | undefined) {
    const found = await this.#find();
    const [first] = found;
    if (name === undefined) {
      if (first !== undefined) return first;
      throw exposeError('no_program', { programs: tunnelPrograms.map((one) => one.name).join(', ') });
    }
    const wanted = found.find(({ program }) => program.name === name);
    if (wanted !== undefined) return wanted;
    throw exposeError('program_missing', {
      program: name,
      found: found.map(({ program }) => program.name).join(', '),
    });
  }

  async #find(): Promise<readonly { program: TunnelProgram; file: string; path: string }[]> {
    const path = await this.#options.children.searchPath(true);
    const found: { program: TunnelProgram; file: string; path: string }[] = [];
    for (const program of tunnelPrograms) {
      const file = await fileOnPath(program.name, path);
      if (file !== undefined) found.push({ program, file, path });
    }
    return found;
  }

  #become(state: ExposureState): ExposureState {
    this.#state = state;
    this.#options.changed(state);
    return state;
  }

  #next<T>(work: () => Promise<T>): Promise<T> {
    const next = this.#work.then(work, work);
    this.#work = next.catch(() => {
      // Told to whoever asked for it.
    });
    return next;
  }
}

async function fileOnPath(name: string, path: string): Promise<string | undefined> {
  const separator = path.includes(';') ? ';' : ':';
  for (const folder of path.split(separator)) {
    // A relative folder is another one wherever we stand.
    if (!/^(?:\/|[A-Za-z]:[\\/])/.test(folder)) continue;
    for (const ending of separator === ';' ? ['.exe'] : ['']) {
      const file = join(folder, `${name}${ending}`);
      const isThere = await access(file, constants.X_OK).then(
        () => true,
        () => false,
      );
      if (isThere) return file;
    }
  }
  return undefined;
}
