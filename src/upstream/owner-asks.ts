/**
 * upstream/owner-asks — what a server asks on a private leg while its owner does not call.
 *
 *   asked   ─it asks for folders, and the owner has told them before→ answered
 *           ─the owner listens→ put to it ─reply→ answered
 *           ─it does not→ waiting
 *   waiting ─the owner calls→ put to that call ─reply→ answered
 *                                              ─the call ends first→ waiting
 *           ─the server takes it back | too long→ given up
 *
 * A server that asks for folders gets them before the call that wants them. Where that ask was given up, the server is
 * told that the folders changed, so that it asks again.
 * Knows nothing of: wires, how a client is reached.
 */
import { Cancellation, type Clock, type Timer } from '../base/index.ts';
import type { Ask, AskReply, CallScope } from '../model/index.ts';
import { internalError } from '../protocol/index.ts';
import type { FoldersTold } from './folders-told.ts';
import { heldForMs } from './server-requests.ts';

/** Servers that ask for folders do it right after the handshake, or when they hear of a change. */
const asksWithinMs = 1_000;
/** How long a call waits for a client that answers by itself. One that does not is not waited for again. */
const answersWithinMs = 5_000;
/** Servers look at the folders that they were told before they work in them; none says when it has. */
const looksAtFoldersMs = 250;
/** A client that does not tell its folders this often in a row is not asked before each call. */
const maxGivenUp = 3;

export interface OwnerAsksOptions {
  readonly owner: string;
  readonly clock: Clock;
  /** The owner's client declared roots. */
  readonly canTellFolders: boolean;
  /** Does this server ask for folders, as far as is known? */
  readonly expectsFolders: () => boolean;
  readonly folders: FoldersTold;
  /** Puts it to the owner outside of calls; undefined when there is no way. */
  readonly ask: (owner: string, ask: Ask, cancellation: Cancellation) => Promise<AskReply> | undefined;
}

interface WaitingAsk {
  readonly ask: Ask;
  readonly settle: (reply: AskReply) => void;
  /** Ends the attempt to put it to a call. */
  carrier: Cancellation | undefined;
}

export class OwnerAsks {
  readonly #options: OwnerAsksOptions;
  readonly #waiting = new Set<WaitingAsk>();
  #folders: 'unasked' | 'asked' | 'given-up' | 'settled' = 'unasked';
  #givenUp = 0;
  /** Monotonic ms at which the server has looked at the folders that it was told last. */
  #hasLookedAt = 0;
  /** Calls of the owner that are not sent yet. */
  readonly #callsHeld = new Set<CallScope>();
  /** Told when something is known of folders. */
  readonly #watchers = new Set<() => void>();

  constructor(options: OwnerAsksOptions) {
    this.#options = options;
  }

  /** The server asks, and no call is open. */
  async asked(ask: Ask, cancellation: Cancellation): Promise<AskReply> {
    if (ask.method !== 'roots/list') return this.#put(ask, cancellation);
    this.#saw('asked');
    const { folders, owner } = this.#options;
    const known = folders.of(owner);
    const reply: AskReply =
      known === undefined ? await this.#put(ask, cancellation) : { kind: 'result', result: known };
    if (reply.kind === 'result') {
      folders.tell(owner, reply.result);
      this.#givenUp = 0;
      this.#hasLookedAt = this.#options.clock.monotonic() + looksAtFoldersMs;
      this.#saw('settled');
    } else {
      this.#givenUp += 1;
      this.#saw(this.#givenUp < maxGivenUp ? 'given-up' : 'settled');
    }
    return reply;
  }

  /**
   * The owner calls. What the server waits for is put to that call.
   *
   * @param foldersChanged tells the server that they did
   * @returns when the server has its folders, or will not get them; undefined when nothing stands in the way
   */
  beforeCall(scope: CallScope, foldersChanged: () => void): Promise<void> | undefined {
    const wantsFolders = this.#wantsFolders;
    if (!wantsFolders && this.#waiting.size === 0 && !this.#isLooking) return undefined;
    this.#callsHeld.add(scope);
    return this.#answerBefore(scope, wantsFolders, foldersChanged).finally(() =>
      this.#callsHeld.delete(scope),
    );
  }

