/**
 * Edge cases of content: everything passes as it is, and one odd thing does not hide the rest.
 */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { quirkScript } from '../fixtures/quirks/answers.ts';
import {
  MALFORMED_TOOLS,
  malformedScript,
  TRANSPARENT_PROMPT,
  TRANSPARENT_RESOURCE,
  TRANSPARENT_RESULTS,
  TRANSPARENT_TEMPLATE,
  TRANSPARENT_TOOL,
  transparentScript,
} from '../fixtures/quirks/features.ts';
import { type Json, META, type RawHttpClient } from '../support/raw-client.ts';
import { rawTool, type ServerCall } from '../support/raw-server.ts';
import { type Rig, startRig, textOf, textResult } from './rig.ts';

let rig: Rig;
let tempting: Server;
let fetched = 0;
const seen = new Map<string, ServerCall>();

const missing = {
  'resources/read': (call: ServerCall) => {
    const uri = String(call.params['uri']);
    call.fail(
      call.era === 'legacy'
        ? { code: -32002, message: 'Resource not found', data: { uri, 'x-why': 'gone' } }
        : { code: -32602, message: 'Resource not found', data: { uri } },
    );
    return undefined;
  },
};

beforeAll(async () => {
  tempting = createServer((_request, response) => {
    fetched += 1;
    response.end('{"type":"object"}');
  });
  await new Promise<void>((resolve) => tempting.listen(0, '127.0.0.1', resolve));
  const { port } = tempting.address() as AddressInfo;
  const remote = `http://127.0.0.1:${port}/schema.json`;
  const tools = [
    rawTool('remote_ref', {
      inputSchema: { $schema: remote, type: 'object', properties: { a: { $ref: remote } } },
      outputSchema: { $ref: remote },
    }),
    rawTool('app_only', { _meta: { ui: { resourceUri: 'ui://app', visibility: ['app'] } } }),
  ];
  const extra = {
    tools,
    resources: [{ uri: 'res://there', name: 'there' }],
    handlers: {
      ...missing,
      'tools/call': (call: ServerCall) => ({
        ...textResult(call.era, JSON.stringify(call.params['_meta'])),
        structuredContent: { a: 1 },
        _meta: { traceparent: '00-aa-bb-01', 'example.com/back': [1] },
      }),
    },
  };
  const note = (alias: string) => (call: ServerCall) => void seen.set(`${alias} ${call.method}`, call);
  rig = await startRig({
    old: { wire: 'http', script: transparentScript(['legacy'], note('old')) },
    oldpipe: { wire: 'stdio', script: transparentScript(['legacy'], note('oldpipe')) },
    new: { wire: 'http', script: transparentScript(['modern'], note('new')) },
    newpipe: { wire: 'stdio', script: transparentScript(['modern'], note('newpipe')) },
    badold: { wire: 'stdio', script: malformedScript(['legacy']) },
    badnew: { wire: 'http', script: malformedScript(['modern']) },
    values: { wire: 'http', script: quirkScript(['modern']) },
    valuesold: { wire: 'stdio', script: quirkScript(['legacy']) },
    extraold: { wire: 'http', script: { eras: ['legacy'], ...extra } },
    extranew: { wire: 'http', script: { eras: ['modern'], ...extra } },
  });
});
afterAll(async () => {
  await rig.close();
  await new Promise((resolve) => tempting.close(resolve));
});

const ALL = ['old', 'oldpipe', 'new', 'newpipe'] as const;
const ERAS = ['legacy', 'modern'] as const;
const PAIRINGS = ERAS.flatMap((era) => ALL.map((alias) => [era, alias] as const));

/** A result without what each hop says for itself. */
function ownedAway(result: Json): Json {
  const { resultType: _type, ttlMs: _ttl, cacheScope: _scope, _meta, ...rest } = result;
  const { [META.serverInfo]: _info, ...meta } = (_meta ?? {}) as Json;
  return { ...rest, ...(Object.keys(meta).length > 0 ? { _meta: meta } : {}) };
}

const REQUESTS: readonly (readonly [string, Json])[] = [
  [
    'tools/call',
    { name: 'transparent', arguments: { node: null, any: [{ deep: [0, false, ''] }] }, 'x-param': 1 },
  ],
  ['prompts/get', { name: 'transparent-prompt', arguments: { first: 'a' }, 'x-param': { b: null } }],
  ['resources/read', { uri: TRANSPARENT_RESOURCE['uri'], 'x-param': [] }],
  [
    'completion/complete',
    {
      ref: { type: 'ref/prompt', name: 'transparent-prompt', 'x-ref': 1 },
      argument: { name: 'first', value: 'a' },
      context: { arguments: { other: 'b' } },
    },
  ],
];

