/**
 * Edge cases of what servers ask of clients in the middle of a call, in all four pairings.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually, withDeadline } from '../support/deadline.ts';
import { deferred } from '../support/deferred.ts';
import { type Json, type RawAnswer, RpcRefusal } from '../support/raw-client.ts';
import { rawTool, type ServerCall, type ServerHandler } from '../support/raw-server.ts';
import { type Rig, startRig, textOf, textResult } from './rig.ts';

/** Every byte of it has to come back as it was. */
const ODD_STATE = '{"a":"ü\\u0000\\n🌍"} =?base64?x?= %2F+/= \t\u2028"\\';
const FORM: Json = {
  message: 'Who are you?',
  requestedSchema: { type: 'object', properties: { name: { type: 'string' } } },
};
const SAMPLE: Json = { messages: [{ role: 'user', content: { type: 'text', text: 'hi' } }], maxTokens: 5 };
const URL_FORM: Json = {
  mode: 'url',
  elicitationId: 'e-1',
  url: 'https://example.com/in',
  message: 'Sign in',
};
const EVERYTHING: Json = { elicitation: { form: {}, url: {} }, sampling: { tools: {} }, roots: {} };

/** The same asks, by the tool that makes them. */
const ASKS: Readonly<Record<string, readonly [string, Json]>> = {
  ask_form: ['elicitation/create', FORM],
  ask_url: ['elicitation/create', URL_FORM],
  ask_sample: ['sampling/createMessage', SAMPLE],
  ask_sample_tools: ['sampling/createMessage', { ...SAMPLE, tools: [rawTool('t')] }],
  ask_roots: ['roots/list', {}],
};

let rig: Rig;
/** Executions of each tool, by its argument `key`. */
const runs = new Map<string, number>();
let cancelled = deferred<void>();
let asked = deferred<void>();

function ran(call: ServerCall): void {
  const key = String((call.params['arguments'] as Json | undefined)?.['key'] ?? call.params['name']);
  runs.set(key, (runs.get(key) ?? 0) + 1);
}

function echo(call: ServerCall, value: unknown): Json {
  return textResult(call.era, JSON.stringify(value));
}

const legacyHandlers: Record<string, ServerHandler> = {
  'tools/call:two': async (call) => {
    ran(call);
    const [first, second] = await Promise.all([
      call.ask('elicitation/create', { ...FORM, message: 'first' }),
      call.ask('elicitation/create', { ...FORM, message: 'second' }),
    ]);
    return echo(call, [first.result ?? first.error, second.result ?? second.error]);
  },
  'tools/call:chain': async (call) => {
    ran(call);
    const answers: unknown[] = [];
    for (const message of ['one', 'two', 'three']) {
      answers.push((await call.ask('elicitation/create', { ...FORM, message })).result);
    }
    return echo(call, answers);
  },
  'tools/call:url_error': (call) => {
    call.fail({
      code: -32042,
      message: 'Sign in first',
      data: { elicitations: [URL_FORM, { ...URL_FORM, elicitationId: 'e-2', url: 'https://example.com/2' }] },
    });
    return undefined;
  },
  'tools/call:abandoned': async (call) => {
    ran(call);
    void call.ask('elicitation/create', FORM);
    asked.resolve();
    await call.cancelled;
    cancelled.resolve();
    return undefined;
  },
};
for (const [tool, [method, params]] of Object.entries(ASKS)) {
  legacyHandlers[`tools/call:${tool}`] = async (call) => {
    ran(call);
    const answer = await call.ask(method, params);
    return echo(call, answer.result ?? { error: answer.error?.code });
  };
}

