/**
 * What eight client programs sent, recorded and played again against the daemon: each request gets the status it got then, each
 * call its result.
 *
 * The records are made by test/field/record-handshakes.ts. Keys and ids of sessions are put in anew.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { type ClientRequest, request } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Handshake, RecordedRequest } from '../field/recorded-handshake.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { repositoryPath } from '../support/paths.ts';

const folder = repositoryPath('test/fixtures/handshakes');
const handshakes = readdirSync(folder).map(
  (name) => JSON.parse(readFileSync(join(folder, name), 'utf8')) as Handshake,
);
const everything = repositoryPath('node_modules/@modelcontextprotocol/server-everything/dist/index.js');
let gateway: Gateway;

beforeAll(async () => {
  gateway = await startGateway({
    servers: [
      {
        name: 'everything',
        launch: { kind: 'stdio', command: process.execPath, args: [everything, 'stdio'] },
      },
    ],
  });
});
afterAll(() => gateway.stop());

it('are of eight clients', () => {
  expect(handshakes.map(({ client }) => client).toSorted((one, other) => one.localeCompare(other))).toEqual([
    'Claude Code',
    'Codex',
    'Copilot CLI',
    'Gemini CLI',
    'mcporter',
    'opencode',
    'Qwen Code',
    'TypeScript SDK',
  ]);
});

describe.each(handshakes)('$client $version', ({ client, requests }) => {
  it('gets for each request what it got then', async () => {
    let session: string | undefined;
    const streams: ClientRequest[] = [];
    let askedFor: unknown;
    for (const recorded of requests) {
      const method = methodOf(recorded);
      // Answers to questions of the server carry an id of then; the question of now has another.
      if (recorded.body !== null && method === undefined) {
        expect(recorded.status).toBe(202);
        continue;
      }
      // One call may ask its client for something and wait: the record has the answer, not the question's new id.
      const answer = await send(recorded, session, isStream(recorded, method));
      streams.push(answer.outgoing);
      expect(answer.status, `${recorded.method} ${method ?? ''}`).toBe(recorded.status);
      if (method === 'initialize') {
        session = answer.session;
        expect(session).toBeDefined();
      }
      if (method === 'initialize' || method === 'server/discover') askedFor = recorded.body;
      if (method === 'tools/list') expect(answer.text).toContain('everything_echo');
      if (method === 'tools/call') expect(answer.text).toContain('Echo: field');
    }
    for (const stream of streams) stream.destroy();
    expect(askedFor, client).toBeDefined();
  });
});

function methodOf({ body }: RecordedRequest): string | undefined {
  return (body as { method?: string } | null)?.method;
}

function isStream({ method }: RecordedRequest, rpcMethod: string | undefined): boolean {
  return method === 'GET' || rpcMethod === 'subscriptions/listen';
}

interface Answer {
  readonly status: number;
  readonly session: string | undefined;
  readonly text: string;
  readonly outgoing: ClientRequest;
}

/** @param isOpen its answer goes on: only its head is waited for */
function send(recorded: RecordedRequest, session: string | undefined, isOpen: boolean): Promise<Answer> {
  const headers = Object.fromEntries(
    Object.entries(recorded.headers).map(([name, value]) => [
      name,
      value.replace('{key}', gateway.key).replace('{session}', session ?? ''),
    ]),
  );
  const body = recorded.body === null ? undefined : JSON.stringify(recorded.body);
  return new Promise((resolve, reject) => {
    const outgoing = request(
      new URL(recorded.path, gateway.url),
      {
        method: recorded.method,
        headers: { ...headers, ...(body === undefined ? {} : { 'content-length': Buffer.byteLength(body) }) },
        agent: false,
        timeout: 20_000,
      },
      (incoming) => {
        const known = incoming.headers['mcp-session-id'];
        const answer = {
          status: incoming.statusCode ?? 0,
          session: typeof known === 'string' ? known : undefined,
          outgoing,
        };
        if (isOpen) {
          incoming.on('error', () => {});
          incoming.resume();
          resolve({ ...answer, text: '' });
          return;
        }
        let text = '';
        incoming.setEncoding('utf8');
        incoming.on('data', (chunk: string) => {
          text += chunk;
        });
        incoming.on('end', () => resolve({ ...answer, text }));
        incoming.on('error', reject);
      },
    );
    outgoing.on('timeout', () => outgoing.destroy(new Error(`no answer to ${recorded.method} in 20 s`)));
    outgoing.on('error', (error) => {
      // A stream that we end ourselves.
      if (!isOpen) reject(error);
    });
    outgoing.end(body);
  });
}
