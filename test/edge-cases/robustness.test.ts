/**
 * Edge case 40 and bad input: a server or client that misbehaves costs its own call, at once, and nobody else's.
 */
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bigText, QUIRKS, quirkScript } from '../fixtures/quirks/answers.ts';
import { eventually } from '../support/deadline.ts';
import type { Json, RawHttpClient } from '../support/raw-client.ts';
import { rawTool, type ServerCall, type ServerHandler } from '../support/raw-server.ts';
import { type Rig, startRig, textOf, textResult } from './rig.ts';

/** What a call of each quirk gets: `fine`, an error of the server's own, or one of ours that tells the server apart. */
type Outcome = 'fine' | 'error' | 'ours';

const OUTCOMES: Readonly<Record<string, Outcome>> = {
  plain: 'fine',
  extra_key: 'fine',
  missing_jsonrpc: 'fine',
  string_id: 'fine',
  error_null_beside_result: 'fine',
  result_null_beside_error: 'error',
  null_id_error: 'error',
  string_code: 'error',
  float_code: 'error',
  error_without_message: 'error',
  error_is_text: 'error',
  neither_result_nor_error: 'ours',
  result_is_null: 'ours',
  result_is_text: 'ours',
  result_is_array: 'ours',
  duplicate_result: 'fine',
  whitespace: 'fine',
  escaped_keys: 'fine',
  batch_of_one: 'fine',
  result_11mb: 'fine',
  result_20mb: 'fine',
  deep_json: 'ours',
  invalid_utf8: 'ours',
  split_utf8: 'fine',
  broken_json: 'ours',
  html_answer: 'ours',
  crlf: 'fine',
  cr_events: 'fine',
  comments_and_unknown_fields: 'fine',
  noise_before: 'fine',
  answer_twice: 'fine',
  unknown_id_first: 'fine',
  progress_after_answer: 'fine',
  progress_flood: 'fine',
  progress_backwards: 'fine',
  unknown_notification: 'fine',
  ask_unknown: 'fine',
  unknown_content: 'fine',
  structured_array: 'fine',
  structured_null: 'fine',
  structured_zero: 'fine',
  structured_false: 'fine',
  structured_text: 'fine',
  is_error: 'fine',
  no_content: 'fine',
  numbers: 'fine',
  prototype_keys: 'fine',
};
/** They end the process, or say nothing that could be waited for. */
const APART = ['cut_json', 'empty_answer', 'silence', 'break_off'];
const PROMPT_MS = 5_000;

let rig: Rig;

const flooding: Record<string, ServerHandler> = {
  'tools/call:flood': async (call) => {
    const progressToken = (call.params['_meta'] as Json | undefined)?.['progressToken'];
    const message = 'x'.repeat(8_000);
    for (let progress = 1; progress <= 6_000; progress += 1) {
      call.notify('notifications/progress', { progressToken, progress, message });
      if (progress % 200 === 0) await new Promise((resolve) => setTimeout(resolve, 2));
    }
    return textResult(call.era, 'flooded');
  },
  'tools/call:held': async (call: ServerCall) => {
    await call.cancelled;
    return undefined;
  },
  'tools/call:plain': (call) => textResult(call.era, 'fine'),
};
const floodTools = ['flood', 'held', 'plain'].map((name) => rawTool(name));

beforeAll(async () => {
  rig = await startRig({
    old: { wire: 'http', script: quirkScript(['legacy']) },
    oldpipe: { wire: 'stdio', script: quirkScript(['legacy']) },
    new: { wire: 'http', script: quirkScript(['modern']) },
    newpipe: { wire: 'stdio', script: quirkScript(['modern']) },
    mortal: { wire: 'stdio', script: quirkScript(['legacy']) },
    flood: { wire: 'http', script: { eras: ['legacy'], tools: floodTools, handlers: flooding } },
    floodpipe: { wire: 'stdio', script: { eras: ['legacy'], tools: floodTools, handlers: flooding } },
  });
});
afterAll(() => rig.close());

it('every quirk has an outcome here', () => {
  expect(Object.keys(OUTCOMES).concat(APART).toSorted()).toEqual(QUIRKS.toSorted());
});

const ALL = ['old', 'oldpipe', 'new', 'newpipe'] as const;

/** Calls `name` while an ordinary call runs beside it; both must be prompt. */
async function callBeside(client: RawHttpClient, name: string, meta?: Json) {
  const began = performance.now();
  const [answer, beside] = await Promise.all([
    client.callTool(name, {}, meta === undefined ? {} : { meta }),
    client.callTool('plain'),
  ]);
  expect(textOf(beside.result), JSON.stringify(beside.error)).toBe('fine');
  return { answer, ms: performance.now() - began };
}

