/**
 * support/downstream-rig — the MCP endpoint behind a real door and real sockets, over a store and servers that tests rule.
 */
import { afterEach } from 'vitest';
import {
  type ByteBudget,
  EventBus,
  type JsonObject,
  ManualClock,
  silentLogger,
  unlimitedBudget,
} from '../../src/base/index.ts';
import { createDownstream, type Downstream } from '../../src/downstream/index.ts';
import { type CallHandler, resultAnswer, type Subscribed } from '../../src/gateway/index.ts';
import {
  Door,
  type Listeners,
  listen,
  loopbackHosts,
  loopbackOrigins,
  RouteTable,
} from '../../src/http/index.ts';
import type {
  Answer,
  Caller,
  CallScope,
  DomainEvent,
  Principal,
  SessionId,
  SessionRecord,
  SessionRepository,
} from '../../src/model/index.ts';
import { principalOf } from './principals.ts';

export const alice: Principal = principalOf('k1', { name: 'alice' });
export const bob: Principal = principalOf('k2', { name: 'bob' });

/** A store in memory that can be told to fail or to wait. */
export class Records implements SessionRepository {
  readonly rows = new Map<SessionId, SessionRecord>();
  fails = false;
  gate: Promise<void> | undefined;

  async #written(): Promise<void> {
    await this.gate;
    if (this.fails) throw new Error('the disk is full');
  }
  async get(id: SessionId): Promise<SessionRecord | undefined> {
    return this.rows.get(id);
  }
  async insert(record: SessionRecord): Promise<void> {
    await this.#written();
    this.rows.set(record.id, record);
  }
  async update(record: SessionRecord): Promise<void> {
    await this.#written();
    this.rows.set(record.id, record);
  }
  async touch(): Promise<void> {}
  async delete(id: SessionId): Promise<void> {
    await this.#written();
    this.rows.delete(id);
  }
  async deleteUnusedSince(before: number): Promise<readonly SessionId[]> {
    const old = [...this.rows.values()].filter((row) => row.lastUsedAt < before).map((row) => row.id);
    for (const id of old) this.rows.delete(id);
    return old;
  }
  async count(): Promise<number> {
    return this.rows.size;
  }
}

/** The core, as far as sessions need it: counts who holds a subscription to what. */
export class FakeCallHandler {
  readonly held = new Map<string, number>();
  readonly callers: Caller[] = [];
  refuses = false;
  asked = 0;
  gate: Promise<void> | undefined;
  readonly serverInfo = { name: 'test' };
  asksForFolders = false;
  /** What was known of where callers work, each time that it was another. */
  readonly noted: unknown[] = [];
  noteAccess = (caller: Caller): void => void this.noted.push(caller.roots);

  exists = (): boolean => true;
  view = (): undefined => undefined;
  viewFor = (): undefined => undefined;
  describeServer = () => ({ capabilities: { resources: { subscribe: true } }, instructions: undefined });
  describeServerTo = () => this.describeServer();
  wantLogLevel = (): void => {};
  result: JsonObject = {};
  answer = async (call: { scope: CallScope }): Promise<Answer> => {
    this.callers.push(call.scope.caller);
    return resultAnswer(this.result);
  };
  subscribe = async (_route: unknown, uri: string): Promise<Subscribed> => {
    this.asked += 1;
    await this.gate;
    if (this.refuses)
      return { refusal: { kind: 'error', error: { code: -32601, message: 'it does not tell' } } };
    this.held.set(uri, (this.held.get(uri) ?? 0) + 1);
    return { release: () => this.held.set(uri, (this.held.get(uri) ?? 0) - 1) };
  };
}

export interface Rig {
  readonly records: Records;
  readonly serve: FakeCallHandler;
  readonly clock: ManualClock;
  readonly events: EventBus<DomainEvent>;
  readonly released: string[];
  readonly downstream: Downstream;
  readonly port: number;
  readonly url: string;
  /** A person takes away what this one comes with. */
  shutOut(who: 'alice' | 'bob'): void;
}

const open: { listeners: Listeners; downstream: Downstream }[] = [];
/** Call it once in each file of tests. */
export function closeRigs(): void {
  afterEach(async () => {
    for (const { listeners, downstream } of open.splice(0)) {
      await downstream.close().catch(() => {});
      await listeners.close(0);
    }
  });
}

export async function startRig(
  options: { records?: Records; serve?: FakeCallHandler; maxSessions?: number; memory?: ByteBudget } = {},
): Promise<Rig> {
  const clock = new ManualClock();
  const records = options.records ?? new Records();
  const serve = options.serve ?? new FakeCallHandler();
  const released: string[] = [];
  const events = new EventBus<DomainEvent>(clock, (error) => {
    throw error;
  });
  const downstream = createDownstream({
    serve: serve as unknown as CallHandler,
    tellOwnServers: () => {},
    sessions: records,
    events,
    clock,
    logger: silentLogger,
    bodyCapBytes: 1024 * 1024,
    sessionIdleMs: 3_600_000,
    maxSessions: options.maxSessions ?? 100,
    memory: options.memory ?? unlimitedBudget(),
    asksForFolders: () => serve.asksForFolders,
    realFolders: async (uris) => uris,
    released: (key) => released.push(key),
  });
  const principals = { alice: { ...alice }, bob: { ...bob } };
  let port = 0;
  const memory = options.memory ?? unlimitedBudget();
  const door = new Door({
    routes: new RouteTable(downstream.routes),
    hosts: () => loopbackHosts(port),
    origins: () => loopbackOrigins(port),
    authenticate: (token) =>
      token === 'bob' ? principals.bob : token === 'nobody' ? undefined : principals.alice,
    memory,
    logger: silentLogger,
  });
  const listeners = await listen({ port: 0, addresses: ['127.0.0.1'], handler: door.handle });
  ({ port } = listeners);
  open.push({ listeners, downstream });
  return {
    records,
    serve,
    clock,
    events,
    released,
    downstream,
    port,
    url: `http://127.0.0.1:${port}`,
    shutOut(who) {
      const principal = principals[who] as { -readonly [Fact in keyof Principal]: Principal[Fact] };
      principal.isLive = false;
      events.publish({
        type: 'auth.access_ended',
        principalId: principal.id,
        credentialId: undefined,
        reason: 'its key was revoked',
      });
    },
  };
}

export interface Reply {
  readonly status: number;
  readonly session: string | null;
  readonly body: { id?: number; result?: JsonObject; error?: { code: number; message: string } };
}

export async function post(
  rig: Rig,
  message: { method: string; params?: JsonObject; id?: number },
  options: { session?: string; headers?: Record<string, string>; path?: string } = {},
): Promise<Reply> {
  const response = await fetch(rig.url + (options.path ?? '/mcp'), {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(options.session !== undefined && { 'mcp-session-id': options.session }),
      ...options.headers,
    },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, ...message }),
    signal: AbortSignal.timeout(5_000),
  });
  const text = await response.text();
  return {
    status: response.status,
    session: response.headers.get('mcp-session-id'),
    body: text.startsWith('{') ? JSON.parse(text) : {},
  };
}

export const hello: JsonObject = {
  protocolVersion: '2025-06-18',
  capabilities: {},
  clientInfo: { name: 'c', version: '1' },
};

export async function initialize(rig: Rig, headers: Record<string, string> = {}): Promise<string> {
  const { session } = await post(rig, { method: 'initialize', params: hello }, { headers });
  return session as string;
}

export const subscribe = (rig: Rig, session: string, uri: string, id = 1): Promise<Reply> =>
  post(rig, { method: 'resources/subscribe', params: { uri }, id }, { session });
