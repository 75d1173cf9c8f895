/**
 * downstream/legacy-session — one session of a legacy client while this daemon runs: its streams, its open calls,
 * what it was asked.
 *
 * A plain object with a few maps: most sessions are idle, and there may be thousands.
 * Knows nothing of: HTTP, storage, servers.
 */
import { Cancellation, type Clock, LowAllocationMap, randomText, type Timer } from '../base/index.ts';
import type {
  Ask,
  AskReply,
  Caller,
  Principal,
  ReportedRoots,
  Route,
  SessionRecord,
} from '../model/index.ts';
import { type LogLevel, RawJson, type RequestId, type RpcErrorObject } from '../protocol/index.ts';
import { type KeptBytes, keptWithoutBound } from './kept-bytes.ts';
import { ReplayBuffer } from './replay-buffer.ts';
import type { ReplyChannel } from './reply.ts';
import { StoredClientFacts } from './stored-client-facts.ts';
import { notificationText, requestText } from './wire-text.ts';

/** A person answers; ten minutes are long, but not for ever. */
export const askTimeoutMs = 600_000;
/** Streams whose events are kept after they ended, newest last: so many, and no more bytes than this of all of them. */
const keptStreams = 8;
const keptStreamBytes = 4 * 1024 * 1024;
/** Notifications kept for a client that does not listen. */
const maxMissed = 100;

interface OpenAsk {
  readonly resolve: (reply: AskReply) => void;
  readonly timer: Timer;
}

export class LegacySession {
  record: SessionRecord;
  /** What is kept for this session. */
  readonly memory: KeptBytes;
  /** Has it said `notifications/initialized`? Nothing is pushed before. */
  isInitialized: boolean;
  /** When it was used last, epoch ms; written to the store in batches. */
  lastUsedAt: number;
  #caller: Caller;
  readonly #clock: Clock;
  readonly #open = new LowAllocationMap<RequestId, Cancellation>();
  #asks: Map<string, OpenAsk> | undefined;
  /** Of this life of the daemon: an answer to an ask of an earlier life must fit none of this one. */
  #askPrefix: string | undefined;
  #askCount = 0;
  #streams: ReplayBuffer[] = [];
  #standing: ReplayBuffer | undefined;
  #missed: Set<string> | undefined;
  /** The end of each subscription that is held at a server, by the URI that the client knows. */
  #subscriptions: Map<string, () => void> | undefined;
  #turn: Promise<void> | undefined;
  #isClosed = false;

