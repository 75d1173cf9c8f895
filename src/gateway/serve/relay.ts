/**
 * gateway/serve/relay — carries one call to one server and its answer back, whatever eras the two speak.
 *
 *     same era        as it is; only ids, tokens and names differ
 *     legacy → modern an `input_required` result becomes real requests to the client, then the call is made again
 *     modern → legacy what the server asks in mid-call becomes an `input_required` result; the call waits, parked
 *
 * In: a call with the original name in its params. Out: the answer in the client's era.
 * Owns: the choice of leg, the rounds of a modern server's asks.
 * Knows nothing of: which names a client sees, how an answer is written.
 */

import { randomUUID } from 'node:crypto';
import {
  type Clock,
  type ErrorKind,
  isJsonObject,
  type JsonObject,
  McpMuxError,
  shortText,
  sleep,
} from '../../base/index.ts';
import {
  type Answer,
  type Ask,
  type AskMethod,
  askMethods,
  type Caller,
  type CallScope,
  type ClientFacts,
  clientOwner,
  type InstalledServer,
  workspaceOwner,
} from '../../model/index.ts';
import {
  byteTextOf,
  canElicitForm,
  canElicitUrl,
  canSample,
  errorData,
  errorForLegacy,
  errorForModern,
  hasRoots,
  headerMismatch,
  isHopError,
  type JsonPiece,
  missingForAsk,
  missingRequiredClientCapability,
  type ParamHeader,
  RawJson,
  resultForLegacy,
  resultForMissingCapability,
  resultForModern,
  urlElicitationRequired,
} from '../../protocol/index.ts';
import { isSessionLost, transportError } from '../../transports/index.ts';
import type { CallOptions, Leg, LegRequest, ServerInstance, UpstreamPool } from '../../upstream/index.ts';
import { type Call, errorAnswer, invalidParamsAnswer, lackingCapability, resultAnswer } from './call.ts';
import type { ParkedCalls } from './parked-calls.ts';

/** A modern server may ask in several rounds; more than this is a loop. */
const maxRounds = 10;
/** Lists are shown as they are known after this long; what differs is told. */
const ownListsWithinMs = 3_000;
/** Between rounds that ask nothing and only carry state. */
const stateRoundPauseMs = 250;

/** How a call to a server ended, for counting. */
export type CallOutcome = 'ok' | 'tool-error' | 'error' | 'timeout' | 'cancelled' | 'refused';

const outcomes: Partial<Record<ErrorKind, CallOutcome>> = {
  timeout: 'timeout',
  cancelled: 'cancelled',
  unavailable: 'refused',
  unauthenticated: 'refused',
};

export interface RelayTarget {
  readonly server: InstalledServer;
  readonly paramHeaders?: readonly ParamHeader[];
  /** Reads the server's tools again; the headers the tool wants now, or undefined when it is gone. */
  readonly renewParamHeaders?: () => Promise<readonly ParamHeader[] | undefined>;
  /** The tool's, as listed: a legacy client was shown it in a wrapped form when its root is no object. */
  readonly outputSchema?: RawJson | undefined;
  /** The answer's own URIs, as the client knows them. */
  readonly adaptResult?: ((result: RawJson) => RawJson | Promise<RawJson>) | undefined;
  /** The leg that the call must go to, where that is known. */
  readonly leg?: Pick<LegRequest, 'era' | 'owner'> | undefined;
  /** Told of the answer as the client gets it, and of the leg that gave it, where it came in this very round. */
  readonly answered?: (answer: Answer, leg: Pick<LegRequest, 'era' | 'owner'> | undefined) => void;
}

export class Relay {
  readonly #pool: UpstreamPool;
  readonly #parked: ParkedCalls;
  readonly #clock: Clock;
  readonly #serverInfo: JsonObject;
  readonly #callEnded: ((server: InstalledServer, outcome: CallOutcome, seconds: number) => void) | undefined;

