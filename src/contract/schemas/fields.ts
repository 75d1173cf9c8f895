/**
 * contract/schemas/fields — kinds of fields that several schemas have.
 */
import { z } from 'zod';

/** A moment, epoch milliseconds. */
export const epochMs = z.number().int().meta({ description: 'epoch milliseconds' });

export const count = z.number().int().min(0);

/** Any JSON object; passed on untouched. */
export const jsonObject = z.record(z.string(), z.unknown());

/** A switch in a query string: present and not `0` or `false` means on. */
export const querySwitch = z
  .enum(['', '0', '1', 'true', 'false'])
  .optional()
  .meta({ description: '1 or true switches it on' });

/** A whole number in a query string. */
export function queryNumber(minimum: number, maximum: number, fallback: number) {
  return z.coerce.number().int().min(minimum).max(maximum).default(fallback);
}
