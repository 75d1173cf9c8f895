/**
 * field/client-programs — the client programs that npm offers: how each is pointed at McpMux and made to call a tool.
 *
 * Each runs in an empty home with a stand-in for its model. Facts about their files: the vendors' own documentation.
 * Knows nothing of: what a good answer is.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fillSnippet } from './snippets.ts';

/** How the client reaches McpMux. */
export type Way =
  | { readonly kind: 'http'; readonly url: string; readonly key: string }
  | {
      readonly kind: 'bridge';
      readonly command: string;
      readonly args: readonly string[];
      readonly env: Readonly<Record<string, string>>;
    };

export interface ClientProgram {
  readonly name: string;
  readonly package: string;
  readonly version: string;
  readonly bin: string;
  /** Writes what it reads at its start, and gives its command line. */
  prepare(
    home: string,
    way: Way,
    modelUrl: string,
  ): Promise<{ readonly args: readonly string[]; readonly env: Readonly<Record<string, string>> }>;
}

const prompt = 'Call the echo tool with the message "field" and tell me its result.';

type Json = Record<string, unknown>;
type BridgeWay = Way & { readonly kind: 'bridge' };

async function write(file: string, value: unknown): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, typeof value === 'string' ? value : JSON.stringify(value, null, 2));
}

/** The client's configuration: over HTTP the guide's own snippet, over the bridge what the client calls a command. */
function configuration(client: string, way: Way, overBridge: (bridge: BridgeWay) => Json): Json {
  return way.kind === 'http' ? (JSON.parse(fillSnippet(client, way.url, way.key)) as Json) : overBridge(way);
}

/** The form that most clients share. */
function command({ command, args, env }: BridgeWay, more: Json = {}): Json {
  return { mcpServers: { mcpmux: { command, args, env, ...more } } };
}

export const clientPrograms: readonly ClientProgram[] = [
  {
    name: 'Claude Code',
    package: '@anthropic-ai/claude-code',
    version: '2.1.197',
    bin: 'claude',
    async prepare(home, way, modelUrl) {
      const file = join(home, 'mcp.json');
      await write(file, configuration('claude-code', way, command));
      return {
        args: [
          ...['-p', prompt, '--mcp-config', file, '--strict-mcp-config'],
          ...['--allowedTools', 'mcp__mcpmux__everything_echo'],
        ],
        env: {
          ANTHROPIC_BASE_URL: modelUrl,
          ANTHROPIC_API_KEY: 'sk-example',
          CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
          DISABLE_AUTOUPDATER: '1',
          ENABLE_TOOL_SEARCH: 'false',
        },
      };
    },
  },
  {
    name: 'Codex',
    package: '@openai/codex',
    version: '0.171.0',
    bin: 'codex',
    async prepare(home, way, modelUrl) {
      const model = [
        'model = "stand-in"',
        'model_provider = "standin"',
        'approval_policy = "never"',
        '[model_providers.standin]',
        'name = "standin"',
        `base_url = "${modelUrl}/v1"`,
        'wire_api = "responses"',
      ];
      const server = way.kind === 'http' ? [fillSnippet('codex', way.url, way.key)] : codexCommand(way);
      await write(
        join(home, '.codex', 'config.toml'),
        [...model, ...server, 'default_tools_approval_mode = "approve"', ''].join('\n'),
      );
      return {
        args: ['exec', '--skip-git-repo-check', '--dangerously-bypass-approvals-and-sandbox', prompt],
        env: { CODEX_HOME: join(home, '.codex') },
      };
    },
  },
  {
    name: 'Gemini CLI',
    package: '@google/gemini-cli',
    version: '0.61.0',
    bin: 'gemini',
    async prepare(home, way, modelUrl) {
      await write(join(home, '.gemini', 'settings.json'), {
        ...configuration('gemini', way, command),
        security: { auth: { selectedType: 'gemini-api-key' } },
      });
      return {
        args: ['--yolo', '-m', 'gemini-2.5-flash', '-p', prompt],
        env: {
          GEMINI_API_KEY: 'example',
          GOOGLE_GEMINI_BASE_URL: modelUrl,
          GEMINI_CLI_TRUST_WORKSPACE: 'true',
        },
      };
    },
  },
  {
    name: 'Copilot CLI',
    package: '@github/copilot',
    version: '1.0.102',
    bin: 'copilot',
    async prepare(home, way, modelUrl) {
      const config = configuration('copilot', way, (bridge) =>
        command(bridge, { type: 'local', tools: ['*'] }),
      );
      await write(join(home, '.copilot', 'mcp-config.json'), config);
      return {
        args: ['-p', prompt, '--allow-all-tools', '--no-color'],
        env: {
          COPILOT_PROVIDER_BASE_URL: `${modelUrl}/v1`,
          COPILOT_PROVIDER_TYPE: 'openai',
          COPILOT_PROVIDER_API_KEY: 'example',
          COPILOT_MODEL: 'stand-in',
          COPILOT_OFFLINE: 'true',
        },
      };
    },
  },
  {
    name: 'opencode',
    package: 'opencode-ai',
    version: '1.18.33',
    bin: 'opencode',
    async prepare(home, way, modelUrl) {
      const config = configuration('opencode', way, ({ command: file, args, env }) => ({
        mcp: { mcpmux: { type: 'local', command: [file, ...args], environment: env, enabled: true } },
      }));
      await write(join(home, '.config', 'opencode', 'opencode.json'), {
        ...config,
        model: 'standin/model',
        small_model: 'standin/model',
        provider: {
          standin: {
            npm: '@ai-sdk/openai-compatible',
            name: 'standin',
            options: { baseURL: `${modelUrl}/v1`, apiKey: 'example' },
            models: { model: { name: 'model', tool_call: true } },
          },
        },
      });
      return {
        args: ['run', prompt],
        env: { XDG_CONFIG_HOME: join(home, '.config'), OPENCODE_DISABLE_AUTOUPDATE: '1' },
      };
    },
  },
];

function codexCommand({ command: file, args, env }: BridgeWay): string[] {
  const variables = Object.entries(env).map(([name, value]) => `${name} = ${JSON.stringify(value)}`);
  return [
    '[mcp_servers.mcpmux]',
    `command = ${JSON.stringify(file)}`,
    `args = ${JSON.stringify(args)}`,
    `env = { ${variables.join(', ')} }`,
  ];
}
