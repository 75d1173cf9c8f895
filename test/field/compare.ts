/**
 * field/compare — one server asked directly and through the gateway: are the lists and one answer the same bytes?
 *
 * Knows nothing of: which servers there are, how they were installed.
 */
import type { Json, StdioAnswer } from '../support/raw-client.ts';
import { RawHttpClient, RawStdioClient } from '../support/raw-client.ts';
import { itemTexts, nextCursor, resultText } from './items.ts';

export const lists = [
  ['tools', 'tools/list', 'tools'],
  ['prompts', 'prompts/list', 'prompts'],
  ['resources', 'resources/list', 'resources'],
  ['resources', 'resources/templates/list', 'resourceTemplates'],
] as const;

/** Sends a request and gives the whole JSON text of its response. */
type Ask = (method: string, params: Json) => Promise<string>;

export interface Launch {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
}

export interface Comparison {
  readonly differences: readonly string[];
  readonly items: number;
  readonly call: string;
}

const startTimeoutMs = 60_000;
/** What both sides declare: servers tailor their lists to it. */
const capabilities = { roots: {}, sampling: {}, elicitation: { form: {}, url: {} } };

async function openDirect(launch: Launch): Promise<{ ask: Ask; capabilities: Json; close(): Promise<void> }> {
  const client = new RawStdioClient({ ...launch, era: 'legacy', capabilities, timeoutMs: startTimeoutMs });
  try {
    const answer: StdioAnswer = await client.initialize();
    if (answer.result === undefined) throw new Error(answer.error?.message ?? 'initialize was refused');
    return {
      capabilities: (answer.result['capabilities'] ?? {}) as Json,
      ask: async (method, params) => {
        const { message } = await client.request(method, params);
        const line = client.child.stdout
          .split('\n')
          .find(
            (text) =>
              new RegExp(`"id"\\s*:\\s*${String(message.id)}[,}\\s]`).test(text) &&
              isResponseLine(text, message.id),
          );
        return line ?? JSON.stringify(message);
      },
      close: async () => {
        await client.close();
      },
    };
  } catch (error) {
    await client.child.stop('SIGKILL');
    throw error;
  }
}

function isResponseLine(text: string, id: unknown): boolean {
  try {
    const message = JSON.parse(text) as Json;
    return message['id'] === id && message['method'] === undefined;
  } catch {
    return false;
  }
}

export async function openProxied(url: string, headers: Readonly<Record<string, string>>) {
  const client = await RawHttpClient.connect({
    url,
    headers,
    era: 'legacy',
    capabilities,
    timeoutMs: startTimeoutMs,
  });
  const ask: Ask = async (method, params) => {
    const { text, headers: answered } = await client.request(method, params);
    if (!String(answered['content-type']).startsWith('text/event-stream')) return text;
    const data = text
      .split(/\r?\n\r?\n/)
      .map((event) =>
        event
          .split(/\r?\n/)
          .filter((line) => line.startsWith('data:'))
          .map((line) => line.slice(5).replace(/^ /, ''))
          .join('\n'),
      )
      .filter((part) => part !== '' && /"(result|error)"/.test(part));
    return data.at(-1) ?? text;
  };
  return { ask, close: () => client.close() };
}

async function readAll(ask: Ask, method: string, key: string): Promise<Map<string, string>> {
  const all = new Map<string, string>();
  let cursor: string | undefined;
  for (let page = 0; page < 50; page++) {
    const text = await ask(method, cursor === undefined ? {} : { cursor });
    for (const [name, item] of itemTexts(text, key)) all.set(name, item);
    cursor = nextCursor(text);
    if (cursor === undefined) break;
  }
  return all;
}

/** A call that changes nothing: a tool's own refusal of empty arguments, else one that says that it only reads. */
function harmlessCall(tools: ReadonlyMap<string, string>): string | undefined {
  const parsed = [...tools.values()].map((text) => JSON.parse(text) as Json);
  const required = parsed.find((tool) => {
    const schema = tool['inputSchema'] as Json | undefined;
    return Array.isArray(schema?.['required']) && schema['required'].length > 0;
  });
  const reads = parsed.find((tool) => (tool['annotations'] as Json | undefined)?.['readOnlyHint'] === true);
  return (required ?? reads)?.['name'] as string | undefined;
}

/** What a server says when it is asked directly. */
export interface Recording {
  readonly lists: readonly {
    readonly method: string;
    readonly key: string;
    readonly items: ReadonlyMap<string, string>;
  }[];
  readonly call:
    | {
        readonly tool: string;
        /** Asked twice, to know what changes by itself. */
        readonly answers: readonly (string | undefined)[];
      }
    | undefined;
}

async function record(direct: Ask, declared: Json): Promise<Recording> {
  const read = [];
  for (const [capability, method, key] of lists) {
    if (declared[capability] === undefined) continue;
    read.push({ method, key, items: await readAll(direct, method, key) });
  }
  const tool = harmlessCall(read.find(({ key }) => key === 'tools')?.items ?? new Map());
  if (tool === undefined) return { lists: read, call: undefined };
  const params = { name: tool, arguments: {} };
  const answers = [
    answerText(await direct('tools/call', params)),
    answerText(await direct('tools/call', params)),
  ];
  return { lists: read, call: { tool, answers } };
}

/** Some servers own a port or a file: the direct one has ended when this settles, so that its double can start. */
export async function recordDirectly(launch: Launch): Promise<Recording> {
  const direct = await openDirect(launch);
  try {
    return await record(direct.ask, direct.capabilities);
  } finally {
    await direct.close();
  }
}

export async function compare(recording: Recording, proxied: Ask): Promise<Comparison> {
  const differences: string[] = [];
  let items = 0;
  for (const { method, key, items: theirs } of recording.lists) {
    const ours = await readAll(proxied, method, key);
    items += theirs.size;
    for (const [name, text] of theirs) {
      if (!ours.has(name)) differences.push(`${method}: ${name} is missing`);
      else if (ours.get(name) !== text) differences.push(`${method}: ${name} differs`);
    }
    for (const name of ours.keys()) if (!theirs.has(name)) differences.push(`${method}: ${name} is extra`);
  }
  if (recording.call === undefined) return { differences, items, call: 'no harmless call' };
  const { tool, answers } = recording.call;
  const through = answerText(await proxied('tools/call', { name: tool, arguments: {} }));
  if (answers.includes(through)) return { differences, items, call: `${tool}: same answer` };
  if (answers[0] !== answers[1]) return { differences, items, call: `${tool}: answers vary by themselves` };
  differences.push(`tools/call ${tool} differs: ${answers[0]?.slice(0, 60)} / ${through?.slice(0, 60)}`);
  return { differences, items, call: tool };
}

/** The result's text, or the code and message of the error. */
function answerText(json: string): string | undefined {
  const result = resultText(json);
  if (result !== undefined) return result;
  const { error } = JSON.parse(json) as { error?: { code: number; message: string } };
  return `error ${error?.code} ${error?.message}`;
}