  constructor(options: {
    readonly pool: UpstreamPool;
    readonly parked: ParkedCalls;
    readonly clock: Clock;
    readonly serverInfo: JsonObject;
    /** Told after each call to a server; quick. */
    readonly callEnded?: (server: InstalledServer, outcome: CallOutcome, seconds: number) => void;
  }) {
    this.#callEnded = options.callEnded;
    this.#pool = options.pool;
    this.#parked = options.parked;
    this.#clock = options.clock;
    this.#serverInfo = options.serverInfo;
  }

  /** @throws upstream.* */
  async call(call: Call, target: RelayTarget): Promise<Answer> {
    const { scope } = call;
    const { record } = call;
    const startedAt = this.#clock.monotonic();
    let outcome: CallOutcome = 'error';
    if (record !== undefined) record.server = target.server;
    /** Where this call holds a place, as long as it is its own to give back. */
    let place: ServerInstance | undefined;
    try {
      const revived = this.#parked.revive(call);
      if (revived !== undefined) {
        const answer = await this.#asModern(await revived, call, target);
        outcome = outcomeOf(answer);
        target.answered?.(answer, undefined);
        return answer;
      }
      const instance = this.#pool.require(target.server.id);
      const turn = instance.queue.enter(scope.caller.principal.id, scope.cancellation);
      if (turn !== undefined) {
        this.#parked.giveWay(scope.caller, target.server.id);
        if (!(await turn)) throw noTurn(scope, target);
      }
      place = instance;
      const wish = target.leg === undefined ? wishFor(instance, scope.caller) : at(target.leg, scope.caller);
      const wished = instance.leg(wish);
      const leg = wished instanceof Promise ? await wished : wished;
      if (record !== undefined) {
        record.legEra = leg.era;
        record.legRevision = leg.revision;
        record.sentAt = this.#clock.monotonic();
      }
      instance.countRequest();
      // The call does not wait for the answer to this: a server may never give one.
      if (scope.logLevel !== undefined && leg.era === 'legacy') void leg.raiseLogLevel(scope.logLevel);
      let answer: Answer;
      if (leg.era === scope.caller.client.era) {
        // Nearly every call passes here, so there is no step between it and its server that could be left out.
        const first = leg.beforeCall(scope);
        if (first !== undefined) await first;
        try {
          answer = await leg.call(call.method, call.params, scope, callOptions(target.paramHeaders));
        } catch (error) {
          const next = await legInPlaceOf(leg, error, instance, wish);
          answer = await next.call(call.method, call.params, scope, callOptions(target.paramHeaders));
        }
        if (missesHeader(answer)) answer = await sendAgain(answer, leg, call, call.params, target);
        if (record !== undefined) record.answeredAt = this.#clock.monotonic();
        const adapting = adaptedResult(answer, target);
        const adapted = adapting instanceof Promise ? await adapting : adapting;
        answer = this.#sameEra(answer, adapted, scope.caller.client, call.method, target);
      } else if (leg.era === 'legacy') {
        const refused = this.#parked.refuse(call);
        if (refused !== undefined) return refused;
        // The call at the server may outlive this round; its place is given back when it ends.
        place = undefined;
        answer = await this.#modernToLegacy(call, { leg, instance, wish }, target);
      } else answer = await this.#legacyToModern(call, leg, target);
      outcome = outcomeOf(answer);
      target.answered?.(answer, leg);
      return answer;
    } catch (error) {
      if (error instanceof McpMuxError) outcome = outcomes[error.kind] ?? 'error';
      throw error;
    } finally {
      place?.queue.leave();
      const endedAt = this.#clock.monotonic();
      if (record !== undefined) {
        record.outcome = outcome;
        if (record.sentAt > 0 && record.answeredAt === 0) record.answeredAt = endedAt;
      }
      this.#callEnded?.(target.server, outcome, (endedAt - startedAt) / 1_000);
    }
  }

