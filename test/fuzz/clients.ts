/**
 * fuzz/clients — JSON-RPC of both eras and HTTP heads, bent, on every listener: the port for clients on both families, the
 * admin socket, the callback of sign-ins.
 */
import type { NetConnectOpts } from 'node:net';
import { META } from '../support/raw/wire.ts';
import { mutateHead } from './mutate-head.ts';
import { mutateMessage } from './mutate-json.ts';
import type { Random } from './random.ts';
import { sendBytes, unwanted } from './raw-exchange.ts';
import { type Finding, Outcomes, type Surface, type SurfaceContext } from './surface.ts';

const modernMeta = {
  [META.protocolVersion]: '2026-07-28',
  [META.clientCapabilities]: { elicitation: { form: {} }, sampling: {} },
  [META.clientInfo]: { name: 'fuzz', version: '1' },
  progressToken: 'p',
};

const requests: readonly { readonly method: string; readonly params?: object }[] = [
  { method: 'ping' },
  { method: 'tools/list', params: { cursor: 'x' } },
  { method: 'tools/call', params: { name: 'plain_echo', arguments: { text: 'hi', n: 1.0 } } },
  { method: 'tools/call', params: { name: 'plain_notify', arguments: { count: 2 } } },
  { method: 'prompts/list' },
  { method: 'prompts/get', params: { name: 'x', arguments: {} } },
  { method: 'resources/list' },
  { method: 'resources/read', params: { uri: 'file:///x' } },
  { method: 'resources/subscribe', params: { uri: 'file:///x' } },
  { method: 'resources/unsubscribe', params: { uri: 'file:///x' } },
  { method: 'resources/templates/list' },
  {
    method: 'completion/complete',
    params: { ref: { type: 'ref/prompt', name: 'x' }, argument: { name: 'a', value: 'b' } },
  },
  { method: 'logging/setLevel', params: { level: 'debug' } },
  { method: 'server/discover' },
  {
    method: 'subscriptions/listen',
    params: { notifications: { toolsListChanged: true, resourceSubscriptions: ['file:///x'] } },
  },
  { method: 'tasks/get', params: { taskId: 'x' } },
  { method: 'notifications/cancelled', params: { requestId: 1, reason: 'x' } },
  { method: 'notifications/initialized' },
  { method: 'notifications/roots/list_changed' },
  {
    method: 'initialize',
    params: {
      protocolVersion: '2025-11-25',
      capabilities: { roots: {} },
      clientInfo: { name: 'fuzz', version: '1' },
    },
  },
];

const adminCalls: readonly { readonly method: string; readonly target: string; readonly body?: object }[] = [
  { method: 'GET', target: '/api/v1/status' },
  { method: 'GET', target: '/api/v1/servers' },
  { method: 'GET', target: '/api/v1/servers/plain' },
  { method: 'GET', target: '/api/v1/tools?query=a&limit=5' },
  { method: 'GET', target: '/metrics' },
  // No command of this name is there, and no server there listens.
  {
    method: 'POST',
    target: '/api/v1/servers',
    body: { name: 'x', launch: { kind: 'http', url: 'http://127.0.0.1:9/', headers: {} } },
  },
  { method: 'POST', target: '/api/v1/keys', body: { name: 'fuzz' } },
  {
    method: 'POST',
    target: '/api/v1/servers/plain/sign-in/answer',
    body: { url: 'http://127.0.0.1/oauth2redirect?code=a&state=b' },
  },
];

