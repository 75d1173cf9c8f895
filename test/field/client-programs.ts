/**
 * field/client-programs — the client programs that npm offers: how each is pointed at McpMux and made to call a tool.
 *
 * Each runs in an empty home with a stand-in for its model. Facts about their files: the vendors' own documentation.
 * Knows nothing of: what a good answer is.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

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

async function write(file: string, value: unknown): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, typeof value === 'string' ? value : JSON.stringify(value, null, 2));
}

/** The entry that most clients share. */
function entry(way: Way, more: Record<string, unknown> = {}): Record<string, unknown> {
  return way.kind === 'http'
    ? { type: 'http', url: way.url, headers: { Authorization: `Bearer ${way.key}` }, ...more }
    : { command: way.command, args: way.args, env: way.env, ...more };
}

export const clientPrograms: readonly ClientProgram[] = [
  {
    name: 'Claude Code',
    package: '@anthropic-ai/claude-code',
    version: '2.1.197',
    bin: 'claude',
    async prepare(home, way, modelUrl) {
      await write(join(home, 'mcp.json'), { mcpServers: { mcpmux: entry(way) } });
      return {
        args: [
          ...['-p', prompt, '--mcp-config', join(home, 'mcp.json'), '--strict-mcp-config'],
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
      const server =
        way.kind === 'http'
          ? `url = "${way.url}"\nhttp_headers = { Authorization = "Bearer ${way.key}" }`
          : `command = ${JSON.stringify(way.command)}\nargs = ${JSON.stringify(way.args)}\nenv = { ${Object.entries(
              way.env,
            )
              .map(([name, value]) => `${name} = ${JSON.stringify(value)}`)
              .join(', ')} }`;
      await write(
        join(home, '.codex', 'config.toml'),
        `model = "stand-in"
model_provider = "standin"
approval_policy = "never"

[model_providers.standin]
name = "standin"
base_url = "${modelUrl}/v1"
wire_api = "responses"

[mcp_servers.mcpmux]
${server}
default_tools_approval_mode = "approve"
`,
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
        mcpServers: { mcpmux: entry(way, { trust: true }) },
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
      const server =
        way.kind === 'http' ? entry(way, { tools: ['*'] }) : entry(way, { type: 'local', tools: ['*'] });
      await write(join(home, '.copilot', 'mcp-config.json'), { mcpServers: { mcpmux: server } });
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
      const server =
        way.kind === 'http'
          ? { type: 'remote', url: way.url, headers: { Authorization: `Bearer ${way.key}` }, enabled: true }
          : { type: 'local', command: [way.command, ...way.args], environment: way.env, enabled: true };
      await write(join(home, '.config', 'opencode', 'opencode.json'), {
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
        mcp: { mcpmux: server },
      });
      return {
        args: ['run', prompt],
        env: { XDG_CONFIG_HOME: join(home, '.config'), OPENCODE_DISABLE_AUTOUPDATE: '1' },
      };
    },
  },
];
