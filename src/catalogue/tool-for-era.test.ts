/** catalogue/tool-for-era — tests. */
import { describe, expect, it } from 'vitest';
import { RawJson } from '../protocol/index.ts';
import { toolForLegacy, toolForModern } from './tool-for-era.ts';

const raw = (value: object) => RawJson.ofText(JSON.stringify(value));

describe('a tool for modern clients', () => {
  it.each<[object, object]>([
    [{ name: 'a', execution: { taskSupport: 'optional' } }, { name: 'a' }],
    [
      { name: 'b', execution: { taskSupport: 'required', x: 1 } },
      { name: 'b', execution: { x: 1 } },
    ],
    [{ name: 'c' }, { name: 'c' }],
    [
      { name: 'd', description: 'says "taskSupport"' },
      { name: 'd', description: 'says "taskSupport"' },
    ],
  ])('of %j is %j', (tool, expected) => {
    expect(toolForModern(raw(tool)).parse()).toEqual(expected);
  });
});

describe('a tool for legacy clients', () => {
  it.each<[string, object, object]>([
    [
      'an array with references',
      {
        name: 'a',
        outputSchema: {
          type: 'array',
          items: { $ref: '#/$defs/i' },
          $defs: { i: { const: { $ref: '#' } } },
        },
      },
      {
        name: 'a',
        outputSchema: {
          type: 'object',
          properties: {
            result: {
              type: 'array',
              items: { $ref: '#/properties/result/$defs/i' },
              $defs: { i: { const: { $ref: '#' } } },
            },
          },
          required: ['result'],
        },
      },
    ],
    [
      'an object',
      { name: 'b', outputSchema: { type: 'object', x: 1 } },
      { name: 'b', outputSchema: { type: 'object', x: 1 } },
    ],
    [
      'true',
      { outputSchema: true },
      { outputSchema: { type: 'object', properties: { result: true }, required: ['result'] } },
    ],
    [
      'a dialect',
      { outputSchema: { $schema: 'https://json-schema.org/draft/2020-12/schema', type: 'string' } },
      {
        outputSchema: {
          $schema: 'https://json-schema.org/draft/2020-12/schema',
          type: 'object',
          properties: {
            result: { $schema: 'https://json-schema.org/draft/2020-12/schema', type: 'string' },
          },
          required: ['result'],
        },
      },
    ],
  ])('has an output schema of %s in the form that they accept', (_, tool, expected) => {
    expect(toolForLegacy(raw(tool)).parse()).toEqual(expected);
  });

  it('R24 keeps the numbers of a schema that is wrapped', () => {
    const tool = RawJson.ofText(
      '{"outputSchema":{"type":"integer","maximum":9223372036854775807,"minimum":1.0}}',
    );
    expect(toolForLegacy(tool).toText()).toContain('"maximum":9223372036854775807,"minimum":1.0}');
  });
});
