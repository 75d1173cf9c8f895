/**
 * architecture/tables — what is allowed where, and why. To allow something new is to add a row here, on purpose.
 */

/** Floors of the rooms in `src/`. A room imports rooms on lower floors only. */
export const floors: Readonly<Record<string, number>> = {
  base: 0,
  protocol: 1,
  platform: 1,
  model: 2,
  contract: 3,
  http: 3,
  network: 3,
  transports: 4,
  'sign-in': 5,
  catalogue: 5,
  access: 5,
  auth: 5,
  registry: 5,
  clients: 5,
  expose: 5,
  upstream: 6,
  gateway: 7,
  downstream: 8,
  builtin: 8,
  admin: 8,
  store: 8,
  observe: 8,
  config: 9,
  daemon: 10,
  cli: 11,
};

/** The one file that builds rooms, and so may reach past their `index.ts`. */
export const composition = 'src/daemon/compose.ts';

/** A second way into a room, for those who cannot wait for all of it. */
export const sideDoors: Readonly<Record<string, string>> = {
  'src/contract/schemas/index.ts': 'the schemas load zod, which the command line does not need',
  'src/daemon/run.ts': 'the whole gateway, which the command line loads only to start it',
};

/** A package (or all of a scope: `@scope/*`) → the rooms that may import it. A package without a row is refused. */
export const packageHomes: Readonly<
  Record<string, { readonly rooms: readonly string[]; readonly why: string }>
> = {
  'ipaddr.js': { rooms: ['network'], why: 'judges the addresses that a server name resolves to' },
  'cross-spawn': {
    rooms: ['transports'],
    why: 'starts stdio servers; on Windows spawn alone cannot start npx',
  },
  '@modelcontextprotocol/client': {
    rooms: ['sign-in', 'auth'],
    why: 'its OAuth client functions, off the hot path',
  },
  oauth4webapi: { rooms: ['sign-in', 'auth'], why: 'OAuth requests that the SDK has no function for' },
  jose: { rooms: ['sign-in', 'auth'], why: 'signs and verifies tokens' },
  'oidc-provider': { rooms: ['auth'], why: 'our authorization server' },
  kysely: { rooms: ['store'], why: 'the query layer' },
  pg: { rooms: ['store'], why: 'PostgreSQL driver' },
  '@photostructure/sqlite': { rooms: ['store'], why: 'node:sqlite for Node 20' },
  'node:sqlite': { rooms: ['store'], why: 'SQLite driver' },
  '@napi-rs/keyring': {
    rooms: ['platform'],
    why: 'the keychain of the system: the root key, and secrets that servers name',
  },
  fastify: { rooms: ['admin'], why: 'the admin API; the MCP endpoint is node:http' },
  'fastify-plugin': { rooms: ['admin'], why: 'comes with fastify' },
  'fastify-type-provider-zod': { rooms: ['admin'], why: 'contract schemas as Fastify validators' },
  '@fastify/*': { rooms: ['admin'], why: 'OpenAPI and files of the admin API' },
  zod: {
    rooms: ['contract', 'admin', 'registry'],
    why: 'schemas of the admin API and of server definitions; too slow to load for the start path',
  },
  pino: { rooms: ['observe'], why: 'the logger' },
  'prom-client': { rooms: ['observe'], why: 'metrics' },
  '@opentelemetry/*': { rooms: ['observe'], why: 'traces' },
  commander: { rooms: ['cli'], why: 'reads the command line' },
  yauzl: { rooms: ['registry'], why: 'reads .mcpb bundles entry by entry' },
  'jsonc-parser': {
    rooms: ['config', 'clients', 'registry'],
    why: 'settings files with comments, and where in them an error or an entry is',
  },
  'smol-toml': { rooms: ['clients'], why: 'reads the TOML files of clients; loaded where there is one' },
  yaml: {
    rooms: ['clients', 'registry'],
    why: 'reads the YAML files of clients, and of the Docker catalogue; loaded where there is one',
  },
};

/**
 * Rooms that do no I/O of their own → the Node modules they may still use. A room without a row may use any.
 * `contract` also runs in a browser.
 */
