/**
 * bench/targets/processes/echo — what the raw upstream answers: an MCP server without an SDK, in one era or both.
 *
 * Tools: `echo` gives back its text, `sink` only its beginning, `blob` gives as many bytes as asked for (its text begins
 * with the nonce), and as many more as wanted, so that a list has weight. Written for speed, so that the gateway is measured and not this.
 * Knows nothing of: wires.
 */

const modernRevision = '2026-07-28';
const versionKey = 'io.modelcontextprotocol/protocolVersion';
const serverInfo = { name: 'bench-echo', version: '1.0.0' };
const textSchema = { type: 'object', properties: { text: { type: 'string' } }, required: ['text'] };

/**
 * @param {{ era?: 'dual' | 'legacy' | 'modern', tools?: number }} options `tools`: how many in all, at least 3
 * @returns {(message: any) => object | undefined} undefined: nothing to answer
 */
export function createEcho({ era = 'dual', tools: toolCount = 3 } = {}) {
  const tools = [
    { name: 'echo', description: 'Gives back its text.', inputSchema: textSchema },
    {
      name: 'blob',
      description: 'Gives a text of so many bytes.',
      inputSchema: {
        type: 'object',
        properties: { nonce: { type: 'string' }, bytes: { type: 'integer' } },
        required: ['nonce', 'bytes'],
      },
    },
    { name: 'sink', description: 'Takes a text and gives back how it begins.', inputSchema: textSchema },
  ];
  for (let number = tools.length; number < toolCount; number += 1) tools.push(makeTool(number));
  const blobs = new Map();

  return (message) => {
    const { id, method, params } = message;
    if (id === undefined || method === undefined) return undefined;
    const isModern = params?._meta?.[versionKey] === modernRevision;
    if (isModern ? era === 'legacy' : era === 'modern') return refuse(id, isModern);
    const answer = (result) => ({
      jsonrpc: '2.0',
      id,
      result: isModern ? { resultType: 'complete', ...result } : result,
    });
    switch (method) {
      case 'tools/call':
        return answer({ content: [{ type: 'text', text: callTool(params, blobs) }] });
      case 'tools/list':
        return answer(isModern ? { tools, ttlMs: 60_000, cacheScope: 'public' } : { tools });
      case 'initialize':
        return answer({
          protocolVersion: params.protocolVersion,
          capabilities: { tools: {} },
          serverInfo,
        });
      case 'server/discover':
        if (!isModern) break;
        return answer({
          supportedVersions: [modernRevision],
          capabilities: { tools: {} },
          ttlMs: 60_000,
          cacheScope: 'public',
          _meta: { 'io.modelcontextprotocol/serverInfo': serverInfo },
        });
      case 'ping':
        return answer({});
    }
    return { jsonrpc: '2.0', id, error: { code: -32601, message: `Method not found: ${method}` } };
  };
}

function callTool(params, blobs) {
  if (params.name === 'echo') return params.arguments.text;
  if (params.name === 'sink') return params.arguments.text.slice(0, 'n=7777777'.length);
  const { nonce, bytes } = params.arguments;
  let filler = blobs.get(bytes);
  if (filler === undefined) {
    filler = 'x'.repeat(Math.max(0, bytes - nonce.length));
    blobs.set(bytes, filler);
  }
  return nonce + filler;
}

function refuse(id, isModern) {
  return isModern
    ? { jsonrpc: '2.0', id, error: { code: -32601, message: 'this server speaks the legacy era only' } }
    : {
        jsonrpc: '2.0',
        id,
        error: {
          code: -32022,
          message: 'this server speaks the modern era only',
          data: { supported: [modernRevision] },
        },
      };
}

/** About 315 bytes, as a usual tool. */
function makeTool(number) {
  return {
    name: `tool-${String(number).padStart(5, '0')}`,
    description: `Tool number ${number}, which does nothing but stand in a list beside many others like it.`,
    inputSchema: {
      type: 'object',
      properties: {
        path: { type: 'string', description: 'Where to look' },
        limit: { type: 'integer', minimum: 1, maximum: 100 },
      },
      required: ['path'],
    },
  };
}

/** `--name value` pairs of the command line. */
export function readFlags(argv = process.argv.slice(2)) {
  const flags = {};
  for (let at = 0; at < argv.length; at += 2) flags[argv[at].replace(/^--/, '')] = argv[at + 1];
  return flags;
}
