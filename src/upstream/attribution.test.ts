import { describe, expect, it } from 'vitest';
import type { CallScope } from '../model/index.ts';
import { AbandonedCalls } from './attribution.ts';

/** Only who calls matters here. */
function scopeOf(principal: string, name: string | undefined, sessionKey?: string): CallScope {
  return {
    caller: { principal: { id: principal }, client: { info: { name } }, sessionKey },
  } as unknown as CallScope;
}

describe('calls that were given up', () => {
  it('make it uncertain whose an ask is, for others and for a while', () => {
    const calls = new AbandonedCalls();
    calls.note(1, scopeOf('ada', 'editor', 's1'), 0);
    expect(calls.areOfOthers(scopeOf('ada', 'editor', 's1'), 1)).toBe(false);
    expect(calls.areOfOthers(scopeOf('ada', 'editor', 's2'), 1)).toBe(true);
    expect(calls.areOfOthers(scopeOf('ada', 'editor'), 1)).toBe(true);
    expect(calls.areOfOthers(scopeOf('ada', 'editor', 's2'), 10_000)).toBe(false);
    expect(calls.size).toBe(0);
  });

  it('are over when their late answer comes', () => {
    const calls = new AbandonedCalls();
    calls.note(1, scopeOf('ada', 'editor', 's1'), 0);
    calls.answered(1);
    expect(calls.areOfOthers(scopeOf('bob', 'editor', 's2'), 1)).toBe(false);
  });

  it('count as the same client in the modern era when principal and name are the same', () => {
    const calls = new AbandonedCalls();
    calls.note(1, scopeOf('ada', 'editor'), 0);
    expect(calls.areOfOthers(scopeOf('ada', 'editor'), 1)).toBe(false);
    expect(calls.areOfOthers(scopeOf('ada', 'terminal'), 1)).toBe(true);
    expect(calls.areOfOthers(scopeOf('bob', 'editor'), 1)).toBe(true);
    expect(calls.areOfOthers(scopeOf('ada', undefined), 1)).toBe(true);
  });
});
