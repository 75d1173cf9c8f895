/**
 * clients/take-out — takes servers out of a client's file once they are here, and puts them back.
 *
 * Each is one splice, parsed again and compared; the bytes from before are kept. Put back: these bytes where nothing else
 * was changed since, else each entry at its place.
 */
import { isJsonObject } from '../base/index.ts';
import { clientsError } from './errors.ts';
import type { EntryPath, FormatName } from './formats/format.ts';
import { loadFormat } from './formats/load-format.ts';
import { valueAt } from './formats/values.ts';
import type { Ledger } from './ledger.ts';
import { parseOrRefuse, planEntry, planRemoval } from './plan-edit.ts';
import { digestOf, encodeText, readTextFile, replaceTextFile, withoutBom } from './text-file.ts';

export interface TakenOut {
  readonly label: string;
  readonly file: string;
  readonly format: FormatName;
  readonly paths: readonly EntryPath[];
  /** The copy from before, in the ledger's folder. */
  readonly original: string;
  readonly fileDigest: string;
}

const attempts = 5;

/** @param ledger its lock is taken. @throws clients.* and then the file is as it was */
export function takeOut(
  ledger: Ledger,
  target: Pick<TakenOut, 'label' | 'file' | 'format' | 'paths'>,
): Promise<TakenOut> {
  const { label, file, format: formatName, paths } = target;
  return ledger.exclusively(async () => {
    const format = await loadFormat(formatName);
    const subject = { id: label, client: label, file };
    for (let attempt = 0; attempt < attempts; attempt += 1) {
      const before = await readTextFile(file, label);
      if (before.bytes === undefined)
        throw clientsError('not_readable', { file, client: label, reason: 'it is gone' });
      let text = before.text;
      for (const path of paths) text = planRemoval(format, text, path, undefined, subject) ?? text;
      const bytes = encodeText(text, before.hasBom);
      const original = await ledger.keepOriginal(before.bytes);
      if (await replaceTextFile(file, before, bytes, label))
        return { ...target, original, fileDigest: digestOf(bytes) };
    }
    throw clientsError('changing', { file, client: label });
  });
}

/** @returns how; `kept` names entries that stand there again already, by another hand */
export function putBack(
  ledger: Ledger,
  { label, file, format: formatName, paths, original, fileDigest }: TakenOut,
): Promise<'original' | 'entries'> {
  return ledger.exclusively(async () => {
    const kept = await ledger.readOriginal(original);
    if (kept === undefined)
      throw clientsError('copy_gone', { client: label, file, copy: ledger.originalPath(original) });
    const format = await loadFormat(formatName);
    const subject = { id: label, client: label, file };
    for (let attempt = 0; attempt < attempts; attempt += 1) {
      const before = await readTextFile(file, label);
      const isSame = before.bytes === undefined || digestOf(before.bytes) === fileDigest;
      if (isSame) {
        if (await replaceTextFile(file, before, kept, label)) return 'original';
        continue;
      }
      const old = parseOrRefuse(format, withoutBom(kept.toString('utf8')), subject);
      let text = before.text;
      for (const path of paths.toReversed()) {
        const entry = valueAt(old, path);
        const standing = valueAt(parseOrRefuse(format, text, subject), path);
        if (!isJsonObject(entry) || standing !== undefined) continue;
        text = planEntry(format, text, path, entry, subject).text;
      }
      if (await replaceTextFile(file, before, encodeText(text, before.hasBom), label)) return 'entries';
    }
    throw clientsError('changing', { file, client: label });
  });
}
