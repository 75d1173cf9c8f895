/**
 * clients/formats/formats.test — an entry goes in and comes out, and nothing else in the text moves.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../base/index.ts';
import { planEntry, planRemoval } from '../plan-edit.ts';
import type { EntryPath, Format, FormatName } from './format.ts';
import { loadFormat } from './load-format.ts';
import { applySplice } from './splice.ts';
import { valueAt } from './values.ts';

const subject = { id: 'x', client: 'X', file: '/home/a/x' };
const entry: JsonObject = {
  url: 'http://127.0.0.1:45818/mcp',
  headers: { Authorization: 'Bearer mcpk_abc' },
};
const formats: Record<FormatName, Format> = {
  json: await loadFormat('json'),
  toml: await loadFormat('toml'),
  yaml: await loadFormat('yaml'),
};

function roundTrip(format: Format, text: string, path: EntryPath): string {
  const put = planEntry(format, text, path, entry, subject);
  const parsed = format.parse(put.text);
  expect(parsed.ok && valueAt(parsed.value, path)).toEqual(entry);
  expect(planRemoval(format, put.text, path, put, subject)).toBe(text);
  return put.text;
}

describe('JSON', () => {
  const at = ['mcpServers', 'mcpmux'];

  it.each([
    ['an empty file', '', '{\n  "mcpServers": {\n    "mcpmux": E4\n  }\n}\n'],
    ['an empty object', '{}\n', '{\n  "mcpServers": {\n    "mcpmux": E4\n  }\n}\n'],
    [
      'four blanks, comments and a trailing comma',
      '{\n    // all\n    "mcpServers": { // ours\n        "a": {}, // a\n    },\n}',
      '{\n    // all\n    "mcpServers": { // ours\n        "mcpmux": E8,\n        "a": {}, // a\n    },\n}',
    ],
    [
      'tabs',
      '{\n\t"mcpServers": {\n\t\t"a": {}\n\t}\n}\n',
      '{\n\t"mcpServers": {\n\t\t"mcpmux": ET,\n\t\t"a": {}\n\t}\n}\n',
    ],
    ['a map on one line', '{\n  "mcpServers": {"a": {}}\n}', '{\n  "mcpServers": {"mcpmux": EI, "a": {}}\n}'],
    [
      'a map that holds a comment only',
      '{\n  "mcpServers": {\n    // none yet\n  }\n}',
      '{\n  "mcpServers": {\n    "mcpmux": E4\n    // none yet\n  }\n}',
    ],
    ['another key first', '{\n  "a": 1\n}\n', '{\n  "mcpServers": {\n    "mcpmux": E4\n  },\n  "a": 1\n}\n'],
  ])('puts the entry into %s', (_, text, wanted) => {
    const pretty = (unit: string, indent: string): string =>
      JSON.stringify(entry, null, unit).replaceAll('\n', `\n${indent}`);
    const expected = wanted
      .replace('E4', pretty('  ', '    '))
      .replace('E8', pretty('    ', '        '))
      .replace('ET', pretty('\t', '\t\t'))
      .replace('EI', JSON.stringify(entry));
    expect(roundTrip(formats.json, text, at)).toBe(expected);
    // A text without lines says nothing about its line breaks.
    if (text.includes('\n'))
      expect(roundTrip(formats.json, text.replaceAll('\n', '\r\n'), at)).toBe(
        expected.replaceAll('\n', '\r\n'),
      );
  });

  it.each([
    ['{"a":1,"mcpmux":2}', '{"a":1}'],
    ['{"mcpmux":2,"a":1}', '{"a":1}'],
    ['{\n  "a": 1, // one\n  "mcpmux": 2 // two\n}', '{\n  "a": 1 // one // two\n}'],
    ['{\n  "mcpmux": 2, // two\n  "a": 1\n}', '{ // two\n  "a": 1\n}'],
    ['{\n  "a": 1,\n  "mcpmux": 2,\n}', '{\n  "a": 1,\n}'],
    ['{\n  "mcpmux": 2\n}', '{}'],
  ])('takes an entry out of %j', (text, wanted) => {
    const splice = formats.json.remove(text, ['mcpmux']);
    expect(splice === undefined ? undefined : applySplice(text, splice)).toBe(wanted);
  });

  it.each([
    ['{"mcpServers": []}', '"mcpServers" is a list where a map is wanted'],
    ['[]', 'the whole file is a list where a map is wanted'],
    ['{"mcpServers": "a"}', '"mcpServers" is a string where a map is wanted'],
    ['{"mcpServers": null}', 'there is no place'],
  ])('refuses %s', (text, reason) => {
    expect(() => planEntry(formats.json, text, at, entry, subject)).toThrow(reason);
  });

  it('says the line of what is broken', () => {
    expect(() => planEntry(formats.json, '{\n  "a": 1\n  "b": 2\n}', at, entry, subject)).toThrow(
      '/home/a/x:3 is not valid: comma expected',
    );
  });
});

describe('TOML', () => {
  const at = ['mcp_servers', 'mcpmux'];

  it.each([
    ['an empty file', ''],
    ['settings without an end of line', 'model = "x" # a'],
    ['other servers', '[mcp_servers.a]\ncommand = "npx"\n\n[mcp_servers.a.env]\nA = "1"\n'],
    ['headers in long strings', 'a = """\n[mcp_servers.mcpmux]\n"""\nb = [\n  "[x]", # ]\n]\n'],
    ['dotted keys', 'mcp_servers.a.command = "x"\n'],
    ['a list of tables', '[[x]]\na = 1\n\n\n'],
  ])('puts a table below %s', (_, text) => {
    expect(roundTrip(formats.toml, text, at)).toContain(
      '[mcp_servers.mcpmux]\nurl = "http://127.0.0.1:45818/mcp"\nheaders = { Authorization = "Bearer mcpk_abc" }\n',
    );
    roundTrip(formats.toml, text.replaceAll('\n', '\r\n'), at);
  });

  it('takes the table out with what is below it, and leaves what follows', () => {
    const text =
      'a = 1\n\n[mcp_servers.mcpmux]\nurl = "x"\n[mcp_servers.mcpmux.env]\nA = """\n[b]\n"""\n\n# of b\n[b]\n';
    const splice = formats.toml.remove(text, at);
    expect(splice === undefined ? undefined : applySplice(text, splice)).toBe('a = 1\n\n# of b\n[b]\n');
  });

  it('refuses a table that is written on one line', () => {
    expect(() =>
      planEntry(formats.toml, 'mcp_servers = { a = { command = "x" } }\n', at, entry, subject),
    ).toThrow('there is no place');
  });
});

describe('YAML', () => {
  it.each([
    ['an empty file', ''],
    ['other settings', 'GOOSE_MODEL: x # a\nlist:\n- 1\n'],
    ['other extensions', 'a: 1\nextensions:\n    # mine\n    b:\n        enabled: true\n\nz: 2\n'],
    ['no extension', 'extensions:\nz: 2\n'],
    ['an empty map', 'extensions: {}\nz: 2'],
    ['a map on one line', 'extensions: { a: { enabled: true } }\n'],
  ])('puts an entry into %s', (_, text) => {
    roundTrip(formats.yaml, text, ['extensions', 'mcpmux']);
    roundTrip(formats.yaml, text.replaceAll('\n', '\r\n'), ['extensions', 'mcpmux']);
  });

  it.each([
    ['no list', 'name: x\n'],
    ['a list at the margin', 'mcpServers:\n- name: a\n  command: x\n- name: b\n'],
    ['a list further in', 'mcpServers:\n  - name: a\n    command: x\nz: 1\n'],
    ['an empty list', 'mcpServers: []\n'],
  ])('puts an entry into %s', (_, text) => {
    const path = ['mcpServers', { named: 'mcpmux' }];
    const named = { name: 'mcpmux', ...entry };
    const put = planEntry(formats.yaml, text, path, named, subject);
    expect(planRemoval(formats.yaml, put.text, path, put, subject)).toBe(text);
    expect(planRemoval(formats.yaml, put.text, path, undefined, subject)).toBeDefined();
  });
});

/** Foreign content: any value, printed in any style that the format has. */
const styles = fc.record({
  unit: fc.constantFrom('', '  ', '    ', '\t'),
  eol: fc.constantFrom('\n', '\r\n'),
  comment: fc.boolean(),
  ends: fc.boolean(),
});
const keys = fc.oneof(fc.constantFrom('mcpServers', 'a', 'b.c', 'projects'), fc.string({ maxLength: 8 }));
const tree = fc.letrec<{ value: unknown; map: Record<string, unknown> }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.string({ maxLength: 12 }),
    fc.integer(),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie('value'), { maxLength: 3 }),
    tie('map'),
  ),
  map: fc.dictionary(
    keys.filter((key) => key !== '__proto__'),
    tie('value'),
    { maxKeys: 4 },
  ),
}));

