/**
 * store/archive/format — the file a backup is: a line of magic, a line of facts, then one sealed body.
 *
 *     MCPMUX-BACKUP 1\n
 *     {"createdAt":…,"schemaVersion":…,"kdf":{…},"check":"…","nonce":"…"}\n
 *     AES-256-GCM(gzip(content)), associated data = the two lines
 *
 * Nothing is believed before the whole body is authenticated; therefore it is opened in memory as a whole.
 * Knows nothing of: what the content means.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import { describeError, isJsonObject, type JsonObject, type Secret } from '../../base/index.ts';
import { open, seal } from '../crypto/aead.ts';
import { deriveKey, type KdfFacts, newKdfFacts, readKdfFacts } from '../crypto/root-key/passphrase.ts';
import { storeError } from '../errors.ts';

const magicLine = 'MCPMUX-BACKUP 1\n';
const magicWord = 'MCPMUX-BACKUP ';
const maxFactsBytes = 4_096;
/** Far above any real store; a guard against a body that unpacks without end. */
const maxContentBytes = 2 * 1024 ** 3 - 1;
/** Read into memory as a whole. */
export const maxArchiveBytes = 1024 ** 3;

export interface ArchiveFacts {
  /** Epoch ms. */
  readonly createdAt: number;
  readonly schemaVersion: number;
}

export async function writeArchive(
  content: Buffer,
  passphrase: Secret,
  facts: ArchiveFacts,
): Promise<Buffer> {
  const kdf = newKdfFacts();
  const key = await deriveKey(passphrase, kdf);
  const packed = await promisify(gzip)(content);
  const line = `${JSON.stringify({ ...facts, kdf, check: checkOf(key) })}\n`;
  const head = Buffer.from(magicLine + line);
  const { nonce, content: body } = seal(key, packed, head);
  key.fill(0);
  return Buffer.concat([head, nonce, body]);
}

/**
 * @param location for messages
 * @throws store.bad_archive: no backup, of a newer kind, wrong passphrase, changed
 */
export async function readArchive(
  file: Buffer,
  passphrase: Secret,
  location: string,
): Promise<{ readonly facts: ArchiveFacts; readonly content: Buffer }> {
  const { facts, kdf, check, headBytes } = readHead(file, location);
  const key = await deriveKey(passphrase, kdf);
  try {
    if (!isSame(check, checkOf(key)))
      throw storeError('bad_archive', {
        location,
        reason: 'the passphrase is wrong',
        hint: 'give the passphrase that the backup was made with',
      });
    const nonceEnd = headBytes + 12;
    const packed = open(
      key,
      { nonce: file.subarray(headBytes, nonceEnd), content: file.subarray(nonceEnd) },
      file.subarray(0, headBytes),
    );
    if (packed === undefined) throw changed(location);
    return { facts, content: await unpack(packed, location) };
  } finally {
    key.fill(0);
  }
}

async function unpack(packed: Buffer, location: string): Promise<Buffer> {
  try {
    return await promisify(gunzip)(packed, { maxOutputLength: maxContentBytes });
  } catch (error) {
    throw storeError(
      'bad_archive',
      { location, reason: `what is in it cannot be unpacked (${describeError(error)})` },
      error,
    );
  }
}

function readHead(
  file: Buffer,
  location: string,
): { facts: ArchiveFacts; kdf: KdfFacts; check: string; headBytes: number } {
  const start = file.toString('latin1', 0, magicLine.length);
  if (start !== magicLine)
    throw storeError('bad_archive', {
      location,
      reason: start.startsWith(magicWord) ? 'a newer mcpmux made it' : 'it is no backup of mcpmux',
      hint: start.startsWith(magicWord) ? 'restore it with that version or a newer one' : undefined,
    });
  const end = file.indexOf('\n', magicLine.length);
  if (end < 0 || end - magicLine.length > maxFactsBytes) throw changed(location);
  let head: unknown;
  try {
    head = JSON.parse(file.toString('utf8', magicLine.length, end));
  } catch {
    throw changed(location);
  }
  if (!isJsonObject(head)) throw changed(location);
  const { createdAt, schemaVersion, check } = head;
  const kdf = isJsonObject(head['kdf']) ? readKdfFacts(head['kdf'] as JsonObject) : undefined;
  if (typeof createdAt !== 'number' || typeof schemaVersion !== 'number') throw changed(location);
  if (typeof check !== 'string' || kdf === undefined) throw changed(location);
  return { facts: { createdAt, schemaVersion }, kdf, check, headBytes: end + 1 };
}

function changed(location: string): Error {
  return storeError('bad_archive', {
    location,
    reason: 'it is damaged or was changed',
    hint: 'use another copy of it',
  });
}

/** Tells a wrong passphrase from a changed file. */
function checkOf(key: Buffer): string {
  return createHmac('sha256', key).update('mcpmux backup check').digest('hex').slice(0, 32);
}

function isSame(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}
