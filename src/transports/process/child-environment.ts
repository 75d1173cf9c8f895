/**
 * transports/process/child-environment — what a child may know of ours: a short list from empty, and what was configured.
 *
 * A server is somebody else's program. It gets what programs need to find their tools, folders and language, and to reach
 * other machines as this one does: proxies, certificate authorities, the package registries of a company. It gets none of
 * the tokens, keys and sockets that happen to be in the daemon's environment. docs/network.md has the list.
 * Knows nothing of: servers, where configured values come from.
 */
import type { Secret } from '../../base/index.ts';
import { platform } from '../../platform/index.ts';

/** Carries the marker of the daemon that started the child; every process of its tree inherits it. */
export const markerVariable = 'MCPMUX_CHILD';

const allowedNames: ReadonlySet<string> = new Set([
  'PATH',
  'HOME',
  'LANG',
  'LANGUAGE',
  'TZ',
  'TMPDIR',
  'USER',
  'LOGNAME',
  'SHELL',
  'TERM',
]);
const allowedPrefixes = ['LC_', 'XDG_'];
/** How other machines are reached; in any case, as programs differ in which they read. */
const allowedForNetwork: ReadonlySet<string> = new Set([
  // Proxies.
  'HTTP_PROXY',
  'HTTPS_PROXY',
  'ALL_PROXY',
  'NO_PROXY',
  // Certificate authorities: Node.js, OpenSSL, Python, curl, git, Deno, cargo, the AWS programs.
  'NODE_EXTRA_CA_CERTS',
  'NODE_USE_SYSTEM_CA',
  'NODE_USE_ENV_PROXY',
  'SSL_CERT_FILE',
  'SSL_CERT_DIR',
  'REQUESTS_CA_BUNDLE',
  'PIP_CERT',
  'CURL_CA_BUNDLE',
  'GIT_SSL_CAINFO',
  'DENO_CERT',
  'DENO_TLS_CA_STORE',
  'CARGO_HTTP_CAINFO',
  'AWS_CA_BUNDLE',
  'UV_NATIVE_TLS',
  'UV_SYSTEM_CERTS',
  // Where packages come from: pip, uv.
  'PIP_INDEX_URL',
  'PIP_EXTRA_INDEX_URL',
  'PIP_TRUSTED_HOST',
  'PIP_PROXY',
  'UV_INDEX',
  'UV_INDEX_URL',
  'UV_EXTRA_INDEX_URL',
  'UV_DEFAULT_INDEX',
  'UV_INSECURE_HOST',
]);
const npmPrefix = 'NPM_CONFIG_';
/** Of npm's settings, those that say what the npm did that started us. They would mislead the next one. */
const npmOfThisRun =
  /^(?:user_agent|npm_version|(?:local_|global_)?prefix|global|location|package|call|yes|workspaces?|include_workspace_root|node_gyp|init_.*|dry_run|json|argv)$/;
/** Tokens and passwords of registries: `_auth`, `//registry.example/:_authToken`. */
const npmCredential = /auth|password|token|secret|\/\//;
/** What programs on Windows do not start without. Names there have no case. */
const allowedOnWindows: ReadonlySet<string> = new Set([
  'APPDATA',
  'COMSPEC',
  'HOMEDRIVE',
  'HOMEPATH',
  'LOCALAPPDATA',
  'NUMBER_OF_PROCESSORS',
  'OS',
  'PATH',
  'PATHEXT',
  'PROCESSOR_ARCHITECTURE',
  'PROGRAMDATA',
  'PROGRAMFILES',
  'PROGRAMFILES(X86)',
  'SYSTEMDRIVE',
  'SYSTEMROOT',
  'TEMP',
  'TMP',
  'USERDOMAIN',
  'USERNAME',
  'USERPROFILE',
  'WINDIR',
]);

export interface ChildEnvironmentInput {
  /** The daemon's own environment. */
  readonly own: Readonly<Record<string, string | undefined>>;
  /** Where commands are searched; replaces the daemon's PATH. */
  readonly path: string;
  readonly configured: Readonly<Record<string, Secret>>;
  readonly marker: string;
  /** A folder the server may keep its state in; becomes MCP_STATE_DIR. */
  readonly stateFolder?: string | undefined;
  readonly platform?: NodeJS.Platform;
}

/** The whole environment of a child. A configured value wins over ours, except for our own names. */
export function childEnvironment(input: ChildEnvironmentInput): Record<string, string> {
  const isWindows = (input.platform ?? platform.name) === 'win32';
  const environment: Record<string, string> = {};
  for (const [name, value] of Object.entries(input.own)) {
    if (value !== undefined && isAllowed(name, isWindows)) environment[name] = value;
  }
  setVariable(environment, 'PATH', input.path, isWindows);
  if (input.stateFolder !== undefined) environment['MCP_STATE_DIR'] = input.stateFolder;
  for (const [name, value] of Object.entries(input.configured)) {
    setVariable(environment, name, value.reveal(), isWindows);
  }
  environment[markerVariable] = input.marker;
  return environment;
}

function isAllowed(name: string, isWindows: boolean): boolean {
  const upper = name.toUpperCase();
  if (allowedForNetwork.has(upper)) return true;
  if (upper.startsWith(npmPrefix)) return isNpmSettingOfMachine(upper.slice(npmPrefix.length));
  if (isWindows) return allowedOnWindows.has(name.toUpperCase());
  return allowedNames.has(name) || allowedPrefixes.some((prefix) => name.startsWith(prefix));
}

function isNpmSettingOfMachine(name: string): boolean {
  const setting = name.toLowerCase().replaceAll('-', '_');
  return !npmOfThisRun.test(setting) && !npmCredential.test(setting);
}

/** On Windows `Path` and `PATH` are one variable; two of them in one block confuse programs. */
function setVariable(
  environment: Record<string, string>,
  name: string,
  value: string,
  isWindows: boolean,
): void {
  if (isWindows) {
    for (const existing of Object.keys(environment)) {
      if (existing.toUpperCase() === name.toUpperCase()) delete environment[existing];
    }
  }
  environment[name] = value;
}
