/**
 * network/reverse-proxies — the recipes of docs/remote.md, as they stand there, in front of a real daemon.
 *
 * Needs Debian's packages caddy and nginx-light; `.ci/run` installs them. Without them the tests fail, they are not skipped.
 */
import { mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { type RequestOptions, request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Child } from '../support/child.ts';
import { eventually } from '../support/deadline.ts';
import { freePort, type Gateway, startGateway } from '../support/gateway.ts';
import { repositoryPath } from '../support/paths.ts';

const certFile = repositoryPath('test/fixtures/tls/cert.pem');
const keyFile = repositoryPath('test/fixtures/tls/key.pem');
let page: string;
let folder: string;
const closers: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  page = await readFile(repositoryPath('docs/remote.md'), 'utf8');
  folder = await realpath(await mkdtemp(join(tmpdir(), 'mcpmux-proxies-')));
});
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** The recipe after a mark, at this daemon's port. */
function recipe(mark: string, at: number, daemonPort: number): string {
  const found = [...page.matchAll(new RegExp(`\`\`\`${mark}\\n([\\s\\S]*?)\`\`\``, 'g'))][at]?.[1];
  if (found === undefined) throw new Error(`docs/remote.md has no "${mark}" number ${at}`);
  return found.replaceAll('127.0.0.1:45818', `127.0.0.1:${daemonPort}`);
}

async function startProxy(
  command: string,
  args: readonly string[],
  port: number,
  host: string,
): Promise<void> {
  const child = new Child({
    command,
    args,
    env: { PATH: '/usr/sbin:/usr/bin:/bin', HOME: folder },
    cwd: folder,
  });
  closers.push(() => child.stop('SIGKILL'));
  await eventually('the proxy', () =>
    ask(port, host, '/nothing').then(
      () => true,
      () => undefined,
    ),
  );
}

interface Answer {
  readonly status: number | undefined;
  readonly headers: NodeJS.Dict<string | string[]>;
  readonly body: string;
}

function ask(
  port: number,
  host: string,
  path: string,
  more: RequestOptions = {},
  body?: string,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const headers = { host, ...(more.headers as Record<string, string> | undefined) };
    const options = {
      host: '127.0.0.1',
      port,
      path,
      servername: host,
      rejectUnauthorized: false,
      timeout: 10_000,
    };
    const outgoing = request({ ...options, ...more, headers }, (answer) => {
      let text = '';
      answer.setEncoding('utf8');
      answer.on('data', (chunk: string) => {
        text += chunk;
      });
      answer.on('end', () => resolve({ status: answer.statusCode, headers: answer.headers, body: text }));
    });
    outgoing.on('timeout', () => outgoing.destroy(new Error('no answer in time')));
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

/** A daemon with one server, and the proxy in front of it. */
async function startBehind(
  proxy: 'caddy' | 'nginx',
  publicUrl: string,
  at: number,
): Promise<{ readonly gateway: Gateway; readonly port: number }> {
  const gateway = await startGateway({ flags: ['--public-url', publicUrl] });
  closers.push(() => gateway.stop());
  const port = await freePort();
  const file = join(folder, `${proxy}-${port}.conf`);
  const { host } = new URL(publicUrl);
  if (proxy === 'caddy') {
    const text = recipe('caddy recipe', at, gateway.port);
    const site = text.replace(`${host} {`, `https://${host}:${port} {\n  tls ${certFile} ${keyFile}`);
    const global = '{\n  admin off\n  auto_https disable_redirects\n  http_port 0\n}\n';
    await writeFile(file, `${global.replace('  http_port 0\n', '')}${site}`);
    await startProxy('caddy', ['run', '--adapter', 'caddyfile', '--config', file], port, host);
  } else {
    const whole = recipe('nginx recipe', 0, gateway.port)
      .replace('listen 443 ssl', `listen 127.0.0.1:${port} ssl`)
      .replace('server_name mux.example', `server_name ${host}`)
      .replace('/etc/ssl/mux.example.pem', certFile)
      .replace('/etc/ssl/mux.example.key', keyFile);
    const site =
      at === 0
        ? whole
        : whole.replace(/ {2}location \/ \{[\s\S]*?\n {2}\}\n/, recipe('nginx path-recipe', 0, gateway.port));
    const temp = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
      .map((name) => `${name}_temp_path ${folder}/${name};`)
      .join('\n');
    await writeFile(
      file,
      `daemon off; pid ${folder}/nginx-${port}.pid; error_log stderr;\nevents {}\nhttp { access_log off;\n${temp}\n${site} }\n`,
    );
    await startProxy('nginx', ['-c', file, '-p', folder], port, host);
  }
  return { gateway, port };
}

const initialize = JSON.stringify({
  jsonrpc: '2.0',
  id: 1,
  method: 'initialize',
  params: { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 'test', version: '1' } },
});