  constructor(
    record: SessionRecord,
    principal: Principal,
    route: Route,
    clock: Clock,
    isInitialized: boolean,
    /** Closed with the session. */
    memory: KeptBytes = keptWithoutBound(),
  ) {
    this.record = record;
    this.memory = memory;
    this.#clock = clock;
    this.isInitialized = isInitialized;
    this.lastUsedAt = record.lastUsedAt;
    this.#caller = {
      principal,
      route,
      client: new StoredClientFacts(record),
      sessionKey: record.id,
      workspace: record.workspace,
      bridgeFolder: record.bridgeFolder,
      roots: record.roots === undefined ? undefined : { state: 'arrived', uris: record.roots },
    };
  }

  /** Another object when what is known of the caller is another: whoever keeps one may tell by that. */
  get caller(): Caller {
    return this.#caller;
  }

  reportRoots(roots: ReportedRoots): void {
    this.#caller = { ...this.#caller, roots };
  }

  /** Its client comes with another credential now. */
  adoptPrincipal(principal: Principal): void {
    this.#caller = { ...this.#caller, principal };
  }

  get logLevel(): LogLevel | undefined {
    return this.record.logLevel as LogLevel | undefined;
  }

  get callsInFlight(): number {
    return this.#open.size;
  }

  /** Is a call open, or a change being written? */
  get isBusy(): boolean {
    return this.#open.size > 0 || this.#turn !== undefined;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Does `work` when what was begun before it is done, so that no change of the session is lost to another. */
  inTurn<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.#turn === undefined ? work() : this.#turn.then(work);
    const turn: Promise<void> = mine.then(noop, noop).then(() => {
      if (this.#turn === turn) this.#turn = undefined;
    });
    this.#turn = turn;
    return mine;
  }

  // ── subscriptions ──────────────────────────────────────────────────────────────────────────────

  /** Keeps the end of a subscription until it is let go. What a session that is over cannot keep ends at once. */
  hold(uri: string, release: () => void): void {
    if (this.#isClosed || this.#subscriptions?.has(uri) === true) {
      release();
      return;
    }
    this.#subscriptions ??= new Map();
    this.#subscriptions.set(uri, release);
  }

  letGo(uri: string): void {
    const release = this.#subscriptions?.get(uri);
    this.#subscriptions?.delete(uri);
    release?.();
  }

  // ── open calls ─────────────────────────────────────────────────────────────────────────────────

  isOpen(id: RequestId): boolean {
    return this.#open.has(id);
  }

  /** @returns undefined when a request with this id is open already */
  begin(id: RequestId): Cancellation | undefined {
    if (this.#open.has(id)) return undefined;
    const cancellation = new Cancellation();
    this.#open.set(id, cancellation);
    return cancellation;
  }

  end(id: RequestId): void {
    this.#open.delete(id);
  }

  cancel(id: RequestId, reason: string): void {
    this.#open.get(id)?.cancel(reason);
  }

  // ── streams ────────────────────────────────────────────────────────────────────────────────────

  newStream(): ReplayBuffer {
    const stream: ReplayBuffer = new ReplayBuffer(randomText(12), {
      memory: this.memory,
      finished: () => this.#trimStreams(),
    });
    this.#streams.push(stream);
    return stream;
  }

  /** Forgets the oldest of the streams that are over until the rest is within both bounds; one that still runs stays. */
  #trimStreams(): void {
    let count = 0;
    let bytes = 0;
    // From the newest: what is beyond a bound is older.
    for (let at = this.#streams.length - 1; at >= 0; at -= 1) {
      const stream = this.#streams[at] as ReplayBuffer;
      if (!stream.isDone) continue;
      count += 1;
      bytes += stream.keptBytes;
      if (count <= keptStreams && bytes <= keptStreamBytes) continue;
      stream.forget();
      this.#streams.splice(at, 1);
    }
  }

  findStream(id: string): ReplayBuffer | undefined {
    return this.#standing?.id === id ? this.#standing : this.#streams.find((stream) => stream.id === id);
  }

  /** The one stream for what belongs to no call. */
  standingStream(): ReplayBuffer {
    this.#standing ??= new ReplayBuffer(randomText(12), { memory: this.memory });
    return this.#standing;
  }

  /** The old transport has one stream for everything. */
  useAsStandingStream(stream: ReplayBuffer): void {
    this.#standing = stream;
  }

  get hasStandingStream(): boolean {
    return this.#standing?.isAttached === true;
  }

  /** Tells the client something that belongs to no call. What it cannot hear now it hears when it listens again. */
  notify(method: string, params: RawJson | undefined): void {
    if (!this.isInitialized) return;
    const text = notificationText(method, params);
    if (this.#standing?.isAttached) this.#standing.send(text);
    else {
      this.#missed ??= new Set();
      // The same notification missed twice is told once. There are few that say that a list changed, and each counts.
      const mayKeep = this.#missed.size < maxMissed || method.endsWith('/list_changed');
      if (mayKeep && !this.#missed.has(text) && this.memory.take(text.length)) this.#missed.add(text);
    }
  }

  /** The standing stream is open: what was missed goes out first. */
  caughtUp(): void {
    const missed = this.#missed;
    this.#missed = undefined;
    if (missed === undefined) return;
    for (const text of missed) {
      this.memory.give(text.length);
      this.#standing?.send(text);
    }
  }

  // ── asks ───────────────────────────────────────────────────────────────────────────────────────

  /**
   * Sends a request to the client, on the reply of the call that caused it or on the standing stream.
   * The caller has checked that the client can be asked this.
   */
  ask(ask: Ask, cancellation: Cancellation, on: ReplyChannel | undefined): Promise<AskReply> {
    return new Promise((resolve) => {
      this.#askCount += 1;
      this.#askPrefix ??= randomText(8);
      const id = `mux-${this.#askPrefix}-${this.#askCount}`;
      const send = (text: string): void => {
        if (on !== undefined) on.say(text, false);
        else this.standingStream().send(text);
      };
      if (on === undefined && !this.hasStandingStream) {
        resolve({ kind: 'unanswered', reason: 'the client does not listen right now' });
        return;
      }
      let isSent = false;
      const giveUp = (reason: string): void => {
        if (!this.#settleAsk(id, { kind: 'error', error: { code: -32603, message: reason } })) return;
        if (isSent)
          send(notificationText('notifications/cancelled', RawJson.ofValue({ requestId: id, reason })));
      };
      const timer = this.#clock.after(askTimeoutMs, () => giveUp('the client did not answer in time'));
      this.#asks ??= new Map();
      this.#asks.set(id, { resolve, timer });
      cancellation.onCancel(giveUp);
      // Cancelled before it was asked: it is settled, and the client need not hear of it.
      if (!this.#asks.has(id)) return;
      isSent = true;
      send(requestText(id, ask.method, ask.params));
    });
  }

  /** The client answered. @returns false when it was not asked that */
  answered(id: RequestId | null, result: RawJson | undefined, error: RpcErrorObject | undefined): boolean {
    if (typeof id !== 'string') return false;
    return this.#settleAsk(
      id,
      result !== undefined
        ? { kind: 'result', result }
        : {
            kind: 'error',
            error: error ?? { code: -32603, message: 'the client gave neither result nor error' },
          },
    );
  }

  #settleAsk(id: string, reply: AskReply): boolean {
    const open = this.#asks?.get(id);
    if (open === undefined) return false;
    this.#asks?.delete(id);
    open.timer.cancel();
    open.resolve(reply);
    return true;
  }

  /** The session is over: calls are cancelled, asks fail, streams end. */
  close(reason: string): void {
    this.#isClosed = true;
    for (const uri of [...(this.#subscriptions?.keys() ?? [])]) this.letGo(uri);
    for (const cancellation of this.#open.values()) cancellation.cancel(reason);
    this.#open.clear();
    for (const id of [...(this.#asks?.keys() ?? [])]) {
      this.#settleAsk(id, { kind: 'error', error: { code: -32603, message: reason } });
    }
    const streams = this.#streams;
    this.#streams = [];
    for (const stream of streams) stream.finish();
    this.#standing?.finish();
    this.#missed = undefined;
    this.memory.close();
  }

  /** The daemon stops: connections end, the session itself lives on in the store. */
  detach(): void {
    this.#standing?.detach();
  }
}

function noop(): void {}
