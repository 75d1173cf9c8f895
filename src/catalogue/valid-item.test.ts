/** catalogue/valid-item — tests. The official schemas are the oracle. */
import { describe, expect, it } from 'vitest';
import { misfit, readMcpSchema } from '../../test/support/json-schema.ts';
import type { Era, FeatureId, FeatureKind, ServerId } from '../model/index.ts';
import { RawJson } from '../protocol/index.ts';
import { listKeys, listPage } from './list-pages.ts';
import { faultOfItem, validItem } from './valid-item.ts';
import { View } from './view.ts';

const definitions: Readonly<Record<FeatureKind, string>> = {
  tool: 'Tool',
  prompt: 'Prompt',
  resource: 'Resource',
  template: 'ResourceTemplate',
};
const revisions = ['2024-11-05', '2025-03-26', '2025-06-18', '2025-11-25', '2026-07-28'] as const;
const schemas = new Map(revisions.map((revision) => [revision, readMcpSchema(revision)]));
const eraOf = (revision: string): Era => (revision === '2026-07-28' ? 'modern' : 'legacy');
const schema = '"inputSchema":{"type":"object"}';

/** What a server lists, and what a legacy client is shown of it. */
const odd: readonly (readonly [FeatureKind, string, item: string, shown: string])[] = [
  ['tool', 'description: null', `{"name":"a","description":null,${schema}}`, `{"name":"a",${schema}}`],
  ['tool', 'title: null', `{"title":null,"name":"a",${schema}}`, `{"name":"a",${schema}}`],
  ['tool', 'description: 7', `{"name":"a",${schema},"description":7}`, `{"name":"a",${schema}}`],
  ['tool', 'no inputSchema', '{"name":"a"}', `{${schema},"name":"a"}`],
  ['tool', 'inputSchema: null', '{"name":"a","inputSchema":null}', `{"name":"a",${schema}}`],
  ['tool', 'inputSchema: {}', '{"name":"a","inputSchema":{}}', `{"name":"a",${schema}}`],
  ['tool', 'inputSchema: []', '{"name":"a","inputSchema":[]}', `{"name":"a",${schema}}`],
  ['tool', 'inputSchema: true', '{"name":"a","inputSchema":true}', `{"name":"a",${schema}}`],
  [
    'tool',
    'inputSchema without type',
    '{"name":"a","inputSchema":{"properties":{"n":{"maximum":9223372036854775807}}}}',
    '{"name":"a","inputSchema":{"type":"object","properties":{"n":{"maximum":9223372036854775807}}}}',
  ],
  [
    'tool',
    'type: ["object","null"]',
    '{"name":"a","inputSchema":{"type":["object","null"]}}',
    `{"name":"a",${schema}}`,
  ],
  [
    'tool',
    'properties: {a: true, b: false, c: null}',
    '{"name":"a","inputSchema":{"type":"object","properties":{"a":true,"b":false,"c":null,"d":{}}}}',
    '{"name":"a","inputSchema":{"type":"object","properties":{"a":{},"b":{"not":{}},"c":{},"d":{}}}}',
  ],
  [
    'tool',
    'properties: null',
    '{"name":"a","inputSchema":{"type":"object","properties":null}}',
    `{"name":"a",${schema}}`,
  ],
  [
    'tool',
    'required: null',
    '{"name":"a","inputSchema":{"type":"object","required":null}}',
    `{"name":"a",${schema}}`,
  ],
  [
    'tool',
    'required: true',
    '{"name":"a","inputSchema":{"type":"object","required":true}}',
    `{"name":"a",${schema}}`,
  ],
  [
    'tool',
    'required: ["a",7]',
    '{"name":"a","inputSchema":{"type":"object","required":["a",7]}}',
    '{"name":"a","inputSchema":{"type":"object","required":["a"]}}',
  ],
  ['tool', 'outputSchema: null', `{"name":"a",${schema},"outputSchema":null}`, `{"name":"a",${schema}}`],
  ['tool', 'outputSchema: "x"', `{"name":"a",${schema},"outputSchema":"x"}`, `{"name":"a",${schema}}`],
  ['tool', 'annotations: null', `{"name":"a",${schema},"annotations":null}`, `{"name":"a",${schema}}`],
  [
    'tool',
    'readOnlyHint: "yes"',
    `{"name":"a",${schema},"annotations":{"readOnlyHint":"yes","x":1.0}}`,
    `{"name":"a",${schema},"annotations":{"x":1.0}}`,
  ],
  ['tool', '_meta: null', `{"name":"a",${schema},"_meta":null}`, `{"name":"a",${schema}}`],
  [
    'tool',
    'an icon without src',
    `{"name":"a",${schema},"icons":[{"sizes":["1x1"]},{"src":"i","sizes":"any"}]}`,
    `{"name":"a",${schema},"icons":[{"src":"i"}]}`,
  ],
  ['tool', 'execution: null', `{"name":"a",${schema},"execution":null}`, `{"name":"a",${schema}}`],
  ['prompt', 'arguments: null', '{"name":"p","arguments":null}', '{"name":"p"}'],
  ['prompt', 'arguments: {}', '{"name":"p","arguments":{}}', '{"name":"p"}'],
  [
    'prompt',
    'an argument without name, one with required: "true"',
    '{"name":"p","arguments":[{"description":"d"},{"name":"n","required":"true"}]}',
    '{"name":"p","arguments":[{"name":"n"}]}',
  ],
  [
    'prompt',
    'an argument with description: null',
    '{"name":"p","arguments":[{"name":"n","description":null}]}',
    '{"name":"p","arguments":[{"name":"n"}]}',
  ],
  ['resource', 'mimeType: null', '{"uri":"u:1","name":"n","mimeType":null}', '{"uri":"u:1","name":"n"}'],
  ['resource', 'size: "7"', '{"uri":"u:1","name":"n","size":"7"}', '{"uri":"u:1","name":"n"}'],
  ['resource', 'size: 1.5', '{"uri":"u:1","name":"n","size":1.5}', '{"uri":"u:1","name":"n"}'],
  ['resource', 'no name', '{"uri":"u:1"}', '{"name":"u:1","uri":"u:1"}'],
  [
    'resource',
    'annotations with a role and a priority that are none',
    '{"uri":"u:1","name":"n","annotations":{"audience":["user","model"],"priority":5}}',
    '{"uri":"u:1","name":"n","annotations":{"audience":["user"]}}',
  ],
  [
    'template',
    'no name',
    '{"uriTemplate":"u:{a}","title":"T"}',
    '{"name":"T","uriTemplate":"u:{a}","title":"T"}',
  ],
  [
    'template',
    'name: null, mimeType: null',
    '{"uriTemplate":"u:{a}","name":null,"mimeType":null}',
    '{"uriTemplate":"u:{a}","name":"u:{a}"}',
  ],
];

