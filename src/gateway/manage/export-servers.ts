/**
 * gateway/manage/export-servers — installed servers as a file that can be given away: what is secret is written as a reference.
 *
 * Values that only name a secret (`${env:…}`, `${keychain:…}`) stay as they are; every other value becomes `${env:NAME}`, which
 * whoever uses the file sets. Packages that are installed here are written as their usual runner would start them.
 */
import type { Secret } from '../../base/index.ts';
import type { InstalledServer, Launch } from '../../model/index.ts';
import { splitReferences } from '../../upstream/index.ts';

export interface ExportedServer {
  readonly command?: string;
  readonly args?: readonly string[];
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly url?: string;
  readonly type?: 'http' | 'sse';
  readonly headers?: Readonly<Record<string, string>>;
  readonly alias?: string;
  readonly disabled?: true;
}

export function exportServers(servers: readonly InstalledServer[]): Readonly<Record<string, ExportedServer>> {
  return Object.fromEntries(servers.map((server) => [server.name, exportServer(server)]));
}

function exportServer({ alias, launch, isEnabled, origin }: InstalledServer): ExportedServer {
  const more = { alias, ...(!isEnabled && { disabled: true as const }) };
  if (launch.kind === 'http') {
    const headers = references(launch, launch.headers, alias);
    return {
      url: withoutInputs(launch, launch.url, alias),
      ...(launch.flavour === 'sse' && { type: 'sse' as const }),
      ...(Object.keys(headers).length > 0 && { headers }),
      ...more,
    };
  }
  const item = origin?.package;
  const own = item?.kind === 'npm' ? launch.args.slice(1) : launch.args;
  const args = own.map((word) => withoutInputs(launch, word, alias));
  const env = references(launch, launch.env, alias);
  const run =
    item === undefined
      ? { command: launch.command, args }
      : item.kind === 'npm'
        ? { command: 'npx', args: ['-y', `${item.name}@${item.version}`, ...args] }
        : { command: 'uvx', args: [`${item.name}@${item.version}`, ...args] };
  return {
    ...run,
    ...(launch.cwd !== undefined && { cwd: launch.cwd }),
    ...(Object.keys(env).length > 0 && { env }),
    ...more,
  };
}

function references(
  launch: Launch,
  values: Readonly<Record<string, Secret>>,
  alias: string,
): Record<string, string> {
  const entries = Object.entries(values).map(([name, secret]) => {
    const pieces = splitReferences(secret.reveal());
    const isReference = pieces.some((piece) => typeof piece !== 'string');
    // `Bearer ${env:TOKEN}` is written as it is: what is plain in it stands beside a reference.
    const text = isReference ? withoutInputs(launch, secret.reveal(), alias) : variableOf(alias, name);
    return [name, text] as const;
  });
  return Object.fromEntries(entries);
}

/** An input's value is not in the file, so it stands as a variable of the same name. */
function withoutInputs(launch: Launch, text: string, alias: string): string {
  return text.replace(/\$\{input:([A-Za-z][A-Za-z0-9_]*)[^}]*\}/g, (whole, id: string) =>
    launch.inputs?.some((input) => input.id === id) === true ? variableOf(alias, id) : whole,
  );
}

function variableOf(alias: string, name: string): string {
  return `\${env:${`${alias}_${name}`.toUpperCase().replace(/[^A-Z0-9]+/g, '_')}}`;
}
