/**
 * gateway/manage/plan-inputs.test — what a server needs to be told, and what may be given.
 */
import { describe, expect, it } from 'vitest';
import { Secret } from '../../base/index.ts';
import type { InputType, Launch } from '../../model/index.ts';
import type { DeclaredInput } from './control.ts';
import { giveInputs, planInputs } from './plan-inputs.ts';

const ask = (id: string): string => `$${`{input:${id}}`}`;

function stdio(env: Record<string, string>, args: readonly string[] = [], change: object = {}): Launch {
  const secrets = Object.entries(env).map(([name, value]) => [name, new Secret(value)]);
  return {
    kind: 'stdio',
    command: 'run',
    args,
    cwd: undefined,
    env: Object.fromEntries(secrets),
    ...change,
  } as Launch;
}

describe('what a server needs to be told', () => {
  it('follows from its placeholders: a required password, each once', () => {
    const launch = stdio({ A: ask('KEY'), B: `${ask('KEY')}/${ask('TEAM')}` }, ['--host', ask('HOST')]);
    expect(planInputs('x', launch, []).inputs).toEqual(
      ['KEY', 'TEAM', 'HOST'].map((id) => ({ id, label: id, type: 'password', isRequired: true })),
    );
  });

  it('is what its definition declares, also where no placeholder asks for it', () => {
    const declared: DeclaredInput[] = [
      { id: 'KEY', label: 'API key', type: 'password', isRequired: true, placeholder: 'abc' },
      { id: 'HOST', default: 'x.example' },
    ];
    expect(planInputs('x', stdio({ A: ask('KEY') }), declared).inputs).toEqual([
      { id: 'KEY', label: 'API key', type: 'password', isRequired: true, placeholder: 'abc' },
      { id: 'HOST', label: 'HOST', type: 'text', isRequired: false, default: 'x.example' },
    ]);
  });

  it('is nothing for a server without any', () => {
    const launch = stdio({ A: 'plain' });
    expect(planInputs('x', launch, [])).toBe(launch);
  });

  it('refuses a definition with several inputs of one name', () => {
    const twins = (second: string) => () => planInputs('x', stdio({}), [{ id: 'KEY' }, { id: second }]);
    expect(twins('KEY')).toThrow(
      'the input "KEY" of the server "x" cannot be used: there are two of that name',
    );
    expect(twins('key')).toThrow('there are two of that name, the other is "KEY"');
    expect(() => planInputs('x', stdio({ A: ask('key') }), [{ id: 'KEY' }])).toThrow('two of that name');
  });

  it.each([
    ['an empty id', stdio({}), [{ id: '' }], 'its name must be letters'],
    ['an id of every object', stdio({}), [{ id: '__proto__' }], 'its name must be letters'],
    ['a placeholder with a space', stdio({ A: ask('MY KEY') }), [], 'its name must be letters'],
    ['a default of another type', stdio({}), [{ id: 'N', type: 'number', default: 'x' }], 'it is no number'],
    [
      'a placeholder in the command',
      stdio({}, [], { command: ask('CMD') }),
      [],
      'cannot stand in the command',
    ],
    ['one in the folder', stdio({}, [], { cwd: `/x/${ask('DIR')}` }), [], 'cannot stand in the folder'],
    [
      'one in the host of a URL',
      { kind: 'http', url: `https://${ask('HOST')}/mcp`, headers: {}, flavour: 'auto' },
      [],
      'cannot stand in the host of the URL',
    ],
  ] as const)('refuses %s', (_, launch, declared, reason) => {
    expect(() => planInputs('x', launch as Launch, declared as readonly DeclaredInput[])).toThrow(reason);
  });
});

describe('what is given', () => {
  const launch = planInputs('x', stdio({ A: ask('KEY'), B: ask('TEAM') }), []);
  const given = (of: Launch) =>
    Object.fromEntries(Object.entries(of.inputValues ?? {}).map(([id, secret]) => [id, secret.reveal()]));
  const secrets = (values: Record<string, string>) =>
    Object.fromEntries(Object.entries(values).map(([id, value]) => [id, new Secret(value)]));

  it('is kept by its id, in any case; the rest stays; an empty value takes it away', () => {
    const one = giveInputs('x', launch, secrets({ key: 'k' }));
    const two = giveInputs('x', one, secrets({ TEAM: 't' }));
    expect([given(one), given(two)]).toEqual([{ KEY: 'k' }, { KEY: 'k', TEAM: 't' }]);
    expect(given(giveInputs('x', two, secrets({ KEY: '' })))).toEqual({ TEAM: 't' });
    expect(giveInputs('x', one, secrets({ KEY: '' })).inputValues).toBeUndefined();
  });

  it('is refused for what nobody asked for, with what is asked for', () => {
    expect(() => giveInputs('x', launch, secrets({ OTHER: 'v' }))).toThrow(
      'the server "x" has no input "OTHER"',
    );
    expect(() => giveInputs('x', stdio({}), secrets({ toString: 'v' }))).toThrow('has no input');
  });

  it.each<[InputType, string, string | undefined]>([
    ['text', 'anything ä', undefined],
    ['text', 'two\nlines', 'line break'],
    ['password', 'a\u0000b', 'NUL'],
    ['number', '-1.5', undefined],
    ['number', 'one', 'it is no number'],
    ['boolean', 'true', undefined],
    ['boolean', 'yes', 'it is neither true nor false'],
    ['url', 'https://x.example/a', undefined],
    ['url', 'javascript:alert(1)', 'it is no http or https URL'],
    ['number', `$${'{env:PORT}'}`, undefined],
  ])('of the type %s, %j: %s', (type, value, reason) => {
    const typed = planInputs('x', stdio({}), [{ id: 'IN', type }]);
    const act = () => giveInputs('x', typed, secrets({ IN: value }));
    if (reason === undefined) expect(given(act())).toEqual({ IN: value });
    else {
      expect(act).toThrow(reason);
      expect(act).not.toThrow(value);
    }
  });
});
