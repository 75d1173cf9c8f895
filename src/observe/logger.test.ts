import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { authError } from '../auth/index.ts';
import { ManualClock, Secret } from '../base/index.ts';
import {
  createLogger,
  type DaemonLogger,
  type GivenValue,
  type LoggerOptions,
  RotatingFile,
  SecretRedactor,
} from './index.ts';

let folder: string;
const open: { close(): Promise<void> }[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mcpmux-observe-'));
});

afterEach(async () => {
  for (const item of open.splice(0)) await item.close();
  await rm(folder, { recursive: true });
});

class Screen {
  text = '';
  readonly isTTY: boolean;

  constructor(isTTY: boolean) {
    this.isTTY = isTTY;
  }

  write(text: string): void {
    this.text += text;
  }

  get lines(): Record<string, unknown>[] {
    return this.text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  }
}

function make(options: Partial<LoggerOptions> = {}): { logger: DaemonLogger; screen: Screen } {
  const screen = new Screen(false);
  const logger = createLogger({ level: 'info', stderr: screen, ...options });
  open.push(logger);
  return { logger, screen };
}

describe('the logger', () => {
  it('writes one JSON line an event: time, level, the fields of all its parents, message', async () => {
    const clock = new ManualClock();
    const { logger, screen } = make({ clock });
    logger.child({ room: 'upstream' }).child({ server: 'git' }).info({ attempt: 2 }, 'server connected');
    await logger.flush();
    expect(screen.lines).toEqual([
      {
        level: 'info',
        time: '2023-11-14T22:13:20.000Z',
        room: 'upstream',
        server: 'git',
        attempt: 2,
        message: 'server connected',
      },
    ]);
  });

  it('keeps the lines from before its start, with their own times', async () => {
    const clock = new ManualClock();
    const { logger, screen } = make({ clock });
    logger.info({}, 'first');
    clock.advance(1_000);
    logger.warn({}, 'second');
    expect(screen.text).toBe('');
    await logger.start();
    logger.error({}, 'third');
    expect(screen.lines.map(({ message, time }) => [message, time])).toEqual([
      ['first', '2023-11-14T22:13:20.000Z'],
      ['second', '2023-11-14T22:13:21.000Z'],
      ['third', '2023-11-14T22:13:21.000Z'],
    ]);
  });

  it('leaves out what is below its level, which may change while it runs', async () => {
    const { logger, screen } = make();
    const child = logger.child({ room: 'x' });
    await logger.start();
    child.debug({}, 'hidden');
    logger.setLevel('debug');
    expect(logger.level).toBe('debug');
    child.debug({}, 'shown');
    logger.setLevel('error');
    child.warn({}, 'hidden too');
    expect(screen.lines.map(({ message }) => message)).toEqual(['shown']);
  });

  it('writes errors with code, stack and cause', async () => {
    const { logger, screen } = make();
    logger.error({ error: authError('no_such_key', { reference: 'x' }, new Error('inner')) }, 'failed');
    await logger.flush();
    expect(screen.lines[0]?.['error']).toMatchObject({
      type: 'McpMuxError',
      code: 'auth.no_such_key',
      stack: expect.stringContaining('inner') as string,
    });
  });

  it('keeps line breaks of a message on its one line', async () => {
    const { logger, screen } = make();
    logger.info({ method: 'tools/call\r\nX: y' }, 'two\nlines');
    await logger.flush();
    expect(screen.text.trimEnd().split('\n')).toHaveLength(1);
  });

  it('writes for people on a terminal', async () => {
    const screen = new Screen(true);
    const logger = createLogger({ level: 'info', stderr: screen, hasColours: false });
    open.push(logger);
    logger.child({ room: 'upstream' }).warn({ server: 'my git', attempt: 2, error: new Error('x') }, 'slow');
    await logger.flush();
    expect(screen.text).toMatch(
      /^\d\d:\d\d:\d\d warn {2}upstream {3}slow server="my git" attempt=2 error="Error"\n$/,
    );
  });

  it('paints a terminal only when it may', async () => {
    const screen = new Screen(true);
    const logger = createLogger({ level: 'info', stderr: screen });
    open.push(logger);
    logger.info({}, 'hello');
    await logger.flush();
    expect(screen.text).toContain('\u001b[');
  });

  it('writes everything to its file before it closes', async () => {
    const path = join(folder, 'logs', 'mcpmux.log');
    const { logger } = make({ file: { path } });
    for (let count = 0; count < 1_000; count += 1) logger.info({ count }, 'line');
    await logger.close();
    logger.info({}, 'too late');
    const lines = (await readFile(path, 'utf8')).trimEnd().split('\n');
    expect(lines).toHaveLength(1_000);
    expect(JSON.parse(lines[999] as string)).toMatchObject({ count: 999 });
    if (process.platform !== 'win32') expect((await stat(path)).mode & 0o777).toBe(0o600);
  });

  it('lets no live secret and no key pass, in the file as on the screen', async () => {
    const filter = new SecretRedactor();
    filter.add(new Secret('hunter2-hunter2'));
    const path = join(folder, 'mcpmux.log');
    const { logger, screen } = make({ filter, file: { path } });
    const key = `mcpk_${'aB3'.repeat(16)}x`;
    logger.info(
      {
        secret: new Secret('typed-secret-value'),
        nested: { list: [new Secret('typed-secret-value')] },
        leaked: 'it is hunter2-hunter2',
        headers: { authorization: 'Bearer abcdefghijklmnopqrstuvwxyz' },
      },
      `key ${key}`,
    );
    await logger.close();
    for (const text of [screen.text, await readFile(path, 'utf8')]) {
      expect(text).not.toMatch(/hunter2|typed-secret|aB3aB3|abcdefghij/);
      expect(() => JSON.parse(text) as unknown).not.toThrow();
    }
  });
});

