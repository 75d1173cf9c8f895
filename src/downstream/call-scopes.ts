/**
 * downstream/call-scopes — the CallScope of a client's request: the way back for everything a server says in mid-call.
 *
 * Legacy: notifications and real requests on the reply of that very POST. Modern: notifications only.
 * Knows nothing of: servers.
 */
import type { Cancellation } from '../base/index.ts';
import { type Ask, type AskReply, type Caller, type CallScope, cannotAsk } from '../model/index.ts';
import {
  type LogLevel,
  missingForAsk,
  type ProgressToken,
  progressTokenKey,
  RawJson,
  type RequestId,
} from '../protocol/index.ts';
import type { CallKeepalive, OpenCall } from './call-keepalive.ts';
import { keyRevoked } from './key-revoked.ts';
import type { LegacySession } from './legacy-session.ts';
import type { ReplyChannel } from './reply.ts';
import { notificationText } from './wire-text.ts';

/** Small steps, so that the server's own first progress is still larger. */
const patienceStep = 1e-6;

abstract class Scope implements CallScope, OpenCall {
  readonly callId: string;
  readonly requestId: RequestId;
  readonly caller: Caller;
  readonly cancellation: Cancellation;
  abstract readonly logLevel: LogLevel | undefined;
  protected readonly reply: ReplyChannel;
  readonly #progressToken: ProgressToken | undefined;
  readonly #longCalls: CallKeepalive;
  #lastProgress = Number.NEGATIVE_INFINITY;
  progressCount = 0;
  firstToldAt = 0;
  asksAnswered: string[] | undefined = undefined;
  #isOver = false;
  lastSignAt: number;
  churnPlace = -1;

  constructor(
    callId: string,
    requestId: RequestId,
    caller: Caller,
    cancellation: Cancellation,
    reply: ReplyChannel,
    progressToken: ProgressToken | undefined,
    longCalls: CallKeepalive,
  ) {
    this.callId = callId;
    this.requestId = requestId;
    this.caller = caller;
    this.cancellation = cancellation;
    this.reply = reply;
    this.#progressToken = progressToken;
    this.#longCalls = longCalls;
    this.lastSignAt = longCalls.now();
    longCalls.add(this);
  }

  get wantsProgress(): boolean {
    return this.#progressToken !== undefined;
  }

  /** The answer is written: what comes now comes too late. */
  finish(): void {
    this.#isOver = true;
    this.#longCalls.remove(this);
  }

  revoke(): void {
    if (this.isOver) return;
    this.finish();
    this.reply.refuse(this.requestId, keyRevoked);
    this.cancellation.cancel('its key was revoked');
  }

  /** The server works on; the client hears so in the way it can. */
  sign(): void {
    if (this.isOver) return;
    if (this.#progressToken === undefined) {
      this.reply.warm();
      return;
    }
    this.#lastProgress = Math.max(0, this.#lastProgress) + patienceStep;
    this.#sayProgress(RawJson.ofValue({ progress: this.#lastProgress, message: 'still working' }));
  }

  #sayProgress(params: RawJson): void {
    const token = this.#progressToken;
    if (token === undefined) return;
    this.reply.say(notificationText('notifications/progress', params.with(progressTokenKey, token)), true);
  }

  get isOver(): boolean {
    return this.#isOver || this.cancellation.isCancelled;
  }

  tell(method: string, params: RawJson): void {
    if (this.isOver) return;
    this.lastSignAt = this.#longCalls.now();
    if (this.firstToldAt === 0) this.firstToldAt = this.lastSignAt;
    switch (method) {
      case 'notifications/progress': {
        this.progressCount += 1;
        const progress = params.read('progress', 64);
        if (this.#progressToken === undefined || typeof progress !== 'number') return;
        // Progress must grow, also over what we said ourselves.
        if (progress <= this.#lastProgress) return;
        this.#lastProgress = progress;
        this.#sayProgress(params);
        return;
      }
      case 'notifications/message':
        this.reply.say(notificationText(method, params), true);
        return;
      default:
        this.reply.say(notificationText(method, params), false);
    }
  }

  abstract ask(ask: Ask, cancellation: Cancellation): Promise<AskReply>;
}

export class LegacyScope extends Scope {
  readonly #session: LegacySession;

  constructor(
    callId: string,
    requestId: RequestId,
    session: LegacySession,
    cancellation: Cancellation,
    reply: ReplyChannel,
    progressToken: ProgressToken | undefined,
    longCalls: CallKeepalive,
  ) {
    super(callId, requestId, session.caller, cancellation, reply, progressToken, longCalls);
    this.#session = session;
  }

  /** Follows the session's level, also when it changes in mid-call. */
  get logLevel(): LogLevel | undefined {
    return this.#session.logLevel;
  }

  ask(ask: Ask, cancellation: Cancellation): Promise<AskReply> {
    const missing = missingForAsk(ask.method, ask.params, this.caller.client.capabilities);
    if (missing !== undefined) return Promise.resolve(cannotAsk(ask, missing));
    // A client that takes no stream on its call may still listen on its standing one.
    return this.#session.ask(ask, cancellation, this.reply.canSay ? this.reply : undefined).then((reply) => {
      this.asksAnswered ??= [];
      this.asksAnswered.push(`${ask.method.split('/')[0]}:${kindOfReply(reply)}`);
      return reply;
    });
  }
}

export class ModernScope extends Scope {
  readonly logLevel: LogLevel | undefined;

  constructor(
    callId: string,
    requestId: RequestId,
    caller: Caller,
    cancellation: Cancellation,
    reply: ReplyChannel,
    progressToken: ProgressToken | undefined,
    logLevel: LogLevel | undefined,
    longCalls: CallKeepalive,
  ) {
    super(callId, requestId, caller, cancellation, reply, progressToken, longCalls);
    this.logLevel = logLevel;
  }

  /** A modern client is never asked in mid-call; gateway/ parks calls that need it. */
  ask(ask: Ask): Promise<AskReply> {
    return Promise.resolve(cannotAsk(ask, {}));
  }
}

/** How a person, or the client for them, answered: never what. */
function kindOfReply(reply: AskReply): string {
  if (reply.kind !== 'result') return reply.kind;
  const action = reply.result.text('action');
  return action === 'accept' || action === 'decline' || action === 'cancel' ? action : 'answered';
}
