/**
 * registry/read-target — what a person typed, pasted or clicked as something to install: a package, an address, a link.
 *
 * Pure. A link is read, never obeyed: what it names is planned and shown like anything else.
 */
import { aliasFromName } from '../model/index.ts';
import { type DefinitionPackage, detailsKey, type ServerDefinition } from './definition.ts';
import { registryError } from './errors.ts';

export type InstallTarget =
  /** From the catalogue, by its short or whole name. */
  | { readonly kind: 'definition'; readonly id: string }
  /** `npm:…`, `pypi:…`, `oci:…`, `nuget:…`, an http(s) URL, a `mcpmux://install?…` link. */
  | { readonly kind: 'text'; readonly text: string }
  /** JSON: a server.json, or the configuration of any client. `pick`: one of its servers. */
  | { readonly kind: 'document'; readonly text: string; readonly pick?: string | undefined }
  /** An .mcpb file, absolute. */
  | { readonly kind: 'bundle'; readonly path: string };

/** A longer link is no link that somebody made on purpose. */
const maxLinkLength = 8_192;

/** @returns a definition of what was named; or another target, for a link. @throws registry.bad_target */
export function readTargetText(
  text: string,
):
  | { readonly kind: 'definition'; readonly definition: ServerDefinition }
  | { readonly kind: 'target'; readonly target: InstallTarget } {
  const trimmed = text.trim();
  const refuse = (reason: string): Error => registryError('bad_target', { target: shown(trimmed), reason });
  if (/[\u0000-\u001f\u007f-\u009f\u2028-\u202e]/.test(trimmed)) throw refuse('it has control characters');
  const [scheme = ''] = /^[a-z][a-z0-9+.-]*(?=:)/i.exec(trimmed) ?? [];
  const rest = trimmed.slice(scheme.length + 1);
  switch (scheme.toLowerCase()) {
    case 'npm':
    case 'pypi':
    case 'nuget':
    case 'oci':
      return { kind: 'definition', definition: packageDefinition(scheme.toLowerCase(), rest, refuse) };
    case 'http':
    case 'https':
      return { kind: 'definition', definition: remoteDefinition(trimmed, refuse) };
    case 'mcpmux':
      return { kind: 'target', target: readLink(trimmed, refuse) };
    case '':
      throw refuse('it is neither a package nor an address');
    default:
      throw refuse(`"${scheme}:" is none of npm:, pypi:, oci:, nuget:, http:, https:, mcpmux:`);
  }
}

function packageDefinition(kind: string, text: string, refuse: (reason: string) => Error): ServerDefinition {
  const [, identifier = '', version] =
    kind === 'oci' ? [text, text, undefined] : (/^(@?[^@=\s]+)(?:(?:@|==)(.+))?$/.exec(text) ?? []);
  if (!/^[@A-Za-z0-9][\w./@:~-]*$/.test(identifier)) throw refuse('that is no name of a package');
  if (version !== undefined && !/^\d[\w.+-]*$/.test(version))
    throw refuse(`"${version.slice(0, 40)}" is no exact version`);
  const last =
    identifier
      .replace(/@sha256:.*$/, '')
      .replace(/:[^/]*$/, '')
      .split('/')
      .at(-1) ?? identifier;
  const item: DefinitionPackage = {
    registryType: kind,
    identifier,
    ...(version !== undefined && { version }),
    transport: { type: 'stdio' },
  };
  return adHoc(aliasOf(last), `${kind} ${identifier}`, version ?? '0', { packages: [item] });
}

function remoteDefinition(text: string, refuse: (reason: string) => Error): ServerDefinition {
  if (!URL.canParse(text)) throw refuse('it is no URL');
  const url = new URL(text);
  if (/\.(mcpb|dxt)$/i.test(url.pathname))
    throw refuse('a bundle is installed from a file: download it first');
  if (/\.jsonc?$/i.test(url.pathname))
    throw refuse('a definition is installed from a file: download it first');
  const parts = url.hostname
    .split('.')
    .filter((part) => !/^(www|mcp|api|com|io|dev|org|net|app|ai|sh)$/.test(part));
  return adHoc(aliasOf(parts.at(-1) ?? url.hostname), url.host, '0', {
    remotes: [{ type: 'streamable-http', url: text }],
  });
}

function aliasOf(text: string): string {
  const short = text.replace(/^(mcp-server-|server-|mcp-)/, '').replace(/(-mcp-server|-mcp|-server)$/, '');
  return aliasFromName(short) || 'server';
}

function adHoc(
  alias: string,
  description: string,
  version: string,
  how: Pick<ServerDefinition, 'packages' | 'remotes'>,
): ServerDefinition {
  return {
    name: `given/${alias}`,
    description: description.slice(0, 100),
    version,
    ...how,
    _meta: { [detailsKey]: { alias } },
  };
}

/** `mcpmux://install?server=linear`, `?package=npm:x@1.0.0`, `?url=https://…`, `?config=<base64 of JSON>`. */
function readLink(text: string, refuse: (reason: string) => Error): InstallTarget {
  if (text.length > maxLinkLength) throw refuse(`it is longer than ${maxLinkLength} characters`);
  if (!URL.canParse(text)) throw refuse('it is no link');
  const link = new URL(text);
  if (link.host !== 'install') throw refuse('the only links that are known begin with mcpmux://install?');
  const known = ['server', 'package', 'url', 'config', 'name'];
  const keys = [...link.searchParams.keys()];
  const strange = keys.find((key) => !known.includes(key));
  if (strange !== undefined) throw refuse(`it says "${strange.slice(0, 40)}", which means nothing here`);
  if (new Set(keys).size !== keys.length) throw refuse('it says one thing twice');
  const named = keys.filter((key) => key !== 'name');
  const [word = ''] = named;
  if (named.length !== 1) throw refuse('it must name one of: server, package, url, config');
  const value = link.searchParams.get(word) ?? '';
  if (value === '') throw refuse(`its "${word}" is empty`);
  switch (word) {
    case 'server':
      return { kind: 'definition', id: value };
    case 'package':
      if (!/^(npm|pypi|oci|nuget):/.test(value))
        throw refuse('its package must begin with npm:, pypi:, oci: or nuget:');
      return { kind: 'text', text: value };
    case 'url':
      if (!/^https?:\/\//i.test(value)) throw refuse('its url must begin with https://');
      return { kind: 'text', text: value };
    default: {
      const json = Buffer.from(value, 'base64').toString('utf8');
      return { kind: 'document', text: withName(json, link.searchParams.get('name')) };
    }
  }
}

/** A link may carry one entry alone, with its name beside it. */
function withName(json: string, name: string | null): string {
  if (name === null) return json;
  return `{"mcpServers":{${JSON.stringify(name)}:${json}}}`;
}

/** As it may stand in a message: what comes after a key could be one. */
function shown(text: string): string {
  const printable = JSON.stringify(text.slice(0, 120)).slice(1, -1);
  return printable.replace(/(config=|[?&][^=&]*(?:key|token|secret)[^=&]*=)[^&]*/gi, '$1…');
}
