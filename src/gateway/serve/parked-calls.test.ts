/**
 * gateway/serve/parked-calls.test — a modern client answers what a legacy server asks, and the call goes on exactly once.
 */
import { describe, expect, it } from 'vitest';
import { principalOf } from '../../../test/support/principals.ts';
import { plain, raw } from '../../../test/support/raw-json.ts';
import { Cancellation, type JsonObject, ManualClock } from '../../base/index.ts';
import type { Answer, AskReply, CallScope, ServerId } from '../../model/index.ts';
import { RawJson } from '../../protocol/index.ts';
import type { Call } from './call.ts';
import { ParkedCalls, parkedForMs } from './parked-calls.ts';

const serverId = 'files' as ServerId;
const allAbilities: JsonObject = { elicitation: { form: {}, url: {} }, sampling: {}, roots: {} };

function callOf(
  params: JsonObject,
  options: { principal?: string; capabilities?: JsonObject; said?: JsonObject[] } = {},
): Call & { scope: { cancellation: Cancellation } } {
  const scope: CallScope = {
    callId: 'c',
    caller: {
      principal: principalOf(options.principal ?? 'alice'),
      route: { kind: 'all' },
      client: {
        era: 'modern',
        revision: '2026-07-28',
        info: { name: 'editor' },
        capabilities: options.capabilities ?? allAbilities,
      },
      sessionKey: undefined,
    },
    cancellation: new Cancellation(),
    wantsProgress: true,
    logLevel: undefined,
    tell: (method, told) => options.said?.push({ method, ...told.value }),
    ask: () => Promise.reject(new Error('modern clients are not asked')),
  };
  return {
    method: 'tools/call',
    params: raw(params),
    scope: scope as CallScope & { cancellation: Cancellation },
  };
}

interface Started {
  readonly scope: CallScope;
  readonly finish: (answer: Answer) => void;
}

/** A server's side of one call, in the test's hands. */
function rig(): {
  parked: ParkedCalls;
  clock: ManualClock;
  started: Started[];
  readonly run: (call: Call) => Promise<Answer>;
} {
  const clock = new ManualClock();
  const parked = new ParkedCalls(clock);
  const started: Started[] = [];
  return {
    parked,
    clock,
    started,
    run: (call) =>
      parked.revive(call) ??
      asPromise(parked.refuse(call)) ??
      parked.run(call, serverId, (scope) => new Promise((finish) => started.push({ scope, finish }))),
  };
}

const asPromise = (answer: Answer | undefined): Promise<Answer> | undefined =>
  answer === undefined ? undefined : Promise.resolve(answer);
const done = (value: JsonObject = { content: [] }): Answer => ({
  kind: 'result',
  result: RawJson.ofValue(value),
});
const form = { method: 'elicitation/create', params: raw({ message: 'name?' }) } as const;

function contentOf(answer: Answer): JsonObject {
  if (answer.kind === 'error') throw new Error(answer.error.message);
  return answer.result.value;
}

async function askAndGather(
  clock: ManualClock,
  started: Started | undefined,
  ...asks: Parameters<CallScope['ask']>[0][]
): Promise<{ readonly replies: readonly Promise<AskReply>[] }> {
  const replies = asks.map((ask) => (started as Started).scope.ask(ask, new Cancellation()));
  clock.advance(50);
  await Promise.resolve();
  return { replies };
}