describe('any foreign content', () => {
  it('is the same to the last character after an entry came and went, in JSON', () => {
    fc.assert(
      fc.property(tree.map, tree.map, styles, (rest, servers, { unit, eol, comment, ends }) => {
        const whole = { ...rest, mcpServers: servers };
        let text = JSON.stringify(whole, null, unit);
        if (comment && unit !== '') text = text.replace(/\n/g, ' // {"\n');
        text = (text + (ends ? '\n' : '')).replaceAll('\n', eol);
        roundTrip(formats.json, text, ['mcpServers', 'mcpmux']);
        const put = planEntry(formats.json, text, ['mcpServers', 'mcpmux'], entry, subject);
        // Without the note of what was put in, the entry still comes out alone.
        expect(
          planRemoval(formats.json, put.text, ['mcpServers', 'mcpmux'], undefined, subject),
        ).toBeDefined();
      }),
      { numRuns: 150 },
    );
  });

  it('is the same after an entry came and went while a person changed other things', () => {
    fc.assert(
      fc.property(tree.map, fc.string({ maxLength: 10 }), (servers, said) => {
        const text = JSON.stringify({ mcpServers: servers, z: 1 }, null, 2);
        const path = ['mcpServers', 'mcpmux'];
        const put = planEntry(formats.json, text, path, entry, subject);
        const added = `{\n  "person": ${JSON.stringify(said)},`;
        expect(
          planRemoval(
            formats.json,
            put.text.replace('{', () => added),
            path,
            put,
            subject,
          ),
        ).toBe(text.replace('{', () => added));
      }),
      { numRuns: 80 },
    );
  });

  it('is the same in YAML and TOML', () => {
    const plainKey = fc.stringMatching(/^[a-z][a-z0-9-]{0,8}$/);
    const scalar = fc.oneof(fc.string({ maxLength: 12 }), fc.integer(), fc.boolean());
    const lines = fc.dictionary(plainKey, fc.dictionary(plainKey, scalar, { minKeys: 1, maxKeys: 3 }), {
      maxKeys: 4,
    });
    fc.assert(
      fc.property(lines, styles, (servers, { eol, comment, ends }) => {
        const names = Object.entries(servers).filter(([name]) => name !== 'mcpmux');
        const mark = comment ? ' # [x] {"' : '';
        const toml = names
          .map(([name, pairs]) =>
            [
              `[mcp_servers.${name}]${mark}`,
              ...Object.entries(pairs).map(([key, value]) => `${key} = ${JSON.stringify(value)}${mark}`),
            ].join('\n'),
          )
          .join('\n\n');
        const yaml = [
          ...(names.length === 0 ? [] : ['extensions:']),
          ...names.flatMap(([name, pairs]) => [
            `  ${JSON.stringify(name)}:${mark}`,
            ...Object.entries(pairs).map(
              ([key, value]) => `    ${JSON.stringify(key)}: ${JSON.stringify(value)}${mark}`,
            ),
          ]),
        ].join('\n');
        const end = (text: string): string => (text + (ends ? '\n' : '')).replaceAll('\n', eol);
        roundTrip(formats.toml, end(toml), ['mcp_servers', 'mcpmux']);
        roundTrip(formats.yaml, end(yaml), ['extensions', 'mcpmux']);
      }),
      { numRuns: 100 },
    );
  });
});
