/**
 * transports/process — child processes: their environment, their groups, and that nothing of them is left behind.
 */
export { type ChildEnvironmentInput, childEnvironment, markerVariable } from './child-environment.ts';
export {
  type ChildKeeper,
  DaemonChildKeeper,
  type DaemonChildKeeperOptions,
  plainChildKeeper,
} from './child-keeper.ts';
export { type FoundCommand, findCommand, hintForCommand } from './find-command.ts';
export { LoginShellPath, mergePaths } from './login-shell-path.ts';
export { endMarked, findMarked } from './marked-processes.ts';
export { endGroup, groupEnded, groupExists, isAlive, signalGroup } from './process-group.ts';
export { type ProcessTree, readProcessTrees, treeOf } from './process-table.ts';
export { type ReapedGroup, reapLeftovers } from './reaper.ts';
