/**
 * Edge cases of calls in flight: streams that break, cancellation, late answers, progress, timeouts.
 */
import type { ServerResponse } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually, withDeadline } from '../support/deadline.ts';
import { type Deferred, deferred } from '../support/deferred.ts';
import type { Json, RpcId, RpcMessage } from '../support/raw-client.ts';
import { rawTool, type ServerCall, type ServerHandler } from '../support/raw-server.ts';
import { type Rig, startRig, textOf, textResult } from './rig.ts';

/** What a call of `gated` waits for and tells, by its argument `key`. */
interface Gate {
  readonly started: Deferred<ServerCall>;
  readonly open: Deferred<void>;
  readonly cancelled: Deferred<void>;
}

const gates = new Map<string, Gate>();

function gateOf(key: string): Gate {
  let gate = gates.get(key);
  if (gate === undefined) {
    gate = { started: deferred(), open: deferred(), cancelled: deferred() };
    gates.set(key, gate);
  }
  return gate;
}

function argumentsOf(call: ServerCall): Json {
  return (call.params['arguments'] ?? {}) as Json;
}

function tokenOf(call: ServerCall): RpcId | undefined {
  return (call.params['_meta'] as Json | undefined)?.['progressToken'] as RpcId | undefined;
}

function progress(call: ServerCall, value: number, more: Json = {}): void {
  call.notify('notifications/progress', { progressToken: tokenOf(call), progress: value, ...more });
}

const handlers: Record<string, ServerHandler> = {
  // Begins, may say something, waits to be let go on; answers also when nobody waits any more.
  'tools/call:gated': async (call) => {
    const { key, says } = argumentsOf(call);
    const gate = gateOf(String(key));
    if (says === true) progress(call, 1, { message: `begun ${String(key)}` });
    gate.started.resolve(call);
    void call.cancelled.then(() => gate.cancelled.resolve());
    await gate.open.promise;
    if (says === true) progress(call, 2);
    return textResult(call.era, `done ${String(key)}`);
  },
  'tools/call:echo': (call) => {
    const { say, values } = argumentsOf(call);
    for (const value of (values ?? []) as number[]) progress(call, value, { message: String(say) });
    return textResult(call.era, String(say));
  },
  'tools/call:silent': async (call) => {
    const gate = gateOf(String(argumentsOf(call)['key']));
    await call.cancelled;
    gate.cancelled.resolve();
    return undefined;
  },
  'tools/call:ticking': async (call) => {
    const { key, ticks } = argumentsOf(call);
    let given = 0;
    await new Promise<void>((resolve) => {
      const timer = setInterval(() => {
        given += 1;
        progress(call, given);
        if (given === ticks) resolve();
      }, 250);
      void call.cancelled.then(resolve);
      void Promise.resolve(call.cancelled).then(() => gateOf(String(key)).cancelled.resolve());
      setTimeout(() => clearInterval(timer), 4_000).unref();
    });
    return textResult(call.era, `${given} ticks`);
  },
};
const tools = Object.keys(handlers).map((key) => rawTool(key.slice('tools/call:'.length)));

const ALL = ['old', 'oldpipe', 'new', 'newpipe'] as const;
const ERAS = ['legacy', 'modern'] as const;
const PAIRINGS = ERAS.flatMap((era) => ALL.map((alias) => [era, alias] as const));

let rig: Rig;
/** Answers of `resumed`, to be given to who comes back with the event's id. */
const unfinished = new Map<string, RpcMessage>();
let resumedAfterMs = 0;

beforeAll(async () => {
  const legacy = { eras: ['legacy'] as const, tools, handlers };
  const modern = { eras: ['modern'] as const, tools, handlers };
  let droppedAt = 0;
  rig = await startRig(
    {
      old: { wire: 'http', script: legacy },
      oldpipe: { wire: 'stdio', script: legacy },
      new: { wire: 'http', script: modern },
      newpipe: { wire: 'stdio', script: modern },
      resuming: {
        wire: 'http',
        script: {
          eras: ['legacy'],
          tools: [rawTool('resumed')],
          handlers: {
            // Ends the stream without an answer: the client is to come back for it.
            'tools/call:resumed': (call) => {
              unfinished.set('ev-1', {
                jsonrpc: '2.0',
                id: call.id,
                result: textResult('legacy', 'resumed'),
              });
              call.write('retry: 300\nid: ev-1\ndata: \n\n');
              droppedAt = performance.now();
              call.end();
              return undefined;
            },
          },
          onRequest: (received, response: ServerResponse) => {
            const answer = unfinished.get(String(received.headers['last-event-id']));
            if (received.method !== 'GET' || answer === undefined) return false;
            resumedAfterMs = performance.now() - droppedAt;
            response.writeHead(200, { 'content-type': 'text/event-stream' });
            response.end(`id: ev-2\ndata: ${JSON.stringify(answer)}\n\n`);
            return true;
          },
        },
      },
    },
    { env: { MCPMUX_CALL_TIMEOUT_MS: '1000', MCPMUX_MAX_CALL_MS: '2500' } },
  );
});
afterAll(() => rig.close());

