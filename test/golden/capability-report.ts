/**
 * golden/capabilityReports — looks what crosses between two eras, capability by capability, and says it in words.
 *
 * Each probe does one thing from end to end and judges by what client and server really saw. What comes out is the
 * matrix of docs/eras.md.
 * Knows nothing of: how the page looks.
 */
import type { Rig } from '../edge-cases/rig.ts';
import { withDeadline } from '../support/deadline.ts';
import { deferred } from '../support/deferred.ts';
import { type Era, type Json, META, type RawAnswer, type RawHttpClient } from '../support/raw-client.ts';
import { type RawScript, rawTool, type ServerHandler } from '../support/raw-server.ts';
import type { Pairing } from './owned-fields.ts';

export interface Probe {
  readonly title: string;
  /** What was seen, as words for the page. Throws when it is nothing we know. */
  see(scene: Scene): Promise<string>;
}

export interface Scene {
  readonly rig: Rig;
  readonly pairing: Pairing;
  /** Alias of the server that plays `crossingScript`. */
  readonly alias: string;
}

const AS_IT_IS = 'as it is';
const ANSWER = { action: 'accept', content: { name: 'Ada' } };
const FORM: Json = { message: 'Who?', requestedSchema: { type: 'object', properties: {} } };
const URL_FORM: Json = { mode: 'url', elicitationId: 'e', url: 'https://example.com/', message: 'Sign in' };
const SAMPLE: Json = { messages: [], maxTokens: 1 };
const EVERYTHING: Json = { elicitation: { form: {}, url: {} }, sampling: {}, roots: {} };

const ASKS: Readonly<Record<string, readonly [string, Json]>> = {
  form: ['elicitation/create', FORM],
  url: ['elicitation/create', URL_FORM],
  sample: ['sampling/createMessage', SAMPLE],
  roots: ['roots/list', {}],
};

let stopped = deferred<void>();
let tellListeners: ((method: string, params?: Json) => void) | undefined;

/** A server of one era with one of everything. */
export function crossingScript(era: Era): RawScript {
  const complete: Json = era === 'modern' ? { resultType: 'complete' } : {};
  const text = (value: string): Json => ({ ...complete, content: [{ type: 'text', text: value }] });
  const asking: Record<string, ServerHandler> = Object.fromEntries(
    Object.entries(ASKS).map(([name, [method, params]]): [string, ServerHandler] => [
      `tools/call:ask_${name}`,
      async (call) => {
        if (era === 'legacy')
          return text(JSON.stringify((await call.ask(method, params)).result ?? 'refused'));
        const answers = call.params['inputResponses'] as Json | undefined;
        if (answers !== undefined) return text(JSON.stringify(answers['it']));
        return { resultType: 'input_required', inputRequests: { it: { method, params } }, requestState: 's' };
      },
    ]),
  );
  return {
    eras: [era],
    tools: [
      ...[
        'plain',
        'value',
        'steps',
        'talk',
        'wait',
        'url_error',
        ...Object.keys(ASKS).map((one) => `ask_${one}`),
      ].map((name) => rawTool(name, name === 'value' ? { outputSchema: { type: 'array' } } : {})),
    ],
    prompts: [{ name: 'hello' }],
    resources: [{ uri: 'res://one', name: 'one' }],
    templates: [{ uriTemplate: 'res://{x}', name: 'any' }],
    capabilities: { completions: {}, logging: {} },
    handlers: {
      ...asking,
      'tools/call:plain': (call) => ({
        ...text('fine'),
        _meta: { seen: (call.params['_meta'] as Json)['traceparent'] },
      }),
      'tools/call:value': () => ({ ...text('1'), structuredContent: [1] }),
      'tools/call:steps': (call) => {
        const progressToken = (call.params['_meta'] as Json | undefined)?.['progressToken'];
        call.notify('notifications/progress', { progressToken, progress: 1 });
        return text('fine');
      },
      'tools/call:talk': (call) => {
        const wanted = (call.params['_meta'] as Json | undefined)?.[META.logLevel];
        if (era === 'legacy' || wanted !== undefined) {
          call.notify('notifications/message', { level: 'info', data: 'hello' });
        }
        return text('fine');
      },
      'tools/call:wait': async (call) => {
        call.notify('notifications/progress', {
          progressToken: (call.params['_meta'] as Json | undefined)?.['progressToken'],
          progress: 1,
        });
        await call.cancelled;
        stopped.resolve();
        return undefined;
      },
      'tools/call:url_error': (call) => {
        call.fail({ code: -32042, message: 'Sign in', data: { elicitations: [URL_FORM] } });
        return undefined;
      },
      'prompts/get': () => ({ ...complete, messages: [] }),
      'resources/read': (call) => {
        if (call.params['uri'] === 'res://one') {
          return {
            ...complete,
            ...(era === 'modern' ? { ttlMs: 1, cacheScope: 'public' } : {}),
            contents: [],
          };
        }
        call.fail({
          code: era === 'legacy' ? -32002 : -32602,
          message: 'not found',
          data: { uri: call.params['uri'] },
        });
        return undefined;
      },
      'completion/complete': () => ({ ...complete, completion: { values: ['a'] } }),
      'subscriptions/listen': (call) => {
        const _meta = { [META.subscriptionId]: call.id };
        call.notify('notifications/subscriptions/acknowledged', {
          notifications: call.params['notifications'],
          _meta,
        });
        tellListeners = (method, params = {}) => call.notify(method, { ...params, _meta });
        return undefined;
      },
    },
  };
}

