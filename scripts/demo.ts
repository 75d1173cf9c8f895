/**
 * scripts/demo — `npm run demo`: real servers behind the gateway, two generations of clients in front, a transcript.
 *
 * Everything happens in a temporary folder on free ports; your own daemon and data are not touched. The exit code is 0
 * when all of it held.
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectClient, type Generation, textOf } from './demo/clients.ts';
import {
  type Background,
  freePort,
  packageScript,
  runMcpmux,
  startDaemon,
  startScript,
  waitForAnswer,
} from './demo/processes.ts';
import { Transcript } from './demo/transcript.ts';

const everything = packageScript('@modelcontextprotocol/server-everything');
const memory = packageScript('@modelcontextprotocol/server-memory');

const transcript = new Transcript();
const folder = await mkdtemp(join(tmpdir(), 'mcpmux-demo-'));
const running: Background[] = [];
const startedAt = performance.now();

try {
  await tellTheStory();
} catch (error) {
  transcript.failure(error instanceof Error ? error.message : String(error));
  await showLog();
} finally {
  for (const process of running.reverse()) await process.stop();
  await rm(folder, { recursive: true, force: true });
}

const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
transcript.chapter(
  transcript.failures === 0
    ? `All of it held, in ${seconds} s.`
    : `${transcript.failures} did not hold (${seconds} s).`,
);
process.exitCode = transcript.failures === 0 ? 0 : 1;

async function tellTheStory(): Promise<void> {
  const port = await freePort();
  const everythingPort = await freePort();
  const url = `http://127.0.0.1:${port}/mcp`;
  const environment = {
    MCPMUX_DATA_DIR: join(folder, 'data'),
    MCPMUX_KEY_SOURCE: 'file',
    MCPMUX_PORT: String(port),
  };
  const mcpmux = async (...words: string[]): Promise<string> => {
    transcript.command(`mcpmux ${words.map(shorten).join(' ')}`);
    const result = await runMcpmux(words, environment);
    if (result.exitCode !== 0) {
      transcript.output(result.stderr || result.stdout);
      throw new Error(`mcpmux ${words[0]} ended with exit code ${result.exitCode}`);
    }
    transcript.output(shorten(`${result.stderr}${result.stdout}`));
    return result.stdout;
  };

  transcript.chapter('1. A daemon with an empty data folder, and a server that listens on HTTP');
  const daemon = startDaemon(environment, join(folder, 'daemon.log'));
  running.push(daemon);
  const openAfterMs = await waitForAnswer(`http://127.0.0.1:${port}/livez`, daemon, 20_000);
  transcript.fact(`the daemon listens on ${url} after ${openAfterMs.toFixed(0)} ms`);
  const everythingHttp = startScript(
    'server-everything over HTTP',
    everything,
    ['streamableHttp'],
    { PORT: String(everythingPort) },
    join(folder, 'everything-http.log'),
  );
  running.push(everythingHttp);
  await waitForAnswer(`http://127.0.0.1:${everythingPort}/mcp`, everythingHttp, 20_000);
  transcript.fact(`server-everything listens on http://127.0.0.1:${everythingPort}/mcp`);

  transcript.chapter('2. Three servers: two that the daemon starts, one that it reaches over HTTP');
  await mcpmux('add', 'everything', '--', 'node', everything, 'stdio');
  await mcpmux('add', 'remote', `http://127.0.0.1:${everythingPort}/mcp`);
  const memoryFile = join(folder, 'memory.jsonl');
  await mcpmux('add', 'memory', '-e', `MEMORY_FILE_PATH=${memoryFile}`, '--', 'node', memory);
  await mcpmux('status');
  await mcpmux('tools', 'graph');

  transcript.chapter('3. Two generations of clients, one URL');
  const key = /mcpk_\w+/.exec(await mcpmux('key', 'create', 'demo'))?.[0];
  if (key === undefined) throw new Error('mcpmux key create printed no key');
  const lists = new Map<Generation, string[]>();
  for (const generation of ['legacy', 'modern'] as const)
    lists.set(generation, await useClient(generation, url, key));
  transcript.check(
    'both see the same list',
    JSON.stringify(lists.get('legacy')) === JSON.stringify(lists.get('modern')),
    Object.fromEntries(lists),
  );

  transcript.chapter('4. What it leaves behind');
  const written = await readFile(memoryFile, 'utf8');
  transcript.check(
    'the memory server wrote what both clients told it, into its own file',
    written.includes('legacy-client') && written.includes('modern-client'),
    written,
  );
  await mcpmux('stop');
  await daemon.stop();
  transcript.check('the daemon ended with exit code 0', daemon.child.exitCode === 0, daemon.child.exitCode);
}

/** Lists, calls tools of all three servers, reads and prompts. Returns the names it was shown. */
async function useClient(generation: Generation, url: string, key: string): Promise<string[]> {
  const client = await connectClient(generation, url, key);
  transcript.command(`a ${generation} client connects`);
  try {
    transcript.fact(
      `it speaks ${client.getNegotiatedProtocolVersion() ?? '?'} with ${client.getServerVersion()?.name ?? '?'}`,
    );
    const { tools } = await client.listTools();
    const names = tools.map((tool) => tool.name).sort();
    for (const alias of ['everything', 'remote', 'memory']) {
      const own = names.filter((name) => name.startsWith(`${alias}_`));
      transcript.check(`it lists ${own.length} tools of ${alias}, such as ${own[0]}`, own.length > 0, names);
    }

    const echo = await client.callTool({
      name: 'everything_echo',
      arguments: { message: `hello from ${generation}` },
    });
    transcript.check(
      `everything_echo says "${textOf(echo)}"`,
      textOf(echo).includes(`hello from ${generation}`),
      echo,
    );
    const sum = await client.callTool({ name: 'remote_get-sum', arguments: { a: 19, b: 23 } });
    transcript.check(`remote_get-sum says "${textOf(sum)}"`, textOf(sum).includes('42'), sum);
    const name = `${generation}-client`;
    await client.callTool({
      name: 'memory_create_entities',
      arguments: { entities: [{ name, entityType: 'client', observations: ['was here'] }] },
    });
    const graph = await client.callTool({ name: 'memory_read_graph', arguments: {} });
    transcript.check(`memory_read_graph remembers "${name}"`, textOf(graph).includes(name), graph);

    const { resources } = await client.listResources();
    const [first] = resources;
    if (first === undefined) throw new Error('no server offers a resource');
    // Both copies of server-everything offer the same URIs; the gateway tells them apart, and both can be read.
    const twins = resources.filter((resource) => resource.name === first.name);
    for (const { uri } of twins) {
      const { contents } = await client.readResource({ uri });
      transcript.check(
        `it reads ${uri}, one of ${resources.length} resources`,
        contents.length > 0,
        contents,
      );
    }
    transcript.check('two servers offer that resource, under two URIs', twins.length === 2, twins);
    const { prompts } = await client.listPrompts();
    const prompt = await client.getPrompt({ name: 'everything_simple-prompt' });
    transcript.check(
      `it gets one of ${prompts.length} prompts, everything_simple-prompt`,
      prompt.messages.length > 0,
      prompt,
    );
    return names;
  } finally {
    await client.close();
  }
}

async function showLog(): Promise<void> {
  try {
    const lines = (await readFile(join(folder, 'daemon.log'), 'utf8')).trimEnd().split('\n');
    transcript.output(`the last lines of the daemon's log:\n${lines.slice(-20).join('\n')}`);
  } catch {
    // It never started; the failure above says why.
  }
}

/** Long paths say little in a transcript. */
function shorten(text: string): string {
  return text.replaceAll(folder, '…').replace(/[^\s=]*node_modules\//g, '…/');
}