describe.each(ALL)('edge 16: the stream of a legacy call breaks (%s)', (alias) => {
  it('the call goes on, and its stream can be taken up where it broke', async () => {
    const client = await rig.client('legacy', alias);
    const [key, otherKey] = [`resume-${alias}`, `resume-other-${alias}`];
    const call = client.open(
      'tools/call',
      { name: 'gated', arguments: { key, says: true } },
      { meta: { progressToken: 'p' } },
    );
    const other = client.open(
      'tools/call',
      { name: 'gated', arguments: { key: otherKey, says: true } },
      { meta: { progressToken: 'q' } },
    );
    const begun = await call.events.take(
      'progress of the call',
      (event) => event.message?.params?.['progressToken'] === 'p',
    );
    await other.events.take(
      'progress of the other',
      (event) => event.message?.params?.['progressToken'] === 'q',
    );
    expect(begun.id).toBeDefined();
    call.abort();
    await call.ended;
    gateOf(key).open.resolve();
    gateOf(otherKey).open.resolve();
    const resumed = client.openStream({ lastEventId: begun.id ?? '' });
    const answer = await resumed.inbox.take('the answer', (message) => message.id === call.id);
    expect(textOf(answer.result)).toBe(`done ${key}`);
    await withDeadline(resumed.ended, 5_000, 'the stream did not end after the answer');
    expect(resumed.inbox.all.map((message) => message.params?.['progressToken'] ?? message.id)).toEqual([
      'p',
      call.id,
    ]);
    const streams = resumed.events.all.flatMap((event) =>
      event.message === undefined ? [] : [streamOf(event.id)],
    );
    expect(streams).toEqual([streamOf(begun.id), streamOf(begun.id)]);
    expect(textOf((await other.answer).result)).toBe(`done ${otherKey}`);
  });

  it('what is asked for again after its end comes again', async () => {
    const client = await rig.client('legacy', alias);
    const call = client.open(
      'tools/call',
      { name: 'echo', arguments: { say: 'hi', values: [1] } },
      { meta: { progressToken: 1 } },
    );
    await call.ended;
    const first = call.events.all.find((event) => event.message !== undefined);
    const again = client.openStream({ lastEventId: first?.id ?? '' });
    await withDeadline(again.ended, 5_000, 'the stream did not end');
    expect(again.inbox.all.map((message) => message.id)).toEqual([call.id]);
    expect(again.events.all.length + again.comments.all.length).toBeGreaterThan(0);
  });
});

describe('edge 16: the stream of a legacy server breaks', () => {
  it('is taken up after the pause that the server asked for', async () => {
    const client = await rig.client('legacy', 'resuming');
    expect(textOf((await client.callTool('resumed')).result)).toBe('resumed');
    expect(resumedAfterMs).toBeGreaterThan(250);
    const calls = rig.http('resuming').received.all.filter((one) => one.message?.method === 'tools/call');
    expect(calls).toHaveLength(1);
  });
});

describe.each(ALL)('edge 17: the stream of a modern call breaks (%s)', (alias) => {
  it('the server is told in the way of its era, and nothing more is sent', async () => {
    const client = await rig.client('modern', alias);
    const key = `cut-${alias}`;
    const call = client.open('tools/call', { name: 'gated', arguments: { key } });
    const atServer = await withDeadline(
      gateOf(key).started.promise,
      5_000,
      'the call did not reach the server',
    );
    call.abort();
    await withDeadline(gateOf(key).cancelled.promise, 5_000, 'the server was not told');
    const tellings = () =>
      messagesTo(alias).filter(
        (message) =>
          message.method === 'notifications/cancelled' && message.params?.['requestId'] === atServer.id,
      ).length;
    // Over modern HTTP the aborted POST is the cancellation.
    if (alias === 'new') expect(tellings()).toBe(0);
    else await eventually('the notification', () => (tellings() === 1 ? true : undefined));
    gateOf(key).open.resolve();
  });

  it('a legacy client that goes away has not cancelled', async () => {
    const client = await rig.client('legacy', alias);
    const key = `left-${alias}`;
    const call = client.open(
      'tools/call',
      { name: 'gated', arguments: { key, says: true } },
      { meta: { progressToken: 9 } },
    );
    const begun = await call.events.take('progress', (event) => event.message !== undefined);
    call.abort();
    await call.ended;
    gateOf(key).open.resolve();
    const resumed = client.openStream({ lastEventId: begun.id ?? '' });
    const answer = await resumed.inbox.take('the answer', (message) => message.id === call.id);
    expect(textOf(answer.result)).toBe(`done ${key}`);
    resumed.abort();
  });
});

/** The stream that an event id of ours names. */
function streamOf(eventId: string | undefined): string | undefined {
  return eventId?.split('.')[0];
}

/** Everything a server was sent. */
function messagesTo(alias: string): readonly RpcMessage[] {
  if (alias.endsWith('pipe')) return rig.stdio(alias).processes.all.flatMap((one) => one.received.all);
  return rig.http(alias).received.all.flatMap((one) => (one.message === undefined ? [] : [one.message]));
}