describe.each(PAIRINGS)('edge 1: transparency (%s client, %s)', (era, alias) => {
  it('features arrive with every field that nobody knows', async () => {
    const client = await rig.client(era, alias);
    const list = async (method: string, key: string) => (await client.result(method))[key];
    expect(await list('tools/list', 'tools')).toEqual([TRANSPARENT_TOOL]);
    expect(await list('prompts/list', 'prompts')).toEqual([TRANSPARENT_PROMPT]);
    expect(await list('resources/list', 'resources')).toEqual([TRANSPARENT_RESOURCE]);
    expect(await list('resources/templates/list', 'resourceTemplates')).toEqual([TRANSPARENT_TEMPLATE]);
  });

  it.each(REQUESTS)('%s carries unknown fields there and back', async (method, params) => {
    const client = await rig.client(era, alias);
    const meta = {
      'example.com/key': { a: [null] },
      traceparent: '00-1-2-01',
      tracestate: 'a=b',
      baggage: 'c=d',
    };
    const result = await client.result(method, params, { meta });
    expect(ownedAway(result)).toEqual(TRANSPARENT_RESULTS[method]);
    const sent = seen.get(`${alias} ${method}`)?.params ?? {};
    const { _meta, ...rest } = sent;
    expect(rest).toEqual(params);
    expect(_meta).toMatchObject(meta);
  });

  it('capabilities and extensions that nobody knows are told', async () => {
    const client = await rig.client(era, alias);
    const told = era === 'legacy' ? client.initializeResult : await client.result('server/discover');
    expect(told?.['capabilities']).toMatchObject({
      experimental: { 'example.com/experiment': { a: 1 } },
      extensions: { 'example.com/extension': { setting: [1] } },
      unheardOf: { level: 3 },
    });
    expect(told?.['instructions']).toBe('Pass everything on.');
  });
});

describe.each(ERAS)('edge 1 on the URL of all servers (%s client)', (era) => {
  it('R25 only the name of a tool differs, and in the legacy era the schemas that it refuses', async () => {
    const client = await rig.client(era);
    const { tools } = (await client.result('tools/list')) as { tools: Json[] };
    // Legacy revisions want an object where JSON Schema also takes true and false.
    const accepted = JSON.stringify(TRANSPARENT_TOOL)
      .replace('"any":true', '"any":{}')
      .replace('"none":false', '"none":{"not":{}}');
    const expected = era === 'legacy' ? (JSON.parse(accepted) as Json) : TRANSPARENT_TOOL;
    for (const alias of ALL) {
      const name = `${alias}_transparent`;
      expect(tools.find((tool) => tool['name'] === name)).toEqual({ ...expected, name });
    }
  });
});

describe.each(['badold', 'badnew'])('edge 2: malformed tools (%s)', (alias) => {
  it.each(ERAS)('do not hide the others, nor those of other servers (%s client)', async (era) => {
    const client = await rig.client(era, alias);
    const { tools } = (await client.result('tools/list')) as { tools: Json[] };
    const names = tools.map((tool) => tool['name']);
    expect(names).toEqual(
      expect.arrayContaining(['good_before', 'good_after', 'empty_schema', 'null_title']),
    );
    expect(new Set(names).size).toBe(names.length);
    const usable = MALFORMED_TOOLS.filter(
      (tool): tool is Json =>
        typeof (tool as Json | null)?.['name'] === 'string' && (tool as Json)['name'] !== '',
    );
    // As they are: nothing of them is mended.
    for (const tool of usable.filter(
      (one) => one['name'] !== 'good_before' && one['name'] !== 'output_schema_of_text',
    )) {
      expect(tools).toContainEqual(tool);
    }
    expect((await client.callTool('null_title')).result).toBeDefined();
    const all = await rig.client(era);
    const listed = ((await all.result('tools/list')) as { tools: Json[] }).tools.map((tool) => tool['name']);
    expect(listed).toEqual(
      expect.arrayContaining([`${alias}_good_after`, 'old_transparent', 'new_transparent']),
    );
  });
});

