/**
 * gateway/serve/sealed-text — text that a client carries for us and cannot read, change or pass to another.
 *
 * AES-256-GCM under a key of this process; the purpose and the principal are bound in. After a restart old texts
 * do not open any more, which is right: what they point to is gone too.
 * Knows nothing of: what is inside.
 */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';

const algorithm = 'aes-256-gcm';

export class Sealer {
  readonly #key = randomBytes(32);
  readonly #prefix: string;

  /** @param purpose two sealers of different purposes never open each other's texts */
  constructor(purpose: string) {
    this.#prefix = `mux-${purpose}.`;
  }

  /** Does it look like ours? Says nothing about whether it opens. */
  isOurs(text: string): boolean {
    return text.startsWith(this.#prefix);
  }

  seal(value: unknown, boundTo: string): string {
    const nonce = randomBytes(12);
    const cipher = createCipheriv(algorithm, this.#key, nonce);
    cipher.setAAD(Buffer.from(`${this.#prefix}${boundTo}`));
    const sealed = Buffer.concat([
      nonce,
      cipher.update(JSON.stringify(value), 'utf8'),
      cipher.final(),
      cipher.getAuthTag(),
    ]);
    return `${this.#prefix}${sealed.toString('base64url')}`;
  }

  /** @returns undefined when it was changed, is somebody else's, or of another process */
  open(text: string, boundTo: string): unknown {
    if (!this.isOurs(text)) return undefined;
    const encoded = text.slice(this.#prefix.length);
    const sealed = Buffer.from(encoded, 'base64url');
    // base64url has several spellings of the same bytes; only our own is accepted.
    if (sealed.length < 12 + 16 || sealed.toString('base64url') !== encoded) return undefined;
    try {
      const decipher = createDecipheriv(algorithm, this.#key, sealed.subarray(0, 12));
      decipher.setAAD(Buffer.from(`${this.#prefix}${boundTo}`));
      decipher.setAuthTag(sealed.subarray(-16));
      const plain = Buffer.concat([decipher.update(sealed.subarray(12, -16)), decipher.final()]);
      return JSON.parse(plain.toString('utf8'));
    } catch {
      return undefined;
    }
  }
}
