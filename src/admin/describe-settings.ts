/**
 * admin/describe-settings — the table of settings and where their values came from, as the admin API shows them.
 *
 * Takes the shapes of config/ without importing it: that room is above.
 */
import type { SettingFact } from './ports.ts';

interface Origin {
  readonly value: string | number | boolean | readonly string[] | undefined;
  readonly origin: SettingFact['origin'];
  readonly where: string;
}

interface TableRow {
  readonly says: string;
  readonly isSensitive?: boolean;
}

/** Every setting in the table's order. A value that may hold a password is told as set, and no more. */
export function describeSettings(
  origins: Readonly<Record<string, Origin>>,
  table: Readonly<Record<string, TableRow>>,
): SettingFact[] {
  return Object.entries(table).flatMap(([name, row]) => {
    const origin = origins[name];
    if (origin === undefined) return [];
    const plain = typeof origin.value === 'object' ? origin.value.join(', ') || undefined : origin.value;
    const value = row.isSensitive === true && plain !== undefined ? '…' : plain;
    const source = origin.origin === 'default' ? undefined : origin.where;
    return [{ name, value, origin: origin.origin, source, says: row.says }];
  });
}
