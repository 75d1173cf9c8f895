/**
 * model/audit — one entry of the audit: who did what, when, and what was decided. Never a secret, an argument or a result,
 * unless a person switched arguments on.
 */

export interface AuditActor {
  /** `person`: whoever is let in by the socket, a link or a code. `client`: a key or token. `nobody`: no credential held. */
  readonly kind: 'person' | 'client' | 'nobody' | 'mcpmux';
  /** Of the client, or of the browser's session. */
  readonly id?: string | undefined;
  /** For people: the client's name, `command line`, `browser`. */
  readonly name: string;
  /** Where it came from, when it did not come over the socket. */
  readonly address?: string | undefined;
}

/** `done` and `allowed` went through; `refused` was not permitted; `failed` was permitted and did not work. */
export type AuditDecision = 'done' | 'allowed' | 'refused' | 'failed';

export type AuditFacts = Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>;

/** What somebody tells the audit. */
export interface AuditRecord {
  readonly who: AuditActor;
  /** `<room>.<act>`, stable: `admin.addServer`, `tools.call`, `door.token_unknown`. */
  readonly what: string;
  /** What it was done to, by its name. */
  readonly on?: string | undefined;
  readonly decision: AuditDecision;
  readonly facts?: AuditFacts | undefined;
}

export interface AuditEntry extends AuditRecord {
  /** 1, 2, 3 … without a gap. */
  readonly seq: number;
  /** Epoch ms. */
  readonly at: number;
}

/** An entry as it is stored: its text, and what chains it to the one before. */
export interface AuditRow {
  readonly seq: number;
  readonly at: number;
  readonly what: string;
  readonly who: string;
  /** The whole entry as JSON. */
  readonly line: string;
  /** SHA-256 (hex) of the hash before, a line break, and `line`. */
  readonly hash: string;
}

/** Up to where old entries were removed, and the hash that the first kept one builds on. */
export interface AuditAnchor {
  readonly seq: number;
  readonly hash: string;
}

export interface AuditQuery {
  readonly limit: number;
  /** Entries before this number. */
  readonly beforeSeq?: number | undefined;
  /** Kinds that begin so. */
  readonly what?: string | undefined;
  /** The exact id or name of whoever did it. */
  readonly who?: string | undefined;
}
