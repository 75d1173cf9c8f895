/** protocol/revisions — tests. */
import { expect, it } from 'vitest';
import { negotiateLegacy } from './revisions.ts';

it.each([
  ['2024-11-05', '2024-11-05'],
  ['2025-03-26', '2025-03-26'],
  ['2025-06-18', '2025-06-18'],
  ['2025-11-25', '2025-11-25'],
  ['2026-07-28', '2025-11-25'],
  ['1900-01-01', '2025-11-25'],
  [undefined, '2025-11-25'],
  [20251125, '2025-11-25'],
])('answers an initialize that asks for %s with %s', (requested, agreed) => {
  expect(negotiateLegacy(requested)).toBe(agreed);
});
