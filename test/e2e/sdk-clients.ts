/**
 * e2e/sdk-clients — clients of both SDK generations behind one small face, over every wire that they know.
 *
 * Knows nothing of: what is tested.
 */
import {
  Client as ClientV2,
  StreamableHTTPClientTransport as HttpV2,
  SSEClientTransport as SseV2,
} from '@modelcontextprotocol/client';
import { StdioClientTransport as StdioV2 } from '@modelcontextprotocol/client/stdio';
import { Client as ClientV1 } from '@modelcontextprotocol/sdk/client/index.js';
import { SSEClientTransport as SseV1 } from '@modelcontextprotocol/sdk/client/sse.js';
import { StdioClientTransport as StdioV1 } from '@modelcontextprotocol/sdk/client/stdio.js';
import { StreamableHTTPClientTransport as HttpV1 } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import {
  LoggingMessageNotificationSchema,
  ToolListChangedNotificationSchema,
} from '@modelcontextprotocol/sdk/types.js';
import { Inbox } from '../support/raw-client.ts';

/** Which SDK, and how it finds the revision. `v2 modern` is pinned: it fails rather than fall back. */
export type Generation = 'v1' | 'v2 legacy' | 'v2 auto' | 'v2 modern';

export type Wire =
  | {
      readonly kind: 'http' | 'sse';
      readonly url: string;
      readonly headers: Readonly<Record<string, string>>;
    }
  | {
      readonly kind: 'stdio';
      readonly command: string;
      readonly args: readonly string[];
      readonly env: Readonly<Record<string, string>>;
    };

export interface Named {
  readonly name: string;
}

export interface TestClient {
  /** The revision that was agreed; undefined where the SDK does not tell. */
  readonly revision: string | undefined;
  readonly serverName: string | undefined;
  /** The data of log messages, as they come. */
  readonly logged: Inbox<unknown>;
  /** One entry for each notice that the list of tools has changed. */
  readonly toolsChanged: Inbox<true>;
  listTools(): Promise<readonly Named[]>;
  listResources(): Promise<readonly (Named & { readonly uri: string })[]>;
  listTemplates(): Promise<readonly (Named & { readonly uriTemplate: string })[]>;
  listPrompts(): Promise<readonly Named[]>;
  /** @returns the text of the answer */
  call(
    name: string,
    args?: Readonly<Record<string, unknown>>,
    onProgress?: (progress: number) => void,
  ): Promise<string>;
  read(uri: string): Promise<{ readonly uri: string; readonly text: string }>;
  prompt(name: string, args?: Readonly<Record<string, string>>): Promise<string>;
  completePrompt(name: string, argument: string, value: string): Promise<readonly string[]>;
  setLevel(level: 'debug' | 'error'): Promise<void>;
  subscribe(uri: string): Promise<void>;
  close(): Promise<void>;
}

const identity = { name: 'e2e-client', version: '1.0.0' };

/** Connects; the handshake of its generation is done. */
export function connect(generation: Generation, wire: Wire): Promise<TestClient> {
  return generation === 'v1' ? connectV1(wire) : connectV2(generation, wire);
}

async function connectV1(wire: Wire): Promise<TestClient> {
  const client = new ClientV1(identity);
  const logged = new Inbox<unknown>();
  const toolsChanged = new Inbox<true>();
  client.setNotificationHandler(LoggingMessageNotificationSchema, ({ params }) => logged.push(params.data));
  client.setNotificationHandler(ToolListChangedNotificationSchema, () => toolsChanged.push(true));
  const transport = makeTransport(wire, { Http: HttpV1, Sse: SseV1, Stdio: StdioV1 });
  await client.connect(transport as Parameters<ClientV1['connect']>[0]);
  return {
    revision: transport instanceof HttpV1 ? transport.protocolVersion : undefined,
    serverName: client.getServerVersion()?.name,
    logged,
    toolsChanged,
    call: async (name, args = {}, onProgress) =>
      textOf(
        await client.callTool(
          { name, arguments: args },
          undefined,
          onProgress === undefined ? {} : { onprogress: ({ progress }) => onProgress(progress) },
        ),
      ),
    completePrompt: async (name, argument, value) =>
      (await client.complete({ ref: { type: 'ref/prompt', name }, argument: { name: argument, value } }))
        .completion.values,
    ...sharedFace(client),
  };
}