const modernHandlers: Record<string, ServerHandler> = {
  'tools/call:chain': (call) => {
    const round = Number(call.params['requestState'] ?? 0);
    const answers = (call.params['inputResponses'] as Json | undefined) ?? {};
    if (round === 3) return echo(call, answers);
    return {
      resultType: 'input_required',
      inputRequests: {
        [`key ${round}`]: { method: 'elicitation/create', params: { ...FORM, message: `round ${round}` } },
      },
      requestState: String(round + 1),
    };
  },
  'tools/call:several': (call) => {
    const answers = call.params['inputResponses'];
    if (answers !== undefined) return echo(call, answers);
    return {
      resultType: 'input_required',
      inputRequests: {
        form: { method: 'elicitation/create', params: FORM },
        sample: { method: 'sampling/createMessage', params: SAMPLE },
        roots: { method: 'roots/list' },
      },
      requestState: ODD_STATE,
    };
  },
  'tools/call:state_only': (call) =>
    call.params['requestState'] === undefined
      ? { resultType: 'input_required', requestState: ODD_STATE }
      : echo(call, call.params['requestState']),
  'tools/call:stateless': (call) => {
    if (call.params['inputResponses'] !== undefined) {
      return echo(call, { hasState: 'requestState' in call.params });
    }
    return {
      resultType: 'input_required',
      inputRequests: { f: { method: 'elicitation/create', params: FORM } },
    };
  },
  'tools/call:mirror': (call) => {
    const { inputResponses, requestState } = call.params;
    if (inputResponses !== undefined) return echo(call, { inputResponses, requestState });
    return {
      resultType: 'input_required',
      inputRequests: { 'odd key 🌍': { method: 'elicitation/create', params: { ...FORM, 'x-more': [1] } } },
      requestState: `${ODD_STATE}${JSON.stringify(call.params['arguments'])}`,
      'x-vendor': { kept: true },
    };
  },
};
for (const [tool, [method, params]] of Object.entries(ASKS)) {
  modernHandlers[`tools/call:${tool}`] = (call) => {
    const answers = call.params['inputResponses'];
    if (answers !== undefined) return echo(call, answers);
    const { elicitationId: _, ...modern } = params;
    const inputRequests = { ask: { method, params: modern } };
    return { resultType: 'input_required', inputRequests, requestState: 's' };
  };
}

function toolsOf(handlers: Record<string, ServerHandler>): Json[] {
  return Object.keys(handlers).map((key) => rawTool(key.slice('tools/call:'.length)));
}

beforeAll(async () => {
  const legacy = { eras: ['legacy'] as const, tools: toolsOf(legacyHandlers), handlers: legacyHandlers };
  const modern = { eras: ['modern'] as const, tools: toolsOf(modernHandlers), handlers: modernHandlers };
  rig = await startRig(
    {
      old: { wire: 'http', script: legacy },
      oldpipe: { wire: 'stdio', script: legacy },
      sharedpipe: { wire: 'stdio', script: legacy, install: { sessionPolicy: 'shared' } },
      new: { wire: 'http', script: modern },
      newpipe: { wire: 'stdio', script: modern },
    },
    { env: { MCPMUX_PARKED_CALL_MS: '3000' } },
  );
});
afterAll(() => rig.close());

type InputRequests = Readonly<Record<string, { readonly method: string; readonly params?: Json }>>;

function inputOf(answer: RawAnswer): { requests: InputRequests; state: string | undefined } {
  expect(answer.result?.['resultType'], answer.text).toBe('input_required');
  return {
    requests: (answer.result?.['inputRequests'] ?? {}) as InputRequests,
    state: answer.result?.['requestState'] as string | undefined,
  };
}

const ACCEPT = { action: 'accept', content: { name: 'Ada' } };
const MODERN_PIPES = ['new', 'newpipe'];
const LEGACY_PIPES = ['old', 'oldpipe'];

describe.each(MODERN_PIPES)('edge 22: modern client, modern server (%s)', (alias) => {
  it('carries requests, state and answers untouched, several flows at once', async () => {
    const client = await rig.client('modern', alias, { capabilities: EVERYTHING });
    await Promise.all(
      [1, 2, 3, 4].map(async (flow) => {
        const first = await client.callTool('mirror', { flow });
        const { requests, state } = inputOf(first);
        expect(first.result?.['x-vendor']).toEqual({ kept: true });
        expect(requests).toEqual({
          'odd key 🌍': { method: 'elicitation/create', params: { ...FORM, 'x-more': [1] } },
        });
        expect(state).toBe(`${ODD_STATE}{"flow":${flow}}`);
        const inputResponses = { 'odd key 🌍': { ...ACCEPT, 'x-flow': flow } };
        const second = await client.callTool(
          'mirror',
          { flow },
          { params: { inputResponses, requestState: state } },
        );
        expect(JSON.parse(textOf(second.result))).toEqual({ inputResponses, requestState: state });
      }),
    );
  });

  it('leaves an absent state absent, and does not keep input_required for later', async () => {
    const client = await rig.client('modern', alias, { capabilities: EVERYTHING });
    const first = await client.callTool('stateless');
    expect('requestState' in (first.result ?? {})).toBe(false);
    expect(first.result?.['ttlMs']).toBeUndefined();
    const second = await client.callTool('stateless', {}, { params: { inputResponses: { f: ACCEPT } } });
    expect(JSON.parse(textOf(second.result))).toEqual({ hasState: false });
    inputOf(await client.callTool('stateless'));
  });
});

