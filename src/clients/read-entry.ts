/**
 * clients/read-entry — one server's entry, in whichever words: `command`+`args`, `cmd`, a list; `url`, `serverUrl`, `uri` …
 */
import { isJsonObject, type JsonObject, type JsonValue } from '../base/index.ts';
import type { EntryPath } from './formats/format.ts';
import type { FoundLaunch, FoundServer, UnreadServer } from './found-server.ts';
import { readReferences } from './references.ts';
import { unwrapCommand } from './unwrap-command.ts';

export interface EntryFacts {
  readonly home: string;
  readonly urlIsSse?: boolean;
  /** What is said of inputs, by id. */
  readonly labels: ReadonlyMap<string, string>;
  /** The folder that the entry belongs to: there its command runs, unless it says another. */
  readonly folder?: string;
  readonly at: EntryPath | undefined;
}

const urlKeys = ['url', 'serverUrl', 'httpUrl', 'uri', 'baseUrl', 'endpoint'] as const;
const envKeys = ['env', 'environment', 'envs'] as const;
const headerKeys = ['headers', 'http_headers'] as const;

/** What is understood, or says nothing about how a server is run. */
const known = new Set<string>([
  ...urlKeys,
  ...envKeys,
  ...headerKeys,
  ...[
    'command',
    'cmd',
    'args',
    'arguments',
    'cwd',
    'working_directory',
    'workingDirectory',
    'type',
    'transport',
  ],
  ...['transportType', 'name', 'id', 'title', 'display_name', 'description', 'icon', 'disabled', 'enabled'],
  ...[
    'requestInit',
    'requestOptions',
    'env_vars',
    'env_keys',
    'bearer_token_env_var',
    'env_http_headers',
    'source',
  ],
  // How long, and what the client's own person allows it: ours are set here.
  ...['timeout', 'tools', 'alwaysAllow', 'autoApprove', 'trust', 'bundled', 'startup_timeout_sec'],
  ...['tool_timeout_sec', 'startup_timeout_ms', 'available_tools', 'gallery', 'version', 'initTimeout'],
]);

/** Names that clients use for parts of themselves. */
const builtInTypes = new Set(['builtin', 'platform', 'frontend', 'inline_python', 'in-process']);

export function readEntry(name: string, entry: JsonValue, facts: EntryFacts): FoundServer | UnreadServer {
  if (!isJsonObject(entry)) return { name, reason: 'it is no map of settings' };
  const type = wordOf(entry['type']) ?? wordOf(entry['transport']) ?? wordOf(entry['transportType']);
  if (type !== undefined && builtInTypes.has(type)) return { name, reason: 'it is a part of that client' };
  if (entry['source'] === 'extension')
    return { name, reason: 'it comes with an extension of that client, which alone knows its command' };
  if (type === 'ws' || type === 'websocket')
    return { name, reason: 'it is reached over a WebSocket, which is no transport of MCP' };
  const reader = new TextReader(facts);
  const launch = readLaunch(entry, type, reader, facts);
  if (typeof launch === 'string') return { name, reason: launch };
  const [unknown] = reader.unknown;
  if (unknown !== undefined)
    return { name, reason: `"${unknown}" is filled in by that client alone; write the folder itself there` };
  const unwrapped = unwrapCommand(launch);
  return {
    name,
    at: facts.at,
    launch: unwrapped.launch,
    isDisabled: entry['disabled'] === true || entry['enabled'] === false,
    inputs: [...new Set(reader.inputs)].map((id) => ({ id, label: facts.labels.get(id) })),
    ignored: Object.keys(entry).filter((key) => !known.has(key)),
    notes: [...reader.notes, ...unwrapped.notes],
    isOurs: isOurs(unwrapped.launch),
  };
}

/** Collects what the texts of one entry ask for. */
class TextReader {
  readonly #facts: EntryFacts;
  readonly inputs: string[] = [];
  readonly unknown: string[] = [];
  readonly notes: string[] = [];

  constructor(facts: EntryFacts) {
    this.#facts = facts;
  }

  read(text: string): string {
    const { text: read, inputs, unknown } = readReferences(text, this.#facts.home);
    this.inputs.push(...inputs);
    this.unknown.push(...unknown);
    return read;
  }
}

/** @returns a reason where there is none */
function readLaunch(
  entry: JsonObject,
  type: string | undefined,
  reader: TextReader,
  facts: EntryFacts,
): FoundLaunch | string {
  const urlKey = urlKeys.find((key) => entry[key] !== undefined);
  const hasCommand = entry['command'] !== undefined || entry['cmd'] !== undefined;
  if (hasCommand && urlKey !== undefined && type === undefined) return 'it has both a command and a URL';
  if (urlKey !== undefined && !(hasCommand && (type === 'stdio' || type === 'local'))) {
    return readHttp(entry, urlKey, type, reader, facts);
  }
  if (hasCommand) return readStdio(entry, reader, facts);
  return 'it has neither a command nor a URL';
}

function readHttp(
  entry: JsonObject,
  urlKey: string,
  type: string | undefined,
  reader: TextReader,
  facts: EntryFacts,
): FoundLaunch | string {
  const written = entry[urlKey];
  if (typeof written !== 'string') return `"${urlKey}" is no text`;
  const url = reader.read(written.trim());
  const bare = url.replaceAll(/\$\{[^}]*\}/g, 'x');
  if (!URL.canParse(bare)) return `"${urlKey}" is no URL`;
  if (!/^https?:$/.test(new URL(bare).protocol))
    return `"${urlKey}" begins with neither http:// nor https://`;
  const headers = readHeaders(entry, reader);
  if (typeof headers === 'string') return headers;
  const isSse = type === 'sse' || (facts.urlIsSse === true && urlKey === 'url');
  const isHttp =
    type !== undefined && /^(?:http|streamable[-_]?http|remote)$/i.test(type) && type !== 'remote';
  return { kind: 'http', url, headers, flavour: isSse ? 'sse' : isHttp ? 'http' : 'auto' };
}

