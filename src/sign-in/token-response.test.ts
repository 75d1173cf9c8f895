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

describe('judgeTokenAnswer', () => {
  it('takes a good answer', () => {
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
    ['a number as token', { ...good, access_token: 7 }, /no text/],
    ['a list as refresh token', { ...good, refresh_token: ['rt'] }, /refresh_token/],
    [
      'a line break in the refresh token',
      { ...good, refresh_token: 'rt\n' },
      /refresh_token has a line break/,
    ],
    ['another token type', { ...good, token_type: 'mac' }, /not Bearer/],
    ['a token type that is no text', { ...good, token_type: {} }, /not Bearer/],
    ['an expiry in the past', { ...good, expires_in: -5 }, /already expired/],
    ['an expiry of zero', { ...good, expires_in: 0 }, /already expired/],
    ['an expiry that is no number', { ...good, expires_in: 'soon' }, /no number/],
    ['an expiry that is a list', { ...good, expires_in: [] }, /no number/],
    ['a scope that is a list', { ...good, scope: ['a'] }, /scope/],
    ['no JSON', '<html>', /no JSON/],
    ['a list', '[]', /no JSON object/],
  ])('refuses %s', (_name, body, reason) => {
    expect(judge(body)).toMatchObject({ kind: 'unusable', reason: expect.stringMatching(reason) });
  });

  it.each([
    ['an expiry as text', { ...good, expires_in: '60' }, 60_000],
    ['no expiry', { ...good, expires_in: undefined }, undefined],
    ['null as expiry', { ...good, expires_in: null }, undefined],
    ['a huge expiry', { ...good, expires_in: 1e15 }, 365 * 24 * 3600 * 1000],
    ['a short one', { ...good, expires_in: 5 }, 5_000],
  ])('understands %s', (_name, body, lifetimeMs) => {
    expect(judge(body)).toMatchObject({ kind: 'granted', tokens: { lifetimeMs } });
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

  it('hears when to come back', () => {
    expect(parseTokenResponse(503, '', '120')).toMatchObject({ retryAfterMs: 120_000 });
    expect(parseTokenResponse(503, '', 'tomorrow')).not.toHaveProperty('retryAfterMs');
  });
});