function connect(scene: Scene, options: Parameters<Rig['client']>[2] = {}): Promise<RawHttpClient> {
  return scene.rig.client(scene.pairing.client, scene.alias, { capabilities: EVERYTHING, ...options });
}

/** How often the server was called for this tool. */
function callsOf(scene: Scene, tool: string): number {
  return scene.rig
    .http(scene.alias)
    .received.all.filter(
      (one) => one.message?.method === 'tools/call' && one.message.params?.['name'] === tool,
    ).length;
}

function insist(holds: boolean, says: string): asserts holds {
  if (!holds) throw new Error(says);
}

/** An ask from end to end: how it came to the client, and whether the server had to be called again. */
async function seeAsk(scene: Scene, name: string): Promise<string> {
  const tool = `ask_${name}`;
  const [method] = ASKS[name] as readonly [string, Json];
  const before = callsOf(scene, tool);
  const client = await connect(scene, { handlers: { [method]: () => ANSWER } });
  const call = client.open('tools/call', { name: tool, arguments: {} });
  let answer = await call.answer;
  let how: string;
  if (answer.result?.['resultType'] === 'input_required') {
    how = '`input_required`';
    answer = await retry(client, tool, answer);
  } else {
    insist(
      call.inbox.all.some((message) => message.method === method),
      `${tool}: the client was not asked`,
    );
    how = 'asked on the stream of the call';
  }
  insist(answer.text.includes('Ada'), `${tool}: the answer did not reach the server: ${answer.text}`);
  const calls = callsOf(scene, tool) - before;
  if (scene.pairing.client === scene.pairing.server) return `${how}, ${AS_IT_IS}`;
  return calls === 1
    ? `${how}; the call at the server waits and goes on`
    : `${how}; the server is called again with the answers`;
}

function retry(client: RawHttpClient, tool: string, first: RawAnswer): Promise<RawAnswer> {
  const keys = Object.keys((first.result?.['inputRequests'] ?? {}) as Json);
  const inputResponses = Object.fromEntries(keys.map((key) => [key, ANSWER]));
  const state = first.result?.['requestState'];
  return client.callTool(
    tool,
    {},
    {
      params: { inputResponses, ...(state === undefined ? {} : { requestState: state }) },
    },
  );
}

/** Results that differ only by what is said of caching and completeness. */
async function seeResult(scene: Scene, method: string, params: Json): Promise<string> {
  await (await connect(scene)).result(method, params);
  return AS_IT_IS;
}

const CHANGED = 'notifications/tools/list_changed';
const UPDATED = 'notifications/resources/updated';

