import { expect, it } from 'vitest';
import { migrations } from '../migrations/list.ts';
import { ourTables } from './restore.ts';

it('knows every table that a migration makes, so that a restore leaves none behind', () => {
  const statements = migrations.flatMap((migration) => migration.statements).join('\n');
  const made = new Set([...statements.matchAll(/create table (\w+)/g)].map(([, table]) => table));
  const gone = new Set([...statements.matchAll(/drop table (\w+)/g)].map(([, table]) => table));
  const renamed = new Map(
    [...statements.matchAll(/alter table (\w+) rename to (\w+)/g)].map(([, a, b]) => [a, b]),
  );
  const left = [...made].map((table) => renamed.get(table) ?? table).filter((table) => !gone.has(table));
  expect(left.length).toBeGreaterThan(20);
  for (const table of left) expect(ourTables).toContain(table);
});