describe('ParkedCalls', () => {
  it('passes an answer through when the server asks nothing', async () => {
    const { run, started, parked } = rig();
    const answer = run(callOf({ name: 'x' }));
    started[0]?.finish(done({ content: [1] }));
    expect(contentOf(await answer)).toEqual({ content: [1] });
    expect(parked.size).toBe(0);
  });

  it('answers input_required, takes the answers, and lets the same call go on', async () => {
    const { run, started, clock } = rig();
    const first = run(callOf({ name: 'x', arguments: { a: 1 } }));
    const {
      replies: [reply],
    } = await askAndGather(clock, started[0], form);
    const required = contentOf(await first);
    expect(required).toMatchObject({
      resultType: 'input_required',
      inputRequests: { 'ask-1': { method: 'elicitation/create', params: { message: 'name?' } } },
    });
    const second = run(
      callOf({
        name: 'x',
        arguments: { a: 1 },
        requestState: required['requestState'],
        inputResponses: { 'ask-1': { action: 'accept', content: { name: 'n' } }, stray: {} },
      }),
    );
    expect(plain(await reply)).toEqual({
      kind: 'result',
      result: { action: 'accept', content: { name: 'n' } },
    });
    started[0]?.finish(done({ content: ['hello'] }));
    expect(contentOf(await second)).toEqual({ content: ['hello'] });
    expect(started).toHaveLength(1);
  });

  it('shows asks that come together together, and asks again for what is missing', async () => {
    const { run, started, clock } = rig();
    const first = run(callOf({ name: 'x' }));
    await askAndGather(clock, started[0], form, { method: 'roots/list', params: undefined, key: 'folders' });
    const required = contentOf(await first);
    expect(Object.keys(required['inputRequests'] as JsonObject)).toEqual(['ask-1', 'folders']);
    const second = run(
      callOf({
        name: 'x',
        requestState: required['requestState'],
        inputResponses: { folders: { roots: [] } },
      }),
    );
    clock.advance(50);
    const again = contentOf(await second);
    expect(Object.keys(again['inputRequests'] as JsonObject)).toEqual(['ask-1']);
    expect(again['requestState']).not.toBe(required['requestState']);
  });

  it.each([
    ['used before', {}, true],
    ['by another principal', { principal: 'bob' }, false],
  ])('refuses a state %s', async (_, options, isUsed) => {
    const { run, started, clock } = rig();
    const first = run(callOf({ name: 'x' }));
    await askAndGather(clock, started[0], form);
    const { requestState } = contentOf(await first);
    if (isUsed) void run(callOf({ name: 'x', requestState, inputResponses: { 'ask-1': {} } }));
    const answer = await run(callOf({ name: 'x', requestState, inputResponses: { 'ask-1': {} } }, options));
    expect(answer).toMatchObject({ kind: 'error', error: { code: -32602 } });
    expect(started).toHaveLength(1);
  });

  it.each([
    ['changed arguments', { name: 'x', arguments: { amount: 1_000 } }],
    ['another tool', { name: 'y', arguments: { amount: 1 } }],
  ])('refuses a state with %s', async (_, params) => {
    const { run, started, clock } = rig();
    const first = run(callOf({ name: 'x', arguments: { amount: 1 } }));
    await askAndGather(clock, started[0], form);
    const { requestState } = contentOf(await first);
    expect(await run(callOf({ ...params, requestState }))).toMatchObject({ error: { code: -32602 } });
  });

  it.each([['forged'], [7], ['mux-parked.AAAA']])(
    'refuses the state %j without running the tool',
    async (requestState) => {
      const { run, started } = rig();
      expect(await run(callOf({ name: 'x', requestState }))).toMatchObject({ error: { code: -32602 } });
      expect(started).toHaveLength(0);
    },
  );

  it('lets go of a call that nobody comes back to, and tells the server', async () => {
    const { run, started, clock, parked } = rig();
    const first = run(callOf({ name: 'x' }));
    const {
      replies: [reply],
    } = await askAndGather(clock, started[0], form);
    const { requestState } = contentOf(await first);
    clock.advance(parkedForMs);
    expect(await reply).toMatchObject({ kind: 'unanswered', reason: 'nobody came back with the input' });
    expect(started[0]?.scope.cancellation.isCancelled).toBe(true);
    expect(parked.size).toBe(0);
    expect(await run(callOf({ name: 'x', requestState }))).toMatchObject({ error: { code: -32602 } });
  });

  it('cancels at the server when the client gives up during a round', () => {
    const { run, started } = rig();
    const call = callOf({ name: 'x' });
    void run(call);
    call.scope.cancellation.cancel('the stream was closed');
    expect(started[0]?.scope.cancellation.isCancelled).toBe(true);
  });

  it.each<[string, Answer]>([
    ['a failed tool', done({ isError: true, content: [{ type: 'text', text: 'disk is full' }] })],
    ['an error', { kind: 'error', error: { code: -32000, message: 'disk is full' } }],
    ['a result', done({ content: ['without asking'] })],
  ])(
    'R16 never shows an ask that the client did not declare, and gives %s of the server as it is',
    async (_, answered) => {
      const { run, started } = rig();
      const answer = run(callOf({ name: 'x' }, { capabilities: { elicitation: {} } }));
      const reply = await started[0]?.scope.ask(
        { method: 'sampling/createMessage', params: raw({}) },
        new Cancellation(),
      );
      expect(reply).toMatchObject({
        kind: 'error',
        error: { code: -32601, data: { requiredCapabilities: { sampling: {} } } },
      });
      started[0]?.finish(answered);
      expect(await answer).toBe(answered);
    },
  );

  it('R16 says in the terms of its era that a tool failed of the refusal itself', async () => {
    const { run, started } = rig();
    const answer = run(callOf({ name: 'x' }, { capabilities: {} }));
    await started[0]?.scope.ask({ method: 'sampling/createMessage', params: raw({}) }, new Cancellation());
    const text = 'MCP error -32601: the client cannot answer sampling/createMessage';
    started[0]?.finish(done({ isError: true, content: [{ type: 'text', text }] }));
    expect(await answer).toMatchObject({
      error: { code: -32021, data: { requiredCapabilities: { sampling: {} } } },
    });
  });

  it('R15 takes answers for another call of the client along when this one has ended', async () => {
    const { run, started, clock } = rig();
    const first = run(callOf({ name: 'x' }));
    const {
      replies: [reply],
    } = await askAndGather(clock, started[0], form);
    const { requestState } = contentOf(await first);
    started[0]?.finish(done({ content: ['mine'] }));
    await Promise.resolve();
    const second = run(
      callOf({ name: 'x', requestState, inputResponses: { 'ask-1': { action: 'decline' } } }),
    );
    expect(plain(await reply)).toEqual({ kind: 'result', result: { action: 'decline' } });
    expect(contentOf(await second)).toEqual({ content: ['mine'] });
  });

  it('R15 leaves an ask unanswered that its client did not see before the call ended', async () => {
    const { run, started } = rig();
    const call = run(callOf({ name: 'x' }));
    const reply = started[0]?.scope.ask(form, new Cancellation());
    started[0]?.finish(done({ content: ['done'] }));
    expect(await reply).toMatchObject({ kind: 'unanswered' });
    expect(contentOf(await call)).toEqual({ content: ['done'] });
    expect(await started[0]?.scope.ask(form, new Cancellation())).toMatchObject({ kind: 'unanswered' });
  });

  it.each([
    ['the same client', {}, true],
    ['another principal', { principal: 'bob' }, false],
  ])('R70 a parked call gives way to a newer one of %s: %s', async (_, options, gives) => {
    const { run, started, clock, parked } = rig();
    const first = run(callOf({ name: 'x' }));
    await askAndGather(clock, started[0], form);
    const { requestState } = contentOf(await first);
    const { caller } = callOf({ name: 'y' }, options).scope;
    expect(parked.giveWay(caller, 'other' as ServerId)).toBe(false);
    expect(parked.giveWay(caller, serverId)).toBe(gives);
    expect(started[0]?.scope.cancellation.isCancelled).toBe(gives);
    if (gives) {
      expect(await run(callOf({ name: 'x', requestState }))).toMatchObject({
        error: { message: expect.stringContaining('a newer call of this client took its place') as string },
      });
    }
  });

  it('sends progress to the round that is open, and nowhere between rounds', async () => {
    const { run, started, clock } = rig();
    const [early, late]: [JsonObject[], JsonObject[]] = [[], []];
    const first = run(callOf({ name: 'x' }, { said: early }));
    const tell = (progress: number): void =>
      started[0]?.scope.tell('notifications/progress', raw({ progress }));
    tell(1);
    await askAndGather(clock, started[0], form);
    const { requestState } = contentOf(await first);
    tell(2);
    void run(callOf({ name: 'x', requestState, inputResponses: { 'ask-1': {} } }, { said: late }));
    tell(3);
    expect([early.length, late.map((entry) => entry['progress'])]).toEqual([1, [3]]);
  });

  it('keeps the answer of a server that did not wait for the input', async () => {
    const { run, started, clock } = rig();
    const first = run(callOf({ name: 'x' }));
    await askAndGather(clock, started[0], form);
    const { requestState } = contentOf(await first);
    started[0]?.finish(done({ content: ['went on'] }));
    await Promise.resolve();
    expect(contentOf(await run(callOf({ name: 'x', requestState })))).toEqual({ content: ['went on'] });
  });
});
