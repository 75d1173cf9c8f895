/**
 * Golden transparency: for every method in every pairing, direct and through the gateway the JSON is the same but for
 * the owned fields; the examples of the schema and random unknown fields travel both ways.
 */
import { readFile } from 'node:fs/promises';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Rig, startRig, textResult } from '../edge-cases/rig.ts';
import { TRANSPARENT_RESOURCE, transparentScript } from '../fixtures/quirks/features.ts';
import { repositoryPath } from '../support/paths.ts';
import { type Era, type Json, META, RawHttpClient } from '../support/raw-client.ts';
import { type RawScript, rawTool, type ServerCall } from '../support/raw-server.ts';
import { OWNED_FIELDS, type Pairing, withoutOwnedFields } from './owned-fields.ts';

const ERAS: readonly Era[] = ['legacy', 'modern'];
const PAIRINGS = ERAS.flatMap((client) => ERAS.map((server) => ({ client, server })));

type Examples = Readonly<Record<string, Json>>;

let rig: Rig;
let examples: Examples;
/** What the next call of the payload server is answered with, and what it was sent. */
let payload: Json = {};
let received: Json = {};

/** Fits what the method must hold, so that any value may be its result. */
const answerWithPayload = (call: ServerCall): Json => {
  received = call.params;
  const complete = call.era === 'modern' ? { resultType: 'complete' } : {};
  const cacheable =
    call.era === 'modern' && call.method === 'resources/read' ? { ttlMs: 5, cacheScope: 'public' } : {};
  return { ...complete, ...cacheable, ...payload };
};

function payloadScript(eras: readonly Era[]): RawScript {
  return {
    eras,
    tools: [rawTool('any')],
    prompts: [{ name: 'any' }],
    resources: [{ uri: 'any://thing', name: 'any' }],
    capabilities: { completions: {} },
    handlers: {
      'tools/call': answerWithPayload,
      'prompts/get': answerWithPayload,
      'resources/read': answerWithPayload,
      'completion/complete': answerWithPayload,
    },
  };
}

/** A server whose lists are the examples. */
function exampleLists(eras: readonly Era[]): RawScript {
  const list = (call: ServerCall, type: string, key: string): Json => {
    if (call.params['cursor'] !== undefined) return { ...own(call), [key]: [] };
    const found = Object.entries(examples).find(([name]) => name.startsWith(`${type}/`))?.[1];
    return { ...own(call), ...found };
  };
  const own = (call: ServerCall): Json =>
    call.era === 'modern' ? { resultType: 'complete', ttlMs: 1, cacheScope: 'public' } : {};
  return {
    eras,
    prompts: [],
    resources: [],
    handlers: {
      'tools/list': (call) => list(call, 'ListToolsResult', 'tools'),
      'prompts/list': (call) => list(call, 'ListPromptsResult', 'prompts'),
      'resources/list': (call) => list(call, 'ListResourcesResult', 'resources'),
      'resources/templates/list': (call) => list(call, 'ListResourceTemplatesResult', 'resourceTemplates'),
    },
  };
}

function failingScript(eras: readonly Era[]): RawScript {
  return {
    eras,
    tools: [rawTool('fail')],
    handlers: {
      'tools/call': (call) => {
        call.fail({ code: 4711, message: 'own error', data: { a: [null, { b: 'ü' }] } });
        return undefined;
      },
    },
  };
}

beforeAll(async () => {
  examples = JSON.parse(await readFile(repositoryPath('test/golden/examples.json'), 'utf8')) as Examples;
  rig = await startRig({
    legacy: { wire: 'http', script: transparentScript(['legacy']) },
    modern: { wire: 'http', script: transparentScript(['modern']) },
    anylegacy: { wire: 'http', script: payloadScript(['legacy']) },
    anymodern: { wire: 'http', script: payloadScript(['modern']) },
    listslegacy: { wire: 'http', script: exampleLists(['legacy']) },
    listsmodern: { wire: 'http', script: exampleLists(['modern']) },
    faillegacy: { wire: 'http', script: failingScript(['legacy']) },
    failmodern: { wire: 'http', script: failingScript(['modern']) },
  });
});
afterAll(() => rig.close());

/** A client that talks to the server itself, in the server's era. */
async function direct(prefix: string, server: Era): Promise<RawHttpClient> {
  return RawHttpClient.connect({ url: rig.http(`${prefix}${server}`).url, era: server });
}

const REQUESTS: readonly (readonly [string, Json])[] = [
  ['tools/list', {}],
  ['prompts/list', {}],
  ['resources/list', {}],
  ['resources/templates/list', {}],
  ['tools/call', { name: 'transparent', arguments: { any: 1 } }],
  ['prompts/get', { name: 'transparent-prompt', arguments: { first: 'x' } }],
  ['resources/read', { uri: TRANSPARENT_RESOURCE['uri'] }],
  [
    'completion/complete',
    { ref: { type: 'ref/prompt', name: 'transparent-prompt' }, argument: { name: 'first', value: 'a' } },
  ],
];

it('every owned field has a reason', () => {
  for (const field of OWNED_FIELDS) expect(field.why.length, field.path.join('.')).toBeGreaterThan(20);
});

