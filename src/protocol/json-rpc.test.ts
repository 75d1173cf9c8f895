/** protocol/json-rpc — tests. */
import { describe, expect, it } from 'vitest';
import { inspected, plain } from '../../test/support/raw-json.ts';
import { classifyMessage } from './json-rpc.ts';

const v = { jsonrpc: '2.0' };

function classify(message: unknown) {
  const { bytes, messages, isBatch } = inspected(message as object);
  return plain(classifyMessage(bytes, isBatch ? undefined : messages[0]));
}

describe('classifyMessage', () => {
  it.each<[string, unknown, object]>([
    ['a request', { ...v, id: 1, method: 'a' }, { kind: 'request', id: 1, method: 'a', params: undefined }],
    ['a request with id 0', { ...v, id: 0, method: 'a' }, { kind: 'request', id: 0 }],
    [
      'a request with an empty id',
      { ...v, id: '', method: 'a', params: {} },
      { kind: 'request', id: '', params: {} },
    ],
    [
      'a notification',
      { ...v, method: 'a', params: { x: 1 } },
      { kind: 'notification', method: 'a', params: { x: 1 } },
    ],
    ['a result', { ...v, id: 'x', result: {} }, { kind: 'response', id: 'x', result: {} }],
    [
      'an error',
      { ...v, id: 1, error: { code: -1, message: 'm' } },
      { kind: 'response', id: 1, error: { code: -1, message: 'm', raw: { code: -1, message: 'm' } } },
    ],
    [
      'an error without an id',
      { ...v, id: null, error: { code: -1, message: 'm' } },
      { kind: 'response', id: null },
    ],
  ])('recognises %s', (_, message, expected) => {
    expect(classify(message)).toMatchObject(expected);
  });

  it.each<[string, unknown, string | number | null]>([
    ['a batch', [], null],
    ['null', null, null],
    ['a string', 'x', null],
    ['no jsonrpc', { id: 1, method: 'a' }, 1],
    ['jsonrpc 1.0', { jsonrpc: '1.0', id: 'q', method: 'a' }, 'q'],
    ['jsonrpc as a number', { jsonrpc: 2, id: 1, method: 'a' }, 1],
    ['a null id', { ...v, id: null, method: 'a' }, null],
    ['a fraction as id', { ...v, id: 1.5, method: 'a' }, null],
    ['an object as id', { ...v, id: {}, method: 'a' }, null],
    ['a boolean as id', { ...v, id: true, method: 'a' }, null],
    ['a method that is no string', { ...v, id: 1, method: 1 }, 1],
    ['params as a list', { ...v, id: 1, method: 'a', params: [] }, 1],
    ['params as null', { ...v, id: 1, method: 'a', params: null }, 1],
    ['a method beside a result', { ...v, id: 1, method: 'a', result: {} }, 1],
    ['nothing to do', { ...v, id: 1 }, 1],
    ['a result beside an error', { ...v, id: 1, result: {}, error: { code: 1, message: '' } }, 1],
    ['a result without an id', { ...v, result: {} }, null],
    ['a result that is no object', { ...v, id: 1, result: 1 }, 1],
    ['an error without a code', { ...v, id: 1, error: { message: 'm' } }, 1],
    ['an error with a fraction as code', { ...v, id: 1, error: { code: 1.5, message: 'm' } }, 1],
  ])('refuses %s and keeps a usable id', (_, message, id) => {
    expect(classify(message)).toMatchObject({ kind: 'invalid', id });
  });
});
