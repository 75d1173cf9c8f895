/**
 * clients/table — the clients that McpMux can connect.
 */
export { clientTable } from './all.ts';
export type { ClientRow, ReadBack } from './client-row.ts';
