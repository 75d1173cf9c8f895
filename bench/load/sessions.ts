/**
 * bench/load/sessions — opens a real MCP session of either era on a lane, finds the tool, and ends the session.
 *
 * Knows nothing of: measuring.
 */
import { type Exchanged, HttpLane, type Lane, nextOpeningId, SseLane } from './lanes.ts';
import {
  type Era,
  legacyRevision,
  makeTemplate,
  modernMeta,
  modernRevision,
  type Template,
  type Work,
} from './message.ts';

export interface Session {
  readonly lane: Lane;
  /** Sent with every request of the session. */
  readonly headers: Readonly<Record<string, string>>;
  /** Ends it as a well-behaved client does. */
  end(): Promise<void>;
}

export interface Place {
  readonly era: Era;
  readonly url: string;
  /** Sent with every request: a key, say. */
  readonly headers?: Readonly<Record<string, string>>;
}

const clientInfo = { name: 'bench', version: '1.0.0' };

/** @throws Error when the target does not answer as its era demands */
export async function openSession(place: Place, given?: Lane): Promise<Session> {
  const url = new URL(place.url);
  const lane =
    given ??
    (place.era === 'sse' ? new SseLane(url, place.headers ?? {}) : new HttpLane(url, place.headers ?? {}));
  if (place.era === 'modern') return { lane, headers: {}, end: async () => lane.close() };

  const id = nextOpeningId();
  const opened = await lane.post({
    jsonrpc: '2.0',
    id,
    method: 'initialize',
    params: {
      protocolVersion: place.era === 'sse' ? '2024-11-05' : legacyRevision,
      capabilities: {},
      clientInfo,
    },
  });
  const { protocolVersion } = resultOf(opened, id) as { protocolVersion?: unknown };
  if (typeof protocolVersion !== 'string') throw new Error(`${place.url}: initialize names no revision`);
  const sessionId = opened.headers.get('mcp-session-id');
  const headers: Record<string, string> = { 'mcp-protocol-version': protocolVersion };
  if (sessionId !== undefined) headers['mcp-session-id'] = sessionId;
  const session: Session = {
    lane,
    headers: place.era === 'sse' ? {} : headers,
    end: async () => {
      if (sessionId !== undefined && lane instanceof HttpLane)
        await lane.request('DELETE', Buffer.alloc(0), headers).catch(() => undefined);
      if (given === undefined) lane.close();
    },
  };
  await post(session, { jsonrpc: '2.0', method: 'notifications/initialized' });
  return session;
}

export interface ListedTools {
  readonly count: number;
  /** The full name of the tool that ends with the wanted suffix. */
  readonly name: string | undefined;
}

/** Reads all pages of tools/list. Gateways that prefix names need no special case: the suffix finds the tool. */
export async function findTool(session: Session, era: Era, suffix: string): Promise<ListedTools> {
  let cursor: string | undefined;
  let count = 0;
  let name: string | undefined;
  do {
    const id = nextOpeningId();
    const answered = await post(
      session,
      {
        jsonrpc: '2.0',
        id,
        method: 'tools/list',
        params: {
          ...(era === 'modern' && { _meta: modernMeta }),
          ...(cursor !== undefined && { cursor }),
        },
      },
      requestHeaders(era, 'tools/list', undefined),
    );
    const result = resultOf(answered, id) as {
      tools?: readonly { name: string }[];
      nextCursor?: string;
    };
    const tools = result.tools ?? [];
    count += tools.length;
    name ??= tools.find((tool) => tool.name.endsWith(suffix))?.name;
    cursor = result.nextCursor;
  } while (cursor !== undefined);
  return { count, name };
}

/** Arms the session's lane with the work. */
export function armSession(session: Session, era: Era, work: Work, toolName: string | undefined): Template {
  const template = makeTemplate(era, work, toolName);
  session.lane.arm(template, {
    ...session.headers,
    ...requestHeaders(era, template.method, toolName),
  });
  return template;
}

function requestHeaders(era: Era, method: string, toolName: string | undefined): Record<string, string> {
  if (era !== 'modern') return {};
  return {
    'mcp-protocol-version': modernRevision,
    'mcp-method': method,
    ...(method === 'tools/call' && toolName !== undefined && { 'mcp-name': toolName }),
  };
}

function post(
  session: Session,
  message: object,
  headers: Readonly<Record<string, string>> = {},
): Promise<Exchanged> {
  const { lane } = session;
  return lane instanceof HttpLane
    ? lane.post(message, { ...session.headers, ...headers })
    : lane.post(message);
}

function resultOf(answered: Exchanged, id: number): object {
  const text = answered.body.toString('utf8');
  let message: { id?: unknown; result?: object; error?: unknown };
  try {
    message = JSON.parse(text) as typeof message;
  } catch {
    throw new Error(`HTTP ${answered.status} without JSON: ${text.slice(0, 200)}`);
  }
  if (message.id !== id || message.result === undefined)
    throw new Error(`HTTP ${answered.status}: ${text.slice(0, 300)}`);
  return message.result;
}
