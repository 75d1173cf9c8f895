/**
 * builtin — our own tools (`mcpmux_*`), for the AI that uses the others: search, call, status.
 */
export { BuiltInServer, builtInServerId } from './built-in-server.ts';
export type { BuiltInTool, WriteApproval } from './built-in-tool.ts';
export { type BuiltInControl, BuiltInToolControl } from './control.ts';
export { KeptResults } from './kept-results.ts';
export { BuiltInListModeControl, type ListModeControl } from './list-mode-control.ts';
export { ListModes } from './list-modes.ts';
export { ResultLimits } from './result-limits.ts';
export { BuiltInSwitches, type BuiltInToolSwitch } from './switches.ts';
export { TokenLedger } from './token-ledger.ts';
export type { AccessWorld } from './tools/access-world.ts';
export { bindWorkspaceTool } from './tools/bind-workspace.ts';
export { callReadToolTool, callToolTool } from './tools/call-tool.ts';
export { listFeatureSetsTool, listSpacesTool } from './tools/list-access.ts';
export { listAllToolsTool, type WholeSpaces } from './tools/list-all-tools.ts';
export { manageFeatureSetTool } from './tools/manage-feature-set.ts';
export { readResultTool } from './tools/read-result.ts';
export { searchToolsTool } from './tools/search-tools.ts';
export { type ServerStates, statusTool } from './tools/status.ts';
