/**
 * registry/plan-server.test — from a definition to the exact command, as a table.
 */
import { describe, expect, it } from 'vitest';
import type { Argument, DefinitionPackage, ServerDefinition } from './definition.ts';
import { optionsOf, type PlanWords, planParts } from './plan-server.ts';

const input = (id: string): string => `$${`{input:${id}}`}`;

function definition(change: Partial<ServerDefinition>): ServerDefinition {
  return { name: 'com.example/x', description: 'A server', version: '1.0.0', ...change };
}

function npmPackage(change: Partial<DefinitionPackage>): ServerDefinition {
  return definition({
    packages: [
      { registryType: 'npm', identifier: 'x', version: '1.0.0', transport: { type: 'stdio' }, ...change },
    ],
  });
}

function plan(subject: ServerDefinition, words: PlanWords = { given: {} }) {
  const [option] = optionsOf(subject);
  if (option === undefined) throw new Error('it has no option');
  return planParts(subject, option, words);
}

function line(subject: ServerDefinition, words?: PlanWords): string {
  const { launch } = plan(subject, words);
  return launch.kind === 'stdio' ? [launch.command, ...launch.args].join(' ') : launch.url;
}

describe('an argument', () => {
  const rows: [what: string, argument: Argument, words: string][] = [
    ['a fixed word', { type: 'positional', value: 'stdio' }, 'stdio'],
    ['a value that a person gives', { type: 'positional', valueHint: 'file_path' }, input('FILE_PATH')],
    ['a flag with a fixed value', { type: 'named', name: '--port', value: '80' }, '--port=80'],
    ['a short flag with a fixed value', { type: 'named', name: '-p', value: '80' }, '-p 80'],
    ['a flag and nothing else', { type: 'named', name: '--stdio' }, '--stdio'],
    [
      'a flag that is asked for',
      { type: 'named', name: '--port', format: 'number' },
      `--port=${input('PORT')}`,
    ],
    ['a switch', { type: 'named', name: '--dry', format: 'boolean' }, input('DRY?--dry')],
    ['a short flag that nobody gave a value for', { type: 'named', name: '-p', format: 'number' }, ''],
    [
      'variables in a value',
      { type: 'named', name: '--url', value: 'http://{host}/{other}', variables: { host: {} } },
      `--url=http://${input('HOST')}/{other}`,
    ],
  ];
  it.each(rows)('is written as: %s', (_, argument, words) => {
    expect(line(npmPackage({ packageArguments: [argument] }))).toBe(
      `npx -y x@1.0.0${words === '' ? '' : ` ${words}`}`,
    );
  });

  it('is written once for each value when it can be repeated', () => {
    const subject = npmPackage({
      packageArguments: [{ type: 'positional', valueHint: 'dir', isRequired: true, isRepeated: true }],
    });
    expect(line(subject, { given: { DIR: ['', '', ''] } })).toBe(
      `npx -y x@1.0.0 ${input('DIR')} ${input('DIR_2')} ${input('DIR_3')}`,
    );
    expect(line(subject)).toBe(`npx -y x@1.0.0 ${input('DIR')}`);
  });
});

describe('a package', () => {
  const rows: [what: string, item: Partial<DefinitionPackage>, command: string][] = [
    ['npm', {}, 'npx -y x@1.0.0'],
    ['npm by Bun', { runtimeHint: 'bunx' }, 'bunx x@1.0.0'],
    ['PyPI', { registryType: 'pypi' }, 'uvx x@1.0.0'],
    ['NuGet', { registryType: 'nuget' }, 'dnx x@1.0.0 --yes'],
    ['an image', { registryType: 'oci', identifier: 'a/b:1' }, 'docker run -i --rm --init a/b:1'],
    [
      'an image with variables, whose values stay out of the list of processes',
      { registryType: 'oci', identifier: 'a/b:1', environmentVariables: [{ name: 'KEY', isSecret: true }] },
      'docker run -i --rm --init -e KEY a/b:1',
    ],
    [
      'an image that brings the whole command',
      {
        registryType: 'oci',
        identifier: 'a/b:1',
        runtimeArguments: [
          { type: 'positional', value: 'run' },
          { type: 'named', name: '-i' },
        ],
      },
      'docker run -i a/b:1',
    ],
  ];
  it.each(rows)('of %s is run by its runner', (_, item, command) => {
    const { version, ...rest } =
      item.registryType === 'oci' ? { ...item, version: undefined } : { ...item, version: '1.0.0' };
    expect(line(npmPackage({ ...rest, version }))).toBe(command);
  });

  it('that opens a port of its own cannot be installed, and says why', () => {
    const subject = npmPackage({ transport: { type: 'streamable-http', url: 'http://localhost:8080/mcp' } });
    expect(() => plan(subject)).toThrow(/opens a port of its own/);
  });
});

describe('a remote', () => {
  it('takes variables in its address and headers, and asks for each once', () => {
    const { launch, inputs } = plan(
      definition({
        remotes: [
          {
            type: 'streamable-http',
            url: 'https://{tenant}.example.com/{tenant}/mcp',
            variables: { tenant: { isRequired: true } },
            headers: [
              {
                name: 'Authorization',
                value: 'Bearer {token}',
                variables: { token: { isRequired: true, isSecret: true } },
              },
            ],
          },
        ],
      }),
    );
    expect(launch.kind === 'http' && launch.url).toBe(
      `https://${input('TENANT')}.example.com/${input('TENANT')}/mcp`,
    );
    expect(inputs.map(({ id, type, isRequired }) => [id, type, isRequired])).toEqual([
      ['TENANT', 'text', true],
      ['TOKEN', 'password', true],
    ]);
  });

  it('of the old transport comes after one of the new', () => {
    const subject = definition({
      remotes: [
        { type: 'sse', url: 'https://x.example/sse' },
        { type: 'streamable-http', url: 'https://x.example/mcp' },
      ],
    });
    expect(line(subject)).toBe('https://x.example/mcp');
  });
});

it('makes of choices, formats and secrets the kind of field that a form needs', () => {
  const { inputs } = plan(
    npmPackage({
      environmentVariables: [
        { name: 'A', isSecret: true },
        { name: 'B', choices: ['x', 'y'], default: 'x' },
        { name: 'C', format: 'filepath' },
        { name: 'D', format: 'number' },
        { name: 'E' },
        { name: 'F', value: 'fixed' },
      ],
    }),
  );
  expect(inputs.map(({ id, type }) => `${id} ${type}`)).toEqual([
    'A password',
    'B select',
    'C file',
    'D number',
    'E text',
  ]);
});
