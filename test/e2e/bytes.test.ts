/**
 * e2e/bytes — what crosses the gateway keeps the text that it came as, and long messages hold up nobody.
 */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { answerTo, odd } from '../fixtures/servers/verbatim-server.mjs';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { repositoryPath } from '../support/paths.ts';

type Era = 'legacy' | 'modern';
const eras: readonly Era[] = ['legacy', 'modern'];
const wires = ['stdio', 'http'] as const;
const script = repositoryPath('test/fixtures/servers/verbatim-server.mjs');
const prefix = 'io.modelcontextprotocol/';

let gateway: Gateway;
const servers: Server[] = [];

beforeAll(async () => {
  const http = await Promise.all(eras.map(startVerbatimHttp));
  gateway = await startGateway({
    servers: [
      ...eras.map((era) => ({
        name: `${era}-stdio`,
        alias: `${era}-stdio`,
        launch: { kind: 'stdio' as const, command: process.execPath, args: [script, era] },
      })),
      ...eras.map((era, at) => ({
        name: `${era}-http`,
        alias: `${era}-http`,
        launch: { kind: 'http' as const, url: http[at]! },
      })),
    ],
  });
});

afterAll(async () => {
  await gateway?.stop();
  for (const server of servers) {
    server.closeAllConnections();
    server.close();
  }
});

