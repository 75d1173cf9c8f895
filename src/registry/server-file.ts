/**
 * registry/server-file — servers written down by a person: `{"mcpServers": {"name": {"command": …}}}`, JSON with comments.
 *
 * All that is wrong is told at once, each with its line; a file with a fault gives nothing, so that no half of it is taken.
 * Knows nothing of: who has written the file, what is installed.
 */
import { createHash } from 'node:crypto';
import type { Node, ParseError } from 'jsonc-parser';
import { canonicalJson, type JsonValue, Secret } from '../base/index.ts';
import { aliasFromName, aliasPattern, reservedAliases, serverNamePattern } from '../model/index.ts';
import type { PlannedLaunch } from './plan-server.ts';

export interface FileFault {
  /** From 1. */
  readonly line: number;
  /** `mcpServers.github.args`; empty for the whole file. */
  readonly path: string;
  readonly reason: string;
}

export interface WrittenServer {
  readonly name: string;
  readonly alias: string | undefined;
  readonly launch: PlannedLaunch;
  readonly isEnabled: boolean;
  /** Of its entry. */
  readonly line: number;
  /** Of what the entry says, whatever its order and white space. */
  readonly hash: string;
}

export interface ReadServerFile {
  readonly servers: readonly WrittenServer[];
  readonly faults: readonly FileFault[];
}

/** Members of an entry that are known; `type` and `transport` say one thing in two dialects. */
const known = {
  stdio: ['command', 'args', 'env', 'cwd'],
  http: ['url', 'headers'],
  both: ['type', 'transport', 'name', 'alias', 'disabled', 'enabled', 'description', '$comment'],
} as const;

export async function readServerFile(text: string): Promise<ReadServerFile> {
  const jsonc = await loadParser();
  const clean = text.replace(/^\uFEFF/, '');
  const errors: ParseError[] = [];
  const root = jsonc.parseTree(clean, errors, { allowTrailingComma: true });
  const reader = new Reader(clean);
  const [error] = errors;
  const isEmpty = clean.trim() === '';
  if (error !== undefined || root === undefined) {
    const said = error === undefined || isEmpty ? 'it is empty' : jsonc.printParseErrorCode(error.error);
    reader.fault(error?.offset ?? 0, '', `it is no JSON: ${wordsOf(said)}`);
    return { servers: [], faults: reader.faults };
  }
  const servers = reader.readRoot(root);
  return reader.faults.length === 0 ? { servers, faults: [] } : { servers: [], faults: reader.faults };
}

/** JSON with comments. @returns its value, or the line and what is wrong there */
export async function readJsonText(
  text: string,
): Promise<
  | { readonly value: unknown; readonly fault?: undefined }
  | { readonly value?: undefined; readonly fault: string }
> {
  const jsonc = await loadParser();
  const clean = text.replace(/^\uFEFF/, '');
  const errors: ParseError[] = [];
  const value: unknown = jsonc.parse(clean, errors, { allowTrailingComma: true });
  const [error] = errors;
  if (error === undefined) return { value };
  const line = clean.slice(0, error.offset).split('\n').length;
  return { fault: `line ${line}: it is no JSON: ${wordsOf(jsonc.printParseErrorCode(error.error))}` };
}

async function loadParser(): Promise<typeof import('jsonc-parser')> {
  const module = await import('jsonc-parser');
  return 'parseTree' in module ? module : (module as { default: typeof import('jsonc-parser') }).default;
}

/** `line 4: mcpServers.x.args: …; line 9: …` */
export function describeFileFaults(faults: readonly FileFault[]): string {
  return faults
    .slice(0, 20)
    .map(({ line, path, reason }) => `line ${line}: ${path === '' ? '' : `${path}: `}${reason}`)
    .join('; ');
}

/** `CommaExpected` → `comma expected` */
function wordsOf(code: string): string {
  return code.replace(/([a-z])([A-Z])/g, '$1 $2').toLowerCase();
}

class Reader {
  readonly faults: FileFault[] = [];
  readonly #lineStarts: readonly number[];

  constructor(text: string) {
    const starts = [0];
    for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
    this.#lineStarts = starts;
  }