describe.each(MODERN_PIPES)('edge 23: legacy client, modern server (%s)', (alias) => {
  it('asks on the stream of the call that caused it, and answers all in one retry', async () => {
    const client = await rig.client('legacy', alias, {
      capabilities: EVERYTHING,
      handlers: {
        'elicitation/create': () => ACCEPT,
        'sampling/createMessage': () => ({
          role: 'assistant',
          model: 'm',
          content: { type: 'text', text: 'yo' },
        }),
        'roots/list': () => ({ roots: [{ uri: 'file:///x' }] }),
      },
    });
    const standing = client.openStream();
    await standing.head;
    const call = client.open('tools/call', { name: 'several', arguments: {} });
    const answer = await call.answer;
    expect(JSON.parse(textOf(answer.result))).toEqual({
      form: ACCEPT,
      sample: { role: 'assistant', model: 'm', content: { type: 'text', text: 'yo' } },
      roots: { roots: [{ uri: 'file:///x' }] },
    });
    const askedOn = call.inbox.all.map((message) => message.method).filter((method) => method !== undefined);
    expect(new Set(askedOn)).toEqual(new Set(['elicitation/create', 'sampling/createMessage', 'roots/list']));
    expect(standing.inbox.all).toEqual([]);
    standing.abort();
  });

  it('goes through several rounds', async () => {
    const seen: unknown[] = [];
    const client = await rig.client('legacy', alias, {
      capabilities: EVERYTHING,
      handlers: {
        'elicitation/create': (params) => {
          seen.push(params['message']);
          return ACCEPT;
        },
      },
    });
    expect(JSON.parse(textOf((await client.callTool('chain')).result))).toEqual({ 'key 2': ACCEPT });
    expect(seen).toEqual(['round 0', 'round 1', 'round 2']);
  });

  it('gives the state back byte for byte, also when it is all there is', async () => {
    const client = await rig.client('legacy', alias, { capabilities: EVERYTHING });
    expect(JSON.parse(textOf((await client.callTool('state_only')).result))).toBe(ODD_STATE);
    const asking = await rig.client('legacy', alias, {
      capabilities: EVERYTHING,
      handlers: { 'elicitation/create': () => ACCEPT },
    });
    expect(JSON.parse(textOf((await asking.callTool('stateless')).result))).toEqual({ hasState: false });
  });

  it.each([{ action: 'decline' }, { action: 'cancel' }])('passes on %j', async (reply) => {
    const client = await rig.client('legacy', alias, {
      capabilities: EVERYTHING,
      handlers: { 'elicitation/create': () => reply },
    });
    expect(JSON.parse(textOf((await client.callTool('ask_form')).result))).toEqual({ ask: reply });
  });

  it('gives a page an id, which legacy clients need and modern servers do not send', async () => {
    const client = await rig.client('legacy', alias, {
      capabilities: EVERYTHING,
      handlers: { 'elicitation/create': () => ({ action: 'accept' }) },
    });
    await client.callTool('ask_url');
    const { elicitationId: _, ...rest } = URL_FORM;
    expect(client.asked.all[0]?.params).toEqual({ ...rest, elicitationId: expect.stringMatching(/./) });
  });

  it('ends the call with an error when the client answers with one', async () => {
    const client = await rig.client('legacy', alias, {
      capabilities: EVERYTHING,
      handlers: {
        'elicitation/create': () => {
          throw new RpcRefusal(-1, 'nobody is here');
        },
      },
    });
    const answer = await client.callTool('ask_form');
    expect(answer.error?.message).toContain('nobody is here');
    expect(answer.error?.data).toMatchObject({ source: 'gateway' });
  });
});

