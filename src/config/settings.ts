/**
 * config/settings — the one table of static settings: flag, variable, file key, default, range and meaning of each.
 *
 * What a running daemon may change is not here; that lives in the store. These are read once, at the start.
 * Knows nothing of: how they are read (load.ts) and printed (settings-doc.ts).
 */
import type { Folders } from './folders.ts';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';
export type KeySource = 'auto' | 'keychain' | 'file' | 'credential' | 'passphrase';

export type ClientRegistration = 'local' | 'everywhere' | 'off';

export interface Settings {
  readonly dataDir: string;
  readonly configDir: string;
  readonly logsDir: string;
  readonly socketPath: string;
  readonly port: number;
  readonly noAuth: boolean;
  readonly clientRegistration: ClientRegistration;
  /** Hosts whose documents of clients are taken; empty = any. */
  readonly clientDocumentHosts: readonly string[];
  readonly logLevel: LogLevel;
  readonly keySource: KeySource;
  /** PostgreSQL; undefined = SQLite in the data folder. May hold a password. */
  readonly databaseUrl: string | undefined;
  readonly startConcurrency: number;
  readonly connectTimeoutMs: number;
  readonly listTimeoutMs: number;
  readonly callTimeoutMs: number;
  readonly pingIntervalMs: number;
  readonly maxCallMs: number;
  readonly parkedCallMs: number;
  readonly maxMessageBytes: number;
  readonly bufferedTotalBytes: number;
  readonly memoryBudgetBytes: number;
  readonly memoryTotalBytes: number;
  readonly bodyCapBytes: number;
  readonly auditDays: number;
  /** 0 = no limit. */
  readonly requestsPerSecond: number;
  readonly maxSessions: number;
  readonly sessionIdleMs: number;
  readonly approvalWaitMs: number;
  readonly definitionPolicy: 'follow' | 'default' | 'strict';
  /** URL that alerts are posted to; may hold a secret. */
  readonly alertWebhook: string | undefined;
  /** Program that is run for each alert. */
  readonly alertCommand: string | undefined;
  readonly historyMaxCalls: number;
  readonly historyKeepMs: number;
  readonly shutdownGraceMs: number;
  readonly callbackPort: number;
  /** `https://HOST[:PORT][/PATH]` under which clients elsewhere come here, no slash at the end; undefined = none. */
  readonly publicUrl: string | undefined;
  /** More names that a Host header may have from outside. */
  readonly publicHosts: readonly string[];
  /** Addresses beside loopback that the port is opened on. */
  readonly listen: readonly string[];
  readonly tlsCertFile: string | undefined;
  readonly tlsKeyFile: string | undefined;
  /** Addresses and CIDR ranges of reverse proxies on other machines. */
  readonly trustedProxies: readonly string[];
  /** https URL; undefined = none. */
  readonly clientMetadataUrl: string | undefined;
  /** Host names, addresses and CIDR ranges. */
  readonly oauthAllowPrivate: readonly string[];
}

export type SettingName = keyof Settings;

interface Common {
  /** The room that it concerns; the documentation is ordered by it. */
  readonly room: string;
  /** Of `mcpmux start`, without the dashes. What few people change has none. */
  readonly flag?: string;
  readonly env: string;
  /** What it does, in one sentence for a person. */
  readonly says: string;
  /** False where the file's own place depends on it. */
  readonly isInFile?: boolean;
  /** Its value may hold a password and is never printed whole. */
  readonly isSensitive?: boolean;
}

export interface NumberSetting extends Common {
  readonly kind: 'number';
  readonly unit: 'ms' | 'bytes' | 'count' | 'port';
  readonly min: number;
  readonly max: number;
  readonly default: number;
}

export interface BooleanSetting extends Common {
  readonly kind: 'boolean';
  readonly default: boolean;
}

export interface ChoiceSetting extends Common {
  readonly kind: 'choice';
  readonly choices: readonly string[];
  readonly default: string;
}

