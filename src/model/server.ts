/**
 * model/server — an installed server: how it is run or reached, and what it is called.
 *
 * Knows nothing of: whether it runs. That is upstream/.
 */
import type { McpMuxError, Secret } from '../base/index.ts';
import type { ServerId, SpaceId } from './ids.ts';
import type { InputDefinition } from './input.ts';

interface LaunchInputs {
  /** Declared with the server, or following from the placeholders in its values. */
  readonly inputs?: readonly InputDefinition[];
  /** By id; what was not given is absent. */
  readonly inputValues?: Readonly<Record<string, Secret>>;
  /** Variables or headers that a person called secret, where neither name nor form shows it. */
  readonly secretNames?: readonly string[];
}

export interface StdioLaunch extends LaunchInputs {
  readonly kind: 'stdio';
  readonly command: string;
  readonly args: readonly string[];
  /** Absolute; undefined = a folder of the server's own inside the data folder. */
  readonly cwd: string | undefined;
  readonly env: Readonly<Record<string, Secret>>;
  /** A person has approved that `${exec:COMMAND}` in its values runs that command. */
  readonly allowsExec?: boolean;
}

/** `auto`: Streamable HTTP first, HTTP+SSE (2024-11-05) when the endpoint refuses it. */
export type HttpFlavour = 'auto' | 'http' | 'sse';

export interface HttpLaunch extends LaunchInputs {
  readonly kind: 'http';
  /** Absolute http(s) URL without user info and fragment. `${input:ID}` and references may stand in its path and query. */
  readonly url: string;
  readonly headers: Readonly<Record<string, Secret>>;
  readonly flavour: HttpFlavour;
  /** As for stdio. */
  readonly allowsExec?: boolean;
}

export type Launch = StdioLaunch | HttpLaunch;

/** Who shares one conversation with a legacy server. See docs/architecture.md, "Protocol decisions". */
export type SessionPolicy = 'shared' | 'per-client' | 'per-workspace' | 'auto';
export const sessionPolicies: readonly SessionPolicy[] = ['shared', 'per-client', 'per-workspace', 'auto'];

/**
 * What a legacy server hears that its client can do. `bridged`: all that the gateway can bridge, whoever calls. `client`:
 * what each client declares, on a connection of its own.
 */
export type DeclarePolicy = 'bridged' | 'client';

/** Overrides of the defaults in upstream/limits. Undefined = default. Milliseconds. */
export interface ServerLimits {
  readonly connectTimeoutMs?: number;
  readonly listTimeoutMs?: number;
  readonly callTimeoutMs?: number;
  readonly maxCallMs?: number;
  /** Between two pings of a connected server; 0 = never. */
  readonly pingIntervalMs?: number;
  readonly concurrency?: number;
  /** Connections to a server over HTTP at once. */
  readonly maxConnections?: number;
  /** Stop after this long without a call; lists stay, the next call starts it again. Undefined = never. */
  readonly idleStopMs?: number;
  /** All processes of the server together; over it the server is started anew. Undefined or 0 = no budget of its own. */
  readonly memoryBudgetBytes?: number;
}

/** A package that was installed once into a folder of our own, and is started directly from there. */
export interface PinnedPackage {
  readonly kind: 'npm' | 'pypi';
  readonly name: string;
  /** Exact. */
  readonly version: string;
  /** Absolute; holds the lock, and nothing that anybody else changes. */
  readonly folder: string;
  /** Of everything in the folder, as it was installed: `sha256-…`. */
  readonly integrity: string;
  /** Its program, where it is not named like the package. */
  readonly program?: string;
  /** Who published this version, as the registry says. */
  readonly publisher?: string;
  readonly repository?: string;
}

/** Where a server came from. Absent for one that was added by its command or URL. */
export interface ServerOrigin {
  /** The source of its definition: `built-in`, `official`, `given`, `file` … */
  readonly source: string;
  /** The name of its definition, or of its entry in the file. */
  readonly definition?: string;
  readonly package?: PinnedPackage;
  /** The file that holds it, absolute. */
  readonly file?: string;
  /** Of its entry when the file was last applied: tells whether the file has changed it since. */
  readonly fileHash?: string;
}

export interface InstalledServer {
  readonly id: ServerId;
  readonly spaceId: SpaceId;
  /** As the person wrote it; unique in the Space, without regard to case. */
  readonly name: string;
  /** `^[a-z0-9][a-z0-9-]{0,23}$`, unique in the Space; the prefix of qualified names and the segment of `/servers/<alias>/mcp`. */
  readonly alias: string;
  readonly isEnabled: boolean;
  readonly launch: Launch;
  readonly sessionPolicy: SessionPolicy;
  /** Undefined = `bridged`. */
  readonly declares?: DeclarePolicy;
  readonly limits: ServerLimits;
  readonly origin?: ServerOrigin;
  /** Counts up with every change; a writer that holds an older one is refused. */
  readonly revision: number;
  /** Epoch ms. */
  readonly createdAt: number;
  readonly updatedAt: number;
  /** Why it cannot be run: what is stored of it cannot be read, and stands for nothing here. */
  readonly damage?: McpMuxError | undefined;
}

export const aliasPattern = /^[a-z0-9][a-z0-9-]{0,23}$/;
/** What a person may call a server: it starts with a letter or digit and stays on one line. */
export const serverNamePattern = /^[A-Za-z0-9][A-Za-z0-9 ._-]{0,63}$/;
/** Prefixes and routes of our own. */
export const reservedAliases: ReadonlySet<string> = new Set(['mcpmux', 'mcp', 'mux']);

/** The alias a name suggests: lower case, runs of anything else become one hyphen. May be empty. */
export function aliasFromName(name: string): string {
  return name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 24)
    .replace(/-+$/, '');
}
