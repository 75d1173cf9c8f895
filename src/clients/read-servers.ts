/**
 * clients/read-servers — servers out of any client's file, or of pasted JSON: ten layouts, one answer.
 *
 * In: a parsed value. Out: servers and, by name, what could not be read and why. Runs nothing, reads no file.
 */
import { isJsonObject, type JsonObject, type JsonValue } from '../base/index.ts';
import { clientsError } from './errors.ts';
import type { EntryPath, PathStep } from './formats/format.ts';
import type { FoundServer, ReadServers, UnreadServer } from './found-server.ts';
import { type EntryFacts, readEntry } from './read-entry.ts';
import { inputIdOf } from './references.ts';

export interface ReadServersOptions {
  /** What stands for the person's home folder in `~` and `${userHome}`. */
  readonly home: string;
  /** A file whose `url` means the old transport: Qwen Code. */
  readonly urlIsSse?: boolean;
  /** The folder of a project's file: there its commands run. */
  readonly folder?: string;
}

/** Where servers stand, the surest first. */
const roots: readonly (readonly string[])[] = [
  ['mcpServers'],
  ['mcp_servers'],
  ['context_servers'],
  ['amp.mcpServers'],
  ['mcp', 'servers'],
  ['mcp', 'mcpServers'],
  ['mcp'],
  ['servers'],
  ['extensions'],
];

/**
 * Reads every server in `value`.
 *
 * @throws clients.no_servers when it has none of the layouts
 */
export function readServers(value: JsonValue, options: ReadServersOptions): ReadServers {
  const servers: FoundServer[] = [];
  const refused: UnreadServer[] = [];
  const labels = inputLabels(value);
  const facts: Omit<EntryFacts, 'at'> = { ...options, labels };
  let wasFound = false;
  const take = (holder: JsonValue | undefined, root: EntryPath, folder?: string): void => {
    for (const [name, entry, step] of entriesOf(holder)) {
      wasFound = true;
      const isTaken = folder !== undefined && servers.some((server) => server.name === name);
      const read = readEntry(isTaken ? `${name}-${lastPart(folder)}` : name, entry, {
        ...facts,
        ...(folder === undefined ? {} : { folder }),
        at: step === undefined ? undefined : [...root, step],
      });
      if ('reason' in read) refused.push(read);
      else if (!isTaken || !servers.some((server) => isSame(server, read))) servers.push(read);
    }
  };
  if (Array.isArray(value)) take(value, []);
  if (isJsonObject(value)) {
    for (const root of roots) {
      const holder = holderAt(value, root);
      if (holder === undefined) continue;
      if (root.length === 1 && root[0] === 'mcp' && isJsonObject(holder)) take(withoutServers(holder), root);
      else take(holder, root);
      wasFound = true;
    }
    // Claude Code keeps those of one folder under that folder.
    const { projects } = value;
    if (isJsonObject(projects)) {
      for (const [folder, project] of Object.entries(projects)) {
        if (isJsonObject(project)) take(project['mcpServers'], ['projects', folder, 'mcpServers'], folder);
      }
    }
    if (!wasFound && isEntry(value)) {
      wasFound = true;
      take([value], []);
    } else if (!wasFound && isMapOfEntries(value)) take(value, []);
  }
  if (!wasFound) throw clientsError('no_servers', { roots: roots.map((root) => root.join('.')).join(', ') });
  return refuseTwice({ servers, refused });
}

function isSame(one: FoundServer, other: FoundServer): boolean {
  return JSON.stringify(one.launch) === JSON.stringify(other.launch);
}

function lastPart(folder: string): string {
  return folder.split(/[\\/]/).findLast((part) => part !== '') ?? 'project';
}

function holderAt(value: JsonObject, root: readonly string[]): JsonValue | undefined {
  let inner: JsonValue | undefined = value;
  for (const key of root) inner = isJsonObject(inner) ? inner[key] : undefined;
  return isJsonObject(inner) || Array.isArray(inner) ? inner : undefined;
}

/** In `mcp` some keep settings beside the servers. */
function withoutServers(holder: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(holder).filter(
      ([key, entry]) => isJsonObject(entry) && key !== 'servers' && key !== 'mcpServers' && isEntry(entry),
    ),
  );
}

/** A map by name, or a list of entries that have one. */
function entriesOf(holder: JsonValue | undefined): [string, JsonValue, PathStep | undefined][] {
  if (Array.isArray(holder)) {
    return holder.map((entry, at) => {
      const name = isJsonObject(entry) ? (entry['name'] ?? entry['id']) : undefined;
      const isNamed = isJsonObject(entry) && typeof name === 'string' && name !== '';
      const step = isNamed && entry['name'] === name ? { named: name } : undefined;
      return [isNamed ? name : `server ${at + 1}`, entry, step];
    });
  }
  if (!isJsonObject(holder)) return [];
  return Object.entries(holder).map(([name, entry]) => [name, entry ?? null, name]);
}

const entryKeys = ['command', 'cmd', 'url', 'serverUrl', 'httpUrl', 'uri', 'baseUrl'];

function isEntry(value: JsonValue | undefined): boolean {
  return isJsonObject(value) && entryKeys.some((key) => value[key] !== undefined);
}

/** What is pasted is often the inner part alone: `"files": { "command": … }`. */
function isMapOfEntries(value: JsonObject): boolean {
  const entries = Object.values(value);
  return entries.length > 0 && entries.every(isEntry);
}

/** VS Code names the inputs of a file beside its servers. */
function inputLabels(value: JsonValue): ReadonlyMap<string, string> {
  const labels = new Map<string, string>();
  const inputs = isJsonObject(value) ? value['inputs'] : undefined;
  if (!Array.isArray(inputs)) return labels;
  for (const input of inputs) {
    if (!isJsonObject(input)) continue;
    const { id, description } = input;
    if (typeof id === 'string' && typeof description === 'string') labels.set(inputIdOf(id), description);
  }
  return labels;
}

/** One name in two spellings, or twice in a list: nobody could say which one is meant. */
function refuseTwice({ servers, refused }: ReadServers): ReadServers {
  const seen = new Map<string, FoundServer>();
  const kept: FoundServer[] = [];
  const twice: UnreadServer[] = [];
  for (const server of servers) {
    const key = server.name.toLowerCase();
    const other = seen.get(key);
    if (other === undefined) {
      seen.set(key, server);
      kept.push(server);
    } else if (!isSame(other, server)) {
      twice.push({
        name: server.name,
        reason: `there is a server "${other.name}" before it that is another`,
      });
    }
  }
  return { servers: kept, refused: [...refused, ...twice] };
}
