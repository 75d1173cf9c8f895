/**
 * platform — what differs from system to system: files, processes, how programs are started.
 */
export {
  type CommandPlan,
  type PlanInput,
  planWindowsCommand,
  quoteForProgram,
  unsafeArgument,
} from './commands.ts';
export { takeFileLock } from './file-lock.ts';
export { type FileRules, makeFolders, posixFiles, removeFile, replaceFile, windowsFiles } from './files.ts';
export {
  Keychain,
  type KeychainEntry,
  KeychainTimeout,
  type KeyringLoader,
  type KeyringModule,
  keychain,
} from './keychain.ts';
export { type Platform, platform, platformOf } from './platform.ts';
export type { ProcessFacts, ProcessTable } from './process-facts.ts';
export { type WindowsProgram, windowsProgram } from './windows.ts';
export type { FolderRights } from './windows-acl.ts';