describe.each(LEGACY_PIPES)('legacy client, legacy server (%s)', (alias) => {
  it('asks on the stream of the call and gives the answer to the server', async () => {
    const client = await rig.client('legacy', alias, {
      capabilities: EVERYTHING,
      handlers: { 'elicitation/create': () => ACCEPT },
    });
    const call = client.open('tools/call', { name: 'ask_form', arguments: {} });
    expect(JSON.parse(textOf((await call.answer).result))).toEqual(ACCEPT);
    expect(call.inbox.all.some((message) => message.method === 'elicitation/create')).toBe(true);
  });

  it('relays -32042 as it is', async () => {
    const client = await rig.client('legacy', alias, { capabilities: EVERYTHING });
    const answer = await client.callTool('url_error');
    expect(answer.error?.code).toBe(-32042);
    expect(answer.error?.data).toMatchObject({ elicitations: [{}, {}] });
  });
});

describe.each(LEGACY_PIPES)('edge 24: modern client, legacy server (%s)', (alias) => {
  const capabilities = EVERYTHING;

  it('turns an ask into input_required, and the retry goes on with the same call', async () => {
    const client = await rig.client('modern', alias, { capabilities });
    const key = `once-${alias}`;
    const first = inputOf(await client.callTool('ask_form', { key }));
    expect(Object.values(first.requests)).toEqual([{ method: 'elicitation/create', params: FORM }]);
    const inputResponses = Object.fromEntries(Object.keys(first.requests).map((name) => [name, ACCEPT]));
    const retry = { params: { inputResponses, requestState: first.state } };
    const second = await client.callTool('ask_form', { key }, retry);
    expect(JSON.parse(textOf(second.result))).toEqual(ACCEPT);
    expect(second.result?.['resultType']).toBe('complete');
    const replayed = await client.callTool('ask_form', { key }, retry);
    expect(replayed.error?.code).toBe(-32602);
    expect(runs.get(key)).toBe(1);
  });

  it('goes through several rounds of one call', async () => {
    const client = await rig.client('modern', alias, { capabilities });
    const key = `chain-${alias}`;
    let answer = await client.callTool('chain', { key });
    const states = new Set<string | undefined>();
    for (const name of ['one', 'two', 'three']) {
      const { requests, state } = inputOf(answer);
      states.add(state);
      expect(Object.values(requests).map((request) => request.params?.['message'])).toEqual([name]);
      const inputResponses = { [Object.keys(requests)[0] ?? '']: { action: 'accept', content: { name } } };
      answer = await client.callTool('chain', { key }, { params: { inputResponses, requestState: state } });
    }
    expect(JSON.parse(textOf(answer.result))).toHaveLength(3);
    expect([states.size, runs.get(key)]).toEqual([3, 1]);
  });

  it("refuses state that was tampered with, is another principal's, or is for other arguments", async () => {
    const client = await rig.client('modern', alias, { capabilities });
    const key = `sealed-${alias}`;
    const { requests, state = '' } = inputOf(await client.callTool('ask_form', { key }));
    const inputResponses = Object.fromEntries(Object.keys(requests).map((name) => [name, ACCEPT]));
    const { text } = await rig.gateway.admin.createKey(`other of ${alias}`);
    const other = await rig.client('modern', alias, {
      capabilities,
      headers: { authorization: `Bearer ${text}` },
    });
    const middle = Math.floor(state.length / 2);
    const flipped = `${state.slice(0, middle)}${state[middle] === 'A' ? 'B' : 'A'}${state.slice(middle + 1)}`;
    const call = (from: typeof client, args: Json, requestState: unknown, tool = 'ask_form') =>
      from.callTool(tool, args, { params: { inputResponses, requestState } });
    const refused = [
      await call(client, { key }, flipped),
      await call(client, { key }, `${state}A`),
      await call(client, { key }, ''),
      await call(client, { key }, 42),
      await call(client, { key }, 'somebody else made this'),
      await call(client, { key, more: 1 }, state),
      await call(client, { key }, state, 'two'),
      await call(other, { key }, state),
      await (await rig.client('modern', alias === 'old' ? 'oldpipe' : 'old', { capabilities })).callTool(
        'ask_form',
        { key },
        { params: { inputResponses, requestState: state } },
      ),
    ];
    expect(refused.map((answer) => answer.error?.code)).toEqual(refused.map(() => -32602));
    // The right one is still good, and the tool ran once.
    expect(JSON.parse(textOf((await call(client, { key }, state)).result))).toEqual(ACCEPT);
    expect(runs.get(key)).toBe(1);
  });
});

