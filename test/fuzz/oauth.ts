/**
 * fuzz/oauth — sign-ins at a provider whose documents are bent: challenges, metadata, registrations, tokens.
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { AdminProblem } from '../../src/contract/index.ts';
import { mutateMessage } from './mutate-json.ts';
import type { Random } from './random.ts';
import { type Finding, Outcomes, type Surface, type SurfaceContext } from './surface.ts';

const name = 'provider';
const oddChallenges = [
  'Bearer',
  'Bearer resource_metadata=',
  'Bearer resource_metadata="http://["',
  'Bearer resource_metadata="//"',
  'Bearer resource_metadata=\'x\', scope="a  b"',
  'Basic realm="x", Bearer error="invalid_token", scope="',
  'Bearer realm="\\',
  `Bearer scope="${'a '.repeat(4_000)}"`,
];

export async function openOAuth({ gateway, random }: SurfaceContext): Promise<Surface> {
  const drawn = random.fork();
  const server = createServer((request, response) => void answer(request, response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  /** What the daemon was last told; the input of a finding. */
  let last = '';

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    for await (const _ of request) {
      // Only the path decides.
    }
    const path = (request.url ?? '').split('?')[0] ?? '';
    if (path === '/mcp') {
      const challenge = drawn.chance(0.4)
        ? drawn.pick(oddChallenges)
        : `Bearer resource_metadata="${origin}/.well-known/oauth-protected-resource"`;
      response.writeHead(401, { 'www-authenticate': challenge }).end();
      return;
    }
    const document = documentAt(path);
    const body = drawn.chance(0.5) ? mutateMessage(document, drawn) : Buffer.from(JSON.stringify(document));
    last = `${path} ${body.toString('latin1')}`;
    const status = drawn.chance(0.1)
      ? drawn.pick([204, 301, 400, 404, 422, 429, 500])
      : path === '/register'
        ? 201
        : 200;
    const type = drawn.chance(0.1)
      ? drawn.pick(['text/plain', 'text/html', '', 'application/json; charset=utf-16'])
      : 'application/json';
    response.writeHead(status, { 'content-type': type, ...(status === 301 && { location: '//' }) });
    response.end(status === 204 ? undefined : body);
  }

  function documentAt(path: string): object {
    if (path.includes('oauth-protected-resource'))
      return {
        resource: `${origin}/mcp`,
        authorization_servers: [origin],
        scopes_supported: ['a'],
        bearer_methods_supported: ['header'],
      };
    if (path === '/register')
      return {
        client_id: 'c',
        client_secret: 's',
        client_secret_expires_at: 0,
        redirect_uris: ['http://127.0.0.1/oauth2redirect'],
      };
    if (path === '/token')
      return { access_token: 'a', token_type: 'Bearer', expires_in: 3_600, refresh_token: 'r', scope: 'a' };
    return {
      issuer: origin,
      authorization_endpoint: `${origin}/authorize`,
      token_endpoint: `${origin}/token`,
      registration_endpoint: `${origin}/register`,
      revocation_endpoint: `${origin}/revoke`,
      response_types_supported: ['code'],
      grant_types_supported: ['authorization_code', 'refresh_token'],
      code_challenge_methods_supported: ['S256'],
      token_endpoint_auth_methods_supported: ['none', 'client_secret_basic'],
    };
  }

  await gateway.admin.addServer({ name, launch: { kind: 'http', url: `${origin}/mcp` } });

  /** What a person would do, up to the end or to the first refusal. */
  async function signIn(steps: Random): Promise<void> {
    const { admin } = gateway;
    if (steps.chance(0.2)) await admin.diagnoseSignIn(name);
    const started = await admin.startSignIn(name, { mode: 'no-browser' });
    if (steps.chance(0.1)) return admin.cancelSignIn(name);
    const state = new URL(started.authorizationUrl).searchParams.get('state') ?? '';
    const back = new URL(started.redirectUri);
    back.searchParams.set('state', steps.chance(0.1) ? 'other' : state);
    back.searchParams.set(steps.chance(0.1) ? 'error' : 'code', 'x');
    if (steps.chance(0.3)) back.searchParams.set('iss', steps.chance(0.5) ? origin : 'http://[');
    await admin.completeSignIn(name, steps.chance(0.05) ? 'http://[' : back.href);
    if (steps.chance(0.5)) await admin.signOut(name);
  }

  const outcomes = new Outcomes();
  return {
    name: 'oauth',
    outcomes,
    width: 1,
    async step(steps): Promise<Finding | undefined> {
      try {
        await signIn(steps);
        outcomes.note('done');
      } catch (error) {
        if (!(error instanceof AdminProblem))
          return { says: `not a problem of the API: ${String(error)}`, input: last };
        outcomes.note(error.code);
        if (error.kind === 'internal') return { says: `sign-in: ${error.message}`, input: last };
        await gateway.admin.cancelSignIn(name).catch(() => {});
      }
      return undefined;
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
