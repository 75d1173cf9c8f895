/**
 * http/rates.test — token buckets, and which address a request counts for.
 */
import { describe, expect, it } from 'vitest';
import { ManualClock } from '../base/index.ts';
import { addressGroup, clientAddress, hostsOf, localEntrance, outsideEntrance } from './entrance.ts';
import { maxBuckets, TokenBuckets } from './rates.ts';

describe('a bucket', () => {
  it('gives its burst at once, then what comes back, and says how long to wait', () => {
    const clock = new ManualClock();
    const buckets = new TokenBuckets({ perSecond: 2, burst: 3 }, clock);
    expect([1, 2, 3, 4].map(() => buckets.take('a'))).toEqual([0, 0, 0, 500]);
    expect(buckets.take('b')).toBe(0);
    clock.advance(499);
    expect(buckets.take('a')).toBe(1);
    clock.advance(1);
    expect([buckets.take('a'), buckets.take('a')]).toEqual([0, 500]);
    clock.advance(3_600_000);
    expect([1, 2, 3, 4].map(() => buckets.take('a'))).toEqual([0, 0, 0, 500]);
  });

  it('is forgotten when there are too many, the longest unused first', () => {
    const buckets = new TokenBuckets({ perSecond: 1, burst: 1 }, new ManualClock());
    buckets.take('first');
    buckets.take('second');
    for (let at = 0; at < maxBuckets - 2; at += 1) buckets.take(`n${at}`);
    expect(buckets.take('first')).toBeGreaterThan(0);
    buckets.take('one more');
    expect(buckets.size).toBe(maxBuckets);
    expect(buckets.take('first')).toBeGreaterThan(0);
    expect(buckets.take('second')).toBe(0);
  });
});

describe('the address that counts', () => {
  const outside = outsideEntrance('public', 'https://mux.example/tools/', ['10.0.0.0/8', '2001:db8::1']);

  it.each([
    // entrance, peer, X-Forwarded-For, address
    [localEntrance, '127.0.0.1', '203.0.113.7', '127.0.0.1'],
    [outside, '127.0.0.1', undefined, '127.0.0.1'],
    [outside, '127.0.0.1', '203.0.113.7', '203.0.113.7'],
    [outside, '::ffff:10.1.2.3', '203.0.113.7', '203.0.113.7'],
    [outside, '2001:db8::1', '203.0.113.7', '203.0.113.7'],
    [outside, '192.0.2.1', '203.0.113.7', '192.0.2.1'],
    [outside, '127.0.0.1', '1.1.1.1, 203.0.113.7', '203.0.113.7'],
    [outside, '127.0.0.1', '203.0.113.7, 10.9.9.9', '203.0.113.7'],
    [outside, '127.0.0.1', 'not an address', '127.0.0.1'],
    [outside, '127.0.0.1', '203.0.113.7, <script>', '127.0.0.1'],
    [outside, '127.0.0.1', '127.0.0.1', '127.0.0.1'],
  ] as const)('%o %s %s is %s', (entrance, peer, forwardedFor, address) => {
    expect(clientAddress(entrance, peer, forwardedFor)).toBe(address);
  });

  it('is a whole /64 of IPv6', () => {
    expect(addressGroup('203.0.113.7')).toBe('203.0.113.7');
    for (const address of ['2001:db8::1', '2001:db8:0:0:ffff::2', '2001:db8:0:0:1:2:3:4'])
      expect(addressGroup(address)).toBe('2001:db8:0:0::/64');
    expect(addressGroup('::1')).toBe('0:0:0:0::/64');
  });

  it('says nothing of what we advertise: that comes from the settings', () => {
    expect(outside).toMatchObject({ base: 'https://mux.example/tools', path: '/tools' });
    expect(hostsOf('https://mux.example')).toEqual(['mux.example', 'mux.example:443']);
    expect(hostsOf('https://mux.example:8443')).toEqual(['mux.example:8443']);
    expect(() => outsideEntrance('public', 'https://a', ['nonsense'])).toThrow(TypeError);
  });
});