describe.each(LEGACY_PIPES)('edge 25: several asks of one call (%s)', (alias) => {
  it('appear together; what is missing is asked again; what was not asked is ignored', async () => {
    const client = await rig.client('modern', alias, { capabilities: EVERYTHING });
    const key = `two-${alias}`;
    const first = inputOf(await client.callTool('two', { key }));
    const keys = Object.keys(first.requests);
    expect(Object.values(first.requests).map((request) => request.params?.['message'])).toEqual([
      'first',
      'second',
    ]);
    const part = { [keys[0] ?? '']: ACCEPT, 'not asked': ACCEPT };
    const second = inputOf(
      await client.callTool('two', { key }, { params: { inputResponses: part, requestState: first.state } }),
    );
    expect(Object.keys(second.requests)).toEqual([keys[1]]);
    expect(second.state).not.toBe(first.state);
    const rest = { [keys[1] ?? '']: { action: 'decline' } };
    const done = await client.callTool(
      'two',
      { key },
      { params: { inputResponses: rest, requestState: second.state } },
    );
    expect(JSON.parse(textOf(done.result))).toEqual([ACCEPT, { action: 'decline' }]);
    expect(runs.get(key)).toBe(1);
  });
});

describe.each(LEGACY_PIPES)('edge 26: a client that does not come back (%s)', (alias) => {
  it('is waited for a while; then the server is told, and a late retry is refused', async () => {
    const client = await rig.client('modern', alias, { capabilities: EVERYTHING });
    const key = `abandoned-${alias}`;
    cancelled = deferred();
    const { requests, state } = inputOf(await client.callTool('abandoned', { key }));
    await withDeadline(cancelled.promise, 8_000, 'the server was not told to stop');
    const inputResponses = { [Object.keys(requests)[0] ?? '']: ACCEPT };
    const late = await client.callTool(
      'abandoned',
      { key },
      { params: { inputResponses, requestState: state } },
    );
    expect(late.error?.code).toBe(-32602);
    expect(late.error?.message).toMatch(/expired/);
    expect(runs.get(key)).toBe(1);
    await eventually('an idle server', async () => {
      const { legs } = await rig.gateway.admin.getServer(alias);
      return legs.every((leg) => leg.inFlight === 0) ? true : undefined;
    });
  });

  it('is cancelled at once when it cuts the stream in mid-call', async () => {
    const client = await rig.client('modern', alias, { capabilities: { elicitation: {} } });
    cancelled = deferred();
    asked = deferred();
    const call = client.open('tools/call', { name: 'abandoned', arguments: { key: `cut-${alias}` } });
    await withDeadline(asked.promise, 5_000, 'the call did not reach the server');
    call.abort();
    await withDeadline(cancelled.promise, 5_000, 'the server was not told to stop');
  });
});

describe('edge 27: nobody is asked what it did not declare', () => {
  const lacking: readonly [string, Json, Json][] = [
    ['ask_form', {}, { elicitation: { form: {} } }],
    ['ask_form', { elicitation: { url: {} } }, { elicitation: { form: {} } }],
    ['ask_url', { elicitation: {} }, { elicitation: { url: {} } }],
    ['ask_url', { elicitation: { form: {} } }, { elicitation: { url: {} } }],
    ['ask_sample', { elicitation: {} }, { sampling: {} }],
    ['ask_sample_tools', { sampling: {} }, { sampling: { tools: {} } }],
    ['ask_roots', { sampling: {} }, { roots: {} }],
  ];
  const aliases = ['old', 'oldpipe', 'new', 'newpipe'];
  const rows = aliases.flatMap((alias) => lacking.map((row) => [alias, ...row] as const));

  it.each(rows)('legacy client at %s: %s with %j', async (alias, tool, capabilities) => {
    const client = await rig.client('legacy', alias, { capabilities });
    const answer = await client.callTool(tool);
    expect(client.asked.all).toEqual([]);
    // The tool heard an error and could go on, or the call ended: with words either way.
    expect(answer.result ?? answer.error, answer.text).toBeDefined();
    expect(answer.error?.code ?? -32603).toBe(-32603);
  });

  // An old server that is refused may still answer: these here pass the refusal on as text.
  it.each(rows)('modern client at %s: %s with %j', async (alias, tool, capabilities, required) => {
    const client = await rig.client('modern', alias, { capabilities });
    const answer = await client.callTool(tool);
    expect(answer.result?.['resultType']).not.toBe('input_required');
    if (answer.result !== undefined) {
      expect(LEGACY_PIPES).toContain(alias);
      expect(textOf(answer.result)).toBe('{"error":-32601}');
      return;
    }
    expect([answer.status, answer.error?.code]).toEqual([400, -32021]);
    expect(answer.error?.data).toEqual({ requiredCapabilities: required });
  });
});

