/**
 * network/oauth-clients — real clients sign in to a running daemon, headless: the client finds everything by itself from
 * the URL, and the person allows it in a browser that was let in.
 */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import {
  Client as ClientV2,
  StreamableHTTPClientTransport as HttpV2,
  UnauthorizedError as UnauthorizedV2,
} from '@modelcontextprotocol/client';
import { StdioClientTransport as StdioV2 } from '@modelcontextprotocol/client/stdio';
import { UnauthorizedError as UnauthorizedV1 } from '@modelcontextprotocol/sdk/client/auth.js';
import { Client as ClientV1 } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport as HttpV1 } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { commandFile, installPackages } from '../field/packages.ts';
import { Child } from '../support/child.ts';
import { withDeadline } from '../support/deadline.ts';
import { freePort, type Gateway, startGateway } from '../support/gateway.ts';
import type { TestBrowser } from '../support/oauth-browser.ts';
import { allowIn, letBrowserIn } from '../support/oauth-person.ts';
import { repositoryPath } from '../support/paths.ts';

let gateway: Gateway;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mcpmux-oauth-clients-'));
  gateway = await startGateway({
    servers: [
      {
        name: 'everything',
        alias: 'everything',
        launch: {
          kind: 'stdio',
          command: process.execPath,
          args: [repositoryPath('node_modules/@modelcontextprotocol/server-everything/dist/index.js')],
        },
      },
    ],
  });
});
afterAll(async () => {
  await gateway.stop();
  await rm(folder, { recursive: true, force: true });
});

/** What an app keeps of a sign-in. The SDKs' interfaces agree on it. */
class Keeper {
  readonly redirectUrl: string;
  readonly clientMetadata: {
    client_name: string;
    redirect_uris: string[];
    grant_types: string[];
    response_types: string[];
    token_endpoint_auth_method: string;
  };
  readonly clientMetadataUrl?: string;
  opened: URL | undefined;
  #kept: Record<string, object | string | undefined> = {};

  constructor(name: string, redirectUrl: string, clientMetadataUrl?: string) {
    this.redirectUrl = redirectUrl;
    this.clientMetadata = {
      client_name: name,
      redirect_uris: [redirectUrl],
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      token_endpoint_auth_method: 'none',
    };
    if (clientMetadataUrl !== undefined) this.clientMetadataUrl = clientMetadataUrl;
  }

  state(): string {
    return 'a state of its own';
  }
  clientInformation(): object | undefined {
    return this.#kept['client'] as object | undefined;
  }
  saveClientInformation(client: object): void {
    this.#kept['client'] = client;
  }
  tokens(): object | undefined {
    return this.#kept['tokens'] as object | undefined;
  }
  saveTokens(tokens: object): void {
    this.#kept['tokens'] = tokens;
  }
  codeVerifier(): string {
    return this.#kept['verifier'] as string;
  }
  saveCodeVerifier(verifier: string): void {
    this.#kept['verifier'] = verifier;
  }
  discoveryState(): object | undefined {
    return this.#kept['discovery'] as object | undefined;
  }
  saveDiscoveryState(state: object): void {
    this.#kept['discovery'] = state;
  }
  redirectToAuthorization(url: URL): void {
    this.opened = url;
  }
  invalidateCredentials(what: string): void {
    if (what === 'all' || what === 'client') delete this.#kept['client'];
    if (what === 'all' || what === 'tokens') delete this.#kept['tokens'];
    if (what === 'all' || what === 'discovery') delete this.#kept['discovery'];
  }
  /** The access token is over; the refresh token is what is left. */
  loseAccess(): void {
    this.#kept['tokens'] = { ...(this.#kept['tokens'] as object), access_token: 'mcpat_gone' };
  }
}

const opened = (keeper: Keeper): string => {
  if (keeper.opened === undefined) throw new Error('the client has not opened a browser');
  return keeper.opened.href;
};

const someone = async (base = gateway.url): Promise<TestBrowser> => letBrowserIn(gateway, base);
const redirect = 'http://localhost:8719/callback';