export const PROBES: readonly Probe[] = [
  {
    title: 'tools: list and call',
    see: async (scene) => {
      const client = await connect(scene);
      const { tools } = (await client.result('tools/list')) as { tools: Json[] };
      insist(
        tools.some((tool) => tool['name'] === 'plain'),
        'the tool is not listed',
      );
      return seeResult(scene, 'tools/call', { name: 'plain', arguments: {} });
    },
  },
  {
    title: 'structured content that is no object',
    see: async (scene) => {
      const { result } = await (await connect(scene)).callTool('value');
      const value = JSON.stringify(result?.['structuredContent']);
      if (value === '[1]') return AS_IT_IS;
      insist(value === '{"result":[1]}', `structured content came as ${value}`);
      return 'wrapped as `{"result": …}`, and so is its schema';
    },
  },
  { title: 'prompts', see: (scene) => seeResult(scene, 'prompts/get', { name: 'hello' }) },
  {
    title: 'resources and templates',
    see: (scene) => seeResult(scene, 'resources/read', { uri: 'res://one' }),
  },
  {
    title: 'a resource that is not there',
    see: async (scene) => {
      const { error } = await (await connect(scene)).request('resources/read', { uri: 'res://gone' });
      insist((error?.data as Json | undefined)?.['uri'] === 'res://gone', 'the error does not name the URI');
      return `error ${error?.code ?? 'none'}`;
    },
  },
  {
    title: 'completion',
    see: (scene) =>
      seeResult(scene, 'completion/complete', {
        ref: { type: 'ref/prompt', name: 'hello' },
        argument: { name: 'a', value: '' },
      }),
  },
  { title: 'asks: forms (elicitation)', see: (scene) => seeAsk(scene, 'form') },
  { title: 'asks: pages (elicitation by URL)', see: (scene) => seeAsk(scene, 'url') },
  { title: 'asks: the model (sampling)', see: (scene) => seeAsk(scene, 'sample') },
  { title: 'asks: folders (roots)', see: (scene) => seeAsk(scene, 'roots') },
  {
    title: 'asks that the client did not declare',
    see: async (scene) => {
      const client = await connect(scene, { capabilities: {} });
      const answer = await client.callTool('ask_form');
      insist(client.asked.all.length === 0, 'the client was asked all the same');
      insist(answer.result?.['resultType'] !== 'input_required', 'the client was asked all the same');
      if (answer.error?.code === -32021) return 'refused: error -32021 names what is missing';
      if (answer.error !== undefined) return 'refused: the call ends with an error';
      return 'refused: the server hears so and goes on';
    },
  },
  {
    title: 'error -32042 (sign in at a page first)',
    see: async (scene) => {
      if (scene.pairing.server === 'modern') return 'does not occur';
      const answer = await (await connect(scene)).callTool('url_error');
      if (answer.error?.code === -32042) return AS_IT_IS;
      insist(answer.result?.['resultType'] === 'input_required', answer.text);
      return '`input_required` with one page for each';
    },
  },
  {
    title: 'progress',
    see: async (scene) => {
      const call = (await connect(scene)).open(
        'tools/call',
        { name: 'steps', arguments: {} },
        { meta: { progressToken: 'mine' } },
      );
      await call.ended;
      insist(
        call.inbox.all.some((one) => one.params?.['progressToken'] === 'mine'),
        'no progress came',
      );
      return 'on the stream of the call';
    },
  },
  {
    title: 'log messages',
    see: async (scene) => {
      const client = await connect(scene);
      const isLegacy = scene.pairing.client === 'legacy';
      if (isLegacy) await client.result('logging/setLevel', { level: 'info' });
      const call = client.open(
        'tools/call',
        { name: 'talk', arguments: {} },
        isLegacy ? {} : { meta: { [META.logLevel]: 'info' } },
      );
      await call.ended;
      insist(
        call.inbox.all.some((one) => one.method === 'notifications/message'),
        'no message came',
      );
      return isLegacy
        ? 'from the level that the session set, on the stream of the call'
        : 'when the request names a level, on the stream of the call';
    },
  },
  {
    title: 'cancelling a call',
    see: async (scene) => {
      stopped = deferred();
      const client = await connect(scene);
      const call = client.open('tools/call', { name: 'wait', arguments: {} }, { meta: { progressToken: 1 } });
      await call.inbox.take('progress');
      if (scene.pairing.client === 'modern') call.abort();
      else await client.cancel(call.id);
      await withDeadline(stopped.promise, 5_000, 'the server was not told');
      const told = scene.rig
        .http(scene.alias)
        .received.all.some((one) => one.message?.method === 'notifications/cancelled');
      return scene.pairing.server === 'modern' && !told
        ? 'the request to the server is cut'
        : 'the server is notified';
    },
  },
  {
    title: 'lists that change',
    see: async (scene) => {
      const client = await connect(scene);
      const isLegacy = scene.pairing.client === 'legacy';
      const call = isLegacy ? client.openStream() : client.listen({ toolsListChanged: true });
      await call.head;
      if (!isLegacy) await call.inbox.take('the acknowledgement');
      // The server's own list stays; one is switched off here, which changes what is seen.
      await scene.rig.gateway.admin.changeServer(scene.alias, { isEnabled: false });
      await call.inbox.take('the change', (message) => message.method === CHANGED);
      await scene.rig.gateway.admin.changeServer(scene.alias, { isEnabled: true });
      await scene.rig.gateway.admin.awaitServer(scene.alias, 10_000);
      call.abort();
      return isLegacy ? 'told on the standing stream' : 'told on the listen stream';
    },
  },
  {
    title: 'resources that change',
    see: async (scene) => {
      const client = await connect(scene);
      const isLegacy = scene.pairing.client === 'legacy';
      const uri = 'res://one';
      const call = isLegacy ? client.openStream() : client.listen({ resourceSubscriptions: [uri] });
      await call.head;
      if (isLegacy) await client.result('resources/subscribe', { uri });
      else await call.inbox.take('the acknowledgement');
      const heard = call.inbox.take('the update', (message) => message.method === UPDATED);
      // A modern server is listened to anew for each filter: said until it is heard.
      const timer = setInterval(() => {
        scene.rig.http(scene.alias).push({ jsonrpc: '2.0', method: UPDATED, params: { uri } });
        tellListeners?.(UPDATED, { uri });
      }, 50);
      await heard.finally(() => clearInterval(timer));
      call.abort();
      return isLegacy
        ? 'subscribed by request, told on the standing stream'
        : 'subscribed and told by the listen stream';
    },
  },
  {
    title: 'trace context and unknown `_meta`',
    see: async (scene) => {
      const client = await connect(scene);
      const { result } = await client.callTool('plain', {}, { meta: { traceparent: '00-a-b-01' } });
      insist(
        (result?.['_meta'] as Json | undefined)?.['seen'] === '00-a-b-01',
        'the trace context did not cross',
      );
      return AS_IT_IS;
    },
  },
];
