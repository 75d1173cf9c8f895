/** protocol/classify — tests. The SDK's own ladder serves as the oracle for what both must agree on. */
import { classifyInboundRequest } from '@modelcontextprotocol/server';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { inspected, plain } from '../../test/support/raw-json.ts';
import { classifyPost, type PostVerdict, type RefusedPost } from './classify.ts';

const prefix = 'io.modelcontextprotocol/';
const modernMeta = { [`${prefix}protocolVersion`]: '2026-07-28', [`${prefix}clientCapabilities`]: {} };

type Headers = Record<string, string>;

function classify(
  message: unknown,
  headers: Headers = {},
  options: { sessionId?: string; allowsUnknownMethods?: boolean } = {},
): PostVerdict {
  return plain(
    classifyPost({
      body: inspected(message as object),
      header: (name) => headers[name],
      sessionId: options.sessionId,
      allowsUnknownMethods: options.allowsUnknownMethods ?? false,
    }),
  ) as PostVerdict;
}

function request(method: string, params?: object, id: unknown = 1): object {
  return { jsonrpc: '2.0', id, method, ...(params !== undefined && { params }) };
}

function modernRequest(
  method: string,
  params: object = {},
  meta: object = modernMeta,
  id: unknown = 1,
): object {
  return request(method, { ...params, _meta: meta }, id);
}

function modernHeaders(method: string, name?: string): Headers {
  return {
    'mcp-protocol-version': '2026-07-28',
    'mcp-method': method,
    ...(name !== undefined && { 'mcp-name': name }),
  };
}

const without = (key: string) => {
  const { [prefix + key]: _, ...rest } = modernMeta as Record<string, unknown>;
  return rest;
};

describe('classifyPost takes for modern', () => {
  it('a request with its envelope and headers, whatever session id comes along', () => {
    const message = modernRequest(
      'tools/call',
      { name: 'a', arguments: {} },
      { ...modernMeta, progressToken: 0 },
      '',
    );
    const verdict = classify(message, modernHeaders('tools/call', 'a'), { sessionId: 's' });
    expect(verdict).toMatchObject({
      era: 'modern',
      kind: 'request',
      revision: '2026-07-28',
      id: '',
      method: 'tools/call',
      params: { name: 'a' },
      meta: { protocolVersion: '2026-07-28', clientCapabilities: {}, progressToken: 0 },
    });
  });

  it.each<[string, object, Headers]>([
    ['without clientInfo', modernRequest('tools/list'), modernHeaders('tools/list')],
    [
      'with whitespace around header values',
      modernRequest('tools/list'),
      { 'mcp-protocol-version': ' 2026-07-28\t', 'mcp-method': ' tools/list ' },
    ],
    [
      'with an encoded name',
      modernRequest('prompts/get', { name: 'ü' }),
      modernHeaders('prompts/get', '=?base64?w7w=?='),
    ],
    [
      'with a URI as name',
      modernRequest('resources/read', { uri: 'x://a' }),
      modernHeaders('resources/read', 'x://a'),
    ],
    ['with a task id as name', modernRequest('tasks/get', { taskId: 't' }), modernHeaders('tasks/get', 't')],
    [
      'without a name in the body, which is for the handler to refuse',
      modernRequest('tools/call'),
      modernHeaders('tools/call'),
    ],
  ])('a request %s', (_, message, headers) => {
    expect(classify(message, headers)).toMatchObject({ era: 'modern', kind: 'request' });
  });

  it.each<[string, object, Headers]>([
    [
      'by its header',
      { jsonrpc: '2.0', method: 'notifications/x' },
      { 'mcp-protocol-version': '2026-07-28' },
    ],
    ['by its envelope', { jsonrpc: '2.0', method: 'notifications/x', params: { _meta: modernMeta } }, {}],
  ])('a notification %s', (_, message, headers) => {
    expect(classify(message, headers)).toMatchObject({
      era: 'modern',
      kind: 'notification',
      method: 'notifications/x',
    });
  });

  it('an unknown method only where unknown methods are carried', () => {
    const message = modernRequest('skills/list');
    expect(classify(message, modernHeaders('skills/list'), { allowsUnknownMethods: true })).toMatchObject({
      era: 'modern',
    });
    expect(classify(message, modernHeaders('skills/list'))).toMatchObject({
      refuse: { httpStatus: 404, code: -32601 },
    });
  });
});