export interface PathSetting extends Common {
  readonly kind: 'path';
  /** Which of the folders it defaults to; `socket` is worked out from the data folder. */
  readonly default: keyof Folders | 'socket';
}

export interface TextSetting extends Common {
  readonly kind: 'text';
  readonly default: undefined;
}

/** An https URL without user information and fragment. */
export interface UrlSetting extends Common {
  readonly kind: 'url';
  /** `base`: what paths are added to. `document`: a path of its own. */
  readonly names: 'base' | 'document';
  readonly default: undefined;
}

/** Host names, addresses and CIDR ranges: a list in the file, separated by commas elsewhere. */
export interface HostsSetting extends Common {
  readonly kind: 'hosts';
  readonly default: readonly string[];
}

export type Setting =
  | NumberSetting
  | BooleanSetting
  | ChoiceSetting
  | PathSetting
  | TextSetting
  | UrlSetting
  | HostsSetting;

const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;
const mebibyte = 1024 * 1024;

/** In the order in which people look for them. */
export const settingsTable: { readonly [Name in SettingName]: Setting } = {
  port: {
    room: 'http',
    kind: 'number',
    unit: 'port',
    flag: 'port',
    env: 'MCPMUX_PORT',
    min: 0,
    max: 65_535,
    default: 45_818,
    says: 'The port for clients, on 127.0.0.1 and [::1]. If another program uses it, the daemon does not start. 0 means any free port and is for tests.',
  },
  dataDir: {
    room: 'store',
    kind: 'path',
    flag: 'data-dir',
    env: 'MCPMUX_DATA_DIR',
    default: 'dataDir',
    isInFile: false,
    says: 'The folder with the database, the keys and the files of servers. Only one daemon runs per data folder. If you set it, the config and log folders default to folders inside it.',
  },
  configDir: {
    room: 'config',
    kind: 'path',
    env: 'MCPMUX_CONFIG_DIR',
    default: 'configDir',
    isInFile: false,
    says: 'The folder that holds the settings file `config.json`.',
  },
  logsDir: {
    room: 'observe',
    kind: 'path',
    env: 'MCPMUX_LOGS_DIR',
    default: 'logsDir',
    says: 'The folder for the log of the daemon and the logs of the servers.',
  },
  socketPath: {
    room: 'admin',
    kind: 'path',
    env: 'MCPMUX_SOCKET',
    default: 'socket',
    says: 'The Unix socket (on Windows: named pipe) that the command line uses to reach the daemon. Its folder must be private.',
  },
  logLevel: {
    room: 'observe',
    kind: 'choice',
    flag: 'log-level',
    env: 'MCPMUX_LOG_LEVEL',
    choices: ['debug', 'info', 'warn', 'error'],
    default: 'info',
    says: 'The lowest level that is logged.',
  },
  noAuth: {
    room: 'auth',
    kind: 'boolean',
    flag: 'no-auth',
    env: 'MCPMUX_NO_AUTH',
    default: false,
    says: 'Lets every program on this machine connect without a key. `mcpmux status` shows a warning.',
  },
  clientRegistration: {
    room: 'auth',
    kind: 'choice',
    env: 'MCPMUX_CLIENT_REGISTRATION',
    choices: ['local', 'everywhere', 'off'],
    default: 'local',
    says: 'Which clients may register themselves (OAuth dynamic client registration): those on this machine, those from outside too, or none. Clients whose id is a URL need no registration. A registration alone lets nobody in.',
  },
  clientDocumentHosts: {
    room: 'auth',
    kind: 'hosts',
    env: 'MCPMUX_CLIENT_DOCUMENT_HOSTS',
    default: [],
    says: 'Hosts whose clients may sign in by a client id that is a URL, such as `claude.ai, chatgpt.com`. Empty: any public host; your consent is asked in every case.',
  },
  keySource: {
    room: 'store',
    kind: 'choice',
    flag: 'key-source',
    env: 'MCPMUX_KEY_SOURCE',
    choices: ['auto', 'keychain', 'file', 'credential', 'passphrase'],
    default: 'auto',
    says: "Where the key that encrypts secrets is kept. `auto` uses the place it was in before. On the first start it uses the system's keychain if that works, otherwise a private file in the data folder.",
  },
  databaseUrl: {
    room: 'store',
    kind: 'text',
    env: 'MCPMUX_DATABASE_URL',
    default: undefined,
    isSensitive: true,
    says: 'A PostgreSQL database (`postgres://…`), for teams. The default is SQLite in the data folder.',
  },
  startConcurrency: {
    room: 'upstream',
    kind: 'number',
    unit: 'count',
    env: 'MCPMUX_START_CONCURRENCY',
    min: 1,
    max: 64,
    default: 8,
    says: 'How many servers may start at the same time.',
  },
  connectTimeoutMs: {
    room: 'upstream',
    kind: 'number',
    unit: 'ms',
    env: 'MCPMUX_CONNECT_TIMEOUT_MS',
    min: second,
    max: 10 * minute,
    default: minute,
    says: 'How long a server may take to start and to agree on a protocol version. The first start may have to download a package.',
  },
  listTimeoutMs: {
    room: 'upstream',
    kind: 'number',
    unit: 'ms',
    env: 'MCPMUX_LIST_TIMEOUT_MS',
    min: second,
    max: 10 * minute,
    default: minute,
    says: 'How long a server may take to return each of its lists, with all pages.',
  },
  callTimeoutMs: {
    room: 'upstream',
    kind: 'number',
    unit: 'ms',
    env: 'MCPMUX_CALL_TIMEOUT_MS',
    min: second,
    max: hour,
    default: 10 * minute,
    says: 'How long a call may go without an answer or progress. Each progress message restarts the time.',
  },
  maxCallMs: {
    room: 'upstream',
    kind: 'number',
    unit: 'ms',
    env: 'MCPMUX_MAX_CALL_MS',
    min: second,
    max: 24 * hour,
    default: 10 * minute,
    says: 'How long a call may take in total, even if it reports progress.',
  },
  pingIntervalMs: {
    room: 'upstream',
    kind: 'number',
    unit: 'ms',
    env: 'MCPMUX_PING_INTERVAL_MS',
    min: 0,
    max: hour,
    default: 30 * second,
    says: 'How often McpMux checks that an idle connected server still answers. 0 means never.',
  },
  parkedCallMs: {
    room: 'gateway',
    kind: 'number',
    unit: 'ms',
    env: 'MCPMUX_PARKED_CALL_MS',
    min: second,
    max: hour,
    default: 10 * minute,
    says: 'How long a call waits for input that its server asked for, when the client has to send that input in a new request.',
  },
  maxMessageBytes: {
    room: 'upstream',
    kind: 'number',
    unit: 'bytes',
    env: 'MCPMUX_MAX_MESSAGE_BYTES',
    min: 64 * 1024,
    max: 512 * mebibyte,
    default: 64 * mebibyte,
    says: 'The largest message accepted from a server. Over HTTP, a larger one fails its call. A server that runs as a process is stopped.',
  },
  bufferedTotalBytes: {
    room: 'upstream',
    kind: 'number',
    unit: 'bytes',
    env: 'MCPMUX_BUFFERED_TOTAL_BYTES',
    min: 16 * mebibyte,
    max: 16 * 1024 * mebibyte,
    default: 512 * mebibyte,
    says: 'How many bytes of incomplete messages from all servers may be held in memory. Above this, McpMux stops reading from servers until there is room. A server that keeps it full for 10 s is stopped.',
  },
  memoryBudgetBytes: {
    room: 'upstream',
    kind: 'number',
    unit: 'bytes',
    env: 'MCPMUX_MEMORY_BUDGET_BYTES',
    min: 0,
    max: 1024 * 1024 * mebibyte,
    default: 0,
    says: 'How much memory the processes of one server may use, if the server has no limit of its own. Above this the server is restarted, and its log says why. 0 means no limit.',
  },
  memoryTotalBytes: {
    room: 'upstream',
    kind: 'number',
    unit: 'bytes',
    env: 'MCPMUX_MEMORY_TOTAL_BYTES',
    min: 0,
    max: 1024 * 1024 * mebibyte,
    default: 16 * 1024 * mebibyte,
    says: 'How much memory the processes of all servers together may use. Above this the largest one is restarted, and its log says why. 0 means no limit.',
  },
  bodyCapBytes: {
    room: 'http',
    kind: 'number',
    unit: 'bytes',
    env: 'MCPMUX_BODY_CAP_BYTES',
    min: 64 * 1024,
    max: 64 * mebibyte,
    default: 4 * mebibyte,
    says: 'The largest request accepted from a client.',
  },
  auditDays: {
    room: 'observe',
    kind: 'number',
    unit: 'count',
    env: 'MCPMUX_AUDIT_DAYS',
    min: 1,
    max: 3_650,
    default: 90,
    says: 'How many days entries of the audit are kept.',
  },
  requestsPerSecond: {
    room: 'http',
    kind: 'number',
    unit: 'count',
    env: 'MCPMUX_REQUESTS_PER_SECOND',
    min: 0,
    max: 1_000_000,
    default: 0,
    says: 'How many requests one client on this machine may send per second; twice as many at once. More are refused with 429. 0 means no limit. Clients from outside have limits of their own, see the limits page.',
  },
  maxSessions: {
    room: 'downstream',
    kind: 'number',
    unit: 'count',
    env: 'MCPMUX_MAX_SESSIONS',
    min: 1,
    max: 100_000,
    default: 1_000,
    says: 'How many client sessions are kept. When there are more, the one that was unused for longest is closed.',
  },
  sessionIdleMs: {
    room: 'downstream',
    kind: 'number',
    unit: 'ms',
    env: 'MCPMUX_SESSION_IDLE_MS',
    min: minute,
    max: 90 * 24 * hour,
    default: 7 * 24 * hour,
    says: 'How long an unused session is kept. Some clients never open a second session, so sessions survive nights and restarts.',
  },
  approvalWaitMs: {
    room: 'access',
    kind: 'number',
    unit: 'ms',
    env: 'MCPMUX_APPROVAL_WAIT_MS',
    min: 5 * second,
    max: hour,
    default: minute,
    says: 'How long a call that needs approval waits for the person. Then it is refused; when the person allows it within five minutes after that, the same call goes through once.',
  },
  definitionPolicy: {
    room: 'access',
    kind: 'choice',
    env: 'MCPMUX_DEFINITION_POLICY',
    choices: ['follow', 'default', 'strict'],
    default: 'default',
    says: 'Which changes that servers make to their tools pass without a person, where `mcpmux review NAME --policy` says nothing else. `follow`: all. `default`: what says the same or takes more than before. `strict`: only what says the same; first definitions wait too.',
  },
  callbackPort: {
    room: 'upstream',
    kind: 'number',
    unit: 'port',
    env: 'MCPMUX_CALLBACK_PORT',
    min: 0,
    max: 65_535,
    default: 45_819,
    says: 'The port on 127.0.0.1 to which the browser returns after you sign in to a server. Providers remember it: if you change it, McpMux registers with them again. It must differ from `port`.',
  },
  publicUrl: {
    room: 'http',
    kind: 'url',
    names: 'base',
    flag: 'public-url',
    env: 'MCPMUX_PUBLIC_URL',
    default: undefined,
    says: 'The https address at which clients on other machines reach this daemon, such as `https://mux.example` or `https://example.com/mux`. A reverse proxy on this machine can publish it; it must pass on the Host header. After a sign-in to a server, browsers return to this address. Providers that accept a Client ID Metadata Document find ours there.',
  },
  publicHosts: {
    room: 'http',
    kind: 'hosts',
    env: 'MCPMUX_PUBLIC_HOSTS',
    default: [],
    says: 'More host names (with a port where it is not 443) under which clients on other machines may come. The one of the public URL is always among them.',
  },
  listen: {
    room: 'http',
    kind: 'hosts',
    flag: 'listen',
    env: 'MCPMUX_LISTEN',
    default: [],
    says: 'Addresses of this machine, beside 127.0.0.1 and [::1], on which the port is opened for other machines. `0.0.0.0` and `::` mean all addresses that the machine has at the start. Needs a public URL, and TLS files or trusted proxies; without them the daemon does not start.',
  },
  tlsCertFile: {
    room: 'http',
    kind: 'text',
    flag: 'tls-cert',
    env: 'MCPMUX_TLS_CERT_FILE',
    default: undefined,
    says: 'The PEM file with the certificate (and its chain) for the addresses of `listen`. A new certificate in the file is taken up within a minute.',
  },
  tlsKeyFile: {
    room: 'http',
    kind: 'text',
    flag: 'tls-key',
    env: 'MCPMUX_TLS_KEY_FILE',
    default: undefined,
    says: 'The PEM file with the private key of the certificate.',
  },
  trustedProxies: {
    room: 'http',
    kind: 'hosts',
    flag: 'trusted-proxies',
    env: 'MCPMUX_TRUSTED_PROXIES',
    default: [],
    says: 'Addresses and ranges of reverse proxies on other machines. Only they may connect to the addresses of `listen` when there is no TLS here. What they say about their clients (X-Forwarded-For) counts for rates and the audit.',
  },
  clientMetadataUrl: {
    room: 'upstream',
    kind: 'url',
    names: 'document',
    env: 'MCPMUX_CLIENT_METADATA_URL',
    default: undefined,
    says: 'An https address elsewhere that serves the Client ID Metadata Document of this gateway, for providers that accept one. Without it and without a public URL, McpMux registers a client with each provider.',
  },
  oauthAllowPrivate: {
    room: 'upstream',
    kind: 'hosts',
    env: 'MCPMUX_OAUTH_ALLOW_PRIVATE',
    default: [],
    says: "Host names, addresses and ranges in your internal network that public servers may use for their sign-in, such as `sso.corp.example, 10.20.0.0/16`. Use it when your company's authorization server protects servers outside. Cloud metadata and other reserved addresses stay blocked.",
  },
  alertWebhook: {
    room: 'observe',
    kind: 'text',
    env: 'MCPMUX_ALERT_WEBHOOK',
    default: undefined,
    isSensitive: true,
    says: 'An address that is told when something needs you: a sign-in that ended, a server that failed for good, a change that is held. It gets JSON by POST; `text` is what chat services show. https, or http on this machine.',
  },
  alertCommand: {
    room: 'observe',
    kind: 'text',
    env: 'MCPMUX_ALERT_COMMAND',
    default: undefined,
    says: 'A program that is run when something needs you, such as `/usr/bin/notify-send`. It gets two arguments: what it is, and why with the next step.',
  },
  historyMaxCalls: {
    room: 'observe',
    kind: 'number',
    unit: 'count',
    env: 'MCPMUX_HISTORY_MAX_CALLS',
    min: 0,
    max: 100_000_000,
    default: 1_000_000,
    says: 'How many calls the history keeps; the oldest go first. A million take some 150 MB. 0 switches the history off. What was said in calls is not part of it.',
  },
  historyKeepMs: {
    room: 'observe',
    kind: 'number',
    unit: 'ms',
    env: 'MCPMUX_HISTORY_KEEP_MS',
    min: hour,
    max: 3_650 * 24 * hour,
    default: 90 * 24 * hour,
    says: 'How long the history keeps a call.',
  },
  shutdownGraceMs: {
    room: 'daemon',
    kind: 'number',
    unit: 'ms',
    env: 'MCPMUX_SHUTDOWN_GRACE_MS',
    min: 0,
    max: 10 * minute,
    default: 5 * second,
    says: 'How long running calls may take to finish after the daemon was told to stop.',
  },
};

export const settingNames = Object.keys(settingsTable) as readonly SettingName[];

/** How a person sets it outside the file: `--port or MCPMUX_PORT`. */
export function waysToSet(name: SettingName): string {
  const { flag, env } = settingsTable[name];
  return flag === undefined ? env : `--${flag} or ${env}`;
}
