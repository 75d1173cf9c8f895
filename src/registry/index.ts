/**
 * registry — definitions of servers: where they come from, what is in them, what installing one would run.
 */
export { BuiltInSource } from './built-in/source.ts';
export {
  type DefinitionDetails,
  detailsOf,
  type ServerDefinition,
  titleOf,
} from './definition.ts';
export { registryError } from './errors.ts';
export { FileWatches } from './file-watches.ts';
export {
  type ForeignServer,
  Installer,
  type InstallerPorts,
  type InstallPlan,
  type InstallRequest,
  type PlannedOption,
} from './installer.ts';
export { PackageStore } from './package-store.ts';
export type { InstallTarget } from './read-target.ts';
export { whyVariableIsRefused } from './refused-variables.ts';
export { createRunTool, findProgram } from './run-tool.ts';
export { type CatalogueEntry, type CatalogueFilter, kindsOf, ServerCatalogue } from './server-catalogue.ts';
export {
  describeFileFaults,
  type FileFault,
  readJsonText,
  readServerFile,
  type WrittenServer,
} from './server-file.ts';
export { type FileControl, type FilePlan, type FileStep, ServerFiles } from './server-files.ts';
export type { SourceState } from './source.ts';
export { SourceList } from './source-list.ts';
export { type LockFinding, type UpdatePlan, Updates } from './updates.ts';