describe('classifyPost takes for legacy', () => {
  it.each<[string, unknown, Headers, object]>([
    [
      'initialize',
      request('initialize', { protocolVersion: '2025-11-25' }),
      {},
      { kind: 'request', method: 'initialize' },
    ],
    [
      'initialize with a version nobody knows in the header',
      request('initialize'),
      { 'mcp-protocol-version': '1.0' },
      { kind: 'request' },
    ],
    [
      'a request without an envelope',
      request('tools/list'),
      { 'mcp-protocol-version': '2025-06-18' },
      { kind: 'request', revision: '2025-06-18' },
    ],
    ['a request without any header', request('tools/list'), {}, { kind: 'request', revision: undefined }],
    [
      'a request with another _meta',
      request('tools/list', { _meta: { progressToken: 1 } }),
      {},
      { kind: 'request' },
    ],
    ['a notification', { jsonrpc: '2.0', method: 'notifications/initialized' }, {}, { kind: 'notification' }],
    ['a response', { jsonrpc: '2.0', id: 0, result: {} }, {}, { kind: 'response', id: 0, result: {} }],
    [
      'an error response',
      { jsonrpc: '2.0', id: 's', error: { code: 1, message: 'm' } },
      {},
      { kind: 'response', id: 's' },
    ],
  ])('%s', (_, message, headers, expected) => {
    expect(classify(message, headers, { sessionId: 's' })).toMatchObject({ era: 'legacy', ...expected });
  });

  it('a batch in a session, to be refused by whoever knows that it is not of 2025-03-26', () => {
    const batch = [
      request('ping'),
      { jsonrpc: '2.0', method: 'notifications/initialized' },
      { jsonrpc: '2.0', id: 1, result: {} },
    ];
    const verdict = classify(batch, {}, { sessionId: 's' });
    expect(verdict).toMatchObject({
      era: 'legacy',
      kind: 'batch',
      messages: [{ kind: 'request' }, { kind: 'notification' }, { kind: 'response' }],
    });
  });
});

