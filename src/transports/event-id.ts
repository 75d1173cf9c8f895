/**
 * transports/event-id — the id of an event as the value of Last-Event-ID.
 *
 * Pure. Knows nothing of: streams.
 *
 * @see WHATWG HTML, "Server-sent events": the id is sent as UTF-8
 */

// oxlint-disable-next-line no-control-regex -- finding control characters is its very task
const controlCharacter = /[\x00-\x08\x0a-\x1f\x7f]/;

/** @returns one character for each byte, as headers are written; undefined when no header can carry it */
export function encodeEventId(id: string | undefined): string | undefined {
  if (id === undefined || id === '' || controlCharacter.test(id)) return undefined;
  return Buffer.from(id, 'utf8').toString('latin1');
}
