/**
 * Edge cases of headers: what mirrors the body is checked from clients and made anew for servers.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BAD_HEADER_TOOLS, GOOD_HEADER_TOOLS } from '../fixtures/quirks/features.ts';
import { decodeHeaderValue, encodeHeaderValue, type Json, MODERN_REVISION } from '../support/raw-client.ts';
import { type ReceivedRequest, rawTool } from '../support/raw-server.ts';
import { type Rig, startRig, textOf, textResult } from './rig.ts';

let rig: Rig;

const MIRRORED = rawTool('mirrored', {
  inputSchema: {
    type: 'object',
    properties: {
      region: { type: 'string', 'x-mcp-header': 'Region' },
      count: { type: 'integer', 'x-mcp-header': 'Count' },
      loud: { type: 'boolean', 'x-mcp-header': 'Loud' },
    },
  },
});

beforeAll(async () => {
  const script = {
    tools: [rawTool('plain'), MIRRORED, ...GOOD_HEADER_TOOLS, ...BAD_HEADER_TOOLS],
    resources: [{ uri: 'odd://ünï/ 🌍', name: 'odd' }],
    prompts: [{ name: 'grüße' }],
    handlers: {
      'resources/read': (call: { era: string; params: Json }) => ({
        ...(call.era === 'modern' ? { resultType: 'complete', ttlMs: 0, cacheScope: 'private' } : {}),
        contents: [{ uri: call.params['uri'], text: 'x' }],
      }),
      'prompts/get': (call: { era: string }) => ({
        ...(call.era === 'modern' ? { resultType: 'complete' } : {}),
        messages: [],
      }),
    },
  };
  let staleCalls = 0;
  rig = await startRig({
    new: { wire: 'http', script: { ...script, eras: ['modern'] } },
    old: { wire: 'http', script: { ...script, eras: ['legacy'] } },
    pipe: { wire: 'stdio', script: { ...script, eras: ['modern'] } },
    moody: {
      wire: 'http',
      script: {
        eras: ['modern'],
        handlers: {
          // Its tool wants a header since the last listing.
          'tools/list': () => ({
            resultType: 'complete',
            ttlMs: 0,
            cacheScope: 'private',
            tools: [staleCalls === 0 ? rawTool('mirrored') : MIRRORED],
          }),
          'tools/call': (call) => {
            staleCalls += 1;
            const sent = rig.http('moody').received.all.at(-1)?.headers['mcp-param-region'];
            if (sent === 'eu') return textResult('modern', `call ${staleCalls}`);
            call.fail({ code: -32020, message: 'Header mismatch: Mcp-Param-Region is missing' });
            return undefined;
          },
        },
      },
    },
  });
});
afterAll(() => rig.close());

/** The last request with this method that `alias` got. */
function lastTo(alias: string, method: string): ReceivedRequest {
  const found = rig.http(alias).received.all.findLast((one) => one.message?.method === method);
  if (found === undefined) throw new Error(`${alias} got no ${method}`);
  return found;
}

function namesOf(result: Json | undefined): string[] {
  const tools = (result?.['tools'] ?? []) as { name: string }[];
  return tools.map((tool) => tool.name);
}

describe('edge 3: tools whose x-mcp-header is not allowed', () => {
  const bad = BAD_HEADER_TOOLS.map((tool) => String(tool['name']));
  const good = ['plain', 'mirrored', ...GOOD_HEADER_TOOLS.map((tool) => String(tool['name']))];

  it.each(['legacy', 'modern'] as const)(
    'are not listed to a %s client over HTTP; the others are',
    async (era) => {
      const client = await rig.client(era, 'new');
      expect(namesOf((await client.request('tools/list')).result)).toEqual(good);
      expect((await client.callTool('bad_duplicate')).error?.code).toBe(-32602);
    },
  );

  it('are named in the log of the server and in what is shown of it', async () => {
    const { withheld } = await rig.gateway.admin.getServer('new');
    expect(withheld.map((item) => item.name).sort()).toEqual([...bad].sort());
    const warnings = (await rig.log('new')).filter((line) => line.level === 'warn');
    for (const name of bad) expect(warnings.some((line) => line.message.includes(`"${name}"`))).toBe(true);
  });

  it('stay listed where headers mean nothing: over stdio and in the legacy era', async () => {
    for (const alias of ['pipe', 'old']) {
      const client = await rig.client('modern', alias);
      expect(namesOf((await client.request('tools/list')).result)).toEqual([...good, ...bad]);
    }
  });
});

