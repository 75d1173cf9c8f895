import { describe, expect, it } from 'vitest';
import { parseTokenResponse } from './token-response.ts';

const good = {
  access_token: 'at-1',
  token_type: 'Bearer',
  expires_in: 3600,
  refresh_token: 'rt-1',
  scope: 'a b',
};
const judge = (body: unknown, status = 200) =>
  parseTokenResponse(status, typeof body === 'string' ? body : JSON.stringify(body), null);

describe('parseTokenResponse', () => {
  it('accepts a valid response', () => {
    const answer = judge(good);
    expect(answer).toMatchObject({ kind: 'granted', tokens: { scope: 'a b', lifetimeMs: 3_600_000 } });
    if (answer.kind !== 'granted') throw new Error('not granted');
    expect(answer.tokens.accessToken.reveal()).toBe('at-1');
    expect(answer.tokens.refreshToken?.reveal()).toBe('rt-1');
  });

  it.each([
    ['a line break in the token', { ...good, access_token: 'at\r\nX-Evil: 1' }, /line break/],
    ['a token of another alphabet', { ...good, access_token: 'at €' }, /characters/],
    ['an empty token', { ...good, access_token: '' }, /empty/],
    ['a huge token', { ...good, access_token: 'a'.repeat(20_000) }, /longer/],
    ['a number as token', { ...good, access_token: 7 }, /not a string/],
    ['another token type', { ...good, token_type: 'mac' }, /not Bearer/],
    ['a token type that is no text', { ...good, token_type: {} }, /not Bearer/],
    ['no JSON', '<html>', /not a JSON/],
    ['a list', '[]', /not a JSON object/],
  ])('refuses %s', (_name, body, reason) => {
    expect(judge(body)).toMatchObject({ kind: 'unusable', reason: expect.stringMatching(reason) });
  });

  it.each([
    ['an expiry as text', { ...good, expires_in: '60' }, 60_000],
    ['no expiry', { ...good, expires_in: undefined }, undefined],
    ['null as expiry', { ...good, expires_in: null }, undefined],
    ['a huge expiry', { ...good, expires_in: 1e15 }, 365 * 24 * 3600 * 1000],
    ['a short one', { ...good, expires_in: 5 }, 5_000],
    ['a part of a second', { ...good, expires_in: 1.5 }, 1_500],
  ])('accepts %s', (_name, body, lifetimeMs) => {
    expect(judge(body)).toMatchObject({ kind: 'granted', tokens: { lifetimeMs } });
  });

  it.each([[0], [-1], [''], ['3600.0'], ['soon'], [[]], [{}], [true], [Number.NaN]])(
    'R45 takes a good token with an expiry of %j, as if none were said',
    (expires) => {
      const answer = judge({ ...good, expires_in: expires });
      expect(answer).toMatchObject({ kind: 'granted', tokens: { lifetimeMs: undefined, scope: 'a b' } });
      expect(answer.kind === 'granted' && answer.tokens.refreshToken?.reveal()).toBe('rt-1');
    },
  );

  it.each([[''], [null], [['rt']], [7], ['rt\n'], ['rt €'], ['r'.repeat(20_000)]])(
    'R45 takes a good token with the refresh token %.20j, as if none were sent',
    (refresh) => {
      const answer = judge({ ...good, refresh_token: refresh });
      expect(answer).toMatchObject({ kind: 'granted', tokens: { lifetimeMs: 3_600_000 } });
      expect(answer.kind === 'granted' && answer.tokens.refreshToken).toBeUndefined();
    },
  );

  it.each([[''], [' '], [null], [['a', 'b']], [{}], [7]])(
    'R45 takes a good token with the scope %j, as if it were as asked for',
    (scope) => {
      expect(judge({ ...good, scope })).toMatchObject({ kind: 'granted', tokens: { scope: undefined } });
    },
  );

  it.each([[''], [null], ['BEARER']])('R45 takes the token type %j for Bearer', (type) => {
    expect(judge({ ...good, token_type: type })).toMatchObject({ kind: 'granted' });
  });

  it.each([
    [
      { error: 'invalid_grant', error_description: 'gone\nfor good' },
      400,
      'refused',
      { error: 'invalid_grant', description: 'gone for good' },
    ],
    [{ error: 'bad_verification_code' }, 200, 'refused', { error: 'bad_verification_code' }],
    [{ error: 'invalid_grant' }, 500, 'unavailable', { reason: 'HTTP 500' }],
    [{ error: 'invalid_grant' }, 503, 'unavailable', { reason: 'HTTP 503' }],
    ['busy', 429, 'unavailable', { reason: 'HTTP 429' }],
    ['<html>not found</html>', 404, 'unavailable', {}],
    ['', 302, 'unavailable', {}],
  ])('reads %j with HTTP %s as %s', (body, status, kind, rest) => {
    expect(judge(body, status)).toMatchObject({ kind, ...rest });
  });

  it('reads Retry-After', () => {
    expect(parseTokenResponse(503, '', '120')).toMatchObject({ retryAfterMs: 120_000 });
    expect(parseTokenResponse(503, '', 'tomorrow')).not.toHaveProperty('retryAfterMs');
  });
});
