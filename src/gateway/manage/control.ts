/**
 * gateway/manage/control — what the admin plane may ask of the gateway. One interface, so that admin/ stays thin.
 *
 * In: intent of a person. Out: the state after it was stored; what runs follows by reconcile.
 * Knows nothing of: HTTP, the command line, JSON shapes of the admin API.
 */
import type { JsonObject, Secret } from '../../base/index.ts';
import type {
  DeclarePolicy,
  Era,
  EraVerdict,
  Feature,
  HttpFlavour,
  InputType,
  InstalledServer,
  ServerId,
  ServerLimits,
  ServerOrigin,
  ServerState,
  SessionPolicy,
} from '../../model/index.ts';
import type { ServerProcesses } from '../../upstream/index.ts';

export type LaunchInput =
  | {
      readonly kind: 'stdio';
      readonly command: string;
      readonly args: readonly string[];
      readonly cwd?: string | undefined;
      readonly env?: Readonly<Record<string, Secret>>;
      /** A person approves the commands of `${exec:COMMAND}` references. */
      readonly allowsExec?: boolean;
      /** Variables that are secret though neither name nor value shows it. */
      readonly secretNames?: readonly string[];
    }
  | {
      readonly kind: 'http';
      readonly url: string;
      readonly headers?: Readonly<Record<string, Secret>>;
      readonly flavour?: HttpFlavour;
      readonly allowsExec?: boolean;
      readonly secretNames?: readonly string[];
    };

/** What is to be different about how a server is run or reached. What is not named stays. */
export interface LaunchChange {
  readonly command?: string | undefined;
  /** All of them. A new command without arguments has none. */
  readonly args?: readonly string[] | undefined;
  /** null: a folder of its own. */
  readonly cwd?: string | null | undefined;
  /** null takes one away. */
  readonly env?: Readonly<Record<string, Secret | null>> | undefined;
  readonly url?: string | undefined;
  readonly flavour?: HttpFlavour | undefined;
  /** null takes one away. */
  readonly headers?: Readonly<Record<string, Secret | null>> | undefined;
  readonly allowsExec?: boolean | undefined;
  readonly secretNames?: readonly string[] | undefined;
}

/** What a server needs to be told, as a definition has it. */
export interface DeclaredInput {
  readonly id: string;
  readonly label?: string | undefined;
  readonly type?: InputType | undefined;
  readonly isRequired?: boolean | undefined;
  readonly description?: string | undefined;
  readonly placeholder?: string | undefined;
  readonly default?: string | undefined;
  readonly options?: readonly { readonly value: string; readonly label?: string | undefined }[] | undefined;
  readonly obtain?:
    | {
        readonly url?: string | undefined;
        readonly instructions?: string | undefined;
        readonly buttonLabel?: string | undefined;
      }
    | undefined;
}

export interface AddServerInput {
  /** Slug, name or id; absent = the default Space. */
  readonly space?: string;
  readonly name: string;
  /** Derived from the name when absent. */
  readonly alias?: string;
  readonly launch: LaunchInput;
  /** What placeholders ask for and nobody declares is a required password. */
  readonly inputs?: readonly DeclaredInput[];
  readonly inputValues?: Readonly<Record<string, Secret>>;
  /** False: secrets that are found in arguments or the URL stay there, unsealed. */
  readonly sealsSecrets?: boolean;
  readonly isEnabled?: boolean;
  readonly sessionPolicy?: SessionPolicy;
  readonly declares?: DeclarePolicy;
  readonly limits?: ServerLimits;
  readonly origin?: ServerOrigin;
}

export interface ChangeServerInput {
  readonly name?: string;
  readonly alias?: string;
  readonly launch?: LaunchChange;
  /** Values that were given for one origin may be sent to the new one. */
  readonly keepsSecrets?: boolean;
  /** True: also those that lie in plain already. False: those of a new launch stay in plain. */
  readonly sealsSecrets?: boolean;
  /** By id; an empty value takes away what was given. What is not named stays. */
  readonly inputValues?: Readonly<Record<string, Secret>>;
  readonly sessionPolicy?: SessionPolicy;
  readonly declares?: DeclarePolicy;
  readonly limits?: ServerLimits;
  readonly isEnabled?: boolean;
  readonly origin?: ServerOrigin;
}

