/**
 * observe/explain/causes — what lies behind the words of a failing server, as far as we know the words.
 *
 * The first row that fits decides, so what is certain stands before what is likely. A row names the true cause or none:
 * words that can mean two things have no row.
 * In: everything that is known to have been said, the newest first. Out: a cause, or nothing.
 */

export interface CauseFacts {
  readonly name: string;
  readonly alias: string;
  readonly isProcess: boolean;
  /** Where it is reached, or what is run. */
  readonly target: string;
}

export interface Cause {
  readonly id: string;
  /** Goes on after `<name> fails because`. */
  readonly because: string;
  /** What to do; a command where there is one. Undefined: what the state says. */
  readonly next: string | undefined;
}

interface Row {
  readonly id: string;
  readonly pattern: RegExp;
  /** Only of servers that we run, or only of those that we reach. */
  readonly of?: 'process' | 'address';
  because(match: RegExpExecArray, facts: CauseFacts): string;
  next?(match: RegExpExecArray, facts: CauseFacts): string;
}

const first = (match: RegExpExecArray): string => match.slice(1).find((part) => part !== undefined) ?? '';
const again = ({ alias }: CauseFacts): string => `mcpmux refresh ${alias}`;

const rows: readonly Row[] = [
  {
    id: 'command-missing',
    of: 'process',
    pattern: /command "([^"]+)" was not found in PATH|there is no program (\S+)|spawn (\S+) ENOENT/,
    because: (match) => `the program ${first(match)} is not installed, or not where the daemon looks`,
  },
  {
    id: 'input-missing',
    pattern: /needs to be told: ([^;\n]+)/,
    because: (match) => `nobody has told it ${first(match)}`,
  },
  {
    id: 'secret-missing',
    pattern: /needs (\$\{\w+:[^}]+\}), and ([^;\n]+)/,
    because: (match) => `its secret ${match[1]} cannot be read: ${match[2]}`,
  },
  {
    id: 'package-missing',
    of: 'process',
    pattern:
      /npm (?:ERR!|error) 404 +'?([^'\s]+@[^'\s]*)'?|E404[\s\S]*?'([^']+)' is not in this registry|(?:No matching distribution found for|Could not find a version that satisfies the requirement|because) ([\w.-]+) (?:was )?not found in the package registry/i,
    because: (match) => `the package ${first(match)} does not exist`,
    next: (_, { alias }) => `check the name of the package: mcpmux edit ${alias}`,
  },
  {
    id: 'package-missing',
    of: 'process',
    pattern: /npm (?:ERR!|error) (?:code )?E404/i,
    because: () => 'the package it is started from does not exist',
    next: (_, { alias }) => `check the name of the package: mcpmux edit ${alias}`,
  },
  {
    id: 'package-version',
    of: 'process',
    pattern: /No matching version found for ([^\s.]\S*?)\.?(?:\s|$)|(?:code )?ETARGET/i,
    because: (match) =>
      `there is no such version of its package${first(match) === '' ? '' : `: ${first(match)}`}`,
    next: (_, { alias }) => `check the version: mcpmux edit ${alias}`,
  },
  {
    id: 'node-too-old',
    of: 'process',
    pattern:
      /EBADENGINE|Unsupported engine|requires Node(?:\.js)? (?:version )?(\S+)|No such built-in module: (\S+)/i,
    because: () => 'it needs a newer Node.js than the one it is run with',
    next: () => 'install a newer Node.js, then restart the daemon',
  },
  {
    id: 'python-too-old',
    of: 'process',
    pattern: /requires a different Python|requires-python|does not satisfy Python(\S*)/i,
    because: () => 'it needs another version of Python than the one it is run with',
    next: () => 'let uv choose the version: uvx --python 3.12 …',
  },
  {
    id: 'file-missing',
    of: 'process',
    pattern:
      /Cannot find module '([^']+)'|No module named '?([\w.]+)'?|can't open file '?([^':]+)'?|ENOENT: no such file or directory, \w+ '([^']+)'/,
    because: (match) => `${first(match)} is not there`,
    next: (_, facts) => `put it there or correct the command, then: ${again(facts)}`,
  },
  {
    id: 'docker-off',
    of: 'process',
    pattern:
      /Cannot connect to the Docker daemon|docker daemon (?:is )?not running|dockerDesktopLinuxEngine/i,
    because: () => 'Docker does not run',
    next: (_, facts) => `start Docker, then: ${again(facts)}`,
  },
  {
    id: 'disk-full',
    pattern: /ENOSPC|no space left on device|disk (?:is )?full/i,
    because: () => 'the disk is full',
    next: (_, facts) => `make room, then: ${again(facts)}`,
  },
  {
    id: 'memory',
    pattern: /heap out of memory|MemoryError\b|its processes hold \d+ MiB|Cannot allocate memory/i,
    because: () => 'it needs more memory than it may have',
  },
  {
    id: 'port-taken',
    of: 'process',
    pattern: /EADDRINUSE[^\n]*?:(\d+)|address already in use[^\n]*?:?(\d{2,5})?/i,
    because: (match) =>
      `${first(match) === '' ? 'the port it wants' : `port ${first(match)}`} is taken by another program`,
    next: (_, facts) => `end that program, or give it another port, then: ${again(facts)}`,
  },
  {
    id: 'proxy-credentials',
    pattern: /the proxy asks for credentials|HTTP 407|Proxy Authentication Required/i,
    because: () => 'the proxy in between asks for credentials',
  },
  {
    id: 'clock-wrong',
    pattern:
      /certificate is not yet valid|CERT_NOT_YET_VALID|clock skew|(?:token|jwt)[^\n]{0,40}(?:not yet valid|issued in the future|used too early)|system clock/i,
    because: () => 'the clock of this machine, or of the other, is wrong',
    next: (_, facts) => `set the clock, then: ${again(facts)}`,
  },
  {
    id: 'certificate-expired',
    pattern: /certificate has expired|CERT_HAS_EXPIRED|certificate (?:of \S+ )?(?:is )?expired/i,
    because: () => 'its certificate has expired',
    next: () => 'its operator has to renew it',
  },
  {
    id: 'certificate-name',
    pattern:
      /ERR_TLS_CERT_ALTNAME_INVALID|does not match certificate's altnames|certificate is for (?:another|other)/i,
    because: () => 'its certificate is for another name',
    next: (_, { alias }) => `check the URL: mcpmux edit ${alias}`,
  },
  {
    id: 'certificate-unknown',
    pattern:
      /self[- ]signed certificate|unable to (?:get local issuer|verify the first) certificate|DEPTH_ZERO_SELF_SIGNED|nobody we trust/i,
    because: () => 'its certificate is from an authority that this machine does not know',
    next: () => 'name the file of that authority in the environment of the daemon: SSL_CERT_FILE=FILE',
  },
  {
    id: 'not-tls',
    of: 'address',
    pattern: /does not speak TLS|wrong version number/i,
    because: () => 'nothing speaks TLS there, and the URL begins with https://',
    next: (_, { alias, target }) => `mcpmux edit ${alias} ${target.replace(/^https:/, 'http:')}`,
  },
  {
    id: 'nothing-listens',
    pattern:
      /nothing listens at ([^\s;,]+)|ECONNREFUSED (?:\S+ )?([\d.:a-z[\]-]+:\d+)|connection to (?:server at )?"?([^\s"]+)"?(?:, port (\d+))?[^\n]{0,40}(?:failed: Connection refused|refused)|connect(?:ion)? refused[^\n]*?((?:[\w.-]+|\[[\da-f:]+\]):\d+)/i,
    because: (match) =>
      `nothing listens on ${match[4] === undefined ? first(match) : `${match[3]}:${match[4]}`}`,
    next: (_, facts) => `start what should listen there, then: ${again(facts)}`,
  },
  {
    id: 'host-unknown',
    pattern:
      /the name (\S+) is not known|getaddrinfo (?:ENOTFOUND|EAI_AGAIN) (\S+)|Could not resolve host:? (\S+)|(?:Name or service not known|nodename nor servname)/i,
    because: (match) =>
      `${first(match) === '' ? 'the name of the host' : `the name ${first(match)}`} is not known`,
    next: (_, facts) => `check the address and the network, then: ${again(facts)}`,
  },
  {
    id: 'key-missing',
    of: 'process',
    pattern:
      /\b([A-Z][A-Z0-9]*_[A-Z0-9_]+)\b[^\n]{0,60}?(?:required|not set|missing|not (?:provided|found|defined|configured)|must be (?:set|provided)|undefined|is empty)|(?:[Mm]issing|MISSING|[Mm]ust set|[Mm]ust provide|[Rr]equires?|[Ss]et|[Pp]rovide|[Nn]o)\b[^\n]{0,60}?\b([A-Z][A-Z0-9]*_(?:KEY|TOKEN|SECRET|URL|ID|PASSWORD|[A-Z0-9_]*(?:KEY|TOKEN|SECRET|URL|ID|PASSWORD)))\b/,
    because: (match) => `it was not given the variable ${first(match)}`,
    next: (match, { alias }) => `mcpmux edit ${alias} -e ${first(match)}=-`,
  },
  {
    id: 'key-wrong',
    pattern:
      /refused the configured credentials|(?:invalid|incorrect|bad|wrong|expired|revoked)[ _-]+(?:api[ _-]?key|access[ _-]?token|token|credentials|key)\b|(?:api[ _-]?key|token|credentials?) (?:is|was|were|are) (?:invalid|incorrect|expired|revoked|not valid)|password authentication failed|authentication failed|\b401\b[^\n]{0,20}unauthorized/i,
    because: () => 'the key or password that it was given is not accepted',
    next: (_, { alias, isProcess }) =>
      isProcess
        ? `give the right one: mcpmux edit ${alias} -e NAME=-`
        : `give the right one: mcpmux edit ${alias} -H 'Authorization: -'`,
  },
  {
    id: 'file-permission',
    of: 'process',
    pattern:
      /EACCES: permission denied, \w+ '([^']+)'|EACCES|Permission denied: '?([^'\n]+)'?|permission denied/i,
    because: (match) => `it may not use ${first(match) === '' ? 'a file it needs' : first(match)}`,
    next: (_, facts) => `give your user the right to it, then: ${again(facts)}`,
  },
  {
    id: 'redirected',
    of: 'address',
    pattern: /HTTP 30\d[^\n]*?redirects to (\S+?)[;\s]/,
    because: (match) => `its URL leads on to ${first(match)}`,
    next: (match, { alias }) => `if that is the server you mean: mcpmux edit ${alias} ${first(match)}`,
  },
  {
    id: 'web-page',
    of: 'address',
    pattern: /answers with "text\/html"/,
    because: () =>
      'a web page is at its URL, not an MCP server: perhaps the page of a network that wants a sign-in',
    next: (_, { alias, target }) => `open ${target} in a browser; correct the URL: mcpmux edit ${alias}`,
  },
  {
    id: 'wrong-url',
    of: 'address',
    pattern: /answered HTTP (?:404|405|501)\b/,
    because: () => 'there is no MCP server at its URL; MCP endpoints often end in /mcp or /sse',
    next: (_, { alias }) => `correct the URL: mcpmux edit ${alias}`,
  },
  {
    id: 'wrong-era',
    pattern: /offers no protocol revision that we speak \(([^)]*)\)/,
    because: (match) => `it offers only revisions of MCP that McpMux does not speak (${first(match)})`,
    next: () => 'update the server',
  },
  {
    id: 'no-mcp',
    pattern: /does not speak MCP: ([^\n]+)/,
    because: (match) => `what answers there is no MCP server: ${first(match)}`,
  },
  {
    id: 'rate-limited',
    pattern: /HTTP 429|asks for fewer requests|too many requests|rate limit/i,
    because: () => 'it was asked more often than it allows',
    next: () => 'wait; it is tried again by itself',
  },
  {
    id: 'forbidden',
    of: 'address',
    pattern: /answered HTTP 403\b|does not let us in: ([^\n]+)/,
    because: () => 'it does not let us in with what it was given',
    next: (_, { alias }) =>
      `ask its operator for the permission, or give it another key: mcpmux edit ${alias} -H 'Authorization: -'`,
  },
  {
    id: 'overloaded',
    of: 'address',
    pattern: /is overloaded \(HTTP (\d+)\)|answered HTTP 50[234]\b/,
    because: () => 'it is overloaded or being maintained, as it says itself',
    next: () => 'wait; it is tried again by itself',
  },
  {
    id: 'server-error',
    of: 'address',
    pattern: /answered HTTP (5\d\d)\b/,
    because: (match) => `it fails inside and says no more than HTTP ${first(match)}`,
    next: () => 'its operator has to look into its log',
  },
  {
    id: 'other-text',
    of: 'process',
    pattern: /a line on stdout is no message: ([^\n]*)/,
    because: () =>
      'it writes other text where its messages belong, and does not answer: perhaps it listens on a port instead of stdio',
    next: (_, { alias }) => `switch it to stdio (often --stdio): mcpmux edit ${alias}`,
  },
];

/** @param said the newest first */
export function findCause(said: readonly string[], facts: CauseFacts): Cause | undefined {
  const text = said.join('\n').slice(0, 64 * 1024);
  for (const row of rows) {
    if (row.of !== undefined && (row.of === 'process') !== facts.isProcess) continue;
    const match = row.pattern.exec(text);
    if (match === null) continue;
    return { id: row.id, because: row.because(match, facts), next: row.next?.(match, facts) };
  }
  return undefined;
}

/** Every cause that can be named by words. */
export const causeIds: readonly string[] = [...new Set(rows.map(({ id }) => id))];
