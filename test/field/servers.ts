/**
 * field/servers — real MCP servers from npm that start without an account, with what each needs to start.
 *
 * Values that look like keys are made up: the servers start with them and list their tools; no call reaches a provider.
 * Knows nothing of: how they are compared.
 */

export interface FieldServer {
  /** npm package and exact version. */
  readonly package: string;
  readonly version: string;
  /** Which of the package's commands; undefined = the only one, or the one named as the package. */
  readonly bin?: string;
  /** `FOLDER` is replaced by an empty folder of the run. */
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

export const fieldServers: readonly FieldServer[] = [
  { package: '@modelcontextprotocol/server-everything', version: '2026.8.31' },
  { package: '@modelcontextprotocol/server-filesystem', version: '2026.8.31', args: ['FOLDER'] },
  {
    package: '@modelcontextprotocol/server-memory',
    version: '2026.8.31',
    env: { MEMORY_FILE_PATH: 'FOLDER/memory.jsonl' },
  },
  { package: '@modelcontextprotocol/server-sequential-thinking', version: '2026.8.31' },
  { package: '@upstash/context7-mcp', version: '4.1.1' },
  { package: '@playwright/mcp', version: '0.0.83', args: ['--headless'] },
  { package: 'chrome-devtools-mcp', version: '1.11.0', bin: 'chrome-devtools-mcp' },
  { package: '@eslint/mcp', version: '0.3.13' },
  { package: '@notionhq/notion-mcp-server', version: '2.5.2', env: { NOTION_TOKEN: 'ntn_example' } },
  { package: '@sentry/mcp-server', version: '0.39.0', args: ['--access-token=example'] },
  { package: '@supabase/mcp-server-supabase', version: '0.13.0', args: ['--access-token=sbp_example'] },
  { package: '@brave/brave-search-mcp-server', version: '2.1.4', env: { BRAVE_API_KEY: 'example' } },
  { package: '@perplexity-ai/mcp-server', version: '1.2.1', env: { PERPLEXITY_API_KEY: 'example' } },
  { package: '@mondaydotcomorg/monday-api-mcp', version: '3.3.0', args: ['-t', 'example'] },
  { package: '@bytebase/dbhub', version: '1.4.0', args: ['--demo'] },
  { package: '@cocal/google-calendar-mcp', version: '2.6.3' },
  { package: '@shopify/dev-mcp', version: '1.16.0' },
  { package: '@softeria/ms-365-mcp-server', version: '0.155.0' },
  { package: '@wonderwhy-er/desktop-commander', version: '0.2.52' },
  {
    package: '@zereight/mcp-gitlab',
    version: '2.1.64',
    bin: 'mcp-gitlab',
    env: { GITLAB_PERSONAL_ACCESS_TOKEN: 'example' },
  },
  { package: 'airtable-mcp-server', version: '1.14.0', env: { AIRTABLE_API_KEY: 'pat123.example' } },
  { package: 'exa-mcp-server', version: '3.4.1', env: { EXA_API_KEY: 'example' } },
  { package: 'figma-developer-mcp', version: '0.13.2', args: ['--stdio', '--figma-api-key=example'] },
  { package: 'firecrawl-mcp', version: '3.26.0', env: { FIRECRAWL_API_KEY: 'fc-example' } },
  { package: 'mcp-server-kubernetes', version: '4.1.7' },
  { package: 'mongodb-mcp-server', version: '3.0.4' },
  { package: 'n8n-mcp', version: '2.87.0', env: { MCP_MODE: 'stdio', DISABLE_CONSOLE_OUTPUT: 'true' } },
  { package: 'tavily-mcp', version: '0.2.22', env: { TAVILY_API_KEY: 'tvly-example' } },
  { package: 'slack-mcp-server', version: '1.3.0', env: { SLACK_MCP_XOXP_TOKEN: 'xoxp-example' } },
  { package: 'mcp-server-code-runner', version: '0.1.8' },
  { package: '@antv/mcp-server-chart', version: '0.9.10' },
  { package: '@drawio/mcp', version: '1.6.1' },
  { package: '@shortcut/mcp', version: '0.25.0', env: { SHORTCUT_API_TOKEN: 'example' } },
  { package: '@currents/mcp', version: '2.1.1', env: { CURRENTS_API_KEY: 'example' } },
  { package: '@mastra/mcp-docs-server', version: '1.2.27' },
  { package: '@circleci/mcp-server-circleci', version: '0.20.0', env: { CIRCLECI_TOKEN: 'example' } },
  { package: 'nx-mcp', version: '0.25.0', args: ['FOLDER'] },
  { package: '@azure-devops/mcp', version: '2.10.0', args: ['example'] },
  { package: '@hubspot/mcp-server', version: '0.4.0', env: { PRIVATE_APP_ACCESS_TOKEN: 'pat-example' } },
  { package: '@browsermcp/mcp', version: '0.1.3' },
  { package: '@aashari/mcp-server-atlassian-jira', version: '3.3.0' },
];
