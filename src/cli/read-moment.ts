/**
 * cli/read-moment — times to come as people write them: `30d`, `12h`, `2027-01-31`, `never`.
 */
import { cliError } from './errors.ts';

const units: Readonly<Record<string, number>> = {
  m: 60_000,
  min: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
  y: 31_536_000_000,
};

/**
 * @returns epoch ms; null for `never`
 * @throws  cli.usage
 */
export function readMoment(text: string, now: number, option: string): number | null {
  if (text.toLowerCase() === 'never') return null;
  const span = /^(\d{1,5})\s?(min|m|h|d|w|y)$/i.exec(text);
  const at =
    span === null ? readDate(text) : now + Number(span[1]) * (units[(span[2] as string).toLowerCase()] ?? 0);
  if (at === undefined || at <= now)
    throw cliError('usage', {
      message: `"${text}" is no time to come (${option})`,
      hint: `write a span or a date: ${option} 30d, ${option} 12h, ${option} 2030-01-31, ${option} never`,
    });
  return at;
}

function readDate(text: string): number | undefined {
  if (!/^\d{4}-\d{2}-\d{2}/.test(text)) return undefined;
  const at = Date.parse(text);
  return Number.isNaN(at) ? undefined : at;
}

/** `in 3 d`, `3 d ago`, `never`. */
export function formatUntil(at: number | null, now: number, format: (span: number) => string): string {
  if (at === null) return 'never';
  return at > now ? `in ${format(at - now)}` : `${format(now - at)} ago`;
}