describe.each(PAIRINGS)('$client client, $server server', (pairing) => {
  it.each(REQUESTS)('%s', async (method, params) => {
    const [straight, proxied] = await both(pairing, '', method, params);
    expect(withoutOwnedFields(method, pairing, proxied)).toEqual(
      withoutOwnedFields(method, pairing, straight),
    );
  });

  it('what is said at the beginning', async () => {
    const client = await rig.client(pairing.client, pairing.server);
    const server = await direct('', pairing.server);
    const hello = async (one: RawHttpClient, era: Era) =>
      era === 'legacy' ? (one.initializeResult ?? {}) : one.result('server/discover');
    const proxied = withoutOwnedFields('server/discover', pairing, await hello(client, pairing.client));
    const straight = withoutOwnedFields('server/discover', pairing, await hello(server, pairing.server));
    server.close();
    expect(proxied).toEqual(straight);
  });

  it('an error of the server', async () => {
    const [straight, proxied] = await Promise.all([
      direct('fail', pairing.server).then((client) => client.callTool('fail')),
      rig.client(pairing.client, `fail${pairing.server}`).then((client) => client.callTool('fail')),
    ]);
    expect(proxied.error).toEqual(straight.error);
  });

  it.each(['tools/list', 'prompts/list', 'resources/list', 'resources/templates/list'])(
    'the examples of %s',
    async (method) => {
      const [straight, proxied] = await both(pairing, 'lists', method, {});
      expect(withoutOwnedFields(method, pairing, proxied)).toEqual(
        withoutOwnedFields(method, pairing, straight),
      );
    },
  );

  it('the examples of results', async () => {
    const client = await rig.client(pairing.client, `any${pairing.server}`);
    const requests: Readonly<Record<string, readonly [string, Json]>> = {
      CallToolResult: ['tools/call', { name: 'any', arguments: {} }],
      GetPromptResult: ['prompts/get', { name: 'any' }],
      ReadResourceResult: ['resources/read', { uri: 'any://thing' }],
      CompleteResult: [
        'completion/complete',
        { ref: { type: 'ref/prompt', name: 'any' }, argument: { name: 'a', value: '' } },
      ],
    };
    let count = 0;
    for (const [name, example] of Object.entries(examples)) {
      const request = requests[name.split('/')[0] ?? ''];
      if (request === undefined) continue;
      payload = example;
      const result = await client.result(...request);
      const expected = withoutOwnedFields(request[0], pairing, example);
      // A legacy client has to have an object there.
      const structured = expected['structuredContent'];
      const isWrapped = pairing.client === 'legacy' && structured !== undefined && !isObject(structured);
      expect(withoutOwnedFields(request[0], pairing, result), name).toEqual(
        isWrapped ? { ...expected, structuredContent: { result: structured } } : expected,
      );
      count += 1;
    }
    expect(count).toBeGreaterThan(5);
  });

  it('every example of the schema, as a payload both ways', async () => {
    const client = await rig.client(pairing.client, `any${pairing.server}`);
    expect(Object.keys(examples).length).toBeGreaterThan(100);
    for (const [name, example] of Object.entries(examples)) {
      payload = {
        ...textResult('legacy', name),
        structuredContent: { example },
        _meta: { 'example.com/it': example },
        'x-example': example,
      };
      const params = { name: 'any', arguments: { example }, 'x-example': example };
      const result = await client.result('tools/call', params, { meta: { 'example.com/it': example } });
      expect(withoutOwnedFields('tools/call', pairing, result), name).toEqual(payload);
      expect(received, name).toMatchObject({ ...params, _meta: { 'example.com/it': example } });
    }
  });

  it('random fields at every level, both ways', async () => {
    const client = await rig.client(pairing.client, `any${pairing.server}`);
    const strange = fc.dictionary(
      fc.string({ unit: 'binary' }).filter((key) => !RESERVED.has(key)),
      fc.jsonValue({ maxDepth: 4 }),
      { maxKeys: 5 },
    );
    await fc.assert(
      fc.asyncProperty(strange, strange, strange, strange, async (outer, block, inner, meta) => {
        payload = asJson({
          ...outer,
          content: [
            { ...block, type: 'text', text: 'x', annotations: { ...inner } },
            { ...inner, type: 'unheard-of' },
          ],
          structuredContent: { ...inner },
          _meta: { ...meta, 'example.com/fixed': { ...block } },
        });
        const params = asJson({ ...outer, name: 'any', arguments: { ...block, deep: { ...inner } } });
        const result = await client.result('tools/call', params, {
          meta: asJson({ ...meta, 'example.com/fixed': { ...inner } }),
        });
        expect(withoutOwnedFields('tools/call', pairing, result)).toEqual(payload);
        const { _meta, ...rest } = received;
        expect(rest).toEqual(params);
        expect(hopKeysAway(_meta as Json)).toEqual(asJson({ ...meta, 'example.com/fixed': { ...inner } }));
      }),
      { numRuns: 40 },
    );
  });
});

/** Keys that mean something to the protocol where the random ones are put. */
const RESERVED = new Set([
  'resultType',
  'ttlMs',
  'cacheScope',
  'content',
  'structuredContent',
  '_meta',
  'name',
  'arguments',
  'type',
  'text',
  'annotations',
  'isError',
  'task',
  'inputResponses',
  'requestState',
  'inputRequests',
  'deep',
  'progressToken',
  '__proto__',
]);

function asJson(value: unknown): Json {
  return JSON.parse(JSON.stringify(value)) as Json;
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** `_meta` of a request without what each hop says for itself. */
function hopKeysAway(meta: Json): Json {
  const hop: readonly string[] = ['progressToken', ...Object.values(META)];
  return Object.fromEntries(Object.entries(meta).filter(([key]) => !hop.includes(key)));
}

/** The result of one request: from the server itself, in its era, and through the gateway. */
async function both(pairing: Pairing, prefix: string, method: string, params: Json): Promise<[Json, Json]> {
  const server = await direct(prefix, pairing.server);
  const client = await rig.client(pairing.client, `${prefix}${pairing.server}`);
  const results: [Json, Json] = [await server.result(method, params), await client.result(method, params)];
  server.close();
  return results;
}
