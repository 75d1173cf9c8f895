/**
 * downstream/key-revoked — the words of a key that was taken away, for what is open at that moment.
 *
 * They are those of the door: a client reads the same whether its call was under way or came after.
 */
import { unauthenticated } from '../http/index.ts';

export const keyRevoked = unauthenticated(true, undefined);