describe('edge 4: Mcp-Name', () => {
  it('is compared with the name in the body, and sent on with the original one', async () => {
    const client = await rig.client('modern');
    const answer = await client.callTool('new_plain', {}, { headers: { 'mcp-name': 'new_plain' } });
    expect(textOf(answer.result)).toBe('called plain');
    expect(lastTo('new', 'tools/call').headers).toMatchObject({
      'mcp-name': 'plain',
      'mcp-method': 'tools/call',
      'mcp-protocol-version': MODERN_REVISION,
    });
    for (const name of ['plain', 'NEW_PLAIN', 'other', undefined]) {
      const refused = await client.callTool('new_plain', {}, { id: 4, headers: { 'mcp-name': name } });
      expect([refused.status, refused.error?.code, refused.message?.id]).toEqual([400, -32020, 4]);
    }
  });

  it('is made for a server although the legacy client sent none', async () => {
    const client = await rig.client('legacy');
    expect(textOf((await client.callTool('new_plain')).result)).toBe('called plain');
    expect(lastTo('new', 'tools/call').headers['mcp-name']).toBe('plain');
  });
});

describe('edge 5: values that no header can hold', () => {
  const values = ['Zürich', ' padded ', 'two\r\nlines', '=?base64?aGk=?=', '🌍', '\u0000', 'plain', 'a b'];

  it.each(values.map((value) => [value]))(
    'an argument %j reaches the server in header and body',
    async (value) => {
      for (const era of ['modern', 'legacy'] as const) {
        const client = await rig.client(era, 'new');
        const headers = era === 'modern' ? { 'mcp-param-region': encodeHeaderValue(value) } : {};
        const answer = await client.callTool('mirrored', { region: value }, { headers });
        expect(answer.error).toBeUndefined();
        const got = lastTo('new', 'tools/call');
        expect(decodeHeaderValue(String(got.headers['mcp-param-region']))).toBe(value);
        expect(got.message?.params?.['arguments']).toEqual({ region: value });
      }
    },
  );

  it('a resource URI and a prompt name reach the server in Mcp-Name', async () => {
    const client = await rig.client('modern', 'new');
    await client.result('resources/read', { uri: 'odd://ünï/ 🌍' });
    expect(decodeHeaderValue(String(lastTo('new', 'resources/read').headers['mcp-name']))).toBe(
      'odd://ünï/ 🌍',
    );
    await client.result('prompts/get', { name: 'grüße' });
    expect(decodeHeaderValue(String(lastTo('new', 'prompts/get').headers['mcp-name']))).toBe('grüße');
  });

  it.each(['=?base64?%%%?=', '=?base64?aGk?=', '=?base64?/w==?=', '=?base64??='])(
    'a client that sends %s is refused',
    async (value) => {
      const client = await rig.client('modern', 'new');
      const name = await client.callTool('plain', {}, { headers: { 'mcp-name': value } });
      const param = await client.callTool(
        'mirrored',
        { region: 'x' },
        { headers: { 'mcp-param-region': value } },
      );
      expect([name.status, name.error?.code]).toEqual([400, -32020]);
      expect([param.status, param.error?.code]).toEqual([400, -32020]);
    },
  );

  it('integers are compared as numbers, and what is missing on one side is a mismatch', async () => {
    const client = await rig.client('modern', 'new');
    const call = (args: Json, headers: Record<string, string>) =>
      client.callTool('mirrored', args, { headers });
    expect((await call({ count: 42 }, { 'mcp-param-count': '42.0' })).status).toBe(200);
    expect((await call({ loud: true }, { 'mcp-param-loud': 'true' })).status).toBe(200);
    expect((await call({ count: 42 }, {})).error?.code).toBe(-32020);
    expect((await call({ count: 42 }, { 'mcp-param-count': '43' })).error?.code).toBe(-32020);
    // Headers that no schema asks for are nobody's business.
    expect((await call({}, { 'mcp-param-unheard-of': 'x' })).status).toBe(200);
  });

  it('a server that wants a header since its last listing gets it on a second attempt', async () => {
    const client = await rig.client('legacy', 'moody');
    expect(textOf((await client.callTool('mirrored', { region: 'eu' })).result)).toBe('call 2');
  });
});

describe('edge 6: headers that do not fit the body', () => {
  it.each([
    ['no Mcp-Method', { 'mcp-method': undefined }],
    ['a method in other letters', { 'mcp-method': 'TOOLS/LIST' }],
    ['another method', { 'mcp-method': 'tools/call' }],
    ['no MCP-Protocol-Version', { 'mcp-protocol-version': undefined }],
    ['a version that is not the one in the body', { 'mcp-protocol-version': '2025-11-25' }],
    ['an empty method', { 'mcp-method': '' }],
  ])('refuses %s', async (_what, headers) => {
    const client = await rig.client('modern');
    const answer = await client.request('tools/list', {}, { id: 'six', headers });
    expect([answer.status, answer.error?.code, answer.message?.id]).toEqual([400, -32020, 'six']);
  });

  it('takes header names in any letters and ignores space around values', async () => {
    const client = await rig.client('modern');
    const answer = await client.request('tools/list', undefined, {
      headers: {
        'mcp-method': undefined,
        'mcp-protocol-version': undefined,
        'MCP-METHOD': ' \ttools/list\t ',
        'mCp-PrOtOcOl-VeRsIoN': `  ${MODERN_REVISION} `,
      },
    });
    expect(answer.status).toBe(200);
  });
});
