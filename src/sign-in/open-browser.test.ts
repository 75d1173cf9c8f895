import { chmod, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { authorizationUrlFault } from './authorization-url.ts';
import { browserCommands, openBrowser } from './open-browser.ts';

const url = 'https://as.example/authorize?client_id=a&scope=x+y&state=s%24%28calc%29';

describe('authorizationUrlFault', () => {
  it.each([
    ['https://as.example/authorize?x=1&y=2', true],
    ['http://127.0.0.1:3000/authorize', true],
    ['http://localhost:3000/authorize', true],
    ['http://[::1]:3000/authorize', true],
    ['http://as.example/authorize', false],
    ['javascript:alert(1)', false],
    ['file:///etc/passwd', false],
    ['data:text/html,x', false],
    ['https:as.example', false],
    ['-a Calculator', false],
    ['--url=https://as.example', false],
    ['https://x.example/$(calc)', false],
    ['https://x.example/"&calc&', false],
    ['https://x.example/`id`', false],
    ['https://x.example/a;b', false],
    ['https://x.example/a|b', false],
    ["https://x.example/'", false],
    ['https://x.example/\r\nSet-Cookie: a=b', false],
    ['https://x.example/\u0000', false],
    ['https://x.example/\u202e', false],
    ['https://user:pass@x.example/', false],
    [`https://x.example/${'a'.repeat(1_000_000)}`, false],
    ['', false],
  ])('%.60s → %s', (text, isFit) => {
    expect(authorizationUrlFault(text) === undefined).toBe(isFit);
  });
});

describe('openBrowser', () => {
  it.each([
    ['linux', { DISPLAY: ':0' }, [['xdg-open', url]]],
    ['linux', { WAYLAND_DISPLAY: 'w' }, [['xdg-open', url]]],
    ['linux', {}, []],
    ['darwin', {}, [['open', url]]],
    ['win32', {}, [['C:\\Windows\\System32\\rundll32.exe', 'url.dll,FileProtocolHandler', url]]],
    ['linux', { BROWSER: 'firefox -P work' }, [['firefox', '-P', 'work', url]]],
    [
      'linux',
      { BROWSER: 'one --open=%s:two' },
      [
        ['one', `--open=${url}`],
        ['two', url],
      ],
    ],
    ['linux', { BROWSER: '$(calc)', DISPLAY: ':0' }, [['$(calc)', url]]],
  ] as const)('on %s with %j', (platform, env, commands) => {
    expect(browserCommands(url, platform, env)).toEqual(commands);
  });

  it('passes the URL to a real program as one argument, without a shell', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'mcpmux-browser-'));
    const opener = join(folder, 'opener');
    await writeFile(
      opener,
      `#!/bin/sh\nprintf '%s\\n' "$#" "$@" > "${folder}/argv.tmp" && mv "${folder}/argv.tmp" "${folder}/argv"\n`,
    );
    await chmod(opener, 0o755);
    expect(await openBrowser(url, { platform: 'linux', env: { BROWSER: `/does/not/exist:${opener}` } })).toBe(
      true,
    );
    const deadline = Date.now() + 5_000;
    let argv: string | undefined;
    while (argv === undefined && Date.now() < deadline) {
      argv = await readFile(join(folder, 'argv'), 'utf8').catch(() => undefined);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(argv).toBe(`1\n${url}\n`);
  });

  it('returns false when there is no browser', async () => {
    expect(await openBrowser(url, { platform: 'linux', env: { BROWSER: '/does/not/exist' } })).toBe(false);
  });

  it('starts nothing for an unsafe URL', async () => {
    const spawn = () => {
      throw new Error('started');
    };
    expect(await openBrowser('https://x/$(calc)', { platform: 'linux', env: { BROWSER: 'x' }, spawn })).toBe(
      false,
    );
  });
});
