import { describe, expect, it } from 'vitest';
import { idOf, judgeAnswer, makeTemplate, nonceOf, writeDigits } from './message.ts';

const echo = { kind: 'echo', textBytes: 40 } as const;

function answerTo(id: number, text: string, more: object = {}): Buffer {
  return Buffer.from(
    JSON.stringify({ jsonrpc: '2.0', id, result: { content: [{ type: 'text', text }], ...more } }),
  );
}

function echoed(id: number): string {
  return `n=${nonceOf(id)}`.padEnd(echo.textBytes, 'x');
}

describe('makeTemplate', () => {
  it.each(['legacy', 'modern'] as const)(
    'leaves a whole message when id and nonce are written (%s)',
    (era) => {
      const template = makeTemplate(era, echo, 'a_echo');
      const bytes = Buffer.from(template.bytes);
      const id = idOf(41);
      writeDigits(bytes, template.idAt, id);
      writeDigits(bytes, template.nonceAt ?? -1, nonceOf(id));
      const message = JSON.parse(bytes.toString()) as { id: number; params: { arguments: { text: string } } };
      expect(message.id).toBe(id);
      expect(message.params.arguments.text).toBe(echoed(id));
      expect(bytes.length).toBe(template.bytes.length);
    },
  );
});

describe('judgeAnswer', () => {
  const id = idOf(7);

  it('takes the answer of this very request', () => {
    expect(judgeAnswer(answerTo(id, echoed(id)), id, echo)).toBeUndefined();
  });

  it.each([
    ['of another id', answerTo(id + 1, echoed(id)), /^id /],
    ['of another request', answerTo(id, echoed(id + 1)), /nonce/],
    ['that is too short', answerTo(id, echoed(id).slice(1)), /characters/],
    ['that failed', answerTo(id, echoed(id), { isError: true }), /isError/],
    ['that is an error', Buffer.from(`{"jsonrpc":"2.0","id":${id},"error":{"code":-1}}`), /an error/],
    ['that is no JSON', Buffer.from('<html>'), /no JSON/],
  ])('refuses an answer %s', (_what, body, problem) => {
    expect(judgeAnswer(body, id, echo)).toMatch(problem);
  });

  it('judges large answers by head, tail and length', () => {
    const large = { kind: 'blob', textBytes: 100_000 } as const;
    const text = `n=${nonceOf(id)}`.padEnd(large.textBytes, 'x');
    expect(judgeAnswer(answerTo(id, text), id, large)).toBeUndefined();
    expect(judgeAnswer(answerTo(id + 1, text), id, large)).toMatch(/not id/);
    expect(judgeAnswer(answerTo(id, text.replace('n=', 'm=')), id, large)).toMatch(/nonce/);
    expect(judgeAnswer(answerTo(id, `${text}${'x'.repeat(3_000)}`), id, large)).toMatch(/bytes/);
  });
});
