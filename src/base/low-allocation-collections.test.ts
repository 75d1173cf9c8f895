/** base/low-allocation-collections — tests. */
import { describe, expect, it } from 'vitest';
import { LowAllocationMap, LowAllocationSet } from './low-allocation-collections.ts';

describe('LowAllocationMap', () => {
  it('keeps what is in it and forgets what left', () => {
    const map = new LowAllocationMap<number | string, string>();
    map.set(7, 'seven');
    map.set(7, 'sept');
    map.set('a', 'letter');
    expect([map.size, map.get(7), map.has('a'), map.get(8)]).toEqual([2, 'sept', true, undefined]);
    expect(map.delete(7)).toBe(true);
    expect(map.delete(7)).toBe(false);
    expect([map.size, map.get(7), map.values()]).toEqual([1, undefined, ['letter']]);
    map.clear();
    expect([map.size, map.values()]).toEqual([0, []]);
  });

  it('tells a number from the same digits, and takes any text as a key', () => {
    const map = new LowAllocationMap<number | string, string>();
    const keys = [1, '1', -1, '-1', 1.5, '1.5', 0, '', '__proto__', 'constructor', 'ключ', 2 ** 53, '\u0000'];
    for (const key of keys) {
      expect(map.has(key), String(key)).toBe(false);
      map.set(key, `${typeof key} ${key}`);
    }
    expect(map.size).toBe(keys.length);
    for (const key of keys) expect(map.get(key)).toBe(`${typeof key} ${key}`);
    for (const key of keys) map.delete(key);
    expect(map.values()).toEqual([]);
  });

  it('is as right as a Map after a hundred thousand comings and goings', () => {
    const map = new LowAllocationMap<number, object>();
    const plain = new Map<number, object>();
    let state = 1;
    const random = (below: number): number => {
      state = (state * 48_271) % 2_147_483_647;
      return state % below;
    };
    for (let at = 0; at < 100_000; at += 1) {
      const key = at - random(64);
      if (random(2) === 0) {
        const value = { at };
        map.set(key, value);
        plain.set(key, value);
      } else expect(map.delete(key)).toBe(plain.delete(key));
    }
    expect(map.size).toBe(plain.size);
    expect(new Set(map.values())).toEqual(new Set(plain.values()));
  });
});

describe('LowAllocationSet', () => {
  const member = (name: string) => ({ name, churnPlace: -1 });

  it('lets members come and go in any order', () => {
    const set = new LowAllocationSet<ReturnType<typeof member>>();
    const [a, b, c] = [member('a'), member('b'), member('c')];
    for (const each of [a, b, c, b]) set.add(each);
    expect(set.size).toBe(3);
    set.delete(a);
    set.delete(a);
    expect(set.values().map(({ name }) => name)).toEqual(['c', 'b']);
    set.delete(b);
    set.delete(c);
    expect(set.size).toBe(0);
    set.add(a);
    set.clear();
    expect([set.size, a.churnPlace]).toEqual([0, -1]);
  });

  it('may change while it is looked through', () => {
    const set = new LowAllocationSet<ReturnType<typeof member>>();
    for (const name of 'abcd') set.add(member(name));
    for (const each of set.values()) set.delete(each);
    expect(set.size).toBe(0);
  });
});
