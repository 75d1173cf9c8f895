import { describe, expect, it } from 'vitest';
import { bearerChallenge, coversScope, oauthNeed, parseChallenges, unionScopes } from './challenge.ts';

describe('parseChallenges', () => {
  it.each([
    ['Bearer', [['bearer', {}]]],
    ['Bearer realm="a, b", scope="x y"', [['bearer', { realm: 'a, b', scope: 'x y' }]]],
    [
      'Basic realm="files", Bearer error=invalid_token',
      [
        ['basic', { realm: 'files' }],
        ['bearer', { error: 'invalid_token' }],
      ],
    ],
    [
      'Negotiate, Bearer resource_metadata="https://a.example/m"',
      [
        ['negotiate', {}],
        ['bearer', { resource_metadata: 'https://a.example/m' }],
      ],
    ],
    [
      'Negotiate abc==, Bearer scope="s"',
      [
        ['negotiate', {}],
        ['bearer', { scope: 's' }],
      ],
    ],
    ['bearer REALM = "q\\"uote" , Scope=one', [['bearer', { realm: 'q"uote', scope: 'one' }]]],
    [
      'Bearer error_description="scope=\\"evil\\"", scope="good"',
      [['bearer', { error_description: 'scope="evil"', scope: 'good' }]],
    ],
    ['Bearer scope="first", scope="second"', [['bearer', { scope: 'first' }]]],
    ['Bearer scope="never ends', [['bearer', {}]]],
    ['=broken', []],
    [
      "Bearer error='it''s'",
      [
        ['bearer', { error: 'it' }],
        ["'s'", {}],
      ],
    ],
    ['', []],
  ])('reads %s', (header, expected) => {
    expect(parseChallenges(header).map((c) => [c.scheme, Object.fromEntries(c.parameters)])).toEqual(
      expected,
    );
  });

  it.each([
    ['without quotes', 'Bearer resource_metadata=https://a.example/m?x=1, scope="s"'],
    ['in apostrophes', 'Bearer resource_metadata=\'https://a.example/m?x=1\', scope="s"'],
    ['at the end', 'Bearer scope="s" , resource_metadata=https://a.example/m?x=1'],
    ['in quotes', 'Bearer resource_metadata="https://a.example/m?x=1",scope=s'],
  ])('R43 reads a URL %s', (_name, header) => {
    expect(bearerChallenge(header)).toMatchObject({
      resourceMetadataUrl: 'https://a.example/m?x=1',
      scope: 's',
    });
  });

  it('does not parse a header that is too long', () => {
    expect(parseChallenges(`Bearer scope="${'a '.repeat(5000)}"`)).toEqual([]);
  });
});

describe('oauthNeed', () => {
  it.each([
    [401, undefined, false, 'sign-in'],
    [401, 'Bearer', false, 'sign-in'],
    [401, 'Bearer error="invalid_token"', false, 'sign-in'],
    [401, 'Basic realm="x"', false, 'other-credentials'],
    [401, 'Basic realm="x", Bearer', false, 'sign-in'],
    [401, 'Bearer', true, 'other-credentials'],
    [403, 'Bearer error="insufficient_scope", scope="a b"', false, 'more-scope'],
    [403, 'Bearer error="insufficient_scope"', true, 'none'],
    [403, 'Bearer error="invalid_token"', false, 'none'],
    [403, undefined, false, 'none'],
    [400, 'Bearer', false, 'none'],
    [500, 'Bearer', false, 'none'],
  ] as const)('%s with %s (fixed header: %s) needs %s', (status, header, isFixed, need) => {
    expect(oauthNeed(status, header, isFixed)).toBe(need);
  });

  it('reads the metadata URL, scope and error of the challenge', () => {
    expect(
      bearerChallenge(
        'Bearer resource_metadata="https://s.example/.well-known/x", scope=" a  b a", error="insufficient_scope"',
      ),
    ).toEqual({
      resourceMetadataUrl: 'https://s.example/.well-known/x',
      scope: 'a b',
      error: 'insufficient_scope',
    });
  });
});

describe('scopes', () => {
  it('joins scopes in order and drops what is not a scope', () => {
    expect(unionScopes('a b', undefined, 'b c', 'd\u0000 "e"')).toBe('a b c');
    expect(unionScopes(undefined, '')).toBeUndefined();
  });

  it('says whether one scope includes another', () => {
    expect(coversScope('a b', 'b')).toBe(true);
    expect(coversScope('a b', 'b c')).toBe(false);
    expect(coversScope(undefined, undefined)).toBe(true);
  });
});