  /**
   * Opens the legs of this caller at servers that hear from each client what it can do, so that its lists are known.
   *
   * @returns undefined when there are none; else it resolves when they are open, at the latest after a while
   */
  openOwn(caller: Caller, servers: readonly InstalledServer[]): Promise<void> | undefined {
    const opening: Promise<unknown>[] = [];
    for (const { id, declares } of servers) {
      const instance = declares === 'client' ? this.#pool.get(id) : undefined;
      if (instance?.isReady === true) {
        const leg = instance.leg(wishFor(instance, caller));
        if (leg instanceof Promise) opening.push(leg);
      }
    }
    if (opening.length === 0) return undefined;
    const opened = Promise.allSettled(opening).then(() => {});
    return Promise.race([opened, sleep(this.#clock, ownListsWithinMs)]);
  }

  /** Does this caller work with the server over a leg that is nobody else's? */
  isAlone(scope: CallScope, server: InstalledServer): boolean {
    return ownerFor(this.#pool.require(server.id), scope.caller) !== undefined;
  }

  #sameEra(
    answer: Answer,
    adapted: RawJson | undefined,
    client: ClientFacts,
    method: string,
    target: RelayTarget,
  ): Answer {
    if (answer.kind === 'error') {
      // They describe our hop, not the client's.
      return isHopError(answer.error.code) ? { kind: 'error', error: errorForLegacy(answer.error) } : answer;
    }
    if (client.era === 'modern') {
      const undeclared = undeclaredAsks(answer.result, client.capabilities);
      if (undeclared !== undefined) return lackingCapability(undeclared);
      return adapted === undefined ? answer : { kind: 'result', result: adapted };
    }
    const result = resultForLegacy(method, adapted ?? answer.result, {
      revision: client.revision,
      outputSchema: target.outputSchema,
    });
    return result === answer.result ? answer : { kind: 'result', result };
  }

  // ── modern client, legacy server ───────────────────────────────────────────────────────────────

  async #modernToLegacy(
    call: Call,
    { leg, instance, wish }: { leg: Leg; instance: ServerInstance; wish: LegRequest },
    target: RelayTarget,
  ): Promise<Answer> {
    const { method } = call;
    const params = call.params?.without('inputResponses');
    const settled = await this.#parked.run(call, target.server.id, async (parkedScope) => {
      const over = async (one: Leg): Promise<Answer> => {
        await one.beforeCall(parkedScope);
        return one.call(method, params, parkedScope, callOptions(target.paramHeaders));
      };
      try {
        return await over(leg).catch(async (error: unknown) =>
          over(await legInPlaceOf(leg, error, instance, wish)),
        );
      } finally {
        instance.queue.leave();
      }
    });
    return this.#asModern(settled, call, target);
  }

  /** The answer of a legacy server, or of a call that waits for its client, as a modern client gets it. */
  async #asModern(settled: Answer, { method, scope }: Call, target: RelayTarget): Promise<Answer> {
    if (settled.kind === 'error') {
      if (settled.error.code === urlElicitationRequired) return askForUrls(settled, scope);
      return { kind: 'error', error: errorForModern(method, settled.error) };
    }
    const adapted = (await adaptedResult(settled, target)) ?? settled.result;
    return {
      kind: 'result',
      result: resultForModern(method, adapted, {
        serverInfo: this.#serverInfo,
        ttlMs: 0,
        cacheScope: 'private',
      }),
    };
  }

  // ── legacy client, modern server ───────────────────────────────────────────────────────────────

  async #legacyToModern(call: Call, leg: Leg, target: RelayTarget): Promise<Answer> {
    const { scope, method, params } = call;
    const client = scope.caller.client;
    let sent = params;
    for (let round = 0; round < maxRounds; round += 1) {
      const first = await leg.call(method, sent, scope, callOptions(target.paramHeaders));
      const answer = missesHeader(first) ? await sendAgain(first, leg, call, sent, target) : first;
      if (answer.kind === 'error') return toLegacyError(answer, method);
      if (answer.result.text('resultType') !== 'input_required') {
        const adapted = (await adaptedResult(answer, target)) ?? answer.result;
        return {
          kind: 'result',
          result: resultForLegacy(method, adapted, {
            revision: client.revision,
            outputSchema: target.outputSchema,
          }),
        };
      }
      const replies = await this.#askAll(answer.result.object('inputRequests'), scope);
      if ('refusal' in replies)
        return errorAnswer(-32603, replies.refusal, { source: 'gateway', reason: 'ask_failed' });
      const state = answer.result.member('requestState');
      sent = params ?? noParams;
      if (replies.responses !== undefined) sent = sent.with('inputResponses', replies.responses);
      if (state?.isString === true) sent = sent.with('requestState', state);
      if (replies.responses === undefined) await sleep(this.#clock, stateRoundPauseMs);
    }
    return errorAnswer(
      -32603,
      `server "${target.server.name}" asked for input more than ${maxRounds} times`,
      {
        source: 'gateway',
        reason: 'too_many_rounds',
      },
    );
  }

  /** Puts every ask of one round to the client, all at once. */
  async #askAll(
    requests: RawJson | undefined,
    scope: CallScope,
  ): Promise<{ responses: RawJson | undefined } | { refusal: string }> {
    if (requests === undefined) return { responses: undefined };
    const replies = await Promise.all(
      requests.entries().map(async ([key, request]) => {
        const method = request.text('method');
        if (!askMethods.includes(method as AskMethod)) {
          return { key, refusal: `the server asked for something unknown: ${shortText(String(method))}` };
        }
        const params = request.object('params');
        const ask: Ask = {
          method: method as AskMethod,
          params: params === undefined ? undefined : withElicitationId(params),
        };
        const reply = await scope.ask(ask, scope.cancellation);
        if (reply.kind === 'result') return { key, value: reply.result };
        return { key, refusal: reply.kind === 'error' ? reply.error.message : reply.reason };
      }),
    );
    const responses: JsonPiece[] = [];
    for (const reply of replies) {
      if ('refusal' in reply) return { refusal: `the client did not answer ${reply.key}: ${reply.refusal}` };
      responses.push(
        `${responses.length === 0 ? '{' : ','}${byteTextOf(JSON.stringify(reply.key))}:`,
        ...reply.value.pieces,
      );
    }
    return { responses: RawJson.ofPieces(responses.length === 0 ? ['{}'] : [...responses, '}']) };
  }
}

