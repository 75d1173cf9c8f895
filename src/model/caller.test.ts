import { describe, expect, it } from 'vitest';
import { type Caller, clientOwner, isSameClient, workspaceOwner } from './caller.ts';

function caller(facts: { principal?: string; name?: string; session?: string; workspace?: string }): Caller {
  return {
    principal: { id: facts.principal ?? 'ada' },
    client: { info: facts.name === undefined ? undefined : { name: facts.name } },
    sessionKey: facts.session,
    workspace: facts.workspace,
  } as unknown as Caller;
}

describe('isSameClient', () => {
  it.each([
    [{ session: 's1' }, { session: 's1' }, true],
    [{ session: 's1' }, { session: 's2' }, false],
    [{ session: 's1', name: 'editor' }, { name: 'editor' }, false],
    [{ name: 'editor' }, { name: 'editor' }, true],
    [{ name: 'editor' }, { name: 'terminal' }, false],
    [{ name: 'editor', principal: 'bob' }, { name: 'editor' }, false],
    [{ name: 'editor', workspace: '/a' }, { name: 'editor', workspace: '/b' }, false],
    [{}, {}, false],
  ])('%o and %o: %s', (one, other, expected) => {
    expect(isSameClient(caller(one), caller(other))).toBe(expected);
    expect(isSameClient(caller(other), caller(one))).toBe(expected);
  });

  it('agrees with who owns a private leg', () => {
    const named = caller({ name: 'editor', workspace: '/a' });
    expect(clientOwner(named)).toBe(clientOwner(caller({ name: 'editor', workspace: '/a' })));
    expect(clientOwner(named)).not.toBe(clientOwner(caller({ name: 'editor', workspace: '/b' })));
    expect(clientOwner(caller({ session: 's1' }))).toBe('s1');
    expect(workspaceOwner(named)).toBe(workspaceOwner(caller({ session: 's1', workspace: '/a' })));
    expect(workspaceOwner(caller({ name: 'editor' }))).toBeUndefined();
  });
});
