import { expect, it } from 'vitest';
import { ManualClock } from '../base/index.ts';
import { Keychain, type KeychainEntry, KeychainTimeout } from './keychain.ts';

/** A keychain whose answers come when the test says so. */
function slowKeychain(clock: ManualClock) {
  const asked: string[] = [];
  const answers: ((value: string) => void)[] = [];
  class AsyncEntry implements KeychainEntry {
    readonly #name: string;
    constructor(service: string, account: string) {
      this.#name = `${service}/${account}`;
    }
    getPassword(): Promise<string> {
      asked.push(this.#name);
      return new Promise((resolve) => answers.push(resolve));
    }
    setPassword(): Promise<void> {
      return Promise.reject(new Error('read only'));
    }
    deletePassword(): Promise<boolean> {
      return Promise.resolve(true);
    }
  }
  const keychain = new Keychain(async () => ({ AsyncEntry }), clock);
  const read = (account: string, timeoutMs = 1_000) =>
    keychain.ask('test', account, (entry) => entry.getPassword(), timeoutMs);
  return { asked, answers, keychain, read };
}
/** Lets everything run that waits for nothing but promises. */
const settle = () => new Promise((resolve) => setImmediate(resolve));

it('R114 puts one question at a time, in order', async () => {
  const { asked, answers, read } = slowKeychain(new ManualClock());
  const reads = [read('one'), read('two'), read('three')];
  await settle();
  expect(asked).toEqual(['test/one']);
  answers[0]?.('1');
  await settle();
  expect(asked).toEqual(['test/one', 'test/two']);
  answers[1]?.('2');
  await settle();
  answers[2]?.('3');
  expect(await Promise.all(reads)).toEqual(['1', '2', '3']);
});

it('R114 says who waits for a person, and puts no question of somebody who has given up', async () => {
  const clock = new ManualClock();
  const { asked, answers, read } = slowKeychain(clock);
  const [first, second] = [read('one'), read('two')];
  const failures = Promise.allSettled([first, second]);
  await settle();
  clock.advance(1_000);
  const [one, two] = await failures;
  expect(one).toMatchObject({ reason: expect.any(KeychainTimeout) });
  expect((one as PromiseRejectedResult).reason.message).toContain('it did not answer within 1000 ms');
  expect((two as PromiseRejectedResult).reason.message).toContain('an earlier question to it still waits');
  const third = read('three');
  await settle();
  expect(asked).toEqual(['test/one']);
  answers[0]?.('too late');
  await settle();
  expect(asked).toEqual(['test/one', 'test/three']);
  answers[1]?.('3');
  expect(await third).toBe('3');
});

it('goes on after a question that failed', async () => {
  const { answers, keychain, read } = slowKeychain(new ManualClock());
  await expect(keychain.ask('test', 'one', (entry) => entry.setPassword('x'), 1_000)).rejects.toThrow(
    'read only',
  );
  const next = read('two');
  await settle();
  answers[0]?.('2');
  expect(await next).toBe('2');
});
