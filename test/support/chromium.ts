/**
 * support/chromium — Debian's chromium, driven by playwright-core; and pages of another site to put in it.
 */
import { existsSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Browser, chromium } from 'playwright-core';

const places = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** @throws when there is none: a test that needs it must not pass without it */
export function launchChromium(args: readonly string[] = []): Promise<Browser> {
  const executablePath = places.find((file) => existsSync(file));
  if (executablePath === undefined)
    throw new Error('chromium is missing; install it: apt-get install chromium');
  // Root has no sandbox of Chromium's; the pages in it are ours.
  const sandbox = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  return chromium.launch({ executablePath, args: [...sandbox, '--disable-gpu', ...args] });
}

export interface ForeignSite {
  readonly port: number;
  /** What browsers sent it. */
  readonly requests: readonly IncomingMessage[];
  close(): Promise<void>;
}

/** A site of somebody else on this machine, with one empty page. */
export async function startForeignSite(): Promise<ForeignSite> {
  const requests: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    requests.push(request);
    response.writeHead(200, { 'content-type': 'text/html' });
    response.end('<!doctype html><title>foreign</title><body>a foreign page</body>');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    requests,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