/**
 * The leg to send a call over once more: the server refused it because it has forgotten our session, so it has not begun.
 *
 * @throws `error` when it failed for another reason
 */
async function legInPlaceOf(
  lost: Leg,
  error: unknown,
  instance: ServerInstance,
  wish: LegRequest,
): Promise<Leg> {
  if (!isSessionLost(error)) throw error;
  const next = await instance.legAfter(lost, wish);
  if (next.era !== lost.era) throw error;
  return next;
}

/** Legacy clients know a page that a person is sent to by an id; modern servers give none. */
function withElicitationId(params: RawJson): RawJson {
  return params.text('mode') === 'url' && !params.has('elicitationId')
    ? params.with('elicitationId', `"${randomUUID()}"`)
    : params;
}

/** What a modern server asks for in spite of what the client declared; undefined when all is well. */
function undeclaredAsks(result: RawJson, capabilities: JsonObject): JsonObject | undefined {
  const requests = result.object('inputRequests');
  if (requests === undefined || result.text('resultType') !== 'input_required') return undefined;
  let missing: JsonObject | undefined;
  for (const [, request] of requests.entries()) {
    const method = request.text('method');
    if (method === undefined) continue;
    const lacks = missingForAsk(method, request.object('params'), capabilities);
    if (lacks !== undefined) missing = { ...missing, ...lacks };
  }
  return missing;
}

function outcomeOf(answer: Answer): CallOutcome {
  if (answer.kind === 'error') return 'error';
  return answer.result.is('isError', 'true') ? 'tool-error' : 'ok';
}

const plainCall: CallOptions = {};

function callOptions(paramHeaders: readonly ParamHeader[] | undefined): CallOptions {
  return paramHeaders !== undefined && paramHeaders.length > 0 ? { paramHeaders } : plainCall;
}

function missesHeader(answer: Answer): boolean {
  return answer.kind === 'error' && answer.error.code === headerMismatch;
}

/** The server knows a newer schema of the tool than we. It refused the call before it began, so it may be sent once more. */
async function sendAgain(
  refused: Answer,
  leg: Leg,
  call: Call,
  params: RawJson | undefined,
  target: RelayTarget,
): Promise<Answer> {
  const renewed = await target.renewParamHeaders?.();
  return renewed === undefined ? refused : leg.call(call.method, params, call.scope, callOptions(renewed));
}

