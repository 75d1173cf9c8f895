/**
 * cli/clients-here/render-change — what a file is going to hold, as a diff that a person can read.
 */
import { type Change, hideKeys, type Place, showPath } from '../../clients/index.ts';
import type { Context } from '../context.ts';
import { sanitizeToLine } from '../style.ts';
import { shorten } from '../table.ts';

/** Lines of others stand around ours; what looks like their secret is not shown. */
const secretLooking =
  /((?:token|key|secret|password|authorization|bearer)[\w-]*["']?\s*[:=]\s*["']?(?:Bearer )?)([^"'\s,{}[\]]{6,})/gi;

/** Files on one line are long. */
const longestLine = 200;

export function renderChange(name: string, change: Change, place: Place, { style }: Context): string {
  const head = `${style.bold(name)} · ${sanitizeToLine(showPath(place, change.file))}${change.fileExists ? '' : ' (new file)'}`;
  const lines = change.lines.map(({ kind, text }) => {
    const shown = sanitizeToLine(
      hideKeys(text)
        .replace(secretLooking, (_, before: string, value: string) =>
          value.startsWith('mcpk_') ? `${before}${value}` : `${before}…`,
        )
        .replaceAll('\t', '  '),
    );
    const line = shorten(shown, longestLine);
    if (kind === 'same') return `     ${line}`;
    return kind === 'new' ? style.green(`  +  ${line}`) : style.red(`  -  ${line}`);
  });
  return [head, '', ...lines.map((line) => line.trimEnd()), ''].join('\n');
}