describe.each(['caddy', 'nginx'] as const)('behind %s', (proxy) => {
  it.each([
    ['a host of its own', 'https://mux.example', 0, ''],
    ['a path', 'https://example.com/mux', 1, '/mux'],
  ] as const)(
    'on %s clients get in, streams flow, and everything that is advertised is right',
    async (_, publicUrl, at, path) => {
      const { gateway, port } = await startBehind(proxy, publicUrl, at);
      // The proxy listens on another port in this test; what a client would send is the host of the URL.
      const { host } = new URL(publicUrl);
      const json = { 'content-type': 'application/json', accept: 'application/json, text/event-stream' };
      const get = (where: string, headers: Record<string, string> = {}) =>
        ask(port, host, where, { headers });

      expect(await get(`${path}/livez`)).toMatchObject({ status: 200, body: 'live\n' });
      const stranger = await ask(port, host, `${path}/mcp`, { method: 'POST', headers: json }, initialize);
      expect(stranger.status).toBe(401);
      const challenge = String(stranger.headers['www-authenticate']);
      const metadata = /resource_metadata="([^"]+)"/.exec(challenge)?.[1];
      if (metadata !== undefined) {
        expect(metadata.startsWith(new URL(publicUrl).origin)).toBe(true);
        const answer = await get(new URL(metadata).pathname);
        expect(answer.status).toBe(200);
        expect(JSON.parse(answer.body)).toMatchObject({ resource: `${publicUrl}/mcp` });
      }
      const own = await ask(
        port,
        host,
        `${path}/mcp`,
        { method: 'POST', headers: { ...json, ...gateway.headers } },
        initialize,
      );
      expect(own.status).toBe(200);

      const unlock = await get(`${path}/admin/unlock`);
      expect(unlock.body).toContain(`<meta name="mcpmux-base" content="${path}/admin">`);
      expect((await get(`${path}/admin/unlock.js`)).status).toBe(200);
      const link = await gateway.admin.makeLink(true);
      expect(link.url.startsWith(`${publicUrl}/admin/unlock#link=`)).toBe(true);
      const letIn = await ask(
        port,
        host,
        `${path}/admin/session`,
        {
          method: 'POST',
          headers: { 'content-type': 'application/json', origin: new URL(publicUrl).origin },
        },
        JSON.stringify({ link: link.url.split('#link=')[1] }),
      );
      expect(letIn.status).toBe(200);
      const cookie = String(letIn.headers['set-cookie']);
      expect(cookie).toMatch(/^__Host-mcpmux_admin_\w+=\w+; Path=\/; HttpOnly; SameSite=Strict; Secure$/);
      const { proof } = JSON.parse(letIn.body) as { proof: string };
      const person = { cookie: cookie.split(';')[0] ?? '', 'x-mcpmux-proof': proof };
      expect((await get(`${path}/admin/api/v1/status`, person)).status).toBe(200);

      // An event stream comes through piece by piece.
      const opened = await new Promise<string>((resolve, reject) => {
        const outgoing = request(
          {
            host: '127.0.0.1',
            port,
            path: `${path}/admin/api/v1/events`,
            headers: { host, ...person },
            rejectUnauthorized: false,
            servername: host,
            timeout: 5_000,
          },
          (answer) => {
            answer.once('data', (chunk: Buffer) => {
              resolve(chunk.toString());
              answer.destroy();
            });
          },
        );
        outgoing.on('timeout', () => outgoing.destroy(new Error('the stream is buffered')));
        outgoing.on('error', reject);
        outgoing.end();
      });
      expect(opened).toContain('stream.opened');

      const { browsers } = await gateway.admin.listBrowsers();
      expect(browsers).toHaveLength(1);
      const evil = await ask(port, 'evil.example', `${path}/livez`).catch(() => ({ status: 0 }));
      expect(evil.status).not.toBe(200);
    },
  );
});
