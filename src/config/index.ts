/**
 * config — static settings: one table, read from flags, environment and file.
 */
export { configError } from './errors.ts';
export { examineFolders, type FolderFinding } from './examine-folders.ts';
export {
  type Environment,
  type Folders,
  foldersInside,
  type Machine,
  platformFolders,
  socketPathOf,
} from './folders.ts';
export { type LoadedSettings, type LoadInput, loadSettings, type SettingOrigin } from './load.ts';
export { prepareDataFolder, prepareFolders } from './prepare-folders.ts';
export {
  type KeySource,
  type LogLevel,
  type Setting,
  type SettingName,
  type Settings,
  settingNames,
  settingsTable,
} from './settings.ts';
export { renderSettingsDoc } from './settings-doc.ts';
