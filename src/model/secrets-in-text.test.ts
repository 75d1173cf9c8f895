import { describe, expect, it } from 'vitest';
import { isDistinctive, isSecretValue } from './secret-forms.ts';
import { replaceSpans, secretsInArguments, secretsInUrl } from './secrets-in-text.ts';

/** The arguments as they are shown: secrets as their names. */
function shown(args: readonly string[]): string[] {
  const spans = secretsInArguments(args);
  return args.map((arg, at) =>
    replaceSpans(
      arg,
      spans.filter((span) => span.at === at),
      (_, { name }) => `<${name}>`,
    ),
  );
}

const github = 'ghp_16C7e42F292c6912E7710c838347Ae178B4a';
const random = 'Zk3v9QpL0xTw7RmB2sYd8HcN';

const secret: readonly (readonly [string, readonly string[], readonly string[]])[] = [
  ['an option and its value', ['--token', 'abc'], ['--token', '<TOKEN>']],
  ['an option with =', ['--api-key=abc'], ['--api-key=<API_KEY>']],
  ['one dash', ['-apiKey', 'abc'], ['-apiKey', '<API_KEY>']],
  ['one letter', ['-t', github, '-s', 'hunter2!Hunter2'], ['-t', '<TOKEN>', '-s', '<SECRET>']],
  ['a password called so', ['-p', 'my-secret-password'], ['-p', '<PASSWORD>']],
  [
    'a password in an address',
    ['postgresql://u:PASSWORD@db:5432/app?sslmode=require'],
    ['postgresql://u:<PASSWORD>@db:5432/app?sslmode=require'],
  ],
  ['a token in an address', [`https://${random}@git.example/x`], ['https://<TOKEN>@git.example/x']],
  ['an address behind an option', ['--dsn=mysql://root:pw@h/d'], ['--dsn=mysql://root:<PASSWORD>@h/d']],
  ['a header', ['--header', 'X-Api-Key: abc'], ['--header', 'X-Api-Key: <X_API_KEY>']],
  [
    'a header without a space',
    ['--header', 'Authorization:Bearer abc'],
    ['--header', 'Authorization:Bearer <AUTHORIZATION>'],
  ],
  ['a header behind =', ['--header=X-Api-Key: abc'], ['--header=X-Api-Key: <X_API_KEY>']],
  ['a header of its own', ['Authorization: Bearer abc'], ['Authorization: Bearer <AUTHORIZATION>']],
  ['a variable', ['-e', 'X_API_KEY=abc'], ['-e', 'X_API_KEY=<X_API_KEY>']],
  ['a variable behind =', ['--env=PGPASSWORD=abc'], ['--env=PGPASSWORD=<PGPASSWORD>']],
  ['a query', ['https://x.example/mcp?api_key=abc&v=2'], ['https://x.example/mcp?api_key=<API_KEY>&v=2']],
  [
    'JSON',
    ['--config', '{"apiKey":"abc","debug":true}'],
    ['--config', '{"apiKey":"<API_KEY>","debug":true}'],
  ],
  [
    'a connection string',
    ['Server=db;User=sa;Password=p;x=1'],
    ['Server=db;User=sa;Password=<PASSWORD>;x=1'],
  ],
  ['what a provider gives', [`run:${github}`], ['run:<GITHUB_TOKEN>']],
  ['what looks random', [random], ['<SECRET>']],
  ['a user with a password', ['-u', 'bob:pa55'], ['-u', 'bob:<PASSWORD>']],
];

