/**
 * admin/ports — what the admin API is given: everything it shows or changes belongs to somebody else.
 */
import type { IncomingMessage } from 'node:http';
import type { ClientChange, KeyWish } from '../auth/index.ts';
import type { Logger, Secret } from '../base/index.ts';
import type { MachineClients } from '../clients/index.ts';
import type { ExposureState, FoundProgram } from '../expose/index.ts';
import type {
  ApprovalControl,
  Control,
  DefinitionControl,
  MappingControl,
  Preflight,
  PresentationControl,
  SetControl,
  SignInControl,
  SpaceControl,
  WhyControl,
} from '../gateway/index.ts';
import type { HttpRoute } from '../http/index.ts';
import type {
  ApiKey,
  ApiKeyId,
  AuditEntry,
  AuditQuery,
  AuditRecord,
  CallEntry,
  CallPage,
  CallQuery,
  Client,
  ClientId,
  DomainEvents,
  Explanation,
  Problem,
  ServerId,
  ServerLog,
  SpaceId,
  WorkSession,
} from '../model/index.ts';
import type {
  FileWatches,
  Installer,
  ServerCatalogue,
  ServerFiles,
  SourceList,
  Updates,
} from '../registry/index.ts';
import type { AdminSession } from './browser/admin-sessions.ts';

/** The keys that let clients in. auth/ makes it real. */
export interface AdminApiKeys {
  list(): readonly ApiKey[] | Promise<readonly ApiKey[]>;
  /** @throws auth.* when the name is malformed or a live key has it, and for what cannot be granted */
  create(name: string, wish?: KeyWish): Promise<{ readonly key: ApiKey; readonly text: string }>;
  /** @param reference id or name. @throws auth.* when there is no such live key, or two live ones already */
  renew(reference: string, expiresAt?: number): Promise<{ readonly key: ApiKey; readonly text: string }>;
  /** @param reference id or name. @throws auth.* when there is no such live key */
  revoke(reference: string): Promise<ApiKey>;
  /** False while a revocation counts here and is not in the store yet. */
  isStored(id: ApiKeyId): boolean;
}

/** The clients that may come in. auth/ makes it real. */
export interface AdminClients {
  list(): readonly Client[];
  /** @param reference id or name. @throws auth.no_such_client, auth.ambiguous_client */
  find(reference: string): Client;
  /** Registers an OAuth client by hand. @throws auth.bad_client_name, auth.client_name_taken, auth.bad_redirect_uri */
  register(name: string, redirectUris: readonly string[]): Promise<Client>;
  /** @throws auth.* */
  change(reference: string, change: ClientChange): Promise<Client>;
  /** @throws auth.* */
  revoke(reference: string): Promise<Client>;
  /** False while it is shut out here and that is not in the store yet. */
  isStored(id: ClientId): boolean;
}

/** The daemon as it describes itself. Plain facts, gathered anew with every question. */
export interface DaemonFacts {
  readonly version: string;
  readonly pid: number;
  /** Epoch ms. */
  readonly startedAt: number;
  readonly isReady: boolean;
  /** The URL of `/mcp` for AI clients. */
  readonly url: string;
  /** What clients outside use, when there is a public URL. */
  readonly publicUrl?: string | undefined;
  readonly listensOn: readonly string[];
  readonly dataDir: string;
  readonly logDir: string | undefined;
  readonly authMode: 'api-key' | 'none';
  readonly keySource: string;
  /** How other machines are reached, from the daemon's environment. */
  readonly network?: {
    readonly proxies: readonly {
      readonly scheme: 'http' | 'https';
      readonly url: string;
      readonly hasCredentials: boolean;
      readonly variable: string;
    }[];
    readonly exceptions: string;
    readonly authorities: readonly {
      readonly variable: string;
      readonly path: string;
      readonly certificates: number;
    }[];
  };
}

/** This machine as the daemon sees it. */
export interface Examination {
  /** Where commands of servers are looked for. */
  readonly searchPath: string;
  readonly findings: readonly {
    readonly name: string;
    readonly verdict: 'fine' | 'warning' | 'trouble';
    readonly says: string;
    readonly next?: string;
  }[];
}

export type KeySource = 'keychain' | 'file' | 'credential' | 'passphrase';

