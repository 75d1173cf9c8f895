/**
 * clients/bridge-bundle — our bridge as an `.mcpb` bundle, which Claude Desktop installs with a double click.
 *
 * The bundle holds a launcher only: it starts the McpMux of this machine, so it need not be made again with each version.
 *
 * @see MCPB manifest 0.3
 */
import { zip } from './zip.ts';

export interface BridgeBundleFacts {
  readonly version: string;
  /** Starts the bridge on this machine. */
  readonly command: string;
  readonly args: readonly string[];
}

export function bridgeBundle({ version, command, args }: BridgeBundleFacts): Buffer {
  const manifest = {
    manifest_version: '0.3',
    name: 'mcpmux',
    display_name: 'McpMux',
    version,
    description: 'Every MCP server of McpMux on this machine, through one bridge.',
    author: { name: 'McpMux' },
    server: {
      type: 'node',
      entry_point: 'server/index.mjs',
      mcp_config: { command: 'node', args: [`\${__dirname}/server/index.mjs`], env: {} },
    },
    tools_generated: true,
    prompts_generated: true,
    compatibility: { runtimes: { node: '>=18' } },
  };
  return zip([
    { path: 'manifest.json', content: `${JSON.stringify(manifest, null, 2)}\n` },
    { path: 'server/index.mjs', content: launcher(command, args) },
  ]);
}

/** Where McpMux was moved since, whatever `mcpmux` is on the PATH now is started. */
function launcher(command: string, args: readonly string[]): string {
  return `// Starts the bridge of McpMux on this machine. stdin and stdout belong to the client.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';

const wanted = ${JSON.stringify([command, ...args])};
const isThere = wanted.slice(0, 2).every((file) => existsSync(file));
const [program, ...rest] = isThere ? wanted : ['mcpmux', 'stdio'];
const child = spawn(program, rest, { stdio: 'inherit', shell: !isThere && process.platform === 'win32' });
child.once('error', (error) => {
  process.stderr.write(\`McpMux was not found: \${error.message}. Make a new bundle: mcpmux bridge-bundle\\n\`);
  process.exit(1);
});
child.once('exit', (code, signal) => process.exit(signal === null ? (code ?? 1) : 1));
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
`;
}
