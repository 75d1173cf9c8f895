/**
 * registry/built-in/with-a-key — servers that want a key, a token or an address.
 */
import type { ServerDefinition } from '../definition.ts';
import {
  bearer,
  define,
  flag,
  key,
  npm,
  oci,
  optionalSecret,
  positional,
  pypi,
  remote,
  secret,
  toggle,
  variable,
  word,
} from './write.ts';

const readOnly = 'Only read, never change';

export const withAKey: readonly ServerDefinition[] = [
  define('github', {
    title: 'GitHub',
    says: 'Repositories, issues, pull requests, actions and code search on GitHub',
    by: ['GitHub', 'vendor'],
    category: 'version-control',
    auth: 'key',
    tags: ['issues', 'pull requests', 'code', 'git'],
    repository: 'github/github-mcp-server',
    remotes: [remote('https://api.githubcopilot.com/mcp/', { headers: [bearer('GITHUB_TOKEN', true)] })],
    packages: [
      oci('ghcr.io/github/github-mcp-server:v1.14.0', {
        env: [
          secret('GITHUB_PERSONAL_ACCESS_TOKEN'),
          variable('GITHUB_HOST', {
            description: 'GitHub Enterprise',
            placeholder: 'https://github.example.com',
          }),
          variable('GITHUB_TOOLSETS', { description: 'Which groups of tools', placeholder: 'repos,issues' }),
          variable('GITHUB_READ_ONLY', { description: readOnly, format: 'boolean' }),
        ],
      }),
    ],
    inputs: {
      GITHUB_TOKEN: key(
        'GitHub token',
        'https://github.com/settings/personal-access-tokens/new',
        'A fine-grained token with the repositories that it may use.',
        'Create a token',
      ),
      GITHUB_PERSONAL_ACCESS_TOKEN: key(
        'GitHub token',
        'https://github.com/settings/personal-access-tokens/new',
        undefined,
        'Create a token',
      ),
      GITHUB_HOST: { label: 'Host', type: 'url' },
      GITHUB_TOOLSETS: { label: 'Groups of tools' },
      GITHUB_READ_ONLY: { label: 'Read only' },
    },
    hosts: ['api.github.com', 'raw.githubusercontent.com'],
    replaces: ['@modelcontextprotocol/server-github'],
  }),
  define('gitlab', {
    title: 'GitLab',
    says: 'Projects, merge requests, issues and pipelines on GitLab',
    by: ['zereight', 'community'],
    category: 'version-control',
    auth: 'key',
    tags: ['merge requests', 'issues', 'pipelines', 'git'],
    repository: 'zereight/gitlab-mcp',
    packages: [
      npm('@zereight/mcp-gitlab', '2.1.64', {
        env: [
          secret('GITLAB_PERSONAL_ACCESS_TOKEN'),
          variable('GITLAB_API_URL', { default: 'https://gitlab.com/api/v4' }),
          variable('GITLAB_READ_ONLY_MODE', { description: readOnly, format: 'boolean' }),
        ],
      }),
    ],
    inputs: {
      GITLAB_PERSONAL_ACCESS_TOKEN: key(
        'GitLab token',
        'https://gitlab.com/-/user_settings/personal_access_tokens',
        undefined,
        'Create a token',
      ),
      GITLAB_API_URL: { label: 'Address of the API', type: 'url' },
      GITLAB_READ_ONLY_MODE: { label: 'Read only' },
    },
    hosts: ['gitlab.com'],
    replaces: ['@modelcontextprotocol/server-gitlab'],
  }),
  define('brave-search', {
    title: 'Brave Search',
    says: 'Search the web, news, images and places with Brave',
    by: ['Brave', 'vendor'],
    category: 'search',
    auth: 'key',
    tags: ['web', 'news'],
    repository: 'brave/brave-search-mcp-server',
    packages: [npm('@brave/brave-search-mcp-server', '2.1.4', { env: [secret('BRAVE_API_KEY')] })],
    inputs: { BRAVE_API_KEY: key('Brave Search API key', 'https://api-dashboard.search.brave.com/app/keys') },
    hosts: ['api.search.brave.com'],
    replaces: ['@modelcontextprotocol/server-brave-search'],
  }),
  define('tavily', {
    title: 'Tavily',
    says: 'Search the web and read pages, made for agents',
    by: ['Tavily', 'vendor'],
    category: 'search',
    auth: 'key',
    tags: ['web', 'crawl', 'extract'],
    repository: 'tavily-ai/tavily-mcp',
    remotes: [remote('https://mcp.tavily.com/mcp/', { headers: [bearer('TAVILY_API_KEY', true)] })],
    packages: [npm('tavily-mcp', '0.2.22', { env: [secret('TAVILY_API_KEY')] })],
    inputs: { TAVILY_API_KEY: key('Tavily API key', 'https://app.tavily.com/home') },
    hosts: ['api.tavily.com'],
  }),
  define('exa', {
    title: 'Exa',
    says: 'Search the web by meaning, and find code and companies',
    by: ['Exa', 'vendor'],
    category: 'search',
    auth: 'optional-key',
    tags: ['web', 'semantic'],
    repository: 'exa-labs/exa-mcp-server',
    remotes: [
      remote('https://mcp.exa.ai/mcp', { headers: [optionalSecret('x-api-key', 'For higher limits')] }),
    ],
    packages: [npm('exa-mcp-server', '3.4.1', { env: [secret('EXA_API_KEY')] })],
    inputs: {
      X_API_KEY: key('Exa API key', 'https://dashboard.exa.ai/api-keys'),
      EXA_API_KEY: key('Exa API key', 'https://dashboard.exa.ai/api-keys'),
    },
    hosts: ['api.exa.ai'],
  }),
  define('firecrawl', {
    title: 'Firecrawl',
    says: 'Crawl and scrape web sites into clean text',
    by: ['Firecrawl', 'vendor'],
    category: 'search',
    auth: 'key',
    tags: ['web', 'crawl', 'scrape'],
    repository: 'firecrawl/firecrawl-mcp-server',
    packages: [
      npm('firecrawl-mcp', '3.26.0', {
        env: [
          secret('FIRECRAWL_API_KEY'),
          variable('FIRECRAWL_API_URL', { description: 'Your own Firecrawl' }),
        ],
      }),
    ],
    inputs: {
      FIRECRAWL_API_KEY: key('Firecrawl API key', 'https://www.firecrawl.dev/app/api-keys'),
      FIRECRAWL_API_URL: { label: 'Address', type: 'url' },
    },
    hosts: ['api.firecrawl.dev'],
  }),
  define('perplexity', {
    title: 'Perplexity',
    says: 'Ask the web, with sources, and do research in depth',
    by: ['Perplexity', 'vendor'],
    category: 'search',
    auth: 'key',
    tags: ['web', 'research'],
    repository: 'perplexityai/modelcontextprotocol',
    packages: [npm('@perplexity-ai/mcp-server', '1.2.1', { env: [secret('PERPLEXITY_API_KEY')] })],
    inputs: { PERPLEXITY_API_KEY: key('Perplexity API key', 'https://www.perplexity.ai/settings/api') },
    hosts: ['api.perplexity.ai'],
  }),
  define('dbhub', {
    title: 'DBHub (SQL databases)',
    says: 'Query PostgreSQL, MySQL, MariaDB, SQL Server, Oracle and SQLite',
    by: ['Bytebase', 'vendor'],
    category: 'database',
    auth: 'key',
    tags: ['sql', 'postgres', 'mysql', 'sqlite', 'mariadb', 'oracle'],
    repository: 'bytebase/dbhub',
    packages: [
      npm('@bytebase/dbhub', '1.4.0', {
        args: [word('--transport'), word('stdio')],
        env: [
          {
            ...secret('DSN', 'Address of the database, with user and password'),
            placeholder: 'postgres://user:password@localhost:5432/db',
          },
        ],
      }),
    ],
    inputs: { DSN: { label: 'Database' } },
    replaces: ['@modelcontextprotocol/server-postgres', '@modelcontextprotocol/server-sqlite'],
  }),
  define('postgres', {
    title: 'PostgreSQL',
    says: 'Query PostgreSQL, look at its schema and tune it; read-only by default',
    by: ['Crystal DBA', 'community'],
    category: 'database',
    auth: 'key',
    tags: ['sql', 'performance', 'index'],
    repository: 'crystaldba/postgres-mcp',
    packages: [
      pypi('postgres-mcp', '0.3.0', {
        args: [
          flag('--access-mode', {
            description: 'What it may do',
            choices: ['restricted', 'unrestricted'],
            default: 'restricted',
          }),
        ],
        env: [
          {
            ...secret('DATABASE_URI', 'Address of the database, with user and password'),
            placeholder: 'postgresql://user:password@localhost:5432/db',
          },
        ],
      }),
    ],
    inputs: {
      ACCESS_MODE: { label: 'Access', options: { restricted: 'Read only', unrestricted: 'Read and write' } },
      DATABASE_URI: { label: 'Database' },
    },
    replaces: ['@modelcontextprotocol/server-postgres'],
  }),
  define('mongodb', {
    title: 'MongoDB',
    says: 'Query MongoDB and manage Atlas; read-only unless you say otherwise',
    by: ['MongoDB', 'vendor'],
    category: 'database',
    auth: 'key',
    tags: ['nosql', 'atlas', 'documents'],
    repository: 'mongodb-js/mongodb-mcp-server',
    packages: [
      npm('mongodb-mcp-server', '3.0.4', {
        args: [toggle('--readOnly', readOnly, true)],
        env: [
          {
            ...optionalSecret('MDB_MCP_CONNECTION_STRING', 'Address of the database'),
            placeholder: 'mongodb+srv://…',
          },
          optionalSecret('MDB_MCP_API_CLIENT_ID', 'For Atlas: id of a service account'),
          optionalSecret('MDB_MCP_API_CLIENT_SECRET', 'For Atlas: its secret'),
        ],
      }),
    ],
    inputs: {
      READONLY: { label: 'Read only' },
      MDB_MCP_CONNECTION_STRING: { label: 'Connection string' },
      MDB_MCP_API_CLIENT_ID: { label: 'Atlas client id' },
      MDB_MCP_API_CLIENT_SECRET: { label: 'Atlas client secret' },
    },
  }),
  define('redis', {
    title: 'Redis',
    says: 'Read and write keys, streams and search indexes in Redis',
    by: ['Redis', 'vendor'],
    category: 'database',
    auth: 'optional-key',
    tags: ['cache', 'key-value'],
    repository: 'redis/mcp-redis',
    packages: [
      pypi('redis-mcp-server', '0.5.1', {
        env: [
          variable('REDIS_HOST', { default: '127.0.0.1' }),
          variable('REDIS_PORT', { default: '6379', format: 'number' }),
          optionalSecret('REDIS_PWD'),
        ],
      }),
    ],
    inputs: {
      REDIS_HOST: { label: 'Host' },
      REDIS_PORT: { label: 'Port' },
      REDIS_PWD: { label: 'Password' },
    },
    replaces: ['@modelcontextprotocol/server-redis'],
  }),
  define('grafana', {
    title: 'Grafana',
    says: 'Dashboards, metrics, logs, alerts and incidents in Grafana',
    by: ['Grafana Labs', 'vendor'],
    category: 'monitoring',
    auth: 'key',
    tags: ['prometheus', 'loki', 'dashboards', 'alerts'],
    repository: 'grafana/mcp-grafana',
    packages: [
      pypi('mcp-grafana', '2.1.1', {
        env: [
          variable('GRAFANA_URL', { isRequired: true, placeholder: 'https://grafana.example.com' }),
          secret('GRAFANA_SERVICE_ACCOUNT_TOKEN'),
        ],
      }),
    ],
    inputs: {
      GRAFANA_URL: { label: 'Address of Grafana', type: 'url' },
      GRAFANA_SERVICE_ACCOUNT_TOKEN: {
        label: 'Service account token',
        obtain: { instructions: 'In Grafana: Administration, Users and access, Service accounts.' },
      },
    },
  }),
  define('kubernetes', {
    title: 'Kubernetes',
    says: 'Look at and manage a Kubernetes cluster: pods, logs, deployments',
    by: ['Flux159', 'community'],
    category: 'cloud',
    tags: ['k8s', 'kubectl', 'helm', 'containers'],
    repository: 'Flux159/mcp-server-kubernetes',
    packages: [
      npm('mcp-server-kubernetes', '4.1.7', {
        env: [
          variable('KUBECONFIG_PATH', { description: 'The usual one otherwise', format: 'filepath' }),
          variable('ALLOW_ONLY_READONLY_TOOLS', {
            description: readOnly,
            format: 'boolean',
            default: 'true',
          }),
        ],
      }),
    ],
    inputs: { KUBECONFIG_PATH: { label: 'kubeconfig' }, ALLOW_ONLY_READONLY_TOOLS: { label: 'Read only' } },
  }),
  define('terraform', {
    title: 'Terraform',
    says: 'Providers and modules of the Terraform registry, and HCP Terraform',
    by: ['HashiCorp', 'vendor'],
    category: 'cloud',
    auth: 'optional-key',
    tags: ['infrastructure', 'iac'],
    repository: 'hashicorp/terraform-mcp-server',
    packages: [
      oci('hashicorp/terraform-mcp-server:latest', {
        env: [optionalSecret('TFE_TOKEN', 'For HCP Terraform')],
      }),
    ],
    inputs: {
      TFE_TOKEN: key(
        'HCP Terraform token',
        'https://app.terraform.io/app/settings/tokens',
        undefined,
        'Create a token',
      ),
    },
    hosts: ['registry.terraform.io', 'app.terraform.io'],
  }),
  define('aws', {
    title: 'AWS API',
    says: 'Call any AWS API with the credentials of this machine',
    by: ['AWS', 'vendor'],
    category: 'cloud',
    tags: ['amazon', 'cli', 'ec2', 's3'],
    repository: 'awslabs/mcp',
    packages: [
      pypi('awslabs.aws-api-mcp-server', '1.5.6', {
        env: [
          variable('AWS_REGION', { placeholder: 'eu-central-1' }),
          variable('AWS_API_MCP_PROFILE_NAME', { description: 'Profile of your AWS configuration' }),
          variable('READ_OPERATIONS_ONLY', { description: readOnly, format: 'boolean', default: 'true' }),
        ],
      }),
    ],
    inputs: {
      AWS_REGION: { label: 'Region' },
      AWS_API_MCP_PROFILE_NAME: { label: 'Profile' },
      READ_OPERATIONS_ONLY: { label: 'Read only' },
    },
    instructions: 'Sign in first: aws configure, or aws sso login.',
    hosts: ['*.amazonaws.com'],
  }),
  define('azure', {
    title: 'Azure',
    says: 'Manage resources in Azure with the sign-in of this machine',
    by: ['Microsoft', 'vendor'],
    category: 'cloud',
    tags: ['microsoft', 'cli'],
    repository: 'microsoft/mcp',
    packages: [
      npm('@azure/mcp', '2.0.5', { args: [word('server'), word('start'), toggle('--read-only', readOnly)] }),
    ],
    inputs: { READ_ONLY: { label: 'Read only' } },
    instructions: 'Sign in first: az login.',
    hosts: ['*.azure.com', 'login.microsoftonline.com'],
  }),
  define('azure-devops', {
    title: 'Azure DevOps',
    says: 'Work items, repositories, pipelines and wikis in Azure DevOps',
    by: ['Microsoft', 'vendor'],
    category: 'development',
    tags: ['pipelines', 'boards', 'git'],
    repository: 'microsoft/azure-devops-mcp',
    packages: [
      npm('@azure-devops/mcp', '2.10.0', {
        args: [
          positional('ORGANIZATION', {
            description: 'Name of your organization',
            isRequired: true,
            placeholder: 'contoso',
          }),
        ],
      }),
    ],
    inputs: { ORGANIZATION: { label: 'Organization' } },
    instructions: 'Sign in first: az login.',
    hosts: ['dev.azure.com', 'login.microsoftonline.com'],
  }),
  define('apify', {
    title: 'Apify',
    says: 'Thousands of ready-made scrapers and automations',
    by: ['Apify', 'vendor'],
    category: 'search',
    auth: 'key',
    tags: ['scrape', 'crawl', 'actors'],
    repository: 'apify/apify-mcp-server',
    remotes: [remote('https://mcp.apify.com', { headers: [bearer('APIFY_TOKEN', true)] })],
    inputs: {
      APIFY_TOKEN: key(
        'Apify token',
        'https://console.apify.com/settings/integrations',
        undefined,
        'Get a token',
      ),
    },
  }),
  define('n8n', {
    title: 'n8n',
    says: 'Documentation of n8n nodes, and your workflows',
    by: ['czlonkowski', 'community'],
    category: 'development',
    auth: 'optional-key',
    tags: ['automation', 'workflows'],
    repository: 'czlonkowski/n8n-mcp',
    packages: [
      npm('n8n-mcp', '2.87.0', {
        env: [
          variable('MCP_MODE', { value: 'stdio' }),
          variable('LOG_LEVEL', { value: 'error' }),
          variable('N8N_API_URL', { placeholder: 'https://n8n.example.com' }),
          optionalSecret('N8N_API_KEY'),
        ],
      }),
    ],
    inputs: {
      N8N_API_URL: { label: 'Address of n8n', type: 'url' },
      N8N_API_KEY: { label: 'n8n API key', obtain: { instructions: 'In n8n: Settings, n8n API.' } },
    },
  }),
  define('home-assistant', {
    title: 'Home Assistant',
    says: 'See and control what your home has',
    by: ['homeassistant-ai', 'community'],
    category: 'home',
    auth: 'key',
    tags: ['smart home', 'automation'],
    repository: 'homeassistant-ai/ha-mcp',
    packages: [
      pypi('ha-mcp', '8.7.0', {
        env: [
          variable('HOMEASSISTANT_URL', { isRequired: true, placeholder: 'http://homeassistant.local:8123' }),
          secret('HOMEASSISTANT_TOKEN'),
        ],
      }),
    ],
    inputs: {
      HOMEASSISTANT_URL: { label: 'Address of Home Assistant', type: 'url' },
      HOMEASSISTANT_TOKEN: {
        label: 'Long-lived access token',
        obtain: { instructions: 'In Home Assistant: your profile, Security, Long-lived access tokens.' },
      },
    },
  }),
  define('obsidian', {
    title: 'Obsidian',
    says: 'Search, read and write notes in Obsidian',
    by: ['MarkusPfundstein', 'community'],
    category: 'productivity',
    auth: 'key',
    tags: ['notes', 'markdown'],
    repository: 'MarkusPfundstein/mcp-obsidian',
    packages: [
      pypi('mcp-obsidian', '0.2.3', {
        env: [
          secret('OBSIDIAN_API_KEY'),
          variable('OBSIDIAN_HOST', { default: '127.0.0.1' }),
          variable('OBSIDIAN_PORT', { default: '27124', format: 'number' }),
        ],
      }),
    ],
    inputs: {
      OBSIDIAN_API_KEY: {
        label: 'API key',
        obtain: {
          instructions:
            'Install the community plugin "Local REST API" in Obsidian; its settings show the key.',
        },
      },
      OBSIDIAN_HOST: { label: 'Host' },
      OBSIDIAN_PORT: { label: 'Port' },
    },
  }),
  define('airtable', {
    title: 'Airtable',
    says: 'Read and write records in Airtable bases',
    by: ['domdomegg', 'community'],
    category: 'database',
    auth: 'key',
    tags: ['spreadsheet', 'tables'],
    repository: 'domdomegg/airtable-mcp-server',
    packages: [npm('airtable-mcp-server', '1.14.0', { env: [secret('AIRTABLE_API_KEY')] })],
    inputs: {
      AIRTABLE_API_KEY: key(
        'Airtable token',
        'https://airtable.com/create/tokens',
        undefined,
        'Create a token',
      ),
    },
    hosts: ['api.airtable.com'],
  }),
  define('postman', {
    title: 'Postman',
    says: 'Collections, environments and APIs in Postman',
    by: ['Postman', 'vendor'],
    category: 'development',
    auth: 'key',
    tags: ['api', 'http', 'test'],
    repository: 'postmanlabs/postman-mcp-server',
    packages: [npm('@postman/postman-mcp-server', '2.13.0', { env: [secret('POSTMAN_API_KEY')] })],
    inputs: { POSTMAN_API_KEY: key('Postman API key', 'https://go.postman.co/settings/me/api-keys') },
    hosts: ['api.postman.com'],
  }),
  define('circleci', {
    title: 'CircleCI',
    says: 'Find out why a build in CircleCI failed, and run it again',
    by: ['CircleCI', 'vendor'],
    category: 'development',
    auth: 'key',
    tags: ['ci', 'build', 'pipelines'],
    repository: 'CircleCI-Public/mcp-server-circleci',
    packages: [npm('@circleci/mcp-server-circleci', '0.20.0', { env: [secret('CIRCLECI_TOKEN')] })],
    inputs: {
      CIRCLECI_TOKEN: key(
        'CircleCI token',
        'https://app.circleci.com/settings/user/tokens',
        undefined,
        'Create a token',
      ),
    },
    hosts: ['circleci.com'],
  }),
  define('launchdarkly', {
    title: 'LaunchDarkly',
    says: 'Feature flags and AI configurations in LaunchDarkly',
    by: ['LaunchDarkly', 'vendor'],
    category: 'development',
    auth: 'key',
    tags: ['feature flags'],
    repository: 'launchdarkly/mcp-server',
    packages: [
      npm('@launchdarkly/mcp-server', '0.6.2', {
        args: [word('start'), flag('--api-key', { isRequired: true, isSecret: true })],
      }),
    ],
    inputs: {
      API_KEY: key(
        'LaunchDarkly access token',
        'https://app.launchdarkly.com/settings/authorization',
        undefined,
        'Create a token',
      ),
    },
    hosts: ['app.launchdarkly.com'],
  }),
  define('salesforce-dx', {
    title: 'Salesforce DX',
    says: 'Develop for Salesforce: orgs, metadata, data, tests',
    by: ['Salesforce', 'vendor'],
    category: 'business',
    tags: ['crm', 'apex'],
    repository: 'salesforcecli/mcp',
    packages: [
      npm('@salesforce/mcp', '0.30.15', {
        args: [
          flag('--orgs', { description: 'Which of your orgs it may use', default: 'DEFAULT_TARGET_ORG' }),
          flag('--toolsets', { description: 'Which groups of tools', default: 'orgs,metadata,data,users' }),
        ],
      }),
    ],
    inputs: { ORGS: { label: 'Orgs' }, TOOLSETS: { label: 'Groups of tools' } },
    instructions: 'Sign in to an org first: sf org login web.',
    hosts: ['*.salesforce.com'],
  }),
  define('heroku', {
    title: 'Heroku',
    says: 'Apps, dynos, add-ons and logs in Heroku',
    by: ['Heroku', 'vendor'],
    category: 'cloud',
    auth: 'key',
    tags: ['deploy', 'hosting'],
    repository: 'heroku/heroku-mcp-server',
    packages: [npm('@heroku/mcp-server', '1.2.8', { env: [secret('HEROKU_API_KEY')] })],
    inputs: { HEROKU_API_KEY: key('Heroku API key', 'https://dashboard.heroku.com/account') },
    hosts: ['api.heroku.com'],
  }),
  define('digitalocean', {
    title: 'DigitalOcean',
    says: 'Apps, droplets, databases and networks in DigitalOcean',
    by: ['DigitalOcean', 'vendor'],
    category: 'cloud',
    auth: 'key',
    tags: ['droplets', 'hosting', 'deploy'],
    repository: 'digitalocean-labs/mcp-digitalocean',
    packages: [
      npm('@digitalocean/mcp', '1.0.70', {
        args: [flag('--services', { description: 'Which services', default: 'apps,droplets,databases' })],
        env: [secret('DIGITALOCEAN_API_TOKEN')],
      }),
    ],
    inputs: {
      SERVICES: { label: 'Services' },
      DIGITALOCEAN_API_TOKEN: key(
        'DigitalOcean token',
        'https://cloud.digitalocean.com/account/api/tokens',
        undefined,
        'Create a token',
      ),
    },
    hosts: ['api.digitalocean.com'],
  }),
];