  fault(offset: number, path: string, reason: string): void {
    this.faults.push({ line: this.#lineOf(offset), path, reason });
  }

  readRoot(root: Node): readonly WrittenServer[] {
    if (root.type !== 'object') {
      this.fault(root.offset, '', `a map is wanted: {"mcpServers": {…}}, not ${nameOf(root)}`);
      return [];
    }
    const servers: WrittenServer[] = [];
    const members = this.#members(root, '');
    const holder = members.get('mcpServers');
    for (const [key, node] of members)
      if (key !== 'mcpServers' && key !== '$schema')
        this.fault(node.offset, key, 'only "mcpServers" stands here');
    if (holder === undefined) {
      this.fault(root.offset, '', 'it has no "mcpServers"');
      return [];
    }
    if (holder.type !== 'object') {
      this.fault(holder.offset, 'mcpServers', `a map from names to servers is wanted, not ${nameOf(holder)}`);
      return [];
    }
    const aliases = new Map<string, string>();
    for (const [name, node] of this.#members(holder, 'mcpServers')) {
      const server = this.#entry(name, node);
      if (server === undefined) continue;
      const alias = server.alias ?? aliasFromName(name);
      const twin = aliases.get(alias);
      if (twin !== undefined)
        this.fault(
          node.offset,
          `mcpServers.${name}`,
          `"${twin}" and "${name}" would both be "${alias}"; give one another name or an "alias"`,
        );
      else aliases.set(alias, name);
      servers.push(server);
    }
    return servers;
  }

  #entry(name: string, node: Node): WrittenServer | undefined {
    const path = `mcpServers.${name}`;
    const before = this.faults.length;
    const fault = (reason: string, at: Node = node, member = ''): void =>
      this.fault(at.offset, member === '' ? path : `${path}.${member}`, reason);
    if (!serverNamePattern.test(name))
      fault(
        'a name has letters, digits, spaces, dots, hyphens and underscores, at most 64, and begins with a letter or digit',
      );
    if (node.type !== 'object') {
      fault(`a server is a map with "command" or "url", not ${nameOf(node)}`);
      return undefined;
    }
    const members = this.#members(node, path);
    const isStdio = members.has('command');
    const isHttp = members.has('url');
    if (isStdio && isHttp) fault('it has a "command" and a "url"; it is run or reached, not both');
    if (!isStdio && !isHttp) {
      fault('it has neither "command" nor "url"');
      return undefined;
    }
    const allowed: readonly string[] = [...known.both, ...(isStdio ? known.stdio : known.http)];
    for (const [member, at] of members)
      if (!allowed.includes(member)) fault('it is not known here', at, member);
    const alias = this.#text(members.get('alias'), `${path}.alias`);
    if (alias !== undefined && (!aliasPattern.test(alias) || reservedAliases.has(alias)))
      fault(
        'an alias has lower-case letters, digits and hyphens, at most 24, and is not reserved',
        members.get('alias'),
        'alias',
      );
    const off = members.get('disabled')?.value === true || members.get('enabled')?.value === false;
    const launch = isStdio ? this.#stdio(members, path) : this.#http(members, path);
    if (this.faults.length > before) return undefined;
    const hash = createHash('sha256')
      .update(canonicalJson(plainValue(node)))
      .digest('hex')
      .slice(0, 32);
    return { name, alias, launch, isEnabled: !off, line: this.#lineOf(node.offset), hash };
  }

  #stdio(members: ReadonlyMap<string, Node>, path: string): PlannedLaunch {
    const command = this.#text(members.get('command'), `${path}.command`) ?? '';
    if (command.trim() === '')
      this.fault(members.get('command')?.offset ?? 0, `${path}.command`, 'it is empty');
    const cwd = this.#text(members.get('cwd'), `${path}.cwd`);
    return {
      kind: 'stdio',
      command,
      args: this.#texts(members.get('args'), `${path}.args`),
      env: this.#secrets(members.get('env'), `${path}.env`),
      ...(cwd !== undefined && { cwd }),
    };
  }

  #http(members: ReadonlyMap<string, Node>, path: string): PlannedLaunch {
    const url = this.#text(members.get('url'), `${path}.url`) ?? '';
    if (!/^https?:\/\//i.test(url))
      this.fault(members.get('url')?.offset ?? 0, `${path}.url`, 'it must begin with http:// or https://');
    const type = this.#text(members.get('type') ?? members.get('transport'), `${path}.type`);
    return {
      kind: 'http',
      url,
      headers: this.#secrets(members.get('headers'), `${path}.headers`),
      flavour: type === 'sse' ? 'sse' : 'auto',
    };
  }

  #text(node: Node | undefined, path: string): string | undefined {
    if (node === undefined) return undefined;
    if (node.type === 'string') return node.value as string;
    this.fault(node.offset, path, `a text is wanted, not ${nameOf(node)}`);
    return undefined;
  }

  #texts(node: Node | undefined, path: string): string[] {
    if (node === undefined) return [];
    if (node.type !== 'array') {
      this.fault(node.offset, path, `a list of texts is wanted, not ${nameOf(node)}`);
      return [];
    }
    return (node.children ?? []).map((child, at) =>
      child.type === 'number' || child.type === 'boolean'
        ? String(child.value)
        : (this.#text(child, `${path}.${at}`) ?? ''),
    );
  }

  #secrets(node: Node | undefined, path: string): Record<string, Secret> {
    if (node === undefined) return {};
    if (node.type !== 'object') {
      this.fault(node.offset, path, `a map from names to texts is wanted, not ${nameOf(node)}`);
      return {};
    }
    const entries = [...this.#members(node, path)].map(([name, child]): [string, Secret] => [
      name,
      new Secret(
        child.type === 'number' || child.type === 'boolean'
          ? String(child.value)
          : (this.#text(child, `${path}.${name}`) ?? ''),
      ),
    ]);
    return Object.fromEntries(entries);
  }

  /** A key that stands twice is told, not silently the last. */
  #members(node: Node, path: string): ReadonlyMap<string, Node> {
    const members = new Map<string, Node>();
    for (const { children = [], offset } of node.children ?? []) {
      const [key, value] = children;
      if (key === undefined || value === undefined) continue;
      const name = String(key.value);
      if (members.has(name))
        this.fault(offset, path === '' ? name : `${path}.${name}`, 'it stands here twice');
      members.set(name, value);
    }
    return members;
  }

  #lineOf(offset: number): number {
    let line = 0;
    while (line + 1 < this.#lineStarts.length && (this.#lineStarts[line + 1] as number) <= offset) line += 1;
    return line + 1;
  }
}

function plainValue(node: Node): JsonValue {
  if (node.type === 'array') return (node.children ?? []).map(plainValue);
  if (node.type !== 'object') return node.value as JsonValue;
  const entries = (node.children ?? []).map(({ children = [] }): [string, JsonValue] => {
    const [key, value] = children;
    return [String(key?.value), value === undefined ? null : plainValue(value)];
  });
  return Object.fromEntries(entries);
}

function nameOf({ type }: Node): string {
  return type === 'array' ? 'a list' : type === 'object' ? 'a map' : type === 'null' ? 'null' : `a ${type}`;
}
