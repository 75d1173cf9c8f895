/**
 * The request sequences of real clients, replayed: each ends with listed tools and a call.
 *
 * Observed on the wire in November 2026. What a client sends is data here, so that a new version is a new row.
 */
import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../support/deadline.ts';
import { type Json, MODERN_REVISION, type RawHttpClient } from '../support/raw-client.ts';
import { rawTool } from '../support/raw-server.ts';
import { namesOfServersTools } from '../support/tool-names.ts';
import { type Rig, startRig, textOf } from './rig.ts';

interface ObservedClient {
  readonly name: string;
  readonly version: string;
  readonly userAgent: string;
  /** First `server/discover`; it falls back to `initialize` where that is refused. */
  readonly triesModern: boolean;
  readonly revision: string;
  readonly capabilities: Json;
  readonly title?: string;
  readonly opensStream?: boolean;
  readonly deletesSession?: boolean;
  readonly listsWithToken?: boolean;
  readonly listsInParallel?: boolean;
  readonly probesForSignIn?: boolean;
}

const FORMS: Json = { form: {}, url: {} };

const CLIENTS: readonly ObservedClient[] = [
  {
    name: 'claude-code',
    version: '2.1.328',
    userAgent: 'claude-code/2.1.328 (sdk-cli)',
    triesModern: true,
    revision: '2025-11-25',
    capabilities: { roots: { listChanged: true }, elicitation: FORMS },
    opensStream: true,
  },
  {
    name: 'copilot-cli',
    version: '1.0.102',
    userAgent: 'copilot-cli/1.0.102',
    triesModern: true,
    revision: '2025-11-25',
    capabilities: { sampling: {}, elicitation: FORMS },
    deletesSession: true,
  },
  {
    name: 'codex-mcp-client',
    title: 'Codex',
    version: '0.169.0',
    userAgent: 'codex-mcp-client/0.169.0',
    triesModern: false,
    revision: '2025-06-18',
    capabilities: { elicitation: FORMS },
    listsWithToken: true,
  },
  {
    name: 'opencode',
    version: '1.18.33',
    userAgent: 'opencode/1.18.33',
    triesModern: false,
    revision: '2025-11-25',
    capabilities: { roots: {} },
    opensStream: true,
  },
  {
    name: 'gemini-cli-mcp-client',
    version: '0.61.0',
    userAgent: 'node',
    triesModern: false,
    revision: '2025-06-18',
    capabilities: { roots: { listChanged: true } },
    listsInParallel: true,
  },
  {
    name: 'factory-cli',
    version: '0.215.0',
    userAgent: 'Bun/1.3.14',
    triesModern: false,
    revision: '2025-11-25',
    capabilities: {},
    probesForSignIn: true,
  },
];

let rig: Rig;

beforeAll(async () => {
  const features = {
    tools: [rawTool('plain')],
    prompts: [{ name: 'hello' }],
    resources: [{ uri: 'res://one', name: 'one' }],
  };
  rig = await startRig({
    old: { wire: 'stdio', script: { eras: ['legacy'], ...features } },
    new: { wire: 'http', script: { eras: ['modern'], ...features } },
  });
});
afterAll(() => rig.close());

function clientOf(observed: ObservedClient, era: 'legacy' | 'modern'): RawHttpClient {
  const { name, version, title, userAgent, capabilities } = observed;
  return rig.stranger(era, undefined, {
    headers: { 'user-agent': userAgent },
    clientInfo: { name, version, ...(title === undefined ? {} : { title }) },
    capabilities,
    ...(era === 'legacy' ? { revision: observed.revision } : {}),
    handlers: { 'roots/list': () => ({ roots: [{ uri: 'file:///home/ada/project', name: 'project' }] }) },
  });
}

/** Lists everything and calls a tool of each server. */
async function work(client: RawHttpClient, observed: ObservedClient): Promise<void> {
  const meta = observed.listsWithToken === true ? { progressToken: 0 } : {};
  const list = async (method: string) => client.result(method, {}, { meta });
  const methods = ['prompts/list', 'tools/list', 'resources/list'];
  if (observed.listsInParallel === true) await Promise.all(methods.map(list));
  const names = namesOfServersTools(await list('tools/list')).toSorted();
  expect(names).toEqual(['new_plain', 'old_plain']);
  for (const name of names) expect(textOf((await client.callTool(name)).result)).toBe('called plain');
}

describe.each(CLIENTS.filter((client) => client.triesModern))('$name $version', (observed) => {
  it('works without a handshake', async () => {
    const client = clientOf(observed, 'modern');
    const told = await client.result('server/discover');
    expect(told['supportedVersions']).toEqual([MODERN_REVISION]);
    expect(told['capabilities']).toMatchObject({ tools: {}, prompts: {}, resources: {} });
    await work(client, observed);
  });
});

describe.each(CLIENTS)('$name $version', (observed) => {
  it('works with a handshake', async () => {
    const client = clientOf(observed, 'legacy');
    if (observed.probesForSignIn === true) {
      // It asks without its credential first, to find out whether it has to sign in.
      const bare = await bareGet('/mcp');
      expect([bare.status, bare.challenge?.startsWith('Bearer')]).toEqual([401, true]);
      expect((await bareGet('/.well-known/oauth-protected-resource/mcp')).status).toBeLessThan(500);
    }
    const hello = await client.initialize();
    expect(hello.result?.['protocolVersion']).toBe(observed.revision);
    expect(hello.result?.['serverInfo']).toMatchObject({ name: 'mcpmux' });
    expect(hello.headers['mcp-session-id']).toMatch(/^[\x21-\x7e]+$/);
    const stream = observed.opensStream === true ? client.openStream() : undefined;
    if (stream !== undefined) expect((await stream.head).status).toBe(200);
    if (observed.name.startsWith('gemini')) expect((await client.request('ping')).result).toEqual({});
    await work(client, observed);
    stream?.abort();
    if (observed.deletesSession === true) expect((await client.terminate()).status).toBe(200);
  });

  it('is known by its name afterwards', async () => {
    const seen = await eventually('the client in what is told of the server', async () => {
      const { capabilityReports } = await rig.gateway.admin.getServer('old');
      return capabilityReports.find((report) => report.client === observed.name);
    });
    expect(seen.clientVersion).toBe(observed.version);
  });
});

describe('gemini mcp list', () => {
  it('connects a second time under another name, pings and leaves', async () => {
    const client = rig.stranger('legacy', undefined, {
      clientInfo: { name: 'mcp-test-client', version: '0.0.1' },
      revision: '2025-06-18',
      headers: { 'user-agent': 'node' },
    });
    await client.initialize();
    expect((await client.request('ping')).result).toEqual({});
    client.close();
  });
});

/** A GET without a credential. */
function bareGet(path: string): Promise<{ status: number; challenge: string | undefined }> {
  return new Promise((resolve, reject) => {
    request(`${rig.gateway.url}${path}`, { agent: false, headers: { accept: '*/*' } }, (response) => {
      response.resume();
      resolve({ status: response.statusCode ?? 0, challenge: response.headers['www-authenticate'] });
    })
      .on('error', reject)
      .end();
  });
}
