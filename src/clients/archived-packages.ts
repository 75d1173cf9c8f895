/**
 * clients/archived-packages — packages that nobody keeps any more and that still stand in many files, with what took their place.
 */
import type { FoundLaunch } from './found-server.ts';
import { runKey } from './same-launch.ts';

export interface Replacement {
  readonly package: string;
  /** What took its place; undefined where nothing is known. */
  readonly says: string | undefined;
  /** What a person types. */
  readonly install: string | undefined;
}

const reference = '@modelcontextprotocol/server-';

const replacements: readonly Replacement[] = [
  {
    package: `npm ${reference}github`,
    says: "GitHub's own server",
    install: 'mcpmux add github https://api.githubcopilot.com/mcp/',
  },
  {
    package: `npm ${reference}postgres`,
    says: '@bytebase/dbhub',
    install: 'mcpmux add postgres -- npx -y @bytebase/dbhub',
  },
  {
    package: `npm ${reference}puppeteer`,
    says: '@playwright/mcp',
    install: 'mcpmux add playwright -- npx -y @playwright/mcp',
  },
  {
    package: `npm ${reference}slack`,
    says: 'slack-mcp-server',
    install: 'mcpmux add slack -- npx -y slack-mcp-server',
  },
  {
    package: `npm ${reference}brave-search`,
    says: '@brave/brave-search-mcp-server',
    install: 'mcpmux add brave -- npx -y @brave/brave-search-mcp-server',
  },
  {
    package: `npm ${reference}gdrive`,
    says: 'workspace-mcp',
    install: 'mcpmux add google -- uvx workspace-mcp',
  },
  { package: `npm ${reference}google-maps`, says: undefined, install: undefined },
  {
    package: `npm ${reference}gitlab`,
    says: '@zereight/mcp-gitlab',
    install: 'mcpmux add gitlab -- npx -y @zereight/mcp-gitlab',
  },
  {
    package: `npm ${reference}sqlite`,
    says: '@bytebase/dbhub',
    install: 'mcpmux add sqlite -- npx -y @bytebase/dbhub',
  },
  {
    package: 'npm @supabase/mcp-server-postgrest',
    says: "Supabase's own server",
    install: 'mcpmux add supabase https://mcp.supabase.com/mcp',
  },
  {
    package: 'npm @doist/todoist-ai',
    says: "Todoist's own server",
    install: 'mcpmux add todoist https://ai.todoist.net/mcp',
  },
];

/** Undefined for what is still kept. */
export function replacementOf(launch: FoundLaunch): Replacement | undefined {
  const [kind, name] = runKey(launch).split(' ', 2);
  return replacements.find((one) => one.package === `${kind} ${name}`);
}
