/** protocol/capabilities — tests. */
import { describe, expect, it } from 'vitest';
import { raw } from '../../test/support/raw-json.ts';
import type { JsonObject } from '../base/index.ts';
import {
  aggregateServerCapabilities,
  canElicitForm,
  canElicitUrl,
  hasExtension,
  missingForAsk,
} from './capabilities.ts';

describe('what a client can be asked', () => {
  it.each<[JsonObject, boolean, boolean]>([
    [{}, false, false],
    [{ elicitation: {} }, true, false],
    [{ elicitation: { form: {} } }, true, false],
    [{ elicitation: { url: {} } }, false, true],
    [{ elicitation: { form: {}, url: {} } }, true, true],
    [{ elicitation: { vendor: {} } }, true, false],
    [{ elicitation: true }, false, false],
  ])('%j: form %s, URL %s', (capabilities, form, url) => {
    expect(canElicitForm(capabilities)).toBe(form);
    expect(canElicitUrl(capabilities)).toBe(url);
  });

  it.each<[string, JsonObject | undefined, JsonObject, JsonObject | undefined]>([
    ['elicitation/create', {}, { elicitation: {} }, undefined],
    ['elicitation/create', {}, { elicitation: { url: {} } }, { elicitation: { form: {} } }],
    ['elicitation/create', { mode: 'url' }, { elicitation: {} }, { elicitation: { url: {} } }],
    ['sampling/createMessage', {}, { sampling: {} }, undefined],
    ['sampling/createMessage', {}, {}, { sampling: {} }],
    ['sampling/createMessage', { tools: [] }, { sampling: {} }, { sampling: { tools: {} } }],
    ['sampling/createMessage', { toolChoice: {} }, { sampling: { tools: {} } }, undefined],
    ['roots/list', undefined, {}, { roots: {} }],
    ['roots/list', undefined, { roots: { listChanged: true } }, undefined],
    ['ping', undefined, {}, undefined],
  ])('%s with %j of a client with %j misses %j', (method, params, capabilities, missing) => {
    expect(missingForAsk(method, raw(params), capabilities)).toEqual(missing);
  });

  it('does not take an inherited name for an extension', () => {
    expect(hasExtension({ extensions: {} }, 'constructor')).toBe(false);
    expect(hasExtension({ extensions: { 'a/b': {} } }, 'a/b')).toBe(true);
  });
});

it('joins what servers can do and keeps what it does not know', () => {
  const one = {
    tools: { listChanged: false, vendor: 1 },
    extensions: { 'io.modelcontextprotocol/ui': { mimeTypes: ['a'] } },
    odd: null,
  };
  const two = {
    tools: { listChanged: true, vendor: 2 },
    resources: { subscribe: true },
    extensions: { 'io.modelcontextprotocol/ui': { mimeTypes: ['b', 'a'] }, 'x/y': {} },
    odd: { a: 1 },
  };
  const before = structuredClone([one, two]);
  expect(aggregateServerCapabilities([one, two])).toEqual({
    tools: { listChanged: true, vendor: 1 },
    resources: { subscribe: true },
    extensions: { 'io.modelcontextprotocol/ui': { mimeTypes: ['a', 'b'] }, 'x/y': {} },
    odd: { a: 1 },
  });
  expect([one, two]).toEqual(before);
  expect(aggregateServerCapabilities([])).toEqual({});
});

it('keeps __proto__ as plain data when it joins', () => {
  const capabilities = JSON.parse('{"__proto__":{"polluted":{}}}') as JsonObject;
  const joined = aggregateServerCapabilities([capabilities, capabilities]);
  expect(JSON.stringify(joined)).toBe('{"__proto__":{"polluted":{}}}');
  expect(({} as JsonObject)['polluted']).toBeUndefined();
});