const plain: readonly (readonly [string, readonly string[]])[] = [
  ['packages', ['-y', '@modelcontextprotocol/server-sequential-thinking@2025.12.18', 'mcp-remote@0.1.29']],
  [
    'addresses without a secret',
    ['https://mcp.example.com/v1/mcp?team=abc', 'redis://localhost:6379', '--port', '8080'],
  ],
  [
    'paths',
    ['--key', '/etc/ssl/private/server.key', '--credentials', '~/gcp/key.json', '-k', './id_rsa.pem'],
  ],
  ['switches', ['--auth', 'none', '--token', 'true', '-t', 'stdio', '-s', 'github', '-p', '127.0.0.1:8080']],
  [
    'numbers and names about tokens',
    ['--max-tokens', '4096', '--token-limit', '100000', '--api-key-header', 'X-Api-Key'],
  ],
  ['what is kept elsewhere', ['--token', `\${input:TOKEN}`, `--key=\${env:KEY}`, `Authorization:\${AUTH}`]],
  ['UUIDs, dates and versions', ['550e8400-e29b-41d4-a716-446655440000', '2026-07-28', 'v1.2.3-beta.4']],
  ['a digest', ['ghcr.io/x/y@sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08']],
  ['models', ['--model', 'gpt-4o-mini-2024-07-18', '-t', 'claude-sonnet-4-5']],
  ['Windows', ['/c', 'npx', 'C:\\Users\\me\\notes', '/key', 'C:\\keys\\id.pem']],
];

describe('R53 secrets in arguments', () => {
  it.each(secret)('R53 recognises %s', (_, args, expected) => {
    expect(shown(args)).toEqual(expected);
  });

  it.each(plain)('R53 leaves %s as they are', (_, args) => {
    expect(shown(args)).toEqual(args);
  });
});

describe('R42 keys in URLs', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['https://a.example/mcp?api_key=abc', 'https://a.example/mcp?api_key=<API_KEY>'],
    [
      'https://a.example/mcp?profile=x&tavilyApiKey=tvly-abc#top',
      'https://a.example/mcp?profile=x&tavilyApiKey=<TAVILY_API_KEY>#top',
    ],
    [`https://a.example/s/${random}/mcp`, 'https://a.example/s/<URL_KEY>/mcp'],
    [`https://a.example/mcp?x=${github}`, 'https://a.example/mcp?x=<GITHUB_TOKEN>'],
    [
      'https://a.example/v1/sequential-thinking/mcp?page=2',
      'https://a.example/v1/sequential-thinking/mcp?page=2',
    ],
    [
      'https://a.example/550e8400-e29b-41d4-a716-446655440000/mcp',
      'https://a.example/550e8400-e29b-41d4-a716-446655440000/mcp',
    ],
    [`https://a.example/mcp?api_key=\${input:KEY}`, `https://a.example/mcp?api_key=\${input:KEY}`],
  ];
  it.each(cases)('R42 %s', (url, expected) => {
    expect(replaceSpans(url, secretsInUrl(url), (_, { name }) => `<${name}>`)).toBe(expected);
  });
});

describe('R55 what is a secret', () => {
  const cases: readonly (readonly [name: string, value: string, isSecret: boolean])[] = [
    ['MYSQL_HOST', '127.0.0.1', false],
    ['NODE_ENV', 'production', false],
    ['MEMORY_FILE_PATH', '/home/me/memory.json', false],
    ['BASE_URL', 'http://localhost:46170/mcp', false],
    ['GOOGLE_APPLICATION_CREDENTIALS', '/home/me/key.json', false],
    ['MAX_TOKENS', '16384000', false],
    ['AUTH_METHOD', 'password', false],
    ['AWS_REGION', 'eu-central-1', false],
    ['MYSQL_PASSWORD', 'production', true],
    ['GITHUB_TOKEN', 'abc', true],
    ['X-Api-Key', 'k', true],
    ['OPENAI', 'sk-proj-aaaaaaaaaaaaaaaaaaaaaa', true],
    ['CONFIG', random, true],
    ['DATABASE_URL', 'postgres://u:p@h/db', true],
  ];
  it.each(cases)('R55 %s=%s: %s', (name, value, expected) => {
    expect(isSecretValue(name, value)).toBe(expected);
  });

  it.each([
    ['production', false],
    ['127.0.0.1', false],
    ['postgres', false],
    [github, true],
    [random, true],
    ['Tr0ub4dor&3', true],
  ])('R55 taking out %s everywhere would be safe: %s', (value, expected) => {
    expect(isDistinctive(value)).toBe(expected);
  });
});