describe('the SDKs', () => {
  it.each([
    ['v2, by registration', undefined, 'dcr'],
    ['v2, by its document', 'https://claude.ai/oauth/claude-code-client-metadata', 'cimd'],
  ] as const)(
    '%s: finds, registers, signs in, calls, and renews by itself',
    async (label, document, kind) => {
      const keeper = new Keeper(`SDK ${label}`, redirect, document);
      const connect = async (): Promise<ClientV2> => {
        const client = new ClientV2({ name: 'sdk-v2', version: '2' });
        await client.connect(transport());
        return client;
      };
      const transport = () => new HttpV2(new URL(`${gateway.url}/mcp`), { authProvider: keeper as never });
      const first = transport();
      await expect(new ClientV2({ name: 'sdk-v2', version: '2' }).connect(first)).rejects.toBeInstanceOf(
        UnauthorizedV2,
      );
      const back = await allowIn(await someone(), opened(keeper));
      await first.finishAuth(back.searchParams as never);
      const client = await connect();
      const { tools } = await client.listTools();
      expect(tools.map(({ name }) => name)).toContain('everything_echo');
      await client.close();
      keeper.loseAccess();
      const again = await connect();
      const said = await again.callTool({ name: 'everything_echo', arguments: { message: 'hello' } });
      expect(JSON.stringify(said)).toContain('hello');
      await again.close();
      const { clients } = await gateway.admin.listClients();
      expect(clients.find((one) => one.kind === kind)).toMatchObject({
        status: 'active',
        introduction: { appName: 'sdk-v2' },
      });
    },
  );

  it('v1: the same, by registration', async () => {
    const keeper = new Keeper('SDK v1', redirect);
    const transport = () => new HttpV1(new URL(`${gateway.url}/mcp`), { authProvider: keeper as never });
    const first = transport();
    await expect(
      new ClientV1({ name: 'sdk-v1', version: '1' }).connect(first as never),
    ).rejects.toBeInstanceOf(UnauthorizedV1);
    const back = await allowIn(await someone(), opened(keeper));
    await first.finishAuth(back.searchParams.get('code') ?? '');
    keeper.loseAccess();
    const client = new ClientV1({ name: 'sdk-v1', version: '1' });
    await client.connect(transport() as never);
    expect((await client.listTools()).tools.length).toBeGreaterThan(0);
    await client.close();
  });

  it('v2: begins anew after it was revoked, because it hears that it is unknown', async () => {
    const keeper = new Keeper('To be revoked', redirect);
    const url = new URL(`${gateway.url}/mcp`);
    const first = new HttpV2(url, { authProvider: keeper as never });
    await new ClientV2({ name: 'x', version: '1' }).connect(first).catch(() => {});
    await first.finishAuth((await allowIn(await someone(), opened(keeper))).searchParams as never);
    const outcome = await gateway.cli(['client', 'revoke', 'To be revoked']);
    expect(outcome.code).toBe(0);
    keeper.opened = undefined;
    const second = new HttpV2(url, { authProvider: keeper as never });
    await new ClientV2({ name: 'x', version: '1' }).connect(second).catch(() => {});
    const back = await allowIn(await someone(), opened(keeper));
    await second.finishAuth(back.searchParams as never);
    const client = new ClientV2({ name: 'x', version: '1' });
    await client.connect(new HttpV2(url, { authProvider: keeper as never }));
    expect((await client.listTools()).tools.length).toBeGreaterThan(0);
    await client.close();
    const { clients } = await gateway.admin.listClients();
    expect(clients.filter(({ name }) => name === 'To be revoked').map(({ status }) => status)).toEqual([
      'revoked',
      'active',
    ]);
  });
});

describe('mcp-remote', () => {
  it('registers itself, opens the browser, and bridges a client that knows commands only', async () => {
    const transport = new StdioV2({
      command: process.execPath,
      args: [repositoryPath('node_modules/mcp-remote/dist/proxy.js'), `${gateway.url}/mcp`, '--debug'],
      env: {
        PATH: process.env['PATH'] ?? '',
        HOME: folder,
        MCP_REMOTE_CONFIG_DIR: folder,
        BROWSER: 'none-here',
        DISPLAY: '',
      },
      stderr: 'pipe',
    });
    let said = '';
    const address = new Promise<string>((resolve) => {
      (transport.stderr as Readable).on('data', (chunk: Buffer) => {
        said += chunk.toString();
        const found = /^(http:\/\/\S+\/oauth\/authorize\?\S+)\s/m.exec(said)?.[1];
        if (found !== undefined) resolve(found);
      });
    });
    const client = new ClientV2({ name: 'behind-mcp-remote', version: '1' });
    const connected = client.connect(transport);
    connected.catch(() => {});
    await allowIn(await someone(), await withDeadline(address, 20_000, () => `no address:\n${said}`));
    await withDeadline(connected, 20_000, () => `not connected:\n${said.slice(-2_000)}`);
    expect((await client.listTools()).tools.map(({ name }) => name)).toContain('everything_echo');
    await client.close();
    const { clients } = await gateway.admin.listClients();
    expect(clients.some(({ kind, name }) => kind === 'dcr' && /mcp|remote/i.test(name))).toBe(true);
  });
});

describe('the Inspector', () => {
  beforeAll(async () => {
    await installPackages(join(folder, 'inspector'), ['@modelcontextprotocol/inspector@2.12.0']);
  }, 300_000);

  it.each([
    ['by its document', ['--client-metadata-url', 'https://claude.ai/oauth/claude-code-client-metadata']],
    ['by registration', []],
  ])('signs in on the command line %s', async (way, flags) => {
    const home = join(folder, way.replaceAll(' ', '-'));
    await mkdir(home);
    const child = new Child({
      command: process.execPath,
      args: [
        await commandFile(join(folder, 'inspector'), '@modelcontextprotocol/inspector', 'inspector'),
        '--cli',
        `${gateway.url}/mcp`,
        ...['--transport', 'http', '--method', 'tools/list'],
        ...['--callback-url', `http://127.0.0.1:${await freePort()}/callback`],
        ...flags,
      ],
      env: {
        HOME: home,
        BROWSER: 'none-here',
        DISPLAY: '',
        // Nobody sits at a terminal, and it may go on all the same.
        MCP_AUTO_OPEN_ENABLED: 'true',
        MCP_INSPECTOR_SECRET_STORE: 'memory',
      },
    });
    const address = await child.waitFor(
      'the address to open',
      ({ stdout, stderr }) => /navigate to: (http\S+)\s/.exec(stdout + stderr)?.[1],
      30_000,
    );
    await allowIn(await someone(), address);
    await withDeadline(child.exited, 30_000, () => `it did not end:\n${child.stdout}${child.stderr}`);
    expect(child.stdout).toContain('everything_echo');
  });
});

/** Where a browser would end. */
let sink: Server;
beforeAll(async () => {
  sink = createServer((_, response) => response.end('you can close this window'));
  await new Promise<void>((resolve) => {
    sink.listen(8719, '127.0.0.1', resolve);
  });
  expect((sink.address() as AddressInfo).port).toBe(8719);
});
afterAll(() => sink.close());