/** The same server behind a URL: each message is answered as an event stream. */
async function startVerbatimHttp(era: Era): Promise<string> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const lines = request.method === 'POST' ? answerTo(Buffer.concat(chunks).toString(), era) : [];
      const type = { 'content-type': 'text/event-stream' };
      if (request.method !== 'POST') response.writeHead(405);
      else if (lines.length === 0) response.writeHead(202);
      else response.writeHead(200, type);
      response.end(lines.map((line) => `data: ${line}\n\n`).join(''));
    });
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`;
}

const modernMeta = (token: string, more: string) =>
  `{"${prefix}protocolVersion":"2026-07-28","${prefix}clientCapabilities":{"elicitation":{}},"progressToken":${token},"x/odd":[${more}]}`;

class TextClient {
  readonly #url: string;
  readonly #era: Era;
  #session: string | undefined;

  constructor(url: string, era: Era) {
    this.#url = url;
    this.#era = era;
  }

  static async open(era: Era, alias?: string): Promise<TextClient> {
    const client = new TextClient(gateway.mcpUrl(alias), era);
    if (era === 'legacy')
      await client.post(
        'initialize',
        '{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{"elicitation":{}},"clientInfo":{"name":"t","version":"1"}}}',
      );
    return client;
  }

  /** @returns the text of the answer, head and all: JSON or an event stream */
  async post(method: string, body: string, name?: string): Promise<string> {
    const answer = await fetch(this.#url, {
      method: 'POST',
      headers: {
        ...gateway.headers,
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
        ...(this.#session !== undefined && { 'mcp-session-id': this.#session }),
        ...(this.#era === 'modern' && {
          'mcp-protocol-version': '2026-07-28',
          'mcp-method': method,
          ...(name !== undefined && { 'mcp-name': name }),
        }),
      },
      body,
    });
    this.#session ??= answer.headers.get('mcp-session-id') ?? undefined;
    return answer.text();
  }

  /** @param params members without the braces */
  async request(method: string, params: string, name?: string, more = odd): Promise<string> {
    const token = '9007199254740993';
    const meta =
      this.#era === 'modern' ? modernMeta(token, more) : `{"progressToken":${token},"x/odd":[${more}]}`;
    const all = `${params}${params === '' ? '' : ','}"_meta":${meta}`;
    return this.post(method, `{"jsonrpc":"2.0","id":7,"method":"${method}","params":{${all}}}`, name);
  }
}

/** The text that the echo tool was sent. */
function echoed(answer: string): string {
  const data = answer.split('\n').findLast((line) => line.includes('"content"')) ?? '';
  const parsed = JSON.parse(data.replace(/^data: /, '')) as { result: { content: { text: string }[] } };
  return parsed.result.content[0]!.text;
}

const pairings = eras.flatMap((client) =>
  eras.flatMap((server) => wires.map((wire) => [client, server, wire] as const)),
);

describe.each(pairings)('R24 a %s client and a %s server over %s', (era, serverEra, wire) => {
  const alias = `${serverEra}-${wire}`;
  const qualified = (tool: string) => `${alias}_${tool}`;
  let all: TextClient;
  let one: TextClient;

  beforeAll(async () => {
    all = await TextClient.open(era);
    one = await TextClient.open(era, alias);
  });

  it('R24 pass arguments, _meta and progress as they are spelled', async () => {
    const args = `{ "id":9223372036854775807,"n":[${odd}], "u":"\\u00e9","é":"\\/" }`;
    for (const [client, name] of [
      [all, qualified('echo')],
      [one, 'echo'],
    ] as const) {
      const answer = await client.request('tools/call', `"name":"${name}","arguments":${args}`, name);
      const sent = echoed(answer);
      expect(sent).toContain(`"arguments":${args}`);
      expect(sent).toContain(`"x/odd":[${odd}]`);
      expect(sent).toContain('"name":"echo"');
      expect(answer).toContain(`"odd":[${odd}]`);
      // Progress comes back under the client's own token, spelled as it was.
      expect(answer).toContain('"progressToken":9007199254740993');
      expect(answer).toContain(`"progress":1.0,"odd":[${odd}]`);
      expect(answer).not.toContain('9007199254740992');
    }
  });

  it('R24 pass listed items, errors and what is read as they are spelled', async () => {
    const listed = await all.request('tools/list', '');
    expect(listed).toContain(
      `{"name":"${qualified('echo')}","inputSchema":{"type":"object","properties":{"n":`,
    );
    expect(listed.split(`"maximum":9223372036854775807,"default":1.0,"enum":[${odd}]`).length - 1).toBe(20);
    expect(await one.request('tools/list', '')).toContain(`"default":1.0,"enum":[${odd}]`);
    expect(await all.request('resources/list', '')).toContain(`"size":1.0,"odd":[${odd}]`);
    const failed = await all.request('tools/call', `"name":"${qualified('fail')}"`, qualified('fail'));
    expect(failed).toContain(`"data":{"odd":[${odd}]},"more":[${odd}]`);
    const read = await one.request('resources/read', '"uri":"note://shared"', 'note://shared');
    expect(read).toContain(`{"uri":"note://shared","text":"t","odd":[${odd}]}`);
  });

  it('R68 R24 change only the URI in what a server says of a URI that several servers have', async () => {
    const name = qualified('link');
    const linked = await all.request('tools/call', `"name":"${name}"`, name);
    expect(linked).toMatch(/"resource":\{"uri":"(?:mux-[a-z-]+\+)?note:\/\/shared","text":"t","odd":/);
    expect(linked.split(`"odd":[${odd}]`).length - 1).toBe(2);
  });
});

describe('R24 what a modern server asks', () => {
  it('R24 passes to a modern client as it is spelled', async () => {
    const client = await TextClient.open('modern', 'modern-stdio');
    const asked = await client.request('tools/call', '"name":"ask"', 'ask');
    expect(asked).toContain('"maximum":9223372036854775807,"default":1.0');
    const reply = `{"n":{"action":"accept","content":{"n":[${odd}]}}}`;
    const done = await client.request(
      'tools/call',
      `"name":"ask","requestState":"s","inputResponses":${reply}`,
      'ask',
    );
    expect(echoed(done)).toContain(`"inputResponses":${reply}`);
  });

  it('R24 passes to a modern client also where a legacy server asks', async () => {
    const client = await TextClient.open('modern', 'legacy-stdio');
    const asked = await client.request('tools/call', '"name":"ask"', 'ask');
    expect(asked).toContain('"maximum":9223372036854775807,"default":1.0');
    const { result } = JSON.parse(asked) as { result: { requestState: string } };
    const state = JSON.stringify(result.requestState);
    const reply = `{"action":"accept","content":{"n":[${odd}]}}`;
    const done = await client.request(
      'tools/call',
      `"name":"ask","requestState":${state},"inputResponses":{"n":${reply}}`,
      'ask',
    );
    expect(echoed(done)).toContain(`"result":${reply}`);
  });
});

describe('R68 the event loop', () => {
  /** Asks the daemon for a sign of life again and again. @returns the longest wait for one, as a part of `act`'s whole time */
  async function longestWaitDuring(act: () => Promise<unknown>): Promise<number> {
    let isOver = false;
    let longest = 0;
    const startedAt = performance.now();
    const asking = (async () => {
      while (!isOver) {
        const askedAt = performance.now();
        await (await fetch(`${gateway.url}/livez`)).text();
        longest = Math.max(longest, performance.now() - askedAt);
      }
    })();
    await act();
    const whole = performance.now() - startedAt;
    isOver = true;
    await asking;
    return longest / whole;
  }

  // In parts of the whole: how long a turn of the loop takes depends on who else uses the machine.
  it.each([
    ['legacy', 8],
    ['modern', 24],
    ['legacy', 60],
  ] as const)(
    'R68 is free while a %s client gets %d MiB of small values beside isError',
    async (era, mebibytes) => {
      const client = await TextClient.open(era, `${era}-stdio`);
      const bytes = mebibytes * 1024 * 1024;
      const part = await longestWaitDuring(async () => {
        const answer = await client.request(
          'tools/call',
          `"name":"large","arguments":{"bytes":${bytes}}`,
          'large',
          '1',
        );
        expect(answer.length).toBeGreaterThan(bytes);
      });
      expect(part).toBeLessThan(0.4);
    },
  );

  it('R68 is free while a request of a million small values is looked through', async () => {
    const client = await TextClient.open('legacy', 'legacy-stdio');
    const values = `[{}${',{}'.repeat(1_300_000)}]`;
    const part = await longestWaitDuring(async () => {
      const answer = await client.request(
        'tools/call',
        `"name":"fail","arguments":{"x":${values}}`,
        'fail',
        '1',
      );
      expect(answer).toContain('"code":-32050');
    });
    expect(part).toBeLessThan(0.4);
  });
});