/** What happened. observe/ makes it real. */
export interface History {
  readonly counts: {
    readonly recorded: number;
    readonly dropped: number;
    readonly waiting: number;
    readonly since: number;
    readonly mayMissBefore: number | undefined;
  };
  find(query: CallQuery): Promise<CallPage>;
  get(id: number): Promise<CallEntry | undefined>;
  sessions(limit: number): Promise<readonly WorkSession[]>;
  follow(listener: (call: CallEntry) => void): () => void;
}

/** The store and its keys. store/ makes it real; unlocking also brings the servers to life. */
export interface Vault {
  describe(): VaultFacts;
  unlock(passphrase: Secret | undefined): Promise<VaultFacts>;
  /** @throws store.locked */
  rotateDataKey(): Promise<{
    readonly rows: number;
    readonly damaged: number;
    readonly removedKeys: number;
  }>;
  /** @throws store.locked, store.keychain, store.bad_key, store.bad_passphrase, store.not_writable */
  rotateRootKey(wish: {
    readonly source: KeySource | undefined;
    readonly passphrase: Secret | undefined;
    readonly credentialFile: string | undefined;
  }): Promise<VaultFacts>;
  /** @throws store.locked, store.already_there, store.bad_passphrase, store.not_writable, store.disk_full */
  backup(
    toFile: string,
    passphrase: Secret,
  ): Promise<{ readonly file: string; readonly bytes: number; readonly createdAt: number }>;
}

export interface VaultFacts {
  readonly driver: 'sqlite' | 'postgres';
  readonly location: string;
  readonly schemaVersion: number;
  readonly isLocked: boolean;
  readonly lockReason: string | undefined;
  readonly lockHint: string | undefined;
  readonly keySource: KeySource | undefined;
  readonly keyLocation: string | undefined;
  readonly keyId: string | undefined;
  readonly notice: string | undefined;
}

export interface SettingFact {
  readonly name: string;
  readonly value: string | number | boolean | undefined;
  readonly origin: 'flag' | 'env' | 'file' | 'default';
  /** The flag, variable or file that gave it. */
  readonly source?: string | undefined;
  readonly says?: string | undefined;
}

/** The browsers that the person lets in. */
export interface Browsers {
  /** @throws admin.no_public_address */
  makeLink(isPublic: boolean): { readonly url: string; readonly expiresAt: number };
  makeCode(): { readonly code: string; readonly expiresAt: number };
  sessions(): readonly AdminSession[];
  /** @param id undefined = all. @returns how many were ended. @throws admin.no_such_browser */
  end(id?: string): number;
  /** The session by which a request came in; undefined for the socket's. */
  callerOf(request: IncomingMessage): AdminSession | undefined;
}

/** Who sees what. gateway/ makes it real. */
export interface AdminAccess {
  readonly spaces: SpaceControl;
  readonly sets: SetControl;
  readonly mappings: MappingControl;
  readonly why: WhyControl;
  readonly preflight: Preflight;
}

/** The audit. observe/ makes it real. */
export interface Audit {
  /** Resolves when it is written; never rejects. */
  record(record: AuditRecord): Promise<void>;
  /** Written soon; nobody waits for it. */
  later(record: AuditRecord): void;
  list(query: AuditQuery): Promise<readonly AuditEntry[]>;
  verify(): Promise<{
    readonly entries: number;
    readonly firstSeq: number;
    readonly lastSeq: number;
    readonly lastHash: string;
    readonly broken: { readonly seq: number; readonly why: string } | undefined;
  }>;
}

/** The tunnel; expose/ makes it real. */
export interface ExposureControl {
  readonly state: ExposureState;
  programs(): Promise<readonly FoundProgram[]>;
  /** @throws expose.* */
  start(serverIds: readonly ServerId[], program: string | undefined): Promise<ExposureState>;
  /** @throws expose.no_servers */
  choose(serverIds: readonly ServerId[]): Promise<ExposureState>;
  stop(): Promise<ExposureState>;
}

/** The daemon's port. */
export interface DoorFacts {
  readonly routes: readonly HttpRoute[];
}

