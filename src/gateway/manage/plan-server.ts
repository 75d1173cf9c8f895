/**
 * gateway/manage/plan-server — turns what a person typed into an installed server, or says what is wrong with it.
 *
 * Pure: nothing is stored, started or reached here.
 */

import type { Secret } from '../../base/index.ts';
import {
  aliasFromName,
  aliasPattern,
  type InstalledServer,
  type Launch,
  replaceSpans,
  reservedAliases,
  type ServerId,
  type ServerLimits,
  type SpaceId,
  secretsInUrl,
  serverNamePattern,
} from '../../model/index.ts';
import { transportError } from '../../transports/index.ts';
import {
  commandsIn,
  isWithinLimit,
  type LimitName,
  type LimitRow,
  limitTable,
  textsOf,
} from '../../upstream/index.ts';
import { gatewayError } from '../errors.ts';
import type { AddServerInput, LaunchInput } from './control.ts';
import { giveInputs, planInputs } from './plan-inputs.ts';
import { sealSecrets } from './seal-secrets.ts';

/**
 * @throws gateway.bad_name, gateway.bad_alias, gateway.name_taken, gateway.alias_taken, gateway.bad_launch,
 *         gateway.bad_input, gateway.no_such_input, gateway.exec_not_approved, transports.bad_url, transports.bad_header
 */
export function planServer(
  input: AddServerInput,
  existing: readonly InstalledServer[],
  given: { readonly id: ServerId; readonly spaceId: SpaceId; readonly now: number },
): InstalledServer {
  const name = input.name.trim();
  checkName(name, existing);
  const alias = chooseAlias(name, input.alias, existing);
  if (input.limits !== undefined) checkLimits(input.limits);
  const launch = giveInputs(
    name,
    planInputs(name, planLaunch(name, input.launch), input.inputs ?? []),
    input.inputValues ?? {},
  );
  return {
    id: given.id,
    spaceId: given.spaceId,
    name,
    alias,
    isEnabled: input.isEnabled ?? true,
    launch: checkCommands(name, input.sealsSecrets === false ? launch : sealSecrets(launch)),
    sessionPolicy: input.sessionPolicy ?? 'auto',
    ...(input.declares !== undefined && { declares: input.declares }),
    limits: input.limits ?? {},
    ...(input.origin !== undefined && { origin: input.origin }),
    revision: 1,
    createdAt: given.now,
    updatedAt: given.now,
  };
}

/** @throws gateway.bad_limit */
export function checkLimits(limits: ServerLimits): void {
  for (const limit of Object.keys(limitTable) as LimitName[]) {
    const value = limits[limit];
    if (value === undefined || isWithinLimit(limit, value)) continue;
    const row: LimitRow = limitTable[limit];
    throw gatewayError('bad_limit', { limit, value, min: row.min, max: row.max, zeroMeans: row.zeroMeans });
  }
}

/** @throws gateway.bad_name, gateway.name_taken */
export function checkName(name: string, existing: readonly InstalledServer[]): void {
  if (!serverNamePattern.test(name)) {
    throw gatewayError('bad_name', { name: printable(name), reason: whyBad(name, 64) });
  }
  const taken = existing.find((server) => server.name.toLowerCase() === name.toLowerCase());
  if (taken !== undefined) throw gatewayError('name_taken', { name: taken.name });
}

function whyBad(text: string, maxLength: number): string {
  if (text === '') return 'it is empty';
  if (text.length > maxLength) return `it has ${text.length} characters, and ${maxLength} is the most`;
  return /^[A-Za-z0-9]/.test(text) ? 'it has other characters' : 'it begins with another character';
}

/** @throws gateway.bad_alias, gateway.alias_taken */
export function checkAlias(wanted: string, existing: readonly InstalledServer[]): void {
  if (!aliasPattern.test(wanted))
    throw gatewayError('bad_alias', { alias: printable(wanted), reason: whyBad(wanted, 24) });
  if (reservedAliases.has(wanted))
    throw gatewayError('bad_alias', { alias: wanted, reason: 'it is reserved' });
  const taken = existing.find((server) => server.alias === wanted);
  if (taken !== undefined) throw gatewayError('alias_taken', { alias: wanted, owner: taken.name });
}

function chooseAlias(name: string, wanted: string | undefined, existing: readonly InstalledServer[]): string {
  const owner = (alias: string): InstalledServer | undefined =>
    existing.find((server) => server.alias === alias);
  if (wanted !== undefined) {
    checkAlias(wanted, existing);
    return wanted;
  }
  const derived = aliasFromName(name);
  if (derived === '')
    throw gatewayError('bad_alias', { alias: '', reason: `none follows from the name "${name}"` });
  if (!reservedAliases.has(derived) && owner(derived) === undefined) return derived;
  for (let more = 2; ; more += 1) {
    const candidate = `${derived.slice(0, 24 - String(more).length - 1)}-${more}`;
    if (owner(candidate) === undefined) return candidate;
  }
}