describe('classifyPost refuses', () => {
  const list = modernHeaders('tools/list');
  const rows: [string, unknown, Headers, number, number, unknown][] = [
    ['what is no JSON-RPC', { id: 3, method: 'a' }, {}, 400, -32600, 3],
    ['a null id', request('tools/list', undefined, null), {}, 400, -32600, null],
    ['a batch outside of a session', [request('ping')], {}, 400, -32600, null],
    [
      'a response in the modern era',
      { jsonrpc: '2.0', id: 1, result: {} },
      { 'mcp-protocol-version': '2026-07-28' },
      400,
      -32600,
      1,
    ],
    ['a modern header without _meta', request('tools/list'), list, 400, -32602, 1],
    [
      'a modern header and _meta without a version',
      modernRequest('tools/list', {}, without('protocolVersion'), 0),
      list,
      400,
      -32602,
      0,
    ],
    [
      'no version, but capabilities and no session',
      modernRequest('tools/list', {}, without('protocolVersion')),
      {},
      400,
      -32602,
      1,
    ],
    [
      'no capabilities',
      modernRequest('tools/list', {}, without('clientCapabilities'), ''),
      list,
      400,
      -32602,
      '',
    ],
    [
      'capabilities that are no object',
      modernRequest('tools/list', {}, { ...modernMeta, [`${prefix}clientCapabilities`]: [] }),
      list,
      400,
      -32602,
      1,
    ],
    [
      'a version that is no text',
      modernRequest('tools/list', {}, { ...modernMeta, [`${prefix}protocolVersion`]: 1 }),
      {},
      400,
      -32602,
      1,
    ],
    [
      'an unknown log level',
      modernRequest('tools/list', {}, { ...modernMeta, [`${prefix}logLevel`]: 'loud' }),
      list,
      400,
      -32602,
      1,
    ],
    [
      'a version that is not served',
      modernRequest('tools/list', {}, { ...modernMeta, [`${prefix}protocolVersion`]: '1900-01-01' }),
      { ...list, 'mcp-protocol-version': '1900-01-01' },
      400,
      -32022,
      1,
    ],
    [
      'a version that is not served, without a header',
      modernRequest('tools/list', {}, { ...modernMeta, [`${prefix}protocolVersion`]: '2030-01-01' }),
      {},
      400,
      -32022,
      1,
    ],
    [
      'a legacy version in an envelope',
      modernRequest('tools/list', {}, { ...modernMeta, [`${prefix}protocolVersion`]: '2025-11-25' }),
      {},
      400,
      -32022,
      1,
    ],
    [
      'a header and an envelope that differ',
      modernRequest('tools/list', {}, { ...modernMeta, [`${prefix}protocolVersion`]: '2025-11-25' }),
      list,
      400,
      -32020,
      1,
    ],
    [
      'a legacy header with a modern envelope',
      modernRequest('tools/list'),
      { ...list, 'mcp-protocol-version': '2025-11-25' },
      400,
      -32020,
      1,
    ],
    ['no version header', modernRequest('tools/list'), { 'mcp-method': 'tools/list' }, 400, -32020, 1],
    [
      'no method header',
      modernRequest('tools/list', {}, modernMeta, 0),
      { 'mcp-protocol-version': '2026-07-28' },
      400,
      -32020,
      0,
    ],
    [
      'another method in the header',
      modernRequest('tools/call', { name: 'a' }),
      { ...list, 'mcp-name': 'a' },
      400,
      -32020,
      1,
    ],
    [
      'the method in another case',
      modernRequest('tools/list'),
      { ...list, 'mcp-method': 'TOOLS/LIST' },
      400,
      -32020,
      1,
    ],
    [
      'no name header',
      modernRequest('tools/call', { name: 'a' }),
      modernHeaders('tools/call'),
      400,
      -32020,
      1,
    ],
    [
      'another name in the header',
      modernRequest('tools/call', { name: 'a' }),
      modernHeaders('tools/call', 'b'),
      400,
      -32020,
      1,
    ],
    [
      'bad base64 in the name',
      modernRequest('tools/call', { name: 'a' }),
      modernHeaders('tools/call', '=?base64?!!!?='),
      400,
      -32020,
      1,
    ],
    [
      'a missing task id header',
      modernRequest('tasks/cancel', { taskId: 't' }),
      modernHeaders('tasks/cancel'),
      400,
      -32020,
      1,
    ],
    ['an unknown method', modernRequest('tools/destroy'), modernHeaders('tools/destroy'), 404, -32601, 1],
    ['initialize in an envelope', modernRequest('initialize'), modernHeaders('initialize'), 404, -32601, 1],
    ['ping', modernRequest('ping', {}, modernMeta, 'p'), modernHeaders('ping'), 404, -32601, 'p'],
    [
      'logging/setLevel',
      modernRequest('logging/setLevel'),
      modernHeaders('logging/setLevel'),
      404,
      -32601,
      1,
    ],
    [
      'resources/subscribe',
      modernRequest('resources/subscribe'),
      modernHeaders('resources/subscribe'),
      404,
      -32601,
      1,
    ],
    [
      'resources/unsubscribe',
      modernRequest('resources/unsubscribe'),
      modernHeaders('resources/unsubscribe'),
      404,
      -32601,
      1,
    ],
    ['tasks/list', modernRequest('tasks/list'), modernHeaders('tasks/list'), 404, -32601, 1],
    [
      'a request that servers send',
      modernRequest('elicitation/create'),
      modernHeaders('elicitation/create'),
      404,
      -32601,
      1,
    ],
    [
      'a notification as a request',
      modernRequest('notifications/cancelled'),
      modernHeaders('notifications/cancelled'),
      404,
      -32601,
      1,
    ],
    [
      'initialize with a modern header',
      request('initialize'),
      { 'mcp-protocol-version': '2026-07-28' },
      400,
      -32020,
      1,
    ],
    [
      'a legacy request with an unknown version',
      request('tools/list', undefined, 'q'),
      { 'mcp-protocol-version': '2025-01-01' },
      400,
      -32600,
      'q',
    ],
    [
      'a legacy notification with an unknown version',
      { jsonrpc: '2.0', method: 'notifications/initialized' },
      { 'mcp-protocol-version': '2020-01-01' },
      400,
      -32600,
      null,
    ],
    [
      'a notification whose header and envelope differ',
      { jsonrpc: '2.0', method: 'n', params: { _meta: modernMeta } },
      { 'mcp-protocol-version': '2025-11-25' },
      400,
      -32020,
      null,
    ],
    [
      'a notification with another method in the header',
      { jsonrpc: '2.0', method: 'n' },
      modernHeaders('m'),
      400,
      -32020,
      null,
    ],
  ];
  it.each(rows)('%s', (_, message, headers, httpStatus, code, id) => {
    const { refuse } = classify(message, headers) as { refuse: object };
    expect(refuse).toMatchObject({ httpStatus, code, id });
  });

  it('an unserved version with what is served and what was asked for', () => {
    const message = modernRequest(
      'tools/list',
      {},
      { ...modernMeta, [`${prefix}protocolVersion`]: '2030-01-01' },
    );
    expect(classify(message)).toMatchObject({
      refuse: { data: { supported: ['2026-07-28'], requested: '2030-01-01' } },
    });
    const long = { ...modernMeta, [`${prefix}protocolVersion`]: '9'.repeat(10_000) };
    const { refuse } = classify(modernRequest('tools/list', {}, long)) as RefusedPost;
    expect(JSON.stringify(refuse).length).toBeLessThan(500);
  });

  it.each<[string, unknown[], Headers]>([
    ['an empty one', [], {}],
    ['one of more than a hundred', Array.from({ length: 101 }, () => request('ping')), {}],
    ['one with a modern message', [modernRequest('tools/list')], {}],
    ['one with something invalid', [request('ping'), 1], {}],
    ['one with initialize', [request('initialize')], {}],
    ['one under a later revision', [request('ping')], { 'mcp-protocol-version': '2025-06-18' }],
  ])('a batch in a session: %s', (_, batch, headers) => {
    expect(classify(batch, headers, { sessionId: 's' })).toMatchObject({
      refuse: { httpStatus: 400, code: -32600 },
    });
  });

  it('a method of the other era even where unknown methods are carried', () => {
    expect(
      classify(modernRequest('ping'), modernHeaders('ping'), { allowsUnknownMethods: true }),
    ).toMatchObject({
      refuse: { httpStatus: 404, code: -32601 },
    });
  });

  it('without repeating values that a client sent', () => {
    const message = modernRequest('tools/call', { name: 'sesame' });
    expect(JSON.stringify(classify(message, modernHeaders('tools/call', 'open')))).not.toMatch(/sesame|open/);
  });
});

