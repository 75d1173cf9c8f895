/**
 * cli/launch-options — the words and options with which `add` and `edit` describe how a server is run or reached.
 *
 * In: words as typed. Out: what the admin API takes. Values that are asked for are called secret.
 */
import { access, stat } from 'node:fs/promises';
import { isAbsolute, resolve } from 'node:path';
import type { AddServerBody } from '../contract/index.ts';
import { replaceSpans, type SecretSpan, secretsInArguments, secretsInUrl } from '../model/index.ts';
import type { SecretAsker } from './ask-secret.ts';
import type { Context } from './context.ts';
import { cliError } from './errors.ts';
import type { Io } from './io.ts';
import { parseEnvOptions, parseHeaderOptions } from './key-value-options.ts';
import { expand, readTarget, type TargetOptions } from './read-target.ts';
import { sanitizeToLine } from './style.ts';

export interface LaunchOptions {
  readonly env?: readonly string[];
  readonly header?: readonly string[];
  readonly cwd?: string;
  readonly transport?: string;
  readonly literal: boolean;
}

type Launch = AddServerBody['launch'];

/** Reads what follows the name: one URL, or a command with its arguments. @throws cli.usage */
export async function readLaunch(
  { io }: Context,
  words: readonly string[],
  options: LaunchOptions,
  asker: SecretAsker,
): Promise<Launch> {
  const { env = [], header = [], transport } = options;
  const reading: TargetOptions = { io, isLiteral: options.literal };
  const read = (value: string, place: string): string => expand(value, place, reading);
  const target = await readTarget(words, reading);
  if (target.kind === 'http') {
    refuse(env.length > 0, '-e is for servers that are run; a URL takes -H');
    refuse(options.cwd !== undefined, '--cwd is for servers that are run, not for URLs');
    const { values, asked } = await parseHeaderOptions(header, asker, read);
    return {
      kind: 'http',
      url: target.url,
      headers: { ...target.headers, ...values },
      ...(transport === undefined ? {} : { flavour: flavourOf(transport) }),
      ...(asked.length === 0 ? {} : { secretNames: [...asked] }),
    };
  }
  refuse(header.length > 0, '-H is for URLs; a server that is run takes -e');
  refuse(transport !== undefined, '--transport is for URLs');
  const { values, asked } = await parseEnvOptions(env, io, asker, read);
  const cwd =
    options.cwd === undefined
      ? await folderOfRelativePaths([target.command, ...target.args], io)
      : await readFolder(options.cwd, reading);
  return {
    kind: 'stdio',
    command: target.command,
    args: [...target.args],
    ...(cwd === undefined ? {} : { cwd }),
    env: { ...target.env, ...values },
    ...(asked.length === 0 ? {} : { secretNames: [...asked] }),
  };
}

/** A folder that is there. @throws cli.usage */
export async function readFolder(text: string, reading: TargetOptions): Promise<string> {
  const folder = resolve(reading.io.cwd(), expand(text, '--cwd', reading));
  const facts = await stat(folder).catch(() => undefined);
  if (facts?.isDirectory() === true) return folder;
  throw cliError('usage', {
    message: facts === undefined ? `there is no folder ${folder}` : `${folder} is not a folder`,
    hint: 'make it first, or give another with --cwd',
  });
}

export function flavourOf(transport: string): 'auto' | 'http' | 'sse' {
  return transport as 'auto' | 'http' | 'sse';
}

/**
 * Says which secrets stand in arguments or the URL, and asks whether they are to be sealed. Without a terminal they are.
 *
 * @returns false when they shall stay where they are
 */
export async function offerToSeal(
  context: Context,
  launch: { readonly args?: readonly string[] | undefined; readonly url?: string | undefined },
  asker: SecretAsker,
): Promise<boolean> {
  const places = describeSecrets(launch);
  if (places.length === 0 || !asker.isTerminal) return true;
  context.tell(
    `${places.length === 1 ? 'This looks like a secret' : 'These look like secrets'}:\n${places.map((place) => `  ${sanitizeToLine(place)}`).join('\n')}`,
  );
  return asker.confirm('Seal, so that it is stored encrypted and shown to nobody?', true);
}

function describeSecrets({
  args = [],
  url,
}: {
  readonly args?: readonly string[] | undefined;
  readonly url?: string | undefined;
}): string[] {
  const hide = (text: string, spans: readonly SecretSpan[]): string => replaceSpans(text, spans, () => '…');
  const inArguments = secretsInArguments(args);
  const places = [...new Set(inArguments.map(({ at }) => at))].map((at) => {
    const shown = hide(
      args[at] ?? '',
      inArguments.filter((span) => span.at === at),
    );
    return shown === '…' && at > 0 ? `${args[at - 1]} …` : shown;
  });
  const inUrl = url === undefined ? [] : secretsInUrl(url);
  return inUrl.length === 0 || url === undefined ? places : [...places, hide(url, inUrl)];
}

/**
 * A server runs in a folder of its own. When a word names a file relative to here (`node dist/server.js`), that file is
 * meant, so the server runs here.
 *
 * @returns undefined when no word does
 */
async function folderOfRelativePaths(words: readonly string[], io: Io): Promise<string | undefined> {
  for (const word of words) {
    const looksLikePath = /[\\/]/.test(word) || /\.[A-Za-z0-9]{1,5}$/.test(word);
    if (!looksLikePath || word.startsWith('-') || isAbsolute(word)) continue;
    try {
      await access(resolve(io.cwd(), word));
      return io.cwd();
    } catch {
      // No such file here: a package name with a scope, or a path that means something to the command alone.
    }
  }
  return undefined;
}

function refuse(isWrong: boolean, message: string): void {
  if (isWrong) throw cliError('usage', { message, hint: 'mcpmux help add' });
}