function readHeaders(entry: JsonObject, reader: TextReader): Record<string, string> | string {
  const inner = (key: string): JsonValue | undefined => {
    const holder = entry[key];
    return isJsonObject(holder) ? holder['headers'] : undefined;
  };
  const holders = [...headerKeys.map((key) => entry[key]), inner('requestInit'), inner('requestOptions')];
  const headers: Record<string, string> = {};
  for (const holder of holders) {
    const read = readMap(holder, 'headers', reader);
    if (typeof read === 'string') return read;
    Object.assign(headers, read);
  }
  const named = entry['env_http_headers'];
  if (isJsonObject(named)) {
    for (const [header, variable] of Object.entries(named))
      if (typeof variable === 'string') headers[header] = `\${env:${variable}}`;
  }
  const bearer = entry['bearer_token_env_var'];
  if (typeof bearer === 'string') headers['Authorization'] = `Bearer \${env:${bearer}}`;
  return headers;
}

function readStdio(entry: JsonObject, reader: TextReader, facts: EntryFacts): FoundLaunch | string {
  const written = entry['command'] ?? entry['cmd'];
  // An older form of Zed.
  const nested = isJsonObject(written) ? written : undefined;
  const command = nested === undefined ? written : (nested['path'] ?? nested['command']);
  const words: string[] = [];
  if (Array.isArray(command)) {
    for (const word of command) {
      if (typeof word !== 'string') return '"command" holds what is no text';
      words.push(word);
    }
  } else if (typeof command === 'string') words.push(command.trim());
  else return '"command" is no text';
  const args = nested?.['args'] ?? entry['args'] ?? entry['arguments'];
  if (args !== undefined && args !== null) {
    if (!Array.isArray(args)) return '"args" is no list';
    for (const arg of args) {
      if (typeof arg !== 'string' && typeof arg !== 'number' && typeof arg !== 'boolean')
        return '"args" holds what is no text';
      words.push(String(arg));
    }
  } else if (words.length === 1) words.splice(0, 1, ...splitCommandLine(words[0] as string));
  const [program, ...rest] = words.map((word) => reader.read(word));
  if (program === undefined || program === '') return '"command" is empty';
  const env = readEnv(nested === undefined ? entry : { ...entry, ...nested }, reader);
  if (typeof env === 'string') return env;
  const cwd = entry['cwd'] ?? entry['working_directory'] ?? entry['workingDirectory'];
  if (cwd !== undefined && cwd !== null && typeof cwd !== 'string') return '"cwd" is no text';
  return {
    kind: 'stdio',
    command: program,
    args: rest,
    env,
    cwd: typeof cwd === 'string' && cwd !== '' ? reader.read(cwd) : facts.folder,
  };
}

function readEnv(entry: JsonObject, reader: TextReader): Record<string, string> | string {
  const env: Record<string, string> = {};
  for (const key of envKeys) {
    const read = readMap(entry[key], key, reader);
    if (typeof read === 'string') return read;
    Object.assign(env, read);
  }
  // Codex: handed on from its own environment.
  const passed = entry['env_vars'];
  if (Array.isArray(passed)) {
    for (const variable of passed) if (typeof variable === 'string') env[variable] = `\${env:${variable}}`;
  }
  // Goose: the values lie in its keychain.
  const kept = entry['env_keys'];
  if (Array.isArray(kept)) {
    for (const variable of kept) {
      if (typeof variable !== 'string' || env[variable] !== undefined) continue;
      env[variable] = reader.read(`\${input:${variable}}`);
    }
  }
  return env;
}

function readMap(
  holder: JsonValue | undefined,
  key: string,
  reader: TextReader,
): Record<string, string> | string {
  if (holder === undefined || holder === null) return {};
  if (!isJsonObject(holder)) return `"${key}" is no map`;
  const read: Record<string, string> = {};
  for (const [name, value] of Object.entries(holder)) {
    if (value === null || value === undefined) continue;
    if (typeof value === 'object') return `"${key}.${name}" is no text`;
    read[name] = reader.read(String(value));
  }
  return read;
}

function wordOf(value: JsonValue | undefined): string | undefined {
  return typeof value === 'string' ? value.toLowerCase() : undefined;
}

/** A whole command line in one text, as some write it; a path with blanks is left whole. */
function splitCommandLine(line: string): string[] {
  const first = line.split(/\s/, 1)[0] ?? '';
  if (!/\s/.test(line) || /[\\/]/.test(first)) return [line];
  const words = [...line.matchAll(/"((?:[^"\\]|\\.)*)"|'([^']*)'|(\S+)/g)];
  return words.map(([, double, single, bare]) => double ?? single ?? bare ?? '');
}

/** Ourselves in a client's file: imported, it would be a circle. */
function isOurs(launch: FoundLaunch): boolean {
  if (launch.kind === 'stdio')
    return (
      /(?:^|[\\/])mcpmux(?:\.mjs|\.cmd|\.exe)?$/.test(
        [launch.command, ...launch.args].find((word) => /mcpmux(?:\.\w+)?$/.test(word)) ?? '',
      ) && launch.args.includes('stdio')
    );
  const key = launch.headers['Authorization'] ?? '';
  return key.startsWith('Bearer mcpk_');
}
