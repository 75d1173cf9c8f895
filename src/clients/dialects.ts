/**
 * clients/dialects — how each client writes a server: where in its file, and in which words.
 */
import { isJsonObject, type JsonObject, type JsonValue } from '../base/index.ts';
import { type BridgeEndpoint, type Endpoint, type HttpEndpoint, headersOf } from './endpoint.ts';
import type { EntryPath, FormatName } from './formats/format.ts';
import { valueAt } from './formats/values.ts';

export interface Dialect {
  readonly format: FormatName;
  /** Keys from the root to the map (or the list) of servers. */
  readonly root: readonly string[];
  /** The servers are a list of entries with names. */
  readonly isList?: true;
  /** Undefined where the client has no such thing. */
  readonly http?: (endpoint: HttpEndpoint) => JsonObject;
  readonly bridge: (endpoint: BridgeEndpoint) => JsonObject;
  /** Where and how in a file that already has this root. */
  readonly newer?: Pick<Dialect, 'root' | 'http' | 'bridge'>;
}

/** The form that a file has: the newer one where its root is there. */
export function dialectOf(dialect: Dialect, value: JsonValue): Dialect {
  const { newer, ...rest } = dialect;
  return newer !== undefined && isJsonObject(valueAt(value, newer.root)) ? { ...rest, ...newer } : dialect;
}

export const entryName = 'mcpmux';

export function entryPath(dialect: Dialect, name = entryName): EntryPath {
  return [...dialect.root, dialect.isList === true ? { named: name } : name];
}

/** @returns undefined when the client cannot be pointed at such an endpoint */
export function entryFor(dialect: Dialect, endpoint: Endpoint): JsonObject | undefined {
  const entry = endpoint.kind === 'bridge' ? dialect.bridge(endpoint) : dialect.http?.(endpoint);
  return entry === undefined ? undefined : withoutUndefined(entry);
}

/** The entry under its root, as a person pastes it. */
export function entryText(dialect: Dialect, entry: JsonObject): string {
  const whole = dialect.root.reduceRight<JsonObject>((inner, key) => ({ [key]: inner }), {
    [entryName]: entry,
  });
  return JSON.stringify(whole, null, 2);
}

function withoutUndefined(entry: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(entry).filter(([, value]) => value !== undefined));
}

const command = ({ command: program, args }: BridgeEndpoint): JsonObject => ({
  command: program,
  args: [...args],
});

/** `{ "mcpServers": { NAME: { "url", "headers" } } }`: what most clients read. */
const plain: Dialect = {
  format: 'json',
  root: ['mcpServers'],
  http: (endpoint) => ({ url: endpoint.url, headers: headersOf(endpoint) }),
  bridge: command,
};

const typed = (type: string, more: JsonObject = {}): Dialect => ({
  ...plain,
  http: (endpoint) => ({ type, url: endpoint.url, headers: headersOf(endpoint), ...more }),
});

const urlUnder = (key: string): Dialect => ({
  ...plain,
  http: (endpoint) => ({ [key]: endpoint.url, headers: headersOf(endpoint) }),
});

/** opencode and Kilo: one list for the command line. */
const opencode: Dialect = {
  format: 'json',
  root: ['mcp'],
  http: (endpoint) => ({ type: 'remote', url: endpoint.url, headers: headersOf(endpoint), enabled: true }),
  bridge: ({ command: program, args }) => ({ type: 'local', command: [program, ...args], enabled: true }),
};

export const dialects = {
  plain,
  /** An entry with a URL and no type is skipped by those who want it. */
  typed: typed('http'),
  typedServers: {
    ...typed('http'),
    root: ['servers'],
    bridge: (endpoint: BridgeEndpoint) => ({ type: 'stdio', ...command(endpoint) }),
  },
  /** The list of tools is needed in a person's own file. */
  copilot: {
    ...typed('http', { tools: ['*'] }),
    bridge: (endpoint: BridgeEndpoint) => ({ type: 'local', ...command(endpoint), tools: ['*'] }),
  },
  droid: {
    ...typed('http', { disabled: false }),
    bridge: (endpoint: BridgeEndpoint) => ({ type: 'stdio', ...command(endpoint), disabled: false }),
  },
  cline: typed('streamableHttp', { disabled: false }),
  roo: typed('streamable-http'),
  transportHttp: {
    ...plain,
    http: (endpoint: HttpEndpoint) => ({
      url: endpoint.url,
      transport: 'http',
      headers: headersOf(endpoint),
    }),
  },
  serverUrl: urlUnder('serverUrl'),
  /** Here `url` means the old transport with SSE, whatever `type` says. */
  httpUrl: urlUnder('httpUrl'),
  baseUrl: urlUnder('baseUrl'),
  requestInit: {
    format: 'json',
    root: ['servers'],
    http: (endpoint: HttpEndpoint) => {
      const headers = headersOf(endpoint);
      return { url: endpoint.url, ...(headers === undefined ? {} : { requestInit: { headers } }) };
    },
    bridge: command,
  },
  commandOnly: { format: 'json', root: ['mcpServers'], bridge: command },
  zed: { ...plain, root: ['context_servers'] },
  amp: { ...plain, root: ['amp.mcpServers'] },
  /** Its newer files keep the servers in a map of their own, without `enabled`. */
  opencode: {
    ...opencode,
    newer: {
      root: ['mcp', 'servers'],
      http: (endpoint: HttpEndpoint) => ({ type: 'remote', url: endpoint.url, headers: headersOf(endpoint) }),
      bridge: ({ command: program, args }: BridgeEndpoint) => ({
        type: 'local',
        command: [program, ...args],
      }),
    },
  },
  kilo: opencode,
  crush: {
    ...typed('http'),
    root: ['mcp'],
    bridge: (endpoint: BridgeEndpoint) => ({ type: 'stdio', ...command(endpoint) }),
  },
  codex: {
    format: 'toml',
    root: ['mcp_servers'],
    http: (endpoint: HttpEndpoint) => ({ url: endpoint.url, http_headers: headersOf(endpoint) }),
    bridge: command,
  },
  goose: {
    format: 'yaml',
    root: ['extensions'],
    http: (endpoint: HttpEndpoint) => ({
      name: entryName,
      type: 'streamable_http',
      uri: endpoint.url,
      headers: headersOf(endpoint),
      timeout: 300,
      enabled: true,
    }),
    bridge: ({ command: cmd, args }: BridgeEndpoint) => ({
      name: entryName,
      type: 'stdio',
      cmd,
      args: [...args],
      timeout: 300,
      enabled: true,
    }),
  },
  continueDev: {
    format: 'yaml',
    root: ['mcpServers'],
    isList: true,
    http: (endpoint: HttpEndpoint) => {
      const headers = headersOf(endpoint);
      return {
        name: entryName,
        type: 'streamable-http',
        url: endpoint.url,
        ...(headers === undefined ? {} : { requestOptions: { headers } }),
      };
    },
    bridge: (endpoint: BridgeEndpoint) => ({ name: entryName, ...command(endpoint) }),
  },
} as const satisfies Record<string, Dialect>;