describe('an item that clients would refuse', () => {
  it.each(odd)('R25 is offered in a form that they take: %s with %s', (kind, _, item, shown) => {
    expect(validItem(kind, RawJson.ofText(item), 'legacy')?.toText()).toBe(shown);
    for (const [revision, root] of schemas) {
      const valid = validItem(kind, RawJson.ofText(item), eraOf(revision))!.parse();
      expect([revision, misfit(root, definitions[kind], valid)]).toEqual([revision, undefined]);
    }
  });

  it.each(odd)('R25 hides no other item of its list: %s with %s', (kind, _, item) => {
    const raw = RawJson.ofText(item);
    const name = raw.text(kind === 'resource' ? 'uri' : kind === 'template' ? 'uriTemplate' : 'name')!;
    const id = 's' as ServerId;
    const feature = { id: 'f' as FeatureId, serverId: id, kind, originalName: name, item: raw };
    const features = [{ ...feature, position: 0, isAvailable: true }];
    const view = new View([{ id, name: 's', alias: 's', features }], false);
    for (const [revision, root] of schemas) {
      const shape = { era: eraOf(revision), revision, serverInfo: { name: 'm' }, ttlMs: 1 };
      const page = listPage(view, kind, shape, 0, undefined).value;
      const [listed] = page[listKeys[kind]] as [never];
      expect([revision, misfit(root, definitions[kind], listed)]).toEqual([revision, undefined]);
    }
  });

  it.each<[string]>([['"string"'], ['["null","array"]'], ['7']])(
    'R25 is withheld when its input schema has the type %s',
    (type) => {
      const tool = RawJson.ofText(`{"name":"a","inputSchema":{"type":${type}}}`);
      expect(faultOfItem('tool', tool)).toContain('input schema');
      expect(validItem('tool', tool, 'legacy')).toBeUndefined();
    },
  );

  it.each<[FeatureKind, string]>([
    ['tool', `{ "name":"a", "x":null, "annotations":{"readOnlyHint":true,"y":null},${schema} }`],
    [
      'tool',
      `{"name":"a",${schema},"outputSchema":{"type":"array","items":true},"icons":[{"src":"i","theme":"dark"}]}`,
    ],
    [
      'tool',
      '{"name":"a","inputSchema":{"type":"object","properties":{"a":{"enum":[null,1.0]}},"additionalProperties":true}}',
    ],
    ['prompt', '{"name":"p","arguments":[{"name":"n","required":false}],"_meta":{"a":null}}'],
    ['resource', '{"uri":"u:1","name":"n","size":1.0,"annotations":{"priority":0.50,"audience":["user"]}}'],
    ['template', '{"uriTemplate":"u:{a}","name":"","mimeType":"text/plain"}'],
  ])('R25 is none when it is valid, and stays as it was written: %s %s', (kind, item) => {
    const raw = RawJson.ofText(item);
    expect([validItem(kind, raw, 'legacy'), validItem(kind, raw, 'modern')]).toEqual([raw, raw]);
    expect(validItem(kind, raw, 'legacy') === raw && validItem(kind, raw, 'modern') === raw).toBe(true);
  });

  it('R25 keeps what only the modern era has', () => {
    const tool = RawJson.ofText(
      '{"name":"a","inputSchema":{"type":"object","properties":{"a":true},"required":["a"]}}',
    );
    expect(validItem('tool', tool, 'modern')).toBe(tool);
  });
});
