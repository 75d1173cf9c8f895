/**
 * transports/byte-order-mark — the three bytes that some programs write before UTF-8 text.
 *
 * @see RFC 8259, "Character Encoding": a reader may ignore it rather than take it for an error
 */
export function withoutByteOrderMark(bytes: Buffer): Buffer {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? bytes.subarray(3) : bytes;
}