/** Running a program for a secret is more than reading one; it needs a word of its own. @throws gateway.exec_not_approved */
export function checkCommands(name: string, launch: Launch): Launch {
  const [command] = launch.allowsExec === true ? [] : commandsIn(textsOf(launch));
  if (command !== undefined) throw gatewayError('exec_not_approved', { name, command: printable(command) });
  return launch;
}

/** Checks what a launch is made of. @throws gateway.bad_launch, transports.bad_url, transports.bad_header */
export function planLaunch(name: string, launch: LaunchInput): Launch {
  if (launch.kind === 'stdio') {
    if (launch.command.trim() === '')
      throw gatewayError('bad_launch', { name, reason: 'the command is empty' });
    for (const text of [launch.command, ...launch.args]) {
      if (text.includes('\u0000'))
        throw gatewayError('bad_launch', { name, reason: 'a NUL character is in the command' });
    }
    for (const key of Object.keys(launch.env ?? {})) {
      if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(key)) {
        throw gatewayError('bad_launch', {
          name,
          reason: `"${printable(key)}" is no name of an environment variable`,
        });
      }
    }
    return {
      kind: 'stdio',
      command: launch.command,
      args: launch.args,
      cwd: launch.cwd,
      env: launch.env ?? {},
      ...(launch.allowsExec === true && { allowsExec: true }),
      ...secretNamesOf(launch, launch.env),
    };
  }
  return {
    kind: 'http',
    url: checkUrl(launch.url),
    headers: checkHeaders(launch.headers ?? {}),
    flavour: launch.flavour ?? 'auto',
    ...(launch.allowsExec === true && { allowsExec: true }),
    ...secretNamesOf(launch, launch.headers),
  };
}

function secretNamesOf(
  { secretNames = [] }: LaunchInput,
  values: Readonly<Record<string, Secret>> = {},
): Pick<Launch, 'secretNames'> {
  const names = secretNames.filter((name) => values[name] !== undefined);
  return names.length === 0 ? {} : { secretNames: names };
}

/** Stands for a placeholder while a URL is checked: nothing that a parser would write differently. */
const stand = (at: number): string => `mcpmux-placeholder-${at}-`;

/** @throws transports.bad_url */
function checkUrl(text: string): string {
  const refuse = (reason: string): Error => transportError('bad_url', { url: shownUrl(text), reason });
  const placeholders: string[] = [];
  // Copied out of a browser, the braces of a placeholder are escaped.
  const written = text.replace(/\$%7B([a-z]+:[^%}]*)%7D/gi, (_, inner: string) => `\${${inner}}`);
  const plain = written.replace(/\$\{[a-z]+:[^}]*\}/g, (placeholder) =>
    stand(placeholders.push(placeholder) - 1),
  );
  let url: URL;
  try {
    url = new URL(plain);
  } catch {
    throw refuse('it is not an absolute URL');
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    throw refuse('it must begin with http:// or https://');
  if (url.username !== '' || url.password !== '')
    throw refuse('it must not hold a user name or password; use -H');
  if (url.host.includes(stand(0).slice(0, -2)))
    throw refuse('its host must be written out; a value may stand in its path and query');
  url.hash = '';
  return placeholders.reduce((href, placeholder, at) => href.replace(stand(at), () => placeholder), url.href);
}

/** As it may stand in a message. */
function shownUrl(text: string): string {
  const masked = text.replace(/(:\/\/)[^/?#@]*@/, '$1…@');
  return printable(replaceSpans(masked, secretsInUrl(masked), () => '…'));
}

/** @throws transports.bad_header */
function checkHeaders(headers: Readonly<Record<string, Secret>>): Readonly<Record<string, Secret>> {
  for (const [header, value] of Object.entries(headers)) {
    if (!/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(header)) {
      throw transportError('bad_header', {
        header: printable(header),
        reason: 'its name has characters that no header may have',
      });
    }
    if (/[\r\n\u0000]/.test(value.reveal())) {
      throw transportError('bad_header', { header, reason: 'its value has a line break' });
    }
    if (/^(host|content-length|content-type|transfer-encoding|connection|mcp-.*|accept)$/i.test(header)) {
      throw transportError('bad_header', { header, reason: 'it is set by the gateway itself' });
    }
  }
  return headers;
}

/** So that a message stays one line, whatever was typed. */
function printable(text: string): string {
  return JSON.stringify(text).slice(1, -1).slice(0, 200);
}
