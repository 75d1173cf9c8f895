/**
 * gateway/manage/access-settings — the names under which the store keeps settings of access.
 */

/** What a folder gets that nobody mapped: `starter` (when absent), `ask` or `nothing`. */
export const unmappedSetting = 'access.unmapped';