describe('classifyPost and the ladder of the SDK', () => {
  it('agree on era and code for random requests, where the SDK has an opinion', () => {
    const version = fc.constantFrom('2026-07-28', '2025-11-25', '2030-01-01', '1900-01-01');
    const method = fc.constantFrom('tools/list', 'tools/call', 'initialize', 'ping', 'x/y');
    const meta = fc.record(
      {
        [`${prefix}protocolVersion`]: fc.oneof(version, fc.constant(1)),
        [`${prefix}clientCapabilities`]: fc.constantFrom({}, { roots: {} }, 1),
        [`${prefix}clientInfo`]: fc.constantFrom({ name: 'a', version: '1' }, { name: 'a' }),
        progressToken: fc.constantFrom(0, 'p'),
      },
      { requiredKeys: [] },
    );
    const message = fc.record(
      {
        jsonrpc: fc.constantFrom('2.0', '2.0', '2.0', '1.0'),
        id: fc.constantFrom(1, 0, '', 'a'),
        method,
        params: fc.record({ _meta: meta, name: fc.constant('t') }, { requiredKeys: [] }),
      },
      { requiredKeys: ['jsonrpc', 'method'] },
    );
    const headers = fc.record(
      { 'mcp-protocol-version': version, 'mcp-method': method },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(message, headers, (body, sent) => {
        const ours = classify(body, sent as Headers, { sessionId: 's' });
        const theirs = classifyInboundRequest({
          httpMethod: 'POST',
          body,
          ...(sent['mcp-protocol-version'] !== undefined && {
            protocolVersionHeader: sent['mcp-protocol-version'],
          }),
          ...(sent['mcp-method'] !== undefined && { mcpMethodHeader: sent['mcp-method'] }),
        });
        const told = JSON.stringify({ body, sent, ours, theirs });
        if (theirs.kind === 'reject') {
          expect(ours.refuse?.code, told).toBe(theirs.code);
          expect(ours.refuse?.httpStatus, told).toBe(theirs.httpStatus);
        } else if (theirs.kind === 'modern') {
          // What comes after the SDK's classifier: version, required headers, method.
          if (ours.refuse === undefined) expect(ours.era, told).toBe('modern');
          else expect([-32022, -32020, -32601], told).toContain(ours.refuse.code);
        } else {
          // Beyond the SDK: a legacy message with a version that nobody knows is refused.
          if (ours.refuse === undefined) expect(ours.era, told).toBe('legacy');
          else expect(sent['mcp-protocol-version'], told).toBe('1900-01-01');
        }
      }),
      { numRuns: 2000 },
    );
  });
});
