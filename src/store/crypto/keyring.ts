/**
 * store/crypto/keyring — holds the keys while the store is open: root key → data keys → records.
 *
 *     new database ──create──▶ unlocked ◀──unlock── locked
 *     old database ──read────▶ unlocked  or  locked (key missing, wrong, refused)
 *
 * Locked: nothing sealed is read and nothing is sealed; what was sealed before is never written over.
 * Owns: the plain keys in memory. Knows nothing of: which tables hold sealed values.
 */
import { randomBytes } from 'node:crypto';
import type { Transaction } from 'kysely';
import {
  type Clock,
  describeError,
  isMcpMuxError,
  type JsonObject,
  type Logger,
  type McpMuxError,
  Secret,
} from '../../base/index.ts';
import type { Connection, Database } from '../drivers/database.ts';
import { storeError } from '../errors.ts';
import type { DataKeyRow, RootKeyRow, Tables } from '../tables.ts';
import { keyBytes, lengthPrefixed } from './aead.ts';
import { addressParts, keyIdOf, openText, type RecordAddress, sealText } from './record.ts';
import { chooseRootKey, createRootKey, keyFileNotice, type RootKeyOptions } from './root-key/choose.ts';
import {
  canaryFits,
  makeCanary,
  type RootKey,
  type RootKeyRecord,
  type RootKeySource,
} from './root-key/root-key.ts';

/** Seals values of one Space inside one transaction. */
export interface Sealer {
  seal(secret: Secret, address: Omit<RecordAddress, 'spaceId'>): string;
}

export interface KeyringState {
  readonly isLocked: boolean;
  /** Why, and what to do; undefined when unlocked. */
  readonly lock: McpMuxError | undefined;
  readonly source: RootKeySource | undefined;
  readonly where: string | undefined;
  readonly rootKeyId: string | undefined;
  /** To be shown as long as it holds. */
  readonly notice: string | undefined;
}

/** These say that the database fails, not that a key is missing. */
const databaseFailures: ReadonlySet<string> = new Set([
  'store.unreachable',
  'store.closed',
  'store.failed',
  'store.corrupt',
  'store.busy',
  'store.younger_than_keys',
]);

interface Unlocked {
  readonly root: RootKey;
  readonly record: RootKeyRecord;
  readonly where: string;
}

export class Keyring {
  readonly #database: Database;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #beforeFirst: () => Promise<void>;
  #options: RootKeyOptions;
  #unlocked: Unlocked | undefined;
  #lock: McpMuxError | undefined;
  #record: RootKeyRecord | undefined;
  /** Unwrapped data keys by id. Retired ones stay while the process lives: a row may be read just before it is sealed anew. */
  readonly #dataKeys = new Map<string, { readonly spaceId: string; readonly key: Buffer }>();

  /** @param beforeFirst asked before the very first key is made; may refuse */
  constructor(
    database: Database,
    options: RootKeyOptions,
    clock: Clock,
    logger: Logger,
    beforeFirst: () => Promise<void> = async () => {},
  ) {
    this.#beforeFirst = beforeFirst;
    this.#database = database;
    this.#options = options;
    this.#clock = clock;
    this.#logger = logger;
  }

