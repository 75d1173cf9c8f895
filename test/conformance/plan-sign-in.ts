/**
 * conformance/plan-sign-in — the suites in which clients have to sign in to the gateway: its authorization server, and the
 * server suites once more with a token that was obtained by the flow.
 */
import { freePort, type Gateway, startGateway } from '../support/gateway.ts';
import { allowIn, letBrowserIn } from '../support/oauth-person.ts';
import { newPkce } from '../support/pkce.ts';
import type { Suite } from './plan.ts';
import { type SignedInProxy, startSignedInProxy } from './signed-in-proxy.ts';
import { runAuthorizationSuite, runServerSuite, type ScenarioResult } from './suite.ts';

export interface SignInRig {
  readonly suites: readonly Suite[];
  close(): Promise<void>;
}

/** @param serverUrl the reference server */
export async function planSignIn(serverUrl: string): Promise<SignInRig> {
  const gateway = await startGateway({
    servers: [{ name: 'everything', alias: 'everything', launch: { kind: 'http', url: serverUrl } }],
    env: { MCPMUX_CALLBACK_PORT: String(await freePort()) },
  });
  let proxy: SignedInProxy;
  try {
    const resource = gateway.mcpUrl('everything').replace('127.0.0.1', 'localhost');
    const token = await signIn(gateway, resource);
    proxy = await startSignedInProxy(gateway.port, () => token);
  } catch (error) {
    await gateway.stop();
    throw error;
  }
  const url = `http://localhost:${proxy.port}/servers/everything/mcp`;
  const ofServers = (name: string, revision: '2025-11-25' | '2026-07-28', atLeast: number): Suite => ({
    name,
    says: `${revision} suite → gateway, with a token obtained by the flow`,
    atLeast,
    run: async () =>
      (await runServerSuite(url, revision)).filter(
        ({ isRequired, scenario }) => isRequired || !scenario.startsWith('tasks-'),
      ),
  });
  return {
    suites: [
      {
        name: 'authorization-server',
        says: 'authorization server suite → gateway',
        atLeast: 2,
        run: () => runAgainst(gateway),
      },
      ofServers('signed-in-legacy', '2025-11-25', 30),
      ofServers('signed-in-modern', '2026-07-28', 37),
    ],
    async close() {
      await proxy.close();
      await gateway.stop();
    },
  };
}

async function runAgainst(gateway: Gateway): Promise<ScenarioResult[]> {
  const port = await freePort();
  const clientId = await register(gateway, `http://127.0.0.1:${port}/callback`);
  const browser = await letBrowserIn(gateway);
  const args = ['--url', gateway.url, '--client-id', clientId, '--port', String(port)];
  return runAuthorizationSuite(args, async (address) => {
    await allowIn(browser, address);
  });
}

async function register(gateway: Gateway, redirectUri: string): Promise<string> {
  const answer = await fetch(`${gateway.url}/oauth/register`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ client_name: 'Conformance suite', redirect_uris: [redirectUri] }),
  });
  return ((await answer.json()) as { client_id: string }).client_id;
}

async function signIn(gateway: Gateway, resource: string): Promise<string> {
  const base = new URL(resource).origin;
  const redirectUri = 'http://127.0.0.1:9/callback';
  const clientId = await register(gateway, redirectUri);
  const pkce = newPkce();
  const browser = await letBrowserIn(gateway, base);
  const query = new URLSearchParams({
    response_type: 'code',
    client_id: clientId,
    redirect_uri: redirectUri,
    code_challenge: pkce.challenge,
    code_challenge_method: 'S256',
    resource,
  });
  const back = await browser.consent(`/oauth/authorize?${query.toString()}`);
  const answer = await fetch(`${base}/oauth/token`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({
      grant_type: 'authorization_code',
      code: back.searchParams.get('code') ?? '',
      code_verifier: pkce.verifier,
      client_id: clientId,
      redirect_uri: redirectUri,
    }).toString(),
  });
  return ((await answer.json()) as { access_token: string }).access_token;
}
