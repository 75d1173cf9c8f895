/**
 * cli/read-target — what people really write for a server, understood: a URL with or without its scheme, a command line
 * in one word, variables before the command, the wrappers that other clients' files need.
 *
 * What cannot be meant is refused with the right form. Knows nothing of: secrets, the daemon.
 */
import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { extname, isAbsolute, join, resolve } from 'node:path';
import { platform as system } from '../platform/index.ts';
import { cliError } from './errors.ts';
import type { Io } from './io.ts';

export type Target =
  | {
      readonly kind: 'http';
      readonly url: string;
      /** From a user name and password in the URL. */
      readonly headers: Readonly<Record<string, string>>;
    }
  | {
      readonly kind: 'stdio';
      readonly command: string;
      readonly args: readonly string[];
      /** Written before the command: `KEY=VALUE command`. */
      readonly env: Readonly<Record<string, string>>;
    };

export interface TargetOptions {
  readonly io: Pick<Io, 'cwd' | 'env'>;
  /** `$NAME`, `${NAME}`, `%NAME%` and `~` are meant as they are. */
  readonly isLiteral: boolean;
  readonly platform?: NodeJS.Platform;
  readonly homeDir?: string;
}

const scheme = /^[a-z][a-z0-9+.-]*:\/\//i;
/** `localhost:3000/mcp`, `127.0.0.1:3000`, `mcp.example.com/mcp`: an address that lacks its scheme. */
const bareAddress =
  /^(?:(?:localhost|\d{1,3}(?:\.\d{1,3}){3}|\[[0-9a-f:]+\])(?::\d{1,5})?(?:\/\S*)?|(?:[a-z0-9-]+\.)+[a-z]{2,}(?::\d{1,5}(?:\/\S*)?|\/\S*))$/i;
const loopback = /^(?:localhost|127\.|\[::1\])/i;

/** Is this word an address and no command? */
export function looksLikeUrl(word: string): boolean {
  return scheme.test(word) || bareAddress.test(word);
}

/** @param words what follows the name. @throws cli.usage */
export async function readTarget(words: readonly string[], options: TargetOptions): Promise<Target> {
  const [first, ...rest] = words;
  if (first === undefined) {
    throw cliError('usage', {
      message: 'what is to be run or reached is missing',
      hint: 'mcpmux add NAME -- COMMAND ARGS…, or mcpmux add NAME URL',
    });
  }
  if (looksLikeUrl(first) && !(await isFileHere(first, options))) return readUrl(first, rest, options);
  return readCommand(words, options);
}

function readUrl(word: string, rest: readonly string[], options: TargetOptions): Target {
  if (rest.length > 0) {
    throw cliError('usage', {
      message: `nothing may follow the URL, but there is "${rest[0]}"`,
      hint: 'mcpmux help add',
    });
  }
  const written = scheme.test(word) ? word : `${loopback.test(word) ? 'http' : 'https'}://${word}`;
  const text = expand(written, 'the URL', options);
  // A placeholder is no character of a URL; the daemon judges those.
  const url = text.includes('${') || !URL.canParse(text) ? undefined : new URL(text);
  if (url === undefined || (url.username === '' && url.password === ''))
    return { kind: 'http', url: text, headers: {} };
  const { username, password } = url;
  const credentials = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  url.username = '';
  url.password = '';
  return {
    kind: 'http',
    url: url.href,
    headers: { Authorization: `Basic ${Buffer.from(credentials).toString('base64')}` },
  };
}

async function readCommand(words: readonly string[], options: TargetOptions): Promise<Target> {
  const env: Record<string, string> = {};
  let rest = await splitOneWord(words, options);
  for (;;) {
    const pair = /^([A-Za-z_][A-Za-z0-9_]*)=([\s\S]*)$/.exec(rest[0] ?? '');
    if (pair === null) break;
    env[pair[1] as string] = expand(pair[2] as string, `the variable ${pair[1]}`, options);
    rest = rest.slice(1);
  }
  rest = withoutWrapper(rest);
  const [written, ...given] = rest;
  if (written === undefined) {
    throw cliError('usage', {
      message: 'there are variables, but no command to run',
      hint: 'mcpmux add NAME -e KEY=VALUE -- COMMAND ARGS…',
    });
  }
  const command = expand(written, 'the command', options);
  // A shell fills in its own.
  const args = isShell(command)
    ? given
    : given.map((word, at) => expand(word, `argument ${at + 1}`, options));
  await checkProgram(command, args, options);
  return { kind: 'stdio', command, args, env };
}

/** A whole command line in quotes, as it stands in a README, is one word with blanks that names no file. */
async function splitOneWord(words: readonly string[], options: TargetOptions): Promise<readonly string[]> {
  const [line = ''] = words;
  if (words.length !== 1 || !/\s/.test(line.trim()) || (await isFileHere(line, options))) return words;
  const parts = splitWords(line.trim());
  if (parts === undefined || parts.length === 0)
    throw cliError('usage', {
      message: 'a quote in the command is not closed',
      hint: 'close it, or leave it out',
    });
  return parts;
}

/** `cmd /c npx …`, which clients on Windows need and we do not. */
function withoutWrapper(words: readonly string[]): readonly string[] {
  const isCmd = /^(?:.*[\\/])?cmd(?:\.exe)?$/i.test(words[0] ?? '');
  return isCmd && /^\/c$/i.test(words[1] ?? '') && words.length > 2 ? words.slice(2) : words;
}