export interface FeatureCounts {
  readonly tools: number;
  readonly prompts: number;
  readonly resources: number;
  readonly templates: number;
}

/** One server with everything that is known about it. */
export interface ServerOverview {
  readonly server: InstalledServer;
  /** Its Space's. */
  readonly space: string;
  /** What a person calls it: `github`, or `work/github` where it is not of the default Space. */
  readonly reference: string;
  readonly state: ServerState;
  readonly counts: FeatureCounts;
  readonly verdict: EraVerdict | undefined;
  /** As the server told them at the last handshake, per era; undefined while never connected. */
  readonly told:
    | {
        readonly serverInfo: JsonObject | undefined;
        readonly capabilities: JsonObject;
        readonly instructions: string | undefined;
      }
    | undefined;
  /** Legs open right now. */
  readonly legs: readonly {
    readonly era: Era;
    readonly revision: string;
    readonly inFlight: number;
    readonly owner: string | undefined;
  }[];
  /** What of it reaches each client that was here since the start, latest first. */
  readonly capabilityReports: readonly {
    readonly client: string;
    readonly clientVersion: string | undefined;
    readonly revision: string;
    readonly pairing: string;
    readonly degraded: readonly string[];
    /** Epoch ms. */
    readonly lastSeenAt: number;
  }[];
  /** Items that are not offered to clients, and why (invalid, name collision, bad x-mcp-header …). */
  readonly withheld: readonly { readonly kind: string; readonly name: string; readonly why: string }[];
}

/** A tool as clients of `/mcp` see it. */
export interface ToolOverview {
  readonly qualifiedName: string;
  readonly originalName: string;
  readonly serverId: ServerId;
  readonly serverName: string;
  readonly title: string | undefined;
  readonly description: string | undefined;
  readonly isAvailable: boolean;
  readonly item: JsonObject;
}

export type CallOutcome =
  | { readonly kind: 'result'; readonly result: JsonObject }
  | { readonly kind: 'error'; readonly code: number; readonly message: string; readonly data?: unknown };

export interface Control {
  /** @param space slug, name or id; undefined = of every Space. @throws gateway.no_such_space */
  listServers(space?: string): readonly ServerOverview[];
  /** @param reference id, name (any case) or alias, with `SPACE/` before it where it is not of the default Space. @throws gateway.no_such_server with the nearest names */
  getServer(reference: string): ServerOverview;
  /** Stores it; when enabled it starts to connect. Does not wait for the connection. @throws gateway.bad_name, gateway.name_taken, transports.bad_url, transports.bad_header */
  addServer(input: AddServerInput): Promise<ServerOverview>;
  /**
   * Only what depends on the change is done anew: a name or limit touches no connection, a new command or URL makes one,
   * another origin ends the sign-in at the old one.
   *
   * @throws gateway.no_such_server, gateway.secrets_elsewhere, and what addServer throws
   */
  changeServer(reference: string, change: ChangeServerInput): Promise<ServerOverview>;
  removeServer(reference: string): Promise<void>;
  /** Connects again and discovers again, ending waits and a crash loop. Resolves when it is ready or has failed. */
  refreshServer(reference: string): Promise<ServerOverview>;
  /** Resolves when the server is in a status that does not change by itself within moments (connected, failed, waiting, sign-in …), or after `timeoutMs`. */
  settled(reference: string, timeoutMs: number): Promise<ServerOverview>;
  listFeatures(reference: string): readonly Feature[];
  /** What the processes of every server cost this machine, as it is now. */
  listProcesses(): Promise<readonly ServerProcesses[]>;
  /** All tools of a Space, or the best matches for `query`, best first. @throws gateway.no_such_space */
  findTools(query: string | undefined, limit: number, space?: string): Promise<readonly ToolOverview[]>;
  /** Calls a tool by qualified name as the administrator. @throws gateway.unknown_tool with the nearest names */
  callTool(
    qualifiedName: string,
    args: JsonObject,
    signal: AbortSignal,
    space?: string,
  ): Promise<CallOutcome>;
}
