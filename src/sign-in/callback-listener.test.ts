import { afterEach, describe, expect, it } from 'vitest';
import { rawHead, sendRaw } from '../../test/support/raw-http.ts';
import { CallbackListener, callbackPath } from './callback-listener.ts';
import { type ResultPage, successPage } from './result-page.ts';

const open: CallbackListener[] = [];
afterEach(async () => {
  for (const listener of open.splice(0)) await listener.close();
});

async function listen(
  onCallback: (parameters: URLSearchParams) => Promise<ResultPage> = async () => successPage('tracker'),
): Promise<number> {
  const listener = new CallbackListener(onCallback);
  open.push(listener);
  return listener.open([0]);
}

const ask = (port: number, requestLine: string, ...lines: string[]) =>
  sendRaw(port, rawHead(requestLine, `Host: 127.0.0.1:${port}`, ...lines));

describe('the callback listener', () => {
  it.each([
    ['two slashes', 'GET // HTTP/1.1', 400],
    ['two slashes and a query', 'GET //?state=a&code=b HTTP/1.1', 400],
    ['a name without an end', 'GET //[ HTTP/1.1', 400],
    ['a port that is none', 'GET //a:99999999/ HTTP/1.1', 400],
    ['a whole URL of somebody else', 'GET http://evil.example/oauth2redirect HTTP/1.1', 403],
    ['a URL without a name', 'GET http:// HTTP/1.1', 400],
    ['a URL with a broken address', 'GET http://[::1/ HTTP/1.1', 403],
    ['an asterisk', 'OPTIONS * HTTP/1.1', 400],
    ['half an escape', `GET ${callbackPath}%E0%A4%A HTTP/1.1`, 400],
    ['a path to walk', `GET /..${callbackPath} HTTP/1.1`, 400],
    ['a long path', `GET /${'a'.repeat(8_000)} HTTP/1.1`, 404],
    ['a query of escapes', `GET ${callbackPath}?%=%&&=&state=%E0%A4%A HTTP/1.1`, 200],
    [
      'the offer of another protocol',
      `GET ${callbackPath} HTTP/1.1`,
      200,
      'Connection: upgrade',
      'Upgrade: h2c',
    ],
    ['an expectation', 'GET // HTTP/1.1', 417, 'Expect: a miracle'],
  ])('R66 answers a bad request and goes on: %s', async (_name, requestLine, status, ...lines) => {
    const port = await listen();
    expect((await ask(port, requestLine, ...(lines as string[])))?.status).toBe(status);
    // The listener still stands, and a real callback is still taken.
    expect((await ask(port, `GET ${callbackPath}?state=a&code=b HTTP/1.1`))?.status).toBe(200);
  });

  it.each([
    ['rejects', () => Promise.reject(new Error('no'))],
    [
      'throws',
      () => {
        throw new Error('no');
      },
    ],
  ])('R66 answers although the callback handler %s', async (_name, take) => {
    const port = await listen(take as () => Promise<ResultPage>);
    expect((await ask(port, `GET ${callbackPath} HTTP/1.1`))?.status).toBeGreaterThanOrEqual(400);
    expect((await ask(port, 'GET / HTTP/1.1'))?.status).toBe(404);
  });
});
