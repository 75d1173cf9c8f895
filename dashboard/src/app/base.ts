/** app/base — where the dashboard lies on its host: `/admin`, or longer behind a reverse proxy. The daemon says so in the page. */
export const base: string =
  document.querySelector<HTMLMetaElement>('meta[name="mcpmux-base"]')?.content.replace(/\/$/, '') ?? '/admin';