async function connectV2(generation: Exclude<Generation, 'v1'>, wire: Wire): Promise<TestClient> {
  const mode = { 'v2 legacy': 'legacy', 'v2 auto': 'auto', 'v2 modern': { pin: '2026-07-28' } } as const;
  const client = new ClientV2(identity, { versionNegotiation: { mode: mode[generation] } });
  const logged = new Inbox<unknown>();
  const toolsChanged = new Inbox<true>();
  client.setNotificationHandler('notifications/message', ({ params }) => logged.push(params.data));
  client.setNotificationHandler('notifications/tools/list_changed', () => toolsChanged.push(true));
  const transport = makeTransport(wire, { Http: HttpV2, Sse: SseV2, Stdio: StdioV2 });
  await client.connect(transport as Parameters<ClientV2['connect']>[0]);
  return {
    revision: client.getNegotiatedProtocolVersion(),
    serverName: client.getServerVersion()?.name,
    logged,
    toolsChanged,
    call: async (name, args = {}, onProgress) =>
      textOf(
        await client.callTool(
          { name, arguments: args },
          onProgress === undefined ? {} : { onprogress: ({ progress }) => onProgress(progress) },
        ),
      ),
    completePrompt: async (name, argument, value) =>
      (await client.complete({ ref: { type: 'ref/prompt', name }, argument: { name: argument, value } }))
        .completion.values,
    ...sharedFace(client),
  };
}

/** What both generations spell the same. */
function sharedFace(client: ClientV1 | ClientV2) {
  return {
    listTools: async () => (await client.listTools()).tools,
    listResources: async () => (await client.listResources()).resources,
    listTemplates: async () => (await client.listResourceTemplates()).resourceTemplates,
    listPrompts: async () => (await client.listPrompts()).prompts,
    async read(uri: string) {
      const [first] = (await client.readResource({ uri })).contents;
      return { uri: first?.uri ?? '', text: String((first as { text?: string } | undefined)?.text ?? '') };
    },
    async prompt(name: string, args: Readonly<Record<string, string>> = {}) {
      const { messages } = await client.getPrompt({ name, arguments: { ...args } });
      return messages.map(({ content }) => ('text' in content ? content.text : content.type)).join('\n');
    },
    async setLevel(level: 'debug' | 'error') {
      await client.setLoggingLevel(level);
    },
    async subscribe(uri: string) {
      await client.subscribeResource({ uri });
    },
    close: () => client.close(),
  };
}

interface Transports {
  readonly Http: typeof HttpV1 | typeof HttpV2;
  readonly Sse: typeof SseV1 | typeof SseV2;
  readonly Stdio: typeof StdioV1 | typeof StdioV2;
}

function makeTransport(wire: Wire, { Http, Sse, Stdio }: Transports) {
  if (wire.kind === 'stdio') {
    return new Stdio({
      command: wire.command,
      args: [...wire.args],
      env: { ...wire.env },
      stderr: 'ignore',
    });
  }
  const requestInit = { headers: { ...wire.headers } };
  return wire.kind === 'http'
    ? new Http(new URL(wire.url), { requestInit })
    : new Sse(new URL(wire.url), { requestInit });
}

function textOf(result: object): string {
  const blocks = ('content' in result ? result.content : []) as {
    readonly type?: string;
    readonly text?: string;
  }[];
  return blocks.map((block) => block.text ?? `[${block.type}]`).join('\n');
}
