/**
 * catalogue — what exists and what it is called: features in memory, names, views, lists, search.
 */
export { Catalogue } from './catalogue.ts';
export {
  countItems,
  type ListShape,
  listKeys,
  listMethods,
  listPage,
  type Narrowing,
  pageSize,
} from './list-pages.ts';
export {
  assignQualifiedNames,
  hashedQualifiedName,
  nameHash,
  plainQualifiedName,
  qualifiedNameLimit,
} from './names.ts';
export { decodeResourceUri, encodeResourceUri, matchesTemplate } from './resource-uris.ts';
export { searchTools, type ToolsFound } from './search/search-tools.ts';
export { similarNames } from './similar-names.ts';
export { type NamedServer, SpaceNames } from './space-names.ts';
export { faultOfItem, validItem } from './valid-item.ts';
export { type PresentedTool, type PresentTool, type Target, View, type ViewServer } from './view.ts';