/** Why a call did not come to its turn. */
function noTurn(scope: CallScope, target: RelayTarget): McpMuxError {
  const server = target.server.name;
  return scope.cancellation.isCancelled
    ? transportError('cancelled', { server })
    : transportError('busy', { server, reason: 'too many calls wait for it already' });
}

const noParams = RawJson.ofByteText('{}');

/** The result with the client's own names in it; undefined where that is the result itself. */
function adaptedResult(answer: Answer, target: RelayTarget): RawJson | Promise<RawJson> | undefined {
  return answer.kind === 'result' ? target.adaptResult?.(answer.result) : undefined;
}

/** Which leg serves this client best: its own era, and its own alone where the server's policy wants that. */
function wishFor(instance: ServerInstance, caller: Caller): LegRequest {
  const { client } = caller;
  const owner = ownerFor(instance, caller);
  if (owner === undefined) return client.era === 'modern' ? sharedModern : sharedLegacy;
  return {
    era: client.era,
    owner,
    sessionKey: caller.sessionKey,
    capabilities: client.capabilities,
    ...(client.info !== undefined && { clientInfo: client.info }),
  };
}

/** The leg that is known to have what the call is about. */
function at(leg: Pick<LegRequest, 'era' | 'owner'>, caller: Caller): LegRequest {
  if (leg.owner === undefined) return leg.era === 'modern' ? sharedModern : sharedLegacy;
  const { capabilities, info } = caller.client;
  return {
    ...leg,
    sessionKey: caller.sessionKey,
    capabilities,
    ...(info !== undefined && { clientInfo: info }),
  };
}

const sharedModern: LegRequest = { era: 'modern', owner: undefined };
const sharedLegacy: LegRequest = { era: 'legacy', owner: undefined };

function ownerFor(instance: ServerInstance, caller: Caller): string | undefined {
  const { sessionPolicy, declares } = instance.server;
  const isOwn = declares === 'client' && sessionPolicy !== 'per-workspace';
  switch (isOwn ? 'per-client' : sessionPolicy) {
    case 'shared':
      return undefined;
    case 'auto': {
      const { capabilities } = caller.client;
      const isNeeded =
        (instance.asks.isUnattributed && canBeAsked(capabilities)) ||
        (instance.asks.needsFolders && hasRoots(capabilities));
      return isNeeded ? clientOwner(caller) : undefined;
    }
    case 'per-client':
      return clientOwner(caller);
    case 'per-workspace':
      // Clients that name the same workspace share; one that names none is alone.
      return workspaceOwner(caller) ?? clientOwner(caller);
  }
}

function canBeAsked(capabilities: JsonObject): boolean {
  return (
    canElicitForm(capabilities) ||
    canElicitUrl(capabilities) ||
    canSample(capabilities) ||
    hasRoots(capabilities)
  );
}

/** -32042 of 2025-11-25 is a modern `input_required` with one URL elicitation for each listed item. */
function askForUrls(answer: Extract<Answer, { kind: 'error' }>, scope: CallScope): Answer {
  const data = errorData(answer.error);
  const listed = isJsonObject(data) && Array.isArray(data['elicitations']) ? data['elicitations'] : [];
  const inputRequests: JsonObject = {};
  for (const [at, item] of listed.entries()) {
    if (!isJsonObject(item)) continue;
    const { elicitationId: _id, ...params } = item;
    inputRequests[`url-${at + 1}`] = { method: 'elicitation/create', params: { ...params, mode: 'url' } };
  }
  if (Object.keys(inputRequests).length === 0) return invalidParamsAnswer(answer.error.message);
  if (!canElicitUrl(scope.caller.client.capabilities)) {
    return lackingCapability({ elicitation: { url: {} } }, answer.error.message);
  }
  return resultAnswer({ resultType: 'input_required', inputRequests });
}

/** What a modern server's error is to a legacy client. */
function toLegacyError(answer: Extract<Answer, { kind: 'error' }>, method: string): Answer {
  const { error } = answer;
  if (error.code === missingRequiredClientCapability && method === 'tools/call') {
    return resultAnswer(resultForMissingCapability(error));
  }
  return { kind: 'error', error: errorForLegacy(error) };
}
