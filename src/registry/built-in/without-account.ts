/**
 * registry/built-in/without-account — servers that work at once: nobody has to sign up anywhere.
 */
import type { ServerDefinition } from '../definition.ts';
import {
  define,
  flag,
  key,
  npm,
  optionalSecret,
  positional,
  pypi,
  remote,
  toggle,
  variable,
  word,
} from './write.ts';

const mcpProject = ['MCP project', 'mcp-project'] as const;

export const withoutAccount: readonly ServerDefinition[] = [
  define('filesystem', {
    title: 'Filesystem',
    says: 'Read, write, search and move files in the folders that you allow',
    by: mcpProject,
    category: 'files',
    tags: ['folder', 'local', 'edit'],
    repository: 'modelcontextprotocol/servers',
    packages: [
      npm('@modelcontextprotocol/server-filesystem', '2026.8.31', {
        args: [
          positional('DIRECTORY', {
            description: 'A folder that it may read and change',
            format: 'filepath',
            isRequired: true,
            isRepeated: true,
          }),
        ],
      }),
    ],
    inputs: { DIRECTORY: { label: 'Allowed folder', type: 'directory' } },
  }),
  define('fetch', {
    title: 'Fetch',
    says: 'Fetch a web page and give it as Markdown',
    by: mcpProject,
    category: 'search',
    tags: ['web', 'http', 'markdown'],
    repository: 'modelcontextprotocol/servers',
    packages: [
      pypi('mcp-server-fetch', '2026.10.24', {
        args: [toggle('--ignore-robots-txt', 'Fetch pages that ask robots to stay away')],
      }),
    ],
    hosts: ['*'],
  }),
  define('git', {
    title: 'Git',
    says: 'Read and change a local Git repository: log, diff, branches, commits',
    by: mcpProject,
    category: 'version-control',
    tags: ['repository', 'commit', 'diff'],
    repository: 'modelcontextprotocol/servers',
    packages: [
      pypi('mcp-server-git', '2026.10.19', {
        args: [
          flag('--repository', {
            description: 'The repository; any that is named in a call otherwise',
            format: 'filepath',
          }),
        ],
      }),
    ],
    inputs: { REPOSITORY: { label: 'Repository', type: 'directory' } },
  }),
  define('memory', {
    title: 'Memory',
    says: 'Remember facts between conversations as a graph of entities',
    by: mcpProject,
    category: 'ai',
    tags: ['knowledge graph', 'notes'],
    repository: 'modelcontextprotocol/servers',
    packages: [
      npm('@modelcontextprotocol/server-memory', '2026.8.31', {
        env: [
          variable('MEMORY_FILE_PATH', { description: 'File that holds the memory', format: 'filepath' }),
        ],
      }),
    ],
    inputs: { MEMORY_FILE_PATH: { label: 'Memory file' } },
  }),
  define('sequential-thinking', {
    title: 'Sequential Thinking',
    says: 'A place to think in steps, revise them and branch',
    by: mcpProject,
    category: 'ai',
    tags: ['reasoning', 'planning'],
    repository: 'modelcontextprotocol/servers',
    packages: [npm('@modelcontextprotocol/server-sequential-thinking', '2026.8.31')],
  }),
  define('time', {
    title: 'Time',
    says: 'Tell the time and convert it between time zones',
    by: mcpProject,
    category: 'productivity',
    tags: ['clock', 'timezone', 'date'],
    repository: 'modelcontextprotocol/servers',
    packages: [
      pypi('mcp-server-time', '2026.10.19', {
        args: [flag('--local-timezone', { description: 'Your time zone', placeholder: 'Europe/Berlin' })],
      }),
    ],
    inputs: { LOCAL_TIMEZONE: { label: 'Time zone' } },
  }),
  define('everything', {
    title: 'Everything',
    says: 'Shows every feature of the protocol; for trying clients and gateways',
    by: mcpProject,
    category: 'development',
    tags: ['test', 'demo'],
    repository: 'modelcontextprotocol/servers',
    packages: [npm('@modelcontextprotocol/server-everything', '2026.8.31')],
  }),
  define('playwright', {
    title: 'Playwright',
    says: 'Drive a browser: open pages, click, type, read, take screenshots',
    by: ['Microsoft', 'vendor'],
    category: 'browser',
    tags: ['automation', 'test', 'screenshot', 'chromium'],
    repository: 'microsoft/playwright-mcp',
    packages: [
      npm('@playwright/mcp', '0.0.83', {
        args: [
          toggle('--headless', 'Without a window'),
          toggle('--isolated', 'Forget everything when the browser closes'),
          flag('--browser', {
            description: 'Which browser',
            choices: ['chrome', 'firefox', 'webkit', 'msedge'],
          }),
        ],
      }),
    ],
    inputs: {
      HEADLESS: { label: 'Without a window' },
      ISOLATED: { label: 'Forget when closed' },
      BROWSER: {
        label: 'Browser',
        options: {
          chrome: 'Google Chrome',
          firefox: 'Firefox',
          webkit: 'WebKit (Safari)',
          msedge: 'Microsoft Edge',
        },
      },
    },
    hosts: ['*'],
    replaces: ['@modelcontextprotocol/server-puppeteer'],
  }),
  define('chrome-devtools', {
    title: 'Chrome DevTools',
    says: 'Inspect and debug a page in Chrome: performance, network, console',
    by: ['Google', 'vendor'],
    category: 'browser',
    tags: ['debug', 'performance', 'network'],
    repository: 'ChromeDevTools/chrome-devtools-mcp',
    packages: [
      npm('chrome-devtools-mcp', '1.11.0', {
        args: [
          toggle('--headless', 'Without a window'),
          toggle('--isolated', 'With a profile that is deleted afterwards'),
        ],
      }),
    ],
    hosts: ['*'],
  }),
  define('context7', {
    title: 'Context7',
    says: 'Current documentation and examples of libraries, by version',
    by: ['Upstash', 'vendor'],
    category: 'documentation',
    auth: 'optional-key',
    tags: ['library', 'api', 'examples'],
    repository: 'upstash/context7',
    remotes: [
      remote('https://mcp.context7.com/mcp', {
        headers: [optionalSecret('CONTEXT7_API_KEY', 'For higher limits')],
      }),
    ],
    packages: [
      npm('@upstash/context7-mcp', '4.1.1', {
        args: [flag('--api-key', { isSecret: true, description: 'For higher limits' })],
      }),
    ],
    inputs: {
      CONTEXT7_API_KEY: key('Context7 API key', 'https://context7.com/dashboard'),
      API_KEY: key('Context7 API key', 'https://context7.com/dashboard'),
    },
    hosts: ['context7.com', 'mcp.context7.com'],
  }),
  define('deepwiki', {
    title: 'DeepWiki',
    says: 'Ask questions about any public GitHub repository',
    by: ['Cognition', 'vendor'],
    category: 'documentation',
    tags: ['github', 'repository', 'wiki'],
    website: 'https://deepwiki.com',
    remotes: [remote('https://mcp.deepwiki.com/mcp')],
  }),
  define('microsoft-learn', {
    title: 'Microsoft Learn',
    says: 'Search and read the documentation of Microsoft products',
    by: ['Microsoft', 'vendor'],
    category: 'documentation',
    tags: ['azure', '.net', 'windows'],
    repository: 'MicrosoftDocs/mcp',
    remotes: [remote('https://learn.microsoft.com/api/mcp')],
  }),
  define('gitmcp', {
    title: 'GitMCP',
    says: 'Documentation and code of one GitHub repository',
    by: ['GitMCP', 'community'],
    category: 'documentation',
    tags: ['github', 'repository'],
    repository: 'idosal/git-mcp',
    remotes: [
      remote('https://gitmcp.io/{owner}/{repo}', {
        variables: {
          owner: { description: 'Owner of the repository', isRequired: true, placeholder: 'facebook' },
          repo: { description: 'Name of the repository', isRequired: true, placeholder: 'react' },
        },
      }),
    ],
    inputs: { OWNER: { label: 'Owner' }, REPO: { label: 'Repository' } },
  }),
  define('cloudflare-docs', {
    title: 'Cloudflare Docs',
    says: 'Search the documentation of Cloudflare',
    by: ['Cloudflare', 'vendor'],
    category: 'documentation',
    tags: ['workers', 'cdn'],
    repository: 'cloudflare/mcp-server-cloudflare',
    remotes: [remote('https://docs.mcp.cloudflare.com/mcp')],
  }),
  define('astro-docs', {
    title: 'Astro Docs',
    says: 'Search the documentation of the Astro web framework',
    by: ['Astro', 'vendor'],
    category: 'documentation',
    tags: ['web', 'framework'],
    repository: 'withastro/docs-mcp',
    remotes: [remote('https://mcp.docs.astro.build/mcp')],
  }),
  define('duckduckgo', {
    title: 'DuckDuckGo Search',
    says: 'Search the web with DuckDuckGo and read the results',
    by: ['nickclyde', 'community'],
    category: 'search',
    tags: ['web'],
    repository: 'nickclyde/duckduckgo-mcp-server',
    packages: [pypi('duckduckgo-mcp-server', '0.7.0')],
    hosts: ['html.duckduckgo.com', '*'],
  }),
  define('arxiv', {
    title: 'arXiv',
    says: 'Find, download and read papers on arXiv',
    by: ['blazickjp', 'community'],
    category: 'search',
    tags: ['papers', 'research', 'science'],
    repository: 'blazickjp/arxiv-mcp-server',
    packages: [
      pypi('arxiv-mcp-server', '0.8.2', {
        args: [flag('--storage-path', { description: 'Folder for papers', format: 'filepath' })],
      }),
    ],
    inputs: { STORAGE_PATH: { label: 'Folder for papers', type: 'directory' } },
    hosts: ['arxiv.org', 'export.arxiv.org'],
  }),
  define('markitdown', {
    title: 'MarkItDown',
    says: 'Turn PDF, Office files, images and pages into Markdown',
    by: ['Microsoft', 'vendor'],
    category: 'files',
    tags: ['pdf', 'word', 'excel', 'convert'],
    repository: 'microsoft/markitdown',
    packages: [pypi('markitdown-mcp', '0.0.1a8')],
    hosts: ['*'],
  }),
  define('excel', {
    title: 'Excel',
    says: 'Read and write Excel workbooks without Excel: cells, formulas, charts',
    by: ['haris-musa', 'community'],
    category: 'files',
    tags: ['spreadsheet', 'xlsx', 'office'],
    repository: 'haris-musa/excel-mcp-server',
    packages: [
      pypi('excel-mcp-server', '2.2.2', {
        args: [word('stdio')],
        env: [variable('EXCEL_FILES_PATH', { description: 'Folder of the workbooks', format: 'filepath' })],
      }),
    ],
    inputs: { EXCEL_FILES_PATH: { label: 'Folder of workbooks', type: 'directory' } },
  }),
  define('desktop-commander', {
    title: 'Desktop Commander',
    says: 'Run commands, manage processes, search and edit files on this machine',
    by: ['wonderwhy-er', 'community'],
    category: 'development',
    tags: ['terminal', 'shell', 'processes'],
    repository: 'wonderwhy-er/DesktopCommanderMCP',
    packages: [npm('@wonderwhy-er/desktop-commander', '0.2.52')],
    caution: 'It can run any command with your rights.',
  }),
  define('serena', {
    title: 'Serena',
    says: 'Find and edit code by symbols, with language servers',
    by: ['oraios', 'community'],
    category: 'development',
    tags: ['code', 'refactoring', 'lsp'],
    repository: 'oraios/serena',
    packages: [
      pypi('serena-agent', '2.1.0', {
        args: [
          word('start-mcp-server'),
          flag('--project', { description: 'Folder of the project', format: 'filepath' }),
        ],
      }),
    ],
    program: 'serena',
    inputs: { PROJECT: { label: 'Project', type: 'directory' } },
    caution: 'It can change files and run commands in the project.',
  }),
  define('nx', {
    title: 'Nx',
    says: 'Understand an Nx workspace: projects, targets, generators, docs',
    by: ['Nx', 'vendor'],
    category: 'development',
    tags: ['monorepo', 'build'],
    repository: 'nrwl/nx-console',
    packages: [
      npm('nx-mcp', '0.25.0', {
        args: [positional('WORKSPACE', { description: 'Folder of the workspace', format: 'filepath' })],
      }),
    ],
    inputs: { WORKSPACE: { label: 'Workspace', type: 'directory' } },
  }),
  define('eslint', {
    title: 'ESLint',
    says: 'Lint files with the ESLint of their project',
    by: ['ESLint', 'vendor'],
    category: 'development',
    tags: ['lint', 'javascript', 'typescript'],
    repository: 'eslint/mcp',
    packages: [npm('@eslint/mcp', '0.3.13')],
  }),
  define('shopify-dev', {
    title: 'Shopify Dev',
    says: "Search Shopify's developer documentation and check GraphQL",
    by: ['Shopify', 'vendor'],
    category: 'documentation',
    tags: ['ecommerce', 'graphql', 'liquid'],
    repository: 'Shopify/dev-mcp',
    packages: [npm('@shopify/dev-mcp', '1.16.0')],
    hosts: ['shopify.dev'],
  }),
  define('basic-memory', {
    title: 'Basic Memory',
    says: 'Keep knowledge in Markdown files that you can read too',
    by: ['Basic Machines', 'community'],
    category: 'ai',
    tags: ['notes', 'markdown', 'knowledge'],
    repository: 'basicmachines-co/basic-memory',
    packages: [
      pypi('basic-memory', '0.24.1', {
        args: [word('mcp'), flag('--project', { description: 'Which of your projects' })],
      }),
    ],
    inputs: { PROJECT: { label: 'Project' } },
    instructions: 'It needs Python 3.12 or newer.',
  }),
  define('aws-documentation', {
    title: 'AWS Documentation',
    says: 'Search and read the documentation of Amazon Web Services',
    by: ['AWS', 'vendor'],
    category: 'documentation',
    tags: ['amazon', 'cloud'],
    repository: 'awslabs/mcp',
    packages: [pypi('awslabs.aws-documentation-mcp-server', '1.2.3')],
    hosts: ['docs.aws.amazon.com', 'proxy.search.docs.aws.com'],
  }),
];
