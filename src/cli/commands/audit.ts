/**
 * cli/commands/audit — who did what, and whether the record of it is whole.
 */
import type { AuditEntryDto, AuditListQuery } from '../../contract/index.ts';
import type { Context } from '../context.ts';
import { cliError } from '../errors.ts';
import { exitCodes } from '../exit-codes.ts';
import { formatAgo } from '../format-duration.ts';
import { withProgress } from '../progress.ts';
import { sanitizeToLine } from '../style.ts';
import { renderTable } from '../table.ts';

export interface AuditListOptions {
  readonly limit: number;
  readonly what?: string;
  readonly who?: string;
}

export async function list(context: Context, options: AuditListOptions): Promise<number> {
  const query: AuditListQuery = {
    limit: options.limit,
    ...(options.what === undefined ? {} : { what: options.what }),
    ...(options.who === undefined ? {} : { who: options.who }),
  };
  const { entries } = await context.client.listAudit(query);
  if (context.isJson) {
    context.printJson({ entries });
    return exitCodes.ok;
  }
  if (entries.length === 0) {
    context.tell('The audit has no such entry.');
    return exitCodes.ok;
  }
  const now = context.io.now();
  // Oldest first, as one reads: the newest is next to the prompt.
  const rows = [...entries]
    .reverse()
    .map((entry) => [
      formatAgo(entry.at, now),
      sanitizeToLine(actorText(entry)),
      wordsOf(entry.what),
      sanitizeToLine(entry.on ?? ''),
      entry.decision === 'refused' || entry.decision === 'failed'
        ? context.style.red(entry.decision)
        : entry.decision,
      sanitizeToLine(detailsOf(entry)),
    ]);
  context.print(
    renderTable(['WHEN', 'WHO', 'WHAT', 'ON', 'DECISION', ''], rows, { heading: context.style.dim }),
  );
  return exitCodes.ok;
}

export async function verify(context: Context): Promise<number> {
  const verdict = await withProgress(
    context.io,
    () => 'reading the audit',
    () => context.client.verifyAudit(),
  );
  if (context.isJson) context.printJson(verdict);
  const { broken, entries, firstSeq, lastSeq, lastHash } = verdict;
  if (broken !== null)
    throw cliError('failed', {
      message: `the audit is not whole: entry ${broken.seq}: ${broken.why}; the ${entries} entries before it are`,
      hint: 'compare with a backup, and with the checkpoints in the log of the daemon (mcpmux status shows its folder)',
    });
  if (!context.isJson)
    context.tell(
      entries === 0
        ? 'The audit has no entries yet.'
        : `The audit is whole: ${entries} entries, ${firstSeq} to ${lastSeq}. The last hash is ${lastHash.slice(0, 16)}…; note it elsewhere to know later that nothing was cut off.`,
    );
  return exitCodes.ok;
}

function actorText({ who }: AuditEntryDto): string {
  return who.address === null ? who.name : `${who.name} (${who.address})`;
}

/** `admin.addServer` → `add server`; others as they are. */
function wordsOf(what: string): string {
  if (!what.startsWith('admin.')) return what;
  return what
    .slice('admin.'.length)
    .replaceAll('_', ' ')
    .replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}

function detailsOf({ facts }: AuditEntryDto): string {
  return Object.entries(facts)
    .filter(([, value]) => value !== null && value !== '' && !(Array.isArray(value) && value.length === 0))
    .map(([name, value]) => `${name}=${Array.isArray(value) ? value.join(',') : String(value)}`)
    .join(' ');
}
