/**
 * access — who sees what.
 */
export { type Grant, resolveGrant } from './grant.ts';
