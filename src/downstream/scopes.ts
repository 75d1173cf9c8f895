/**
 * downstream/scopes — the CallScope of a client's request: the way back for everything a server says in mid-call.
 *
 * Legacy: notifications and real requests on the reply of that very POST. Modern: notifications only.
 * Knows nothing of: servers.
 */
import type { Cancellation, JsonObject } from '../base/index.ts';
import { cannotAsk } from '../gateway/index.ts';
import type { Ask, AskReply, Caller, CallScope } from '../model/index.ts';
import { type LogLevel, missingForAsk, type ProgressToken } from '../protocol/index.ts';
import type { LegacySession } from './legacy-session.ts';
import type { Reply } from './reply.ts';
import { notificationText } from './wire-text.ts';

abstract class Scope implements CallScope {
  readonly callId: string;
  readonly caller: Caller;
  readonly cancellation: Cancellation;
  abstract readonly logLevel: LogLevel | undefined;
  protected readonly reply: Reply;
  readonly #progressToken: ProgressToken | undefined;
  #isOver = false;

  constructor(
    callId: string,
    caller: Caller,
    cancellation: Cancellation,
    reply: Reply,
    progressToken: ProgressToken | undefined,
  ) {
    this.callId = callId;
    this.caller = caller;
    this.cancellation = cancellation;
    this.reply = reply;
    this.#progressToken = progressToken;
  }

  get wantsProgress(): boolean {
    return this.#progressToken !== undefined;
  }

  /** The answer is written: what comes now comes too late. */
  finish(): void {
    this.#isOver = true;
  }

  get isOver(): boolean {
    return this.#isOver || this.cancellation.isCancelled;
  }

  tell(method: string, params: JsonObject): void {
    if (this.isOver) return;
    switch (method) {
      case 'notifications/progress':
        if (this.#progressToken === undefined) return;
        this.reply.say(notificationText(method, { ...params, progressToken: this.#progressToken }), true);
        return;
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
    session: LegacySession,
    cancellation: Cancellation,
    reply: Reply,
    progressToken: ProgressToken | undefined,
  ) {
    super(callId, session.caller, cancellation, reply, progressToken);
    this.#session = session;
  }

  /** Follows the session's level, also when it changes in mid-call. */
  get logLevel(): LogLevel | undefined {
    return this.#session.logLevel;
  }

  ask(ask: Ask, cancellation: Cancellation): Promise<AskReply> {
    const missing = missingForAsk(ask.method, ask.params, this.caller.client.capabilities);
    if (missing !== undefined) return Promise.resolve(cannotAsk(ask, missing));
    return this.#session.ask(ask, cancellation, this.reply);
  }
}

export class ModernScope extends Scope {
  readonly logLevel: LogLevel | undefined;

  constructor(
    callId: string,
    caller: Caller,
    cancellation: Cancellation,
    reply: Reply,
    progressToken: ProgressToken | undefined,
    logLevel: LogLevel | undefined,
  ) {
    super(callId, caller, cancellation, reply, progressToken);
    this.logLevel = logLevel;
  }

  /** A modern client is never asked in mid-call; gateway/ parks calls that need it. */
  ask(ask: Ask): Promise<AskReply> {
    return Promise.resolve(cannotAsk(ask, {}));
  }
}
