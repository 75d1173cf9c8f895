/**
 * downstream/stored-client-facts — what the client of a session said of itself, read from the text that is kept of it.
 *
 * Small ones are read once, as nearly all are; large ones each time that somebody asks, which is rare.
 * Knows nothing of: what the capabilities mean.
 */
import { isJsonObject, type JsonObject } from '../base/index.ts';
import type { ClientFacts, SessionRecord } from '../model/index.ts';

/** A tree can take twenty times the memory of its text. */
const readOnceBelow = 1_024;

export class StoredClientFacts implements ClientFacts {
  readonly era = 'legacy';
  readonly revision: ClientFacts['revision'];
  readonly #infoText: string | undefined;
  readonly #capabilitiesText: string;
  #info: JsonObject | undefined;
  #capabilities: JsonObject | undefined;

  constructor({ revision, clientInfoText, capabilitiesText }: SessionRecord) {
    this.revision = revision;
    this.#infoText = clientInfoText;
    this.#capabilitiesText = capabilitiesText;
  }

  get info(): JsonObject | undefined {
    if (this.#info !== undefined || this.#infoText === undefined) return this.#info;
    const info = read(this.#infoText);
    if (this.#infoText.length < readOnceBelow) this.#info = info;
    return info;
  }

  get capabilities(): JsonObject {
    if (this.#capabilities !== undefined) return this.#capabilities;
    const capabilities = read(this.#capabilitiesText) ?? {};
    if (this.#capabilitiesText.length < readOnceBelow) this.#capabilities = capabilities;
    return capabilities;
  }
}

function read(text: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isJsonObject(value) ? value : undefined;
  } catch {
    // A damaged row of the store: as if the client had said nothing.
    return undefined;
  }
}
