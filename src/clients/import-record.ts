/**
 * clients/import-record — what the last imports brought in, so that the last one can be taken back.
 */
import { readFile } from 'node:fs/promises';
import { describeError, isJsonObject, type JsonValue } from '../base/index.ts';
import { clientsError } from './errors.ts';
import type { Ledger } from './ledger.ts';
import type { TakenOut } from './take-out.ts';

export interface ImportRecord {
  /** Epoch ms. */
  readonly at: number;
  readonly servers: readonly { readonly id: string; readonly name: string }[];
  readonly takenOut: readonly TakenOut[];
}

const recordsKept = 20;

/** The latest last. @throws clients.ledger_broken */
export async function readImports(ledger: Ledger): Promise<readonly ImportRecord[]> {
  const file = ledger.path('imports.json');
  try {
    const value = JSON.parse(await readFile(file, 'utf8')) as JsonValue;
    if (isJsonObject(value) && Array.isArray(value['imports']))
      return value['imports'] as unknown as readonly ImportRecord[];
    throw clientsError('ledger_broken', { file, reason: 'it has no list of imports' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    if (error instanceof SyntaxError)
      throw clientsError('ledger_broken', { file, reason: describeError(error) }, error);
    throw error;
  }
}

export async function writeImports(ledger: Ledger, records: readonly ImportRecord[]): Promise<void> {
  await ledger.write(
    'imports.json',
    `${JSON.stringify({ imports: records.slice(-recordsKept) }, null, 2)}\n`,
  );
}