describe.each(PAIRINGS)('edge 18: late answers (%s client, %s)', (era, alias) => {
  it('are swallowed, and no id is used twice', async () => {
    const client = await rig.client(era, alias);
    const key = `late-${era}-${alias}`;
    const call = client.open('tools/call', { name: 'gated', arguments: { key } }, { id: 'same' });
    await withDeadline(gateOf(key).started.promise, 5_000, 'the call did not reach the server');
    if (era === 'modern') call.abort();
    else await client.cancel('same');
    await withDeadline(gateOf(key).cancelled.promise, 5_000, 'the server was not told');
    await call.ended;
    const other = await rig.client(era, alias);
    const next = other.callTool('echo', { say: 'mine' }, { id: 'same' });
    gateOf(key).open.resolve();
    expect(textOf((await next).result)).toBe('mine');
    expect(call.inbox.all.filter((message) => message.id === 'same')).toEqual([]);
    if (alias.endsWith('pipe')) {
      for (const one of rig.stdio(alias).processes.all) {
        const ids = one.received.all.flatMap((message) =>
          message.method !== undefined && message.id !== undefined ? [message.id] : [],
        );
        expect(new Set(ids).size).toBe(ids.length);
      }
    }
  });
});

describe.each(PAIRINGS)('edges 19 and 20: progress (%s client, %s)', (era, alias) => {
  it('two clients with the same id and token get each its own', async () => {
    const clients = await Promise.all(Array.from({ length: 2 }, () => rig.client(era, alias)));
    const calls = clients.map((client, at) =>
      client.open(
        'tools/call',
        { name: 'echo', arguments: { say: `client ${at}`, values: [1, 2, 3] } },
        { id: 1, meta: { progressToken: 1 } },
      ),
    );
    for (const [at, call] of calls.entries()) {
      const answer = await call.answer;
      expect([answer.message?.id, textOf(answer.result)]).toEqual([1, `client ${at}`]);
      const told = call.inbox.all.filter((message) => message.method === 'notifications/progress');
      expect(told.map((message) => message.params)).toEqual(
        [1, 2, 3].map((value) => ({ progressToken: 1, progress: value, message: `client ${at}` })),
      );
    }
  });

  it.each([['token'], [0], [''], [7.5], ['0']])('gives token %j back as it was', async (progressToken) => {
    const client = await rig.client(era, alias);
    const call = client.open(
      'tools/call',
      { name: 'echo', arguments: { say: 'x', values: [1] } },
      { meta: { progressToken } },
    );
    await call.answer;
    const told = call.inbox.all.filter((message) => message.method === 'notifications/progress');
    expect(told.map((message) => message.params?.['progressToken'])).toEqual([progressToken]);
  });

  it('tells only progress that grows, none after the answer, and none to who asked for none', async () => {
    const client = await rig.client(era, alias);
    const params = { name: 'echo', arguments: { say: 'x', values: [1, 5, 3, 5, 6] } };
    const call = client.open('tools/call', params, { meta: { progressToken: 't' } });
    await call.ended;
    const told = call.inbox.all.filter((message) => message.method === 'notifications/progress');
    expect(told.map((message) => message.params?.['progress'])).toEqual([1, 5, 6]);
    expect(call.inbox.all.at(-1)?.id).toBe(call.id);
    const quiet = client.open('tools/call', params);
    await quiet.ended;
    expect(quiet.inbox.all).toHaveLength(1);
  });
});

describe.concurrent.each(PAIRINGS)('edge 21: time limits (%s client, %s)', (era, alias) => {
  it('a silent call ends with an error of our own, and the server is told', async () => {
    const client = await rig.client(era, alias);
    const key = `silent-${era}-${alias}`;
    const keyHard = `hard-${era}-${alias}`;
    const began = performance.now();
    const [silent, patient, endless] = await Promise.all([
      client.callTool('silent', { key }).then((answer) => ({ answer, ms: performance.now() - began })),
      client
        .callTool('ticking', { key: `${key}-ok`, ticks: 6 })
        .then((answer) => ({ answer, ms: performance.now() - began })),
      client
        .callTool('ticking', { key: keyHard, ticks: 100 })
        .then((answer) => ({ answer, ms: performance.now() - began })),
    ]);
    expect(silent.answer.error).toMatchObject({
      code: -32603,
      data: { source: 'gateway', reason: 'upstream.timed_out' },
    });
    expect(silent.ms).toBeGreaterThan(950);
    await withDeadline(gateOf(key).cancelled.promise, 2_000, 'the server was not told of the silent call');
    // Longer than a silent call may be, but it was not silent.
    expect(textOf(patient.answer.result)).toBe('6 ticks');
    expect(patient.ms).toBeGreaterThan(1_300);
    expect(endless.answer.error).toMatchObject({ code: -32603, data: { source: 'gateway' } });
    expect(endless.ms).toBeGreaterThan(2_400);
    expect(endless.ms).toBeLessThan(4_500);
    await withDeadline(
      gateOf(keyHard).cancelled.promise,
      2_000,
      'the server was not told of the endless call',
    );
  });
});
