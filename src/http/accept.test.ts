import { expect, it } from 'vitest';
import { accepts } from './accept.ts';

const events = 'text/event-stream';
const json = 'application/json';

it.each([
  [undefined, true, true],
  ['application/json, text/event-stream', true, true],
  ['text/event-stream,application/json', true, true],
  ['application/json', true, false],
  ['text/event-stream', false, true],
  ['*/*', true, true],
  ['text/*', false, true],
  ['text/html, application/xhtml+xml;q=0.9, */*;q=0.8', true, true],
  ['application/json, text/event-stream;q=0', true, false],
  ['*/*, text/event-stream;q=0.0', true, false],
  ['text/event-stream;q=0, */*', true, false],
  ['*/*;q=0, application/json', true, false],
  ['Application/JSON; charset=utf-8 , Text/Event-Stream ; q = 0.5', true, true],
  ['text/html', false, false],
  ['', false, false],
  ['garbage;;;,,,=', false, false],
])('R41 Accept %j takes JSON: %j, streams: %j', (accept, takesJson, takesEvents) => {
  // Twice: the second time it is remembered.
  for (let time = 0; time < 2; time += 1)
    expect([accepts(accept, json), accepts(accept, events)]).toEqual([takesJson, takesEvents]);
});