export const quietRooms: Readonly<Record<string, readonly string[]>> = {
  base: ['node:crypto', 'node:util', 'node:events', 'node:async_hooks'],
  protocol: ['node:buffer', 'node:crypto', 'node:util'],
  model: ['node:crypto'],
  contract: [],
  catalogue: ['node:crypto'],
  access: ['node:crypto', 'node:path'],
  gateway: ['node:crypto', 'node:util'],
};

/** Files that may call `Secret.reveal()`: where a secret leaves for its destination. */
export const revealers: Readonly<Record<string, string>> = {
  'src/store/crypto/keyring.ts': 'seals it',
  'src/store/crypto/root-key/passphrase.ts': 'derives the root key from it',
  'src/transports/process/child-environment.ts': 'hands it to the child process it is for',
  'src/upstream/secret-references/find.ts': 'looks for references in it',
  'src/upstream/secret-references/resolve.ts': 'replaces the references in it by what they name',
  'src/transports/http-headers.ts': 'sends it to the server it is for',
  'src/transports/cookies.ts': 'sends it back to the server that set it',
  'src/transports/http-wire.ts': 'sends the token to the server it is for',
  'src/network/proxies.ts': 'proves who we are to the proxy it is for',
  'src/sign-in/client-authentication.ts': 'proves who we are to the authorization server it is for',
  'src/sign-in/refresher.ts': 'redeems a refresh token where it came from, and compares generations',
  'src/sign-in/server-tokens.ts': 'makes the header of it, and compares it with what was refused',
  'src/sign-in/revocation.ts': 'revokes it where it came from',
  'src/sign-in/probe.ts': 'sends the headers of a server to it, and a token, to learn what it wants',
  'src/sign-in/challenge.ts': 'leaves the token out where a server quotes it',
  'src/sign-in/stored-token-probe.ts': 'reads whom a token is meant for',
  'src/observe/secret-redactor.ts': 'looks for it in a line, to cut it out',
  'src/cli/commands/vault.ts': 'hands a passphrase to the daemon of this very user, over its socket',
  'src/gateway/manage/export-servers.ts': 'tells a reference from a value, and writes references only',
  'src/gateway/manage/plan-inputs.ts': 'checks it against the type of its input before it is stored',
  'src/gateway/manage/plan-server.ts': 'refuses a line break in a header before it is stored',
};

/** What a process owns, and who may touch it: a room, or a single file with its reason. */
export const processUses: readonly {
  readonly what: string;
  readonly object: string;
  readonly name: string | undefined;
  readonly rooms: readonly string[];
  readonly files: Readonly<Record<string, string>>;
}[] = [
  {
    what: 'process.env',
    object: 'process',
    name: 'env',
    rooms: ['config', 'daemon', 'cli'],
    files: {
      'src/transports/prepare-child.ts': 'a child inherits a few of our variables',
      'src/transports/process/child-keeper.ts': 'the PATH that a command is looked up in',
      'src/expose/tunnel-process.ts': 'a tunnel program inherits a few of our variables',
      'src/sign-in/open-browser.ts': 'whether there is a screen to open a browser on',
      'src/store/crypto/root-key/credential-file.ts': 'systemd says where its credentials are',
      'src/platform/platform.ts': 'where Windows is installed',
      'src/transports/process/process-group.ts': 'where Windows is installed',
    },
  },
  {
    what: 'process.platform',
    object: 'process',
    name: 'platform',
    rooms: ['platform'],
    files: {},
  },
  { what: 'process.exit', object: 'process', name: 'exit', rooms: ['daemon', 'cli'], files: {} },
  { what: 'process.stdout', object: 'process', name: 'stdout', rooms: ['daemon', 'cli'], files: {} },
  {
    what: 'process.stderr',
    object: 'process',
    name: 'stderr',
    rooms: ['observe', 'daemon', 'cli'],
    files: {},
  },
  {
    what: 'console',
    object: 'console',
    name: undefined,
    rooms: ['cli'],
    files: {
      'src/auth/server/provider.ts': 'silences a library that speaks to the console when it is loaded',
    },
  },
];

/** The one file that makes HTTP servers: what it puts around each keeps a client's input from ending the process. */
export const serverMaker = 'src/http/create-server.ts';

/** Commands that messages already name and the command line does not have yet. */
export const awaitedCommands: Readonly<Record<string, string>> = {};