/** McpMux's own tools; builtin/ makes it real. */
export interface BuiltInTools {
  /** @param spaceId undefined = the default Space */
  list(spaceId: SpaceId | undefined): readonly BuiltInToolFacts[];
  /** @throws builtin.no_such_tool */
  set(spaceId: SpaceId | undefined, tool: string, isOn: boolean): Promise<readonly BuiltInToolFacts[]>;
}

/** Who gets which list of tools, and what it costs; builtin/ makes it real. */
export interface ListModeSettings {
  overview(): ListModeFacts;
  /** @throws builtin.no_such_set, builtin.no_such_space, auth.no_such_client */
  setMode(
    target: {
      readonly client?: string | undefined;
      readonly set?: string | undefined;
      readonly space?: string | undefined;
    },
    mode: 'full' | 'lazy' | 'auto' | undefined,
  ): Promise<ListModeFacts>;
  /** @throws builtin.unknown_tool */
  pin(tool: string, isPinned: boolean): Promise<ListModeFacts>;
  /** @throws builtin.bad_limit, builtin.no_such_set, builtin.no_such_space */
  setResultLimit(
    target: { readonly set?: string | undefined; readonly space?: string | undefined },
    characters: number | undefined,
  ): Promise<ListModeFacts>;
}

export interface ListModeFacts {
  readonly modes: readonly {
    readonly kind: 'client' | 'set' | 'space';
    readonly id: string;
    readonly name: string;
    readonly mode: 'full' | 'lazy' | 'auto';
  }[];
  readonly pinned: readonly {
    readonly name: string;
    readonly alias: string;
    readonly originalName: string;
    readonly spaceId: SpaceId;
  }[];
  readonly resultLimits: readonly {
    readonly kind: 'set' | 'space';
    readonly id: string;
    readonly name: string;
    readonly characters: number;
  }[];
}

export interface TokenLedgerFacts {
  costs(): readonly {
    readonly clientId: string | undefined;
    readonly client: string;
    readonly app: string | undefined;
    readonly lists: number;
    readonly listTokens: number;
    readonly wholeListTokens: number;
    readonly searches: number;
    readonly searchTokens: number;
    readonly calls: number;
    readonly resultTokens: number;
    readonly savedTokens: number;
    readonly since: number;
    readonly lastAt: number;
  }[];
}

export interface BuiltInToolFacts {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly isWrite: boolean;
  readonly isOn: boolean;
}

export interface AdminParts {
  readonly door: DoorFacts;
  readonly builtIn: BuiltInTools;
  readonly audit: Audit;
  readonly exposure: ExposureControl;
  readonly listModes: ListModeSettings;
  readonly tokens: TokenLedgerFacts;
  readonly browsers: Browsers;
  readonly control: Control;
  readonly access: AdminAccess;
  readonly signInControl: SignInControl;
  /** Servers that can be installed. */
  readonly definitions: {
    readonly catalogue: ServerCatalogue;
    readonly installer: Installer;
    readonly updates: Updates;
    readonly sources: SourceList;
    readonly files: ServerFiles;
    readonly watches: FileWatches;
  };
  /** How tools look to clients. */
  readonly presentations: PresentationControl;
  /** Calls that wait for the person. */
  readonly approvals: ApprovalControl;
  /** What servers changed, and who allows it. */
  readonly review: DefinitionControl;
  readonly vault: Vault;
  readonly apiKeys: AdminApiKeys;
  readonly clients: AdminClients;
  readonly serverLog: ServerLog;
  readonly history: History;
  /** @throws observe.nothing_to_explain */
  readonly explainer: { explain(about: string | undefined): Promise<Explanation> };
  readonly events: DomainEvents;
  /** What needs a person, the most harm first. */
  readonly problems: { list(): Promise<readonly Problem[]> };
  /** AI clients on this machine. clients/ makes it real. */
  readonly machine: Pick<MachineClients, 'list' | 'plan' | 'connect' | 'disconnect'>;
  readonly settings: { describe(): readonly SettingFact[] };
  /** Prometheus text, version 0.0.4. */
  readonly metrics: { render(): string | Promise<string> };
  readonly daemon: {
    describe(): DaemonFacts | Promise<DaemonFacts>;
    examine(): Promise<Examination>;
    /** Begins to stop; returns at once. */
    stop(reason: string): void;
  };
  readonly logger: Logger;
}
