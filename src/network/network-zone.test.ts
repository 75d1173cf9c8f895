import ip from 'ipaddr.js';
import { describe, expect, it } from 'vitest';
import { NetworkZones } from './network-zone.ts';

const zones = new NetworkZones(ip, []);

describe('the zone of an address', () => {
  it.each([
    ['8.8.8.8', 'public'],
    ['2606:4700::1111', 'public'],
    ['127.0.0.1', 'loopback'],
    ['127.255.255.254', 'loopback'],
    ['::1', 'loopback'],
    ['::ffff:127.0.0.1', 'loopback'],
    ['::127.0.0.1', 'loopback'],
    ['64:ff9b::7f00:1', 'loopback'],
    ['2002:7f00:1::', 'loopback'],
    ['10.0.0.1', 'private'],
    ['172.16.0.1', 'private'],
    ['192.168.1.1', 'private'],
    ['100.64.0.1', 'private'],
    ['fd00::1', 'private'],
    ['::ffff:10.0.0.1', 'private'],
    ['2002:a00:1::', 'private'],
    ['64:ff9b::a00:1', 'private'],
    ['169.254.169.254', 'forbidden'],
    ['::ffff:169.254.169.254', 'forbidden'],
    ['64:ff9b::a9fe:a9fe', 'forbidden'],
    ['fe80::1', 'forbidden'],
    ['0.0.0.0', 'forbidden'],
    ['::', 'forbidden'],
    ['255.255.255.255', 'forbidden'],
    ['224.0.0.1', 'forbidden'],
    ['ff02::1', 'forbidden'],
    ['192.0.2.1', 'forbidden'],
    ['198.18.0.1', 'forbidden'],
    ['240.0.0.1', 'forbidden'],
    ['2001:db8::1', 'forbidden'],
    ['2001:0::1', 'forbidden'],
    ['nonsense', 'forbidden'],
  ])('%s is %s', (address, zone) => {
    expect(zones.zoneOfAddress(address)).toBe(zone);
  });
});

describe('how far inside a server may send us', () => {
  // server, host named by it, address it resolves to, refused?
  it.each([
    ['https://mcp.example/', 'as.example', '8.8.8.8', false],
    ['https://mcp.example/', 'as.example', '10.0.0.1', true],
    ['https://mcp.example/', 'as.example', '127.0.0.1', true],
    ['https://mcp.example/', 'as.example', '169.254.169.254', true],
    ['https://mcp.example/', '10.0.0.1', '10.0.0.1', true],
    ['https://mcp.example/', '127.0.0.1', '127.0.0.1', true],
    ['https://mcp.example/', 'localhost', '127.0.0.1', true],
    ['https://mcp.example/', 'a.localhost', '127.0.0.1', true],
    ['https://mcp.example/', 'wiki', '8.8.8.8', true],
    ['https://mcp.example/', 'metadata.google.internal', '8.8.8.8', true],
    ['https://mcp.example/', 'mcp.example', '10.0.0.1', false],
    ['https://mcp.example/', 'mcp.example', '169.254.169.254', true],
    ['https://10.0.0.5/', 'as.example', '8.8.8.8', false],
    ['https://10.0.0.5/', 'sso.corp', '10.0.0.9', false],
    ['https://10.0.0.5/', '10.0.0.9', '10.0.0.9', false],
    ['https://10.0.0.5/', '127.0.0.1', '127.0.0.1', true],
    ['https://10.0.0.5/', 'localhost', '127.0.0.1', true],
    ['https://mcp.internal/', 'sso.internal', '10.0.0.9', false],
    ['https://mcp.internal/', 'sso.internal', '169.254.169.254', true],
    ['http://localhost:3000/', '127.0.0.1', '127.0.0.1', false],
    ['http://127.0.0.1:3000/', 'localhost', '::1', false],
    ['http://127.0.0.1:3000/', 'sso.corp', '10.0.0.9', false],
    ['http://127.0.0.1:3000/', 'as.example', '169.254.169.254', true],
  ])('%s naming %s at %s: refused %s', (server, host, address, isRefused) => {
    const url = new URL(server);
    const reason = zones.refuseName(host, url) ?? zones.refuseAddress(address, host, url);
    expect(reason !== undefined, reason).toBe(isRefused);
  });

  it('lets the operator open a range or a name, and nothing beside it', () => {
    const opened = new NetworkZones(ip, ['10.1.2.0/24', 'sso.corp', 'fd00:1::/32', '192.168.7.7']);
    const server = new URL('https://mcp.example/');
    expect(opened.refuseAddress('10.1.2.9', 'x.example', server)).toBeUndefined();
    expect(opened.refuseAddress('::ffff:10.1.2.9', 'x.example', server)).toBeUndefined();
    expect(opened.refuseAddress('10.1.3.9', 'x.example', server)).toBeDefined();
    expect(opened.refuseAddress('192.168.7.7', 'x.example', server)).toBeUndefined();
    expect(opened.refuseAddress('192.168.7.8', 'x.example', server)).toBeDefined();
    expect(opened.refuseAddress('fd00:1::5', 'x.example', server)).toBeUndefined();
    expect(opened.refuseName('sso.corp', server)).toBeUndefined();
    expect(opened.refuseAddress('10.9.9.9', 'sso.corp', server)).toBeUndefined();
    expect(opened.refuseName('wiki.corp', server)).toBeDefined();
  });

  it('keeps reserved addresses closed, whatever the operator opens', () => {
    const opened = new NetworkZones(ip, ['0.0.0.0/0', '169.254.169.254', 'sso.corp']);
    const server = new URL('https://mcp.example/');
    expect(opened.refuseAddress('10.1.2.9', 'x.example', server)).toBeUndefined();
    for (const host of ['x.example', 'sso.corp'])
      expect(opened.refuseAddress('169.254.169.254', host, server)).toBe('it leads to a reserved address');
  });
});
