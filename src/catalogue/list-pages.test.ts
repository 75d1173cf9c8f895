/**
 * catalogue/list-pages.test — lists are written once, however many read them.
 */
import { expect, it } from 'vitest';
import { raw } from '../../test/support/raw-json.ts';
import type { Feature, FeatureId, ServerId } from '../model/index.ts';
import { type ListShape, listPage, pageSize } from './list-pages.ts';
import { View } from './view.ts';

const id = 'one' as ServerId;
const features = Array.from(
  { length: pageSize + 1 },
  (_, position): Feature => ({
    id: `f${position}` as FeatureId,
    serverId: id,
    kind: 'tool',
    originalName: `t${position}`,
    item: raw({ name: `t${position}` }),
    position,
    isAvailable: true,
  }),
);
const shapes: ListShape[] = [
  { era: 'legacy', revision: '2025-11-25', serverInfo: { name: 's' }, ttlMs: 5 },
  { era: 'modern', revision: '2026-07-28', serverInfo: { name: 's' }, ttlMs: 5 },
];

it.each(shapes)('gives each caller its own cursor on a page that is written once ($era)', (shape) => {
  const view = new View([{ id, name: 'One', alias: 'one', features }], true);
  const plain = listPage(view, 'tool', shape, 0, undefined);
  let walks = 0;
  const walk = view.list.bind(view);
  view.list = (kind) => {
    walks += 1;
    return walk(kind);
  };
  const [mine, yours] = ['mine"\\', 'yours'].map((cursor) => listPage(view, 'tool', shape, 0, cursor));
  expect([walks, mine?.isParsed]).toEqual([0, false]);
  expect([mine?.value, yours?.value]).toEqual([
    { ...plain.value, nextCursor: 'mine"\\' },
    { ...plain.value, nextCursor: 'yours' },
  ]);
  expect(plain.value['tools']).toHaveLength(pageSize);
  expect(listPage(view, 'tool', shape, pageSize, undefined).value['tools']).toHaveLength(1);
});