  get state(): KeyringState {
    const record = this.#record;
    return {
      isLocked: this.#unlocked === undefined,
      lock: this.#lock,
      // Of a store that was never sealed: where its key is to be.
      source: record?.source ?? (this.#options.source === 'auto' ? undefined : this.#options.source),
      where: this.#unlocked?.where,
      rootKeyId: record?.id,
      notice: record?.facts['isFallback'] === true ? keyFileNotice : undefined,
    };
  }

  /**
   * Finds the root key, or makes the first one. Never throws for a key that is missing or wrong: then it is locked.
   *
   * @param changed what a person has given since, a passphrase for example
   */
  async unlock(changed: Partial<RootKeyOptions> = {}): Promise<void> {
    this.#options = { ...this.#options, ...changed };
    if (this.#unlocked !== undefined) return;
    let used: RootKeyRecord | undefined;
    try {
      used = await readCurrentRoot(this.#database.db);
      this.#accept(used === undefined ? await this.#createFirst() : await this.#readExisting(used));
    } catch (error) {
      if (!isMcpMuxError(error) || databaseFailures.has(error.code)) throw error;
      this.#record = used;
      this.#lock = this.#lockedBecause(error.message, error.hint, error);
      this.#logger.warn({ code: error.code, reason: error.message }, 'the credentials are locked');
    }
  }

  #accept(unlocked: Unlocked): void {
    this.#unlocked = unlocked;
    this.#record = unlocked.record;
    this.#lock = undefined;
  }

  async #createFirst(): Promise<Unlocked> {
    const sealedBefore = await this.#database.db
      .selectFrom('data_keys')
      .select('id')
      .limit(1)
      .executeTakeFirst();
    if (sealedBefore !== undefined)
      throw storeError('bad_key', {
        location: 'the database',
        reason: 'it does not tell which root key it is sealed with',
        hint: 'restore a backup: mcpmux restore FILE',
      });
    await this.#beforeFirst();
    const { provider, root } = await createRootKey(this.#options);
    // The key is durable before anything is sealed with it. Another replica may be first; then its key counts.
    await this.#database.write((connection) =>
      connection
        .insertInto('root_keys')
        .values(rootKeyRow(root, provider.source, this.#clock.now()))
        .onConflict((conflict) => conflict.doNothing())
        .execute(),
    );
    const used = await readCurrentRoot(this.#database.db);
    if (used !== undefined && used.id === root.id) return { root, record: used, where: provider.where };
    await provider.destroy(root);
    if (used === undefined) throw this.#rootChanged();
    return this.#readExisting(used);
  }

  async #readExisting(used: RootKeyRecord): Promise<Unlocked> {
    const provider = chooseRootKey(this.#options, used);
    const root = await provider.read(used);
    if (root === undefined)
      throw storeError('bad_key', {
        location: provider.where,
        reason: `the key ${used.id} is not there`,
        hint:
          used.source === provider.source
            ? 'put the key back where it was, or: mcpmux restore FILE'
            : `the credentials were sealed with a key from: ${used.source}; start with --key-source ${used.source}`,
      });
    if (!canaryFits(root, used.canary))
      throw storeError('bad_key', {
        location: provider.where,
        reason: 'it does not open what this database has sealed',
        hint: 'the database was changed by somebody else; restore a backup: mcpmux restore FILE',
      });
    return { root, record: used, where: provider.where };
  }

  #lockedBecause(reason: string, hint: string | undefined, cause?: unknown): McpMuxError {
    return storeError(
      'locked',
      {
        location: this.#database.location,
        reason,
        hint: hint === undefined ? 'run: mcpmux unlock' : `${hint}; then run: mcpmux unlock`,
      },
      cause,
    );
  }

  #rootChanged(): McpMuxError {
    return this.#lockedBecause('another process has changed the root key', 'give this process the new key');
  }

  /** @throws store.locked */
  requireUnlocked(): { readonly root: RootKey; readonly record: RootKeyRecord } {
    if (this.#unlocked === undefined) throw this.#lock ?? this.#lockedBecause('it is closed', undefined);
    return this.#unlocked;
  }

  /** Is the key still where the next start will look for it? Asks no keychain and no person. */
  async checkKey(): Promise<McpMuxError | undefined> {
    const used = this.#unlocked;
    if (used === undefined || !['file', 'credential'].includes(used.record.source)) return undefined;
    let reason = 'it is not there any more';
    try {
      if ((await chooseRootKey(this.#options, used.record).read(used.record)) !== undefined) return undefined;
    } catch (error) {
      reason = describeError(error);
    }
    return storeError('bad_key', {
      location: used.where,
      reason: `${reason}; it is in memory as long as this daemon runs, and the next start would be locked`,
      hint: 'put it back from a copy, or make a new one while there is time: mcpmux key rotate --root',
    });
  }

  get options(): RootKeyOptions {
    return this.#options;
  }

  /** After a rotation has been committed. */
  replaceRoot(root: RootKey, record: RootKeyRecord, where: string, options: RootKeyOptions): void {
    this.#options = options;
    this.#accept({ root, record, where });
  }

  /**
   * Gets the key that seals in this Space, making the first one when there is none. It stays the active one until
   * `connection` commits.
   *
   * @throws store.locked
   */
  async sealer(connection: Transaction<Tables>, spaceId: string): Promise<Sealer> {
    this.requireUnlocked();
    const row =
      (await this.#readActive(connection, spaceId)) ?? (await this.#createActive(connection, spaceId));
    const key = this.#unwrap(row);
    return {
      seal: (secret, address) =>
        sealText(
          row.id,
          key,
          Buffer.from(secret.reveal(), 'utf8'),
          lengthPrefixed(addressParts({ spaceId, ...address })),
        ),
    };
  }

  async #readActive(connection: Transaction<Tables>, spaceId: string): Promise<DataKeyRow | undefined> {
    let query = connection
      .selectFrom('data_keys')
      .selectAll()
      .where('space_id', '=', spaceId)
      .where('is_active', '=', 1);
    // A rotation waits for those who are sealing, so that it finds what they wrote. SQLite has one writer anyway.
    if (this.#database.kind === 'postgres') query = query.forShare();
    return query.executeTakeFirst();
  }

  /** Makes a data key active in a Space that has no active one. @throws store.locked */
  async #createActive(connection: Transaction<Tables>, spaceId: string): Promise<DataKeyRow> {
    await this.createDataKey(connection, spaceId);
    const row = await this.#readActive(connection, spaceId);
    if (row === undefined) throw storeError('missing', { what: `the Space "${spaceId}"` });
    return row;
  }

  async createDataKey(connection: Transaction<Tables>, spaceId: string): Promise<void> {
    const { root } = this.requireUnlocked();
    let current = connection.selectFrom('root_keys').select('id').where('is_current', '=', 1);
    if (this.#database.kind === 'postgres') current = current.forShare();
    if ((await current.executeTakeFirst())?.id !== root.id) throw this.#rootChanged();
    const id = randomBytes(8).toString('hex');
    const key = randomBytes(keyBytes);
    await connection
      .insertInto('data_keys')
      .values({
        id,
        space_id: spaceId,
        root_key_id: root.id,
        wrapped: wrapDataKey(root, id, spaceId, key),
        is_active: 1,
        created_at: this.#clock.now(),
      })
      .onConflict((conflict) => conflict.doNothing())
      .execute();
  }

  #unwrap(row: DataKeyRow): Buffer {
    const kept = this.#dataKeys.get(row.id);
    if (kept !== undefined && kept.spaceId === row.space_id) return kept.key;
    const { root } = this.requireUnlocked();
    if (row.root_key_id !== root.id) throw this.#rootChanged();
    const key = unwrapDataKey(root, row);
    if (key === undefined)
      throw storeError('sealed_damaged', {
        table: 'data_keys',
        column: 'wrapped',
        record: row.id,
        reason: 'the root key does not open it',
      });
    this.#dataKeys.set(row.id, { spaceId: row.space_id, key });
    return key;
  }

  /**
   * Opens a sealed text.
   *
   * @throws store.locked, store.sealed_damaged
   */
  async open(connection: Connection, text: string, address: RecordAddress): Promise<Secret> {
    this.requireUnlocked();
    const keyId = keyIdOf(text);
    if (keyId === undefined) throw damaged(address, 'it is not sealed text');
    const key = await this.#dataKeyOf(connection, keyId, address);
    const plain = openText(text, key, lengthPrefixed(addressParts(address)));
    if (plain === undefined) throw damaged(address, 'it was changed, or belongs to another place');
    return new Secret(plain.toString('utf8'));
  }

  async #dataKeyOf(connection: Connection, keyId: string, address: RecordAddress): Promise<Buffer> {
    const kept = this.#dataKeys.get(keyId);
    if (kept !== undefined && kept.spaceId === address.spaceId) return kept.key;
    const row = await connection
      .selectFrom('data_keys')
      .selectAll()
      .where('id', '=', keyId)
      .where('space_id', '=', address.spaceId)
      .executeTakeFirst();
    if (row === undefined) throw damaged(address, 'its data key is gone');
    return this.#unwrap(row);
  }

  /** Wipes the keys from memory. */
  close(): void {
    for (const { key } of this.#dataKeys.values()) key.fill(0);
    this.#dataKeys.clear();
    this.#unlocked?.root.key.fill(0);
    this.#unlocked = undefined;
    this.#lock ??= storeError('closed', { location: this.#database.location });
  }
}

function damaged(address: RecordAddress, reason: string): McpMuxError {
  return storeError('sealed_damaged', {
    table: address.table,
    column: address.column,
    record: address.recordId,
    reason,
  });
}

function dataKeyAddress(root: RootKey, id: string, spaceId: string): Buffer {
  return lengthPrefixed(['mcpmux-data-key-v1', spaceId, id, root.id]);
}

export function wrapDataKey(root: RootKey, id: string, spaceId: string, key: Buffer): string {
  return sealText(root.id, root.key, key, dataKeyAddress(root, id, spaceId));
}

export function unwrapDataKey(
  root: RootKey,
  row: Pick<DataKeyRow, 'id' | 'space_id' | 'wrapped'>,
): Buffer | undefined {
  const key = openText(row.wrapped, root.key, dataKeyAddress(root, row.id, row.space_id));
  return key?.length === keyBytes ? key : undefined;
}

export function rootKeyRow(root: RootKey, source: RootKeySource, createdAt: number): RootKeyRow {
  return {
    id: root.id,
    source,
    facts: JSON.stringify(root.facts),
    canary: makeCanary(root),
    is_current: 1,
    created_at: createdAt,
  };
}

export function asRootKeyRecord(row: RootKeyRow): RootKeyRecord {
  let facts: JsonObject = {};
  try {
    facts = JSON.parse(row.facts) as JsonObject;
  } catch (error) {
    throw storeError('bad_key', { location: 'the database', reason: describeError(error) }, error);
  }
  return { id: row.id, source: row.source as RootKeySource, facts, canary: row.canary };
}

export async function readCurrentRoot(connection: Connection): Promise<RootKeyRecord | undefined> {
  const row = await connection
    .selectFrom('root_keys')
    .selectAll()
    .where('is_current', '=', 1)
    .executeTakeFirst();
  return row === undefined ? undefined : asRootKeyRecord(row);
}