export async function openClients({ gateway, callbackPort }: SurfaceContext): Promise<Surface> {
  const outcomes = new Outcomes();
  const session = await openSession(gateway.mcpUrl(), gateway.headers);
  const host = `127.0.0.1:${gateway.port}`;
  const common = [`Host: ${host}`, `Authorization: Bearer ${gateway.key}`];

  const mcp = (random: Random): { to: NetConnectOpts; bytes: Buffer } => {
    const isModern = random.chance(0.5);
    const request = random.pick(requests);
    const isNotification = request.method.startsWith('notifications/');
    const message = {
      jsonrpc: '2.0',
      ...(!isNotification && { id: random.int(1_000) }),
      method: request.method,
      ...((isModern || request.params !== undefined) && {
        params: { ...request.params, ...(isModern && { _meta: modernMeta }) },
      }),
    };
    const sent = random.chance(0.05) ? [message, message] : message;
    const body = mutateMessage(sent, random);
    const name = (request.params as { name?: string; uri?: string } | undefined) ?? {};
    const lines = [
      ...common,
      'Content-Type: application/json',
      'Accept: application/json, text/event-stream',
      `Content-Length: ${body.length}`,
      ...(isModern
        ? [
            'Mcp-Protocol-Version: 2026-07-28',
            `Mcp-Method: ${request.method}`,
            ...(name.name === undefined ? [] : [`Mcp-Name: ${name.name}`]),
          ]
        : request.method === 'initialize'
          ? []
          : [`Mcp-Session-Id: ${session}`]),
    ];
    // Never DELETE: the session is everybody's, and the rest of the run would be 404s.
    const method = random.chance(0.05) ? 'GET' : 'POST';
    const target = random.pick(['/mcp', '/mcp', '/servers/plain/mcp', '/sse', '/messages?sessionId=x']);
    const head = mutateHead({ method, target, lines }, random);
    const family = random.chance(0.2) ? '::1' : '127.0.0.1';
    return {
      to: { port: gateway.port, host: family },
      bytes: Buffer.concat([Buffer.from(head, 'latin1'), body]),
    };
  };

  const admin = (random: Random): { to: NetConnectOpts; bytes: Buffer } => {
    const call = random.pick(adminCalls);
    const body = call.body === undefined ? Buffer.alloc(0) : mutateMessage(call.body, random);
    const lines = [
      'Host: localhost',
      ...(call.body === undefined
        ? []
        : ['Content-Type: application/json', `Content-Length: ${body.length}`]),
    ];
    const head = mutateHead({ method: call.method, target: call.target, lines }, random);
    return { to: { path: gateway.socketPath }, bytes: Buffer.concat([Buffer.from(head, 'latin1'), body]) };
  };

  const callback = (random: Random): { to: NetConnectOpts; bytes: Buffer } => {
    const port = callbackPort;
    const query = random.pick([
      '',
      '?state=a&code=b',
      '?error=x&error_description=%zz',
      '?%zz',
      `?state=${'a'.repeat(9_000)}`,
    ]);
    const head = mutateHead(
      { method: 'GET', target: `/oauth2redirect${query}`, lines: [`Host: 127.0.0.1:${port}`] },
      random,
    );
    return { to: { port, host: '127.0.0.1' }, bytes: Buffer.from(head, 'latin1') };
  };

  return {
    name: 'clients',
    outcomes,
    width: 12,
    async step(random): Promise<Finding | undefined> {
      const make = random.pick([mcp, mcp, mcp, mcp, admin, callback]);
      const { to, bytes } = make(random);
      const end = random.next();
      const cut = random.chance(0.1) ? random.int(bytes.length + 1) : bytes.length;
      const input = bytes.subarray(0, cut);
      const statuses = await sendBytes({
        to,
        bytes: input,
        afterwards: end < 0.15 ? 'reset' : end < 0.3 ? 'half-close' : 'wait',
        patienceMs: 250,
      });
      outcomes.note(statuses.at(-1) ?? 'no answer');
      const bad = unwanted(statuses);
      return bad === undefined ? undefined : { says: `HTTP ${bad} from ${make.name}`, input };
    },
    close: async () => {},
  };
}

async function openSession(url: string, headers: Readonly<Record<string, string>>): Promise<string> {
  const answer = await fetch(url, {
    method: 'POST',
    headers: {
      ...headers,
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
    },
    body: JSON.stringify({
      jsonrpc: '2.0',
      id: 0,
      ...requests.find(({ method }) => method === 'initialize'),
    }),
  });
  await answer.text();
  const session = answer.headers.get('mcp-session-id');
  if (session === null) throw new Error(`no session: HTTP ${answer.status}`);
  return session;
}