describe.each(ALL)('edge 40: odd answers (%s)', (alias) => {
  // Over a pipe nobody can say whose a line without an id is while two calls are open; alone they are understood. Bytes
  // written one by one are one line only while nothing else is written.
  const alone = alias.endsWith('pipe')
    ? ['deep_json', 'broken_json', 'neither_result_nor_error', 'split_utf8']
    : [];
  // A line that is no JSON is noise like any other there, and an error without an id answers nobody in particular: the
  // call goes on waiting (JSON-RPC 2.0, Response object).
  const rows = Object.entries(OUTCOMES).filter(
    ([name]) => !(alias.endsWith('pipe') && (name === 'html_answer' || name === 'null_id_error')),
  );

  it.each(rows)('%s: %s', async (name, outcome) => {
    const client = await rig.client('modern', alias);
    const meta = { progressToken: 'p' };
    const { answer, ms } = alone.includes(name)
      ? { answer: await client.callTool(name, {}, { timeoutMs: PROMPT_MS }), ms: 0 }
      : await callBeside(client, name, meta);
    expect(ms).toBeLessThan(PROMPT_MS);
    if (outcome === 'fine') {
      expect(answer.error, answer.text.slice(0, 500)).toBeUndefined();
      expect(answer.message?.id).toBe(1);
    } else {
      expect(answer.error, answer.text.slice(0, 500)).toBeDefined();
      expect(Number.isInteger(answer.error?.code)).toBe(true);
      expect(answer.error?.message).not.toBe('');
      if (outcome === 'ours') expect(answer.error?.data).toMatchObject({ source: 'gateway' });
    }
    expect((await client.callTool('plain')).result).toBeDefined();
  });

  it('20 MB arrive whole', async () => {
    const client = await rig.client('legacy', alias);
    const { result } = await client.callTool('result_20mb');
    expect(textOf(result) === bigText(20 * 1024 * 1024)).toBe(true);
  });

  it('text in pieces arrives whole', async () => {
    const client = await rig.client('legacy', alias);
    expect(textOf((await client.callTool('split_utf8')).result)).toBe('世界 🌍 é');
  });

  it('an error of no shape keeps its words', async () => {
    const client = await rig.client('legacy', alias);
    expect((await client.callTool('string_code')).error?.message).toBe('a code that is a string');
    expect((await client.callTool('float_code')).error?.message).toBe('a code that is no integer');
    expect((await client.callTool('error_is_text')).error?.message).toContain('it broke');
    if (!alias.endsWith('pipe'))
      expect((await client.callTool('null_id_error')).error?.message).toBe('no id in this error');
  });

  it('what was wrong stands in the log of the server, and not in that of another', async () => {
    const lines = async (of: string) =>
      (await rig.log(of)).filter((line) => line.level === 'warn' || line.level === 'error');
    const other = ALL.find((one) => one !== alias) ?? '';
    const before = [(await lines(alias)).length, (await lines(other)).length];
    const client = await rig.client('modern', alias);
    await client.callTool('broken_json');
    await client.callTool('result_is_text');
    const after = await lines(alias);
    expect(after.length - (before[0] ?? 0)).toBe(2);
    expect((await lines(other)).length).toBe(before[1]);
  });

  it('progress without end makes no lines in the log', async () => {
    const floods = (await rig.log(alias)).filter((line) => line.message.includes('progress'));
    expect(floods.length).toBeLessThan(3);
  });
});

describe('edge 40: answers that break off', () => {
  it.each(['old', 'new'])('over HTTP the call fails at once (%s)', async (alias) => {
    const client = await rig.client('modern', alias);
    for (const name of ['cut_json', 'empty_answer', 'break_off']) {
      const { answer, ms } = await callBeside(client, name);
      expect(answer.error?.data).toMatchObject({ source: 'gateway' });
      expect(ms).toBeLessThan(PROMPT_MS);
    }
  });

  it.each(['cut_json', 'break_off'])(
    'a process that ends in mid-call fails the call and is started again (%s)',
    async (name) => {
      const client = await rig.client('legacy', 'mortal');
      const began = performance.now();
      const answer = await client.callTool(name);
      expect(answer.error?.data).toMatchObject({ source: 'gateway', reason: 'transports.exited' });
      expect(performance.now() - began).toBeLessThan(PROMPT_MS);
      expect(textOf((await client.callTool('plain')).result)).toBe('fine');
    },
  );
});

