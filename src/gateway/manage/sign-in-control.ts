/**
 * gateway/manage/sign-in-control — the sign-in actions of the admin API.
 *
 * In: a server by name, and what to do. Out: facts without secrets.
 * Knows nothing of: OAuth, HTTP, the command line.
 */
import type { AccessRegister } from '../../access/index.ts';
import type { InstalledServer } from '../../model/index.ts';
import type { DoctorReport, GivenClient, SignInStarted, StartOptions } from '../../sign-in/index.ts';
import type { ConnectionOutcome, ConnectionService, SignInState } from '../../upstream/index.ts';
import { findServer } from './find-server.ts';
import type { InstalledServerList } from './installed-server-list.ts';

/** The sign-in state of one server. */
export interface SignInOverview extends SignInState {
  readonly server: InstalledServer;
}

/** Every method throws gateway.no_such_server with similar names. */
export interface SignInControl {
  /** Connects because a person asked for it. If a sign-in is needed, it is started. */
  connect(reference: string): Promise<ConnectionOutcome>;
  /** Starts a sign-in, or returns the open one. @throws upstream.sign_in_impossible, sign-in.* */
  start(reference: string, options: StartOptions): Promise<SignInStarted>;
  /** @throws sign-in.bad_paste, sign-in.no_such_flow, and why the sign-in failed */
  complete(reference: string, pastedUrl: string): Promise<SignInOverview>;
  /** @returns false when none is open */
  cancel(reference: string): boolean;
  /** @throws upstream.sign_in_impossible, sign-in.* */
  useClientCredentials(
    reference: string,
    options: { readonly client?: GivenClient; readonly scopes?: readonly string[] },
  ): Promise<SignInOverview>;
  /** Waits at most `waitMs` until an open sign-in has ended. */
  state(reference: string, waitMs: number): Promise<SignInOverview>;
  /** All servers with a URL. */
  list(): Promise<readonly SignInOverview[]>;
  /** @throws upstream.sign_in_impossible */
  signOut(reference: string): ReturnType<ConnectionService['disconnect']>;
  diagnose(reference: string): Promise<DoctorReport>;
}

export class GatewaySignInControl implements SignInControl {
  readonly #access: AccessRegister;
  readonly #installed: InstalledServerList;
  readonly #connections: ConnectionService;

  constructor(options: {
    readonly access: AccessRegister;
    readonly installed: InstalledServerList;
    readonly connections: ConnectionService;
  }) {
    this.#access = options.access;
    this.#installed = options.installed;
    this.#connections = options.connections;
  }

  connect(reference: string): Promise<ConnectionOutcome> {
    return this.#connections.connect(this.#find(reference), 'manual');
  }

  start(reference: string, options: StartOptions): Promise<SignInStarted> {
    return this.#connections.startSignIn(this.#find(reference), options);
  }

  async complete(reference: string, pastedUrl: string): Promise<SignInOverview> {
    const server = this.#find(reference);
    await this.#connections.completeSignIn(server, pastedUrl);
    return this.#overview(server);
  }

  cancel(reference: string): boolean {
    return this.#connections.cancelSignIn(this.#find(reference).id);
  }

  async useClientCredentials(
    reference: string,
    options: Parameters<SignInControl['useClientCredentials']>[1],
  ): Promise<SignInOverview> {
    const server = this.#find(reference);
    await this.#connections.useClientCredentials(server, options);
    return this.#overview(server);
  }

  state(reference: string, waitMs: number): Promise<SignInOverview> {
    return this.#overview(this.#find(reference), waitMs);
  }

  list(): Promise<readonly SignInOverview[]> {
    const remote = this.#installed.all().filter(({ launch }) => launch.kind === 'http');
    return Promise.all(remote.map((server) => this.#overview(server)));
  }

  signOut(reference: string): ReturnType<ConnectionService['disconnect']> {
    return this.#connections.disconnect(this.#find(reference));
  }

  diagnose(reference: string): Promise<DoctorReport> {
    return this.#connections.diagnose(this.#find(reference));
  }

  async #overview(server: InstalledServer, waitMs = 0): Promise<SignInOverview> {
    return { server, ...(await this.#connections.signInState(server.id, waitMs)) };
  }

  #find(reference: string): InstalledServer {
    return findServer(this.#installed.all(), reference, this.#access.snapshot);
  }
}
