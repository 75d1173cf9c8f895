/**
 * field/record-handshakes — writes down what client programs really send, for `test/fixtures/handshakes/`.
 *
 *     npx tsx test/field/record-handshakes.ts [FOLDER_WITH_INSTALLED_PROGRAMS]
 *
 * Each program runs in an empty home against a daemon of its own, through a proxy that notes every request. Keys, ids of
 * sessions and addresses become marks; the replay puts its own in their place.
 */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runChild } from '../support/child.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { repositoryPath } from '../support/paths.ts';
import { type ClientProgram, clientPrograms } from './client-programs.ts';
import { addEverything } from './clients.ts';
import { startModelStandIn } from './model-stand-in.ts';
import { installPackages } from './packages.ts';
import type { Handshake, RecordedRequest } from './recorded-handshake.ts';

/** Clients that are only recorded. */
const others: readonly ClientProgram[] = [
  {
    name: 'mcporter',
    package: 'mcporter',
    version: '0.12.3',
    bin: 'mcporter',
    async prepare(home, way) {
      if (way.kind !== 'http') throw new Error('over HTTP only');
      const file = join(home, 'mcporter.json');
      const headers = { Authorization: `Bearer ${way.key}` };
      await writeFile(file, JSON.stringify({ mcpServers: { mcpmux: { baseUrl: way.url, headers } } }));
      return { args: ['--config', file, 'call', 'mcpmux.everything_echo', 'message=field'], env: {} };
    },
  },
  {
    name: 'Qwen Code',
    package: '@qwen-code/qwen-code',
    version: '0.15.10',
    bin: 'qwen',
    async prepare(home, way, modelUrl) {
      if (way.kind !== 'http') throw new Error('over HTTP only');
      await mkdir(join(home, '.qwen'));
      const headers = { Authorization: `Bearer ${way.key}` };
      const settings = {
        mcpServers: { mcpmux: { httpUrl: way.url, headers, trust: true } },
        security: { auth: { selectedType: 'openai' } },
      };
      await writeFile(join(home, '.qwen', 'settings.json'), JSON.stringify(settings));
      return {
        args: ['--yolo', '-p', 'Call the echo tool with the message "field".'],
        env: { OPENAI_API_KEY: 'example', OPENAI_BASE_URL: `${modelUrl}/v1`, OPENAI_MODEL: 'stand-in' },
      };
    },
  },
  {
    name: 'TypeScript SDK',
    package: '@modelcontextprotocol/sdk',
    version: '1.32.2',
    bin: 'sdk',
    async prepare(_home, way) {
      const packages = repositoryPath('');
      return { args: [repositoryPath('test/field/sdk-client.mjs'), packages, JSON.stringify(way)], env: {} };
    },
  },
];

const folder = repositoryPath('test/fixtures/handshakes');
/** Hop by hop, or made anew by whoever replays. */
const notKept = new Set(['host', 'connection', 'content-length', 'transfer-encoding', 'accept-encoding']);

async function record(
  program: ClientProgram,
  packages: string,
  gateway: Gateway,
  modelUrl: string,
): Promise<void> {
  const requests: RecordedRequest[] = [];
  const proxy = createServer((incoming, outgoing) => void forward(incoming, outgoing, gateway, requests));
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  const { port } = proxy.address() as { port: number };
  const home = await mkdtemp(join(tmpdir(), 'mcpmux-handshake-'));
  try {
    const way = { kind: 'http', url: `http://127.0.0.1:${port}/mcp`, key: gateway.key } as const;
    const { args, env } = await program.prepare(home, way, modelUrl);
    await runChild({
      command: program.bin === 'sdk' ? process.execPath : join(packages, 'node_modules', '.bin', program.bin),
      args,
      env: { ...env, HOME: home, NO_COLOR: '1', MCPMUX_DATA_DIR: undefined },
      cwd: home,
      timeoutMs: 120_000,
    });
    const handshake: Handshake = {
      client: program.name,
      version: await installedVersion(packages, program),
      recordedAt: new Date().toISOString().slice(0, 10),
      // What it says of its folder is nobody's.
      requests: JSON.parse(
        JSON.stringify(requests).replaceAll(home, '/home/ada').replaceAll(process.cwd(), '/home/ada'),
      ) as RecordedRequest[],
    };
    if (requests.length === 0) throw new Error(`${program.name} sent nothing`);
    await writeFile(join(folder, `${program.bin}.json`), `${JSON.stringify(handshake, null, 2)}\n`);
    process.stdout.write(`${program.name}: ${requests.length} requests\n`);
  } finally {
    proxy.closeAllConnections();
    proxy.close();
    await rm(home, { recursive: true, force: true, maxRetries: 5 });
  }
}

async function installedVersion(packages: string, program: ClientProgram): Promise<string> {
  const file = join(
    program.bin === 'sdk' ? repositoryPath('') : packages,
    'node_modules',
    program.package,
    'package.json',
  );
  return (JSON.parse(await readFile(file, 'utf8')) as { version: string }).version;
}

async function forward(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  gateway: Gateway,
  requests: RecordedRequest[],
): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  const bytes = Buffer.concat(chunks);
  const onward = request(
    new URL(incoming.url ?? '/', gateway.url),
    { method: incoming.method, headers: { ...incoming.headers, host: new URL(gateway.url).host } },
    (answer) => {
      requests.push({
        method: incoming.method ?? '',
        path: incoming.url ?? '',
        headers: Object.fromEntries(
          Object.entries(incoming.headers)
            .filter(([name]) => !notKept.has(name))
            .map(([name, value]) => [name, markOf(name, String(value), gateway)]),
        ),
        body: bytes.length === 0 ? null : (JSON.parse(bytes.toString('utf8')) as unknown),
        status: answer.statusCode ?? 0,
      });
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      outgoing.flushHeaders();
      answer.pipe(outgoing);
    },
  );
  onward.on('error', () => outgoing.destroy());
  outgoing.on('close', () => onward.destroy());
  onward.end(bytes);
}

function markOf(name: string, value: string, gateway: Gateway): string {
  if (name === 'mcp-session-id') return '{session}';
  return value.replaceAll(gateway.key, '{key}');
}

const gateway = await startGateway();
const model = await startModelStandIn();
try {
  await mkdir(folder, { recursive: true });
  await addEverything(gateway);
  for (const program of [...clientPrograms, ...others]) {
    const given = process.argv[2];
    const packages = given ?? join(tmpdir(), 'mcpmux-handshake-programs', program.bin);
    if (given === undefined) await installPackages(packages, [`${program.package}@${program.version}`], []);
    await record(program, packages, gateway, model.url);
  }
} finally {
  await model.close();
  await gateway.stop();
}
