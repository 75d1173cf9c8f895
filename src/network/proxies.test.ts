import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { Proxies } from './proxies.ts';

const proxyFor = (environment: Record<string, string>, url: string): string | undefined =>
  new Proxies(environment).for(new URL(url))?.url;

describe('which proxy', () => {
  it.each<[Record<string, string>, string, string | undefined]>([
    [{}, 'https://mcp.example/', undefined],
    [{ HTTPS_PROXY: 'http://proxy:3128' }, 'https://mcp.example/', 'http://proxy:3128'],
    [{ HTTPS_PROXY: 'http://proxy:3128' }, 'http://mcp.example/', undefined],
    [{ HTTP_PROXY: 'http://proxy:3128' }, 'http://mcp.example/', 'http://proxy:3128'],
    [{ HTTP_PROXY: 'http://proxy:3128' }, 'https://mcp.example/', undefined],
    [{ https_proxy: 'http://lower', HTTPS_PROXY: 'http://upper' }, 'https://mcp.example/', 'http://lower'],
    [{ https_proxy: '', HTTPS_PROXY: 'http://upper' }, 'https://mcp.example/', 'http://upper'],
    [{ ALL_PROXY: 'http://all:1' }, 'https://mcp.example/', 'http://all:1'],
    [{ all_proxy: 'http://all:1', http_proxy: 'http://one:2' }, 'http://mcp.example/', 'http://one:2'],
    [{ HTTPS_PROXY: 'proxy:3128' }, 'https://mcp.example/', 'http://proxy:3128'],
    [{ HTTPS_PROXY: 'https://proxy' }, 'https://mcp.example/', 'https://proxy'],
    [{ HTTPS_PROXY: 'http://me:pass@proxy:3128/' }, 'https://mcp.example/', 'http://proxy:3128'],
    [{ HTTPS_PROXY: 'http://[fd00::1]:3128' }, 'https://mcp.example/', 'http://[fd00::1]:3128'],
    [{ ALL_PROXY: 'socks5://proxy:1080' }, 'https://mcp.example/', undefined],
  ])('R33 %j, %s → %s', (environment, url, expected) => {
    expect(proxyFor(environment, url)).toBe(expected);
  });

  it.each([
    'http://localhost:3000/',
    'http://app.localhost/',
    'http://127.0.0.1/',
    'http://127.8.8.8/',
    'http://[::1]:8080/',
    'http://0.0.0.0/',
  ])('R33 is none for this machine: %s', (url) => {
    expect(proxyFor({ http_proxy: 'http://proxy', all_proxy: 'http://proxy' }, url)).toBeUndefined();
  });

  it.each<[string, string, boolean]>([
    ['*', 'https://mcp.example/', false],
    ['example', 'https://example/', false],
    ['corp.example', 'https://corp.example/', false],
    ['corp.example', 'https://mcp.corp.example/', false],
    ['.corp.example', 'https://mcp.corp.example/', false],
    ['*.corp.example', 'https://mcp.corp.example/', false],
    ['CORP.example', 'https://mcp.Corp.Example/', false],
    ['corp.example', 'https://notcorp.example/', true],
    ['corp.example:8443', 'https://corp.example:8443/', false],
    ['corp.example:8443', 'https://corp.example/', true],
    ['corp.example:443', 'https://corp.example/', false],
    ['10.0.0.0/8', 'https://10.1.2.3/', false],
    ['10.0.0.0/8', 'https://11.1.2.3/', true],
    ['10.1.2.3', 'https://10.1.2.3/', false],
    ['10.1.2.3', 'https://110.1.2.3/', true],
    ['fd00::/8', 'https://[fd00::1]/', false],
    ['[fd00::1]:8443', 'https://[fd00::1]:8443/', false],
    ['fd00::1', 'https://[fd00::1]/', false],
    ['a.example, b.example c.example', 'https://c.example/', false],
    [' , ,', 'https://mcp.example/', true],
  ])('R33 NO_PROXY=%j lets %s go through a proxy: %s', (NO_PROXY, url, isProxied) => {
    expect(proxyFor({ HTTPS_PROXY: 'http://proxy', NO_PROXY }, url) !== undefined).toBe(isProxied);
  });

  it('R33 shows its credentials nowhere, and says what it cannot follow', () => {
    const proxies = new Proxies({
      HTTPS_PROXY: 'http://me:p%40ss@proxy:3128',
      http_proxy: 'socks5://me:p@ss@x',
    });
    const proxy = proxies.for(new URL('https://mcp.example/'))!;
    expect(proxy.headers()).toEqual([
      'proxy-authorization',
      `Basic ${Buffer.from('me:p@ss').toString('base64')}`,
    ]);
    expect(proxy.hasCredentials).toBe(true);
    const shown = `${inspect(proxies, { depth: 9 })} ${inspect(proxy)} ${JSON.stringify(proxy)} ${proxies.problems.join()}`;
    expect(shown).not.toMatch(/p%40ss|p@ss|bWU6/);
    expect(proxies.problems).toEqual([expect.stringMatching(/^http_proxy is not followed: .*socks5/)]);
  });
});
