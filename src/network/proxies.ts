/**
 * network/proxies — which proxy a request goes through, by the environment variables that other programs follow too.
 *
 *   https: URL   https_proxy, HTTPS_PROXY, all_proxy, ALL_PROXY     the first that is set
 *   http: URL    http_proxy, HTTP_PROXY, all_proxy, ALL_PROXY
 *   none of them for a loopback address, and for what no_proxy or NO_PROXY names
 *
 * Pure. Credentials in a proxy's URL go to that proxy and are shown nowhere.
 * Knows nothing of: sockets, who asks.
 */
import { BlockList, isIP } from 'node:net';
import { Secret } from '../base/index.ts';
import { hostOf, isLoopbackHost } from './network-zone.ts';

export interface HttpProxy {
  /** The variable that names it. */
  readonly variable: string;
  /** For people: without credentials. */
  readonly url: string;
  readonly isTls: boolean;
  /** Without brackets. */
  readonly hostname: string;
  readonly port: number;
  readonly hasCredentials: boolean;
  /** Header lines for the proxy alone, flat: name, value. */
  headers(): string[];
}

type Environment = Readonly<Record<string, string | undefined>>;

export class Proxies {
  readonly https: HttpProxy | undefined;
  readonly http: HttpProxy | undefined;
  /** What the environment says in a way that cannot be followed. */
  readonly problems: readonly string[];
  readonly #exceptions: readonly Exception[];
  readonly #exceptionText: string;

  constructor(environment: Environment) {
    const problems: string[] = [];
    this.https = findProxy(environment, ['https_proxy', 'all_proxy'], problems);
    this.http = findProxy(environment, ['http_proxy', 'all_proxy'], problems);
    this.problems = [...new Set(problems)];
    this.#exceptionText = readVariable(environment, 'no_proxy')?.value ?? '';
    this.#exceptions = this.#exceptionText.split(/[\s,]+/).flatMap(readException);
  }

  /** As the variable has them. */
  get exceptions(): string {
    return this.#exceptionText;
  }

  /** The proxy for a URL; undefined: there is none, it is reached directly. */
  for(url: URL): HttpProxy | undefined {
    const proxy = url.protocol === 'https:' ? this.https : this.http;
    if (proxy === undefined) return undefined;
    const host = hostOf(url);
    if (isLoopbackHost(host) || host === '0.0.0.0' || host === '::') return undefined;
    const port = url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : Number(url.port);
    return this.#exceptions.some((exception) => exception(host, port)) ? undefined : proxy;
  }
}

// ── the variables ────────────────────────────────────────────────────────────────────────────────

/** The lower case form wins, as in other programs. */
function readVariable(environment: Environment, name: string): { name: string; value: string } | undefined {
  for (const form of [name, name.toUpperCase()]) {
    const value = environment[form]?.trim();
    if (value !== undefined && value !== '') return { name: form, value };
  }
  return undefined;
}

function findProxy(
  environment: Environment,
  names: readonly string[],
  problems: string[],
): HttpProxy | undefined {
  for (const name of names) {
    const found = readVariable(environment, name);
    if (found === undefined) continue;
    const proxy = readProxy(found.name, found.value);
    if (typeof proxy !== 'string') return proxy;
    problems.push(`${found.name} is not followed: ${proxy}`);
    return undefined;
  }
  return undefined;
}

/** @returns what is wrong with it, or the proxy */
function readProxy(variable: string, value: string): HttpProxy | string {
  const text = /^[a-z][a-z0-9+.-]*:\/\//i.test(value) ? value : `http://${value}`;
  if (!URL.canParse(text)) return 'its value is no URL';
  const url = new URL(text);
  const isTls = url.protocol === 'https:';
  if (!isTls && url.protocol !== 'http:') {
    return `proxies of the kind ${url.protocol.slice(0, -1)} are not supported; give one that begins with http:// or https://`;
  }
  if (url.hostname === '') return 'its value names no host';
  const hasCredentials = url.username !== '' || url.password !== '';
  const authorization = new Secret(
    `Basic ${Buffer.from(`${decode(url.username)}:${decode(url.password)}`).toString('base64')}`,
  );
  return {
    variable,
    url: `${url.protocol}//${url.host}`,
    isTls,
    hostname: hostOf(url),
    port: url.port === '' ? (isTls ? 443 : 80) : Number(url.port),
    hasCredentials,
    headers: () => (hasCredentials ? ['proxy-authorization', authorization.reveal()] : []),
  };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // a lone percent sign in a password
  }
}

// ── the exceptions ───────────────────────────────────────────────────────────────────────────────

type Exception = (host: string, port: number) => boolean;

/**
 * `*`; a name, which stands for the names below it, too, with or without `.` or `*.` before it; an address; a range of
 * addresses (10.0.0.0/8); each of the names and addresses with a port or without.
 */
function readException(entry: string): Exception[] {
  const text = entry.toLowerCase();
  if (text === '') return [];
  if (text === '*') return [() => true];
  const range = readRange(text);
  if (range !== undefined) return [range];
  const { host, port } = splitPort(text);
  const name = host.replace(/^\*?\./, '').replace(/\.$/, '');
  if (name === '') return [];
  const isAddress = isIP(name) !== 0;
  return [
    (asked, askedPort) =>
      (port === undefined || port === askedPort) &&
      (asked === name || (!isAddress && asked.endsWith(`.${name}`))),
  ];
}

function readRange(text: string): Exception | undefined {
  const [, address, bits] = /^\[?([0-9a-f:.]+)\]?\/(\d{1,3})$/.exec(text) ?? [];
  if (address === undefined) return undefined;
  const family = isIP(address);
  if (family === 0 || Number(bits) > (family === 4 ? 32 : 128)) return undefined;
  const range = new BlockList();
  range.addSubnet(address, Number(bits), family === 4 ? 'ipv4' : 'ipv6');
  return (host) => {
    const version = isIP(host);
    return version !== 0 && range.check(host, version === 4 ? 'ipv4' : 'ipv6');
  };
}

function splitPort(text: string): { host: string; port: number | undefined } {
  const bracketed = /^\[([^\]]*)\](?::(\d{1,5}))?$/.exec(text);
  if (bracketed !== null)
    return { host: bracketed[1]!, port: bracketed[2] === undefined ? undefined : Number(bracketed[2]) };
  if (isIP(text) === 6) return { host: text, port: undefined };
  const named = /^([^:]*):(\d{1,5})$/.exec(text);
  return named === null ? { host: text, port: undefined } : { host: named[1]!, port: Number(named[2]) };
}