describe('the secret filter', () => {
  const value = 'p@ss w/"ord"+42\\';

  it.each([
    ['plain', value],
    ['inside JSON', JSON.stringify({ token: value })],
    ['in a URL', `https://x/?q=${encodeURIComponent(value)}`],
    ['in base64', Buffer.from(value).toString('base64')],
    ['in base64 after one byte', Buffer.from(`u${value}`).toString('base64')],
    ['in base64 after a user name', Buffer.from(`ad:${value}`).toString('base64')],
    ['in base64 between others', Buffer.from(`user:${value}:more`).toString('base64')],
    ['in base64url', Buffer.from(`xx${value}`).toString('base64url')],
  ])('finds a secret %s', (_where, text) => {
    const filter = new SecretRedactor();
    filter.add(new Secret(value));
    const clean = filter.redact(`before ${text} after`);
    expect(clean).toContain('[secret]');
    expect(clean).toMatch(/^before .* after$/);
    for (const form of [value, encodeURIComponent(value), Buffer.from(value).toString('base64').slice(4, 16)])
      expect(clean).not.toContain(form);
  });

  it('takes the longer of two secrets first', () => {
    const filter = new SecretRedactor();
    filter.add(new Secret('abcdefgh'));
    filter.add(new Secret('abcdefgh-and-more'));
    expect(filter.redact('abcdefgh-and-more')).toBe('[secret]');
  });

  it('leaves short values and other text alone', () => {
    const filter = new SecretRedactor();
    filter.add(new Secret('error'));
    filter.add(new Secret(''));
    const text = 'error: server "git" at https://example.com/mcp?x=1 said basic authorization is off';
    expect(new SecretRedactor().redact('plain error')).toBe('plain error');
    expect(filter.redact('an error')).toBe('an error');
    expect(filter.redact(text)).toContain('https://example.com/mcp?x=1');
  });

  it('forgets a secret when the last who had it removes it', () => {
    const filter = new SecretRedactor();
    const secret = new Secret('shared-by-two');
    filter.add(secret);
    filter.add(new Secret('shared-by-two'));
    filter.remove(secret);
    expect(filter.redact('shared-by-two')).toBe('[secret]');
    filter.remove(secret);
    filter.remove(secret);
    expect(filter.redact('shared-by-two')).toBe('shared-by-two');
  });

  const given = (name: string, value: string, isCalledSecret = false): GivenValue => ({
    name,
    secret: new Secret(value),
    isCalledSecret,
  });

  it.each([
    ['MYSQL_HOST', '127.0.0.1', 'http://127.0.0.1:46170/mcp'],
    ['NODE_ENV', 'production', 'Starting in production mode'],
    ['MEMORY_FILE_PATH', '/home/me/memory.json', 'reads /home/me/memory.json'],
    ['MYSQL_DATABASE', 'customers_eu', 'connected to customers_eu'],
  ])('R55 leaves %s=%s in every text', (name, value, text) => {
    const filter = new SecretRedactor();
    filter.replaceOwned('one', [given(name, value)]);
    expect([filter.redact(text, 'one'), filter.redact(text, 'two'), filter.redact(text)]).toEqual([
      text,
      text,
      text,
    ]);
  });

  it.each([
    ['by its name', given('DB_PASSWORD', 'production')],
    ['because somebody said so', given('DATABASE', 'production', true)],
  ])("R55 takes an ordinary word, secret %s, out of its own server's text only", (_, value) => {
    const filter = new SecretRedactor();
    filter.replaceOwned('one', [value]);
    expect(filter.redact('in production', 'one')).toBe('in [secret]');
    expect([filter.redact('in production', 'two'), filter.redact('in production')]).toEqual([
      'in production',
      'in production',
    ]);
    filter.replaceOwned('one', []);
    expect(filter.redact('in production', 'one')).toBe('in production');
  });

  it.each([
    ['by its name', given('API_KEY', 'Tr0ub4dor&3x')],
    ['by its looks', given('CONFIG', 'Zk3v9QpL0xTw7RmB2sYd8HcN')],
    ['by its form', given('X', `xoxb-${'1'.repeat(12)}`)],
  ])("R55 takes what is no word, secret %s, out of everybody's text, as long as it is used", (_, value) => {
    const filter = new SecretRedactor();
    filter.replaceOwned('one', [value]);
    filter.replaceOwned('two', [value]);
    filter.forget('one');
    const text = `it says ${value.secret.reveal()}!`;
    expect([filter.redact(text, 'one'), filter.redact(text)].join()).not.toContain(value.secret.reveal());
    filter.forget('two');
    if (value.name === 'API_KEY') expect(filter.redact(text)).toBe(text);
  });

  it.each([
    ['Authorization: Bearer abc.def', 'Authorization: Bearer [secret]'],
    ['authorization=Basic dXNlcjpwYXNz', 'authorization=Basic [secret]'],
    ['{"authorization":"Bearer abc"}', '{"authorization":"Bearer [secret]"}'],
    ['{\\"Authorization\\":\\"Bearer abc\\"}', '{\\"Authorization\\":\\"Bearer [secret]\\"}'],
    ['postgres://me:pass@db/x', 'postgres://[secret]@db/x'],
    [`mcpk_${'a'.repeat(49)}`, 'mcpk_[secret]'],
    [`ghp_${'a'.repeat(36)}`, 'ghp_[secret]'],
    ['AKIAIOSFODNN7EXAMPLE', 'AKIA[secret]'],
  ])('knows the shape of %s', (text, clean) => {
    expect(new SecretRedactor().redact(text)).toBe(clean);
  });
});

