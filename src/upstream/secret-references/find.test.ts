import { describe, expect, it } from 'vitest';
import { Secret } from '../../base/index.ts';
import {
  commandsIn,
  hasReference,
  inputsIn,
  namesSecret,
  showReference,
  splitReferences,
  textsOf,
} from './find.ts';
import { splitCommand } from './split-command.ts';

const ref = (kind: string, target: string): string => `$${`{${kind}:${target}}`}`;

describe('secret references', () => {
  it.each([
    ['plain', ['plain']],
    ['', ['']],
    [ref('env', 'TOKEN'), [{ kind: 'env', target: 'TOKEN' }]],
    [`Bearer ${ref('env', 'TOKEN')}`, ['Bearer ', { kind: 'env', target: 'TOKEN' }]],
    [
      `${ref('file', '/run/a')}:${ref('file', '/run/b')}`,
      [{ kind: 'file', target: '/run/a' }, ':', { kind: 'file', target: '/run/b' }],
    ],
    [ref('input', 'TOKEN'), [{ kind: 'input', target: 'TOKEN' }]],
    [ref('keychain', 'github.com/me'), [{ kind: 'keychain', target: 'github.com/me' }]],
    [ref('exec', 'op read "op://a b/c"'), [{ kind: 'exec', target: 'op read "op://a b/c"' }]],
  ])('are found in %j', (text, pieces) => {
    expect(splitReferences(text)).toEqual(pieces);
  });

  it.each([
    ref('HOME', ''),
    ref('ENV', 'TOKEN'),
    ref('env', 'TOKEN').slice(0, -1),
    ref('env', 'TOKEN').slice(1),
    '$env:TOKEN',
  ])('are not seen in %j, which stays as it is', (text) => {
    expect(hasReference(text)).toBe(false);
    expect(splitReferences(text)).toEqual([text]);
  });

  it('are looked for in header and environment values and in arguments', () => {
    expect(
      textsOf({
        kind: 'stdio',
        command: 'x',
        args: ['--key', 'k'],
        cwd: undefined,
        env: { A: new Secret('a') },
        inputValues: { KEY: new Secret('given') },
      }),
    ).toEqual([
      { place: 'variable "A"', text: 'a' },
      { place: 'argument 1', text: '--key' },
      { place: 'argument 2', text: 'k' },
      { place: 'input "KEY"', text: 'given' },
    ]);
    expect(namesSecret(new Secret(ref('env', 'A')))).toBe(true);
    expect(namesSecret(new Secret('a-secret'))).toBe(false);
  });

  it('tell their commands, and only those', () => {
    const texts = [
      { place: 'a', text: `${ref('exec', 'pass show x')}${ref('env', 'E')}` },
      { place: 'b', text: 'exec:nothing' },
    ];
    expect(commandsIn(texts)).toEqual(['pass show x']);
  });

  it('tell the inputs they ask for, each once', () => {
    const texts = [
      { place: 'a', text: `${ref('input', 'B')}/${ref('input', 'A')}` },
      { place: 'b', text: `${ref('input', 'B')}${ref('env', 'C')}` },
    ];
    expect(inputsIn(texts)).toEqual(['B', 'A']);
  });

  it('are shown without the arguments of a command', () => {
    expect(showReference({ kind: 'exec', target: 'vault read -token=abc' })).toBe(ref('exec', 'vault …'));
    expect(showReference({ kind: 'file', target: '/run/\u001b[2Jx' })).toBe(ref('file', '/run/?[2Jx'));
  });
});

describe('splitCommand', () => {
  it.each([
    ['op read x', ['op', 'read', 'x']],
    [`op read "a b"  'c "d'`, ['op', 'read', 'a b', 'c "d']],
    [`--a="x y"`, ['--a=x y']],
    [`""`, ['']],
    ['$(rm) ; x | y', ['$(rm)', ';', 'x', '|', 'y']],
    ['', []],
    ['"open', undefined],
  ])('reads %j', (text, words) => {
    expect(splitCommand(text)).toEqual(words);
  });
});