describe('edge 29: a resource that is not there', () => {
  const uri = 'res://gone';
  it.each([
    ['legacy', 'extraold', -32002],
    ['legacy', 'extranew', -32602],
    ['modern', 'extraold', -32602],
    ['modern', 'extranew', -32602],
  ] as const)('%s client at %s gets %s with its URI, never empty contents', async (era, alias, code) => {
    const client = await rig.client(era, alias);
    const answer = await client.request('resources/read', { uri });
    expect(answer.error?.code).toBe(code);
    expect(answer.error?.data).toMatchObject({ uri });
    if (alias === 'extraold') expect(answer.error?.data).toMatchObject({ 'x-why': 'gone' });
    expect(answer.result).toBeUndefined();
  });

  it.each(ERAS)('nor of any server at all (%s client)', async (era) => {
    const client = await rig.client(era);
    const answer = await client.request('resources/read', { uri: 'nobody-has-this:x' });
    expect(answer.error?.code).toBe(era === 'legacy' ? -32002 : -32602);
    expect(answer.error?.data).toMatchObject({ uri: 'nobody-has-this:x' });
  });
});

describe('edge 37: structured content of any type', () => {
  const values: readonly (readonly [string, unknown, Json])[] = [
    ['structured_array', [1, 'two', null, { three: 3 }], { type: 'array' }],
    ['structured_null', null, { type: 'null' }],
    ['structured_zero', 0, { type: 'integer' }],
    ['structured_false', false, { type: 'boolean' }],
    ['structured_text', '', { type: 'string' }],
  ];
  const toolOf = async (client: RawHttpClient, name: string) => {
    const { tools } = (await client.result('tools/list')) as { tools: Json[] };
    return tools.find((tool) => tool['name'] === name);
  };

  it.each(values)('%s reaches modern clients as it is', async (name, value, schema) => {
    for (const alias of ['values', 'valuesold']) {
      const client = await rig.client('modern', alias);
      expect((await client.callTool(name)).result?.['structuredContent']).toEqual(value);
      expect((await toolOf(client, name))?.['outputSchema']).toEqual(schema);
    }
  });

  it.each(values)(
    '%s reaches legacy clients as an object, and so says its schema',
    async (name, value, schema) => {
      const client = await rig.client('legacy', 'values');
      const { result } = await client.callTool(name);
      expect(result?.['structuredContent']).toEqual({ result: value });
      expect(result?.['content']).toEqual(
        expect.arrayContaining([expect.objectContaining({ type: 'text' })]),
      );
      expect((await toolOf(client, name))?.['outputSchema']).toEqual({
        type: 'object',
        properties: { result: schema },
        required: ['result'],
      });
    },
  );

  it('numbers keep their digits, and names of prototypes are only names', async () => {
    for (const alias of ['values', 'valuesold']) {
      const client = await rig.client('modern', alias);
      const { text } = await client.callTool('numbers');
      expect(text).toContain('{"big":12345678901234567890,"exact":0.1000,"exponent":1E400,"minus":-0}');
      expect((await client.callTool('prototype_keys')).text).toContain('"__proto__":{"polluted":true}');
    }
  });

  it.each(ERAS)('a schema that points elsewhere passes and is never fetched (%s client)', async (era) => {
    for (const alias of ['extraold', 'extranew']) {
      const client = await rig.client(era, alias);
      const tool = await toolOf(client, 'remote_ref');
      expect(JSON.stringify(tool)).toContain('/schema.json');
      expect((await client.callTool('remote_ref', { a: 1 })).result?.['isError']).toBeUndefined();
    }
    expect(fetched).toBe(0);
  });
});

describe.each(ERAS)('edge 38: metadata both ways (%s client)', (era) => {
  it.each(['extraold', 'extranew'])(
    'trace context, unknown keys and an app-only tool (%s)',
    async (alias) => {
      const client = await rig.client(era, alias);
      const meta = {
        traceparent: '00-1-2-01',
        tracestate: 'v=1',
        baggage: 'user=ada',
        'example.com/x': { y: [null] },
      };
      const { result } = await client.callTool('app_only', {}, { meta });
      const arrived = JSON.parse(textOf(result)) as Json;
      expect(arrived).toMatchObject(meta);
      expect(result?.['_meta']).toMatchObject({ traceparent: '00-aa-bb-01', 'example.com/back': [1] });
      const { tools } = (await client.result('tools/list')) as { tools: Json[] };
      expect(tools.find((tool) => tool['name'] === 'app_only')?.['_meta']).toEqual({
        ui: { resourceUri: 'ui://app', visibility: ['app'] },
      });
    },
  );
});
