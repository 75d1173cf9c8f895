/**
 * upstream/process — child processes: their environment, their groups, and that nothing of them is left behind.
 */
export { type ChildEnvironmentInput, childEnvironment, markerVariable } from './child-environment.ts';
export { type ChildKeeper, plainChildKeeper } from './child-keeper.ts';
export { type FoundCommand, findCommand, hintForCommand } from './find-command.ts';
export { endGroup, groupEnded, groupExists, isAlive, signalGroup } from './process-group.ts';