  get #isLooking(): boolean {
    return this.#hasLookedAt > 0 && this.#options.clock.monotonic() < this.#hasLookedAt;
  }

  get #wantsFolders(): boolean {
    const { canTellFolders, expectsFolders } = this.#options;
    return this.#folders === 'asked' || (this.#folders !== 'settled' && canTellFolders && expectsFolders());
  }

  async #answerBefore(scope: CallScope, wantsFolders: boolean, foldersChanged: () => void): Promise<void> {
    if (wantsFolders) {
      if (this.#folders === 'given-up') {
        this.#folders = 'unasked';
        foldersChanged();
      }
      if (this.#folders === 'unasked')
        await this.#until(() => this.#folders !== 'unasked', asksWithinMs, scope);
      // It did not ask: it does not look for folders on this leg.
      if (this.#folders === 'unasked') this.#folders = 'settled';
    }
    for (const waiting of [...this.#waiting]) void this.#carry(waiting, scope);
    if (this.#folders === 'asked') await this.#answered(scope);
    if (this.#isLooking)
      await this.#until(() => false, this.#hasLookedAt - this.#options.clock.monotonic(), scope);
  }

  async #answered(scope: CallScope): Promise<void> {
    // A modern client comes back with the answer when it can; the others answer by themselves.
    const patienceMs = scope.caller.sessionKey === undefined ? undefined : answersWithinMs;
    await this.#until(() => this.#folders !== 'asked', patienceMs, scope);
    if (this.#folders === 'asked') this.#folders = 'settled';
  }

  /** To the owner itself, or to its next call. */
  async #put(ask: Ask, cancellation: Cancellation): Promise<AskReply> {
    const reply = await this.#options.ask(this.#options.owner, ask, cancellation);
    if (reply !== undefined && reply.kind !== 'unanswered') return reply;
    return new Promise((resolve) => {
      let timer: Timer | undefined;
      const waiting: WaitingAsk = {
        ask,
        carrier: undefined,
        settle: (settled) => {
          timer?.cancel();
          this.#waiting.delete(waiting);
          waiting.carrier?.cancel('it is settled');
          resolve(settled);
        },
      };
      this.#waiting.add(waiting);
      const giveUp = (reason: string): void =>
        waiting.settle({ kind: 'error', error: { code: internalError, message: reason } });
      // Folders are of use whenever they come; whoever asks a person wants to know soon.
      if (ask.method !== 'roots/list')
        timer = this.#options.clock.after(heldForMs, () => {
          if (waiting.carrier === undefined) giveUp('the client does not listen right now');
        });
      cancellation.onCancel(giveUp);
      const newest = [...this.#callsHeld].at(-1);
      if (newest !== undefined) void this.#carry(waiting, newest);
    });
  }

  /** Puts a waiting ask to this call; a newer call takes it from an older one. */
  async #carry(waiting: WaitingAsk, scope: CallScope): Promise<void> {
    waiting.carrier?.cancel('a newer call carries it');
    const carrier = new Cancellation();
    waiting.carrier = carrier;
    const stopListening = scope.cancellation.onCancel((reason) => carrier.cancel(reason));
    let reply: AskReply;
    try {
      reply = await scope.ask(waiting.ask, carrier);
    } catch (error) {
      reply = { kind: 'unanswered', reason: String(error) };
    }
    stopListening();
    if (waiting.carrier !== carrier || !this.#waiting.has(waiting)) return;
    waiting.carrier = undefined;
    if (reply.kind !== 'unanswered' && !carrier.isCancelled) waiting.settle(reply);
  }

  #saw(state: 'asked' | 'given-up' | 'settled'): void {
    this.#folders = state;
    for (const watcher of [...this.#watchers]) watcher();
  }

  /** Waits until `isTrue`, at most for `ms`, and not longer than the call lasts. */
  #until(isTrue: () => boolean, ms: number | undefined, scope: CallScope): Promise<void> {
    return new Promise((resolve) => {
      let timer: Timer | undefined;
      let stopListening: (() => void) | undefined;
      const end = (): void => {
        this.#watchers.delete(look);
        timer?.cancel();
        stopListening?.();
        resolve();
      };
      const look = (): void => {
        if (isTrue()) end();
      };
      this.#watchers.add(look);
      if (ms !== undefined) timer = this.#options.clock.after(ms, end);
      stopListening = scope.cancellation.onCancel(end);
      look();
    });
  }
}