describe.each(LEGACY_PIPES)('edge 28: -32042 of a legacy server (%s)', (alias) => {
  it('is input_required with one URL elicitation each for a modern client', async () => {
    const client = await rig.client('modern', alias, { capabilities: EVERYTHING });
    const { requests } = inputOf(await client.callTool('url_error'));
    expect(Object.values(requests)).toEqual([
      {
        method: 'elicitation/create',
        params: { mode: 'url', url: 'https://example.com/in', message: 'Sign in' },
      },
      {
        method: 'elicitation/create',
        params: { mode: 'url', url: 'https://example.com/2', message: 'Sign in' },
      },
    ]);
  });

  it('is -32021 for a modern client that opens no URLs', async () => {
    const client = await rig.client('modern', alias, { capabilities: { elicitation: {} } });
    const answer = await client.callTool('url_error');
    expect([answer.status, answer.error?.code]).toEqual([400, -32021]);
  });
});

describe('edge 30: two clients at one shared pipe', () => {
  const both = async (alias: string) => {
    const one = await rig.client('legacy', alias, {
      capabilities: EVERYTHING,
      handlers: { 'elicitation/create': () => ({ action: 'accept', content: { name: 'one' } }) },
    });
    const two = await rig.client('legacy', alias, {
      capabilities: EVERYTHING,
      handlers: { 'elicitation/create': () => ({ action: 'accept', content: { name: 'two' } }) },
    });
    return [one, two] as const;
  };

  it('an ask that may be of either is refused when the server has to be shared', async () => {
    const [one, two] = await both('sharedpipe');
    asked = deferred();
    const held = one.open('tools/call', { name: 'abandoned', arguments: {} });
    await withDeadline(asked.promise, 5_000, 'the first call did not reach the server');
    const answer = await two.callTool('ask_form');
    expect(textOf(answer.result)).toMatch(/"error"/);
    expect(two.asked.all).toEqual([]);
    await one.cancel(held.id);
    await held.ended;
  });

  it('under auto, each client gets a process of its own after that', async () => {
    const [one, two] = await both('oldpipe');
    await Promise.all([one.callTool('ask_form'), two.callTool('ask_form')]);
    for (let round = 0; round < 5; round += 1) {
      const [first, second] = await Promise.all([one.callTool('ask_form'), two.callTool('ask_form')]);
      expect(JSON.parse(textOf(first.result)).content.name).toBe('one');
      expect(JSON.parse(textOf(second.result)).content.name).toBe('two');
    }
  });

  it('an ask of a call that was given up does not reach the next client', async () => {
    const [one, two] = await both('sharedpipe');
    asked = deferred();
    const held = one.open('tools/call', { name: 'abandoned', arguments: {} });
    await withDeadline(asked.promise, 5_000, 'the first call did not reach the server');
    await one.cancel(held.id);
    await held.ended;
    const pipe = rig.stdio('sharedpipe').alive()[0];
    const waiting = two.open('tools/call', { name: 'abandoned', arguments: {} });
    await eventually('the second call at the server', () =>
      pipe?.received.all.filter((message) => message.method === 'tools/call').length === 4 ? true : undefined,
    ).catch(() => undefined);
    // The server has not noticed yet that the first call is over.
    pipe?.send({
      jsonrpc: '2.0',
      id: 'late',
      method: 'elicitation/create',
      params: { ...FORM, message: 'late' },
    });
    await pipe?.received.take('an answer to the late ask', (message) => message.id === 'late', 15_000);
    for (const client of [one, two])
      expect(client.asked.all.map((message) => message.params?.['message'])).not.toContain('late');
    await two.cancel(waiting.id);
    await waiting.ended;
  });
});
