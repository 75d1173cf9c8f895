/**
 * registry/definition-schema — the shape of a definition, for what comes from outside. Loads zod: import it lazily.
 *
 * What we do not know is left out of the result: a catalogue's readme or screenshots take no memory here.
 *
 * @see server.json, schema 2025-12-11
 */
import { z } from 'zod';
import { authKinds, categories } from '../contract/index.ts';
import { detailsKey } from './definition.ts';

const line = (max: number) => z.string().max(max);

const inputFields = {
  description: line(4096).optional(),
  isRequired: z.boolean().optional(),
  isSecret: z.boolean().optional(),
  format: z.enum(['string', 'number', 'boolean', 'filepath']).optional(),
  value: line(8192).optional(),
  default: line(8192).optional(),
  placeholder: line(1024).optional(),
  choices: z.array(line(1024)).max(500).optional(),
};
const plainInput = z.object(inputFields);
const withVariables = { ...inputFields, variables: z.record(z.string(), plainInput).optional() };
const namedValue = z.object({ ...withVariables, name: line(256).min(1) });
const argument = z.discriminatedUnion('type', [
  z
    .object({
      ...withVariables,
      type: z.literal('positional'),
      valueHint: line(256).optional(),
      isRepeated: z.boolean().optional(),
    })
    .refine(({ value, valueHint }) => value !== undefined || valueHint !== undefined, {
      message: 'a positional argument has a value or a valueHint',
    }),
  z.object({
    ...withVariables,
    type: z.literal('named'),
    name: line(256).min(1),
    isRepeated: z.boolean().optional(),
  }),
]);

const transport = z.object({
  type: z.enum(['stdio', 'streamable-http', 'sse']),
  url: line(2048).optional(),
  headers: z.array(namedValue).max(100).optional(),
});

const definitionPackage = z.object({
  registryType: line(64).min(1),
  identifier: line(2048).min(1),
  version: line(255)
    .min(1)
    .refine((version) => version !== 'latest', { message: 'a version is exact, never "latest"' })
    .optional(),
  registryBaseUrl: line(2048).optional(),
  fileSha256: z
    .string()
    .regex(/^[a-f0-9]{64}$/, 'a SHA-256 is 64 hexadecimal digits')
    .optional(),
  runtimeHint: line(64).optional(),
  runtimeArguments: z.array(argument).max(200).optional(),
  packageArguments: z.array(argument).max(200).optional(),
  environmentVariables: z.array(namedValue).max(200).optional(),
  transport,
});

const remote = z.object({
  type: z.enum(['streamable-http', 'sse']),
  url: line(2048).min(1),
  headers: z.array(namedValue).max(100).optional(),
  variables: z.record(z.string(), plainInput).optional(),
});

const inputDetails = z.object({
  label: line(256).optional(),
  type: z.enum(['url', 'directory', 'select']).optional(),
  options: z.record(z.string(), line(256)).optional(),
  obtain: z
    .object({
      url: line(2048).optional(),
      instructions: line(4096).optional(),
      buttonLabel: line(128).optional(),
    })
    .optional(),
});

const details = z.object({
  alias: z
    .string()
    .regex(/^[a-z0-9][a-z0-9-]{0,23}$/, 'an alias is lower case, digits and hyphens, at most 24')
    .optional(),
  publisher: z.object({ name: line(128), kind: z.enum(['vendor', 'community', 'mcp-project']) }).optional(),
  category: z.enum(categories).optional(),
  tags: z.array(line(64)).max(50).optional(),
  auth: z.enum(authKinds).optional(),
  instructions: line(4096).optional(),
  caution: line(1024).optional(),
  platforms: z.array(z.enum(['linux', 'macos', 'windows'])).optional(),
  hosts: z.array(line(253)).max(200).optional(),
  inputs: z.record(z.string(), inputDetails).optional(),
  program: line(256).optional(),
  replaces: z.array(line(256)).max(50).optional(),
  checked: z
    .string()
    .regex(/^\d{4}-\d{2}-\d{2}$/, 'a day is written YYYY-MM-DD')
    .optional(),
});

export const definitionSchema = z.object({
  $schema: line(2048).optional(),
  name: z
    .string()
    .min(3)
    .max(200)
    .regex(/^[a-zA-Z0-9.-]+\/[a-zA-Z0-9._-]+$/, 'a name is reverse DNS with exactly one slash'),
  title: line(100).min(1).optional(),
  description: line(100).min(1),
  version: line(255).min(1),
  repository: z
    .object({
      url: line(2048),
      source: line(64),
      id: line(256).optional(),
      subfolder: line(512).optional(),
    })
    .optional(),
  websiteUrl: line(2048).optional(),
  packages: z.array(definitionPackage).max(50).optional(),
  remotes: z.array(remote).max(50).optional(),
  _meta: z.object({ [detailsKey]: details.optional() }).optional(),
});