/** A path that cannot be run is told here, where the right form is known. @throws cli.usage */
async function checkProgram(
  command: string,
  args: readonly string[],
  { io, platform }: TargetOptions,
): Promise<void> {
  if (!/[\\/]/.test(command)) return;
  const path = resolve(io.cwd(), command);
  const kind = await kindOf(path);
  if (kind === 'folder') {
    throw cliError('usage', {
      message: `"${command}" is a folder, and a command must be a program`,
      hint: `name the program and its file, such as: mcpmux add NAME -- node ${join(command, 'index.js')}`,
    });
  }
  if (kind === undefined || (platform ?? system.name) === 'win32' || (await isExecutable(path))) return;
  const runner = runners[extname(path).toLowerCase()];
  throw cliError('usage', {
    message: `"${command}" is not executable`,
    hint:
      runner === undefined
        ? `chmod +x ${command}`
        : `mcpmux add NAME -- ${[...runner.split(' '), command, ...args].join(' ')}`,
  });
}

const runners: Readonly<Record<string, string>> = {
  '.js': 'node',
  '.mjs': 'node',
  '.cjs': 'node',
  '.ts': 'npx tsx',
  '.py': 'python3',
  '.sh': 'sh',
  '.jar': 'java -jar',
};

async function isExecutable(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Fills in what stands for the home folder, and refuses what nobody would fill in. @throws cli.usage */
export function expand(text: string, place: string, options: TargetOptions): string {
  if (options.isLiteral) return text;
  const home = options.homeDir ?? homedir();
  const known: Readonly<Record<string, string | undefined>> = {
    HOME: home,
    USERPROFILE: home,
    userHome: home,
    ...((options.platform ?? system.name) === 'win32'
      ? { APPDATA: options.io.env['APPDATA'], LOCALAPPDATA: options.io.env['LOCALAPPDATA'] }
      : {}),
  };
  const fillIn = (name: string, written: string): string => {
    const value = known[name];
    if (value !== undefined) return value;
    throw refusal(name, written, place);
  };
  return text
    .replace(/^(--?[\w-]+=)?~(?=[\\/]|$)/, (_, option: string | undefined) => `${option ?? ''}${home}`)
    .replace(
      /\$\{([A-Za-z_][A-Za-z0-9_.-]*)(:[^}]*)?\}/g,
      (written, name: string, more: string | undefined) =>
        more !== undefined && references.has(name) ? written : fillIn(name, written),
    )
    .replace(/\$env:([A-Za-z_]\w*)/g, (written, name: string) => fillIn(name, written))
    .replace(/^\$([A-Z][A-Z0-9_]{2,})$/, (written, name: string) => fillIn(name, written))
    .replace(/\$(HOME|USERPROFILE)\b/g, (written, name: string) => fillIn(name, written))
    .replace(/%([A-Z][A-Z0-9_]{2,})%/g, (written, name: string) => fillIn(name, written));
}

/** What the daemon fills in. */
const references: ReadonlySet<string> = new Set(['env', 'file', 'keychain', 'exec', 'input']);

function refusal(name: string, written: string, place: string): Error {
  const message = `"${written}" in ${place} would be passed on as it is: nobody fills it in`;
  const literal = 'mean it literally with --literal';
  if (/^(?:workspace|file|project|selected|relative)/i.test(name)) {
    return cliError('usage', {
      message: `"${written}" in ${place} is an editor's, and no editor is here`,
      hint: `write the folder itself, or ${literal}`,
    });
  }
  if (written.startsWith('%')) {
    return cliError('usage', { message, hint: `write the path itself, \${env:${name}}, or ${literal}` });
  }
  return cliError('usage', {
    message,
    hint: `write \${env:${name}} (read from the daemon's environment), \${input:${name}} (asked for and sealed), or ${literal}`,
  });
}

function isShell(command: string): boolean {
  return /^(?:.*[\\/])?(?:ba|z|da|k|fi)?sh(?:\.exe)?$|^(?:.*[\\/])?(?:cmd|powershell|pwsh)(?:\.exe)?$/i.test(
    command,
  );
}

async function isFileHere(word: string, { io }: TargetOptions): Promise<boolean> {
  return (await kindOf(isAbsolute(word) ? word : resolve(io.cwd(), word))) === 'file';
}

async function kindOf(path: string): Promise<'file' | 'folder' | undefined> {
  try {
    return (await stat(path)).isDirectory() ? 'folder' : 'file';
  } catch {
    return undefined;
  }
}

/** The words of a command line, with quotes, without anything else of a shell. Undefined when a quote is not closed. */
function splitWords(text: string): readonly string[] | undefined {
  const words: string[] = [];
  let word: string | undefined;
  let quote: string | undefined;
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at] as string;
    if (quote !== undefined) {
      if (character === quote) quote = undefined;
      else if (character === '\\' && quote === '"' && /["\\]/.test(text[at + 1] ?? '')) {
        word = `${word ?? ''}${text[at + 1]}`;
        at += 1;
      } else word = `${word ?? ''}${character}`;
    } else if (character === '"' || character === "'") {
      quote = character;
      word ??= '';
    } else if (/\s/.test(character)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else word = `${word ?? ''}${character}`;
  }
  if (quote !== undefined) return undefined;
  if (word !== undefined) words.push(word);
  return words;
}
