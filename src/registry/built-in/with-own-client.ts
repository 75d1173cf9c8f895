/**
 * registry/built-in/with-own-client — servers that let in an OAuth client only after a person has registered it.
 */
import type { ServerDefinition } from '../definition.ts';
import { define, npm, pypi, remote, secret, variable } from './write.ts';

export const withOwnClient: readonly ServerDefinition[] = [
  define('slack', {
    title: 'Slack',
    says: 'Search and read messages, and send them, in Slack',
    by: ['Slack', 'vendor'],
    category: 'communication',
    auth: 'oauth-own-client',
    tags: ['chat', 'messages'],
    website: 'https://api.slack.com/apps',
    remotes: [remote('https://mcp.slack.com/mcp')],
    instructions:
      'Make an app for your workspace at https://api.slack.com/apps, then: mcpmux login slack --client-id ID --client-secret-stdin.',
    replaces: ['@modelcontextprotocol/server-slack'],
  }),
  define('slack-community', {
    title: 'Slack (community)',
    says: 'Read and send messages in Slack with a token of your own',
    by: ['korotovsky', 'community'],
    category: 'communication',
    auth: 'key',
    tags: ['chat', 'messages'],
    repository: 'korotovsky/slack-mcp-server',
    packages: [
      npm('slack-mcp-server', '1.3.0', { env: [secret('SLACK_MCP_XOXP_TOKEN', 'A user token, xoxp-…')] }),
    ],
    inputs: {
      SLACK_MCP_XOXP_TOKEN: {
        label: 'Slack user token',
        obtain: { url: 'https://api.slack.com/apps', buttonLabel: 'Make an app' },
      },
    },
    hosts: ['slack.com'],
  }),
  ...(
    [
      ['gmail', 'Gmail', 'gmailmcp', 'Read, search and draft mail in Gmail', 'communication'],
      ['google-drive', 'Google Drive', 'drivemcp', 'Find and read files in Google Drive', 'files'],
      [
        'google-calendar',
        'Google Calendar',
        'calendarmcp',
        'Read and change events in Google Calendar',
        'productivity',
      ],
    ] as const
  ).map(([alias, title, host, says, category]) =>
    define(alias, {
      title,
      says,
      by: ['Google', 'vendor'],
      category,
      auth: 'oauth-own-client',
      tags: ['google', 'workspace'],
      website: 'https://workspace.google.com',
      remotes: [remote(`https://${host}.googleapis.com/mcp/v1`)],
      instructions: `In a Google Cloud project of yours, enable the API and its MCP service and make an OAuth client, then: mcpmux login ${alias} --client-id ID --client-secret-stdin. It is a preview.`,
    }),
  ),
  define('google-workspace', {
    title: 'Google Workspace (community)',
    says: 'Gmail, Drive, Calendar, Docs, Sheets, Slides and Chat in one server',
    by: ['taylorwilsdon', 'community'],
    category: 'productivity',
    auth: 'oauth-own-client',
    tags: ['google', 'gmail', 'drive', 'calendar', 'docs'],
    repository: 'taylorwilsdon/google_workspace_mcp',
    packages: [
      pypi('workspace-mcp', '2.2.1', {
        env: [secret('GOOGLE_OAUTH_CLIENT_ID'), secret('GOOGLE_OAUTH_CLIENT_SECRET')],
      }),
    ],
    inputs: {
      GOOGLE_OAUTH_CLIENT_ID: {
        label: 'Client id',
        obtain: {
          url: 'https://console.cloud.google.com/apis/credentials',
          buttonLabel: 'Make an OAuth client',
        },
      },
      GOOGLE_OAUTH_CLIENT_SECRET: { label: 'Client secret' },
    },
    hosts: ['*.googleapis.com', 'accounts.google.com'],
    replaces: ['@modelcontextprotocol/server-gdrive'],
  }),
  define('google-calendar-local', {
    title: 'Google Calendar (community)',
    says: 'Read and change events in Google Calendar with credentials of your own',
    by: ['nspady', 'community'],
    category: 'productivity',
    auth: 'oauth-own-client',
    tags: ['google', 'events'],
    repository: 'nspady/google-calendar-mcp',
    packages: [
      npm('@cocal/google-calendar-mcp', '2.6.3', {
        env: [
          variable('GOOGLE_OAUTH_CREDENTIALS', {
            isRequired: true,
            format: 'filepath',
            description: 'File of your OAuth client',
          }),
        ],
      }),
    ],
    inputs: {
      GOOGLE_OAUTH_CREDENTIALS: {
        label: 'Credentials file',
        obtain: {
          url: 'https://console.cloud.google.com/apis/credentials',
          buttonLabel: 'Make an OAuth client',
        },
      },
    },
    hosts: ['*.googleapis.com', 'accounts.google.com'],
  }),
  define('hubspot', {
    title: 'HubSpot',
    says: 'Contacts, companies, deals and tickets in HubSpot',
    by: ['HubSpot', 'vendor'],
    category: 'business',
    auth: 'oauth-own-client',
    tags: ['crm', 'sales'],
    website: 'https://developers.hubspot.com/mcp',
    remotes: [remote('https://mcp.hubspot.com')],
    instructions:
      'Make an MCP auth app in HubSpot, then: mcpmux login hubspot --client-id ID --client-secret-stdin.',
  }),
  define('microsoft-365', {
    title: 'Microsoft 365',
    says: 'Mail, calendar, files, Teams and tasks in Microsoft 365',
    by: ['Softeria', 'community'],
    category: 'productivity',
    auth: 'oauth-own-client',
    tags: ['outlook', 'onedrive', 'teams', 'office'],
    repository: 'softeria/ms-365-mcp-server',
    packages: [
      npm('@softeria/ms-365-mcp-server', '0.155.0', {
        env: [
          variable('MS365_MCP_CLIENT_ID', { description: 'An app of your own in Entra' }),
          variable('MS365_MCP_TENANT_ID', { description: 'Your tenant' }),
        ],
      }),
    ],
    inputs: { MS365_MCP_CLIENT_ID: { label: 'Client id' }, MS365_MCP_TENANT_ID: { label: 'Tenant id' } },
    instructions: 'Its login tool gives you a code to type at Microsoft.',
    hosts: ['graph.microsoft.com', 'login.microsoftonline.com'],
  }),
  define('asana', {
    title: 'Asana',
    says: 'Tasks, projects and portfolios in Asana',
    by: ['Asana', 'vendor'],
    category: 'productivity',
    auth: 'oauth-own-client',
    tags: ['tasks', 'project management'],
    website: 'https://developers.asana.com/docs/using-asanas-mcp-server',
    remotes: [remote('https://mcp.asana.com/v2/mcp')],
    instructions:
      'Make an app at https://app.asana.com/0/my-apps, then: mcpmux login asana --client-id ID --client-secret-stdin.',
  }),
  define('zoom', {
    title: 'Zoom',
    says: 'Meetings, recordings and summaries in Zoom',
    by: ['Zoom', 'vendor'],
    category: 'communication',
    auth: 'oauth-own-client',
    tags: ['meetings', 'recordings'],
    website: 'https://developers.zoom.us',
    remotes: [remote('https://mcp.zoom.us/mcp/zoom/streamable')],
    instructions: 'Make an OAuth app at https://marketplace.zoom.us, then: mcpmux login zoom --client-id ID.',
  }),
];