describe('a rotating file', () => {
  const file = (): string => join(folder, 'x.log');
  const line = (number: number): string => `${String(number).padStart(9, '0')}\n`;

  it('keeps a bounded number of bounded files, the newest lines in the first', async () => {
    const log = new RotatingFile({ file: file(), maxBytes: 100, keep: 2 });
    for (let number = 0; number < 45; number += 1) log.append(line(number));
    await log.close();
    expect((await readdir(folder)).sort((a, b) => a.localeCompare(b))).toEqual([
      'x.log',
      'x.log.1',
      'x.log.2',
    ]);
    expect(await readFile(file(), 'utf8')).toBe([40, 41, 42, 43, 44].map(line).join(''));
    expect(await readFile(`${file()}.2`, 'utf8')).toMatch(/^000000020\n/);
    for (const name of await readdir(folder))
      expect((await stat(join(folder, name))).size).toBeLessThanOrEqual(100);
  });

  it('goes on where it ended before', async () => {
    await writeFile(file(), 'old\n');
    const log = new RotatingFile({ file: file(), maxBytes: 12, keep: 1 });
    log.append('new\n');
    log.append('newer\n');
    await log.close();
    expect(await readFile(`${file()}.1`, 'utf8')).toBe('old\nnew\n');
    expect(await readFile(file(), 'utf8')).toBe('newer\n');
  });

  it('tells once that it cannot write, counts what is lost and recovers', async () => {
    const errors: unknown[] = [];
    const path = join(folder, 'in-the-way', 'x.log');
    await writeFile(join(folder, 'in-the-way'), '');
    const log = new RotatingFile({ file: path, onError: (error) => errors.push(error) });
    open.push(log);
    log.append('one\n');
    await log.flush();
    log.append('two\n');
    await log.flush();
    expect(errors).toHaveLength(1);
    expect(log.dropped).toBe(2);
    await rm(join(folder, 'in-the-way'));
    log.append('three\n');
    await log.flush();
    expect(await readFile(path, 'utf8')).toBe('three\n');
  });
});