describe('edge 40: a client that reads slowly', () => {
  it.skipIf(process.platform !== 'linux').each([
    ['legacy', 'flood'],
    ['modern', 'floodpipe'],
  ] as const)('does not fill our memory (%s client, %s)', async (era, alias) => {
    const residentMebibytes = async () => {
      const status = await readFile(`/proc/${rig.gateway.pid}/status`, 'utf8');
      return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024;
    };
    const client = await rig.client(era, alias);
    const before = await residentMebibytes();
    const call = client.open(
      'tools/call',
      { name: 'flood', arguments: {} },
      { meta: { progressToken: 'f' }, timeoutMs: 40_000 },
    );
    await call.inbox.take('the first progress');
    call.pause();
    // Others are served meanwhile; the server says 48 MB in all.
    const other = await rig.client(era, alias);
    let peak = 0;
    for (let round = 0; round < 20; round += 1) {
      expect(textOf((await other.callTool('plain')).result)).toBe('fine');
      peak = Math.max(peak, await residentMebibytes());
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    expect(peak - before).toBeLessThan(40);
    call.resume();
    expect(textOf((await call.answer).result)).toBe('flooded');
  });
});

describe('bad input from clients', () => {
  it('an answer to an ask that was not sent is taken and does nothing', async () => {
    const client = await rig.client('legacy', 'flood');
    const held = client.open('tools/call', { name: 'held', arguments: {} });
    for (const answer of [
      { jsonrpc: '2.0', id: 'mux-1', result: { action: 'accept' } },
      { jsonrpc: '2.0', id: 999, result: {} },
      { jsonrpc: '2.0', id: held.id, result: { content: [] } },
      { jsonrpc: '2.0', id: 'x', error: { code: -1, message: 'no' } },
    ]) {
      expect((await client.respond(answer)).status).toBe(202);
    }
    expect(textOf((await client.callTool('plain')).result)).toBe('fine');
    await client.cancel(held.id);
    await held.ended;
  });

  it.each([
    ['no JSON', '{"jsonrpc":"2.0",', 400, -32700],
    ['nothing', '', 400, -32700],
    ['text', '"hello"', 400, -32600],
    ['no method', '{"jsonrpc":"2.0","id":3}', 400, -32600],
    ['an id that is an object', '{"jsonrpc":"2.0","id":{},"method":"ping"}', 400, -32600],
    ['invalid UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]), 400, undefined],
    ['a key twice', '{"jsonrpc":"2.0","id":1,"method":"ping","method":"tools/call"}', 400, undefined],
  ])('a body of %s is refused', async (_what, body, status, code) => {
    const client = await rig.client('legacy');
    const answer = await client.send(body, { headers: { 'mcp-session-id': client.sessionId } }).answer;
    expect(answer.status).toBe(status);
    if (code !== undefined) expect(answer.error?.code).toBe(code);
  });

  it('a request whose id is open already is refused, and the first goes on', async () => {
    const client = await rig.client('legacy', 'flood');
    const held = client.open('tools/call', { name: 'held', arguments: {} }, { id: 'same' });
    await eventually('the held call', async () =>
      (await rig.gateway.admin.getServer('flood')).legs.some((leg) => leg.inFlight > 0) ? true : undefined,
    );
    expect((await client.callTool('plain', {}, { id: 'same' })).error?.code).toBe(-32600);
    await client.cancel('same');
    await held.ended;
    expect(textOf((await client.callTool('plain', {}, { id: 'same' })).result)).toBe('fine');
  });
});

describe('bad input from servers', () => {
  it('an ask outside of any call is refused, and nobody hears of it', async () => {
    const client = await rig.client('legacy', 'floodpipe', {
      capabilities: { elicitation: {}, sampling: {} },
    });
    const standing = client.openStream();
    await standing.head;
    const pipe = rig.stdio('floodpipe').alive()[0];
    pipe?.send({
      jsonrpc: '2.0',
      id: 'out',
      method: 'elicitation/create',
      params: { message: 'hi', requestedSchema: {} },
    });
    const refusal = await pipe?.received.take('the refusal', (message) => message.id === 'out');
    expect(refusal?.error?.code).toBeDefined();
    expect(client.asked.all).toEqual([]);
    expect(
      (await rig.log('floodpipe')).filter((line) => line.message.includes('elicitation/create')),
    ).toHaveLength(1);
    standing.abort();
  });

  it('answers nobody asked for, and lines that are no JSON, change nothing', async () => {
    const pipe = rig.stdio('floodpipe').alive()[0];
    const client = await rig.client('legacy', 'floodpipe');
    pipe?.write('{"jsonrpc":"2.0","id":4711,"result":{}}\n');
    pipe?.write('not json\n{"half":\n\u0000\u0001\n[]\n[1,2]\n"x"\n{}\n{"jsonrpc":"2.0","method":7}\n');
    expect(textOf((await client.callTool('plain')).result)).toBe('fine');
  });
});
