/**
 * field/sdk-client — a client of an installed TypeScript SDK: lists the tools, calls echo, prints `RESULT …`.
 *
 *     node sdk-client.mjs FOLDER WAY     the SDK is looked for in FOLDER; WAY is JSON
 */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const [folder, wayText] = process.argv.slice(2);
const way = JSON.parse(wayText);
const require = createRequire(join(folder, 'package.json'));
const load = async (...names) => {
  for (const name of names) {
    try {
      return await import(pathToFileURL(require.resolve(name)).href);
    } catch (error) {
      if (name === names.at(-1)) throw error;
    }
  }
};

const isNew = names('@modelcontextprotocol/client');
const { Client } = isNew
  ? await import(pathToFileURL(resolveModule('@modelcontextprotocol/client')).href)
  : await load('@modelcontextprotocol/sdk/client/index.js');

function names(name) {
  try {
    resolveModule(name);
    return true;
  } catch {
    return false;
  }
}

/** Also where a package offers ES modules only. */
function resolveModule(name) {
  return new URL(import.meta.resolve(name, pathToFileURL(join(folder, 'x.mjs')).href)).pathname;
}

async function transport() {
  if (way.kind === 'http') {
    const { StreamableHTTPClientTransport } = isNew
      ? await import(pathToFileURL(resolveModule('@modelcontextprotocol/client')).href)
      : await load('@modelcontextprotocol/sdk/client/streamableHttp.js');
    return new StreamableHTTPClientTransport(new URL(way.url), {
      requestInit: { headers: { Authorization: `Bearer ${way.key}` } },
    });
  }
  const { StdioClientTransport } = isNew
    ? await import(pathToFileURL(resolveModule('@modelcontextprotocol/client/stdio')).href)
    : await load('@modelcontextprotocol/sdk/client/stdio.js');
  return new StdioClientTransport({
    command: way.command,
    args: way.args,
    env: { ...process.env, ...way.env },
  });
}

const client = new Client({ name: 'field-sdk', version: '1.0.0' }, { capabilities: {} });
await client.connect(await transport());
const { tools } = await client.listTools();
const result = await client.callTool({ name: 'everything_echo', arguments: { message: 'field' } });
console.log(`RESULT ${tools.length} tools, ${result.content[0].text}`);
await client.close();
process.exit(0);
