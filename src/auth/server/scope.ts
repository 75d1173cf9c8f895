/**
 * auth/server/scope — the one scope: to use the tools that the person has chosen. What these are is decided by the grant,
 * not by scopes.
 */
export const scope = 'mcp';
