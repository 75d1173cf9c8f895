/**
 * cli/open.test — what a person sees of `mcpmux open`: links, codes, the browsers that are in, the refusals.
 */
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { type CliBench, openCliBench } from '../../test/support/cli-harness.ts';

let bench: CliBench;

beforeAll(async () => {
  bench = await openCliBench();
});
afterAll(() => bench.close());
beforeEach(() => bench.reset());

it('prints the link alone to stdout, and around it what to know', async () => {
  const { code, out, err } = await bench.run(['open']);
  expect(code).toBe(0);
  expect(out).toMatch(/^http:\/\/127\.0\.0\.1:45818\/admin\/unlock#link=\w{43}\n$/);
  expect(err).toBe(
    'Open this in a browser:\nIt opens one browser, once, within 5 minutes. Shut browsers out again: mcpmux open --lock\n',
  );
});

it('hands the link to a browser where there is one', async () => {
  const { err } = await bench.run(['open'], { env: { BROWSER: '/bin/true' } });
  expect(err).toContain('The dashboard opens in your browser. If it does not, open this:');
  const quiet = await bench.run(['open', '--no-browser'], { env: { BROWSER: '/bin/true' } });
  expect(quiet.err).toContain('Open this in a browser:');
});

it('gives a code as a person reads it, and says where it is typed', async () => {
  const { out, err } = await bench.run(['open', '--code']);
  expect(out).toMatch(/^\d{3} \d{3}\n$/);
  expect(err).toContain('http://127.0.0.1:45818/admin/unlock');
});

it('says what is missing for a public link', async () => {
  const { code, err } = await bench.run(['open', '--public']);
  expect(code).not.toBe(0);
  expect(err).toBe(
    'mcpmux: this daemon has no public address to make a link for\n  next: leave --public out, or start the daemon with --public-url\n',
  );
});

it('shows nobody and locks nobody where nobody is in', async () => {
  expect((await bench.run(['open', '--list'])).err).toBe('No browser is let in. Let one in: mcpmux open\n');
  expect((await bench.run(['open', '--lock'])).err).toBe('No browser was let in.\n');
  expect((await bench.run(['open', '--lock', 'nobody'])).err).toContain('no browser "nobody" is let in');
  expect((await bench.run(['open', '--list', '--lock'])).code).toBe(2);
});
